/** Which class, function or call of a file is the model. */
import { PythonException, TraceStop } from '../../python/errors';
import type { ModuleSyntax, Statement } from '../../python/syntax';
import { PyClass, PyFunction, PyInstance, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { isModuleInstance, isOwnClass, isTorchModule, moduleClass } from './moduleRegistry';
import type { Session } from './session';
import {
  chosenModel,
  makesKerasModel,
  otherCompiled,
  refuseUnknownModel,
  restartNumbering,
  topLevelModel,
  usesKeras,
} from '../keras/kerasModelSelection';
import { isOptional } from '../../javascript/parameters';
import { isKerasPart, isLayerClass } from '../keras/kerasNames';
import { isJavaScript } from '../../javascript/isJavaScript';
import { parseJavaScriptExpression } from '../../javascript/parse';
import { definitionOf, makerCalls, modelMakers } from '../keras/modelMakers';
import { madeModel, modelOfCall, modelOfTopLevel } from '../tfjs/madeModel';
import { definitions, namesUsed, walk } from './syntaxSearch';
import { stateEntries } from './stateDict';
import { expressionScope } from './traceScope';

/** Functions that a message names. */
const MOST_LISTED = 4;

export interface ChosenModel {
  readonly name: string;
  /** Line of the definition, from 1; 0 if it has none of its own. */
  readonly line: number;
  readonly instance: PyInstance;
  /** What a reader should know of the choice. */
  readonly note?: string;
}

/** No model was found or the named one is not there; `reason` says what to do. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

const lineOf = (session: Session, statement: Statement | undefined): number =>
  statement === undefined ? 0 : session.syntax.source.position(statement.start).line;

/** The model named by `--model`: a class or function name, or an expression. */
export function selectModel(session: Session, requested: string): ChosenModel {
  const { interpreter, module } = session;
  const text = requested.trim();
  const name = memberOf(text) ?? /^[\w.]+/.exec(text)?.[0] ?? text;
  const line = lineOf(
    session,
    definitionOf(session.syntax, name) ?? definitions(session.syntax).get(name.split('.')[0] ?? name),
  );
  if (isJavaScript(session.file) && /^[\w$]+(\.[\w$]+)?$/.test(text)) {
    const made = modelByName(session, text);
    if (made !== undefined) return made;
  }
  if (/^[A-Za-z_]\w*$/.test(text)) {
    const value = module.attributes.get(text);
    if (value === undefined)
      throw new SelectionError(`${session.file} defines no "${text}"; it has ${listNames(candidates(session))}`);
    return { name, line, instance: asInstance(session, make(session, value), text) };
  }
  restartNumbering(interpreter, session.module);
  const value = isJavaScript(session.file)
    ? (modelOfCall(session, text, (part) => evaluateCall(session, part)) ?? null)
    : evaluateCall(session, text);
  return { name, line, instance: asInstance(session, value, text) };
}

/** `Solver(options).build(shape)` → `Solver.build`, as `Solver(options).model` → `Solver.model`. */
function memberOf(text: string): string | undefined {
  const [, owner, member] = /^(\w+)\(.*\)\.(\w+)(?:\(.*\))?$/s.exec(text) ?? [];
  return owner === undefined || member === undefined ? undefined : `${owner}.${member}`;
}

/** What a name of a program in JavaScript stands for: a model, or a function or method that makes one. */
function modelByName(session: Session, path: string): ChosenModel | undefined {
  const value = session.module.attributes.get(path);
  const line = lineOf(session, definitionOf(session.syntax, path));
  if (isTorchModule(value ?? null)) return undefined;
  if (!modelMakers(session.syntax).has(path)) return undefined;
  restartNumbering(session.interpreter, session.module);
  const instance = madeModel(session, path);
  return instance && { name: path, line, instance };
}

/** In the language of the file. */
function evaluateCall(session: Session, text: string): PyValue {
  const scope = expressionScope(session, text);
  return isJavaScript(session.file)
    ? session.interpreter.evaluateSyntax(parseJavaScriptExpression(text, '<expression>'), scope)
    : session.interpreter.evaluateExpression(text, scope);
}

const listNames = (names: readonly string[]): string =>
  names.length === 0 ? 'no torch.nn.Module' : names.slice(0, 8).join(', ');

function asInstance(session: Session, value: PyValue, text: string): PyInstance {
  if (isTorchModule(value)) return value;
  const kept = value instanceof PyInstance && isOwnClass(value.cls) ? chosenModel([...value.attributes]) : undefined;
  if (kept !== undefined) return kept.instance;
  if (value instanceof Unknown) throw new TraceStop(`"${text}" is not known: ${value.reason}`, value.origin);
  throw new SelectionError(
    `"${text}" gives ${session.interpreter.typeOf(value).name}, not a model; name a class, a function that returns a model, or a call`,
  );
}

/** Calls a class or function with its defaults, and with a configuration object where one is clearly meant. */
function make(session: Session, callee: PyValue): PyValue {
  if (isTorchModule(callee)) return callee;
  const { interpreter } = session;
  restartNumbering(interpreter, session.module);
  const target = callee instanceof PyClass ? callee.lookup('__init__') : callee;
  const parameters =
    target instanceof PyFunction
      ? target.syntax.parameters.filter(
          (parameter, i) => !(i === 0 && callee instanceof PyClass && parameter.kind !== 'star'),
        )
      : [];
  const required = parameters.filter(
    ({ kind, default: fallback }) =>
      fallback === undefined && (kind === 'positional' || kind === 'positionalOnly' || kind === 'keywordOnly'),
  );
  const args = new Map<string, PyValue>();
  for (const { name, annotation } of required) {
    const annotated = annotation?.kind === 'Name' ? session.module.attributes.get(annotation.name) : undefined;
    const config = configurationFor(session, name, annotated);
    if (config === undefined) break;
    args.set(name, config);
  }
  return interpreter.call(callee, [], args);
}

/** An instance, with its defaults, of the configuration class that a parameter asks for by annotation or by name. */
function configurationFor(session: Session, parameter: string, annotated: PyValue | undefined): PyValue | undefined {
  const isPlainClass = (value: PyValue | undefined): value is PyClass =>
    value instanceof PyClass && isOwnClass(value) && !value.isSubclassOf(moduleClass(session.interpreter));
  const named = /config|conf|cfg|args|hparams|params|opt/i.test(parameter)
    ? [...session.module.attributes].filter(
        ([name, value]) => /config|args|hparams|params/i.test(name) && isPlainClass(value),
      )
    : [];
  const ready = [...session.module.attributes].find(
    ([name, value]) => name === parameter && value instanceof PyInstance && !isModuleInstance(value),
  );
  const choices = isPlainClass(annotated) ? [annotated] : named.map(([, value]) => value);
  if (choices.length === 0 && ready !== undefined) return ready[1];
  const [only] = choices;
  if (choices.length !== 1 || only === undefined) return undefined;
  return attempt(() => session.interpreter.call(only, []));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof PythonException || error instanceof TraceStop || error instanceof SelectionError)
      return undefined;
    throw error;
  }
}

/** Does a function's text look like a factory: it returns something, and takes nothing that it needs? */
function isFactory(statement: Statement | undefined): boolean {
  if (statement?.kind !== 'FunctionDefinition') return false;
  const { parameters } = statement.function;
  const closed = parameters.every(
    (parameter) => isOptional(parameter) || parameter.kind === 'star' || parameter.kind === 'doubleStar',
  );
  if (!closed) return false;
  for (const tree of walk(statement.function.body)) if (tree.kind === 'Return' && tree.value !== undefined) return true;
  return false;
}

/** Names of the module's own nn.Module classes, those no other class or base uses first, later definitions first. */
function candidates(session: Session): string[] {
  const defined = definitions(session.syntax);
  const base = moduleClass(session.interpreter);
  const classes = [...defined.keys()].filter((name) => {
    const value = session.module.attributes.get(name);
    return value instanceof PyClass && value.isSubclassOf(base);
  });
  const used = new Set<string>();
  for (const [name, statement] of defined)
    if (classes.includes(name)) for (const other of namesUsed(statement)) if (other !== name) used.add(other);
  return [
    ...classes.filter((name) => !used.has(name)).reverse(),
    ...classes.filter((name) => used.has(name)).reverse(),
  ];
}

/**
 * The model of a file that names none: a root class that can be made with its defaults, then a factory function, then a
 * module the top level itself made, then any class that can be made; layers of Keras, which are parts, come last.
 */
export function findModel(session: Session): ChosenModel {
  const { module, syntax } = session;
  const isKeras = usesKeras(session.interpreter);
  const ofKeras = isKeras ? topLevelModel(module, session.records) : undefined;
  const isChosen = ofKeras?.instance.attributes.get('compiled') === true;
  if (!isChosen) refuseUnknownModel(session, ofKeras?.name);
  if (ofKeras !== undefined) {
    const note = isChosen ? otherCompiled(syntax, module) : undefined;
    return { ...ofKeras, ...(note === undefined ? {} : { note }) };
  }
  const defined = definitions(syntax);
  const all = candidates(session);
  const parts = all.filter((name) => isLayerClass(module.attributes.get(name)));
  const classes = all.filter((name) => !parts.includes(name));
  const factories = [...defined]
    .filter(([, statement]) => isFactory(statement))
    .map(([name]) => name)
    .reverse();
  const roots = classes.slice(0, 1);
  const failures: unknown[] = [];
  for (const name of [...roots, ...factories, ...classes.slice(1), ...parts]) {
    const value = module.attributes.get(name);
    if (value === undefined) continue;
    // Layers of the program's own are there for its models, which functions of JavaScript make of what they are given.
    const inside = name === parts[0] && isJavaScript(session.file) ? modelInside(session) : undefined;
    if (inside !== undefined) return inside;
    try {
      const instance = make(session, value);
      if (isTorchModule(instance) && (!isKerasPart(instance) || parts.includes(name)))
        return { name, line: lineOf(session, defined.get(name)), instance };
    } catch (error) {
      if (!(error instanceof PythonException || error instanceof TraceStop)) throw error;
      if (classes.includes(name) || (isKeras && makesKerasModel(defined.get(name)))) failures.push(error);
    }
    if (name === roots[0]) {
      const ready = topLevelInstance(session);
      if (ready !== undefined) return ready;
    }
  }
  const ready = topLevelInstance(session) ?? (isJavaScript(session.file) ? modelInside(session) : undefined);
  if (ready !== undefined) return ready;
  if (failures.length > 0) throw withExample(failures[0]);
  throw new SelectionError(`${session.file} ${whatIsMissing(syntax, isKeras)}`);
}

/** How to say the arguments that a class needs. */
function withExample(failure: unknown): unknown {
  const text = failure instanceof PythonException ? failure.description : '';
  const [, name = '', list = ''] =
    /(\w+)\.__init__\(\) missing \d+ required positional arguments?: (.*)$/.exec(text) ?? [];
  const needed = [...list.matchAll(/'(\w+)'/g)].map(([, each]) => `${each}=…`);
  if (needed.length === 0) return failure;
  return new SelectionError(`${text}; say them with --model "${name}(${needed.join(', ')})"`);
}

function kindOfModel({ source }: ModuleSyntax, isKeras: boolean): string {
  if (isJavaScript(source.file)) return 'model of TensorFlow.js';
  return isKeras || /\bkeras\b/.test(source.text) ? 'model of Keras' : 'torch.nn.Module class';
}

/** Functions that make models and the arguments that they need; else that there are none. */
function whatIsMissing(syntax: ModuleSyntax, isKeras: boolean): string {
  const makers = makerCalls(syntax).filter(({ needed }) => needed.length > 0);
  const [last] = makers.slice(-1);
  if (last === undefined)
    return `defines no ${kindOfModel(syntax, isKeras)} and no function that returns one without arguments; name the model with --model`;
  const listed = makers.slice(-MOST_LISTED).map(({ name, needed }) => `${name} needs ${needed.join(', ')}`);
  return `makes no model without arguments: ${listed.join('; ')}; say them with --model "${last.example}"`;
}

/** A model that has no name at the top level; else one that a function makes without returning it, the last that can be followed. */
function modelInside(session: Session): ChosenModel | undefined {
  const failures: unknown[] = [];
  const topLevel = modelOfTopLevel(session);
  if (topLevel !== undefined) return unnamed(session, topLevel);
  for (const path of [...modelMakers(session.syntax).keys()].reverse())
    try {
      const found = modelByName(session, path);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof PythonException || error instanceof TraceStop)) throw error;
      failures.push(error);
    }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

const unnamed = ({ records }: Session, instance: PyInstance): ChosenModel => ({
  name: 'model',
  line: records.constructions.get(instance)?.span?.line ?? 0,
  instance,
});

/**
 * A module that the file's top level made. Where the top level was read tolerantly, one of a class of the file is made
 * again from the same arguments: some of what it holds may be unknown.
 */
function topLevelInstance(session: Session): ChosenModel | undefined {
  for (const [variable, value] of [...session.module.attributes].reverse()) {
    if (!isTorchModule(value) || value.cls.resolutionOrder.some(({ name }) => name === '_Loss')) continue;
    const { cls } = value;
    const own = isOwnClass(cls);
    // A function of the library, kept in a variable, is no model.
    if (!own && stateEntries(value).length === 0) continue;
    const found = { name: own ? cls.name : variable, line: own ? (cls.span?.line ?? 0) : 0 };
    if (session.incidents.length === 0 || !own) return { ...found, instance: value };
    const made = session.records.constructions.get(value);
    const again = made && attempt(() => session.interpreter.call(cls, made.args, new Map(made.kwargs)));
    if (again !== undefined && isTorchModule(again)) return { ...found, instance: again };
  }
  return undefined;
}
