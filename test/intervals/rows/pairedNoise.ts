/** C6 as a statement about the distribution of the samples: both the samples and the projections are drawn, and the nearby point is that which these samples lead to. */
import { pairedNoise, type PairedNoise } from '../../../server/src/curvature/estimators/pairedNoise';
import { pairedSampling } from '../../../server/src/curvature/estimators/pairedNoiseSampling';
import { combination, dot } from '../../../server/src/curvature/linearAlgebra/vector';
import type { Problem } from '../../../server/src/curvature/problem';
import { symmetricSpread } from '../../../server/src/curvature/quantity';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { mlp } from '../../unit/curvature/problems';
import { gradientPool, meanGradient, slopesAlong, type PooledGradient } from '../gradientPool';
import { around, once, type Limits, type Row } from '../row';
import { drawnFrom, poolProblem } from '../samplePool';

const POOL = 1000;
const SAMPLES = 200;
const PROJECTIONS = 16;
const RATE = 0.5;

interface Drawn {
  readonly truth: Readonly<Record<keyof PairedNoise, number>>;
  readonly limits: Readonly<Record<keyof PairedNoise, Limits>>;
}

const problem = once((): Problem => poolProblem(mlp([6, 6, 3], 3), 6, POOL));
const here = once(() => gradientPool(problem()));

/** Σ over the coordinates of the covariance of two gradients of a sample. */
function shared(a: readonly PooledGradient[], b: readonly PooledGradient[]): number {
  const [centreA, centreB] = [meanGradient(a), meanGradient(b)];
  return mean(a.map(({ gradient }, i) => dot(gradient, (b[i] as PooledGradient).gradient))) - dot(centreA, centreB);
}

async function drawnOf(seed: number): Promise<Drawn> {
  const random = new Random(seed, 'draw of samples');
  const own = await here();
  const picks = drawnFrom([...own.keys()], SAMPLES, random);
  const of = (pool: readonly PooledGradient[]): PooledGradient[] => picks.map((i) => pool[i] as PooledGradient);
  const { theta } = problem();
  const step = combination([theta, meanGradient(of(own))], [1, -RATE]);
  const other = await gradientPool({ ...problem(), theta: step });
  const [c, d, both] = [shared(own, own), shared(other, other), shared(own, other)];
  const correlation = both / Math.sqrt(c * d);
  const probes = Array.from({ length: PROJECTIONS }, () => random.rademacherVector(theta.length));
  const slopes = [slopesAlong(of(own), probes), slopesAlong(of(other), probes)] as const;
  const noise = pairedNoise(...slopes);
  const sampling = pairedSampling(...slopes, random);
  const limits = (key: keyof PairedNoise): Limits =>
    around(noise[key].value, sampling[key] ?? undefined, symmetricSpread(noise[key].halfWidth));
  return {
    truth: { correlation, left: (c + d - 2 * both) / c, best: 1 - correlation ** 2 },
    limits: { correlation: limits('correlation'), left: limits('left'), best: limits('best') },
  };
}

const known = new Map<number, Promise<Drawn>>();

function drawn(seed: number): Promise<Drawn> {
  const found = known.get(seed) ?? drawnOf(seed);
  known.set(seed, found);
  return found;
}

export const pairedNoiseRows: readonly Row[] = (
  [
    ['C6.correlation', 'correlation'],
    ['C6.svrgVarianceLeft', 'left'],
    ['C6.bestVarianceLeft', 'best'],
  ] as const
).map(([id, key]) => ({
  id,
  setting: `a network, ${SAMPLES} samples, ${PROJECTIONS} projections`,
  drawn: 'samples',
  interval: 'coverage',
  truth: async (seed) => (await drawn(seed)).truth[key],
  draw: async (seed) => (await drawn(seed)).limits[key],
}));
