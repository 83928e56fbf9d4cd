/** Calls in a project that make the models of a file: what a function or class is given that has no defaults. */
import { makerCalls, modelMakers, requiredParameters } from '../frontend/keras/modelMakers';
import { usualArgument } from '../frontend/keras/usualArguments';
import type { TracedModel } from '../frontend/model';
import { isModelFile } from '../frontend/modelFileNames';
import type { Trace, TraceRequest } from '../frontend/torch/traceModel';
import type { ModelFact, TrainingFacts } from '../frontend/torch/trainingFacts';
import { isJavaScript } from '../javascript/isJavaScript';
import type { ModuleSyntax } from '../python/syntax';

export interface ProgramsOf {
  /** What the script that trains says; undefined where there is none. */
  readonly facts: TrainingFacts | null | undefined;
  /** Files that import the file, the nearest first. */
  readonly users: () => readonly string[];
  /** Other texts of the project that call what the file defines: Markdown, notebooks, tests. */
  readonly demonstrations?: () => readonly string[];
  /** Reads a file as the program that is started. */
  readonly read: (script: string) => TrainingFacts | undefined;
  /** Of the file itself. */
  readonly syntax: () => ModuleSyntax;
}

export interface ModelCall {
  /** An expression to evaluate in the file. */
  readonly call: string;
  /** Where its arguments are from. */
  readonly note: string;
  /** Arguments that nothing gives and that are usual sizes. */
  readonly guessed?: readonly string[];
}

/** Programs that are read in search of calls. */
const MOST_PROGRAMS = 4;
/** Different calls that are tried. */
const MOST_CALLS = 6;

/**
 * Expressions that give models of `file`, as programs evaluate them: the script that trains, the file itself, files that import
 * it. `name`: only those of one function, class or `Class.method`. Programs are read as far as calls are asked for. Where none
 * makes a model of the file, its functions get what programs give other functions for parameters of the same names: of several
 * models by name a program makes one.
 */
export function* modelCalls(file: string, programs: ProgramsOf, name?: string): Generator<ModelCall> {
  const seen = new Set<string>();
  const others: ModelFact[] = [];
  for (const facts of programsOf(file, programs))
    for (const made of [...(facts.model === null ? [] : [facts.model.value]), ...facts.made]) {
      if (seen.size === MOST_CALLS) return;
      const { call } = made;
      others.push(made);
      if (call === undefined || !isOf(made, file, name) || seen.has(call)) continue;
      seen.add(call);
      yield { call, note: `made as a program makes it: ${call}` };
    }
  if (seen.size > 0 || isJavaScript(file)) return;
  yield* callsByNames(programs.syntax(), others, name);
  yield* guessedCalls(programs.syntax(), others, name);
}

/**
 * A variable is no call: it is there only where the program has run. What an object keeps as a part of a model is not the model of
 * the file.
 */
const isOf = ({ file: home, call, name: own, isPart = false }: ModelFact, file: string, name?: string): boolean =>
  home === file && call !== own && (name === undefined ? !(isPart && own.includes('.')) : own === name);

function* programsOf(file: string, { facts, users, demonstrations, read }: ProgramsOf): Generator<TrainingFacts> {
  const known = facts ?? undefined;
  if (known !== undefined) yield known;
  const seen = new Set([known?.file]);
  for (const scripts of [() => [file, ...users()], () => demonstrations?.() ?? []]) {
    const unread = [...new Set(scripts())].filter((script) => !seen.has(script)).slice(0, MOST_PROGRAMS);
    for (const script of unread) {
      seen.add(script);
      const found = read(script);
      if (found !== undefined) yield found;
    }
  }
}

/** Calls of the file's functions with the arguments that others are given for parameters of the same names, the last function first. */
function* callsByNames(syntax: ModuleSyntax, others: readonly ModelFact[], wanted?: string): Generator<ModelCall> {
  for (const [name, definition] of [...modelMakers(syntax)].reverse()) {
    if (wanted !== undefined && name !== wanted) continue;
    const needed = requiredParameters(definition);
    if (needed.length === 0) continue;
    for (const other of others) {
      const known = byPlainName(other.arguments ?? {});
      if (!needed.every((each) => known.has(plainName(each)))) continue;
      const args = definition.function.parameters.flatMap((each) => {
        const text = known.get(plainName(each.name));
        return text === undefined ? [] : [`${each.name}=${text}`];
      });
      const call = `${name}(${args.join(', ')})`;
      yield { call, note: `no program makes it; arguments as ${other.name} is given them: ${call}` };
      break;
    }
  }
}

/**
 * Calls with usual sizes of what goes in and comes out, where these are all that a function or class needs beside what a program
 * is known to give it; the last first.
 */
function* guessedCalls(syntax: ModuleSyntax, others: readonly ModelFact[], wanted?: string): Generator<ModelCall> {
  for (const { name, needed, example, text } of makerCalls(syntax).reverse()) {
    if ((wanted !== undefined && name !== wanted) || needed.length === 0) continue;
    const known = others.find((other) => other.name === name)?.arguments ?? {};
    const guessed: string[] = [];
    let call = example;
    for (const each of needed) {
      const value = known[each] ?? usualArgument(each, text);
      if (value === undefined) break;
      call = call.replace(`${each}=…`, `${each}=${value}`);
      if (known[each] === undefined) guessed.push(`${each}=${value}`);
    }
    if (call.includes('=…')) continue;
    const note = `nothing in the project says what ${name} is given: ${guessed.join(', ')} ${guessed.length === 1 ? 'is a guess' : 'are guesses'}, from which sizes of weights follow; say others with --model "${call}"`;
    yield { call, note, guessed };
  }
}

/** `nClasses` and `n_classes` mean the same. */
const plainName = (name: string): string => name.replaceAll('_', '').toLowerCase();

const byPlainName = (known: Readonly<Record<string, string>>): Map<string, string> =>
  new Map(Object.entries(known).map(([name, text]) => [plainName(name), text]));

/** Was no model made, or not the one that `requested` names, because what it needs is not said? */
const needsCall = ({ name, stopped }: TracedModel, requested: string | undefined): boolean =>
  stopped !== null &&
  (requested === undefined ? name === '' : /^[\w.]+$/.test(requested) && missesArguments.test(stopped.reason));

const missesArguments = /\bmissing \d+ required/;

export interface MadeTrace {
  readonly traced: TracedModel;
  /** What makes the model, where that is not what was asked for. */
  readonly made?: Pick<TraceRequest, 'model' | 'asProgram'>;
}

/**
 * A model that needs to be told more than its file says by itself, as the project's programs make it; else what the file makes
 * when it is run. `plain`: the trace of the request, which stays where neither gives a model.
 */
export function traceMadeModel(
  trace: Trace,
  request: TraceRequest,
  plain: TracedModel,
  programs: ProgramsOf,
): MadeTrace {
  const { file, model } = request;
  if (isModelFile(file) || !needsCall(plain, model)) return { traced: plain };
  const found = traceByCalls(trace, request, modelCalls(file, programs, model));
  if (found !== undefined) return found;
  if (model !== undefined || isJavaScript(file)) return { traced: plain };
  const traced = trace({ ...request, asProgram: true });
  if (traced.name !== '') return { traced, made: { asProgram: true } };
  return { traced: saysMore(traced, plain) ? traced : plain };
}

/** Is it the reading of the program that knows why there is no model? */
const saysMore = (ofProgram: TracedModel, plain: TracedModel): boolean =>
  /\bdefines no /.test(plain.stopped?.reason ?? '') && !/\bmakes no model/.test(ofProgram.stopped?.reason ?? '');

/** The model as the first call makes it that can be followed to its end; else the first that is made at all. */
function traceByCalls(trace: Trace, request: TraceRequest, calls: Iterable<ModelCall>): MadeTrace | undefined {
  let partly: MadeTrace | undefined;
  for (const { call, note, guessed } of calls) {
    const traced = trace({ ...request, model: call });
    const found: MadeTrace = { traced: told(traced, note, guessed), made: { model: call } };
    if (traced.stopped === null) return found;
    // Where a guess leads nowhere, what is missing says more.
    if (traced.totalParameters > 0 && guessed === undefined) partly ??= found;
  }
  return partly;
}

/** With what was guessed of the call, beside what was guessed of inputs. */
function told(traced: TracedModel, note: string, ofCall: readonly string[] = []): TracedModel {
  const guessed = [...ofCall, ...(traced.guessed ?? [])];
  return { ...traced, notes: [...(traced.notes ?? []), note], ...(guessed.length === 0 ? {} : { guessed }) };
}
