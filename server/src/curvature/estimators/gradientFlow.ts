/**
 * Gradient flow dθ/dt = −∇L(θ): training with infinitely small steps, followed until it settles (catalogue B7; Kreisler et al. 2023). Curvature makes it stiff, so that steps of an ordinary method would be as short as
 * those of gradient descent. A stabilised Runge–Kutta–Chebyshev step of s stages (second order; Sommeijer, Shampine and Verwer 1998) is stable up to h·λmax ≈ ⅔(s² − 1), which a step of s gradients
 * otherwise reaches with s alone.
 */
import { addScaled, norm, scaled } from '../linearAlgebra/vector';
import type { LossAndGradient } from '../operators/gradient';
import type { Random } from '../random';

export interface FlowOptions {
  /** Error of a step, relative to ‖θ‖. */
  readonly tolerance: number;
  /** The flow has settled where ‖∇L‖ is this share of its start. */
  readonly settled: number;
  readonly maxEvaluations: number;
  readonly random: Random;
  readonly onEvaluation?: (share: number) => void;
}

export interface Flow {
  readonly theta: Float64Array;
  /** Where ‖∇L‖ was last above ten times the wanted share. */
  readonly before: Float64Array;
  /** ‖∇L‖ at the end over that at the start. */
  readonly gradientShare: number;
  readonly evaluations: number;
  readonly curve: readonly { readonly time: number; readonly loss: number }[];
}

/** Damping of the stability polynomial. */
const EPSILON = 2 / 13;
const MOST_STAGES = 50;
/** What the norm of H is raised by, since power iterations see it from below. */
const MARGIN = 1.2;
const POWER_STEPS = 12;
/** Relative length of a difference of gradients. */
const DIFFERENCE = 1e-4;

/** `evaluate`: loss and gradient at θ. It ends where it has settled or the budget is spent, `gradientShare` tells which. */
export async function gradientFlow(
  evaluate: (theta: Float64Array) => Promise<LossAndGradient>,
  start: Float64Array,
  options: FlowOptions,
): Promise<Flow> {
  let evaluations = 0;
  const counted = async (theta: Float64Array): Promise<LossAndGradient> => {
    evaluations++;
    options.onEvaluation?.(Math.min(1, evaluations / options.maxEvaluations));
    return evaluate(theta);
  };
  let theta: Float64Array = Float64Array.from(start);
  let before = theta;
  let { loss, gradient } = await counted(theta);
  const first = norm(gradient);
  const curve = [{ time: 0, loss }];
  const curvature = new CurvatureNorm(counted, options.random.gaussianVector(start.length));
  let bound = await curvature.at(theta, gradient, POWER_STEPS);
  let [time, step] = [0, bound > 0 ? 1 / bound : 1];
  const share = (): number => (first > 0 ? norm(gradient) / first : 0);
  while (share() > options.settled && evaluations < options.maxEvaluations) {
    const stages = Math.max(2, Math.min(MOST_STAGES, 1 + Math.ceil(Math.sqrt(1 + 1.54 * step * bound))));
    const length = Math.min(step, (0.65 * (stages ** 2 - 1)) / Math.max(bound, Number.MIN_VALUE));
    const moved = await chebyshevStep(counted, theta, gradient, length, stages);
    const there = await counted(moved);
    const size = Math.max(norm(theta), norm(moved));
    const error = stepError(theta, moved, gradient, there.gradient, length) / (options.tolerance * size);
    const isTaken = error <= 1 && Number.isFinite(there.loss);
    if (isTaken) {
      time += length;
      if (share() > 10 * options.settled) before = theta;
      ({ loss, gradient } = there);
      theta = moved;
      curve.push({ time, loss });
    }
    step = length * (Number.isFinite(error) ? Math.min(3, Math.max(0.2, 0.8 * error ** (-1 / 3))) : 0.2);
    bound = await curvature.at(theta, gradient, isTaken ? 1 : POWER_STEPS);
  }
  return { theta, before, gradientShare: share(), evaluations, curve };
}

/** ‖H‖ at θ from below, by power iterations on differences of gradients that go on from point to point. */
class CurvatureNorm {
  constructor(
    private readonly evaluate: (theta: Float64Array) => Promise<LossAndGradient>,
    private direction: Float64Array,
  ) {}

  async at(theta: Float64Array, gradient: Float64Array, steps: number): Promise<number> {
    let value = 0;
    for (let i = 0; i < steps; i++) {
      const unit = scaled(this.direction, 1 / norm(this.direction));
      const length = DIFFERENCE * Math.max(norm(theta), 1);
      const moved = theta.slice();
      addScaled(moved, length, unit);
      const image = (await this.evaluate(moved)).gradient;
      addScaled(image, -1, gradient);
      value = norm(image) / length;
      if (!(value > 0) || !Number.isFinite(value)) return 0;
      this.direction = image;
    }
    return MARGIN * value;
  }
}

/** θ after `length`, by `stages` ≥ 2 gradients of which that at θ is known. */
async function chebyshevStep(
  evaluate: (theta: Float64Array) => Promise<LossAndGradient>,
  theta: Float64Array,
  gradient: Float64Array,
  length: number,
  stages: number,
): Promise<Float64Array> {
  const { w0, w1, values, b } = coefficients(stages);
  const at = (list: readonly number[], j: number): number => list[j] as number;
  let earlier = theta;
  let current: Float64Array = theta.slice();
  addScaled(current, -at(b, 1) * w1 * length, gradient);
  for (let j = 2; j <= stages; j++) {
    const mu = (2 * at(b, j) * w0) / at(b, j - 1);
    const nu = -at(b, j) / at(b, j - 2);
    const weight = (2 * at(b, j) * w1) / at(b, j - 1);
    const known = -(1 - at(b, j - 1) * at(values, j - 1)) * weight;
    const own = (await evaluate(current)).gradient;
    const next = scaled(theta, 1 - mu - nu);
    addScaled(next, mu, current);
    addScaled(next, nu, earlier);
    addScaled(next, -weight * length, own);
    addScaled(next, -known * length, gradient);
    [earlier, current] = [current, next];
  }
  return current;
}

/** Of the shifted Chebyshev polynomials b_jT_j(w₀ + w₁z), which agree with exp(z) to second order. */
function coefficients(stages: number): {
  readonly w0: number;
  readonly w1: number;
  /** T_j(w₀) */
  readonly values: readonly number[];
  readonly b: readonly number[];
} {
  const w0 = 1 + EPSILON / stages ** 2;
  // T_j, T_j′ and T_j″ at w₀.
  const values = [1, w0];
  const first = [0, 1];
  const second = [0, 0];
  const at = (list: readonly number[], j: number): number => list[j] as number;
  for (let j = 2; j <= stages; j++) {
    values.push(2 * w0 * at(values, j - 1) - at(values, j - 2));
    first.push(2 * at(values, j - 1) + 2 * w0 * at(first, j - 1) - at(first, j - 2));
    second.push(4 * at(first, j - 1) + 2 * w0 * at(second, j - 1) - at(second, j - 2));
  }
  const b = second.map((value, j) => value / at(first, j) ** 2);
  b[0] = b[1] = at(b, 2);
  return { w0, w1: at(first, stages) / at(second, stages), values, b };
}

/** ‖0.8(θ − θ′) − 0.4h(g + g′)‖, the third-order part of a step. */
function stepError(
  theta: Float64Array,
  moved: Float64Array,
  gradient: Float64Array,
  next: Float64Array,
  length: number,
): number {
  let sum = 0;
  for (let i = 0; i < theta.length; i++)
    sum +=
      (0.8 * ((theta[i] as number) - (moved[i] as number)) -
        0.4 * length * ((gradient[i] as number) + (next[i] as number))) **
      2;
  return Math.sqrt(sum);
}
