/**
 * tr(C f(H)), C the covariance of the gradients of single samples. Along known eigenvectors u it is Var(gᵢ·u) f(λ), exactly; for the rest, random vectors r with E[rrᵀ] = C
 * start Lanczos processes, whose quadratures give rᵀf(H)r.
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { orthogonalise } from '../linearAlgebra/orthogonalise';
import { dot } from '../linearAlgebra/vector';
import type { PerSample } from '../operators/perSample';
import type { Random } from '../random';
import { variance } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import { noiseVectors } from './noiseVectors';
import { probedMean, quadratureSum } from './spectralSum';
import { vectorQuadratures } from './stochasticLanczosQuadrature';

export interface KnownPair {
  readonly value: number;
  readonly vector: Float64Array;
}

type NoiseSource = Pick<PerSample, 'directional' | 'weightedGradients'>;

/** The part along known eigenvectors. */
export async function noiseAlong(
  perSample: Pick<PerSample, 'directional'>,
  pairs: readonly KnownPair[],
  f: (eigenvalue: number) => number,
): Promise<number> {
  const slopes = await perSample.directional(pairs.map(({ vector }) => vector));
  return slopes.reduce((sum, slope, k) => sum + variance(slope) * f(pairs[k]?.value ?? NaN), 0);
}

export async function noiseThroughSpectrum(
  operator: LinearOperator,
  perSample: NoiseSource,
  f: (eigenvalue: number) => number,
  options: {
    readonly samples: number;
    readonly probes: number;
    readonly steps: number;
    readonly known: readonly KnownPair[];
    readonly random: Random;
    readonly onStep?: (fraction: number) => void;
  },
): Promise<Probed> {
  const { samples, probes, known, random } = options;
  const along = known.length === 0 ? 0 : await noiseAlong(perSample, known, f);
  const starts = await noiseVectors(perSample, samples, probes, random);
  const vectors = known.map(({ vector }) => vector);
  for (const start of starts) orthogonalise(start, vectors);
  const quadratures = await vectorQuadratures(operator, starts, options);
  const squares = starts.map((start) => dot(start, start));
  const rest = probedMean(quadratures, (nodes, k) => (squares[k] as number) * quadratureSum(nodes, f));
  return { value: along + rest.value, halfWidth: rest.halfWidth };
}
