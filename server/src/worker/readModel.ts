/** From files and settings to a traced model with its loss: everything that is decided before a number is computed. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Dataset, DatasetOptions } from '../dataset/dataset';
import { inOrderOf } from '../dataset/namedArrays';
import { targetArray } from '../dataset/sampleWeights';
import { parseInputSpec, type InputSpec, type RunMode, type TracedInput, type TracedModel } from '../frontend/model';
import { isModelFile } from '../frontend/modelFileNames';
import { openModelFile, type OpenedModelFile } from '../frontend/modelFiles';
import { traceModel, type Trace, type TraceRequest } from '../frontend/torch/traceModel';
import { readTrainingFacts, type TrainingFacts } from '../frontend/torch/trainingFacts';
import { elementCount } from '../graph/node';
import type { SourceProvider } from '../python/interpreter';
import { parseCached } from '../python/parseCache';
import { findConfiguration } from '../project/configuration';
import { configuredCall, relativeTo, settingsOfModel } from '../project/modelSettings';
import type { DiskDataFiles } from '../project/diskDataFiles';
import { rememberingSources } from '../project/diskSources';
import { pragmaAt } from '../project/pragma';
import { findProjectRoot } from '../project/projectRoot';
import { demonstrationsOf } from '../project/demonstrations';
import { findTrainingScript } from '../project/trainingScript';
import { usersOf } from '../project/usersOf';
import type { ModelSettings } from '../project/settings';
import type { AnalyzeRequest } from '../protocol/worker';
import { chooseLoss } from './chosenLoss';
import { InputError } from './inputError';
import { inputSpecsOf, openData } from './loadSamples';
import { dataOfScript, scriptOptions } from './scriptData';
import { traceMadeModel } from './modelCalls';
import { inputsOfScript, layoutsOf } from './scriptInputs';
import { trainingNotes } from './trainingNotes';
import type { ScoredModel, TraceBatch } from './tracedProblem';

/** What an analysis works on. */
export interface ModelUnderStudy {
  readonly traceBatch: TraceBatch;
  /** The same in train mode without dropout noise: what an optimizer step meets. Undefined where this is that already. */
  readonly traceTraining: TraceBatch | undefined;
  /** In train mode with the random numbers of a seed. */
  readonly traceNoisy: (seed: number) => TraceBatch;
  readonly facts: TrainingFacts | undefined;
  /** Absolute. `certain` is false when only the training script names it. */
  readonly checkpoint: { readonly file: string; readonly certain: boolean } | undefined;
  /** Which of the checkpoint's weights; absent: what fits best. */
  readonly weights: string | undefined;
  readonly data: { readonly dataset: Dataset; readonly path: string } | undefined;
  /** Absolute; a table of latencies by layer and bits. */
  readonly latencies: string | undefined;
  readonly mode: RunMode;
  readonly batch: number | undefined;
  readonly notes: readonly string[];
  /** Every source text that was read, by absolute path; still growing while the model is traced again. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A model as its frontend reads it, before its inputs are known, and then before its loss is. */
interface UnfedModel {
  readonly trace: Trace;
  readonly request: Omit<TraceRequest, 'batch' | 'loss' | 'inputs'>;
}
interface FedModel {
  readonly trace: Trace;
  readonly request: Omit<TraceRequest, 'batch' | 'loss'>;
}

/** Throws an `InputError` for files that cannot be used. `files` stay open for later reads. */
export async function readModel(request: AnalyzeRequest, files: DiskDataFiles): Promise<ModelUnderStudy> {
  const { modelFile } = request;
  const root = findProjectRoot(modelFile);
  const overlay = new Map(Object.entries(request.overlay ?? {}));
  const { sources, texts } = rememberingSources({ root, sitePackages: request.defaults?.sitePackages, overlay });
  const { trace, source, ownWeights, training, outputs } = await opened(modelFile, sources, files);
  const configuration = findConfiguration(modelFile);
  const script =
    namedScript(request, configuration?.settings, configuration?.file) ?? findTrainingScript(modelFile, root, overlay);
  const facts = factsOf(script, sources, training === undefined ? undefined : { file: modelFile, source: training });
  const asked = request.model ?? modelInScript(facts, modelFile);
  const unnamed = { file: modelFile, source, sources, seed: request.seed };
  const plain: TraceRequest = { ...unnamed, ...(asked === undefined ? {} : { model: asked }) };
  const { traced: first, made } = traceMadeModel(trace, plain, trace(plain), {
    facts,
    users: () => usersOf(modelFile, root),
    demonstrations: () => demonstrationsOf(modelFile, root),
    read: (file) => readTrainingFacts({ file, sources }),
    syntax: () => parseCached(source, modelFile),
  });
  const settings: ModelSettings = {
    ...request.defaults,
    ...settingsOfModel(modelFile, source, first, configuration),
  };
  const configured = configuredCall(request.model, first.name, settings);
  const construction: Pick<TraceRequest, 'model' | 'asProgram'> =
    configured === undefined ? (made ?? (asked === undefined ? {} : { model: asked })) : { model: configured };
  const mode = request.mode ?? settings.mode ?? 'eval';
  const output = outputOf(request, settings, outputs);
  const common: UnfedModel['request'] = {
    file: modelFile,
    source,
    sources,
    mode,
    seed: request.seed,
    ...construction,
    ...(output === undefined ? {} : { output }),
  };
  const given = (request.inputs.length > 0 ? request.inputs : (settings.input ?? [])).map(parseInputSpec);
  const shown = given.length === 0 ? first : trace({ ...common, inputs: given, batch: 2 });
  throwIfInputFails(
    shown,
    request,
    pragmaAt(source, first.line, modelFile)?.input === undefined ? configuration?.file : undefined,
  );
  const length = sequenceLengthOf(shown);
  const reading: DatasetOptions = length === undefined ? {} : { sequenceLength: length };
  const path = request.data ?? settings.data;
  const { data: asStored, notes: dataNotes } =
    path === undefined
      ? await dataOfScript(facts, root, files, reading)
      : { data: { dataset: await openData(files, path, { ...reading, ...scriptOptions(facts) }), path }, notes: [] };
  // Files name their inputs; the order of arrays in a data file is seldom thought of.
  const data =
    asStored === undefined || outputs === undefined
      ? asStored
      : {
          ...asStored,
          dataset: inOrderOf(
            asStored.dataset,
            shown.inputs.map(({ name }) => name),
          ),
        };
  const inputs =
    given.length > 0
      ? given
      : inputsOf(request, settings, data?.dataset, { trace, request: common }, inputsOfScript(facts));
  const base: FedModel['request'] = { ...common, ...(inputs.length === 0 ? {} : { inputs }) };
  const unscored = (): TracedModel => {
    const traced = trace({ ...base, batch: 2 });
    throwIfStopped(traced);
    return traced;
  };
  const loss = chooseLoss(
    request.loss ?? settings.loss,
    unscored,
    { path: modelFile, source },
    facts,
    data?.dataset,
    script,
  );
  const batch = request.batch ?? settings.batch;
  const traceIn =
    (runMode: RunMode, noise: { readonly dropout?: boolean; readonly seed?: number } = {}): TraceBatch =>
    (n) =>
      traceScored(
        trace,
        { ...base, ...noise, mode: runMode, batch: n, ...(loss.spec === undefined ? {} : { loss: loss.spec }) },
        request.precision,
      );
  return {
    traceBatch: traceIn(mode),
    traceTraining: mode === 'train' ? undefined : traceIn('train', { dropout: false }),
    traceNoisy: (seed) => traceIn('train', { seed }),
    facts,
    checkpoint: checkpointOf(request, settings, facts, ownWeights),
    weights: request.weights ?? settings.weights,
    data,
    latencies: request.latencies ?? settings.latencies,
    mode,
    batch,
    notes: [...(made === undefined ? [] : (first.notes ?? [])), ...dataNotes, ...loss.notes, ...trainingNotes(facts)],
    texts,
  };
}

/** The output that is asked for; throws where the model is no file that names its outputs. */
function outputOf(
  { output, modelFile }: AnalyzeRequest,
  settings: ModelSettings,
  named: readonly string[] | undefined,
): string | undefined {
  const wanted = output ?? settings.output;
  if (wanted === undefined || named !== undefined) return wanted;
  throw new InputError(`the output '${wanted}' cannot be chosen: the model's outputs have no names`, {
    file: modelFile,
    hint: 'Only ONNX files and graph models of TensorFlow.js name theirs; of code, analyse a module that returns this output alone.',
  });
}

/** What a script says of training; how a model file says that it was compiled counts before what a script says. */
function factsOf(
  script: string | undefined,
  sources: SourceProvider,
  own: { readonly file: string; readonly source: string } | undefined,
): TrainingFacts | undefined {
  const told = script === undefined ? undefined : readTrainingFacts({ file: script, sources });
  if (own === undefined) return told;
  const compiled = readTrainingFacts({ ...own, sources });
  if (told === undefined || compiled.optimizers.length === 0) return told ?? compiled;
  const { optimizers, schedules, loss } = compiled;
  return { ...told, optimizers, schedules, loss };
}

/** The reader of a file: of a model that is a file of its own by its content, of source by its text. */
async function opened(
  modelFile: string,
  sources: SourceProvider,
  files: DiskDataFiles,
): Promise<{ readonly trace: Trace; readonly source: string } & Partial<OpenedModelFile>> {
  if (isModelFile(modelFile)) return { ...(await openModelFile(files, modelFile)), source: '' };
  const source = sources.read(modelFile);
  if (source !== undefined) return { trace: traceModel, source };
  throw new InputError(existsSync(modelFile) ? 'the file cannot be read as source' : 'there is no such file', {
    file: modelFile,
  });
}

function namedScript(
  request: AnalyzeRequest,
  settings: ModelSettings | undefined,
  settingsFile: string | undefined,
): string | undefined {
  const named = request.trainScript ?? relativeTo(settingsFile, settings).trainScript ?? request.defaults?.trainScript;
  if (named !== undefined && !existsSync(named))
    throw new InputError('there is no such training script', { file: named });
  return named;
}

/** The construction in the training script, where it makes a model of this file. */
function modelInScript(facts: TrainingFacts | undefined, modelFile: string): string | undefined {
  const model = facts?.model?.value;
  return model?.file === modelFile ? (model.call ?? model.name) : undefined;
}

function inputsOf(
  request: AnalyzeRequest,
  settings: ModelSettings,
  dataset: Dataset | undefined,
  model: UnfedModel,
  made: readonly InputSpec[] | undefined,
): readonly InputSpec[] {
  if (dataset === undefined) return made === undefined ? [] : (firstThatFits(layoutsOf(made), model) ?? []);
  const specs = inputSpecsOf(dataset);
  // The last array is the target, where there is more than one; unless `forward` needs it to return its loss.
  const inputs = specs.slice(0, Math.max(1, specs.length - 1));
  const fitting = firstThatFits([inputs, ...(inputs.length > 1 ? [] : layoutsOf(inputs).slice(1))], model);
  if (fitting !== undefined && fitting !== inputs) return fitting;
  if (specs.length < 2 || (request.loss ?? settings.loss) !== undefined) return inputs;
  const apart = model.trace({ ...model.request, inputs, batch: 2 });
  if (apart.stopped === null && apart.loss !== undefined && fitsData(apart.loss.targets, dataset)) return inputs;
  return model.trace({ ...model.request, inputs: specs, batch: 2 }).loss === undefined ? inputs : specs;
}

/** The layout of a sample that the model takes; undefined where it takes none. */
function firstThatFits(
  layouts: readonly (readonly InputSpec[])[],
  model: UnfedModel,
): readonly InputSpec[] | undefined {
  const [asTheyAre, ...others] = layouts;
  const fits = (inputs: readonly InputSpec[]): boolean =>
    model.trace({ ...model.request, inputs, batch: 2 }).stopped === null;
  return asTheyAre === undefined || others.length === 0 || fits(asTheyAre) ? asTheyAre : others.find(fits);
}

/** Tokens in a sample of the model's first input. */
function sequenceLengthOf({ inputs: [input] }: TracedModel): number | undefined {
  return input?.dtype === 'int' && input.shape.length === 2 ? input.shape[1] : undefined;
}

/** Whether targets that were found by trying have the shape of the last array. */
const fitsData = (targets: readonly TracedInput[], dataset: Dataset): boolean =>
  targets.every(({ shape }) => elementCount(shape.slice(1)) === elementCount(targetArray(dataset)?.shape ?? []));

function checkpointOf(
  request: AnalyzeRequest,
  settings: ModelSettings,
  facts: TrainingFacts | undefined,
  own: string | undefined,
): ModelUnderStudy['checkpoint'] {
  const named = request.checkpoint ?? settings.checkpoint ?? own;
  if (named !== undefined) return { file: named, certain: true };
  const [file] = existing(facts, [...(facts?.loads ?? []), ...(facts?.saves ?? [])]);
  return file === undefined ? undefined : { file, certain: false };
}

/** Paths a script names that are files, seen from the script's folder. */
function existing(facts: TrainingFacts | undefined, named: readonly { readonly value: string }[]): string[] {
  if (facts === undefined) return [];
  return (
    named
      // TensorFlow takes the name that its files begin with.
      .flatMap(({ value }) => [value, `${value}.index`].map((path) => resolve(dirname(facts.file), path)))
      .filter((path) => {
        try {
          return statSync(path).isFile();
        } catch {
          return false;
        }
      })
  );
}

/** An expression for an input is nowhere in the code: what is wrong with it is told of where it is given. */
function throwIfInputFails(
  { stopped, line }: TracedModel,
  { inputs, modelFile }: AnalyzeRequest,
  configuration: string | undefined,
): void {
  if (stopped?.file !== '<expression>') return;
  if (inputs.length > 0) throw new InputError(`--input: ${stopped.reason}`, { file: modelFile });
  const where = configuration === undefined ? { file: modelFile, line } : { file: configuration };
  throw new InputError(`the setting input: ${stopped.reason}`, where);
}

function throwIfStopped(traced: TracedModel): void {
  const stopped = traced.stopped ?? traced.handDerivative;
  if (stopped === undefined) return;
  const { file, line, column, reason, hint } = stopped;
  throw new InputError(reason, { file, line, column, ...(hint === undefined ? {} : { hint }) });
}

function traceScored(trace: Trace, request: TraceRequest, precision: AnalyzeRequest['precision']): ScoredModel {
  const precise = trace({ ...request, precision });
  // A model that mixes in float32 tensors of its own can only be read as it stands.
  const traced = precise.stopped !== null && precision === 'float64' ? trace(request) : precise;
  throwIfStopped(traced);
  const { outputNode, loss } = traced;
  if (outputNode === undefined || loss === undefined)
    throw new InputError(`${traced.name} has no loss to differentiate`, {
      file: traced.file,
      line: traced.line,
      hint: 'Name one with --loss.',
    });
  return { ...traced, outputNode, loss };
}
