/** Calls of the program's own functions by nobody: what they are given is not known. */
import { callbacksIn, type Callback } from '../../javascript/callbacks';
import { LeftOut } from '../../javascript/operators';
import { messagesTo } from '../../javascript/workers';
import { recordOf } from '../../javascript/workspaceFiles';
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

/** Functions that a program gave to what is not read, from one of its gifts on. */
export const givenCallbacks = ({ interpreter, records }: Session, from = 0): Callback[] => [
  ...new Set(records.givenAway.slice(from).flatMap((value) => callbacksIn(value, interpreter))),
];

/** Functions that a program leaves to its page: what it gave away, and those of the component that its file is. */
export function waitingCallbacks(session: Session): Callback[] {
  const { attributes } = session.module;
  const component = attributes.get('default') ?? null;
  const own = component instanceof PyFunction ? [] : callbacksIn(component, session.interpreter);
  // Of a thread, without a name of its owner.
  const answers = callbacksIn(attributes.get('onmessage') ?? null, session.interpreter);
  return [...givenCallbacks(session), ...own, ...answers];
}

/** Does a program wait for messages as a thread of its own? */
const isThread = /\bonmessage\s*=|addEventListener\s*\(\s*['"`]message['"`]|\bparentPort\b/;
export const answersMessages = ({ syntax }: Session): boolean => isThread.test(syntax.source.text);

/** Calls with each message that was posted to the session's file; with what is not known where none was. */
export function callWithMessages(session: Session, callback: Callback): PyValue {
  const { interpreter, file, syntax } = session;
  const messages = messagesTo(file, interpreter);
  if (messages.length === 0) return callWithUnknown(session, callback);
  // In Node a message comes by itself, on a page inside an event.
  const isAlone = /\bparentPort\b/.test(syntax.source.text);
  for (const message of messages)
    interpreter.call(callback, [isAlone ? message : recordOf([['data', message]], interpreter)]);
  return null;
}
