/** C1: the gradient, its variance between samples, and noise scales; the loss with its sampling error. */
import type { Engine } from '../../engine/engine';
import { curvatureNoise } from '../estimators/curvatureNoise';
import { gradientNoise, varianceLimits, type GradientNoise, type Limits } from '../estimators/gradientNoise';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { restrict, type LinearOperator } from '../linearAlgebra/linearOperator';
import { norm } from '../linearAlgebra/vector';
import type { LossAndGradient } from '../operators/gradient';
import type { PerSample } from '../operators/perSample';
import type { ParameterGroup, Problem } from '../problem';
import { combinedInterval, symmetricSpread, type Interval, type Quantity, type Spread } from '../quantity';
import { Random } from '../random';
import type { GradientResult } from '../result';
import { meanHalfWidth } from '../statistics/moments';
import type { AnalysisOptions } from './options';
import { estimate, notComputed, withInterval, type Circumstances } from './quantities';

/** With the gradient they fill two blocks of products. */
const CURVATURE_GROUPS = 7;
const FEWEST_SAMPLES = 3;
/** Rounding of an evaluation of the loss or of a gradient, in roundoffs. */
const EVALUATION_ROUNDING = 50;
const UNVARYING = 'the gradient does not vary between samples beyond rounding';

export interface LayerGradients {
  readonly norm: Quantity;
  readonly signalToNoise: Quantity;
}

export interface GradientStatistics {
  readonly gradient: GradientResult;
  readonly layers: readonly LayerGradients[];
  /** Student interval of the mean loss. */
  readonly lossInterval: Interval;
}

export const roundingOf = (value: number, engine: Engine): number =>
  EVALUATION_ROUNDING * ROUNDOFF[engine.precision] * Math.abs(value);

/** What can be said without samples' own gradients: value and rounding. */
export function plainGradient(
  point: LossAndGradient,
  groups: readonly ParameterGroup[],
  engine: Engine,
  reason: string,
  circumstances: Circumstances,
): GradientStatistics {
  return {
    gradient: {
      norm: normQuantity(norm(point.gradient), null, engine, circumstances),
      variance: notComputed('C1.variance', reason),
      noiseScale: notComputed('C1.noiseScale', reason),
      curvatureNoiseScale: notComputed('C1.curvatureNoiseScale', reason),
      criticalBatch: notComputed('C1.criticalBatch', reason),
    },
    layers: groups.map((group) => ({
      norm: layerNorm(point.gradient, group, engine, circumstances),
      signalToNoise: notComputed('C1.layerSignalToNoise', reason, group.name),
    })),
    lossInterval: combinedInterval(point.loss, symmetricSpread(roundingOf(point.loss, engine)), null),
  };
}

function normQuantity(value: number, sampling: Spread | null, engine: Engine, circumstances: Circumstances): Quantity {
  return estimate(
    'C1.gradientNorm',
    value,
    { method: 'reverse differentiation', estimator: symmetricSpread(roundingOf(value, engine)), sampling },
    circumstances,
  );
}

function layerNorm(
  gradient: Float64Array,
  { name, ranges, size }: ParameterGroup,
  engine: Engine,
  circumstances: Circumstances,
): Quantity {
  const value = norm(restrict(gradient, ranges, size));
  const estimator = symmetricSpread(roundingOf(value, engine));
  return estimate(
    'C1.layerGradientNorm',
    value,
    { method: 'reverse differentiation', estimator, sampling: null },
    circumstances,
    name,
  );
}

/** What the curvature-weighted noise scale is computed from: the samples themselves, or some of them. */
export interface CurvedSamples {
  readonly operator: LinearOperator;
  readonly perSample: PerSample;
  /** Mean gradient of these samples. */
  readonly gradient: Float64Array;
  readonly samples: number;
}

export async function gradientStatistics(
  problem: Problem,
  engine: Engine,
  point: LossAndGradient,
  groups: readonly ParameterGroup[],
  perSample: PerSample,
  curvature: CurvedSamples,
  options: AnalysisOptions,
): Promise<GradientStatistics> {
  const samples = problem.sampleCount;
  const circumstances: Circumstances = { hvps: 0, samples };
  if (samples < FEWEST_SAMPLES)
    return plainGradient(
      point,
      groups,
      engine,
      `the variance between samples needs at least ${FEWEST_SAMPLES} of them`,
      circumstances,
    );
  const { losses, squares, projections } = await perSample.gradientsAlong(point.gradient);
  const tensorsOf = groups.map(({ ranges }) =>
    problem.parameters.flatMap(({ offset }, t) =>
      ranges.some(([start, end]) => offset >= start && offset < end) ? [t] : [],
    ),
  );
  const sumOver = (rows: readonly Float64Array[], tensors: readonly number[]): Float64Array =>
    sumOf(
      tensors.map((t) => rows[t] as Float64Array),
      samples,
    );
  const layerNoise = tensorsOf.map((tensors) =>
    gradientNoise({ squares: sumOver(squares, tensors), projections: sumOver(projections, tensors) }),
  );
  const norms = { squares: sumOf(squares, samples), projections: sumOf(projections, samples) };
  const whole = gradientNoise(norms);
  const { value, low, high } = varianceLimits(norms, new Random(options.seed, 'variance of the gradient'));
  const varianceError: Spread = { shift: 0, below: value - low, above: high - value };
  const curved = await curvatureScale(curvature, options);
  return {
    gradient: gradientResult(point, whole, varianceError, curved, engine, circumstances),
    layers: groups.map((group, g) => ({
      norm: layerNorm(point.gradient, group, engine, circumstances),
      signalToNoise: signalToNoise(group.name, layerNoise[g] as GradientNoise, engine, circumstances),
    })),
    lossInterval: combinedInterval(
      point.loss,
      symmetricSpread(roundingOf(point.loss, engine)),
      symmetricSpread(meanHalfWidth(losses)),
    ),
  };
}

const sumOf = (rows: readonly Float64Array[], length: number): Float64Array =>
  rows.reduce((sum, row) => sum.map((value, i) => value + (row[i] as number)), new Float64Array(length));

interface CurvatureScale {
  readonly value: number | undefined;
  readonly limits: Limits;
  readonly samples: number;
}

async function curvatureScale(
  { operator, perSample, gradient, samples }: CurvedSamples,
  { seed }: AnalysisOptions,
): Promise<CurvatureScale> {
  const random = new Random(seed, 'curvature noise');
  const found = await curvatureNoise(operator, perSample, gradient, {
    samples,
    groups: CURVATURE_GROUPS,
    random,
  });
  return { value: found.noiseScale, limits: found.limits, samples };
}

function gradientResult(
  point: LossAndGradient,
  noise: GradientNoise,
  varianceError: Spread,
  curved: CurvatureScale,
  engine: Engine,
  circumstances: Circumstances,
): GradientResult {
  const value = norm(point.gradient);
  const unbiased = Math.sqrt(Math.max(0, noise.signal));
  const sampling: Spread = {
    shift: unbiased - value,
    below: unbiased - Math.sqrt(Math.max(0, noise.signal - noise.signalError)),
    above: Math.sqrt(Math.max(0, noise.signal + noise.signalError)) - unbiased,
  };
  // Both terms of the difference that the variance is are of the size of mean ‖gᵢ‖² = tr C + ‖g‖².
  const rounding = roundingOf(noise.variance + noise.signal, engine);
  const varies = noise.variance > rounding;
  const scale = varies ? scaleQuantity : unvarying;
  const simple = scale(
    'C1.noiseScale',
    noise.noiseScale,
    noise.noiseScaleLimits,
    'per-sample gradients',
    '‖g‖² is not above zero beyond its noise',
    circumstances,
  );
  const weighted = scale(
    'C1.curvatureNoiseScale',
    curved.value,
    curved.limits,
    `sign combinations of ${CURVATURE_GROUPS} groups of samples`,
    'the curvature along the gradient is not positive',
    { samples: curved.samples, hvps: CURVATURE_GROUPS + 1 },
  );
  const better = 'notComputed' in weighted || weighted.value <= 0 ? simple : weighted;
  return {
    norm: normQuantity(value, sampling, engine, circumstances),
    variance: estimate(
      'C1.variance',
      noise.variance,
      {
        method: 'per-sample gradients',
        estimator: symmetricSpread(rounding),
        sampling: varianceError,
      },
      circumstances,
    ),
    noiseScale: simple,
    curvatureNoiseScale: weighted,
    criticalBatch:
      'notComputed' in better
        ? notComputed('C1.criticalBatch', better.notComputed)
        : { ...better, id: 'C1.criticalBatch' },
  };
}

function scaleQuantity(
  id: 'C1.noiseScale' | 'C1.curvatureNoiseScale',
  value: number | undefined,
  { low, high }: Limits,
  method: string,
  otherwise: string,
  circumstances: Circumstances,
): Quantity {
  if (value === undefined)
    return notComputed(id, `${otherwise}${low > 0 ? `; at least ${low.toPrecision(3)} samples` : ''}`);
  const sampling = high === null ? value - low : (high - low) / 2;
  return withInterval(id, value, { low, high, estimator: 0, sampling }, { method }, circumstances);
}

const unvarying: typeof scaleQuantity = (id) => notComputed(id, UNVARYING);

/** 1/B_simple of a layer; its limits are the reciprocals of that scale's. */
function signalToNoise(name: string, noise: GradientNoise, engine: Engine, circumstances: Circumstances): Quantity {
  if (!(noise.variance > roundingOf(noise.variance + noise.signal, engine)))
    return notComputed('C1.layerSignalToNoise', UNVARYING, name);
  const value = Math.max(0, noise.signal) / noise.variance;
  const scale = noise.noiseScaleLimits;
  const low = Math.min(value, scale.high === null ? 0 : 1 / scale.high);
  const high = scale.low > 0 ? Math.max(value, 1 / scale.low) : null;
  const interval: Interval = { low, high, estimator: 0, sampling: high === null ? null : (high - low) / 2 };
  return withInterval(
    'C1.layerSignalToNoise',
    value,
    interval,
    { method: 'per-sample gradients' },
    circumstances,
    name,
  );
}
