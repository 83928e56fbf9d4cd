/** The models of a file: which they are, how they are made, and what a trace of each tells. */
import { parseInputSpec, type InputSpec, type TracedModel } from '../frontend/model';
import { definitions, namesUsed, walk } from '../frontend/torch/syntaxSearch';
import { traceModel, type TraceRequest } from '../frontend/torch/traceModel';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import type { SourceProvider } from '../python/interpreter';
import type { ModuleSyntax, StatementOf } from '../python/syntax';
import type { ModelReading, Place, ShapeNote } from '../protocol/reading';
import type { CachedReading, Definitions } from './definitionCache';
import type { ModelSettings } from '../project/settings';
import { BATCH_MARK, dimensionsOf, ShapeObserver } from './shapeObserver';

export interface ModelsRequest {
  readonly file: string;
  readonly text: string;
  readonly syntax: ModuleSyntax;
  readonly sources: SourceProvider;
  /** Settings of the model that is defined on a line (0: unknown) under a name. */
  readonly settingsOf: (name: string, line: number) => ModelSettings;
  /** Of the script that trains models of this file, where there is one. */
  readonly facts: TrainingFacts | null;
  readonly definitions: Definitions;
  /** Whatever else a reading depends on: imported files, settings. */
  readonly dependencies: string;
  readonly cancelled?: () => boolean;
}

export interface ReadModels {
  /** Models that are still to be read: the time was over. */
  readonly unread: number;
  readonly models: readonly ModelReading[];
  readonly shapes: readonly ShapeNote[];
}

/** Models of one file that are read. */
const MOST_MODELS = 64;
/** Milliseconds after which the rest is left for another reading, which finds the ones so far in the cache. */
const TIME_FOR_OTHERS = 250;
const LIMITS = { seconds: 2, steps: 5_000_000 } as const;

type ClassDefinition = StatementOf<'ClassDefinition'>;

/** Classes of the file that look like modules: by their bases, followed inside the file. */
export function moduleClasses(syntax: ModuleSyntax): Map<string, ClassDefinition> {
  const found = new Map<string, ClassDefinition>();
  const classes = [...definitions(syntax)].flatMap(([name, statement]) =>
    statement.kind === 'ClassDefinition' ? [[name, statement] as const] : [],
  );
  const isModuleBase = (text: string): boolean =>
    found.has(text) ||
    /(^|\.)(\w*Module|Sequential|ModuleList|Module\w*|\w*Model|\w*Net\w*|\w*Layer|\w*Block)$/.test(text);
  for (const [name, statement] of classes) {
    const bases = statement.args.map(({ value }) => syntax.source.text.slice(value.start, value.end));
    const hasForward = statement.body.some(
      (part) => part.kind === 'FunctionDefinition' && part.function.name === 'forward',
    );
    if (bases.some(isModuleBase) || (bases.length > 0 && hasForward)) found.set(name, statement);
  }
  return found;
}

/** Reads the main model and, as far as time allows, every other one that it does not use. */
export function readModels(request: ModelsRequest): ReadModels {
  const classes = moduleClasses(request.syntax);
  const fromScript = request.facts?.model?.value;
  if (classes.size === 0 && fromScript?.file !== request.file && !mayMakeModels(request.text))
    return { models: [], shapes: [], unread: 0 };
  const start = performance.now();
  const shapes = new Map<string, ShapeNote>();
  const models: ModelReading[] = [];
  const add = (found: Traced): void => {
    if (found.model.name === '' || models.some(({ name }) => name === found.model.name)) return;
    models.push(found.model);
    for (const note of found.shapes) {
      const key = `${note.place.line}:${note.place.column}:${note.place.endLine}:${note.place.endColumn}`;
      if (note.place.file === request.file && !shapes.has(key)) shapes.set(key, note);
    }
  };
  const main = readMain(request, classes);
  if (main !== undefined) add(main);
  const used = usedBy(request.syntax, classes);
  const seen = new Set(main?.model.layers.map(({ type }) => type));
  const others = [...classes.keys()]
    .reverse()
    .filter((name) => !used.has(name) && !seen.has(name) && name !== main?.model.name)
    .slice(0, MOST_MODELS);
  let read = 0;
  for (const name of others) {
    if (performance.now() - start > TIME_FOR_OTHERS) break;
    add(readNamed(request, name, classes));
    read++;
  }
  return { models, shapes: [...shapes.values()], unread: others.length - read };
}

const mayMakeModels = (text: string): boolean => /\bnn\.Sequential\b|\bdef \w*(model|net)\w*\(/i.test(text);

/** Classes that other classes of the file use or derive from. */
function usedBy(syntax: ModuleSyntax, classes: ReadonlyMap<string, ClassDefinition>): Set<string> {
  const used = new Set<string>();
  for (const [name, statement] of classes)
    for (const other of namesUsed(statement)) if (other !== name && classes.has(other)) used.add(other);
  return used;
}

type Traced = CachedReading;

/** What the training script makes, else what the file itself shows to be its model. */
function readMain(request: ModelsRequest, classes: ReadonlyMap<string, ClassDefinition>): Traced | undefined {
  const fromScript = request.facts?.model?.value;
  if (fromScript?.file === request.file) {
    const found = readOne(request, fromScript.call ?? fromScript.name, classes, 'made by the training script');
    if (found.model.stopped === null) return found;
  }
  const used = usedBy(request.syntax, classes);
  const roots = [...classes.keys()].reverse().filter((each) => !used.has(each));
  // A class with settings of its own is what the user means.
  const configured = roots.find((each) => {
    const { args, input } = settingsOf(request, each, classes);
    return args !== undefined || input !== undefined;
  });
  if (configured !== undefined) return readNamed(request, configured, classes);
  const [first] = roots;
  const plain = first === undefined ? undefined : readOne(request, first, classes, undefined);
  if (plain?.model.stopped === null) return plain;
  const found = readOne(request, undefined, classes, undefined);
  if (found.model.stopped === null || classes.size === 0) return found.model.name === '' ? undefined : found;
  return first === undefined ? found : readNamed(request, first, classes);
}

/** A class of the file: with its defaults, else with arguments that the file or the settings show. */
function readNamed(request: ModelsRequest, name: string, classes: ReadonlyMap<string, ClassDefinition>): Traced {
  const configured = settingsOf(request, name, classes).args;
  const plain = readOne(request, configured === undefined ? name : `${name}(${configured})`, classes, undefined);
  if (plain.model.stopped === null || !isAboutArguments(plain.model.stopped.reason)) return plain;
  for (const call of callsOf(request.syntax, name)) {
    const found = readOne(request, call, classes, undefined);
    if (found.model.stopped === null || !isAboutArguments(found.model.stopped.reason)) return found;
  }
  return {
    ...plain,
    model: {
      ...plain.model,
      stopped: {
        ...plain.model.place,
        reason: `the arguments of ${name} are not known`,
        hint: `Say them in a comment above the class: # hessian-lens: args="…"`,
      },
    },
  };
}

const isAboutArguments = (reason: string): boolean => /missing \d+ required|NameError|is not known/.test(reason);

/** Texts of calls of `name` outside classes that use nothing but literals and top-level names. */
function callsOf(syntax: ModuleSyntax, name: string): string[] {
  const texts = new Set<string>();
  for (const statement of syntax.body) {
    if (statement.kind === 'ClassDefinition') continue;
    for (const tree of walk(statement))
      if (tree.kind === 'Call' && tree.callee.kind === 'Name' && tree.callee.name === name && tree.args.length > 0)
        texts.add(syntax.source.text.slice(tree.start, tree.end));
  }
  return [...texts].slice(0, 3);
}

/** Settings of a class of the file, found by where it stands. */
function settingsOf(
  { settingsOf: lookUp, syntax }: ModelsRequest,
  name: string,
  classes: ReadonlyMap<string, ClassDefinition>,
): ModelSettings {
  const statement = classes.get(name);
  return lookUp(name, statement === undefined ? 0 : syntax.source.position(statement.nameRange.start).line);
}

function readOne(
  request: ModelsRequest,
  model: string | undefined,
  classes: ReadonlyMap<string, ClassDefinition>,
  inputOrigin: string | undefined,
): Traced {
  const read = (): Traced => traceOne(request, model, classes, inputOrigin);
  // The file's main model may be any definition of it.
  const construction = model ?? [...definitions(request.syntax).keys()].join(' ');
  return request.definitions.read(request.file, construction, `${model ?? ''}\n${request.dependencies}`, read);
}

function traceOne(
  request: ModelsRequest,
  model: string | undefined,
  classes: ReadonlyMap<string, ClassDefinition>,
  inputOrigin: string | undefined,
): Traced {
  const { file, text, sources } = request;
  const name = model === undefined ? '' : (/^\w+/.exec(model)?.[0] ?? '');
  const specs = settingsOf(request, name, classes).input;
  const inputs: readonly InputSpec[] | undefined = specs?.map(parseInputSpec);
  const trace = (batch: number): { traced: TracedModel; observer: ShapeObserver } => {
    const observer = new ShapeObserver();
    const options: TraceRequest = {
      file,
      source: text,
      sources,
      batch,
      limits: LIMITS,
      watch: observer.watch(request.cancelled),
      ...(model === undefined ? {} : { model }),
      ...(inputs === undefined || inputs.length === 0 ? {} : { inputs }),
    };
    return { traced: traceModel(options), observer };
  };
  let { traced, observer } = trace(BATCH_MARK);
  // Code that expects a certain batch says so with the number it got.
  if (traced.stopped !== null && new RegExp(`\\b${BATCH_MARK}\\b`).test(traced.stopped.reason))
    ({ traced, observer } = trace(2));
  return {
    model: modelReading(
      request,
      traced,
      classes,
      model ?? null,
      inputOrigin ?? (inputs === undefined ? 'usual sizes' : 'configuration'),
    ),
    shapes: observer.notes(traced.batch),
  };
}

function modelReading(
  { file, syntax }: ModelsRequest,
  traced: TracedModel,
  classes: ReadonlyMap<string, ClassDefinition>,
  construction: string | null,
  inputOrigin: string,
): ModelReading {
  const { batch } = traced;
  const name = /^\w+/.exec(traced.name)?.[0] ?? traced.name;
  return {
    name,
    construction,
    place: definitionPlace(file, syntax, name, classes, traced.line),
    totalParameters: traced.totalParameters,
    trainableParameters: traced.parameters
      .filter(({ requiresGrad }) => requiresGrad)
      .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    layers: traced.layers.map((layer) => ({
      ...layer,
      outputShape: layer.outputShape === null ? null : dimensionsOf(layer.outputShape, batch),
    })),
    stateKeys: traced.stateKeys.map(({ key, shape }) => ({ key, shape: [...shape] })),
    inputs: traced.inputs.map(({ name: input, shape, torchDtype }) => ({
      name: input,
      shape: dimensionsOf(shape, batch),
      dtype: torchDtype,
    })),
    outputShape: traced.outputNode === undefined ? null : dimensionsOf(traced.outputNode.shape, batch),
    inputOrigin,
    stopped: traced.stopped === null ? null : { ...traced.stopped, hint: traced.stopped.hint ?? null },
  };
}

/** The name in the `class` or `def` line; the given line where the definition is none of the file's own. */
function definitionPlace(
  file: string,
  syntax: ModuleSyntax,
  name: string,
  classes: ReadonlyMap<string, ClassDefinition>,
  line: number,
): Place {
  const statement = classes.get(name) ?? definitions(syntax).get(name);
  const { source } = syntax;
  if (statement === undefined) {
    const at = Math.max(1, line);
    return { file, line: at, column: 1, endLine: at, endColumn: 2 };
  }
  if (statement.kind === 'ClassDefinition') return source.span(statement.nameRange);
  return source.span(statement.kind === 'FunctionDefinition' ? statement.function.nameRange : statement);
}
