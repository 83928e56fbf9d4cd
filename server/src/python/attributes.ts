/** Attribute access by Python's rules: data descriptors, instance, class, `__getattr__`. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import type { Interpreter } from './interpreter';
import { native } from './native';
import {
  NativeFunction,
  PyBoundMethod,
  PyClass,
  PyContainer,
  PyDescriptor,
  PyDict,
  PyFunction,
  PyInstance,
  PyList,
  PyModule,
  PyRange,
  PySlice,
  PySuper,
  PyTuple,
  Unknown,
} from './values';
import type { PyValue } from './values';
import { PythonException } from './errors';
import { objectMethod } from './builtins/objects';

/** A class attribute as seen through an instance (`self`). */
export function bind(interpreter: Interpreter, value: PyValue, self: PyValue, cls: PyClass): PyValue {
  if (value instanceof PyFunction) return new PyBoundMethod(self, value);
  if (value instanceof NativeFunction) return value.bindsSelf ? new PyBoundMethod(self, value) : value;
  if (value instanceof PyDescriptor) return readDescriptor(interpreter, value, self, cls);
  if (value instanceof PyInstance) {
    const get = value.cls.lookup('__get__');
    if (get !== undefined) return callValue(interpreter, get, [value, self, cls], undefined);
  }
  return value;
}

function readDescriptor(interpreter: Interpreter, descriptor: PyDescriptor, self: PyValue, cls: PyClass): PyValue {
  switch (descriptor.kind) {
    case 'property':
    case 'cached_property':
      return callValue(interpreter, descriptor.getter, [self], undefined);
    case 'classmethod':
      return new PyBoundMethod(cls, descriptor.getter);
    case 'staticmethod':
      return descriptor.getter;
  }
}

/** undefined when there is no such attribute. */
export function findAttribute(interpreter: Interpreter, object: PyValue, name: string): PyValue | undefined {
  if (object instanceof PyInstance) return instanceAttribute(interpreter, object, object.attributes, object.cls, name);
  if (object instanceof PyModule) return moduleAttribute(interpreter, object, name);
  if (object instanceof PyClass) return classAttribute(interpreter, object, name);
  if (object instanceof PySuper) return superAttribute(interpreter, object, name);
  if (object instanceof Unknown) return new Unknown(object.reason, object.origin);
  if (object instanceof PyContainer) return containerAttribute(interpreter, object, name);
  if (object instanceof PyFunction) return functionAttribute(interpreter, object, name);
  if (object instanceof PyBoundMethod) return methodAttribute(interpreter, object, name);
  if (object instanceof PyDescriptor) return descriptorAttribute(object, name);
  if (object instanceof NativeFunction) {
    if (name === '__name__' || name === '__qualname__') return object.name;
    if (name === '__doc__') return null;
  }
  if (object instanceof PySlice || object instanceof PyRange) {
    if (name === 'start' || name === 'stop' || name === 'step') return object[name];
  }
  return plainAttribute(interpreter, object, name);
}

function plainAttribute(interpreter: Interpreter, object: PyValue, name: string): PyValue | undefined {
  const cls = typeOf(object);
  if (name === '__class__') return cls;
  if (typeof object === 'bigint' || typeof object === 'boolean' || typeof object === 'number') {
    if (name === 'real') return typeof object === 'boolean' ? BigInt(object) : object;
    if (name === 'imag') return typeof object === 'number' ? 0 : 0n;
    if (name === 'numerator' && typeof object !== 'number') return BigInt(object);
    if (name === 'denominator' && typeof object !== 'number') return 1n;
    // `x.shape[-1].value`: sizes were objects in TensorFlow 1.
    if (name === 'value' && typeof object === 'bigint' && interpreter.modules.has('keras._symbolic')) return object;
  }
  const value = cls.lookup(name);
  if (value !== undefined) return bind(interpreter, value, object, cls);
  if (name === '__doc__') return null;
  const method = objectMethod(name);
  return method === undefined ? undefined : bind(interpreter, method, object, cls);
}

function containerAttribute(interpreter: Interpreter, object: PyContainer, name: string): PyValue | undefined {
  if (object instanceof PyTuple && object.fieldNames !== undefined) {
    const index = object.fieldNames.indexOf(name);
    if (index >= 0) return object.items[index];
    if (name === '_fields') return new PyTuple(object.fieldNames);
  }
  if (object.cls === undefined) return plainAttribute(interpreter, object, name);
  return instanceAttribute(interpreter, object, (object.attributes ??= new Map<string, PyValue>()), object.cls, name);
}

function instanceAttribute(
  interpreter: Interpreter,
  object: PyInstance | PyContainer,
  attributes: Map<string, PyValue>,
  cls: PyClass,
  name: string,
): PyValue | undefined {
  if (cls.overridesGetAttribute) {
    const override = cls.lookup('__getattribute__');
    if (override instanceof PyFunction) return attributeOrFallback(interpreter, override, object, cls, name);
  }
  return genericAttribute(interpreter, object, attributes, cls, name, true);
}

/** object.__getattribute__ and then, if `fallback`, `__getattr__`. */
export function genericAttribute(
  interpreter: Interpreter,
  object: PyInstance | PyContainer,
  attributes: Map<string, PyValue>,
  cls: PyClass,
  name: string,
  fallback: boolean,
): PyValue | undefined {
  const inherited = cls.lookup(name);
  if (inherited !== undefined && isDataDescriptor(inherited)) {
    // A property whose getter raises AttributeError falls back to __getattr__, as in Python.
    if (!fallback || cls.lookup('__getattr__') === undefined) return bind(interpreter, inherited, object, cls);
    try {
      return bind(interpreter, inherited, object, cls);
    } catch (error) {
      if (!isAttributeError(interpreter, error)) throw error;
      return callGetAttr(interpreter, object, cls, name);
    }
  }
  const own = attributes.get(name);
  if (own !== undefined) return own;
  if (inherited !== undefined) {
    const value = bind(interpreter, inherited, object, cls);
    if (inherited instanceof PyDescriptor && inherited.kind === 'cached_property') attributes.set(name, value);
    return value;
  }
  if (name === '__class__') return cls;
  if (name === '__dict__') return liveDictionary(attributes);
  const method = objectMethod(name);
  if (method !== undefined && name !== '__init_subclass__') return bind(interpreter, method, object, cls);
  const special = specialInstanceAttribute(object, cls, name);
  if (special !== undefined) return special;
  return fallback ? callGetAttr(interpreter, object, cls, name) : undefined;
}

function specialInstanceAttribute(object: PyInstance | PyContainer, cls: PyClass, name: string): PyValue | undefined {
  if (name === '__doc__') return null;
  if (name === '__module__') return cls.module?.name ?? 'builtins';
  if (object instanceof PyInstance && cls.enumMembers !== undefined) {
    if (name === 'name') return object.attributes.get('_name_');
    if (name === 'value') return object.attributes.get('_value_');
  }
  return undefined;
}

function callGetAttr(
  interpreter: Interpreter,
  object: PyInstance | PyContainer,
  cls: PyClass,
  name: string,
): PyValue | undefined {
  const method = cls.lookup('__getattr__');
  if (method === undefined) return cls.unreadBase === undefined || isDunder(name) ? undefined : unread(cls.unreadBase);
  return attributeOrFallback(interpreter, method, object, undefined, name);
}

const isDunder = (name: string): boolean => name.startsWith('__') && name.endsWith('__');
const unread = (base: Unknown): Unknown => new Unknown(base.reason, base.origin);

/** Calls `__getattribute__` (then `cls` is given) or `__getattr__`; an AttributeError means "no such attribute". */
function attributeOrFallback(
  interpreter: Interpreter,
  method: PyValue,
  object: PyInstance | PyContainer,
  cls: PyClass | undefined,
  name: string,
): PyValue | undefined {
  try {
    return callValue(interpreter, method, [object, name], undefined);
  } catch (error) {
    if (!isAttributeError(interpreter, error)) throw error;
    if (cls?.lookup('__getattr__') !== undefined) return callGetAttr(interpreter, object, cls, name);
    interpreter.keepAttributeError(error);
    return undefined;
  }
}

function isAttributeError(interpreter: Interpreter, error: unknown): error is PythonException {
  return error instanceof PythonException && interpreter.isKind(error, 'AttributeError');
}

/** Wins over the instance's own attributes. */
function isDataDescriptor(value: PyValue): boolean {
  if (value instanceof PyDescriptor) return value.kind === 'property';
  return value instanceof PyInstance && value.cls.lookup('__set__') !== undefined;
}

/** A dictionary that reads and writes the given attributes. */
export function liveDictionary(attributes: Map<string, PyValue>): PyDict {
  return new AttributeDictionary(attributes);
}

/** `obj.__dict__`: changes reach the object. */
class AttributeDictionary extends PyDict {
  constructor(private readonly attributesOfObject: Map<string, PyValue>) {
    super();
    for (const [name, value] of attributesOfObject) super.set(name, value);
  }
  override set(key: PyValue, value: PyValue): void {
    super.set(key, value);
    if (typeof key === 'string') this.attributesOfObject.set(key, value);
  }
  override delete(key: PyValue): boolean {
    if (typeof key === 'string') this.attributesOfObject.delete(key);
    return super.delete(key);
  }
}

function moduleAttribute(interpreter: Interpreter, module: PyModule, name: string): PyValue | undefined {
  const own = module.attributes.get(name);
  if (own !== undefined) return own;
  const made = module.missing?.(name);
  if (made !== undefined) {
    module.attributes.set(name, made);
    return made;
  }
  switch (name) {
    case '__dict__':
      for (const latent of module.latent?.() ?? []) moduleAttribute(interpreter, module, latent);
      return liveDictionary(module.attributes);
    case '__name__':
      return module.name;
    case '__file__':
      return module.file ?? null;
    case '__doc__':
      return null;
    case '__class__':
      return typeOf(module);
    default:
  }
  const latent = interpreter.latentName(module, name);
  if (latent !== undefined) return latent;
  const submodule =
    interpreter.modules.get(`${module.name}.${name}`) ?? interpreter.librarySubmodule(module.name, name);
  const getter = module.attributes.get('__getattr__');
  if (submodule !== undefined || getter === undefined) return submodule;
  try {
    return callValue(interpreter, getter, [name], undefined);
  } catch (error) {
    if (!isAttributeError(interpreter, error)) throw error;
    return undefined;
  }
}

function classAttribute(interpreter: Interpreter, cls: PyClass, name: string): PyValue | undefined {
  const value = cls.lookup(name);
  if (value !== undefined) {
    if (value instanceof PyDescriptor) {
      if (value.kind === 'classmethod') return new PyBoundMethod(cls, value.getter);
      if (value.kind === 'staticmethod') return value.getter;
      return value;
    }
    if (value instanceof PyInstance) {
      const get = value.cls.lookup('__get__');
      if (get !== undefined) return callValue(interpreter, get, [value, null, cls], undefined);
    }
    return value;
  }
  if (cls.metaclass !== undefined) {
    const inherited = cls.metaclass.lookup(name);
    if (inherited !== undefined) return bind(interpreter, inherited, cls, cls.metaclass);
  }
  switch (name) {
    case '__name__':
      return cls.name;
    case '__qualname__':
      return cls.qualifiedName;
    case '__module__':
      return cls.module?.name ?? 'builtins';
    case '__mro__':
      return new PyTuple(cls.resolutionOrder);
    case 'mro':
      return native('mro()', () => new PyList([...cls.resolutionOrder]));
    case '__bases__':
      return new PyTuple(cls.bases);
    case '__base__':
      return cls.bases[0] ?? null;
    case '__dict__':
      return liveDictionary(cls.attributes);
    case '__class__':
      return typeOf(cls);
    case '__doc__':
      return null;
    case '__annotations__':
      return new PyDict();
    case '__members__':
      return cls.enumMembers === undefined ? undefined : PyDict.of(cls.enumMembers);
    default:
      return (
        objectMethod(name) ?? (cls.unreadBase === undefined || isDunder(name) ? undefined : unread(cls.unreadBase))
      );
  }
}

function superAttribute(interpreter: Interpreter, object: PySuper, name: string): PyValue | undefined {
  const { self } = object;
  // super() in a class method: `self` is the class.
  const isClassCall = self instanceof PyClass && self.isSubclassOf(object.cls);
  const cls = isClassCall ? self : typeOf(self);
  const order = cls.resolutionOrder;
  for (const base of order.slice(order.indexOf(object.cls) + 1)) {
    const value = base.attributes.get(name);
    if (value === undefined) continue;
    if (!isClassCall) return bind(interpreter, value, self, cls);
    if (value instanceof PyDescriptor && value.kind === 'classmethod') return new PyBoundMethod(cls, value.getter);
    if (value instanceof PyDescriptor && value.kind === 'staticmethod') return value.getter;
    return value;
  }
  if (name === '__class__') return typeOf(object);
  const method = objectMethod(name);
  if (method !== undefined) return isClassCall ? method : bind(interpreter, method, self, cls);
  return object.cls.unreadBase === undefined ? undefined : unread(object.cls.unreadBase);
}

function functionAttribute(interpreter: Interpreter, object: PyFunction, name: string): PyValue | undefined {
  const own = object.attributes.get(name);
  if (own !== undefined) return own;
  switch (name) {
    case '__name__':
      return object.syntax.name;
    case '__qualname__':
      return object.qualifiedName;
    case '__module__':
      return object.module.name;
    case '__doc__': {
      const { body } = object.syntax;
      const [first] = 'kind' in body ? [] : body;
      return first?.kind === 'ExpressionStatement' &&
        first.value.kind === 'Constant' &&
        typeof first.value.value === 'string'
        ? first.value.value
        : null;
    }
    case '__dict__':
      return liveDictionary(object.attributes);
    case '__defaults__':
      return object.defaults.size === 0 ? null : new PyTuple([...object.defaults.values()]);
    case '__annotations__':
      return new PyDict();
    case '__get__':
      return native('__get__(instance, owner=None)', ({ instance = null }) => new PyBoundMethod(instance, object));
    case '__code__':
      return codeObject(object);
    default:
      return plainAttribute(interpreter, object, name);
  }
}

function codeObject(object: PyFunction): PyValue {
  const positional = object.syntax.parameters.filter(({ kind }) => kind === 'positional' || kind === 'positionalOnly');
  const code = new PyInstance(typeOf(null));
  code.attributes.set('co_varnames', new PyTuple(positional.map(({ name }) => name)));
  code.attributes.set('co_argcount', BigInt(positional.length));
  code.attributes.set('co_name', object.syntax.name);
  return code;
}

function methodAttribute(interpreter: Interpreter, object: PyBoundMethod, name: string): PyValue | undefined {
  if (name === '__self__') return object.self;
  if (name === '__func__') return object.callee;
  return findAttribute(interpreter, object.callee, name);
}

function descriptorAttribute(object: PyDescriptor, name: string): PyValue | undefined {
  const { kind, getter, setter, deleter } = object;
  switch (name) {
    case 'setter':
      return native('setter(function)', ({ function: set = null }) => new PyDescriptor(kind, getter, set, deleter));
    case 'getter':
      return native('getter(function)', ({ function: get = null }) => new PyDescriptor(kind, get, setter, deleter));
    case 'deleter':
      return native(
        'deleter(function)',
        ({ function: remove = null }) => new PyDescriptor(kind, getter, setter, remove),
      );
    case 'fget':
    case '__func__':
    case '__wrapped__':
    case 'func':
      return getter;
    case 'fset':
      return setter;
    case '__isabstractmethod__':
      return getter instanceof PyFunction ? (getter.attributes.get('__isabstractmethod__') ?? false) : false;
    default:
      return undefined;
  }
}

/** object.name; raises AttributeError. */
export function getAttribute(interpreter: Interpreter, object: PyValue, name: string): PyValue {
  // What an earlier `hasattr` left says nothing about this attribute.
  interpreter.takeAttributeError();
  const value = findAttribute(interpreter, object, name);
  if (value !== undefined) return value;
  const raised = interpreter.takeAttributeError();
  // The class's own __getattr__ has already said what is missing, and better.
  if (raised !== undefined) throw raised;
  return interpreter.raise('AttributeError', missingAttribute(object, name));
}

function missingAttribute(object: PyValue, name: string): string {
  if (object instanceof PyClass) return `type object '${object.name}' has no attribute '${name}'`;
  if (object instanceof PyModule) return `module '${object.name}' has no attribute '${name}'`;
  return `'${typeOf(object).name}' object has no attribute '${name}'`;
}

/** object.name = value */
export function setAttribute(interpreter: Interpreter, object: PyValue, name: string, value: PyValue): void {
  if (object instanceof PyInstance || object instanceof PyContainer) {
    const cls = typeOf(object);
    const override = cls.lookup('__setattr__');
    if (override !== undefined) callValue(interpreter, override, [object, name, value], undefined);
    else genericSetAttribute(interpreter, object, name, value);
    return;
  }
  if (object instanceof PyClass && object.module === undefined && object.span === undefined && isBuiltin(object))
    interpreter.raise('TypeError', `cannot set '${name}' attribute of immutable type '${object.name}'`);
  if (object instanceof PyFunction && name === '__qualname__' && typeof value === 'string')
    object.qualifiedName = value;
  if (object instanceof PyClass || object instanceof PyModule || object instanceof PyFunction) {
    object.attributes.set(name, value);
    return;
  }
  if (object instanceof Unknown) return;
  if (object instanceof PyBoundMethod && object.callee instanceof PyFunction) {
    interpreter.raise('AttributeError', `'method' object has no attribute '${name}'`);
  }
  interpreter.raise('AttributeError', `'${typeOf(object).name}' object has no attribute '${name}'`);
}

const isBuiltin = (cls: PyClass): boolean => cls.resolutionOrder.every((base) => base.module === undefined);

/** object.__setattr__ */
export function genericSetAttribute(interpreter: Interpreter, object: PyValue, name: string, value: PyValue): void {
  const cls = typeOf(object);
  const inherited = cls.lookup(name);
  if (inherited instanceof PyDescriptor && inherited.kind === 'property') {
    if (inherited.setter === null)
      interpreter.raise('AttributeError', `property '${name}' of '${cls.name}' object has no setter`);
    callValue(interpreter, inherited.setter, [object, value], undefined);
    return;
  }
  if (inherited instanceof PyInstance) {
    const set = inherited.cls.lookup('__set__');
    if (set !== undefined) {
      callValue(interpreter, set, [inherited, object, value], undefined);
      return;
    }
  }
  if (object instanceof PyInstance) {
    if (object.cls.enumMembers?.get(name) !== undefined)
      interpreter.raise('AttributeError', `cannot reassign member '${name}'`);
    object.attributes.set(name, value);
  } else if (object instanceof PyContainer && object.cls !== undefined)
    (object.attributes ??= new Map<string, PyValue>()).set(name, value);
  else interpreter.raise('AttributeError', `'${cls.name}' object has no attribute '${name}'`);
}

/** del object.name */
export function deleteAttribute(interpreter: Interpreter, object: PyValue, name: string): void {
  const cls = typeOf(object);
  const override =
    object instanceof PyInstance || object instanceof PyContainer ? cls.lookup('__delattr__') : undefined;
  if (override !== undefined) {
    callValue(interpreter, override, [object, name], undefined);
    return;
  }
  genericDeleteAttribute(interpreter, object, name);
}

/** object.__delattr__ */
export function genericDeleteAttribute(interpreter: Interpreter, object: PyValue, name: string): void {
  const cls = typeOf(object);
  const inherited = cls.lookup(name);
  if (inherited instanceof PyDescriptor && inherited.deleter !== null) {
    callValue(interpreter, inherited.deleter, [object], undefined);
    return;
  }
  if (object instanceof Unknown) return;
  const attributes =
    object instanceof PyInstance ||
    object instanceof PyModule ||
    object instanceof PyClass ||
    object instanceof PyFunction
      ? object.attributes
      : object instanceof PyContainer
        ? object.attributes
        : undefined;
  if (attributes?.delete(name) !== true) interpreter.raise('AttributeError', missingAttribute(object, name));
}
