/** `typing`, `typing_extensions`, `collections.abc`: at run time types are subscripted, combined and derived from, and mean nothing. */
import { objectClass, typeOf } from '../builtins/types';
import { namedTupleMarker } from '../namedTuples';
import { native, nativeClass } from '../native';
import {
  NativeFunction,
  PyBytes,
  PyClass,
  PyContainer,
  PyDict,
  PyFunction,
  PyInstance,
  PyIterator,
  PyList,
  PyModule,
  PyRange,
  PySet,
  PyTuple,
} from '../values';
import type { PyValue } from '../values';

/** `Optional`, `Union`, a TypeVar: subscripting, calling and `|` give the form itself. */
const formClass = nativeClass('_SpecialForm', [objectClass], {
  methods: [
    native('__getitem__(self, item)', ({ self = null }) => self),
    native('__or__(self, other)', ({ self = null }) => self),
    native('__ror__(self, other)', ({ self = null }) => self),
    native('__call__(self, *args, **kwargs)', ({ self = null }) => self),
    native('__repr__(self)', ({ self }) => (self instanceof PyInstance ? `typing.${nameOf(self)}` : 'typing')),
  ],
});

function nameOf(instance: PyInstance): string {
  const name = instance.attributes.get('__name__');
  return typeof name === 'string' ? name : '';
}

function form(name: string): PyInstance {
  const made = new PyInstance(formClass);
  made.attributes.set('__name__', name);
  return made;
}

/** Which built-in values count as instances of an abstract class. */
type Membership = (value: PyValue) => boolean;

const hasMethod =
  (...names: string[]): Membership =>
  (value) =>
    names.every((name) => typeOf(value).lookup(name) !== undefined);
const isText: Membership = (value) => typeof value === 'string' || value instanceof PyBytes;
const isSequence: Membership = (value) =>
  isText(value) || value instanceof PyList || value instanceof PyTuple || value instanceof PyRange;
const isIterable: Membership = (value) =>
  isText(value) ||
  value instanceof PyContainer ||
  value instanceof PyRange ||
  value instanceof PyIterator ||
  hasMethod('__iter__')(value);
const isCallable: Membership = (value) =>
  value instanceof PyFunction ||
  value instanceof NativeFunction ||
  value instanceof PyClass ||
  typeOf(value).name === 'method' ||
  hasMethod('__call__')(value);

const MEMBERSHIP: Readonly<Record<string, Membership>> = {
  Iterable: isIterable,
  Iterator: (value) => value instanceof PyIterator || hasMethod('__next__')(value),
  Generator: (value) => value instanceof PyIterator && value.typeName === 'generator',
  Collection: (value) => isSequence(value) || value instanceof PyContainer,
  Container: (value) => isSequence(value) || value instanceof PyContainer || hasMethod('__contains__')(value),
  Sized: (value) => isSequence(value) || value instanceof PyContainer || hasMethod('__len__')(value),
  Sequence: isSequence,
  MutableSequence: (value) => value instanceof PyList,
  Mapping: (value) => value instanceof PyDict,
  MutableMapping: (value) => value instanceof PyDict,
  Set: (value) => value instanceof PySet,
  MutableSet: (value) => value instanceof PySet && !value.frozen,
  Callable: isCallable,
  Hashable: (value) =>
    !(value instanceof PyList || value instanceof PyDict || (value instanceof PySet && !value.frozen)),
  Reversible: isSequence,
  Awaitable: () => false,
  Coroutine: () => false,
  AsyncIterator: () => false,
  AsyncIterable: () => false,
  AsyncGenerator: () => false,
  ByteString: (value) => value instanceof PyBytes,
  KeysView: (value) => typeOf(value).name === 'dict_keys',
  ValuesView: (value) => typeOf(value).name === 'dict_values',
  ItemsView: (value) => typeOf(value).name === 'dict_items',
};

const abstractClasses: ReadonlyMap<string, PyClass> = new Map(
  Object.entries(MEMBERSHIP).map(([name, isMember]) => {
    const cls = nativeClass(name, [objectClass]);
    cls.attributes.set(
      '__instancecheck__',
      native(
        '__instancecheck__(cls, value)',
        ({ cls: asked, value = null }) =>
          typeOf(value).isSubclassOf(asked instanceof PyClass ? asked : cls) || (asked === cls && isMember(value)),
      ),
    );
    return [name, cls];
  }),
);

/** Aliases of built-in classes: `List[int]`, `isinstance(x, typing.List)`. */
const ALIASES: Readonly<Record<string, string>> = {
  List: 'list',
  Dict: 'dict',
  Tuple: 'tuple',
  FrozenSet: 'frozenset',
  Type: 'type',
  Text: 'str',
};

const identityDecorator = (name: string): NativeFunction =>
  native(`${name}(function)`, ({ function: callee = null }) => callee);

export function typingModule(name: string): PyModule {
  const bases = new Map<string, PyValue>(
    ['Generic', 'Protocol', 'TypedDict', 'SupportsInt', 'SupportsFloat', 'SupportsIndex', 'SupportsAbs'].map((base) => [
      base,
      nativeClass(base, [objectClass]),
    ]),
  );
  const module: PyModule = new PyModule(name, undefined, (attribute) => {
    if (attribute.startsWith('__')) return undefined;
    return abstractClasses.get(attribute) ?? bases.get(attribute) ?? form(attribute);
  });
  const { attributes } = module;
  attributes.set('TYPE_CHECKING', false);
  attributes.set('NamedTuple', namedTupleMarker);
  attributes.set(
    'cast',
    native('cast(typ, val)', ({ val = null }) => val),
  );
  attributes.set(
    'get_type_hints',
    native('get_type_hints(*args, **kwargs)', () => new PyDict()),
  );
  attributes.set(
    'get_args',
    native('get_args(tp)', () => new PyTuple([])),
  );
  attributes.set(
    'get_origin',
    native('get_origin(tp)', () => null),
  );
  attributes.set(
    'dataclass_transform',
    native('dataclass_transform(*args, **kwargs)', () => identityDecorator('dataclass_transform')),
  );
  attributes.set(
    'NewType',
    native('NewType(name, tp)', () => native('new_type(value)', ({ value = null }) => value)),
  );
  for (const decorator of ['overload', 'final', 'no_type_check', 'runtime_checkable', 'override'])
    attributes.set(decorator, identityDecorator(decorator));
  for (const variable of ['TypeVar', 'ParamSpec', 'TypeVarTuple'])
    attributes.set(
      variable,
      native(`${variable}(name, *args, **kwargs)`, ({ name: text }) =>
        form(typeof text === 'string' ? text : variable),
      ),
    );
  return module;
}

/** Built-in classes under their `typing` names, once the built-ins are known. */
export function addAliases(module: PyModule, builtins: ReadonlyMap<string, PyValue>): PyModule {
  for (const [alias, name] of Object.entries(ALIASES)) {
    const cls = builtins.get(name);
    if (cls !== undefined) module.attributes.set(alias, cls);
  }
  return module;
}

/** `collections.abc` */
export function abstractCollectionsModule(): PyModule {
  const module = new PyModule('collections.abc');
  for (const [name, cls] of abstractClasses) module.attributes.set(name, cls);
  return module;
}
