/** The Fisher matrix with labels that the model draws in place of all of them (A7), the samples being given. */
import {
  DRAWS,
  drawnLabels,
  drawWeights,
  GROUPS,
  jackknifed,
} from '../../../server/src/curvature/estimators/sampledFisher';
import { fisherWeights, withAllLabels } from '../../../server/src/curvature/estimators/trueFisher';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { addScaled, squaredNorm } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { mean, meanHalfWidth } from '../../../server/src/curvature/statistics/moments';
import { mlp } from '../../unit/curvature/problems';
import { once, within, type Row } from '../row';
import { perSampleOf, poolProblem } from '../samplePool';

const SAMPLES = 60;

/** Gradients of every sample with every label, sample i with class c number c·N + i, and p(c|xᵢ)/N. */
const labelled = once(async () => {
  const perSample = perSampleOf(withAllLabels(poolProblem(mlp([3, 2, 3], 3), 3, SAMPLES)));
  const { losses } = await perSample.gradients();
  const weights = fisherWeights(losses, SAMPLES);
  if (weights === undefined) throw new Error('the loss is no log-likelihood of classes');
  return { weights, gradients: (await perSample.gradientRows()).map((row) => Float64Array.from(row)) };
});

/** λmax of Σ wⱼ·gⱼgⱼᵀ. */
function largestOf(gradients: readonly Float64Array[], weights: ArrayLike<number>): number {
  const size = gradients[0]?.length ?? 0;
  const rows = Array.from({ length: size }, () => new Float64Array(size));
  gradients.forEach((gradient, j) =>
    rows.forEach((row, a) => addScaled(row, (weights[j] ?? 0) * (gradient[a] ?? 0), gradient)),
  );
  return symmetricEigen(rows, false).values.at(-1) ?? NaN;
}

/** Of the drawn labels, draw after draw. */
async function drawnGradients(seed: number): Promise<Float64Array[]> {
  const { weights, gradients } = await labelled();
  const classes = drawnLabels(weights, SAMPLES, DRAWS, new Random(seed, 'labels'));
  return Array.from(classes, (label, j) => gradients[label * SAMPLES + (j % SAMPLES)] as Float64Array);
}

const setting = `a network, ${DRAWS} labels for each of ${SAMPLES} samples`;

export const fisherRows: readonly Row[] = [
  {
    id: 'A7.fisherTrace',
    setting,
    drawn: 'probes',
    interval: 'coverage',
    truth: once(async () => {
      const { weights, gradients } = await labelled();
      return gradients.reduce((sum, gradient, j) => sum + (weights[j] ?? NaN) * squaredNorm(gradient), 0);
    }),
    draw: async (seed) => {
      const squares = (await drawnGradients(seed)).map(squaredNorm);
      const traces = Array.from({ length: DRAWS }, (_, draw) =>
        mean(squares.slice(draw * SAMPLES, (draw + 1) * SAMPLES)),
      );
      return within({ value: mean(traces), halfWidth: meanHalfWidth(traces) });
    },
  },
  {
    id: 'A7.fisherLambdaMax',
    setting,
    drawn: 'probes',
    interval: 'coverage',
    truth: once(async () => {
      const { weights, gradients } = await labelled();
      return largestOf(gradients, weights);
    }),
    draw: async (seed) => {
      const gradients = await drawnGradients(seed);
      const value = (left?: number): number => largestOf(gradients, drawWeights(DRAWS, SAMPLES, left));
      return within(
        jackknifed(
          value(),
          Array.from({ length: GROUPS }, (_, group) => value(group)),
        ),
      );
    },
  },
];
