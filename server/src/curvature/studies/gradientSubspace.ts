/** C4: how much of the gradient and of its noise lies in the directions of largest curvature, and how these turn along a run. */
import { notComputed, overSamples, withInterval, type Circumstances } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { sampleNorms, varies } from '../estimators/sampleNorms';
import { subspaceShares, type SubspaceShares } from '../estimators/subspaceShare';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { percent } from '../numberText';
import type { Quantity } from '../quantity';
import type { Limited } from '../statistics/jackknifeLimits';
import { eigenspaceRotation } from './eigenspaceRotation';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

export const gradientSubspace: Study = {
  id: 'C4',
  title: 'Gradient in the top eigenspace',
  group: 'samples',
  quantities: ['C4.gradientShare', 'C4.varianceShare', 'C4.overlap'],
  byDefault: false,
  needs: ['A1'],
  products: () => 6,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { ends, problem, point } = context;
  const samples = problem.sampleCount;
  if (samples < 4) throw new StudyRefusal(`needs at least 4 samples, not ${samples}`);
  const top = ends?.top ?? [];
  if (top.length === 0) throw new StudyRefusal('needs the largest eigenvalues (A1)');
  const perSample = context.perSample();
  const norms = await sampleNorms(perSample, point.gradient);
  if (!(norms.meanSquare > 0)) throw new StudyRefusal('the gradient is zero');
  const random = context.random('shares of the gradient');
  const slopes = await perSample.directional(top.map(({ vector }) => vector));
  const shares = slopes.map((_, k) => subspaceShares(slopes.slice(0, k + 1), norms, random));
  const whole = shares.at(-1) as SubspaceShares;
  const circumstances = { hvps: 0, samples };
  const rotation = await eigenspaceRotation(context);
  const expected = top.length / problem.theta.length;
  const isVarying = varies(norms, ROUNDOFF[context.engine.precision]);
  return {
    quantities: [
      shareQuantity('C4.gradientShare', whole.gradient, top.length, circumstances),
      isVarying
        ? shareQuantity('C4.varianceShare', whole.variance, top.length, circumstances)
        : notComputed('C4.varianceShare', 'the gradient does not vary between samples beyond rounding'),
      ...rotation.quantities,
    ],
    charts: [chartOf(shares), ...rotation.charts],
    tables: rotation.tables,
    remarks: [
      `${top.length} of ${problem.theta.length} directions hold ${percent(whole.gradient.value)} of ‖g‖²${isVarying ? ` and ${percent(whole.variance.value)} of its variance` : ''}; random directions would hold ${percent(expected)}.`,
      ...rotation.remarks,
    ],
  };
}

const shareQuantity = (
  id: 'C4.gradientShare' | 'C4.varianceShare',
  share: Limited,
  directions: number,
  circumstances: Circumstances,
): Quantity =>
  withInterval(
    id,
    share.value,
    overSamples(share),
    { method: `${directions} leading eigenvectors, per-sample gradients` },
    circumstances,
  );

const chartOf = (shares: readonly SubspaceShares[]): LineChart => ({
  kind: 'lines',
  title: 'Share in the leading eigenvectors',
  caption: 'Of the squared norm of the gradient, and of its variance between samples.',
  x: { title: 'leading eigenvectors', scale: 'linear' },
  y: { title: 'share', scale: 'linear' },
  series: (['gradient', 'variance'] as const).map((key) => ({
    name: key,
    style: 'line',
    points: shares.map((share, k) => {
      const { value, low, high } = share[key];
      return { x: k + 1, y: value, low, high };
    }),
  })),
});
