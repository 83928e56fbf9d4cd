/** Named tuples, from `collections.namedtuple` and from classes derived from `typing.NamedTuple`. */
import { objectClass, tupleClass } from './builtins/types';
import type { Interpreter } from './interpreter';
import { native, nativeClass } from './native';
import { Ellipsis, NativeFunction, PyClass, PyDescriptor, PyDict, PyTuple } from './values';
import type { PyModule, PyValue } from './values';

/** What a class statement names as its base to become a named tuple. */
export const namedTupleMarker = nativeClass('NamedTuple', [objectClass]);

export function makeNamedTupleClass(
  interpreter: Interpreter,
  name: string,
  body: Map<string, PyValue>,
  module: PyModule | undefined,
): PyClass {
  const annotations = body.get('__annotations__');
  const fields = annotations instanceof PyDict ? annotations.keys().filter((key) => typeof key === 'string') : [];
  const defaults = new Map<string, PyValue>();
  for (const field of fields) {
    const value = body.get(field);
    if (value !== undefined) defaults.set(field, value);
    body.delete(field);
  }
  return namedTupleClass(interpreter, name, fields, defaults, body, module);
}

export function namedTupleClass(
  interpreter: Interpreter,
  name: string,
  fields: readonly string[],
  defaults: ReadonlyMap<string, PyValue>,
  attributes: Map<string, PyValue>,
  module: PyModule | undefined,
): PyClass {
  // Defaults are of any kind, so the signature only names the fields and the values are filled in here.
  const order = fields.map((field) => (defaults.has(field) ? `${field}=...` : field)).join(', ');
  const cls = new PyClass(name, [tupleClass], attributes, module, interpreter.currentSpan);
  const make = (items: readonly PyValue[], owner: PyClass): PyTuple => {
    const tuple = new PyTuple(items, fields, name);
    tuple.cls = owner;
    return tuple;
  };
  const owner = (value: PyValue | undefined): PyClass => (value instanceof PyClass ? value : cls);
  const create = new NativeFunction(`${name}(cls${order === '' ? '' : `, ${order}`})`, (args) =>
    make(
      fields.map((field) => {
        const value = args[field] ?? null;
        return value === Ellipsis ? (defaults.get(field) ?? value) : value;
      }),
      owner(args.cls),
    ),
  );
  attributes.set('__new__', create);
  attributes.set('_fields', new PyTuple(fields));
  attributes.set('_field_defaults', PyDict.of(defaults));
  attributes.set('__match_args__', new PyTuple(fields));
  attributes.set(
    '_make',
    new PyDescriptor(
      'classmethod',
      native('_make(cls, iterable)', ({ cls: made, iterable = null }) =>
        make(interpreter.collect(iterable), owner(made)),
      ),
    ),
  );
  attributes.set(
    '_asdict',
    native('_asdict(self)', ({ self }) =>
      PyDict.of(fields.map((field, i) => [field, itemsOf(self)[i] ?? null] as const)),
    ),
  );
  attributes.set(
    '_replace',
    native('_replace(self, **changes)', ({ self, changes }) => {
      const given = changes instanceof PyDict ? changes : new PyDict();
      return make(
        fields.map((field, i) => (given.has(field) ? given.get(field) : itemsOf(self)[i]) ?? null),
        self instanceof PyTuple ? (self.cls ?? cls) : cls,
      );
    }),
  );
  return cls;
}

const itemsOf = (value: PyValue | undefined): readonly PyValue[] => (value instanceof PyTuple ? value.items : []);
