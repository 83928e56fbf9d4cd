/**
 * Eigenvalues of the mean of a distribution's matrices from a sample of them. The eigenvectors of a sample's mean follow its noise: to second order an eigenvalue of the mean lies Σⱼ Eⱼ²/(λ − λⱼ) off that of the
 * distribution (Kato; for sample covariances Lawley 1956), away from the others where it is extreme. The eigenvector of the other samples, put into the samples that it has not seen, is off by the same sum to the other side, as its
 * angle costs sin²·(λ − λⱼ) for each j: the mean of both has no error of second order. Where eigenvalues coincide there is no such expansion, but then every direction has the distribution's value,
 * and what was held out is right by itself. The interval holds both.
 */
import { symmetricEigen, type Eigendecomposition } from '../linearAlgebra/symmetric';
import { dot } from '../linearAlgebra/vector';
import type { Spread } from '../quantity';
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import { NORMAL95 } from '../statistics/studentT';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';

/**
 * 95 % error of a shift, in shifts: the sum of second order in the eigenvalue and the one that the halves tell of are of independent squares (of the sum and of the difference of the halves' noise) with the same mean. Each is a sum of a few, as of
 * two, whose standard deviation is its mean; that of the difference is √2 times as much.
 */
const SHIFT_ERROR = NORMAL95 * Math.SQRT2;

export interface HeldOutEigenvalues {
  /** Of the sample's mean, ascending. */
  readonly values: Float64Array;
  /** Its unit eigenvectors in the same order. */
  readonly vectors: readonly Float64Array[];
  /** 95 % error of one of the eigenvalues. */
  readonly spread: (rank: number) => Spread;
}

/** `matrices`: row-major k × k, two at least. */
export function heldOutEigenvalues(matrices: readonly Float64Array[], k: number, random: Random): HeldOutEigenvalues {
  const { values, vectors } = eigenOf(matrices, k);
  const [first, second] = halvesOf(matrices, random);
  const [ofFirst, ofSecond] = [eigenOf(first, k), eigenOf(second, k)];
  const spread = (rank: number): Spread => {
    const [u, v] = [ofFirst.vectors[rank] as Float64Array, ofSecond.vectors[rank] as Float64Array];
    const heldOut = [
      ...first.map((matrix) => quadraticForm(matrix, v)),
      ...second.map((matrix) => quadraticForm(matrix, u)),
    ];
    const ofHalves = ((ofFirst.values[rank] as number) + (ofSecond.values[rank] as number)) / 2;
    return spreadOf(values[rank] as number, ofHalves, Float64Array.from(heldOut), dot(u, v) ** 2, random);
  };
  return { values, vectors, spread };
}

/**
 * `heldOut`: uᵀHᵢu of every sample with u from the other half; `overlap`: of the halves' eigenvectors, squared. The halves have twice the error of second order, so that the distance to what was held out is four times that of all samples. The less
 * the eigenvectors of the halves agree, the less of the expansion is left: the interval then reaches to what was held out.
 */
function spreadOf(value: number, ofHalves: number, heldOut: Float64Array, overlap: number, random: Random): Spread {
  const { below, above } = studentisedBootstrap(heldOut, random);
  const shift = (mean(heldOut) - ofHalves) / 4;
  const apart = (1 - overlap ** 2) * (mean(heldOut) - value - shift);
  const error = SHIFT_ERROR * shift;
  return {
    shift,
    below: Math.hypot(below + Math.max(0, -apart), error),
    above: Math.hypot(above + Math.max(0, apart), error),
  };
}

/** By chance. */
function halvesOf<T>(items: readonly T[], random: Random): [T[], T[]] {
  const order = random.shuffled(items);
  const middle = order.length >> 1;
  return [order.slice(0, middle), order.slice(middle)];
}

function eigenOf(matrices: readonly Float64Array[], k: number): Eigendecomposition {
  const average = new Float64Array(k * k);
  for (const matrix of matrices)
    for (let e = 0; e < average.length; e++)
      average[e] = (average[e] as number) + (matrix[e] as number) / matrices.length;
  return symmetricEigen(Array.from({ length: k }, (_, a) => average.subarray(a * k, (a + 1) * k)));
}

function quadraticForm(matrix: Float64Array, u: Float64Array): number {
  const k = u.length;
  let sum = 0;
  for (let a = 0; a < k; a++) sum += (u[a] as number) * dot(matrix.subarray(a * k, (a + 1) * k), u);
  return sum;
}
