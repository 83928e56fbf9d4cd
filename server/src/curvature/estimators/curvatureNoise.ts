/**
 * The curvature-weighted noise scale tr(HC)/(gᵀHg) (McCandlish et al. 2018, eq. 2.8). Sign combinations r of the centred gradients of disjoint groups of samples have
 * E[rᵀHr] = tr(HC), so each group costs one weighted gradient and one Hessian-vector product.
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { dot } from '../linearAlgebra/vector';
import type { PerSample } from '../operators/perSample';
import type { Random } from '../random';
import { mean, variance } from '../statistics/moments';
import { NORMAL95, studentT95 } from '../statistics/studentT';
import type { Limits } from './gradientNoise';
import { ratioLimits } from './gradientNoise';
import { noiseVectorsOfGroups } from './noiseVectors';

export interface CurvatureNoise {
  /** tr(HC) and the half-width of its interval over the groups. */
  readonly trace: number;
  readonly traceError: number;
  /** gᵀHg without the bias tr(HC)/N. */
  readonly signal: number;
  /** tr(HC)/(gᵀHg), undefined where the curvature along the gradient is not positive. */
  readonly noiseScale: number | undefined;
  readonly limits: Limits;
}

export async function curvatureNoise(
  operator: LinearOperator,
  perSample: Pick<PerSample, 'weightedGradients' | 'directional'>,
  gradient: Float64Array,
  options: {
    readonly samples: number;
    /** Most groups; fewer where there are too few samples. */
    readonly groups: number;
    readonly random: Random;
  },
): Promise<CurvatureNoise> {
  const { samples, random } = options;
  const groups = Math.max(2, Math.min(options.groups, Math.floor(samples / 2)));
  const vectors = await noiseVectorsOfGroups(perSample, samples, groups, random);
  const [product = gradient, ...products] = await operator.applyBlock([gradient, ...vectors]);
  const [alongGradient = gradient] = await perSample.directional([product]);
  const forms = vectors.map((vector, k) => dot(vector, products[k] as Float64Array));
  const trace = mean(forms);
  const signal = dot(gradient, product) - trace / samples;
  const traceVariance = variance(forms) / groups;
  // The variance of gᵀHg over the samples, from gᵢᵀHg: d(gᵀHg) = 2·mean (gᵢ − ḡ)ᵀHg.
  const signalVariance = (4 * variance(alongGradient)) / samples + traceVariance / samples ** 2;
  const t = studentT95(groups - 1) / NORMAL95;
  return {
    trace,
    traceError: t * NORMAL95 * Math.sqrt(traceVariance),
    signal,
    noiseScale: signal > 0 ? trace / signal : undefined,
    limits: ratioLimits(trace, signal, t * t * traceVariance, signalVariance, 0),
  };
}
