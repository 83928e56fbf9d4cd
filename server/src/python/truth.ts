/** bool(value) */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import { rangeLength } from './comparison';
import { UnknownStop } from './errors';
import { unknownAfter } from './unknownAfter';
import type { Interpreter } from './interpreter';
import {
  NativeFunction,
  PyBytes,
  PyContainer,
  PyDict,
  PyInstance,
  PyList,
  PyRange,
  PySet,
  PyTuple,
  Unknown,
  isScalar,
} from './values';
import type { PyValue } from './values';

export function truth(interpreter: Interpreter, value: PyValue): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'string':
      return value !== '';
    default:
      return value !== null && objectTruth(interpreter, value);
  }
}

/** bool(value), or why it is not known: also of objects whose truth follows from data. */
export function truthOrUnknown(interpreter: Interpreter, value: PyValue): boolean | Unknown {
  if (value instanceof Unknown) return value;
  try {
    return interpreter.truth(value);
  } catch (error) {
    if (error instanceof UnknownStop) return unknownAfter(error);
    throw error;
  }
}

function objectTruth(
  interpreter: Interpreter,
  value: Exclude<PyValue, null | boolean | bigint | number | string>,
): boolean {
  if (value instanceof Unknown)
    return interpreter.stopAtUnknown('the branch depends on a value that the source does not determine', value);
  if (value instanceof PyInstance || (value instanceof PyContainer && value.cls !== undefined)) {
    const custom = customTruth(interpreter, value);
    if (custom !== undefined) return custom;
  }
  if (value instanceof PyList || value instanceof PyTuple) return value.items.length > 0;
  if (value instanceof PyDict) return value.size > 0;
  if (value instanceof PySet) return value.elements.size > 0;
  if (value instanceof PyRange) return rangeLength(value) > 0n;
  if (value instanceof PyBytes) return value.data.length > 0;
  if (value instanceof PyInstance && isScalar(value.payload)) return truth(interpreter, value.payload);
  return true;
}

function customTruth(interpreter: Interpreter, value: PyInstance | PyContainer): boolean | undefined {
  const cls = typeOf(value);
  for (const name of ['__bool__', '__len__']) {
    const method = cls.lookup(name);
    if (method === undefined || (method instanceof NativeFunction && value instanceof PyContainer)) continue;
    const result = callValue(interpreter, method, [value], undefined);
    if (result instanceof Unknown)
      return interpreter.stopAtUnknown('the branch depends on a value that the source does not determine', result);
    return truth(interpreter, result);
  }
  return undefined;
}
