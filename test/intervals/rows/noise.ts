/** The gradient's noise of given samples: by probes, by batches drawn from them, and by seeds of the model's own noise (C5, C6, C8, C9). */
import { noiseSources } from '../../../server/src/curvature/estimators/noiseSources';
import { excessKurtosis } from '../../../server/src/curvature/estimators/noiseTail';
import { noiseAlong, noiseThroughSpectrum } from '../../../server/src/curvature/estimators/noiseThroughSpectrum';
import { pairedNoise, type PairedNoise } from '../../../server/src/curvature/estimators/pairedNoise';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { combination, dot, norm, type Vector } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { mean, quantile } from '../../../server/src/curvature/statistics/moments';
import { quantileLimits, shareLimits } from '../../../server/src/curvature/statistics/quantileLimits';
import { rotated } from '../../unit/curvature/matrices';
import { mlp } from '../../unit/curvature/problems';
import { gradientPool, slopesAlong, trained } from '../gradientPool';
import { once, within, type Row } from '../row';
import { poolProblem } from '../samplePool';

/** C5: a spectrum with a long tail, and gradients of every direction. */
const DIMENSION = 80;
const GRADIENTS = 120;
const throughSpectrum = once(async () => {
  const rows = rotated([30, 18, ...Array.from({ length: DIMENSION - 2 }, (_, i) => Math.exp(-i / 12))], 4);
  const { values, vectors } = symmetricEigen(rows);
  const random = new Random(7, 'gradients');
  const gradients = Array.from({ length: GRADIENTS }, () => random.gaussianVector(DIMENSION));
  const noise = {
    directional: (directions: readonly Vector[]): Promise<Float64Array[]> =>
      Promise.resolve(directions.map((v) => Float64Array.from(gradients, (g) => dot(g, v)))),
    weightedGradients: (weights: readonly Float64Array[]): Promise<Float64Array[]> =>
      Promise.resolve(weights.map((own) => combination(gradients, own))),
  };
  const damped = (eigenvalue: number): number => 1 / (Math.max(0, eigenvalue) + 0.05) / GRADIENTS;
  const pairs = vectors.map((vector, k) => ({ value: values[k] as number, vector }));
  return {
    operator: matrixOperator(rows),
    noise,
    damped,
    known: pairs.slice(-2),
    exact: await noiseAlong(noise, pairs, damped),
  };
});

const gapRow: Row = {
  id: 'C5.gap',
  setting: '80 × 80, 4 quadratures of 30 steps',
  drawn: 'probes',
  interval: 'coverage',
  truth: async () => (await throughSpectrum()).exact,
  draw: async (seed) => {
    const { operator, noise, damped, known } = await throughSpectrum();
    const random = new Random(seed, 'gap');
    const options = { samples: GRADIENTS, probes: 4, steps: 30, known, random };
    return within(await noiseThroughSpectrum(operator, noise, damped, options));
  },
};

/** C6: the samples' gradients here and a step away. */
const pairs = once(async () => {
  const problem = poolProblem(mlp([6, 6, 3], 3), 6, 200);
  return { here: await gradientPool(problem), there: await gradientPool(await trained(problem, 1, 0.5)) };
});
const PROJECTIONS = 16;

async function paired(directions: readonly Float64Array[]): Promise<PairedNoise> {
  const { here, there } = await pairs();
  return pairedNoise(slopesAlong(here, directions), slopesAlong(there, directions));
}

const sizeOf = async (): Promise<number> => (await pairs()).here[0]?.gradient.length ?? 0;
const exactlyPaired = once(async () => {
  const size = await sizeOf();
  return paired(
    Array.from({ length: size }, (_, j) => Float64Array.from({ length: size }, (__, k) => (j === k ? 1 : 0))),
  );
});

const pairedRows = (
  [
    ['C6.correlation', 'correlation'],
    ['C6.svrgVarianceLeft', 'left'],
    ['C6.bestVarianceLeft', 'best'],
  ] as const
).map(([id, key]): Row => ({
  id,
  setting: `a network, ${PROJECTIONS} projections`,
  drawn: 'probes',
  interval: 'coverage',
  truth: async () => (await exactlyPaired())[key].value,
  draw: async (seed) => {
    const random = new Random(seed, 'projections');
    const size = await sizeOf();
    return within((await paired(Array.from({ length: PROJECTIONS }, () => random.rademacherVector(size))))[key]);
  },
}));

/** C8: softmax regression whose inputs are dropped, one mask per place in the batch as the product has it; all sixteen masks of four inputs are known. */
const INPUTS = 4;
const CLASSES = 3;
const MASKS = 2 ** INPUTS;
const SEEDS = 6;
const BATCHES = 16;
const BATCH = 8;

/** (p − y)xᵀ for logits Wx. */
function softmaxGradient(weights: Float64Array, x: Float64Array, label: number): Float64Array {
  const powers = Float64Array.from({ length: CLASSES }, (_, c) =>
    Math.exp(dot(x, weights.subarray(c * INPUTS, (c + 1) * INPUTS))),
  );
  const total = powers.reduce((sum, power) => sum + power, 0);
  return Float64Array.from(powers, (power, c) => power / total - (c === label ? 1 : 0)).reduce(
    (all, error, c) => {
      all.set(
        x.map((value) => error * value),
        c * INPUTS,
      );
      return all;
    },
    new Float64Array(CLASSES * INPUTS),
  );
}

const dropped = once(() => {
  const random = new Random(12, 'dropout');
  const weights = random.gaussianVector(CLASSES * INPUTS);
  const gradients = Array.from({ length: 2000 }, () => {
    const x = random.gaussianVector(INPUTS);
    const label = random.integer(CLASSES);
    return Array.from({ length: MASKS }, (_, mask) =>
      softmaxGradient(
        weights,
        x.map((value, j) => ((mask >> j) & 1) * 2 * value),
        label,
      ),
    );
  });
  const ofSamples = gradients.map(averageOf);
  return {
    gradients,
    data: spreadOf(ofSamples) / BATCH,
    model: mean(gradients.map(spreadOf)) / BATCH,
  };
});

const averageOf = (vectors: readonly Float64Array[]): Float64Array =>
  combination(
    vectors,
    vectors.map(() => 1 / vectors.length),
  );

/** mean ‖v − v̄‖² */
function spreadOf(vectors: readonly Float64Array[]): number {
  const centre = averageOf(vectors);
  return mean(vectors.map((vector) => vector.reduce((sum, value, j) => sum + (value - (centre[j] ?? 0)) ** 2, 0)));
}

function tableOf(seed: number): Float64Array[][] {
  const { gradients } = dropped();
  const random = new Random(seed, 'batches and masks');
  const drawn = (count: number, most: number): number[] => Array.from({ length: count }, () => random.integer(most));
  const batches = Array.from({ length: BATCHES }, () => drawn(BATCH, gradients.length));
  return Array.from({ length: SEEDS }, () => {
    const masks = drawn(BATCH, MASKS);
    return batches.map((batch) =>
      averageOf(batch.map((sample, place) => gradients[sample]?.[masks[place] ?? 0] as Float64Array)),
    );
  });
}

const sourceRows = (
  [
    ['C8.dataVariance', 'data', ({ data }) => data],
    ['C8.modelVariance', 'model', ({ model }) => model],
    ['C8.modelShare', 'share', ({ data, model }) => model / (data + model)],
  ] as const satisfies readonly (readonly [string, string, (known: ReturnType<typeof dropped>) => number])[]
).map(([id, key, truth]): Row => ({
  id,
  setting: `dropout, ${SEEDS} seeds of ${BATCHES} batches of ${BATCH}`,
  drawn: 'batches',
  interval: 'coverage',
  truth: () => truth(dropped()),
  draw: (seed) => within(noiseSources(tableOf(seed))[key]),
}));

/** C9: batches of given samples. */
const STEPS = 64;
const LEVEL = 0.9;
const MANY = 40_000;
const given = once(() => gradientPool(poolProblem(mlp([3, 2, 3], 3), 3, 200)));

async function batchNorms(seed: number, draws: number): Promise<Float64Array> {
  const samples = await given();
  const random = new Random(seed, 'batches to clip');
  return Float64Array.from({ length: draws }, () => {
    const own = Array.from({ length: BATCH }, () => samples[random.integer(samples.length)]?.gradient as Float64Array);
    return norm(averageOf(own));
  });
}

const manyNorms = once(async () => (await batchNorms(-1, MANY)).sort());

const clippingRows: readonly Row[] = [
  {
    id: 'C9.clipThreshold',
    setting: `a network, ${STEPS} batches of ${BATCH}`,
    drawn: 'batches',
    interval: 'coverage',
    truth: once(async () => quantile(await manyNorms(), LEVEL)),
    draw: async (seed) => quantileLimits(await batchNorms(seed, STEPS), LEVEL),
  },
  ...[0.1, 0.3, 0.5].map((share): Row => ({
    id: 'C9.clippedShare',
    setting: `${STEPS} batches of ${BATCH}, ${100 * share} % clipped`,
    drawn: 'batches',
    interval: 'coverage',
    truth: () => share,
    draw: async (seed) => {
      const limit = quantile(await manyNorms(), 1 - share);
      const hits = (await batchNorms(seed, STEPS)).filter((value) => value > limit).length;
      return shareLimits(hits, STEPS);
    },
  })),
];

const kurtosisAlong = async (seed: number, directions: number): Promise<ReturnType<typeof excessKurtosis>> => {
  const samples = await given();
  const random = new Random(seed, 'directions');
  const size = samples[0]?.gradient.length ?? 0;
  return excessKurtosis(
    slopesAlong(
      samples,
      Array.from({ length: directions }, () => random.gaussianVector(size)),
    ),
  );
};

const kurtosisRow: Row = {
  id: 'C9.kurtosis',
  setting: 'a network, 16 directions',
  drawn: 'probes',
  interval: 'coverage',
  truth: once(async () => (await kurtosisAlong(-1, 20_000)).value),
  draw: async (seed) => within(await kurtosisAlong(seed, 16)),
};

export const noiseRows: readonly Row[] = [gapRow, ...pairedRows, ...sourceRows, ...clippingRows, kurtosisRow];
