/** What batches of samples see of the curvature, in the span of known eigenvectors or along random signs (A12, B3). */
import {
  frobeniusLimit,
  frobeniusLimits,
  meanSquareLimit,
  meanSquareLimitOverSamples,
  secondMomentMap,
} from '../../../server/src/curvature/estimators/meanSquareStability';
import {
  inexactness,
  largestEigenvalueBias,
  spanLeaks,
  subspaceForms,
  type SpanLeaks,
  type SubspaceForms,
} from '../../../server/src/curvature/estimators/subsampledHessian';
import { squaredDistance } from '../../../server/src/curvature/estimators/uniformQuantiser';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { once, within, type Limits, type Row } from '../row';
import { drawnMatrices, formsOf, matrixRows, meanRows, type MatrixPool } from '../samplePool';
import { settings, type Setting } from './curvature';

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

export const subsampledRows: readonly Row[] = [...spanRows, biasRow, frobeniusRow];
