/** Methods of list, tuple, dict, set, frozenset, range and slice. */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { compare, setBinary } from '../operators';
import { containerItemsOf, sortValues } from '../sorting';
import { plainDeleteItem, plainGetItem, plainSetItem, sliceIndices } from '../subscripts';
import { hashable } from '../hashing';
import { rangeLength, equals } from '../comparison';
import {
  NotImplemented,
  PyClass,
  PyContainer,
  PyDescriptor,
  PyDict,
  PyList,
  PyRange,
  PySet,
  PySlice,
  PyTuple,
  Unknown,
} from '../values';
import type { NativeFunction, PyValue } from '../values';
import {
  defineMethods,
  dictClass,
  frozensetClass,
  listClass,
  rangeClass,
  setClass,
  sliceClass,
  tupleClass,
  typeOf,
} from './types';

const listOf = (value: PyValue | undefined, interpreter: Interpreter): PyList =>
  value instanceof PyList ? value : wrongSelf(interpreter, 'list', value);
const dictOf = (value: PyValue | undefined, interpreter: Interpreter): PyDict =>
  value instanceof PyDict ? value : wrongSelf(interpreter, 'dict', value);
const setOf = (value: PyValue | undefined, interpreter: Interpreter): PySet =>
  value instanceof PySet ? value : wrongSelf(interpreter, 'set', value);

function wrongSelf(interpreter: Interpreter, name: string, value: PyValue | undefined): never {
  return interpreter.raise(
    'TypeError',
    `descriptor requires a '${name}' object but received a '${typeOf(value ?? null).name}'`,
  );
}

/** The instance of a derived class is the container with its class set. */
function asClass<T extends PyContainer>(container: T, cls: PyValue | undefined, plain: PyClass): T {
  if (cls instanceof PyClass && cls !== plain) container.cls = cls;
  return container;
}

const subscriptMethods: readonly NativeFunction[] = [
  native('__getitem__(self, index)', ({ self = null, index = null }, interpreter) =>
    plainGetItem(interpreter, self, index),
  ),
  native('__len__(self)', ({ self = null }, interpreter) => BigInt(interpreter.knownLength(self) ?? 0)),
  native('__iter__(self)', ({ self = null }, interpreter) => interpreter.iterator(containerItemsOf(interpreter, self))),
  native('__eq__(self, other)', ({ self = null, other = null }, interpreter) => equals(interpreter, self, other)),
  native('__ne__(self, other)', ({ self = null, other = null }, interpreter) => !equals(interpreter, self, other)),
  native('__contains__(self, item)', ({ self = null, item = null }, interpreter) => {
    if (self instanceof PyDict) return self.has(item);
    if (self instanceof PySet) return self.elements.has(item);
    for (const element of containerItemsOf(interpreter, self)) if (interpreter.equals(element, item)) return true;
    return false;
  }),
  native('__repr__(self)', ({ self = null }, interpreter) => interpreter.repr(self)),
];
const mutableSubscriptMethods: readonly NativeFunction[] = [
  native('__setitem__(self, index, value)', ({ self = null, index = null, value = null }, interpreter) => {
    plainSetItem(interpreter, self, index, value);
    return null;
  }),
  native('__delitem__(self, index)', ({ self = null, index = null }, interpreter) => {
    plainDeleteItem(interpreter, self, index);
    return null;
  }),
];

function position(
  interpreter: Interpreter,
  items: readonly PyValue[],
  value: PyValue,
  what: string,
  start: PyValue,
  stop: PyValue,
): bigint {
  const [from, to] = sliceIndices(interpreter, new PySlice(start, stop, null), items.length);
  for (let i = from; i < to; i++) if (interpreter.equals(items[i] ?? null, value)) return BigInt(i);
  return interpreter.raise(
    'ValueError',
    what === 'tuple' ? 'tuple.index(x): x not in tuple' : `${interpreter.repr(value)} is not in list`,
  );
}

const count = native('count(self, value, /)', ({ self = null, value = null }, interpreter) => {
  let found = 0n;
  for (const item of containerItemsOf(interpreter, self)) if (interpreter.equals(item, value)) found++;
  return found;
});

for (const cls of [listClass, tupleClass, dictClass, setClass, frozensetClass, rangeClass])
  defineMethods(cls, subscriptMethods);
for (const cls of [listClass, dictClass]) defineMethods(cls, mutableSubscriptMethods);

function extend(list: PyList, iterable: PyValue, interpreter: Interpreter): void {
  interpreter.growth.grew(list, interpreter);
  interpreter.growth.derived(() => {
    for (const item of iterable === list ? [...list.items] : interpreter.iterate(iterable)) {
      list.items.push(item);
      interpreter.requireSize(list.items.length);
      interpreter.step();
    }
    return list;
  });
}

defineMethods(listClass, [
  native('__new__(cls, *args, **kwargs)', ({ cls }, interpreter) =>
    interpreter.growth.made(asClass(new PyList([]), cls, listClass), interpreter),
  ),
  native('__init__(self, iterable=(), /)', ({ self, iterable = null }, interpreter) => {
    const list = listOf(self, interpreter);
    interpreter.growth.derived(() => {
      list.items = interpreter.collect(iterable);
      return list;
    });
    return null;
  }),
  native('append(self, object, /)', ({ self, object = null }, interpreter) => {
    const list = listOf(self, interpreter);
    const { items } = list;
    interpreter.growth.grew(list, interpreter);
    items.push(object);
    interpreter.requireSize(items.length);
    return null;
  }),
  native('extend(self, iterable, /)', ({ self, iterable = null }, interpreter) => {
    extend(listOf(self, interpreter), iterable, interpreter);
    return null;
  }),
  native('insert(self, index, object, /)', ({ self, index = null, object = null }, interpreter) => {
    const { items } = listOf(self, interpreter);
    const at = interpreter.toInt(index, 'index');
    items.splice(at < 0 ? Math.max(0, at + items.length) : at, 0, object);
    return null;
  }),
  native('pop(self, index=-1, /)', ({ self, index = null }, interpreter) => {
    const { items } = listOf(self, interpreter);
    if (items.length === 0) interpreter.raise('IndexError', 'pop from empty list');
    const at = interpreter.toInt(index, 'index');
    const from = at < 0 ? at + items.length : at;
    if (from < 0 || from >= items.length) interpreter.raise('IndexError', 'pop index out of range');
    return items.splice(from, 1)[0] ?? null;
  }),
  native('remove(self, value, /)', ({ self, value = null }, interpreter) => {
    const { items } = listOf(self, interpreter);
    const at = items.findIndex((item) => interpreter.equals(item, value));
    if (at < 0) interpreter.raise('ValueError', 'list.remove(x): x not in list');
    items.splice(at, 1);
    return null;
  }),
  native('clear(self)', ({ self }, interpreter) => {
    const list = listOf(self, interpreter);
    list.items = [];
    interpreter.growth.emptied(list, interpreter);
    return null;
  }),
  native(
    'index(self, value, start=0, stop=None, /)',
    ({ self, value = null, start = null, stop = null }, interpreter) =>
      position(interpreter, listOf(self, interpreter).items, value, 'list', start, stop),
  ),
  count,
  native('sort(self, *, key=None, reverse=False)', ({ self, key = null, reverse = false }, interpreter) => {
    const list = listOf(self, interpreter);
    list.items = sortValues(interpreter, list.items, key, interpreter.truth(reverse));
    return null;
  }),
  native('reverse(self)', ({ self }, interpreter) => {
    listOf(self, interpreter).items.reverse();
    return null;
  }),
  native('copy(self)', ({ self }, interpreter) => {
    const list = listOf(self, interpreter);
    return interpreter.growth.ofSize([list], new PyList([...list.items]));
  }),
  native('__add__(self, other)', ({ self, other }, interpreter) => {
    const list = listOf(self, interpreter);
    if (!(other instanceof PyList)) return NotImplemented;
    return interpreter.growth.ofSize([list, other], new PyList([...list.items, ...other.items]));
  }),
]);

defineMethods(tupleClass, [
  native('__new__(cls, iterable=(), /)', ({ cls, iterable = null }, interpreter) => {
    return interpreter.growth.derived(() => asClass(new PyTuple(interpreter.collect(iterable)), cls, tupleClass));
  }),
  count,
  native(
    'index(self, value, start=0, stop=None, /)',
    ({ self, value = null, start = null, stop = null }, interpreter) =>
      position(interpreter, self instanceof PyTuple ? self.items : [], value, 'tuple', start, stop),
  ),
]);

/** dict(mapping or pairs, **kwargs) into `dict`. */
export function updateDict(interpreter: Interpreter, dict: PyDict, source: PyValue, kwargs: PyValue | undefined): void {
  interpreter.growth.derived(() => {
    putInto(interpreter, dict, source, kwargs);
    return interpreter.growth.ofSize([source], dict);
  });
}

function putInto(interpreter: Interpreter, dict: PyDict, source: PyValue, kwargs: PyValue | undefined): void {
  if (
    source instanceof PyDict ||
    (source !== null && interpreter.findAttribute(source, 'keys') !== undefined && !(source instanceof Unknown))
  )
    for (const [key, value] of interpreter.mappingEntries(source)) setEntry(interpreter, dict, key, value);
  else if (source !== null) {
    let index = 0;
    for (const pair of interpreter.iterate(source)) {
      if (typeof pair === 'bigint' || typeof pair === 'number' || typeof pair === 'boolean' || pair === null)
        interpreter.raise('TypeError', `cannot convert dictionary update sequence element #${index} to a sequence`);
      const items = interpreter.collect(pair);
      if (items.length !== 2)
        interpreter.raise(
          'ValueError',
          `dictionary update sequence element #${index} has length ${items.length}; 2 is required`,
        );
      setEntry(interpreter, dict, items[0] ?? null, items[1] ?? null);
      index++;
    }
  }
  if (kwargs instanceof PyDict) for (const [key, value] of kwargs.entries()) setEntry(interpreter, dict, key, value);
}

function setEntry(interpreter: Interpreter, dict: PyDict, key: PyValue, value: PyValue): void {
  dict.set(hashable(interpreter, key), value);
  interpreter.requireSize(dict.size);
}

/** Views are lists here that know the dictionary: iteration, length, membership and set operations are what code uses. */
const view = (name: string, items: (dict: PyDict) => PyValue[]): NativeFunction =>
  native(`${name}(self)`, ({ self }, interpreter) => {
    const dict = dictOf(self, interpreter);
    const made = name === 'keys' ? keysView(items(dict)) : viewList(items(dict), name);
    return interpreter.growth.ofSize([dict], made);
  });

function viewList(items: PyValue[], name: string): PyList {
  const list = new PyList(items);
  list.cls = name === 'values' ? valuesViewClass : itemsViewClass;
  return list;
}

function keysView(items: PyValue[]): PySet {
  const set = new PySet(items, true);
  set.cls = keysViewClass;
  return set;
}

export const keysViewClass = new PyClass('dict_keys', [frozensetClass], new Map(), undefined);
export const valuesViewClass = new PyClass('dict_values', [listClass], new Map(), undefined);
export const itemsViewClass = new PyClass('dict_items', [listClass], new Map(), undefined);

const get = native(
  'get(self, key, default=None, /)',
  ({ self, key: given = null, default: fallback = null }, interpreter) => {
    if (given instanceof Unknown) return given;
    const value = dictOf(self, interpreter).get(hashable(interpreter, given));
    return value === undefined ? fallback : value;
  },
);

defineMethods(dictClass, [
  native('__new__(cls, *args, **kwargs)', ({ cls }, interpreter) =>
    interpreter.growth.made(asClass(new PyDict(), cls, dictClass), interpreter),
  ),
  native('__init__(self, mapping=None, /, **kwargs)', ({ self, mapping = null, kwargs }, interpreter) => {
    updateDict(interpreter, dictOf(self, interpreter), mapping, kwargs);
    return null;
  }),
  get,
  view('keys', (dict) => dict.keys()),
  view('values', (dict) => dict.values()),
  view('items', (dict) => dict.entries().map((entry) => new PyTuple(entry))),
  native('update(self, mapping=None, /, **kwargs)', ({ self, mapping = null, kwargs }, interpreter) => {
    const dict = dictOf(self, interpreter);
    interpreter.growth.watch(dict, interpreter, () => updateDict(interpreter, dict, mapping, kwargs));
    return null;
  }),
  native('pop(self, key, default=..., /)', ({ self, key: given = null, default: fallback = null }, interpreter) => {
    const dict = dictOf(self, interpreter);
    const key = hashable(interpreter, given);
    const value = dict.get(key);
    if (value !== undefined) {
      dict.delete(key);
      return value;
    }
    return typeOf(fallback).name === 'ellipsis' ? interpreter.raiseWith('KeyError', [key]) : fallback;
  }),
  native('popitem(self, last=True)', ({ self, last = true }, interpreter) => {
    const dict = dictOf(self, interpreter);
    const entries = dict.entries();
    const entry = interpreter.truth(last) ? entries.at(-1) : entries[0];
    if (entry === undefined) return interpreter.raise('KeyError', 'popitem(): dictionary is empty');
    dict.delete(entry[0]);
    return new PyTuple(entry);
  }),
  native(
    'setdefault(self, key, default=None, /)',
    ({ self, key: given = null, default: fallback = null }, interpreter) => {
      const dict = dictOf(self, interpreter);
      const key = hashable(interpreter, given);
      interpreter.growth.watch(dict, interpreter, () => {
        if (!dict.has(key)) dict.set(key, fallback);
      });
      return dict.get(key) ?? null;
    },
  ),
  native('clear(self)', ({ self }, interpreter) => {
    const dict = dictOf(self, interpreter);
    dict.clear();
    interpreter.growth.emptied(dict, interpreter);
    return null;
  }),
  native('copy(self)', ({ self }, interpreter) => {
    const dict = dictOf(self, interpreter);
    return interpreter.growth.ofSize([dict], copyDict(dict));
  }),
]);

export function copyDict(dict: PyDict): PyDict {
  const made = PyDict.of(dict.entries());
  made.cls = dict.cls;
  made.missing = dict.missing;
  if (dict.attributes !== undefined) made.attributes = new Map(dict.attributes);
  return made;
}

dictClass.attributes.set(
  'fromkeys',
  new PyDescriptor(
    'classmethod',
    native('fromkeys(cls, iterable, value=None, /)', ({ cls, iterable = null, value = null }, interpreter) => {
      const dict = asClass(new PyDict(), cls, dictClass);
      return interpreter.growth.derived(() => {
        for (const key of interpreter.iterate(iterable)) setEntry(interpreter, dict, key, value);
        return dict;
      });
    }),
  ),
);

function elements(interpreter: Interpreter, iterable: PyValue): PyValue[] {
  const items = interpreter.collect(iterable).map((item) => hashable(interpreter, item));
  return items;
}

const setMethod = (name: string, operator: '|' | '&' | '-' | '^'): NativeFunction =>
  native(`${name}(self, *others)`, ({ self, others }, interpreter) => {
    let result = new PySet(setOf(self, interpreter).items(), setOf(self, interpreter).frozen);
    for (const other of others instanceof PyTuple ? others.items : []) {
      const combined = setBinary(operator, result, new PySet(elements(interpreter, other)));
      if (combined instanceof PySet) result = interpreter.growth.ofSize([result, other], combined);
    }
    return result;
  });

const setUpdate = (name: string, operator: '|' | '&' | '-' | '^'): NativeFunction =>
  native(`${name}(self, *others)`, ({ self, others }, interpreter) => {
    const set = setOf(self, interpreter);
    interpreter.growth.watch(set, interpreter, () => {
      for (const other of others instanceof PyTuple ? others.items : []) {
        const combined = setBinary(operator, set, new PySet(elements(interpreter, other)));
        if (!(combined instanceof PySet)) continue;
        set.elements.clear();
        for (const item of combined.items()) set.elements.set(item, null);
      }
    });
    return null;
  });

const relation = (name: string, operator: '<=' | '>='): NativeFunction =>
  native(`${name}(self, other)`, ({ self = null, other = null }, interpreter) =>
    compare(interpreter, operator, self, new PySet(elements(interpreter, other))),
  );

const commonSetMethods: readonly NativeFunction[] = [
  setMethod('union', '|'),
  setMethod('intersection', '&'),
  setMethod('difference', '-'),
  setMethod('symmetric_difference', '^'),
  relation('issubset', '<='),
  relation('issuperset', '>='),
  native('isdisjoint(self, other)', ({ self, other = null }, interpreter) => {
    const set = setOf(self, interpreter);
    return !elements(interpreter, other).some((item) => set.elements.has(item));
  }),
  native(
    'copy(self)',
    ({ self }, interpreter) => new PySet(setOf(self, interpreter).items(), setOf(self, interpreter).frozen),
  ),
];

defineMethods(setClass, [
  ...commonSetMethods,
  native('__new__(cls, *args, **kwargs)', ({ cls }, interpreter) =>
    interpreter.growth.made(asClass(new PySet(), cls, setClass), interpreter),
  ),
  native('__init__(self, iterable=(), /)', ({ self, iterable = null }, interpreter) => {
    const set = setOf(self, interpreter);
    interpreter.growth.derived(() => {
      for (const item of elements(interpreter, iterable)) set.elements.set(item, null);
      return set;
    });
    return null;
  }),
  native('add(self, item, /)', ({ self, item = null }, interpreter) => {
    const set = setOf(self, interpreter);
    interpreter.growth.watch(set, interpreter, () => set.elements.set(hashable(interpreter, item), null));
    return null;
  }),
  native('discard(self, item, /)', ({ self, item = null }, interpreter) => {
    setOf(self, interpreter).elements.delete(hashable(interpreter, item));
    return null;
  }),
  native('remove(self, item, /)', ({ self, item = null }, interpreter) => {
    if (!setOf(self, interpreter).elements.delete(hashable(interpreter, item)))
      interpreter.raiseWith('KeyError', [item]);
    return null;
  }),
  native('pop(self)', ({ self }, interpreter) => {
    const set = setOf(self, interpreter);
    const [first] = set.items();
    if (first === undefined) return interpreter.raise('KeyError', 'pop from an empty set');
    set.elements.delete(first);
    return first;
  }),
  native('clear(self)', ({ self }, interpreter) => {
    const set = setOf(self, interpreter);
    set.elements.clear();
    interpreter.growth.emptied(set, interpreter);
    return null;
  }),
  setUpdate('update', '|'),
  setUpdate('intersection_update', '&'),
  setUpdate('difference_update', '-'),
  setUpdate('symmetric_difference_update', '^'),
]);

defineMethods(frozensetClass, [
  ...commonSetMethods,
  native('__new__(cls, iterable=(), /)', ({ cls, iterable = null }, interpreter) =>
    interpreter.growth.derived(() => asClass(new PySet(elements(interpreter, iterable), true), cls, frozensetClass)),
  ),
]);

defineMethods(rangeClass, [
  native('__new__(cls, *args)', ({ args }, interpreter) => {
    const bounds = (args instanceof PyTuple ? args.items : []).map((value) => interpreter.requireInt(value, 'range()'));
    const [first, second, third = 1n] = bounds;
    if (first === undefined) return interpreter.raise('TypeError', 'range expected at least 1 argument, got 0');
    if (bounds.length > 3)
      return interpreter.raise('TypeError', `range expected at most 3 arguments, got ${bounds.length}`);
    if (third === 0n) return interpreter.raise('ValueError', 'range() arg 3 must not be zero');
    return second === undefined ? new PyRange(0n, first, 1n) : new PyRange(first, second, third);
  }),
  count,
  native('index(self, value, /)', ({ self = null, value = null }, interpreter) => {
    if (self instanceof PyRange && typeof value === 'bigint') {
      const index = (value - self.start) / self.step;
      if (index >= 0n && index < rangeLength(self) && self.start + index * self.step === value) return index;
    }
    return interpreter.raise('ValueError', `${interpreter.repr(value)} is not in range`);
  }),
]);

defineMethods(sliceClass, [
  native('__new__(cls, *args)', ({ args }) => {
    const [a = null, b = null, c = null] = args instanceof PyTuple ? args.items : [];
    const given = args instanceof PyTuple ? args.items.length : 0;
    return given === 1 ? new PySlice(null, a, null) : new PySlice(a, b, c);
  }),
  native('indices(self, length)', ({ self, length = null }, interpreter) =>
    self instanceof PySlice
      ? new PyTuple(sliceIndices(interpreter, self, interpreter.toInt(length, 'length')).map(BigInt))
      : null,
  ),
]);
