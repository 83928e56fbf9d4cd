/** The loss after changes of the weights, measured and predicted, beside the loss at θ, sample by sample. */
import { roundingOf } from '../analysis/gradient';
import { estimate, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Quantity } from '../quantity';
import { symmetricSpread } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { StudyContext } from './study';

/** After − before of every sample; one number where samples see each other. */
export type LossChange = Float64Array;

type Evaluate = (point: Float64Array) => Promise<Float64Array>;

/** result[k]: the loss at thetas[k] against that at θ. */
export const measuredChanges = async (
  context: StudyContext,
  thetas: Iterable<Float64Array>,
  onMeasured: (count: number) => void,
): Promise<LossChange[]> => changesBy((await context.sampleLosses()).evaluate, context, thetas, onMeasured);

/** result[k]: the loss that the model's outputs expanded along steps[k] predict, against that at θ. */
export const predictedChanges = (
  context: StudyContext,
  steps: Iterable<Float64Array>,
  onPredicted: (count: number) => void,
): Promise<LossChange[]> => changesBy(context.expandedLoss().evaluate, context, steps, onPredicted);

async function changesBy(
  evaluate: Evaluate,
  { problem, sampleLosses }: StudyContext,
  points: Iterable<Float64Array>,
  onChange: (count: number) => void,
): Promise<LossChange[]> {
  const before = await (await sampleLosses()).evaluate(problem.theta);
  const changes: LossChange[] = [];
  for (const point of points) {
    const after = await evaluate(point);
    changes.push(after.map((value, i) => value - (before[i] as number)));
    onChange(changes.length);
  }
  return changes;
}

/** A mean change with the error of paired differences. `chosen`: 95 % half-width of what chance in the choice of the change does. */
export function changeQuantity(
  id: QuantityId,
  changes: LossChange,
  method: string,
  { problem, engine, point }: StudyContext,
  part?: string,
  chosen = 0,
): Quantity {
  const value = mean(changes);
  if (!Number.isFinite(value)) return notComputed(id, 'the loss is no number after this change', part);
  return estimate(
    id,
    value,
    {
      method,
      estimator: symmetricSpread(Math.hypot(roundingOf(point.loss, engine), chosen)),
      sampling: changes.length > 1 ? symmetricSpread(meanHalfWidth(changes)) : null,
    },
    { hvps: 0, samples: problem.sampleCount },
    part,
  );
}
