/**
 * Functions and classes implemented in TypeScript.
 *
 *     native('softmax(input, dim=None, *, dtype=None)', ({ input, dim }, interpreter) => …)
 *
 * The signature is Python text; calls are bound to it with Python's rules and error messages.
 */
import type { Interpreter } from './interpreter';
import type { BoundArguments, PyModule, PyValue } from './values';
import { NativeFunction, PyClass, PyDescriptor } from './values';

export type NativeCall = (args: BoundArguments, interpreter: Interpreter) => PyValue;

/** A function with the given Python signature; see `NativeFunction`. */
export const native = (signature: string, call: NativeCall): NativeFunction => new NativeFunction(signature, call);

export interface NativeClassBody {
  /** Methods; their signatures begin with `self` (`cls` for `__new__`). */
  readonly methods?: readonly NativeFunction[];
  /** Read-only properties. */
  readonly properties?: Readonly<Record<string, NativeCall>>;
  /** Signatures begin with `cls`. */
  readonly classMethods?: readonly NativeFunction[];
  readonly staticMethods?: readonly NativeFunction[];
  readonly attributes?: Readonly<Record<string, PyValue>>;
  readonly module?: PyModule;
}

/**
 * A class. `__new__(cls, …)`, if given, makes the instance; else a plain `PyInstance` is made and `__init__(self, …)` called.
 * Property functions receive `{ self }`.
 */
export function nativeClass(name: string, bases: readonly PyClass[], body: NativeClassBody = {}): PyClass {
  const attributes = new Map<string, PyValue>(Object.entries(body.attributes ?? {}));
  for (const method of body.methods ?? []) attributes.set(method.name, method);
  for (const method of body.classMethods ?? []) attributes.set(method.name, new PyDescriptor('classmethod', method));
  for (const method of body.staticMethods ?? []) attributes.set(method.name, new PyDescriptor('staticmethod', method));
  for (const [property, get] of Object.entries(body.properties ?? {}))
    attributes.set(property, new PyDescriptor('property', native(`${property}(self)`, get)));
  return new PyClass(name, bases, attributes, body.module);
}

/** A property with a setter, for a class's `attributes`. */
export const nativeProperty = (
  name: string,
  get: NativeCall,
  set?: (self: PyValue, value: PyValue, interpreter: Interpreter) => void,
): PyDescriptor =>
  new PyDescriptor(
    'property',
    native(`${name}(self)`, get),
    set === undefined
      ? null
      : native(`${name}(self, value)`, ({ self = null, value = null }, interpreter) => {
          set(self, value, interpreter);
          return null;
        }),
  );
