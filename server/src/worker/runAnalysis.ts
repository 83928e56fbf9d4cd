/** One analysis from a request to its result: reads, loads, computes, diagnoses. */
import { freemem } from 'node:os';
import { relative } from 'node:path';
import { analyze } from '../curvature/analysis/analyze';
import type { Latencies } from '../curvature/analysis/options';
import type { Problem } from '../curvature/problem';
import type { AnalysisResult } from '../curvature/result';
import { diagnose } from '../diagnosis/diagnose';
import type { Engine } from '../engine/engine';
import { DiskDataFiles } from '../project/diskDataFiles';
import { LARGEST_TABLE, parseLatencies } from '../project/latencyTable';
import type { AnalyzeRequest, InputFile, Prediction, Progress } from '../protocol/worker';
import { chooseEngine } from './chooseEngine';
import { InputError } from './inputError';
import { inputFiles } from './inputFiles';
import { loadState, type LoadedState } from './loadParameters';
import { drawSamples, synthesise, type Samples } from './loadSamples';
import { offeredCheckpoint } from './offerCheckpoint';
import { codeFacts } from './optimizerFacts';
import { readModel, type ModelUnderStudy } from './readModel';
import { siblingCheckpoints } from './siblingCheckpoints';
import { createProblem, type ScoredModel } from './tracedProblem';

export interface AnalysisListener {
  readonly onPrediction: (prediction: Prediction) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onInputs: (inputs: readonly InputFile[]) => void;
  readonly onPartial: (result: AnalysisResult) => void;
}

const DEFAULT_SAMPLES = 512;
const DEFAULT_PROBES = 256;
/** Relative: eigenvalues, then stochastic estimates, which some hundred samples leave uncertain by 10 % and more themselves. */
const TOLERANCES = { float32: [5e-4, 0.03], float64: [1e-10, 0.03] } as const;
/** Floating-point operations per second assumed before anything was measured. */
const ASSUMED_SPEED = { onnxruntime: 5e10, tfjs: 2e10, reference: 1.5e9 } as const;
/** Floating-point operations that the default set may take: under a minute on two cores of a laptop. */
const USUAL_WORK = 3.2e12;
const LARGEST_DEFAULT_MEMORY = 8 * 2 ** 30;

/** `lanePath`: the bundled program of the engine's threads. Throws an `InputError` for what the user gave, the signal's reason when cancelled. */
export async function runAnalysis(
  request: AnalyzeRequest,
  listener: AnalysisListener,
  signal: AbortSignal,
  lanePath?: string,
): Promise<AnalysisResult> {
  const files = new DiskDataFiles();
  let engine: Engine | undefined;
  try {
    listener.onProgress({ fraction: 0, stage: 'reading the model' });
    const study = await readModel(request, files);
    const traced = study.traceBatch(2);
    const { state, notes } = await stateOf(study, traced);
    const samples = await samplesOf(request, study, traced);
    const latencies = await latenciesOf(study, files);
    listener.onInputs(inputFiles(study, state.checkpoint?.files ?? [], study.data?.path));
    signal.throwIfAborted();
    const problem = createProblem(study.traceBatch, state, samples);
    engine = await chooseEngine(request.engine, request.precision, problem, lanePath);
    signal.throwIfAborted();
    return await compute({
      request,
      study,
      traced,
      state,
      samples,
      problem,
      engine,
      latencies,
      notes,
      listener,
      signal,
    });
  } finally {
    engine?.dispose();
    await files.close();
  }
}

interface Computation {
  readonly request: AnalyzeRequest;
  readonly study: ModelUnderStudy;
  readonly traced: ScoredModel;
  readonly state: LoadedState;
  readonly samples: Samples;
  readonly problem: Problem;
  readonly engine: Engine;
  readonly latencies: Latencies | undefined;
  readonly notes: readonly string[];
  readonly listener: AnalysisListener;
  readonly signal: AbortSignal;
}

async function compute(computation: Computation): Promise<AnalysisResult> {
  const { request, study, traced, state, samples, problem, engine, listener, signal } = computation;
  const line = Math.max(1, traced.line);
  const facts = codeFacts(study.facts, { file: traced.file, line, column: 1, endColumn: 2 });
  const clock = new Clock(listener);
  const training = trainingProblem(computation);
  const [eigenvalueTolerance, estimateTolerance] = TOLERANCES[engine.precision];
  const finish = (result: AnalysisResult): AnalysisResult =>
    withMemory({ ...result, findings: diagnose(result, facts) });
  const result = await analyze(problem, engine, {
    top: request.top,
    probes: request.probes ?? DEFAULT_PROBES,
    eigenvalueTolerance: request.tolerance ?? eigenvalueTolerance,
    estimateTolerance: request.tolerance ?? estimateTolerance,
    seed: request.seed,
    work: USUAL_WORK * (request.effort ?? 1),
    memoryLimit: request.memoryLimit ?? Math.min(LARGEST_DEFAULT_MEMORY, freemem() / 2),
    signal,
    processorSeconds,
    optimizer: facts.optimizer,
    ...(state.optimizerState === null ? {} : { optimizerState: state.optimizerState }),
    ...(request.quantities === undefined ? {} : { quantities: request.quantities }),
    ...(study.batch === undefined ? {} : { batch: study.batch }),
    ...(training === undefined ? {} : { training }),
    checkpoints: () =>
      state.checkpoint === null
        ? Promise.resolve([])
        : siblingCheckpoints(traced, state.checkpoint.file, (other) => createProblem(study.traceBatch, other, samples)),
    noisy: (seed) => noisyProblem(computation, seed),
    ...(computation.latencies === undefined ? {} : { latencies: computation.latencies }),
    ...(study.facts?.clipping ? { clipping: study.facts.clipping.value } : {}),
    provenance: {
      model: traced.name,
      file: traced.file,
      line,
      checkpoint: state.checkpoint?.file ?? null,
      checkpointHash: state.checkpoint?.hash ?? null,
      step: state.checkpoint?.step ?? null,
      data: samples.description,
      dataHash: samples.hash,
      loss: traced.loss.description,
      reduction: traced.loss.reduction === 'sum' ? 'a sum, divided by the number of samples' : 'mean over samples',
      mode: study.mode,
      notes: [
        ...computation.notes,
        ...(traced.notes ?? []),
        ...study.notes,
        ...state.notes,
        ...samples.notes,
        ...trainingNote(training, study),
      ],
    },
    onPrediction: ({ operations, bytes, chunks, products }) =>
      clock.predict({ seconds: 1 + (operations * products) / ASSUMED_SPEED[engine.name], bytes, batches: chunks }),
    onProgress: (stage, fraction) => clock.progress(stage, fraction),
    onPartial: (partial) => listener.onPartial(finish(partial)),
  });
  return finish(result);
}

/** Time left from the time taken, once enough was done to tell. */
class Clock {
  private readonly start = performance.now();
  constructor(private readonly listener: AnalysisListener) {}

  predict(prediction: Prediction): void {
    this.listener.onPrediction(prediction);
  }

  progress(stage: string, fraction: number): void {
    const elapsed = (performance.now() - this.start) / 1000;
    const left = fraction > 0.05 && elapsed > 1 ? { secondsLeft: (elapsed * (1 - fraction)) / fraction } : {};
    this.listener.onProgress({ stage, fraction, ...left });
  }
}

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const withMemory = (result: AnalysisResult): AnalysisResult => ({
  ...result,
  // Linux and macOS: the largest resident size so far, in KiB.
  cost: { ...result.cost, peakMemory: process.resourceUsage().maxRSS * 1024 },
});

async function stateOf(
  study: ModelUnderStudy,
  traced: ScoredModel,
): Promise<{ state: LoadedState; notes: readonly string[] }> {
  const { checkpoint } = study;
  if (checkpoint === undefined)
    return { state: await loadState(traced, undefined), notes: await offeredCheckpoint(traced) };
  try {
    const state = await loadState(traced, checkpoint.file, study.weights);
    const unexpected =
      state.unexpected.length === 0
        ? []
        : [
            `${state.unexpected.length} tensors of the checkpoint are not in the model: ${state.unexpected.slice(0, 5).join(', ')}`,
          ];
    return {
      state,
      notes: [...unexpected, ...state.warnings.map(({ code, message, where }) => `${code}: ${message} (${where})`)],
    };
  } catch (error) {
    if (checkpoint.certain) throw error;
    // Only the script named it: what it holds may belong to another model.
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const state = await loadState(traced, undefined);
    const refused = `${checkpoint.file}, which the training script names, was not used: ${reason}`;
    return { state, notes: [refused, ...(await offeredCheckpoint(traced))] };
  }
}

async function samplesOf(request: AnalyzeRequest, study: ModelUnderStudy, traced: ScoredModel): Promise<Samples> {
  const wanted = request.samples ?? DEFAULT_SAMPLES;
  const { data } = study;
  if (data === undefined)
    return synthesise(traced, traced.loss.targets, Math.min(wanted, request.samples ?? 128), request.seed);
  return drawSamples(data.dataset, traced, traced.loss.targets, wanted, request.seed, data.path);
}

async function latenciesOf({ latencies }: ModelUnderStudy, files: DiskDataFiles): Promise<Latencies | undefined> {
  if (latencies === undefined) return undefined;
  const text = new TextDecoder().decode(await files.readWhole(latencies, LARGEST_TABLE));
  return parseLatencies(text, relative(process.cwd(), latencies));
}

const FALLBACK_BATCH = 64;

/** Batch statistics make the loss that training descends another one: where the model has them, its sharpness is taken in train mode, without dropout. */
function trainingProblem({ study, traced, state, samples, problem }: Computation): Problem | undefined {
  const hasBatchStatistics = traced.buffers.some(({ name }) => name.endsWith('running_var'));
  if (!hasBatchStatistics || study.mode === 'train' || study.traceTraining === undefined) return undefined;
  const size = Math.min(samples.count, study.facts?.batchSize?.value ?? FALLBACK_BATCH);
  if (size < 2) return undefined;
  try {
    const part: Samples = { ...samples, arrays: samples.arrays.map((array) => firstRows(array, size)), count: size };
    const training = createProblem(study.traceTraining, state, part);
    return training.theta.length === problem.theta.length ? training : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The model's own noise, as an optimizer step meets it. */
function noisyProblem({ study, state, samples, problem }: Computation, seed: number): Problem | undefined {
  const traceNoisy = study.traceNoisy(seed);
  if (!traceNoisy(Math.min(2, samples.count)).stochastic) return undefined;
  const noisy = createProblem(traceNoisy, state, samples);
  return noisy.theta.length === problem.theta.length ? noisy : undefined;
}

function firstRows(array: Samples['arrays'][number], count: number): Samples['arrays'][number] {
  const [rows = 1, ...rest] = array.shape;
  const width = array.data.length / Math.max(1, rows);
  return { ...array, shape: [count, ...rest], data: array.data.slice(0, count * width) };
}

const trainingNote = (training: Problem | undefined, study: ModelUnderStudy): string[] =>
  training === undefined || study.mode === 'train'
    ? []
    : [
        'stability uses the curvature in train mode (batch statistics), which is what an optimizer step meets; the spectrum is that of eval mode',
      ];
