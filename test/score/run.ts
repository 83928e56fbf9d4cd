/** One warning and one run: what the rules say before training, and what training then does. */
import { stabilityOf, type FoundOptimizer } from '../../server/src/curvature/analysis/stability';
import { analyze } from '../../server/src/curvature/analysis/analyze';
import type { AnalysisOptions } from '../../server/src/curvature/analysis/options';
import { estimate } from '../../server/src/curvature/analysis/quantities';
import { relativeRise, trainingRun, type TrainingRun } from '../../server/src/curvature/estimators/trainingRun';
import { scriptStep } from '../../server/src/curvature/estimators/trialOptimizers';
import { createBatchLoss, type BatchLoss } from '../../server/src/curvature/operators/batchLoss';
import type { Problem } from '../../server/src/curvature/problem';
import { isComputed, symmetricSpread } from '../../server/src/curvature/quantity';
import { Random } from '../../server/src/curvature/random';
import type { AnalysisResult } from '../../server/src/curvature/result';
import { TRIAL_EVERY, TRIAL_STEPS } from '../../server/src/curvature/studies/whatIf';
import { diagnose } from '../../server/src/diagnosis/diagnose';
import type { Engine } from '../../server/src/engine/engine';
import { optimizers } from './grid';
import type { StartingPoint } from './problems';

const ANALYSIS_SEED = 1;
const TRAINING_SEED = 2;
const PLACE = { file: 'train.py', line: 1, column: 1, endColumn: 2 };

/** Plain data: kept between invocations. */
export interface Scored extends Series {
  readonly full: boolean;
  readonly learningRate: number;
  /** η in units of the limit. */
  readonly margin: number;
  /** Codes of the warnings before the run. */
  readonly warnings: readonly string[];
  /** Rise of the loss in the trial on the analysed samples, and in training. */
  readonly trialRise: number;
  readonly rise: number;
}

export const isPredicted = ({ warnings }: Scored): boolean => warnings.length > 0;

/** What is scored together. */
export interface Series {
  readonly point: string;
  readonly optimizer: string;
  readonly batch: number;
}

/** Runs of every optimizer and batch size from a starting point, but for those that are done. Training goes over all of the data. */
export async function* score(point: StartingPoint, isDone: (series: Series) => boolean): AsyncGenerator<Scored[]> {
  const { training, analysed, engine } = point;
  const onTraining = createBatchLoss(training, engine, { chunk: point.chunk });
  const onAnalysed = createBatchLoss(analysed, engine, { chunk: point.chunk });
  for (const optimizer of point.optimizers.map((i) => optimizers[i]).filter((each) => each !== undefined))
    for (const batchSize of point.batches) {
      if (isDone({ point: point.name, optimizer: optimizer.description, batch: batchSize })) continue;
      const scored: Scored[] = [];
      const found = { ...optimizer, learningRate: 1, batchSize };
      const base = await analysisOf(analysed, engine, found);
      const { limit } = base.stability;
      if (!isComputed(limit)) throw new Error(`${point.name}, ${optimizer.description}: ${limit.notComputed}`);
      for (const multiple of point.multiples) {
        const learningRate = multiple * limit.value;
        const own = { ...found, learningRate };
        const trial = await run(onAnalysed, analysed, own, ANALYSIS_SEED);
        const findings = diagnose(withTrial(base, own, trial), {
          optimizer: own,
          learningRateAt: PLACE,
          modelAt: PLACE,
        });
        const trained = await run(onTraining, training, own, TRAINING_SEED);
        scored.push({
          point: point.name,
          optimizer: optimizer.description,
          batch: batchSize,
          full: batchSize >= training.sampleCount,
          learningRate,
          margin: multiple,
          warnings: findings.filter(({ severity }) => severity === 'warning').map(({ code }) => code),
          trialRise: relativeRise(trial),
          rise: relativeRise(trained),
        });
      }
      yield scored;
    }
  onTraining.dispose();
  onAnalysed.dispose();
}

function run(loss: BatchLoss, problem: Problem, optimizer: FoundOptimizer, seed: number): Promise<TrainingRun> {
  const step = scriptStep(optimizer, undefined);
  if (typeof step === 'string') throw new Error(step);
  return trainingRun(loss, Float64Array.from(problem.theta), step, {
    steps: TRIAL_STEPS,
    learningRate: optimizer.learningRate ?? NaN,
    batchSize: Math.min(problem.sampleCount, optimizer.batchSize ?? NaN),
    sampleCount: problem.sampleCount,
    every: TRIAL_EVERY,
    random: new Random(seed, 'trial'),
  });
}

const analysisOf = (problem: Problem, engine: Engine, optimizer: FoundOptimizer): Promise<AnalysisResult> =>
  analyze(problem, engine, analysisOptions(['B1', 'B2'], optimizer));

export const analysisOptions = (quantities: readonly string[], optimizer: FoundOptimizer | null): AnalysisOptions => ({
  quantities,
  top: 1,
  probes: 16,
  eigenvalueTolerance: 1e-3,
  estimateTolerance: 0.05,
  seed: ANALYSIS_SEED,
  memoryLimit: 2 ** 31,
  optimizer,
  provenance: {
    model: 'net',
    file: 'model.py',
    line: 1,
    checkpoint: null,
    checkpointHash: null,
    step: null,
    data: 'a part of the training data',
    dataHash: null,
    loss: 'of the model',
    reduction: 'mean over samples',
    mode: 'eval',
    notes: [],
  },
});

/** The analysis for another learning rate: everything else does not depend on it. */
function withTrial(base: AnalysisResult, optimizer: FoundOptimizer, trial: TrainingRun): AnalysisResult {
  const circumstances = { hvps: base.cost.hvps, samples: base.provenance.samples };
  const { 'B1.sharpness': sharpness, 'B2.preconditionedSharpness': preconditioned } = base.quantities;
  if (sharpness === undefined) throw new Error('no sharpness');
  const rise = estimate(
    'B10.rise',
    relativeRise(trial),
    { method: 'trial', estimator: symmetricSpread(0), sampling: null },
    circumstances,
  );
  return {
    ...base,
    stability: stabilityOf(
      sharpness,
      optimizer,
      circumstances,
      preconditioned && { quantity: preconditioned, step: Infinity },
    ),
    quantities: { ...base.quantities, 'B10.rise': rise },
  };
}
