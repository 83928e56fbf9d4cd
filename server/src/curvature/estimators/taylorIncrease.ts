import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { dot, norm, type Vector } from '../linearAlgebra/vector';
import type { Probed } from './hutchPlusPlus';

/** Rounding of one quadratic form, in roundoffs of ‖δ‖‖Hδ‖. */
const ROUNDING = 8;

/** g·δ + ½ δᵀHδ of every step δ, with the rounding of the product: the increase of the loss up to second order. One product each. */
export async function taylorIncrease(
  hessian: LinearOperator,
  gradient: Vector,
  steps: readonly Float64Array[],
  onProgress?: (fraction: number) => void,
): Promise<Probed[]> {
  const increases: Probed[] = [];
  const block = Math.max(1, hessian.blockSize);
  for (let first = 0; first < steps.length; first += block) {
    const part = steps.slice(first, first + block);
    (await hessian.applyBlock(part)).forEach((product, i) => {
      const step = part[i] as Float64Array;
      const size = norm(step) * (norm(gradient) + norm(product) / 2);
      increases.push({
        value: dot(gradient, step) + dot(step, product) / 2,
        halfWidth: ROUNDING * hessian.roundoff * size,
      });
    });
    onProgress?.(increases.length / steps.length);
  }
  return increases;
}
