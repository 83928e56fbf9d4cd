/** `sizes.forEach((size) => model.add(…))` over what the source does not determine: how often it runs is not known. */
import { LimitExceeded, PythonException, TraceStop } from '../python/errors';
import type { Interpreter } from '../python/interpreter';
import { PyFunction, Unknown } from '../python/values';
import type { PyValue } from '../python/values';

export const iterates = (name: string): boolean =>
  /^(forEach|map|flatMap|reduce|reduceRight|filter|every|some)$/.test(name);
const changesModels = /\blayers\b|\.add\s*\(|\.apply\s*\(/;

/** A method of an unknown value that calls what it is given for each of its items. */
class UnknownIteration extends Unknown {}

export const unknownMember = (value: Unknown, name: string): Unknown =>
  new (iterates(name) ? UnknownIteration : Unknown)(value.reason, value.origin);

/** Functions that are being called for items that are not known: what calls itself so would not end. */
const running = new WeakSet<PyFunction>();

/** Where a function of layers is called for each of an unknown number of items: stops, or in tolerant mode runs it once. */
export function iterateUnknown(callee: Unknown, given: PyValue, interpreter: Interpreter): void {
  if (!(callee instanceof UnknownIteration) || !(given instanceof PyFunction)) return;
  const { source, start, end } = given.syntax;
  if (running.has(given) || !changesModels.test(source.text.slice(start, end))) return;
  if (!interpreter.tolerant)
    interpreter.stopAtUnknown('the loop goes over a value that the source does not determine', callee);
  const each = new Unknown(callee.reason, callee.origin);
  interpreter.uncertain++;
  running.add(given);
  try {
    interpreter.call(given, [each, each, each]);
  } catch (error) {
    if (error instanceof LimitExceeded) throw error;
    if (!(error instanceof PythonException || error instanceof TraceStop)) throw error;
    interpreter.record(error);
  } finally {
    running.delete(given);
    interpreter.uncertain--;
  }
}
