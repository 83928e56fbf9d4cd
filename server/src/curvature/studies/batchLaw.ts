/** What the law of B4 says of one batch size. */
import { scaledQuantity, withInterval } from '../analysis/quantities';
import type { FoundOptimizer } from '../analysis/stability';
import { eigenvalueOfBatch, thresholdBatch } from '../estimators/spikedLaw';
import { short } from '../numberText';
import { valueOf, type Quantity } from '../quantity';
import { StudyRefusal } from './study';

export const BATCH_MARK = 'batch size';
const USUAL_BATCH = 32;

/** c = pσ² and its limits. */
export interface HessianNoise {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly method: string;
  readonly hvps: number;
}

export function noiseOf(quantity: Quantity | undefined): HessianNoise | undefined {
  if (quantity === undefined || 'notComputed' in quantity) return undefined;
  const { value, interval, method, hvps } = quantity;
  return { value, low: Math.max(0, interval.low ?? 0), high: interval.high ?? Infinity, method, hvps };
}

interface Circumstances {
  readonly optimizer: FoundOptimizer | null;
  readonly samples: number;
  readonly quantity: (id: string) => Quantity | undefined;
}

export function atBatch(
  { optimizer, samples, quantity }: Circumstances,
  lambda: number,
  noise: HessianNoise,
): { readonly batch: number; readonly quantities: readonly Quantity[]; readonly remarks: readonly string[] } {
  const batch = optimizer?.batchSize ?? USUAL_BATCH;
  const at = (c: number): number => eigenvalueOfBatch(lambda, c, batch);
  const [value, low, high] = [at(noise.value), at(noise.low), at(noise.high)];
  const ofBatch = withInterval(
    'B4.lambdaBatch',
    value,
    { low, high, estimator: (high - low) / 2, sampling: null },
    { method: `${noise.method}; B = ${batch}` },
    { hvps: noise.hvps, samples },
  );
  // The limit of the full gradient, smaller by what the eigenvalue is larger.
  const own = optimizer?.adaptive === undefined ? quantity('B1.limit') : undefined;
  const whole = own !== undefined && 'value' in own ? own : quantity('B1.limitGradientDescent');
  if (whole === undefined) throw new StudyRefusal('needs the limit of the full gradient (B1)');
  const limit = scaledQuantity('B4.limitAtBatch', whole, lambda / value);
  const rate = valueOf(limit);
  return {
    batch,
    quantities: [ofBatch, limit],
    remarks: [
      `The Hessian of a batch of ${batch} has its largest eigenvalue at ${short(value)} instead of ${short(lambda)}; below ${short(Math.ceil(thresholdBatch(lambda, noise.value)))} samples the noise of batches hides the eigenvalue altogether.`,
      ...(rate === undefined ? [] : [`Batches of ${batch} then allow learning rates up to ${short(rate)}.`]),
    ],
  };
}
