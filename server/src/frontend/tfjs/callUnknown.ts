/** Calls of the program's own functions by nobody: what they are given is not known. */
import { LeftOut } from '../../javascript/operators';
import { mayBeLeftOut, parameterText } from '../../javascript/parameters';
import { PyBoundMethod, PyClass, PyFunction, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { Session } from '../torch/session';

/** `defaults`: what is left out has what the code takes in its place, where it says so. */
export type Given = 'nothing' | 'defaults';

/** What a method does when nobody says what it is given, on an instance of which nobody says so either. */
export const callMethod = (session: Session, owner: PyValue, method: string, given: Given = 'nothing'): PyValue =>
  callWithUnknown(session, session.interpreter.getAttribute(callWithUnknown(session, owner, given), method), given);

export function callWithUnknown({ interpreter }: Session, callee: PyValue, given: Given = 'nothing'): PyValue {
  const target =
    callee instanceof PyClass ? callee.lookup('__init__') : callee instanceof PyBoundMethod ? callee.callee : callee;
  if (!(target instanceof PyFunction)) return interpreter.call(callee, []);
  const { syntax } = target;
  const args = syntax.parameters
    .filter((each) => each.kind === 'positional' && each.name !== 'this')
    .map((each): PyValue => {
      if (mayBeLeftOut(each, syntax)) return null;
      if (each.name === 'tf') return interpreter.importModule('tfjs');
      const kind = given === 'defaults' ? LeftOut : Unknown;
      return new kind(`the argument ${parameterText(each, syntax)}`, interpreter.currentSpan);
    });
  return interpreter.call(callee, args);
}
