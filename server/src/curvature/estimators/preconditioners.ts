/** Positive definite matrices P that optimizers divide by, known by P^(−½). */
import { derivedOperator, type LinearOperator } from '../linearAlgebra/linearOperator';
import type { Vector } from '../linearAlgebra/vector';
import { addScaled, dot } from '../linearAlgebra/vector';
import type { ParameterBlock } from '../problem';
import { MatrixPowers } from '../linearAlgebra/matrixPowers';
import { GradientMoments, type Gradients, type Matrix } from './gradientMoments';
import { applyKronecker, type Factors } from './kronecker';

/** v → P^(−½)v */
export type InverseRoot = (v: Vector) => Float64Array;

/** P diagonal, raised by `damping` times its mean as optimizers add ε to what they divide by. Throws `RangeError` where all are zero. */
export function diagonalRoot(diagonal: Float64Array, damping: number): InverseRoot {
  const added = (damping * diagonal.reduce((sum, p) => sum + p, 0)) / diagonal.length;
  if (!diagonal.some((p) => p > 0)) throw new RangeError('its diagonal is zero');
  const root = Float64Array.from(diagonal, (p) => 1 / Math.sqrt(p + added));
  return (v) => root.map((r, i) => r * (v[i] as number));
}

/** One Kronecker product per tensor, each P_l^(−½) = L ⊗ R. */
export function kroneckerRoot(blocks: readonly ParameterBlock[], factors: readonly Factors[]): InverseRoot {
  return (v) => {
    const result = new Float64Array(v.length);
    blocks.forEach(({ offset, size }, t) =>
      result.set(applyKronecker(factors[t] as Factors, v.subarray(offset, offset + size)), offset),
    );
    return result;
  };
}

/** P = |H| on the span of orthonormal eigenvectors, ρ beyond it: the low-rank preconditioner that PSGD tends to (Li 2018; Pooladzandi, Li 2024). */
export function lowRankRoot(
  pairs: readonly { readonly value: number; readonly vector: Vector }[],
  rest: number,
): InverseRoot {
  const outer = 1 / Math.sqrt(rest);
  return (v) => {
    const result = Float64Array.from(v, (x) => outer * x);
    for (const { value, vector } of pairs)
      addScaled(result, (1 / Math.sqrt(Math.abs(value)) - outer) * dot(vector, v), vector);
    return result;
  };
}

const FIT_STEPS = 6;

/**
 * PSGD's Kronecker preconditioner of one tensor at its optimum: with h = Hz for random z, the criterion E[hᵀQh + zᵀQ⁻¹z] over Q = P⁻¹ = A ⊗ B is least, in each factor, at A =
 * (E[H B Hᵀ]/tr B⁻¹)^(−½), B likewise (Li 2018, Preconditioned Stochastic Gradient Descent). Returns P^(−½) = A^½ ⊗ B^½. Products are not all zero.
 */
export function psgdFactors(products: Gradients, damping: number): Factors {
  const moments = new GradientMoments(products);
  // Of a factor: its powers are those of what it is the inverse root of.
  const factorOf = (moment: Matrix, inverseTrace: number): MatrixPowers =>
    new MatrixPowers(
      moment.map((row) => row.map((x) => x / inverseTrace)),
      damping,
    );
  let left = factorOf(moments.left(), products.columns);
  let right = factorOf(moments.right(left.power(-0.5)), left.trace(0.5));
  for (let step = 1; step < FIT_STEPS; step++) {
    left = factorOf(moments.left(right.power(-0.5)), right.trace(0.5));
    right = factorOf(moments.right(left.power(-0.5)), left.trace(0.5));
  }
  return { left: left.power(-0.25), right: right.power(-0.25) };
}

/** P^(−½)HP^(−½); shares the products of `hessian`. */
export const rootPreconditioned = (hessian: LinearOperator, root: InverseRoot): LinearOperator =>
  derivedOperator(hessian, async (vectors) => (await hessian.applyBlock(vectors.map(root))).map(root));
