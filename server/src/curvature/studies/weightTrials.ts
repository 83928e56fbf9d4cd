/** E4's trials: every weight tensor quantised and pruned by itself, with what the curvature predicts and what the loss does. */
import { cubicRemainder, trustedLength } from '../estimators/cubicRemainder';
import { taylorIncrease, type TaylorIncrease } from '../estimators/taylorIncrease';
import { quantised, squaredDistance } from '../estimators/uniformQuantiser';
import { dot } from '../linearAlgebra/vector';
import { mean } from '../statistics/moments';
import { measuredChanges, predictedChanges, type LossChange } from './lossChanges';
import type { StudyContext } from './study';
import type { WeightTensor } from './weightTensors';

/** Changes of one tensor; the first is the one whose numbers are quantities of their own. */
export const CHANGES = [
  { name: '4 bits', bits: 4 },
  { name: '3 bits', bits: 3 },
  { name: '2 bits', bits: 2 },
  { name: 'half of the weights pruned', sparsity: 0.5 },
] as const;
export type Change = (typeof CHANGES)[number];

/** Share of its prediction that the cubic term may have for the quadratic model to be trusted. */
export const TRUSTED = 0.25;

export interface Trial {
  readonly tensor: WeightTensor;
  readonly change: Change;
  readonly step: Float64Array;
  /** ½Ω of HAWQ: the trace's share; undefined for pruning. */
  readonly byTrace: number | undefined;
}

export interface Tried extends Trial {
  /** By the model's outputs expanded along the change. */
  readonly predicted: LossChange;
  readonly quadratic: TaylorIncrease;
  /** The quadratic model with the curvature halfway, too. */
  readonly alongChange: number;
  /** How far the quadratic model is trusted, in units of the change. */
  readonly trusted: number;
  readonly measured: LossChange;
}

export function trialOf({ problem, traces, layers }: StudyContext, tensor: WeightTensor, change: Change): Trial {
  const { offset, size } = tensor.block;
  const weights = problem.theta.slice(offset, offset + size);
  const changed =
    'bits' in change ? quantised(weights, change.bits, tensor.channels) : withoutSmallest(weights, change.sparsity);
  const step = new Float64Array(problem.theta.length);
  for (let i = 0; i < size; i++) step[offset + i] = (changed[i] as number) - (weights[i] as number);
  const trace = traces?.groups[layers.length + tensor.index]?.value;
  const byTrace =
    trace === undefined || !('bits' in change) ? undefined : (trace * squaredDistance(changed, weights)) / (2 * size);
  return { tensor, change, step, byTrace };
}

/** The share of smallest magnitude set to zero. */
function withoutSmallest(weights: Float64Array, sparsity: number): Float64Array {
  const order = Array.from(weights.keys()).sort((i, j) => Math.abs(weights[i] ?? 0) - Math.abs(weights[j] ?? 0));
  const result = weights.slice();
  for (const i of order.slice(0, Math.round(sparsity * weights.length))) result[i] = 0;
  return result;
}

export async function measure(context: StudyContext, trials: readonly Trial[]): Promise<Tried[]> {
  const { problem, point } = context;
  const steps = trials.map(({ step }) => step);
  const part = (start: number, share: number) => (count: number) =>
    context.progress(start + (share * count) / trials.length);
  const predicted = await predictedChanges(context, steps, part(0, 0.2));
  const quadratic = await taylorIncrease(await context.hessian(), point.gradient, steps, (fraction) =>
    context.progress(0.2 + 0.2 * fraction),
  );
  const halfway = await curvaturesHalfway(context, steps, part(0.4, 0.4));
  function* thetas(): Generator<Float64Array> {
    for (const { step } of trials) yield moved(problem.theta, step, 1);
  }
  const measured = await measuredChanges(context, thetas(), part(0.8, 0.2));
  return trials.map((trial, i) => {
    const own = quadratic[i] as TaylorIncrease;
    const remainder = cubicRemainder(own, halfway[i] as number);
    return {
      ...trial,
      predicted: predicted[i] as LossChange,
      quadratic: own,
      alongChange: own.value + remainder,
      trusted: trustedLength(own, remainder, TRUSTED),
      measured: measured[i] as LossChange,
    };
  });
}

const moved = (theta: Float64Array, step: Float64Array, length: number): Float64Array =>
  theta.map((value, k) => value + length * (step[k] as number));

/** δᵀH(θ + ½δ)δ of every step. */
async function curvaturesHalfway(
  context: StudyContext,
  steps: readonly Float64Array[],
  onProduct: (count: number) => void,
): Promise<number[]> {
  const { problem } = context;
  const { chunks } = await context.hessian();
  const loss = context.batchLoss();
  const curvatures: number[] = [];
  for (const step of steps) {
    const theta = moved(problem.theta, step, 0.5);
    let curvature = 0;
    for (const chunk of chunks)
      curvature += (chunk.length / problem.sampleCount) * dot(step, await loss.hessian(theta, chunk, step));
    curvatures.push(curvature);
    onProduct(curvatures.length);
  }
  return curvatures;
}

export const predictedOf = ({ predicted }: Tried): number => mean(predicted);
export const measuredOf = ({ measured }: Tried): number => mean(measured);
export const isTrusted = ({ trusted }: Tried): boolean => trusted >= 1;
