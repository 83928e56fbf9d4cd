/** The gradient and its noise as statements about the distribution of the samples (C1 to C4, C7, C9). */
import { curvatureNoise } from '../../../server/src/curvature/estimators/curvatureNoise';
import { gradientNoise, varianceLimits } from '../../../server/src/curvature/estimators/gradientNoise';
import { importanceGain } from '../../../server/src/curvature/estimators/importanceSampling';
import { tailIndex } from '../../../server/src/curvature/estimators/noiseTail';
import { addedVariance, type LayerNoise } from '../../../server/src/curvature/estimators/randomisedBackprop';
import { subspaceShares } from '../../../server/src/curvature/estimators/subspaceShare';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { combination, dot, norm, squaredNorm } from '../../../server/src/curvature/linearAlgebra/vector';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { mlp, softmaxRegression } from '../../unit/curvature/problems';
import {
  drawnSamples,
  meanGradient,
  normsOf,
  samplePoolOf,
  slopesAlong,
  trained,
  type PooledSample,
} from '../gradientPool';
import { once, within, type Limits, type Row } from '../row';
import { meanRows, poolProblem } from '../samplePool';

const SIZE = 2000;

interface Setting {
  readonly name: string;
  readonly samples: number;
  readonly pool: () => Promise<readonly PooledSample[]>;
}

const setting = (name: string, samples: number, problem: () => Promise<Problem> | Problem): Setting => ({
  name: `${name}, ${samples} samples`,
  samples,
  pool: once(async () => samplePoolOf(await problem())),
});

const network = (): Problem => poolProblem(mlp([3, 2, 3], 3), 3, SIZE);
const regression = setting('softmax regression', 150, () => {
  const weights = new Random(5).gaussianVector(12).map((x) => 0.5 * x);
  return poolProblem(softmaxRegression(weights, 3), 4, SIZE);
});
const fresh = setting('a network', 200, network);
/** So far that the gradient of few samples is mostly noise. */
const later = setting('a trained network', 256, () => trained(network(), 60, 0.2));
const settings = [regression, fresh, later];

/** Moments of the distribution behind the samples. */
interface Population {
  readonly pool: readonly PooledSample[];
  readonly centre: Float64Array;
  /** ‖g‖² */
  readonly signal: number;
  /** tr C */
  readonly variance: number;
}

const populations = new Map<Setting, Promise<Population>>();

function populationOf(of: Setting): Promise<Population> {
  const known = populations.get(of) ?? of.pool().then(momentsOf);
  populations.set(of, known);
  return known;
}

function momentsOf(pool: readonly PooledSample[]): Population {
  const centre = meanGradient(pool);
  const signal = squaredNorm(centre);
  return { pool, centre, signal, variance: mean(pool.map(({ gradient }) => squaredNorm(gradient))) - signal };
}

const row = (
  id: string,
  of: Setting,
  truth: (population: Population) => number,
  draw: (samples: readonly PooledSample[], random: Random) => Limits | Promise<Limits>,
): Row => ({
  id,
  setting: of.name,
  drawn: 'samples',
  interval: 'coverage',
  truth: once(async () => truth(await populationOf(of))),
  draw: async (seed) => draw(drawnSamples(await of.pool(), of.samples, seed), new Random(seed, id)),
});

const noiseRows = settings.flatMap((of): Row[] => [
  row(
    'C1.gradientNorm',
    of,
    ({ signal }) => Math.sqrt(signal),
    (samples) => {
      const { signal, signalError } = gradientNoise(normsOf(samples));
      return {
        low: Math.sqrt(Math.max(0, signal - signalError)),
        high: Math.sqrt(Math.max(0, signal + signalError)),
      };
    },
  ),
  row(
    'C1.variance',
    of,
    ({ variance }) => variance,
    (samples, random) => varianceLimits(normsOf(samples), random),
  ),
  row(
    'C1.noiseScale',
    of,
    ({ variance, signal }) => variance / signal,
    (samples) => gradientNoise(normsOf(samples)).noiseScaleLimits,
  ),
]);

const curvatureRows = [regression, fresh].map((of) =>
  row(
    'C1.curvatureNoiseScale',
    of,
    ({ pool, centre }) => {
      const rows = meanRows(hessiansOf(pool));
      const form = (v: Float64Array): number => dot(v, productOf(rows, v));
      return mean(pool.map(({ gradient }) => form(gradient))) / form(centre) - 1;
    },
    async (samples, random) => {
      const rows = meanRows(hessiansOf(samples));
      const gradients = samples.map(({ gradient }) => gradient);
      const centre = meanGradient(samples);
      const perSample: Parameters<typeof curvatureNoise>[1] = {
        weightedGradients: (weights) => Promise.resolve(weights.map((own) => combination(gradients, own))),
        directional: (vectors) => Promise.resolve(slopesAlong(samples, vectors)),
      };
      const options = { samples: samples.length, groups: 8, random };
      return (await curvatureNoise(matrixOperator(rows), perSample, centre, options)).limits;
    },
  ),
);

const productOf = (rows: readonly Float64Array[], v: Float64Array): Float64Array =>
  Float64Array.from(rows, (own) => dot(own, v));

const hessiansOf = (samples: readonly PooledSample[]): Parameters<typeof meanRows>[0] => ({
  dimension: samples[0]?.gradient.length ?? 0,
  matrices: samples.map(({ hessian }) => hessian),
});

const importanceRows = settings.map((of) =>
  row(
    'C3.varianceLeft',
    of,
    ({ pool, signal, variance }) => (mean(pool.map(({ gradient }) => norm(gradient))) ** 2 - signal) / variance,
    (samples, random) => importanceGain(normsOf(samples), random),
  ),
);

/** Leading eigenvectors of the distribution's Hessian. */
const TOP = 2;
const eigenspaces = new Map<Setting, Float64Array[]>();

function eigenspaceOf(of: Setting, { pool }: Population): Float64Array[] {
  const known = eigenspaces.get(of) ?? symmetricEigen(meanRows(hessiansOf(pool))).vectors.slice(-TOP);
  eigenspaces.set(of, known);
  return known;
}

const shareRows = settings.flatMap((of) =>
  (['gradient', 'variance'] as const).map((part): Row => ({
    ...row(
      `C4.${part}Share`,
      of,
      (population) => {
        const { pool, centre, signal, variance } = population;
        const inside = (v: Float64Array): number =>
          eigenspaceOf(of, population).reduce((sum, u) => sum + dot(u, v) ** 2, 0);
        if (part === 'gradient') return inside(centre) / signal;
        return (mean(pool.map(({ gradient }) => inside(gradient))) - inside(centre)) / variance;
      },
      () => ({ low: null, high: null }),
    ),
    draw: async (seed) => {
      const samples = drawnSamples(await of.pool(), of.samples, seed);
      const slopes = slopesAlong(samples, eigenspaceOf(of, await populationOf(of)));
      return subspaceShares(slopes, normsOf(samples), new Random(seed, part))[part];
    },
  })),
);

/** The second layer of the network: its weight's gradient is yxᵀ, its bias's is y. */
const WEIGHT = [8, 14] as const;
const BIAS = [14, 17] as const;
const BATCH = 32;
const RATIO = 0.1;

function layerNoise(samples: readonly PooledSample[]): LayerNoise {
  const centre = meanGradient(samples).subarray(...WEIGHT);
  const outputs = Float64Array.from(samples, ({ gradient }) => squaredNorm(gradient.subarray(...BIAS)));
  return {
    outputs,
    inputs: Float64Array.from(
      samples,
      ({ gradient }, i) => squaredNorm(gradient.subarray(...WEIGHT)) / (outputs[i] as number),
    ),
    projections: Float64Array.from(samples, ({ gradient }) => dot(gradient.subarray(...WEIGHT), centre)),
  };
}

const backpropRows = [fresh, later].map((of) =>
  row(
    'C7.addedVariance',
    of,
    ({ pool }) => addedVariance(layerNoise(pool), BATCH, RATIO, new Random(0)).value,
    (samples, random) => addedVariance(layerNoise(samples), BATCH, RATIO, random),
  ),
);

const tailRow: Row = {
  id: 'C9.tailIndex',
  setting: 'a Pareto law of index 1.5, 512 samples',
  drawn: 'samples',
  interval: 'coverage',
  truth: () => 1.5,
  draw: (seed) => {
    const random = new Random(seed, 'Pareto');
    const values = Float64Array.from({ length: 512 }, () => random.uniform() ** (-1 / 1.5));
    return within(tailIndex(values) ?? { value: NaN, halfWidth: NaN });
  },
};

export const gradientRows: readonly Row[] = [
  ...noiseRows,
  ...curvatureRows,
  ...importanceRows,
  ...shareRows,
  ...backpropRows,
  tailRow,
];
