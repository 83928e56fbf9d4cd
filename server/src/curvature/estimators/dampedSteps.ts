/**
 * Damped Newton steps δ = −(H + αI)⁻¹g for every damping α from one Krylov space of the gradient: the space is the same for all α (Hestenes and Stiefel 1952; Conn, Gould, Toint 2000,
 * Trust-Region Methods, § 7.5).
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';
import { symmetricEigen } from '../linearAlgebra/symmetric';
import { combination, dot } from '../linearAlgebra/vector';

export interface DampedStep {
  readonly step: Float64Array;
  /** −g·δ − ½δᵀHδ, the decrease of the quadratic model. */
  readonly predicted: number;
}

export class DampedSteps {
  private constructor(
    private readonly basis: readonly Float64Array[],
    private readonly size: number,
    private readonly eigen: ReturnType<typeof symmetricEigen>,
  ) {}

  /** One product per dimension. Throws `RangeError` for a gradient of zero. */
  static async make(hessian: LinearOperator, gradient: Float64Array, dimensions: number): Promise<DampedSteps> {
    const first = gradient.slice();
    const size = normalise(first);
    if (!(size > 0)) throw new RangeError('the gradient is zero: there is no step');
    const basis: Float64Array[] = [first];
    const projected: Float64Array[] = [];
    for (let k = 0; k < dimensions; k++) {
      const [image] = await hessian.applyBlock([basis[k] as Float64Array]);
      const next = Float64Array.from(image as Float64Array);
      projected.push(
        Float64Array.from({ length: dimensions }, (_, j) => (j <= k ? dot(next, basis[j] as Float64Array) : 0)),
      );
      if (k + 1 === dimensions) break;
      const before = Math.sqrt(dot(next, next));
      orthogonalise(next, basis);
      if (!(normalise(next) > 1e-10 * before)) break;
      basis.push(next);
    }
    const count = basis.length;
    const rows = projected
      .slice(0, count)
      .map((row, i) =>
        Float64Array.from({ length: count }, (_, j) => (j <= i ? (row[j] as number) : (projected[j]?.[i] ?? 0))),
      );
    return new DampedSteps(basis, size, symmetricEigen(rows));
  }

  /** Smallest Ritz value: with α ≤ −this the step is no minimum of the model. */
  get lowest(): number {
    return this.eigen.values[0] as number;
  }

  get largest(): number {
    return this.eigen.values.at(-1) as number;
  }

  at(damping: number): DampedStep {
    const { values, vectors } = this.eigen;
    const coefficients = new Float64Array(this.basis.length);
    let predicted = 0;
    vectors.forEach((vector, k) => {
      const value = values[k] as number;
      // The gradient's component along this Ritz vector, and the step's.
      const slope = this.size * (vector[0] as number);
      const along = -slope / (value + damping);
      predicted -= slope * along + (value * along * along) / 2;
      vector.forEach((x, i) => (coefficients[i] = (coefficients[i] as number) + along * x));
    });
    return { step: combination(this.basis, coefficients), predicted };
  }
}

export interface DampingFound {
  readonly damping: number;
  /** A damping that is too small; 0 where none was. */
  readonly tooSmall: number;
  readonly ratio: number;
  readonly tried: readonly { readonly damping: number; readonly ratio: number }[];
}

/** Ratios of actual and predicted decrease that count as agreement. */
export const AGREEMENT = [0.75, 1.25] as const;
const PER_DECADE = 2;
const DECADES_ABOVE = 3;
const DECADES_BELOW = 6;
const BISECTIONS = 4;

/**
 * The smallest damping down to which predicted and actual decrease agree, from large dampings on: undefined where they do not even agree for the largest, a short step along the
 * gradient.
 */
export async function agreeingDamping(
  steps: DampedSteps,
  decrease: (step: Float64Array) => Promise<number>,
): Promise<DampingFound | undefined> {
  const tried: { damping: number; ratio: number }[] = [];
  const scale = Math.max(Math.abs(steps.largest), Math.abs(steps.lowest));
  const least = Math.max(scale * 10 ** -DECADES_BELOW, -steps.lowest * (1 + 1e-3));
  const ratioAt = async (damping: number): Promise<number> => {
    const { step, predicted } = steps.at(damping);
    const ratio = (await decrease(step)) / predicted;
    tried.push({ damping, ratio });
    return ratio;
  };
  const agrees = (ratio: number): boolean => ratio >= AGREEMENT[0] && ratio <= AGREEMENT[1];
  let found: { damping: number; ratio: number } | undefined;
  let tooSmall = 0;
  for (let k = PER_DECADE * DECADES_ABOVE; k >= -PER_DECADE * DECADES_BELOW; k--) {
    const damping = scale * 10 ** (k / PER_DECADE);
    if (damping < least) break;
    const ratio = await ratioAt(damping);
    if (!agrees(ratio)) {
      tooSmall = damping;
      break;
    }
    found = { damping, ratio };
  }
  if (found === undefined) return undefined;
  for (let k = 0; tooSmall > 0 && k < BISECTIONS; k++) {
    const damping = Math.sqrt(tooSmall * found.damping);
    const ratio = await ratioAt(damping);
    if (agrees(ratio)) found = { damping, ratio };
    else tooSmall = damping;
  }
  return { ...found, tooSmall, tried };
}
