/** The mean loss of the samples seen so far: the first number of an analysis, long before all of them are through. */
import { combinedInterval, symmetricSpread, type Interval } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';

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
    const rounding = this.roundingOf(value);
    const interval: Interval =
      runs < 2
        ? { low: null, high: null, estimator: rounding, sampling: null }
        : combinedInterval(value, symmetricSpread(rounding), symmetricSpread(meanHalfWidth(this.losses)));
    return { value, interval, samples: this.samples };
  }
}
