/**
 * Checks against silently wrong numbers, a few evaluations each. A difference quotient has two errors, rounding ε/h and truncation h²; it is formed
 * at several steps h, and where two neighbouring steps agree among themselves but not with the derivative, the derivative is wrong. Where
 * no two steps agree (a network with kinks in float32) the check says that it could not tell.
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { combination, dot, norm, scaled } from '../linearAlgebra/vector';
import type { GradientFunction } from '../operators/gradient';
import type { Random } from '../random';
import type { GuardResult } from '../result';

/** Rounding of a whole network's evaluation, in units of the arithmetic's roundoff: sums of thousands of terms. */
const EVALUATION_ROUNDING = 200;
/** Relative disagreement with a settled difference quotient that counts as wrong, however precise the arithmetic. */
const SMALLEST_ERROR = 1e-3;

/** uᵀHv = vᵀHu for random u, v: fails for a transposition or a batching that went wrong. */
export async function symmetryGuard(operator: LinearOperator, random: Random): Promise<GuardResult> {
  const [u, v] = [random.gaussianVector(operator.size), random.gaussianVector(operator.size)];
  const [hu, hv] = (await operator.applyBlock([u, v])) as [Float64Array, Float64Array];
  const [uhv, vhu] = [dot(u, hv), dot(v, hu)];
  // Random vectors are nearly orthogonal to Hv: the scale is what the form could be.
  const scale = Math.max(norm(u) * norm(hv), norm(v) * norm(hu));
  const deviation = scale === 0 ? 0 : Math.abs(uhv - vhu) / scale;
  const tolerance = EVALUATION_ROUNDING * operator.roundoff;
  return {
    name: 'symmetry',
    verdict: deviation <= tolerance ? 'passed' : 'failed',
    deviation,
    tolerance,
    explanation: `uᵀHv = ${uhv.toPrecision(8)}, vᵀHu = ${vhu.toPrecision(8)} for random u, v`,
  };
}

/** A difference quotient at one step. */
interface Quotient {
  readonly step: number;
  readonly value: Float64Array;
  /** What rounding may do to it. */
  readonly rounding: number;
}

/** Compares a derivative with difference quotients at shrinking steps, until two of them agree with each other and with it. */
async function compareAt(
  steps: readonly number[],
  quotientAt: (step: number) => Promise<Quotient>,
  derivative: Float64Array,
  { name, what }: { readonly name: GuardResult['name']; readonly what: string },
): Promise<GuardResult> {
  const quotients: Quotient[] = [];
  for (const step of steps) {
    quotients.push(await quotientAt(step));
    if (quotients.length < 2) continue;
    const result = compare(name, derivative, quotients, what);
    if (result.verdict === 'passed' || quotients.length === steps.length) return result;
  }
  throw new RangeError('a derivative is compared at no less than two steps');
}

/** `quotients`: at least two, at steps that shrink. */
function compare(
  name: GuardResult['name'],
  derivative: Float64Array,
  quotients: readonly Quotient[],
  what: string,
): GuardResult {
  const scale = Math.max(norm(derivative), ...quotients.map(({ value }) => norm(value)));
  const distance = (a: Float64Array, b: Float64Array): number => norm(combination([a, b], [1, -1])) / (scale || 1);
  const candidates = quotients.slice(1).map((quotient, i) => {
    const former = quotients[i] as Quotient;
    const spread = distance(quotient.value, former.value);
    const rounding = Math.max(quotient.rounding, former.rounding) / (scale || 1);
    return {
      deviation: Math.min(distance(quotient.value, derivative), distance(former.value, derivative)),
      tolerance: 3 * spread + rounding + SMALLEST_ERROR,
      settled: spread + rounding < 0.1,
      step: quotient.step,
    };
  });
  const best = candidates.reduce((a, b) => (b.tolerance < a.tolerance ? b : a));
  const passed = candidates.some(({ deviation, tolerance, settled }) => settled && deviation <= tolerance);
  const verdict = passed ? 'passed' : best.settled ? 'failed' : 'inconclusive';
  return {
    name,
    verdict,
    deviation: best.deviation,
    tolerance: best.tolerance,
    explanation: `${what} against a central difference with step ${best.step.toPrecision(2)}`,
  };
}

/** Steps from about the cube root of the roundoff (optimal for a smooth function) downwards and upwards. */
function steps(roundoff: number, thetaNorm: number): number[] {
  const best = Math.cbrt(roundoff) * Math.max(1, 0.1 * thetaNorm);
  return [4 * best, 2 * best, best, best / 4, best / 16];
}

/** Hv against (g(θ + hv) − g(θ − hv))/2h; `v` of length 1, best with strong curvature along it. */
export async function hessianDifferenceGuard(
  operator: LinearOperator,
  gradient: GradientFunction,
  theta: Float64Array,
  v: Float64Array,
): Promise<GuardResult> {
  const [product] = (await operator.applyBlock([v])) as [Float64Array];
  const quotientAt = async (step: number): Promise<Quotient> => {
    const up = (await gradient.evaluate(combination([theta, v], [1, step]))).gradient;
    const down = (await gradient.evaluate(combination([theta, v], [1, -step]))).gradient;
    const rounding = (EVALUATION_ROUNDING * operator.roundoff * norm(up)) / step;
    return { step, value: combination([up, down], [0.5 / step, -0.5 / step]), rounding };
  };
  return compareAt(steps(operator.roundoff, norm(theta)), quotientAt, product, {
    name: 'hessianDifference',
    what: 'Hv along the strongest curvature',
  });
}

/** ‖g‖ against the slope of the loss along g. */
export async function gradientDifferenceGuard(
  gradient: GradientFunction,
  theta: Float64Array,
  roundoff: number,
): Promise<GuardResult> {
  const { gradient: g } = await gradient.evaluate(theta);
  const length = norm(g);
  if (length === 0)
    return {
      name: 'gradientDifference',
      verdict: 'passed',
      deviation: 0,
      tolerance: 0,
      explanation: 'the gradient is zero',
    };
  const direction = scaled(g, 1 / length);
  const quotientAt = async (step: number): Promise<Quotient> => {
    const up = (await gradient.evaluate(combination([theta, direction], [1, step]))).loss;
    const down = (await gradient.evaluate(combination([theta, direction], [1, -step]))).loss;
    const rounding = (EVALUATION_ROUNDING * roundoff * Math.max(Math.abs(up), Math.abs(down))) / step;
    return { step, value: Float64Array.of((up - down) / (2 * step)), rounding };
  };
  return compareAt(steps(roundoff, norm(theta)), quotientAt, Float64Array.of(length), {
    name: 'gradientDifference',
    what: 'the slope of the loss along the gradient',
  });
}
