/** From Python values to TypeScript's, with Python's TypeErrors. `what` names the argument in the message. */
import type { Interpreter } from './interpreter';
import type { PyValue } from './values';

/** float, int, bool or anything with `__float__`/`__index__`. */
export function asNumber(value: PyValue | undefined, interpreter: Interpreter, what: string): number {
  return interpreter.toNumber(value ?? null, what);
}

/** int, bool or anything with `__index__`; must fit 53 bits. */
export function asInt(value: PyValue | undefined, interpreter: Interpreter, what: string): number {
  return interpreter.toInt(value ?? null, what);
}

export function asString(value: PyValue | undefined, interpreter: Interpreter, what: string): string {
  return interpreter.toText(value ?? null, what);
}

/** A tuple, list or other iterable of ints (a torch.Size, a shape argument). */
export function asShape(value: PyValue | undefined, interpreter: Interpreter, what: string): number[] {
  return interpreter.collect(value ?? null).map((size) => interpreter.toInt(size, what));
}

/** An int repeated `rank` times, or an iterable of ints as it is. */
export function asInts(value: PyValue | undefined, rank: number, interpreter: Interpreter, what: string): number[] {
  return typeof value === 'bigint' || typeof value === 'boolean'
    ? Array.from({ length: rank }, () => Number(value))
    : asShape(value, interpreter, what);
}
