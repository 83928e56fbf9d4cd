/** The mean loss of the samples seen so far: the first number of an analysis, long before all of them are through. */
import { combinedInterval, symmetricSpread, type Interval } from '../quantity';
import { studentT95 } from '../statistics/studentT';
import { mean, variance } from '../statistics/moments';

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

  /** A run of `samples` samples had the mean loss `loss`. */
  add(samples: number, loss: number): LossSoFar {
    this.losses.push(loss);
    this.samples += samples;
    const runs = this.losses.length;
    const value = mean(this.losses);
    const interval: Interval =
      runs < 2
        ? { low: null, high: null, estimator: this.roundingOf(value), sampling: null }
        : combinedInterval(
            value,
            symmetricSpread(this.roundingOf(value)),
            symmetricSpread(studentT95(runs - 1) * Math.sqrt(variance(this.losses) / runs)),
          );
    return { value, interval, samples: this.samples };
  }
}
