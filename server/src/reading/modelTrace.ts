/** One trace of one model as plain data. */
import { parseInputSpec, type InputSpec, type TracedModel, type TraceStopped } from '../frontend/model';
import { definitionOf } from '../frontend/keras/modelMakers';
import { traceModel, type TraceRequest } from '../frontend/torch/traceModel';
import type { SourceProvider } from '../python/interpreter';
import type { Expression, ModuleSyntax, Statement } from '../python/syntax';
import type { InputOrigin, ModelReading, Place } from '../protocol/reading';
import { elementCount } from '../graph/node';
import { stateKeysOf } from './checkpointFit';
import type { CachedReading } from './definitionCache';
import { BATCH_MARK, dimensionsOf, ShapeObserver } from './shapeObserver';

/** Inputs of a model, and who says so. */
export interface KnownInputs {
  readonly origin: InputOrigin;
  /** As pragmas write them, or as data files have them. Empty: the usual sizes are tried. */
  readonly specs: readonly (string | InputSpec)[];
}

export const GUESSED: KnownInputs = { origin: 'usual sizes', specs: [] };

export interface ModelTrace {
  readonly file: string;
  readonly text: string;
  readonly syntax: ModuleSyntax;
  readonly sources: SourceProvider;
  /** A name or a call; undefined: the file's main model. */
  readonly model: string | undefined;
  readonly inputs: KnownInputs;
  readonly cancelled?: () => boolean;
}

/** Far more than any real model needs; the seconds only end what the steps do not count. */
const LIMITS = { seconds: 10, steps: 2_000_000 } as const;

/** Whether a reading ended because of the time, which says nothing about the next one. */
export const ranOutOfTime = ({ model: { stopped } }: CachedReading): boolean =>
  stopped !== null && /did not end within \d+ s\b/.test(stopped.reason);

/** Traces with a batch size that can be told from other sizes, else with a small one. */
export function traceOnce(request: ModelTrace): CachedReading {
  const { file, text, syntax, sources, model, inputs, cancelled } = request;
  let specs: InputSpec[];
  try {
    specs = inputs.specs.map((spec) => (typeof spec === 'string' ? parseInputSpec(spec) : spec));
  } catch {
    // Said by the rule on settings.
    specs = [];
  }
  const trace = (batch: number): { traced: TracedModel; observer: ShapeObserver } => {
    const observer = new ShapeObserver();
    const options: TraceRequest = {
      file,
      source: text,
      sources,
      batch,
      limits: LIMITS,
      pastSyntaxErrors: true,
      watch: observer.watch(cancelled),
      ...(model === undefined ? {} : { model }),
      ...(specs.length === 0 ? {} : { inputs: specs }),
    };
    return { traced: traceModel(options), observer };
  };
  let { traced, observer } = trace(BATCH_MARK);
  // Code that expects a certain batch says so with the number it got; a message about shapes is to show usual ones.
  if (traced.stopped !== null && speaksOfBatch(traced.stopped.reason)) {
    const small = trace(2);
    const same = small.traced.stopped !== null && isSamePlace(small.traced.stopped, traced.stopped);
    if (same) traced = { ...traced, stopped: small.traced.stopped };
    else ({ traced, observer } = small);
  }
  const broken = brokenPart(syntax, traced);
  if (broken !== undefined) traced = { ...traced, stopped: broken, inputs: [], outputNode: undefined, layers: [] };
  // What was noted of the last of several guesses is about none that fits.
  const guessedInVain = (specs.length === 0 && traced.stopped !== null) || broken !== undefined;
  const origin = specs.length === 0 ? 'usual sizes' : inputs.origin;
  const name = /^[\w$]+(\.[\w$]+$)?/.exec(traced.name)?.[0] ?? traced.name;
  const place = definitionPlace(file, syntax, name, traced.line);
  return {
    model: modelReading({ name, construction: model ?? null, place }, traced, origin),
    shapes: guessedInVain ? [] : observer.notes(traced.batch, origin === 'usual sizes'),
  };
}

const speaksOfBatch = (reason: string): boolean =>
  (reason.match(/\d+/g) ?? []).some((number) => Number(number) > 0 && Number(number) % BATCH_MARK === 0);

const isSamePlace = (a: TraceStopped, b: TraceStopped): boolean =>
  a.file === b.file && a.line === b.line && a.column === b.column;

/** A class of the model that a syntax error has cut: what it inherits in place of the lost part would be shown instead. */
function brokenPart({ body, source }: ModuleSyntax, traced: TracedModel): TraceStopped | undefined {
  const broken = new Map(
    body.flatMap((statement) => {
      if (statement.kind !== 'ClassDefinition') return [];
      const part = statement.body.find((each) => each.kind === 'Invalid');
      return part?.kind === 'Invalid' ? [[statement.name, part] as const] : [];
    }),
  );
  if (broken.size === 0) return undefined;
  const bases = new Map(
    body.flatMap((each) =>
      each.kind === 'ClassDefinition' ? [[each.name, each.args.flatMap(({ value }) => nameOf(value))] as const] : [],
    ),
  );
  const waiting = new Set([traced.name, ...traced.layers.map(({ type }) => type)]);
  for (const name of waiting) {
    const part = broken.get(name);
    if (part !== undefined)
      return { ...source.span(part.errorRange), reason: `SyntaxError: ${part.message}`, hint: undefined };
    for (const base of bases.get(name) ?? []) waiting.add(base);
  }
  return undefined;
}

const nameOf = (expression: Expression): string[] => (expression.kind === 'Name' ? [expression.name] : []);

/** A trace as plain data. */
export function modelReading(
  { name, construction, place }: Pick<ModelReading, 'name' | 'construction' | 'place'>,
  traced: TracedModel,
  inputOrigin: InputOrigin,
): ModelReading {
  const { batch, stopped, lossStopped, handDerivative, changedLeaves = [] } = traced;
  // A reason without a place of its own is about the whole model.
  const placeless = stopped !== null && stopped.line === 1 && stopped.column === 1 && stopped.endColumn === 1;
  return {
    name,
    construction,
    place,
    totalParameters: traced.totalParameters,
    trainableParameters: traced.parameters
      .filter(({ requiresGrad }) => requiresGrad)
      .reduce((sum, { shape }) => sum + elementCount(shape), 0),
    // The graph stays behind: a reading is plain data.
    layers: traced.layers.map(({ name: path, type, file: home, line, callLine, outputShape, parameters }) => ({
      name: path,
      type,
      file: home,
      line,
      callLine,
      outputShape: outputShape === null ? null : dimensionsOf(outputShape, batch),
      parameters,
    })),
    stateKeys: stateKeysOf(traced),
    inputs: traced.inputs.map(({ name: input, shape, torchDtype }) => ({
      name: input,
      shape: dimensionsOf(shape, batch),
      dtype: torchDtype,
    })),
    outputShape: traced.outputNode === undefined ? null : dimensionsOf(traced.outputNode.shape, batch),
    inputOrigin,
    guessed: traced.guessed ?? [],
    stopped: stopped === null ? null : { ...stopped, ...(placeless ? place : {}), hint: stopped.hint ?? null },
    lossStopped: lossStopped === undefined ? null : { ...lossStopped, hint: lossStopped.hint ?? null },
    changedLeaves,
    handDerivative: handDerivative === undefined ? null : { ...handDerivative, hint: handDerivative.hint ?? null },
  };
}

export function placeOfLine(file: string, line: number): Place {
  const at = Math.max(1, line);
  return { file, line: at, column: 1, endLine: at, endColumn: 2 };
}

/** The name in the `class` or `def` line; the given line where the definition is none of the file's own. */
export function definitionPlace(file: string, syntax: ModuleSyntax, name: string, line: number): Place {
  const statement: Statement | undefined = definitionOf(syntax, name);
  const { source } = syntax;
  if (statement === undefined) {
    return placeOfLine(file, line);
  }
  if (statement.kind === 'ClassDefinition') return source.span(statement.nameRange);
  return source.span(statement.kind === 'FunctionDefinition' ? statement.function.nameRange : statement);
}
