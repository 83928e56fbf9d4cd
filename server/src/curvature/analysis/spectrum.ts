/** A1–A4: both ends of the spectrum, trace, Frobenius norm, density, bulk. */
import { findBulk, shareOf } from '../estimators/bulk';
import { exactTraces } from '../estimators/exactTraces';
import { hutchPlusPlus, type Probed, type ProbedTraces } from '../estimators/hutchPlusPlus';
import { lanczos, type Neighbours, type RitzPair, type RitzValue } from '../estimators/lanczos';
import { eigenvalueSampling } from '../estimators/eigenvalueSampling';
import { traceSampling } from '../estimators/traceSampling';
import { emptySketch, orthonormalSketch, type Sketch } from '../estimators/sketch';
import {
  exactQuadrature,
  stochasticLanczosQuadrature,
  type ProbeQuadrature,
} from '../estimators/stochasticLanczosQuadrature';
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import { combination } from '../linearAlgebra/vector';
import { denseMatrix } from '../operators/dense';
import type { CurvatureOperator } from '../operators/curvatureOperator';
import type { PerSample } from '../operators/perSample';
import type { ParameterGroup } from '../problem';
import { combinedInterval, symmetricSpread, type Quantity, type Spread } from '../quantity';
import { Random } from '../random';
import { once } from '../../once';
import type { Eigenpair, SpectralDensity, SpectrumResult } from '../result';
import type { AnalysisOptions } from './options';
import { estimate, exactly, notComputed, scaledQuantity, type Circumstances } from './quantities';

/** Work of the exact ways, in floating-point operations: p products, and the eigenvalues of a p × p matrix. */
const EXACT_OPERATIONS = 2e11;
const LARGEST_DENSE = 1200;
const LARGEST_EXACT_TRACE = 6000;
/** Bytes for a Krylov basis. */
const BASIS_BYTES = 1.5e9;
const SKETCH = 32;
/**
 * Pairs followed at the lower end. Behind the smallest one negative eigenvalues usually crowd together: following more of them multiplies the
 * products and says little.
 */
const LOWER_PAIRS = 1;
/** Vectors kept in float32 before a restart: beyond this, orthogonalisation costs more than the products it saves. */
const SINGLE_BASIS = 200;
/** Products that the ends may cost in float32; what has not converged by then is reported with its residual. */
const SINGLE_BUDGET = 240;
const DENSITY = { probes: 4, steps: 40 };
/** Where the work is bounded. */
const BRIEF_DENSITY = { probes: 4, steps: 10 };
const BRIEF_PROBES = 12;
const BRIEF_TRACE_FORMS = { probes: 5, most: 3 };
/** Where products are dear, what the choice of samples leaves open is far more than this. */
const BRIEF_ENDS = {
  tolerance: 0.05,
  /** Negative eigenvalues crowd together, so that the last products would go into the smallest one alone. */
  lowerTolerance: 0.3,
};
/** Relative error above which an inner eigenvalue is left out. */
const RESOLVED = 0.1;
/** Of a matrix of some of the samples, whose eigenvectors are where those of all are looked for. */
const PART = { products: 40, tolerance: 0.03, lowerTolerance: 0.25, enough: 1, lowerPairs: 2 };
/** Eigenvalues below this share of the largest magnitude count as near zero. */
const NEAR_ZERO = 1e-3;

/** Both ends of the spectrum and what later steps need of them. */
export interface Ends {
  readonly top: readonly RitzPair[];
  readonly bottom: readonly RitzPair[];
  /** Directions that hold most of the matrix, with their products; empty where the whole is known. Made when it is first asked for. */
  readonly sketch: () => Sketch;
  /** The whole matrix, where it was affordable. */
  readonly rows: readonly Float64Array[] | undefined;
  /** All eigenvalues, ascending, where they were. */
  readonly all: Float64Array | undefined;
  readonly method: string;
}

/** How exact the answer may be for what it costs; a function of sizes alone, so that a result does not depend on the machine's speed. */
export interface Plan {
  readonly dense: boolean;
  readonly exactTrace: boolean;
}

export function planFor(dimension: number, operations: number): Plan {
  const products = dimension * operations;
  return {
    dense: dimension <= LARGEST_DENSE && products + 9 * dimension ** 3 <= EXACT_OPERATIONS,
    exactTrace: dimension <= LARGEST_EXACT_TRACE && products <= EXACT_OPERATIONS,
  };
}

/** `onLargest` is told the largest eigenvalue as soon as it is known to the tolerance, where others take longer. */
export async function findEnds(
  operator: CurvatureOperator,
  plan: Plan,
  options: AnalysisOptions,
  onProgress: (fraction: number) => void,
  onLargest: (largest: RitzValue) => void,
): Promise<Ends> {
  return plan.dense
    ? denseEnds(operator, options, onProgress)
    : krylovEnds(operator, options, {}, onProgress, onLargest);
}

/** What bounds a run of Lanczos beyond what is usual. */
interface Bounds {
  readonly products?: number;
  readonly tolerance?: number;
  readonly lowerTolerance?: number;
  readonly start?: Float64Array;
  /** Pairs at each end that are enough. */
  readonly enough?: number;
  readonly lowerPairs?: number;
  readonly next?: Neighbours;
}

/** Of a matrix of some of the samples. */
export const findBriefEnds = (
  operator: CurvatureOperator,
  options: AnalysisOptions,
  onProgress: (fraction: number) => void,
): Promise<Ends> => krylovEnds(operator, options, PART, onProgress, () => undefined);

/**
 * Takes no more than `products`, and stops when the outermost eigenvalues are known. Begins with the sum of the outermost eigenvectors of a matrix of some of the samples, which are near to those of all: two
 * products nearly tell them apart. What lies next to them in that matrix, as far out as it may be, stands for their neighbours, which so few products do not show. An inner eigenvalue counts only where it is
 * resolved: how many lie between it and the outermost is not known otherwise.
 */
export const refineEnds = async (
  operator: CurvatureOperator,
  ofPart: Ends,
  products: number,
  options: AnalysisOptions,
  onProgress: (fraction: number) => void,
  onLargest: (largest: RitzValue) => void,
): Promise<Ends> => {
  const outermost = [ofPart.top[0], ofPart.bottom[0]].flatMap((pair) => pair ?? []);
  const start = combination(
    outermost.map(({ vector }) => vector),
    outermost.map(() => 1),
  );
  const next = neighboursIn(ofPart);
  const bounds = { products, start, ...BRIEF_ENDS, enough: 1, ...(next === undefined ? {} : { next }) };
  const found = await krylovEnds(operator, options, bounds, onProgress, onLargest);
  return { ...found, top: resolved(found.top), bottom: resolved(found.bottom) };
};

/** As far out as their errors allow. */
function neighboursIn({ top: [, upper], bottom: [, lower] }: Ends): Neighbours | undefined {
  if (upper === undefined || lower === undefined) return undefined;
  return { belowTop: upper.value + upper.error, aboveBottom: lower.value - lower.error };
}

/** The outermost, and those behind it up to the first that is not known well. */
function resolved(pairs: readonly RitzPair[]): readonly RitzPair[] {
  const open = pairs.findIndex(({ value, error }, i) => i > 0 && !(error <= RESOLVED * Math.abs(value)));
  return open === -1 ? pairs : pairs.slice(0, open);
}

async function denseEnds(
  operator: CurvatureOperator,
  { top }: AnalysisOptions,
  onProgress: (fraction: number) => void,
): Promise<Ends> {
  const rows = await denseMatrix(operator, onProgress);
  if (rows.some((row) => row.some((entry) => !Number.isFinite(entry))))
    throw new RangeError(
      'a product with the matrix is not finite: the loss has no finite second derivative at this point',
    );
  const eigen = partialSymmetricEigen(rows);
  const { values } = eigen;
  const scale = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0));
  const pairAt = (k: number): RitzPair => {
    const vector = eigen.vector(k);
    const value = values[k] as number;
    const residual = Math.hypot(
      ...rows.map((row, i) => dotRow(row, vector) - value * (vector[i] ?? 0)),
      operator.roundoff * scale,
    );
    return { value, vector, residual, error: residual + 4 * operator.roundoff * scale, converged: true };
  };
  const count = Math.min(top, values.length);
  return {
    top: Array.from({ length: count }, (_, i) => pairAt(values.length - 1 - i)),
    bottom: Array.from({ length: count }, (_, i) => pairAt(i)),
    sketch: () => emptySketch,
    rows,
    all: values,
    method: 'all eigenvalues of the dense matrix',
  };
}

const dotRow = (row: Float64Array, vector: Float64Array): number =>
  row.reduce((sum, entry, j) => sum + entry * (vector[j] ?? 0), 0);

async function krylovEnds(
  operator: CurvatureOperator,
  options: AnalysisOptions,
  bounds: Bounds,
  onProgress: (fraction: number) => void,
  onLargest: (largest: RitzValue) => void,
): Promise<Ends> {
  const { top, eigenvalueTolerance, seed } = options;
  let isTold = false;
  const single = operator.roundoff > 2 ** -30;
  const bytes = single ? 4 : 8;
  const fitting = Math.floor(BASIS_BYTES / (bytes * operator.size));
  const found = await lanczos(operator, {
    top,
    bottom: bounds.lowerPairs ?? LOWER_PAIRS,
    tolerance: Math.max(eigenvalueTolerance, bounds.tolerance ?? 0),
    lowerTolerance: Math.max(eigenvalueTolerance, bounds.lowerTolerance ?? bounds.tolerance ?? 0),
    ...(bounds.start === undefined ? {} : { start: bounds.start }),
    ...(bounds.enough === undefined ? {} : { enough: bounds.enough }),
    ...(bounds.next === undefined ? {} : { next: bounds.next }),
    maxApplications: bounds.products ?? (single ? SINGLE_BUDGET : Math.max(2000, 2 * Math.min(operator.size, 4000))),
    maxBasis: Math.min(operator.size, Math.max(2 * top + 40, Math.min(fitting, single ? SINGLE_BASIS : 1600))),
    block: Math.min(operator.blockSize, 4),
    random: new Random(seed, 'lanczos'),
    sketch: SKETCH,
    onStep: ({ largest, converged }) => {
      onProgress(converged);
      if (isTold || largest?.converged !== true) return;
      isTold = true;
      onLargest(largest);
    },
  });
  return {
    top: found.top,
    bottom: found.bottom,
    sketch: once(() => orthonormalSketch(found.images())),
    rows: undefined,
    all: undefined,
    method: `Lanczos, ${found.applications} products`,
  };
}

/** Mean of all eigenvalues but those of `pairs`, where they are known, else near zero. */
export function restOf({ all }: Ends, pairs: readonly RitzPair[]): number {
  if (all === undefined || all.length <= pairs.length) return 0;
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
  return (sum(all) - sum(pairs.map(({ value }) => value))) / (all.length - pairs.length);
}

/** Sampling errors of the eigenvalues at one end; undefined where nothing per sample is defined. `samples`: behind the matrix, of which `perSample` may have fewer. */
export async function samplingOf(
  perSample: PerSample | undefined,
  pairs: readonly RitzPair[],
  rest: number,
  options: AnalysisOptions,
  stream: string,
  samples: number,
): Promise<readonly Spread[] | undefined> {
  if (perSample === undefined || pairs.length === 0) return undefined;
  return eigenvalueSampling(perSample, pairs, { rest, random: new Random(options.seed, stream), samples });
}

export const eigenpairOf = (
  { value, residual, error, converged }: RitzValue,
  sampling: Spread | undefined,
): Eigenpair => ({
  value,
  residual,
  interval: combinedInterval(value, symmetricSpread(error), sampling ?? null),
  converged,
});

/** Trace and traces of groups. */
export interface Traces extends ProbedTraces {
  readonly sketch: Sketch | undefined;
  readonly sampling: Spread | null;
  readonly method: string;
}

export async function findTraces(
  operator: CurvatureOperator,
  ends: Ends,
  plan: Plan,
  groups: readonly ParameterGroup[],
  perSample: PerSample | undefined,
  options: AnalysisOptions,
  isBrief: boolean,
  onProgress: (fraction: number) => void,
): Promise<Traces> {
  const rows = ends.rows ?? (plan.exactTrace ? await denseMatrix(operator, onProgress) : undefined);
  const maxProbes = isBrief ? Math.min(BRIEF_PROBES, options.probes) : options.probes;
  const random = new Random(options.seed, 'trace');
  const sketch = rows === undefined ? ends.sketch() : undefined;
  const traces =
    rows === undefined
      ? await hutchPlusPlus(operator, ends.sketch(), {
          groups,
          tolerance: options.estimateTolerance,
          maxProbes,
          random,
          onProbes: (probes) => onProgress(probes / maxProbes),
        })
      : exactTraces(rows, groups, operator.roundoff);
  const vectors = sketch?.vectors ?? [...ends.top, ...ends.bottom].map(({ vector }) => vector);
  const sampling =
    perSample === undefined
      ? null
      : await traceSampling(
          perSample,
          orthonormal(vectors, operator.size),
          operator.size,
          new Random(options.seed, 'trace sampling'),
          isBrief ? BRIEF_TRACE_FORMS : {},
        );
  const method = rows === undefined ? `Hutch++, ${traces.probes} probes` : 'exact diagonal';
  return { ...traces, sketch, sampling, method };
}

/** Both ends of a small matrix may be the same vectors. */
function orthonormal(vectors: readonly Float64Array[], size: number): readonly Float64Array[] {
  return vectors.length <= size ? vectors : vectors.slice(0, size);
}

/** A3. */
export interface Density {
  readonly density: SpectralDensity;
  /** Behind the matrix. */
  readonly samples: number;
  /** Of all eigenvalues, where they are known. */
  readonly perProbe: readonly ProbeQuadrature[];
}

export async function findDensity(
  operator: CurvatureOperator,
  samples: number,
  ends: Ends,
  options: AnalysisOptions,
  isBrief: boolean,
  onProgress: (fraction: number) => void,
): Promise<Density> {
  if (ends.all !== undefined) {
    const own = exactQuadrature(ends.all);
    return { density: { nodes: own.nodes, probes: 0, steps: 0, exact: true }, samples, perProbe: [own] };
  }
  const known = [...ends.top, ...ends.bottom].filter(({ converged }) => converged);
  const planned = isBrief ? BRIEF_DENSITY : DENSITY;
  const { probes } = planned;
  const steps = Math.min(planned.steps, operator.size - known.length);
  const { nodes, perProbe } = await stochasticLanczosQuadrature(operator, {
    probes,
    steps,
    parallel: operator.blockSize,
    known,
    random: new Random(options.seed, 'density'),
    onStep: onProgress,
  });
  return { density: { nodes, probes, steps, exact: false }, samples, perProbe };
}

/** A4 from the top eigenvalues and the density. */
export function bulkOf(
  ends: Ends,
  perProbe: readonly ProbeQuadrature[] | undefined,
  dimension: number,
  classCount: number | undefined,
  topSampling: readonly Spread[] | undefined,
  circumstances: Circumstances,
  ofDensity: Circumstances,
): SpectrumResult['bulk'] {
  const magnitude = Math.max(Math.abs(ends.top[0]?.value ?? 0), Math.abs(ends.bottom[0]?.value ?? 0));
  const descending = ends.all === undefined ? ends.top.map(({ value }) => value) : Array.from(ends.all).reverse();
  const bulk = findBulk(descending, NEAR_ZERO * magnitude);
  const none = `no gap stands out among the ${descending.length} largest eigenvalues; more are computed with --top`;
  const classes = classCount === undefined ? '' : `; the task has ${classCount} classes`;
  const edgePair = bulk === undefined ? undefined : ends.top[bulk.outliers];
  const edgeError = {
    estimator: symmetricSpread(edgePair?.error ?? ends.top[0]?.error ?? 0),
    sampling: (bulk === undefined ? undefined : topSampling?.[bulk.outliers]) ?? null,
  };
  const share = (id: 'A4.massAtZero' | 'A4.negativeMass', inside: (value: number) => boolean): Quantity => {
    if (perProbe === undefined) return notComputed(id, 'needs the spectral density');
    const exact = ends.all !== undefined;
    const { value, halfWidth } = exact ? exactShare(ends.all, inside) : shareOf(perProbe, inside, dimension);
    const method = exact ? 'counted among all eigenvalues' : 'from the quadrature nodes';
    return clipped(estimate(id, value, { method, estimator: symmetricSpread(halfWidth), sampling: null }, ofDensity));
  };
  return {
    edge:
      bulk === undefined
        ? notComputed('A4.bulkEdge', none)
        : estimate(
            'A4.bulkEdge',
            bulk.edge,
            { method: `gap of a factor ${bulk.gap.toPrecision(3)}`, ...edgeError },
            circumstances,
          ),
    outliers:
      bulk === undefined
        ? notComputed('A4.outliers', none)
        : estimate(
            'A4.outliers',
            bulk.outliers,
            { method: `counted above the gap${classes}`, estimator: exactly, sampling: null },
            circumstances,
          ),
    massAtZero: share('A4.massAtZero', (value) => Math.abs(value) <= NEAR_ZERO * magnitude),
    negativeMass: share('A4.negativeMass', (value) => value < -NEAR_ZERO * magnitude),
  };
}

const exactShare = (values: Float64Array, inside: (value: number) => boolean): Probed => ({
  value: values.filter(inside).length / values.length,
  halfWidth: 0,
});

/** A share lies in [0, 1], and so does its interval. */
function clipped<Q extends Quantity>(quantity: Q): Q {
  if ('notComputed' in quantity) return quantity;
  const { low, high } = quantity.interval;
  const interval = {
    ...quantity.interval,
    low: low === null ? null : Math.max(0, low),
    high: high === null ? null : Math.min(1, high),
  };
  return { ...quantity, interval };
}

/** The quantities of A2. */
export function traceQuantities(
  { trace, frobenius, sampling, method, resolved, probes }: Traces,
  dimension: number,
  options: AnalysisOptions,
  circumstances: Circumstances,
): Pick<SpectrumResult, 'trace' | 'meanEigenvalue' | 'frobenius'> {
  const unresolved = resolved
    ? {}
    : {
        notResolved: `the interval is wider than ${options.estimateTolerance * 100} % after ${probes} probes (${probes < options.probes ? '--effort' : '--probes'} raises the budget)`,
      };
  const whole = estimate(
    'A2.trace',
    trace.value,
    { method, estimator: symmetricSpread(trace.halfWidth), sampling, ...unresolved },
    circumstances,
  );
  return {
    trace: whole,
    meanEigenvalue: scaledQuantity('A2.meanEigenvalue', whole, 1 / dimension),
    frobenius: estimate(
      'A2.frobenius',
      frobenius.value,
      { method, estimator: symmetricSpread(frobenius.halfWidth), sampling: null },
      circumstances,
    ),
  };
}
