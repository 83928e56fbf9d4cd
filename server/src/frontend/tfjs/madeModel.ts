/**
 * The model that a function or a method of JavaScript makes, whether it returns it or keeps it: programs build, train and use
 * their model in one function. What the function is given is not known.
 */
import type { SourceSpan } from '../../graph/node';
import { functionOfCallback, type Callback } from '../../javascript/callbacks';
import { isPage } from '../../javascript/pageScripts';
import { LimitExceeded, PythonException, TraceStop, UnknownStop } from '../../python/errors';
import type { Expression, ModuleSyntax, Statement } from '../../python/syntax';
import { PyDict, PyFunction, PyInstance, PyList } from '../../python/values';
import type { PyValue } from '../../python/values';
import { makesInJavaScript, modelMakers, neededArguments } from '../keras/modelMakers';
import { isKerasModel } from '../keras/kerasNames';
import { partsOf } from '../torch/moduleRegistry';
import type { Session } from '../torch/session';
import { definitions, walk } from '../torch/syntaxSearch';
import { modelOfCallers, modelOfUsers } from './calledModel';
import { callMethod, callWithUnknown, givenCallbacks, waitingCallbacks, type Given } from './callUnknown';
import { hasLayers, isCertain, namesLayers } from './certainModel';
import { layerNumbers } from './layerNumbers';
import { pagesOf, readScriptsOfPages } from './scriptsOfPages';

/** By a name of the file, or `Class.method`. Undefined where none is made; throws what ended the call before one was. */
export function madeModel(session: Session, path: string): PyInstance | undefined {
  const { interpreter } = session;
  return interpreter.withinSeconds(interpreter.limits.seconds, () => searched(session, path));
}

function searched(session: Session, path: string): PyInstance | undefined {
  const [name = '', method] = path.split('.');
  const owner = session.module.attributes.get(name);
  if (owner === undefined) return undefined;
  const make = (given?: Given): PyInstance | undefined =>
    modelOf(session, () =>
      method === undefined ? callWithUnknown(session, owner, given) : callMethod(session, owner, method, given),
    );
  if (neededArguments(session.syntax, path).length === 0) return make();
  const asCalled = modelOfCallers(session, path);
  if (asCalled !== undefined) return asCalled;
  const { value, error } = attempt(make);
  if (value !== undefined && hasLayers(value)) return value;
  const found = modelOfUsers(session, path) ?? attempt(() => make('defaults')).value;
  if (found !== undefined && hasLayers(found)) return found;
  if (error === undefined) return value;
  throw withHint(error, path);
}

/** What the reader can say where an argument decides. */
function withHint(error: PythonException | TraceStop, path: string): PythonException | TraceStop {
  if (!(error instanceof UnknownStop) || !/: the argument /.test(error.reason)) return error;
  const [name, method] = path.split('.');
  const call = method === undefined ? `${name}(…)` : `${path}(…)", "new ${name}(…).${method}(…)`;
  const hint = `Say what it is given: --model "${call}", or a comment above it: // hessian-lens: args="…"`;
  return new TraceStop(error.reason, error.span, hint);
}

/**
 * By a call that the user wrote in JavaScript, whether the call returns the model or keeps it. `Agent.build(3)` calls the
 * method of an instance of which nothing is said. `evaluate` gives the value of a text.
 */
export function modelOfCall(
  session: Session,
  text: string,
  evaluate: (text: string) => PyValue,
): PyInstance | undefined {
  const [, name = '', method = '', args] = /^([\w$]+)\.([\w$]+)\(([\s\S]*)\)$/.exec(text) ?? [];
  const owner = session.module.attributes.get(name);
  if (args === undefined || owner === undefined || !modelMakers(session.syntax).has(`${name}.${method}`))
    return modelOf(session, () => evaluate(text));
  return modelOf(session, () => {
    const given = evaluate(`[${args}]`);
    const called = session.interpreter.getAttribute(callWithUnknown(session, owner), method);
    return session.interpreter.call(called, given instanceof PyList ? given.items : []);
  });
}

/**
 * What the top level of a file made without a name of its own; else what a function makes that it gave to a page or to
 * libraries that are not read: nobody else calls it.
 */
export function modelOfTopLevel(session: Session): PyInstance | undefined {
  const made = lastMade(session, new Set(), undefined);
  if (made !== undefined && isCertain(session, made)) return made;
  const given = modelOf(session, () => null, { callbacks: waitingCallbacks(session), quietly: true });
  return given !== undefined && hasLayers(given) ? given : modelOfPage(session);
}

/** What the top level makes where other scripts of its page have run before. */
export function modelOfPage(session: Session): PyInstance | undefined {
  const { interpreter, file, syntax } = session;
  const { sources } = interpreter.options;
  if (isPage(file) || !makesInJavaScript.test(syntax.source.text)) return undefined;
  for (const page of pagesOf(session)) {
    const text = sources?.read(page);
    if (text === undefined) continue;
    attempt(() => interpreter.runModule(text, page, page));
    const made = modelOf(session, () => interpreter.runModule(syntax.source.text, file, file), { quietly: true });
    if (made !== undefined && hasLayers(made)) return made;
  }
  return undefined;
}

interface Ways {
  /** Functions that wait to be called. */
  readonly callbacks?: readonly Callback[];
  /** Without a model, and without an error. */
  readonly quietly?: boolean;
}

/** Runs by the program's rules; where these stop before there is a model, again passing over what is not known. */
function modelOf(session: Session, run: () => PyValue, ways: Ways = {}): PyInstance | undefined {
  const { interpreter } = session;
  const { callbacks = [], quietly } = ways;
  const forget = layerNumbers(session);
  const strict = ended(session, run, callbacks);
  if (strict.model !== undefined || (strict.error === undefined && !strict.isOpen && quietly !== true))
    return strict.model;
  forget();
  if (namesGlobal(strict.error) && readScriptsOfPages(session)) return modelOf(session, run, ways);
  const wasTolerant = interpreter.tolerant;
  const seen = interpreter.incidents.length;
  interpreter.tolerant = true;
  try {
    const { model } = ended(session, run, callbacks);
    const touched = interpreter.incidents
      .slice(seen)
      .some(({ span }) => span === undefined || namesLayers(session, span));
    if (model !== undefined && !touched && isCertain(session, model)) return model;
    forget();
  } finally {
    interpreter.tolerant = wasTolerant;
    interpreter.incidents.length = seen;
  }
  if (quietly === true || strict.error === undefined) return undefined;
  throw strict.error;
}

const namesGlobal = (error: Ended['error']): boolean =>
  error instanceof UnknownStop && /: the global \S+ is not read/.test(error.reason);

interface Ended {
  readonly model: PyInstance | undefined;
  readonly error: PythonException | TraceStop | undefined;
  /** Did a function that waited to be called end with an error? */
  readonly isOpen?: boolean;
}

/** What a run returned or else made last; after an error only what no later line would go on building. */
function ended(session: Session, run: () => PyValue, callbacks: readonly Callback[]): Ended {
  const { constructions, givenAway } = session.records;
  const [before, given] = [new Set(constructions.keys()), givenAway.length];
  const { value, error } = attempt(() => withFunctionsInside(session, run()));
  if (isKerasModel(value)) return { model: value, error };
  const made = lastMade(session, before, error);
  if (made !== undefined) return { model: made, error };
  let isOpen = false;
  const makers: Callback[] = [];
  /** What makes no model itself may call what does. */
  const others: Callback[] = [];
  const wait = (found: readonly Callback[]): void => {
    for (const each of found) (makesInJavaScript.test(textOf(functionOfCallback(each))) ? makers : others).push(each);
  };
  wait(callbacks);
  for (let next = given, calls = 0; calls < MOST_CALLBACKS; calls++) {
    // A callback may give away others.
    if (next < givenAway.length) wait(givenCallbacks(session, next));
    next = givenAway.length;
    const callback = makers.shift() ?? others.shift();
    if (callback === undefined) break;
    const called = attempt(() => callWithUnknown(session, callback));
    isOpen ||= called.error !== undefined;
    const found = isKerasModel(called.value) ? called.value : lastMade(session, before, called.error);
    if (found !== undefined) return { model: found, error };
  }
  return { model: undefined, error, isOpen };
}

function lastMade(session: Session, before: ReadonlySet<PyInstance>, error: Ended['error']): PyInstance | undefined {
  const made = [...session.records.constructions.keys()].filter((each) => !before.has(each) && isKerasModel(each));
  const parts = partsOf(made);
  const compiled = made.filter(({ attributes }) => attributes.get('compiled') === true);
  const whole = made.filter((each) => !parts.has(each) && isFinished(each, error, session));
  return compiled.at(-1) ?? whole.at(-1);
}

function attempt<T>(run: () => T): { readonly value?: T; readonly error: Ended['error'] } {
  try {
    return { value: run(), error: undefined };
  } catch (error) {
    // A limit says nothing about the program: what was made until then is not its model.
    if (error instanceof LimitExceeded) throw error;
    if (error instanceof PythonException || error instanceof TraceStop) return { error };
    throw error;
  }
}

const MOST_CALLBACKS = 50;

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

const textOf = (called: PyFunction | undefined): string =>
  called === undefined ? '' : called.syntax.source.text.slice(called.syntax.start, called.syntax.end);

/** Does the innermost statement around the place that ended the run add a layer? */
function addsAt({ body, source }: ModuleSyntax, { line, column }: SourceSpan): boolean {
  let innermost: Statement | undefined;
  for (const tree of walk(body)) {
    if (!isStatement(tree)) continue;
    const own = source.span(tree);
    const begins = own.line < line || (own.line === line && own.column <= column);
    const ends = line < own.endLine || (line === own.endLine && column < own.endColumn);
    const isInside = innermost === undefined || tree.end - tree.start < innermost.end - innermost.start;
    if (begins && ends && isInside) innermost = tree;
  }
  return innermost !== undefined && /\.add\s*\(/.test(source.text.slice(innermost.start, innermost.end));
}

const isStatement = (tree: Statement | Expression): tree is Statement =>
  ['ExpressionStatement', 'Assign', 'Return'].includes(tree.kind);

/** Neither the place where the run ended nor anything after it adds a layer. */
function isFinished(model: PyInstance, error: Ended['error'], { syntax, file }: Session): boolean {
  if (error === undefined || model.cls.name !== 'Sequential') return true;
  const { span } = error;
  if (span === undefined || span.file !== file) return false;
  const { source } = syntax;
  if (addsAt(syntax, span)) return false;
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
