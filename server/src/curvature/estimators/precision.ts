/** How far the products of one arithmetic are from those of a more precise one. */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import type { Vector } from '../linearAlgebra/vector';
import { addScaled, dot, norm } from '../linearAlgebra/vector';
import { mean, variance } from '../statistics/moments';
import { studentT95 } from '../statistics/studentT';

export interface ProductDifference {
  /** vᵀHv, of the precise products. */
  readonly curvature: number;
  /** ‖Hv‖, of the precise products. */
  readonly length: number;
  /** ‖(Ĥ − H)v‖ */
  readonly difference: number;
}

/** One per direction of length 1. */
export async function productDifferences(
  precise: LinearOperator,
  rounded: LinearOperator,
  directions: readonly Vector[],
): Promise<ProductDifference[]> {
  const exact = await precise.applyBlock(directions);
  const other = await rounded.applyBlock(directions);
  return directions.map((v, k) => {
    const [product, error] = [exact[k] as Float64Array, other[k] as Float64Array];
    const curvature = dot(v, product);
    addScaled(error, -1, product);
    return { curvature, length: norm(product), difference: norm(error) };
  });
}

export interface RelativeError {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * √(E‖(Ĥ − H)v‖²/E‖Hv‖²), which is ‖Ĥ − H‖_F/‖H‖_F, from differences along random directions, with a 95 % interval by Student's t on the logarithm of the
 * ratio of means. Undefined where all products are zero.
 */
export function relativeError(differences: readonly ProductDifference[]): RelativeError | undefined {
  const errors = differences.map(({ difference }) => difference ** 2);
  const lengths = differences.map(({ length }) => length ** 2);
  const [error, length] = [mean(errors), mean(lengths)];
  if (length === 0) return undefined;
  const value = Math.sqrt(error / length);
  if (error === 0) return { value: 0, low: 0, high: 0 };
  const influences = errors.map((own, i) => own / error - (lengths[i] as number) / length);
  const n = influences.length;
  const half = (studentT95(n - 1) / 2) * Math.sqrt(variance(influences) / n);
  return { value, low: value * Math.exp(-half), high: value * Math.exp(half) };
}
