/** Dictionary keys whose equality interpreted code defines. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import type { Interpreter } from './interpreter';
import { compare } from './operators';
import { PyContainer, PyDict, PyFunction, PyInstance, PyList, PySet, PySlice, PyTuple } from './values';
import type { PyValue } from './values';

/**
 * The value to use as a key: for an instance with `__hash__`, the first equal instance that was used before.
 * TypeError for what cannot be a key.
 */
export function hashable(interpreter: Interpreter, key: PyValue): PyValue {
  if (typeof key !== 'object' || key === null) return key;
  if (key instanceof PyTuple && key.cls?.lookup('__hash__') === undefined) return hashableTuple(interpreter, key);
  const method = key instanceof PyInstance || key instanceof PyContainer ? typeOf(key).lookup('__hash__') : undefined;
  if (key instanceof PyInstance) return method instanceof PyFunction ? representative(interpreter, key, method) : key;
  const mutable =
    key instanceof PyList || key instanceof PyDict || key instanceof PySlice || (key instanceof PySet && !key.frozen);
  if (mutable && !(method instanceof PyFunction))
    interpreter.raise('TypeError', `unhashable type: '${typeOf(key).name}'`);
  return key;
}

function hashableTuple(interpreter: Interpreter, key: PyTuple): PyTuple {
  const items = key.items.map((item) => hashable(interpreter, item));
  if (items.every((item, i) => item === key.items[i])) return key;
  const made = new PyTuple(items, key.fieldNames, key.structName);
  made.cls = key.cls;
  return made;
}

function representative(interpreter: Interpreter, key: PyInstance, method: PyFunction): PyInstance {
  if (key.cls.enumMembers !== undefined) return key;
  const hash = interpreter.requireInt(callValue(interpreter, method, [key], undefined), '__hash__');
  const known = interpreter.representatives.get(hash) ?? [];
  const equal = known.find((other) => other === key || interpreter.truth(compare(interpreter, '==', other, key)));
  if (equal !== undefined) return equal;
  interpreter.representatives.set(hash, [...known, key]);
  return key;
}
