/**
 * The model that a function or a method of JavaScript makes, whether it returns it or keeps it: programs build, train and use
 * their model in one function. What the function is given is not known.
 */
import { PythonException, TraceStop } from '../../python/errors';
import { PyBoundMethod, PyClass, PyDict, PyFunction, PyInstance, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { isOptional } from '../../javascript/functions';
import { makesInJavaScript } from '../keras/modelMakers';
import { isKerasModel } from '../keras/kerasNames';
import { membersOf } from '../torch/moduleRegistry';
import type { Session } from '../torch/session';
import { definitions } from '../torch/syntaxSearch';

/** By a name of the file, or `Class.method`. Undefined where none is made; throws what ended the call before one was. */
export function madeModel(session: Session, path: string): PyInstance | undefined {
  const [name = '', method] = path.split('.');
  const owner = session.module.attributes.get(name);
  if (owner === undefined) return undefined;
  return modelOf(session, () =>
    method === undefined ? callWithUnknown(session, owner) : callMethod(session, owner, method),
  );
}

/**
 * What the top level of a file made without a name of its own; else what a function makes that it gave to a page or to
 * libraries that are not read: nobody else calls it.
 */
export function modelOfTopLevel(session: Session): PyInstance | undefined {
  const made = lastMade(session, new Set(), undefined);
  if (made !== undefined && isCertain(session, made)) return made;
  return modelOf(session, () => null, { callbacks: session.records.givenAway, quietly: true });
}

interface Ways {
  /** Functions that wait to be called. */
  readonly callbacks?: readonly PyFunction[];
  /** Without a model, and without an error. */
  readonly quietly?: boolean;
}

/** Runs by the program's rules; where these stop before there is a model, again passing over what is not known. */
function modelOf(session: Session, run: () => PyValue, { callbacks = [], quietly }: Ways = {}): PyInstance | undefined {
  const { interpreter } = session;
  const strict = ended(session, run, callbacks);
  if (strict.model !== undefined || (strict.error === undefined && quietly !== true)) return strict.model;
  const wasTolerant = interpreter.tolerant;
  const seen = interpreter.incidents.length;
  interpreter.tolerant = true;
  try {
    const { model } = ended(session, run, callbacks);
    const touched = interpreter.incidents.slice(seen).some(({ span }) => span === undefined || builds(session, span));
    if (model !== undefined && !touched && isCertain(session, model)) return model;
  } finally {
    interpreter.tolerant = wasTolerant;
    interpreter.incidents.length = seen;
  }
  if (quietly === true || strict.error === undefined) return undefined;
  throw strict.error;
}

interface Ended {
  readonly model: PyInstance | undefined;
  readonly error: PythonException | TraceStop | undefined;
}

/** What a run returned or else made last; after an error only what no later line would go on building. */
function ended(session: Session, run: () => PyValue, callbacks: readonly PyFunction[]): Ended {
  const { constructions, givenAway } = session.records;
  const [before, given] = [new Set(constructions.keys()), givenAway.length];
  const { value, error } = attempt(() => withFunctionsInside(session, run()));
  if (isKerasModel(value)) return { model: value, error };
  const made = lastMade(session, before, error);
  if (made !== undefined) return { model: made, error };
  const waiting = [...callbacks];
  for (let next = given, calls = 0; calls < MOST_CALLBACKS; calls++) {
    // A callback may give away others.
    while (next < givenAway.length) waiting.push(...givenAway.slice(next, ++next));
    const callback = waiting.shift();
    if (callback === undefined) break;
    if (!makesInJavaScript.test(textOf(callback))) continue;
    const called = attempt(() => callWithUnknown(session, callback));
    const found = isKerasModel(called.value) ? called.value : lastMade(session, before, called.error);
    if (found !== undefined) return { model: found, error };
  }
  return { model: undefined, error };
}

function lastMade(session: Session, before: ReadonlySet<PyInstance>, error: Ended['error']): PyInstance | undefined {
  const made = [...session.records.constructions.keys()].filter((each) => !before.has(each) && isKerasModel(each));
  const parts = new Set(made.flatMap((each) => [...(membersOf(each, '_modules')?.values() ?? [])]));
  const compiled = made.filter(({ attributes }) => attributes.get('compiled') === true);
  const whole = made.filter((each) => !parts.has(each) && isFinished(each, error, session));
  return compiled.at(-1) ?? whole.at(-1);
}

function attempt(run: () => PyValue): { readonly value?: PyValue; readonly error: Ended['error'] } {
  try {
    return { value: run(), error: undefined };
  } catch (error) {
    if (error instanceof PythonException || error instanceof TraceStop) return { error };
    throw error;
  }
}

const MOST_CALLBACKS = 200;

/** An object of functions, one of which makes the model. */
function withFunctionsInside(session: Session, result: PyValue): PyValue {
  const fields = result instanceof PyInstance ? result.attributes.get('fields') : undefined;
  if (!(fields instanceof PyDict)) return result;
  for (const value of fields.values()) {
    if (isKerasModel(value)) return value;
    if (!(value instanceof PyFunction) || !makesInJavaScript.test(textOf(value))) continue;
    const made = callWithUnknown(session, value);
    if (isKerasModel(made)) return made;
  }
  return result;
}

const textOf = ({ syntax: { source, start, end } }: PyFunction): string => source.text.slice(start, end);

/** Nothing after the place where the run ended adds a layer. */
function isFinished(model: PyInstance, error: Ended['error'], { syntax, file }: Session): boolean {
  if (error === undefined || model.cls.name !== 'Sequential') return true;
  const { span } = error;
  if (span === undefined || span.file !== file) return false;
  const { source } = syntax;
  const around = [...definitions(syntax).values()].find((each) => {
    const { line, endLine } = source.span(each);
    return line <= span.line && span.line <= endLine;
  });
  const [first = '', ...more] = source.text
    .slice(0, around?.end)
    .split('\n')
    .slice(span.endLine - 1);
  return ![first.slice(span.endColumn - 1), ...more].some((line) => /\.add\s*\(/.test(line));
}

/** Does a statement that was passed over speak of layers? */
function builds({ syntax: { source }, file }: Session, { file: home, line, endLine }: PlaceOfLines): boolean {
  if (home !== file) return false;
  const text = source.text
    .split('\n')
    .slice(line - 1, endLine)
    .join('\n');
  return /\blayers\b|\.add\s*\(|\.apply\s*\(|\bsequential\s*\(/.test(text);
}

interface PlaceOfLines {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
}

/** Is neither the model nor a layer made in a branch that may not be taken? */
function isCertain({ records }: Session, model: PyInstance): boolean {
  const parts = [...(membersOf(model, '_modules')?.values() ?? [])];
  return [model, ...parts].every(
    (each) => !(each instanceof PyInstance) || records.constructions.get(each)?.uncertain !== true,
  );
}

/** What a method does when nobody says what it is given, on an instance of which nobody says so either. */
export const callMethod = (session: Session, owner: PyValue, method: string): PyValue =>
  callWithUnknown(session, session.interpreter.getAttribute(callWithUnknown(session, owner), method));

export function callWithUnknown({ interpreter }: Session, callee: PyValue): PyValue {
  const target =
    callee instanceof PyClass ? callee.lookup('__init__') : callee instanceof PyBoundMethod ? callee.callee : callee;
  const parameters = target instanceof PyFunction ? target.syntax.parameters : [];
  const args = parameters
    .filter((each) => each.kind === 'positional' && each.name !== 'this')
    .map((each): PyValue => {
      if (isOptional(each)) return null;
      if (each.name === 'tf') return interpreter.importModule('tfjs');
      return new Unknown(`the argument ${each.name}`, interpreter.currentSpan);
    });
  return interpreter.call(callee, args);
}
