/**
 * What the choice of samples leaves open of tr(C f(H)), C the covariance of the gradients of single samples and H their mean Hessian, both from the same samples: a jackknife over groups of them. Without a group
 * both are those of the other samples, so that it counts how far the inverse of a sampled H is from that of the distribution, to which small eigenvalues contribute most.
 */
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import { dot, type Vector } from '../linearAlgebra/vector';
import type { Limited } from '../statistics/jackknifeLimits';
import { mean, variance } from '../statistics/moments';
import { studentT95 } from '../statistics/studentT';

/** Samples that are left out together. */
export interface SampleGroup {
  /** Of each sample. */
  readonly gradients: readonly Vector[];
  /** Rows of the mean Hessian of the group. */
  readonly hessian: readonly Vector[];
}

/** tr(C f(H)) of all samples of the groups. */
export function noiseThrough(groups: readonly SampleGroup[], f: (eigenvalue: number) => number): number {
  const gradients = groups.flatMap((group) => group.gradients);
  const { values, vector } = partialSymmetricEigen(meanOf(groups));
  return values.reduce((sum, value, k) => {
    const direction = vector(k);
    return sum + f(value) * variance(Float64Array.from(gradients, (gradient) => dot(gradient, direction)));
  }, 0);
}

function meanOf(groups: readonly SampleGroup[]): Float64Array[] {
  const samples = groups.reduce((sum, { gradients }) => sum + gradients.length, 0);
  const size = groups[0]?.hessian.length ?? 0;
  const rows = Array.from({ length: size }, () => new Float64Array(size));
  for (const { gradients, hessian } of groups)
    hessian.forEach((row, i) => {
      const sum = rows[i] as Float64Array;
      row.forEach((entry, j) => (sum[j] = (sum[j] as number) + (entry * gradients.length) / samples));
    });
  return rows;
}

/**
 * 95 % limits of tr(C f(H)) > 0 of the distribution: Student's of the jackknife pseudo-values of its logarithm (Tukey 1958), which also take out the bias of the inverse, of the order of parameters over samples.
 * Undefined where a group has all of it, so that its logarithm without it is not finite.
 */
export function noiseLimits(groups: readonly SampleGroup[], f: (eigenvalue: number) => number): Limited | undefined {
  const count = groups.length;
  const value = noiseThrough(groups, f);
  const pseudo = groups.map((_, left) => {
    const others = groups.filter((__, g) => g !== left);
    return count * Math.log(value) - (count - 1) * Math.log(noiseThrough(others, f));
  });
  if (!pseudo.every(Number.isFinite)) return undefined;
  const half = studentT95(count - 1) * Math.sqrt(variance(pseudo) / count);
  const centre = mean(pseudo);
  return {
    value,
    low: Math.min(value, Math.exp(centre - half)),
    high: Math.max(value, Math.exp(centre + half)),
  };
}
