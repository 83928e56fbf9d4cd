/** The expected generalisation gap as a statement about the distribution of the samples (C5). */
import { noiseLimits, noiseThrough, type SampleGroup } from '../../../server/src/curvature/estimators/gapSampling';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { mlp, softmaxRegression } from '../../unit/curvature/problems';
import { drawnSamples, samplePoolOf, trained, type PooledSample } from '../gradientPool';
import { once, type Row } from '../row';
import { meanRows, poolProblem } from '../samplePool';

const SIZE = 2000;
const GROUPS = 20;
/** Of λmax, as the study damps where the training script has no weight decay; and a weight decay. */
const DAMPING = 1e-3;
const DECAY = 0.02;

const groupsOf = (samples: readonly PooledSample[], count: number): SampleGroup[] =>
  Array.from({ length: count }, (_, g) => {
    const own = samples.filter((__, i) => i % count === g);
    return {
      gradients: own.map(({ gradient }) => gradient),
      hessian: meanRows({
        dimension: own[0]?.gradient.length ?? 0,
        matrices: own.map(({ hessian }) => hessian),
      }),
    };
  });

interface Setting {
  readonly count: number;
  readonly interval: Row['interval'];
}

function rowsOf(
  name: string,
  problem: () => Promise<Problem>,
  dampingOf: (largest: number) => number,
  settings: readonly Setting[],
): Row[] {
  const population = once(async () => {
    const pool = await samplePoolOf(await problem());
    const [whole] = groupsOf(pool, 1) as [SampleGroup];
    const { values } = symmetricEigen(
      meanRows({ dimension: whole.hessian.length, matrices: pool.map(({ hessian }) => hessian) }),
      false,
    );
    const damping = dampingOf(Math.max(...values));
    const inverse = (eigenvalue: number): number => 1 / (Math.max(0, eigenvalue) + damping);
    return { pool, inverse, exact: noiseThrough([whole], inverse) };
  });
  return settings.map(({ count, interval }) => ({
    id: 'C5.gap',
    setting: `${name}, ${count} samples`,
    drawn: 'samples',
    interval,
    truth: async () => (await population()).exact,
    draw: async (seed) => {
      const { pool, inverse } = await population();
      return noiseLimits(groupsOf(drawnSamples(pool, count, seed), GROUPS), inverse) ?? { low: NaN, high: NaN };
    },
  }));
}

const regression = (): Promise<Problem> => {
  const weights = new Random(5).gaussianVector(12).map((x) => 0.5 * x);
  return trained(poolProblem(softmaxRegression(weights, 3), 4, SIZE), 100, 0.3);
};
const network = (): Promise<Problem> => trained(poolProblem(mlp([3, 2, 3], 3), 3, SIZE), 150, 0.3);

/** Some eigenvalues are below −α: which do is chance, and the inverse counts them as none. */
const indefinite = (): Promise<Problem> => trained(poolProblem(mlp([3, 2, 3], 3), 3, SIZE), 20, 0.3);

export const gapRows: readonly Row[] = [
  ...rowsOf('trained softmax regression', regression, (largest) => DAMPING * largest, [
    { count: 150, interval: 'coverage' },
    { count: 60, interval: 'refused' },
  ]),
  ...rowsOf('a trained network with weight decay', network, () => DECAY, [{ count: 256, interval: 'coverage' }]),
  ...rowsOf('a network curved downwards beyond α', indefinite, (largest) => DAMPING * largest, [
    { count: 256, interval: 'refused' },
  ]),
];
