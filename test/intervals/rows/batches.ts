/** Numbers from batches that are drawn from given samples (B3, B4). */
import { batchSharpness } from '../../../server/src/curvature/estimators/batchSharpness';
import { sharpeningRate } from '../../../server/src/curvature/estimators/progressiveSharpening';
import { noiseFrom } from '../../../server/src/curvature/estimators/spikedLaw';
import { drawn } from '../../../server/src/curvature/estimators/trainingRun';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { combination, dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { studentisedBootstrap } from '../../../server/src/curvature/statistics/studentisedBootstrap';
import { mlp } from '../../unit/curvature/problems';
import { around, once, within, type Row } from '../row';
import { hessianPool, meanRows, perSampleOf, poolProblem, type MatrixPool } from '../samplePool';

const SAMPLES = 100;
const BATCH = 8;
const DRAWS = 256;

const given = once(async () => {
  const problem = poolProblem(mlp([3, 2, 3], 3), 3, SAMPLES);
  const unit = (i: number): Float64Array => Float64Array.from({ length: SAMPLES }, (_, j) => (i === j ? 1 : 0));
  const gradients = await perSampleOf(problem).weightedGradients(Array.from({ length: SAMPLES }, (_, i) => unit(i)));
  return { gradients, hessians: await hessianPool(problem) };
});

const ofBatch = ({ dimension, matrices }: MatrixPool, samples: readonly number[]): Float64Array[] =>
  meanRows({ dimension, matrices: samples.map((i) => matrices[i] as Float64Array) });

async function sharpness(seed: number, draws: number): ReturnType<typeof batchSharpness> {
  const { gradients, hessians } = await given();
  const loss: Parameters<typeof batchSharpness>[0] = {
    gradientCurvature: (_, samples) => {
      const own = samples.map((i) => gradients[i] as Float64Array);
      const g = combination(
        own,
        own.map(() => 1 / own.length),
      );
      const image = Float64Array.from(ofBatch(hessians, samples), (row) => dot(row, g));
      return Promise.resolve({ square: dot(g, g), curvature: dot(g, image) });
    },
  };
  const random = new Random(seed, 'batches');
  return batchSharpness(loss, new Float64Array(), { sampleCount: SAMPLES, batch: BATCH, draws, random });
}

const SIZES = [8, 16, 32, 64];

async function noises(seed: number, draws: number): Promise<Float64Array> {
  const { hessians } = await given();
  const random = new Random(seed, 'batches of Hessians');
  const largest = (rows: readonly Float64Array[]): number => symmetricEigen(rows, false).values.at(-1) ?? NaN;
  const lambda = largest(meanRows(hessians));
  return Float64Array.from(
    SIZES.flatMap((batch) =>
      Array.from({ length: draws }, () =>
        noiseFrom(lambda, largest(ofBatch(hessians, drawn(SAMPLES, batch, random))), batch),
      ),
    ),
  );
}

/** Checkpoints whose sharpness scatters around a line. */
const RATE = 0.02;
const rateRow: Row = {
  id: 'B7.rate',
  setting: 'a line through 8 checkpoints, normal scatter',
  drawn: 'batches',
  interval: 'coverage',
  truth: () => RATE,
  draw: (seed) => {
    const random = new Random(seed, 'checkpoints');
    const points = Array.from({ length: 8 }, (_, k) => ({
      step: 100 * k,
      sharpness: 5 + RATE * 100 * k + random.gaussian(),
    }));
    const { slope, halfWidth } = sharpeningRate(points);
    return within({ value: slope, halfWidth });
  },
};

export const batchRows: readonly Row[] = [
  rateRow,
  {
    id: 'B3.batchSharpness',
    setting: `a network, ${DRAWS} batches of ${BATCH}`,
    drawn: 'batches',
    interval: 'coverage',
    truth: once(async () => (await sharpness(-1, 10_000)).value),
    draw: async (seed) => {
      const { value, error } = await sharpness(seed, DRAWS);
      return around(value, error);
    },
  },
  {
    id: 'B4.hessianNoise',
    setting: `a network, 6 batches of ${SIZES.join(', ')}`,
    drawn: 'batches',
    interval: 'coverage',
    truth: once(async () => mean(await noises(-1, 1000))),
    draw: async (seed) => {
      const found = await noises(seed, 6);
      return around(mean(found), studentisedBootstrap(found, new Random(seed, 'spiked law')));
    },
  },
];
