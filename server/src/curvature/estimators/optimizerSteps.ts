/** Steps of optimizers as torch.optim takes them, on one flat vector of parameters. What they are given to start from they change. */
import type { LossAndGradient } from '../operators/gradient';
import { addScaled, dot, norm } from '../linearAlgebra/vector';
import { lookAhead, type AdagradSettings, type AdamSettings, type RmspropSettings } from './adaptiveStability';
import type { MomentumSettings } from './stability';

/** What a step may ask of the batch that it is taken on. */
export interface StepBatch {
  gradient(theta: Float64Array): Promise<LossAndGradient>;
  /** Gauss–Newton matrix at θ times v. */
  gaussNewton(theta: Float64Array, v: Float64Array): Promise<Float64Array>;
}

/** Changes θ in place and keeps its own state; gives the batch's loss before the step. */
export type OptimizerStep = (theta: Float64Array, batch: StepBatch, learningRate: number) => Promise<number>;

/** SGD with momentum, dampening, Nesterov and L2 weight decay. `buffer`: momentum from a checkpoint. */
export function momentumStep(settings: MomentumSettings, buffer?: Float64Array): OptimizerStep {
  const { momentum, nesterov, dampening, weightDecay } = settings;
  let velocity = buffer;
  return async (theta, batch, learningRate) => {
    const { loss, gradient } = await batch.gradient(theta);
    addScaled(gradient, weightDecay, theta);
    if (momentum === 0) {
      addScaled(theta, -learningRate, gradient);
      return loss;
    }
    const moved: Float64Array =
      velocity === undefined ? Float64Array.from(gradient) : decayed(velocity, momentum, 1 - dampening, gradient);
    if (nesterov) addScaled(theta, -learningRate, gradient);
    addScaled(theta, -learningRate * (nesterov ? momentum : 1), moved);
    velocity = moved;
    return loss;
  };
}

/** βv + cg, in v. */
function decayed(v: Float64Array, beta: number, c: number, g: Float64Array): Float64Array {
  for (let i = 0; i < v.length; i++) v[i] = beta * (v[i] as number) + c * (g[i] as number);
  return v;
}

/** Changed by every step, so that its owner can look at it. */
export interface AdamState {
  readonly first: Float64Array;
  readonly second: Float64Array;
  step: number;
}

export const emptyAdamState = (size: number): AdamState => ({
  first: new Float64Array(size),
  second: new Float64Array(size),
  step: 0,
});

/** Adam, AdamW and NAdam. */
export function adamStep(settings: AdamSettings, weightDecay: number, given?: AdamState): OptimizerStep {
  const { beta1, beta2, eps, decoupled, momentumDecay } = settings;
  let state = given;
  let product = 1;
  for (let t = 1; t <= (given?.step ?? 0) && momentumDecay !== null; t++) product *= lookAhead(settings, t);
  return async (theta, batch, learningRate) => {
    const { loss, gradient } = await batch.gradient(theta);
    state ??= emptyAdamState(theta.length);
    const { first, second } = state;
    const step = ++state.step;
    const mu = lookAhead(settings, step);
    const next = lookAhead(settings, step + 1);
    product *= mu;
    const correction = 1 - beta2 ** step;
    const [ofMean, ofGradient] =
      momentumDecay === null ? [1 / (1 - beta1 ** step), 0] : [next / (1 - product * next), (1 - mu) / (1 - product)];
    for (let i = 0; i < theta.length; i++) {
      const weight = theta[i] as number;
      const g = (gradient[i] as number) + (decoupled ? 0 : weightDecay * weight);
      const m = (first[i] = beta1 * (first[i] as number) + (1 - beta1) * g);
      const v = (second[i] = beta2 * (second[i] as number) + (1 - beta2) * g * g);
      const kept = decoupled ? weight * (1 - learningRate * weightDecay) : weight;
      theta[i] = kept - (learningRate * (ofMean * m + ofGradient * g)) / (Math.sqrt(v / correction) + eps);
    }
    return loss;
  };
}

export function rmspropStep(settings: RmspropSettings, weightDecay: number, meanSquare?: Float64Array): OptimizerStep {
  const { alpha, eps, momentum, centered } = settings;
  let square = meanSquare;
  let average: Float64Array | undefined;
  let velocity: Float64Array | undefined;
  return async (theta, batch, learningRate) => {
    const { loss, gradient } = await batch.gradient(theta);
    const size = theta.length;
    square ??= new Float64Array(size);
    average ??= new Float64Array(size);
    velocity ??= new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const g = (gradient[i] as number) + weightDecay * (theta[i] as number);
      const v = (square[i] = alpha * (square[i] as number) + (1 - alpha) * g * g);
      const mean = (average[i] = alpha * (average[i] as number) + (1 - alpha) * g);
      const scale = Math.sqrt(Math.max(0, centered ? v - mean * mean : v)) + eps;
      velocity[i] = momentum * (velocity[i] as number) + g / scale;
      theta[i] = (theta[i] as number) - learningRate * (velocity[i] as number);
    }
    return loss;
  };
}

export function adagradStep(
  settings: AdagradSettings,
  weightDecay: number,
  state?: { sum: Float64Array; step: number },
): OptimizerStep {
  const { eps, learningRateDecay, initialAccumulator } = settings;
  let sum = state?.sum;
  let step = state?.step ?? 0;
  return async (theta, batch, learningRate) => {
    const { loss, gradient } = await batch.gradient(theta);
    sum ??= new Float64Array(theta.length).fill(initialAccumulator);
    const rate = learningRate / (1 + step++ * learningRateDecay);
    for (let i = 0; i < theta.length; i++) {
      const g = (gradient[i] as number) + weightDecay * (theta[i] as number);
      const squares = (sum[i] = (sum[i] as number) + g * g);
      theta[i] = (theta[i] as number) - (rate * g) / (Math.sqrt(squares) + eps);
    }
    return loss;
  };
}

/** Sharpness-aware minimisation (Foret et al. 2021): the step of `inner` with the gradient at θ + ρg/‖g‖. */
export const sharpnessAwareStep =
  (inner: OptimizerStep, radius: number): OptimizerStep =>
  async (theta, batch, learningRate) => {
    const here = await batch.gradient(theta);
    const length = norm(here.gradient);
    const moved = Float64Array.from(theta);
    addScaled(moved, length === 0 ? 0 : radius / length, here.gradient);
    const beside: StepBatch = { ...batch, gradient: () => batch.gradient(moved) };
    await inner(theta, beside, learningRate);
    return here.loss;
  };

/** (G + damping·I)d = g by at most `iterations` of conjugate gradients, then θ ← θ − ηd. */
export const gaussNewtonStep =
  (damping: number, iterations: number): OptimizerStep =>
  async (theta, batch, learningRate) => {
    const { loss, gradient } = await batch.gradient(theta);
    const step = new Float64Array(theta.length);
    const residual = Float64Array.from(gradient);
    const direction = Float64Array.from(gradient);
    const start = dot(gradient, gradient);
    let square = start;
    for (let i = 0; i < iterations && square > 1e-8 * start; i++) {
      const image = await batch.gaussNewton(theta, direction);
      addScaled(image, damping, direction);
      const length = square / dot(direction, image);
      addScaled(step, length, direction);
      addScaled(residual, -length, image);
      const next = dot(residual, residual);
      for (let j = 0; j < direction.length; j++)
        direction[j] = (residual[j] as number) + (next / square) * (direction[j] as number);
      square = next;
    }
    addScaled(theta, -learningRate, step);
    return loss;
  };
