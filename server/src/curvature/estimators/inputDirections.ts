/**
 * Principal directions of the inputs: leading eigenvectors u of E[JᵀJ], J = ∂f/∂x of a sample. Displacing every input by a length along u moves the outputs by √(uᵀE[JᵀJ]u) times it, in the root mean square over
 * samples, and no direction by more. (Of a denoiser J itself is symmetric, and its eigenvectors are the principal directions of what it is uncertain about: Manor and Michaeli 2024.)
 */
import { functionOperator, type LinearOperator } from '../linearAlgebra/linearOperator';
import { addScaled, dot, type Vector } from '../linearAlgebra/vector';
import type { Random } from '../random';
import { lanczos } from './lanczos';

export interface InputDirection {
  /** uᵀE[JᵀJ]u */
  readonly square: number;
  /** Bound of its error. */
  readonly error: number;
  readonly vector: Float64Array;
  /** ‖Jᵢu‖² of every sample. Their mean is `square`, and to first order their scatter is that of the eigenvalue. */
  readonly perSample: Float64Array;
}

export interface InputDirections {
  /** Largest first. */
  readonly directions: readonly InputDirection[];
  /** ‖Jᵢ‖_F² of every sample. */
  readonly squares: Float64Array;
}

/** `jacobians`: of every sample C rows of d. */
export async function inputDirections(
  jacobians: readonly (readonly Vector[])[],
  options: {
    readonly top: number;
    readonly tolerance: number;
    readonly maxApplications: number;
    readonly random: Random;
  },
): Promise<InputDirections> {
  const operator = meanSquare(jacobians);
  const { top } = await lanczos(operator, {
    ...options,
    top: Math.min(options.top, operator.size),
    bottom: 0,
    maxBasis: Math.min(operator.size, options.maxApplications),
    block: 1,
    sketch: 0,
  });
  return {
    directions: top.map(({ value, error, vector }) => ({
      square: Math.max(0, value),
      error,
      vector,
      perSample: Float64Array.from(jacobians, (rows) => rows.reduce((sum, row) => sum + dot(row, vector) ** 2, 0)),
    })),
    squares: Float64Array.from(jacobians, (rows) => rows.reduce((sum, row) => sum + dot(row, row), 0)),
  };
}

/** v ↦ E[JᵀJ]v */
const meanSquare = (jacobians: readonly (readonly Vector[])[]): LinearOperator =>
  functionOperator(jacobians[0]?.[0]?.length ?? 0, (v) => {
    const image = new Float64Array(v.length);
    for (const rows of jacobians) for (const row of rows) addScaled(image, dot(row, v) / jacobians.length, row);
    return image;
  });
