/** A short training run from given parameters, on batches drawn from the analysed samples (catalogue B10). */
import type { BatchLoss } from '../operators/batchLoss';
import type { Random } from '../random';
import type { OptimizerStep } from './optimizerSteps';

export interface RunSettings {
  readonly steps: number;
  /** Constant, or by the number of steps taken before. */
  readonly learningRate: number | ((taken: number) => number);
  /** Samples of one step; as many as there are: the full gradient. */
  readonly batchSize: number;
  readonly sampleCount: number;
  /** The loss of all samples is measured after each of the first so many steps, then after every so many, and after the last. */
  readonly every: number;
  readonly random: Random;
  /** Rise of the loss, in times its start, beyond which the run is stopped; by default far beyond divergence. */
  readonly hopeless?: number;
  readonly onStep?: (step: number) => void;
}

export interface TrainingRun {
  /** Loss over all samples; the first is that of the start. */
  readonly curve: readonly { readonly step: number; readonly loss: number }[];
  /** The loss was above its start by a fifth at some time, or was no number any more. */
  readonly diverged: boolean;
  /** Largest loss seen; Infinity where it was no number. */
  readonly peak: number;
}

/** Rise of the loss over its start that counts as divergence. */
export const RISE = 0.2;
/** Beyond so many times the start nothing new is learnt: the run is stopped. */
const HOPELESS = 1e4;

/** (peak − start)/|start|, from 0 to where a run is stopped. */
export function relativeRise({ curve, peak }: TrainingRun): number {
  const start = curve[0]?.loss ?? NaN;
  return peak <= start ? 0 : Math.min(HOPELESS, (peak - start) / Math.abs(start));
}

/** `theta` is changed to where the run ends. */
export async function trainingRun(
  problem: BatchLoss,
  theta: Float64Array,
  step: OptimizerStep,
  settings: RunSettings,
): Promise<TrainingRun> {
  const { steps, learningRate, batchSize, sampleCount, every, hopeless = HOPELESS, onStep } = settings;
  const start = await problem.loss(theta);
  const curve = [{ step: 0, loss: start }];
  const seen = (at: number, loss: number): boolean => {
    curve.push({ step: at, loss: Number.isFinite(loss) ? loss : Infinity });
    return Number.isFinite(loss) && loss <= start + hopeless * Math.abs(start);
  };
  const isFull = batchSize >= sampleCount;
  for (let taken = 0; taken < steps; taken++) {
    const samples = drawn(sampleCount, batchSize, settings.random);
    const loss = await step(
      theta,
      {
        gradient: (at) => problem.gradient(at, samples),
        gaussNewton: (at, v) => problem.gaussNewton(at, samples, v),
      },
      typeof learningRate === 'number' ? learningRate : learningRate(taken),
    );
    onStep?.(taken + 1);
    // The batch of a full gradient is the whole loss: no further evaluation is needed.
    if (isFull && taken > 0 && !seen(taken, loss)) break;
    const due = taken + 1 === steps || (!isFull && (taken < every || (taken + 1) % every === 0));
    if (due && !seen(taken + 1, await problem.loss(theta))) break;
  }
  const peak = Math.max(...curve.map(({ loss }) => loss));
  return { curve, peak, diverged: !(peak <= start + RISE * Math.abs(start)) };
}

/** Samples drawn with replacement: as from a data set much larger than what is analysed. All samples, where a step takes as many. */
export function drawn(count: number, size: number, random: Random): readonly number[] {
  return size >= count
    ? Array.from({ length: count }, (_, i) => i)
    : Array.from({ length: size }, () => random.integer(count));
}
