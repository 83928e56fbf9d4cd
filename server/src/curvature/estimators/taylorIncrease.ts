import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { dot, norm, type Vector } from '../linearAlgebra/vector';
import type { Probed } from './hutchPlusPlus';

/** Rounding of one quadratic form, in roundoffs of ‖δ‖‖Hδ‖. */
const ROUNDING = 8;

/** `value` is g·δ + ½ δᵀHδ, the increase of the loss up to second order; `halfWidth` is the rounding of the product. */
export interface TaylorIncrease extends Probed {
  /** g·δ */
  readonly slope: number;
  /** δᵀHδ */
  readonly curvature: number;
}

/** Of every step δ. One product each. */
export async function taylorIncrease(
  hessian: LinearOperator,
  gradient: Vector,
  steps: readonly Float64Array[],
  onProgress?: (fraction: number) => void,
): Promise<TaylorIncrease[]> {
  const increases: TaylorIncrease[] = [];
  const block = Math.max(1, hessian.blockSize);
  for (let first = 0; first < steps.length; first += block) {
    const part = steps.slice(first, first + block);
    (await hessian.applyBlock(part)).forEach((product, i) => {
      const step = part[i] as Float64Array;
      const size = norm(step) * (norm(gradient) + norm(product) / 2);
      const [slope, curvature] = [dot(gradient, step), dot(step, product)];
      increases.push({
        slope,
        curvature,
        value: slope + curvature / 2,
        halfWidth: ROUNDING * hessian.roundoff * size,
      });
    });
    onProgress?.(increases.length / steps.length);
  }
  return increases;
}
