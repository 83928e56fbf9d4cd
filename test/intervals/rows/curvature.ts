/** Curvature as a statement about the distribution behind the samples (A1, A2, A12, B2, B3). */
import {
  frobeniusLimit,
  frobeniusLimits,
  meanSquareLimit,
  meanSquareLimitOverSamples,
  secondMomentMap,
} from '../../../server/src/curvature/estimators/meanSquareStability';
import { eigenvalueSampling } from '../../../server/src/curvature/estimators/eigenvalueSampling';
import { traceSampling } from '../../../server/src/curvature/estimators/traceSampling';
import {
  inexactness,
  largestEigenvalueBias,
  spanLeaks,
  subspaceForms,
  type SpanLeaks,
  type SubspaceForms,
} from '../../../server/src/curvature/estimators/subsampledHessian';
import { squaredDistance } from '../../../server/src/curvature/estimators/uniformQuantiser';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import { leastSquares, mlp, softmaxRegression } from '../../unit/curvature/problems';
import { around, once, within, type Limits, type Row } from '../row';
import { largestOverNoise, spike } from '../spike';
import { drawnMatrices, formsOf, hessianPool, matrixRows, meanRows, poolProblem, type MatrixPool } from '../samplePool';

interface Setting {
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

const BATCH = 8;
const SPAN = 3;
/** Samples to draw from: few enough to look at all of them for every seed. */
const FEW = 2000;

interface Spanned {
  readonly sample: SubspaceForms;
  readonly whole: SubspaceForms;
  readonly leaks: SpanLeaks;
}

/** Forms of the drawn samples and of the distribution in the span of the leading eigenvectors that the drawn samples have, as A12 and B3 look at them. */
async function spanOf({ pool, samples }: Setting, seed: number): Promise<Spanned> {
  const { dimension, matrices } = await pool();
  const few: MatrixPool = { dimension, matrices: matrices.slice(0, FEW) };
  const drawn = drawnMatrices(few, samples, seed);
  const { values, vectors } = symmetricEigen(meanRows(drawn));
  const top = vectors.slice(-SPAN);
  const pairs = top.map((vector, a) => ({ value: values[dimension - SPAN + a] as number, vector }));
  const rest = mean(values.subarray(0, dimension - SPAN));
  return {
    sample: await subspaceForms(formsOf(drawn), top),
    whole: await subspaceForms(formsOf(few), top),
    leaks: await spanLeaks(formsOf(drawn), pairs, rest, new Random(seed, 'outside of the span')),
  };
}

const spans = new Map<string, Promise<Spanned>>();

function sharedSpan(setting: Setting, seed: number): Promise<Spanned> {
  const key = `${setting.name} ${seed}`;
  const known = spans.get(key) ?? spanOf(setting, seed);
  spans.set(key, known);
  return known;
}

const spanRow = (
  id: string,
  setting: Setting,
  value: (forms: SubspaceForms) => number,
  limits: (spanned: Spanned, random: Random) => Limits,
): Row => ({
  id,
  setting: `${setting.name}, span of ${SPAN}`,
  drawn: 'samples',
  interval: 'coverage',
  truth: async (seed) => value((await sharedSpan(setting, seed)).whole),
  draw: async (seed) => limits(await sharedSpan(setting, seed), new Random(seed, id)),
});

const inexactnessOf = ({ sample, leaks }: Spanned, random: Random): Limits => {
  const { variance, norm, logError } = inexactness(sample, leaks, random);
  const value = Math.sqrt(variance / BATCH) / norm;
  const atDistance = (distance: number): number => value * Math.exp(logError.shift + distance);
  return { low: Math.min(value, atDistance(-logError.below)), high: Math.max(value, atDistance(logError.above)) };
};

const spanRows = settings.flatMap((setting) => [
  spanRow('A12.relativeInexactness', setting, (forms) => exactInexactness(forms), inexactnessOf),
  spanRow(
    'B3.meanSquareLimit',
    setting,
    (forms) => meanSquareLimit(secondMomentMap(forms), BATCH),
    ({ sample }) => {
      const { value, halfWidth } = meanSquareLimitOverSamples(sample, BATCH);
      return within({ value, halfWidth: halfWidth ?? NaN });
    },
  ),
]);

function exactInexactness({ matrices, k }: SubspaceForms): number {
  const centre = Float64Array.from({ length: k * k }, (_, e) => mean(matrices.map((matrix) => matrix[e] as number)));
  const spread = mean(matrices.map((matrix) => squaredDistance(matrix, centre)));
  return Math.sqrt(spread / BATCH) / Math.hypot(...centre);
}

const biasRow: Row = {
  id: 'A12.lambdaMaxBias',
  setting: 'a network, 200 batches of 8',
  drawn: 'batches',
  interval: 'coverage',
  truth: once(async () => largestEigenvalueBias(await fixedForms(), BATCH, 8000, new Random(-1, 'truth')).value),
  draw: async (seed) => within(largestEigenvalueBias(await fixedForms(), BATCH, 200, new Random(seed, 'bias'))),
};

const fixed = once(async () => drawnMatrices(await (settings[2] as Setting).pool(), 100, 1));
const fixedForms = once(async () => {
  const sample = await fixed();
  return subspaceForms(formsOf(sample), symmetricEigen(meanRows(sample)).vectors.slice(-SPAN));
});

/** Random signs for mean ‖Hᵢ‖_F², the samples being given. */
const frobeniusRow: Row = {
  id: 'B3.frobeniusLimit',
  setting: 'a network, 32 draws of signs',
  drawn: 'probes',
  interval: 'coverage',
  truth: once(async () => {
    const { matrices, dimension } = await fixed();
    const square = mean(matrices.map((matrix) => squaredDistance(matrix, new Float64Array(dimension ** 2))));
    return frobeniusLimit(1, 1, square, BATCH);
  }),
  draw: async (seed) => {
    const { matrices, dimension } = await fixed();
    const random = new Random(seed, 'vectors');
    const squares = Float64Array.from({ length: 32 }, () => {
      const z = random.rademacherVector(dimension);
      const signs = random.rademacherVector(matrices.length);
      const sum = new Float64Array(dimension);
      matrices.forEach((matrix, i) =>
        matrixRows(matrix, dimension).forEach(
          (row, a) => (sum[a] = (sum[a] as number) + (signs[i] as number) * dot(row, z)),
        ),
      );
      return norm(sum) ** 2 / matrices.length;
    });
    return frobeniusLimits(1, 1, squares, BATCH, random);
  },
};

export const curvatureRows: readonly Row[] = [
  ...settings.map((setting) => lambdaMaxRow(setting, 'A1.lambdaMax')),
  ...[settings[0] as Setting, withFixedClass, settings[2] as Setting].map(lambdaMinRow),
  spikeRow,
  ...settings.map(traceRow),
  ...spanRows,
  biasRow,
  frobeniusRow,
  ...settings.slice(1).map((setting) => lambdaMaxRow(setting, 'B2.preconditionedSharpness', preconditioned, false)),
];
