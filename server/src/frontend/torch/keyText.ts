/** Texts of keys and values. */
import { LimitExceeded, PythonException, TraceStop } from '../../python/errors';
import type { Interpreter } from '../../python/interpreter';
import type { PyValue } from '../../python/values';

/** A dictionary key or name as text: the keys of modules, keyword arguments and outputs are strings or numbers. */
export function keyText(key: PyValue | undefined): string {
  if (key === undefined) return '';
  return typeof key === 'object' ? (key?.typeName ?? 'None') : String(key);
}

/** str(value); undefined where a part of it is not known. */
export function knownText(interpreter: Interpreter, value: PyValue): string | undefined {
  try {
    return interpreter.str(value);
  } catch (error) {
    if ((error instanceof PythonException || error instanceof TraceStop) && !(error instanceof LimitExceeded))
      return undefined;
    throw error;
  }
}
