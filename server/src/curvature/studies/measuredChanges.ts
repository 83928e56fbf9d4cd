/** The loss at other weights beside the loss at θ, sample by sample. */
import type { Quantity } from '../quantity';
import { symmetricSpread } from '../quantity';
import { roundingOf } from '../analysis/gradient';
import { estimate } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { StudyContext } from './study';

/** result[k][i]: loss of sample i at thetas[k] minus its loss at θ; one number per θ where samples see each other. */
export async function measuredChanges(
  context: StudyContext,
  thetas: Iterable<Float64Array>,
  onMeasured: (count: number) => void,
): Promise<Float64Array[]> {
  const { problem } = context;
  const loss = await context.sampleLosses();
  const before = await loss.evaluate(problem.theta);
  const changes: Float64Array[] = [];
  for (const theta of thetas) {
    const after = await loss.evaluate(theta);
    changes.push(after.map((value, i) => value - (before[i] as number)));
    onMeasured(changes.length);
  }
  return changes;
}

/** A mean change with the error of paired differences. */
export function changeQuantity(
  id: QuantityId,
  changes: Float64Array,
  method: string,
  { problem, engine, point }: StudyContext,
  part: string,
): Quantity {
  return estimate(
    id,
    mean(changes),
    {
      method,
      estimator: symmetricSpread(roundingOf(point.loss, engine)),
      sampling: changes.length > 1 ? symmetricSpread(meanHalfWidth(changes)) : null,
    },
    { hvps: 0, samples: problem.sampleCount },
    part,
  );
}
