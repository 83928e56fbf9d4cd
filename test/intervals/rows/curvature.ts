/** Curvature as a statement about the distribution behind the samples (A1, A2, B2). */
import { eigenvalueSampling } from '../../../server/src/curvature/estimators/eigenvalueSampling';
import { traceSampling } from '../../../server/src/curvature/estimators/traceSampling';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import { leastSquares, mlp, softmaxRegression } from '../../unit/curvature/problems';
import { around, once, type Row } from '../row';
import { largestOverNoise, spike } from '../spike';
import { drawnMatrices, formsOf, hessianPool, meanRows, poolProblem, type MatrixPool } from '../samplePool';

export interface Setting {
  readonly name: string;
  readonly pool: () => Promise<MatrixPool>;
  readonly samples: number;
}

export const settings: readonly Setting[] = [
  {
    name: 'least squares, 200 samples',
    pool: once(() => hessianPool(poolProblem(leastSquares(new Float64Array(8)), 8))),
    samples: 200,
  },
  {
    name: 'softmax regression, 150 samples',
    pool: once(() => {
      const weights = new Random(5).gaussianVector(12).map((x) => 0.5 * x);
      return hessianPool(poolProblem(softmaxRegression(weights, 3), 4));
    }),
    samples: 150,
  },
  {
    name: 'a network, 200 samples',
    pool: once(() => hessianPool(poolProblem(mlp([3, 2, 3], 3), 3))),
    samples: 200,
  },
];

/** More parameters than are looked at as a whole: noise outside of the known eigenvectors lifts both ends. */
const largerNetwork: Setting = {
  name: 'a network of 70 parameters, 100 samples',
  pool: once(() => hessianPool(poolProblem(mlp([6, 6, 4], 3), 6, 2500))),
  samples: 100,
};

/** Of two of the three classes: with all of them a shift of every logit changes nothing, and the smallest eigenvalue is zero whatever the samples. */
const withFixedClass: Setting = {
  name: 'softmax regression, weights of one class fixed, 150 samples',
  pool: once(async () => leadingBlocks(await (settings[1] as Setting).pool(), 8)),
  samples: 150,
};

const leadingBlocks = ({ dimension, matrices }: MatrixPool, size: number): MatrixPool => ({
  dimension: size,
  matrices: matrices.map((matrix) =>
    Float64Array.from({ length: size ** 2 }, (_, e) => matrix[Math.floor(e / size) * dimension + (e % size)] as number),
  ),
});

const END_COUNT = 2;

/** Both of the largest eigenvalues and the trace, as A1 and A2 have them. */
export function spectrumOf(sample: MatrixPool): {
  values: Float64Array;
  top: { value: number; vector: Float64Array }[];
  trace: number;
} {
  const { values, vectors } = symmetricEigen(meanRows(sample));
  const last = values.length - 1;
  return {
    values,
    top: Array.from({ length: END_COUNT }, (_, k) => ({
      value: values[last - k] as number,
      vector: vectors[last - k] as Float64Array,
    })),
    trace: values.reduce((sum, value) => sum + value, 0),
  };
}

const ofPool = async ({ pool }: Setting): Promise<ReturnType<typeof spectrumOf>> => spectrumOf(await pool());

const lambdaMaxRow = (
  setting: Setting,
  id: string,
  transform: (pool: MatrixPool) => MatrixPool = (same) => same,
  ownRest = true,
): Row => ({
  id,
  setting: setting.name,
  drawn: 'samples',
  interval: 'coverage',
  truth: once(async () => spectrumOf(transform(await setting.pool())).values.at(-1) ?? NaN),
  draw: async (seed) => {
    const sample = transform(drawnMatrices(await setting.pool(), setting.samples, seed));
    const { top, trace } = spectrumOf(sample);
    const pairs = ownRest ? top : top.slice(0, 1);
    const rest = ownRest
      ? (trace - top.reduce((sum, { value }) => sum + value, 0)) / (sample.dimension - top.length)
      : 0;
    const [spread] = await eigenvalueSampling(formsOf(sample), pairs, {
      rest,
      random: new Random(seed, 'sampling'),
      samples: setting.samples,
    });
    return around(top[0]?.value ?? NaN, spread);
  },
});

/** The other end: the negative of the largest eigenvalue of −Hᵢ, as eigenvalues know no sign. */
const lambdaMinRow = (setting: Setting): Row => {
  const { truth, draw } = lambdaMaxRow(setting, 'A1.lambdaMin', negated);
  return {
    id: 'A1.lambdaMin',
    setting: setting.name,
    drawn: 'samples',
    interval: 'coverage',
    truth: async (seed) => -(await truth(seed)),
    draw: async (seed) => {
      const { low, high } = await draw(seed);
      return { low: high === null ? null : -high, high: low === null ? null : -low };
    },
  };
};

const negated = ({ dimension, matrices }: MatrixPool): MatrixPool => ({
  dimension,
  matrices: matrices.map((matrix) => matrix.map((entry) => -entry)),
});

const traceRow = (setting: Setting): Row => ({
  id: 'A2.trace',
  setting: setting.name,
  drawn: 'samples',
  interval: 'coverage',
  truth: once(async () => (await ofPool(setting)).trace),
  draw: async (seed) => {
    const sample = drawnMatrices(await setting.pool(), setting.samples, seed);
    const { top, trace } = spectrumOf(sample);
    const directions = top.map(({ vector }) => vector);
    return around(trace, await traceSampling(formsOf(sample), directions, sample.dimension, new Random(seed, 'trace')));
  },
});

/** P^(−½)HᵢP^(−½) with a fixed diagonal P, as B2 has it. */
const preconditioned = ({ dimension, matrices }: MatrixPool): MatrixPool => {
  const roots = Float64Array.from({ length: dimension }, (_, i) => 0.2 + (i % 4) / 3);
  return {
    dimension,
    matrices: matrices.map((matrix) =>
      matrix.map(
        (entry, e) => entry / ((roots[Math.floor(e / dimension)] as number) * (roots[e % dimension] as number)),
      ),
    ),
  };
};

/** More dimensions than samples, so that noise lifts the largest eigenvalue. */
const spikeRow: Row = {
  id: 'A1.lambdaMax',
  setting: `a spike over noise, p = ${spike.dimension}, ${spike.samples} samples`,
  drawn: 'samples',
  interval: 'coverage',
  truth: () => spike.size,
  draw: async (seed) => {
    const { value, spread } = await largestOverNoise(seed);
    return around(value, spread);
  },
};

export const curvatureRows: readonly Row[] = [
  ...settings.map((setting) => lambdaMaxRow(setting, 'A1.lambdaMax')),
  ...[settings[0] as Setting, withFixedClass, settings[2] as Setting, largerNetwork].map(lambdaMinRow),
  lambdaMaxRow(largerNetwork, 'A1.lambdaMax'),
  spikeRow,
  ...settings.map(traceRow),
  ...settings.slice(1).map((setting) => lambdaMaxRow(setting, 'B2.preconditionedSharpness', preconditioned, false)),
];
