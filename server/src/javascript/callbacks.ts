/** Functions that wait to be called by a page or by packages that are not read. */
import type { Interpreter } from '../python/interpreter';
import { PyBoundMethod, PyFunction, PyInstance } from '../python/values';
import type { PyValue } from '../python/values';
import { fieldsOf } from './operators';

/** With the object that it is called on, where it has one. */
export type Callback = PyFunction | PyBoundMethod;

/** Objects inside objects that are looked through. */
const MOST_DEPTH = 3;

export const functionOfCallback = (callback: Callback): PyFunction | undefined => {
  const called = callback instanceof PyBoundMethod ? callback.callee : callback;
  return called instanceof PyFunction ? called : undefined;
};

/** May a value hold functions? */
export const mayBeCalled = (value: PyValue): boolean => value instanceof PyFunction || fieldsOf(value) !== undefined;

/** A function itself, or those of an object; of the options of a component of Vue its methods and hooks. */
export function callbacksIn(value: PyValue, interpreter: Interpreter, depth = MOST_DEPTH): Callback[] {
  if (value instanceof PyFunction) return [value];
  const fields = fieldsOf(value);
  if (fields === undefined || depth === 0) return [];
  const owner = isComponent(value) ? componentOf(value, interpreter) : value;
  const own = (each: PyValue, self: PyValue): Callback[] => {
    const method = methodOf(each);
    return method === undefined ? [] : [new PyBoundMethod(self, method)];
  };
  return fields.entries().flatMap(([key, each]) => {
    const inner = key === 'methods' && owner !== value ? (fieldsOf(each)?.values() ?? []) : undefined;
    if (inner !== undefined)
      return [...inner].flatMap((method) => (method instanceof PyFunction ? [method] : own(method, owner)));
    return [...own(each, owner), ...callbacksIn(each, interpreter, depth - 1)];
  });
}

/** Has the object what Vue makes a component of? */
const isComponent = (value: PyValue): boolean => fieldsOf(fieldsOf(value)?.get('methods') ?? null) !== undefined;

const componentOf = (options: PyValue, interpreter: Interpreter): PyValue =>
  interpreter.call(interpreter.getAttribute(interpreter.importModule('_javascript_vue'), 'Component'), [options]);

/** The function of a field that is called on its object. */
function methodOf(value: PyValue): PyValue | undefined {
  if (!(value instanceof PyInstance) || value.cls.name !== 'Method') return undefined;
  return value.attributes.get('function');
}
