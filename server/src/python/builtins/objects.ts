/** What every object has: the methods of `object` and `type`, found when no class defines them. */
import { genericAttribute, genericDeleteAttribute, genericSetAttribute } from '../attributes';
import { instantiate, newInstance } from '../classes';
import { isIdentical } from '../comparison';
import { native } from '../native';
import { repr, str } from '../representation';
import {
  NotImplemented,
  NativeFunction,
  PyClass,
  PyContainer,
  PyDict,
  PyInstance,
  PyList,
  PyTuple,
  identity,
} from '../values';
import type { PyValue } from '../values';
import { attributeNames } from './names';
import { defineMethods, objectClass, typeClass, typeOf } from './types';
import { formatValue } from '../formatting';

const defaults: readonly NativeFunction[] = [
  native('__init__(self, *args, **kwargs)', () => null),
  native('__setattr__(self, name, value)', ({ self = null, name = null, value = null }, interpreter) => {
    genericSetAttribute(interpreter, self, interpreter.toText(name, 'attribute name'), value);
    return null;
  }),
  native('__delattr__(self, name)', ({ self = null, name = null }, interpreter) => {
    genericDeleteAttribute(interpreter, self, interpreter.toText(name, 'attribute name'));
    return null;
  }),
  native('__getattribute__(self, name)', ({ self = null, name = null }, interpreter) => {
    const attribute = interpreter.toText(name, 'attribute name');
    const value =
      self instanceof PyInstance || self instanceof PyContainer
        ? genericAttribute(
            interpreter,
            self,
            self.attributes ?? new Map<string, PyValue>(),
            typeOf(self),
            attribute,
            false,
          )
        : interpreter.findAttribute(self, attribute);
    return (
      value ?? interpreter.raise('AttributeError', `'${typeOf(self).name}' object has no attribute '${attribute}'`)
    );
  }),
  native('__repr__(self)', ({ self = null }, interpreter) =>
    self instanceof PyInstance ? `<${self.cls.qualifiedName} object>` : repr(interpreter, self),
  ),
  native('__str__(self)', ({ self = null }, interpreter) => str(interpreter, self)),
  native('__eq__(self, other)', ({ self = null, other = null }) => (isIdentical(self, other) ? true : NotImplemented)),
  native('__ne__(self, other)', ({ self = null, other = null }) => (isIdentical(self, other) ? false : NotImplemented)),
  native('__hash__(self)', ({ self = null }) =>
    typeof self === 'object' && self !== null ? BigInt(identity(self)) : 0n,
  ),
  native('__format__(self, spec)', ({ self = null, spec }, interpreter) =>
    formatValue(interpreter, self, typeof spec === 'string' ? spec : ''),
  ),
  native('__dir__(self)', ({ self = null }) => new PyList(attributeNames(self))),
  native('__sizeof__(self)', () => 16n),
];

const byName: ReadonlyMap<string, NativeFunction> = new Map(defaults.map((method) => [method.name, method]));

const objectNew = native('__new__(cls, *args, **kwargs)', ({ cls }, interpreter) =>
  cls instanceof PyClass
    ? newInstance(interpreter, cls)
    : interpreter.raise('TypeError', 'object.__new__(X): X is not a type object'),
);
const initSubclass = native('__init_subclass__(**kwargs)', () => null);

/** A method of `object` by name, unbound. */
export function objectMethod(name: string): PyValue | undefined {
  if (name === '__new__') return objectNew;
  if (name === '__init_subclass__') return initSubclass;
  return byName.get(name);
}

defineMethods(typeClass, [
  native('__new__(cls, name, bases, namespace, **kwargs)', ({ cls, name, bases, namespace }, interpreter) => {
    const attributes = new Map<string, PyValue>();
    if (namespace instanceof PyDict)
      for (const [key, value] of namespace.entries()) if (typeof key === 'string') attributes.set(key, value);
    const classes = (bases instanceof PyTuple ? bases.items : []).filter(
      (base): base is PyClass => base instanceof PyClass,
    );
    const text = interpreter.toText(name ?? null, 'name');
    if (interpreter.classBuilder !== undefined) return interpreter.classBuilder(text, classes, attributes);
    const metaclass = cls instanceof PyClass && cls !== typeClass ? cls : undefined;
    return new PyClass(
      text,
      classes.length === 0 ? [objectClass] : classes,
      attributes,
      interpreter.frame?.module,
      interpreter.currentSpan,
      text,
      {
        metaclass,
      },
    );
  }),
  native('__init__(self, *args, **kwargs)', () => null),
  native('__call__(self, *args, **kwargs)', ({ self, args, kwargs }, interpreter) => {
    if (!(self instanceof PyClass)) return interpreter.raise('TypeError', 'type.__call__ needs a class');
    const keywords = new Map<string, PyValue>();
    if (kwargs instanceof PyDict)
      for (const [key, value] of kwargs.entries()) if (typeof key === 'string') keywords.set(key, value);
    return instantiate(interpreter, self, args instanceof PyTuple ? args.items : [], keywords);
  }),
]);
