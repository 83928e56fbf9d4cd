/** The mean loss of the samples seen so far: the first number of an analysis, long before all of them are through. */
import type { Engine } from '../../engine/engine';
import { createLossFunction } from '../operators/lossAt';
import type { Problem } from '../problem';
import { combinedInterval, symmetricSpread, type Interval } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import { subsetOf } from '../subproblem';

export interface LossSoFar {
  readonly value: number;
  /** Student's, over the means of runs of equal length; open where there is but one. */
  readonly interval: Interval;
  readonly samples: number;
}

/** `roundingOf`: error of the evaluation of a loss. */
export class LossMeter {
  private readonly losses: number[] = [];
  private samples = 0;

  constructor(private readonly roundingOf: (loss: number) => number) {}

  /** A run of `samples` samples had the mean loss `loss`. Undefined where it is not worth telling: runs may be thousands, and it is told at the first, the second, the fourth and so on. */
  add(samples: number, loss: number): LossSoFar | undefined {
    this.losses.push(loss);
    this.samples += samples;
    const runs = this.losses.length;
    if (!Number.isInteger(Math.log2(runs))) return undefined;
    const value = mean(this.losses);
    return { value, interval: intervalOf(value, this.losses, this.roundingOf(value)), samples: this.samples };
  }
}

function intervalOf(value: number, losses: readonly number[], rounding: number): Interval {
  if (losses.length < 2) return { low: null, high: null, estimator: rounding, sampling: null };
  return combinedInterval(value, symmetricSpread(rounding), symmetricSpread(meanHalfWidth(losses)));
}

/** Samples of the very first number. */
const FEW = 8;
/** Times as many samples from which on they are a small part of the work. */
const SMALL_PART = 16;

/** Whether the loss of a few samples is known long before that of all. */
export const isWorthAFirstLook = ({ separable, sampleCount }: Pick<Problem, 'separable' | 'sampleCount'>): boolean =>
  separable && sampleCount >= SMALL_PART * FEW;

/** Of the first samples alone, without a derivative, which would take as long as the rest of their run: Student's interval over their losses. */
export async function lossOfFew(
  problem: Problem,
  engine: Engine,
  roundingOf: (loss: number) => number,
): Promise<LossSoFar> {
  const samples = Math.min(FEW, problem.sampleCount);
  const few = subsetOf(
    problem,
    Array.from({ length: samples }, (_, i) => i),
  );
  const loss = await createLossFunction(few, engine, { batch: samples });
  try {
    const losses = [...(await loss.evaluate(problem.theta))];
    const value = mean(losses);
    return { value, interval: intervalOf(value, losses, roundingOf(value)), samples };
  } finally {
    loss.dispose();
  }
}
