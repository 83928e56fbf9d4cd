/** The weight tensors of E2 with what every width does to each by itself. */
import { estimate, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Choice } from '../estimators/bitAllocation';
import type { Probed } from '../estimators/hutchPlusPlus';
import { quantised, squaredDistance } from '../estimators/uniformQuantiser';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { weightMultiplications } from '../weightOperations';
import { changeQuantity, predictedChanges, type LossChange } from './lossChanges';
import { StudyRefusal, type StudyContext } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

export const BITS = [2, 3, 4, 8] as const;
/** Bits that the headline compares with: as many per weight on average. */
export const UNIFORM = 4;
/** Outputs are expanded for every width of so many tensors at most: each costs about five forward passes. */
export const MOST_EXPANDED = 64;

export interface Candidate extends WeightTensor {
  /** tr(H_l) over all its elements. */
  readonly trace: Probed;
  /** Q_b(W) − W of every width, a scale per channel. */
  readonly changes: readonly Float64Array[];
  /** ‖Q_b(W) − W‖² of every width. */
  readonly errors: readonly number[];
  /** The same with one scale for the tensor. */
  readonly wholeErrors: readonly number[];
  readonly multiplications: number;
}

/** What the outputs expanded along the change to a width predict of the loss. */
export type PredictedWidths = ReadonlyMap<Candidate, readonly LossChange[]>;

export function candidatesOf({ problem, layers, traces }: StudyContext): Candidate[] {
  if (traces === undefined) throw new StudyRefusal('needs the traces of the weight tensors (A2)');
  const multiplications = weightMultiplications(problem);
  const tensors = weightTensors(problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes to quantise');
  return tensors.map((tensor) => {
    const { block, index, channels } = tensor;
    const weights = problem.theta.slice(block.offset, block.offset + block.size);
    const rounded = BITS.map((bits) => quantised(weights, bits, channels));
    return {
      ...tensor,
      trace: traces.groups[layers.length + index] ?? { value: NaN, halfWidth: Infinity },
      changes: rounded.map((values) => values.map((value, i) => value - (weights[i] as number))),
      errors: rounded.map((values) => squaredDistance(values, weights)),
      wholeErrors: BITS.map((bits) => squaredDistance(quantised(weights, bits), weights)),
      multiplications: multiplications[index] ?? 0,
    };
  });
}

/** A change of θ by a width of some candidates: choices[i] is the number of that of candidate i, undefined to leave it as it is. */
export function stepOf(
  { problem }: StudyContext,
  candidates: readonly Candidate[],
  choices: readonly (number | undefined)[],
): Float64Array {
  const step = new Float64Array(problem.theta.length);
  candidates.forEach(({ block, changes }, i) => {
    const change = changes[choices[i] ?? -1];
    if (change !== undefined) step.set(change, block.offset);
  });
  return step;
}

/** Empty for more tensors than are expanded, or where a prediction is no number. */
export async function predictedWidths(
  context: StudyContext,
  candidates: readonly Candidate[],
  onPredicted: (fraction: number) => void,
): Promise<PredictedWidths> {
  const found = new Map<Candidate, readonly LossChange[]>();
  if (candidates.length > MOST_EXPANDED) return found;
  for (const candidate of candidates) {
    const steps = BITS.map((_, b) => stepOf(context, [candidate], [b]));
    const predicted = await predictedChanges(context, steps, () => undefined);
    if (!predicted.every((change) => Number.isFinite(mean(change)))) return new Map();
    found.set(candidate, predicted);
    onPredicted(found.size / candidates.length);
  }
  return found;
}

/** Predicted increases of the loss by width; without them ½Ω, of which a negative one, where quantising would seem to help, counts as none. */
export const lossesBySize = (candidate: Candidate, predicted: PredictedWidths): Choice[] =>
  BITS.map((bits, b) => {
    const change = predicted.get(candidate)?.[b];
    return {
      loss: change === undefined ? Math.max(0, sensitivityOf(candidate, b)) / 2 : mean(change),
      cost: bits * candidate.block.size,
    };
  });

/** Ω */
const sensitivityOf = ({ trace, errors, block }: Candidate, b: number): number =>
  (trace.value * (errors[b] ?? NaN)) / block.size;

const SENSITIVITIES = ['E2.sensitivity2', 'E2.sensitivity3', 'E2.sensitivity4', 'E2.sensitivity8'] as const;
const PREDICTIONS = ['E2.predicted2', 'E2.predicted3', 'E2.predicted4', 'E2.predicted8'] as const;

/** Ω and the predicted increase at every width. */
export function widthQuantities(candidate: Candidate, predicted: PredictedWidths, context: StudyContext): Quantity[] {
  const { trace, errors, block } = candidate;
  const sensitivity = (id: QuantityId, b: number): Quantity =>
    estimate(
      id,
      sensitivityOf(candidate, b),
      {
        method: 'trace of the block, a scale per channel',
        estimator: symmetricSpread((trace.halfWidth * (errors[b] ?? NaN)) / block.size),
        sampling: null,
      },
      { hvps: 0, samples: context.problem.sampleCount },
      block.name,
    );
  const prediction = (id: QuantityId, b: number): Quantity => {
    const change = predicted.get(candidate)?.[b];
    return change === undefined
      ? notComputed(id, unpredicted(context), block.name)
      : changeQuantity(id, change, `outputs expanded along the change to ${BITS[b] ?? '?'} bits`, context, block.name);
  };
  return [...SENSITIVITIES.map(sensitivity), ...PREDICTIONS.map(prediction)];
}

/** Why there are no predictions by expanded outputs. */
export const unpredicted = ({ problem }: StudyContext): string => {
  const { length } = weightTensors(problem.parameters);
  return length > MOST_EXPANDED
    ? `${length} weight tensors are more than the ${MOST_EXPANDED} whose changes are followed through the model`
    : 'the loss is no number after one of these changes';
};
