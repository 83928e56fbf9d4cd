/** `copy` */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { PyClass, PyDict, PyFunction, PyInstance, PyList, PyModule, PySet, PyTuple, NativeFunction } from '../values';
import type { PyContainer, PyValue } from '../values';
import { callValue } from '../calls';
import { typeOf } from '../builtins/types';

function like<T extends PyContainer>({ growth }: Interpreter, made: T, original: PyContainer): T {
  made.cls = original.cls;
  if (original.attributes !== undefined) made.attributes = new Map(original.attributes);
  return growth.ofSize([original], made);
}

export function shallowCopy(interpreter: Interpreter, value: PyValue): PyValue {
  if (typeof value !== 'object' || value === null) return value;
  const method = value instanceof PyInstance ? value.cls.lookup('__copy__') : undefined;
  if (method !== undefined) return callValue(interpreter, method, [value], undefined);
  if (value instanceof PyList) return like(interpreter, new PyList([...value.items]), value);
  if (value instanceof PySet) return like(interpreter, new PySet(value.items(), value.frozen), value);
  if (value instanceof PyDict) {
    const made = like(interpreter, PyDict.of(value.entries()), value);
    made.missing = value.missing;
    return made;
  }
  if (value instanceof PyInstance && value.cls.enumMembers === undefined) {
    const made = new PyInstance(value.cls);
    for (const [name, attribute] of value.attributes) made.attributes.set(name, attribute);
    made.payload = value.payload;
    return made;
  }
  return value;
}

/** `memo` keeps shared and cyclic references as they are. */
export function deepCopy(
  interpreter: Interpreter,
  value: PyValue,
  memo: Map<PyValue, PyValue>,
  memoDict: PyDict,
): PyValue {
  if (typeof value !== 'object' || value === null) return value;
  const known = memo.get(value);
  if (known !== undefined) return known;
  interpreter.step();
  const copy = (item: PyValue): PyValue => deepCopy(interpreter, item, memo, memoDict);
  if (
    value instanceof PyClass ||
    value instanceof PyFunction ||
    value instanceof NativeFunction ||
    value instanceof PyModule
  )
    return value;
  const method = value instanceof PyInstance ? typeOf(value).lookup('__deepcopy__') : undefined;
  if (method !== undefined) {
    const made = callValue(interpreter, method, [value, memoDict], undefined);
    memo.set(value, made);
    return made;
  }
  if (value instanceof PyTuple) {
    const made = like(interpreter, new PyTuple(value.items.map(copy), value.fieldNames, value.structName), value);
    memo.set(value, made);
    return made;
  }
  const made = shallowCopy(interpreter, value);
  memo.set(value, made);
  if (made instanceof PyList) made.items = made.items.map(copy);
  else if (made instanceof PyDict) for (const [key, item] of made.entries()) made.set(key, copy(item));
  if (made instanceof PyInstance && made !== value)
    for (const [name, attribute] of made.attributes) made.attributes.set(name, copy(attribute));
  else if ((made instanceof PyList || made instanceof PyDict) && made.attributes !== undefined)
    for (const [name, attribute] of made.attributes) made.attributes.set(name, copy(attribute));
  return made;
}

export function copyModule(): PyModule {
  const module = new PyModule('copy');
  module.attributes.set(
    'copy',
    native('copy(x)', ({ x = null }, interpreter) => shallowCopy(interpreter, x)),
  );
  module.attributes.set(
    'deepcopy',
    native('deepcopy(x, memo=None)', ({ x = null }, interpreter) => deepCopy(interpreter, x, new Map(), new PyDict())),
  );
  return module;
}
