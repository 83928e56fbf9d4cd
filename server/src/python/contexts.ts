/** `with`: contexts that are entered and left, and which errors the program goes on after. */
import { assign } from './assignment';
import { LimitExceeded, PythonException, TraceStop } from './errors';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import { NORMAL, executeBlock } from './statements';
import type { Completion } from './statements';
import type { StatementOf } from './syntax';
import { Unknown } from './values';
import type { PyValue } from './values';

/**
 * Does the program go on somewhere after the error, so that contexts are left and `finally` runs? Stops end it, except
 * where a statement that cannot be followed is skipped; limits always do.
 */
export const isPassing = (error: unknown, { interpreter }: Frame): error is PythonException | TraceStop =>
  error instanceof PythonException ||
  (interpreter.tolerant && error instanceof TraceStop && !(error instanceof LimitExceeded));

export function executeWith(statement: StatementOf<'With'>, index: number, frame: Frame): Completion {
  const { interpreter } = frame;
  const item = statement.items[index];
  if (item === undefined) return executeBlock(statement.body, frame);
  const manager = evaluate(item.context, frame);
  frame.node = item.context;
  if (statement.isAsync) interpreter.stop('async with is not followed');
  const exit = enterContext(manager, item, frame);
  let completion: Completion;
  try {
    completion = executeWith(statement, index + 1, frame);
  } catch (error) {
    if (!isPassing(error, frame)) throw error;
    frame.node = item.context;
    if (!exit(error)) throw error;
    return NORMAL;
  }
  frame.node = item.context;
  const value = frame.returnValue;
  exit(undefined);
  frame.returnValue = value;
  return completion;
}

/** Calls `__enter__` and binds its result; the returned function calls `__exit__` and says whether the exception is swallowed. */
export function enterContext(
  manager: PyValue,
  item: StatementOf<'With'>['items'][number],
  frame: Frame,
): (error: PythonException | TraceStop | undefined) => boolean {
  const { interpreter } = frame;
  if (manager instanceof Unknown) {
    if (item.target !== undefined) assign(item.target, manager, frame);
    return () => false;
  }
  const enter = interpreter.findAttribute(manager, '__enter__');
  const exit = interpreter.findAttribute(manager, '__exit__');
  if (enter === undefined || exit === undefined)
    return interpreter.raise(
      'TypeError',
      `'${interpreter.typeOf(manager).name}' object does not support the context manager protocol`,
    );
  const value = interpreter.call(enter);
  if (item.target !== undefined) assign(item.target, value, frame);
  return (error) => {
    const raised = error instanceof PythonException ? error.value : undefined;
    const swallowed = interpreter.call(exit, [raised?.cls ?? null, raised ?? null, null]);
    return raised !== undefined && !(swallowed instanceof Unknown) && interpreter.truth(swallowed);
  };
}
