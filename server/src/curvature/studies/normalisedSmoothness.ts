/** The part of B9 that looks at gradients: within which radius they are nearly linear in the parameters, measured by their own size. */
import { notComputed, withInterval } from '../analysis/quantities';
import type { StudyTable } from '../chart';
import { smoothnessRadius, type SmoothnessRadius } from '../estimators/gradientNormalisedSmoothness';
import { addScaled, norm, scaled } from '../linearAlgebra/vector';
import type { Quantity } from '../quantity';
import type { StudyContext } from './study';

export interface NamedDirection {
  readonly name: string;
  readonly direction: Float64Array;
}

export interface SmoothnessFound {
  readonly quantity: Quantity;
  readonly table: StudyTable;
}

/** The least radius over these lines; `directions` need not have length one. */
export async function normalisedSmoothness(
  context: StudyContext,
  directions: readonly NamedDirection[],
  onDirection: (fraction: number) => void,
): Promise<SmoothnessFound> {
  const lines: (SmoothnessRadius & { readonly name: string })[] = [];
  for (const { name, direction } of directions) {
    lines.push({ name, ...(await radiusAlong(context, direction)) });
    onDirection(lines.length / directions.length);
  }
  return { quantity: quantityOf(context, lines), table: tableOf(context, lines) };
}

async function radiusAlong(context: StudyContext, direction: Float64Array): Promise<SmoothnessRadius> {
  const { problem, point } = context;
  const gradient = await context.gradient();
  const unit = scaled(direction, 1 / norm(direction));
  const [image = new Float64Array()] = await (await context.hessian()).applyBlock([unit]);
  const size = norm(point.gradient);
  const deviation = async (t: number): Promise<number> => {
    const moved = problem.theta.slice();
    addScaled(moved, t, unit);
    const difference = (await gradient.evaluate(moved)).gradient;
    addScaled(difference, -1, point.gradient);
    addScaled(difference, -t, image);
    return norm(difference);
  };
  // Where the linear part alone is as large as the gradient.
  const curvature = norm(image);
  return smoothnessRadius(deviation, size, curvature > 0 ? size / curvature : 1);
}

function quantityOf(context: StudyContext, lines: readonly SmoothnessRadius[]): Quantity {
  const id = 'B9.normalisedSmoothness';
  const least = lines.reduce<SmoothnessRadius | undefined>(
    (best, line) => (best === undefined || line.radius < best.radius ? line : best),
    undefined,
  );
  if (least === undefined || least.radius === 0)
    return notComputed(id, 'gradients are linear over no distance that rounding lets be seen');
  if (least.beyond === null) return notComputed(id, 'gradients are linear as far as was looked: the loss is quadratic');
  return withInterval(
    id,
    least.radius,
    { low: least.radius, high: least.beyond, estimator: (least.beyond - least.radius) / 2, sampling: null },
    { method: `gradients along ${lines.length} lines; an upper bound for the whole ball` },
    { hvps: context.products(), samples: context.problem.sampleCount },
  );
}

const tableOf = (
  { point }: StudyContext,
  lines: readonly (SmoothnessRadius & { readonly name: string })[],
): StudyTable => ({
  title: 'Radius within which gradients are nearly linear',
  caption: 'The damping ‖g‖/γ makes a Newton step safe along that line.',
  columns: [
    { title: 'direction' },
    { title: 'γ', unit: 'parameter' },
    { title: 'damping ‖g‖/γ', unit: 'loss / parameter²' },
  ],
  rows: lines.map(({ name, radius, beyond }) => [
    name,
    beyond === null ? null : radius,
    beyond === null || radius === 0 ? null : norm(point.gradient) / radius,
  ]),
});
