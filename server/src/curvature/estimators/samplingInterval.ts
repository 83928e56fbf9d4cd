/**
 * Error of curvature as a statement about the data's distribution: the analysed samples are a sample, H = mean Hᵢ.
 *
 * Trace: tr Hᵢ per sample from probes shared by all samples, and the studentised bootstrap over samples. Probes add noise to each sample's
 * value; the variance without it is the mean covariance between values from different probes.
 *
 * Eigenvalues: in the span of the known eigenvectors U the k × k matrices UᵀHᵢU are resampled and their eigenvalues recomputed, which
 * handles neighbouring eigenvalues to all orders. The rest enters by second-order perturbation theory: the noise E = H − E[H] lifts an eigenvalue
 * by about E‖P E u‖²/(λ − λ_rest), P the projection off U (Kato; for sample covariances, Anderson 1963 and Lawley 1956). The largest
 * eigenvalue of a mean is too large on average; the interval corrects for it.
 */
import { symmetricEigen } from '../linearAlgebra/symmetric';
import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';
import type { PerSample } from '../operators/perSample';
import type { ParameterGroup } from '../problem';
import { symmetricSpread, type Spread } from '../quantity';
import type { Random } from '../random';
import { mean, quantile, variance } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { complementProbe } from './hutchPlusPlus';

/** What is needed of `PerSample`: quadratic forms of single samples. */
export type SampleForms = Pick<PerSample, 'bilinear'>;

const TRACE_PROBES = 24;
/** Up to this many dimensions beyond the sketch the trace of every sample is exact, one form per dimension. */
const EXACT_DIMENSIONS = 48;

/** Directions taken out of the probes' noise; more cost more than they save. */
const TRACE_DIRECTIONS = 12;

/** 95 % error of the trace due to the choice of samples. `directions`: orthonormal, those of strongest curvature first; `most`: of them taken out of the probes' noise. */
export async function traceSampling(
  forms: SampleForms,
  directions: readonly Float64Array[],
  size: number,
  random: Random,
  { probes: count = TRACE_PROBES, most = TRACE_DIRECTIONS }: { readonly probes?: number; readonly most?: number } = {},
): Promise<Spread> {
  const vectors = directions.slice(0, most);
  const exact = size - vectors.length <= EXACT_DIMENSIONS;
  const basis = exact ? completed(vectors, size, random) : vectors;
  const probes = exact ? [] : Array.from({ length: count }, () => complementProbe(random, size, { vectors }));
  const found = await forms.bilinear([...basis, ...probes].map((u) => [u, u]));
  return spreadOfSampleTraces(found.slice(0, basis.length), found.slice(basis.length), random);
}

/** Orthonormal vectors completed to a basis of the whole space. */
function completed(vectors: readonly Float64Array[], size: number, random: Random): Float64Array[] {
  const basis = [...vectors];
  while (basis.length < size) {
    const direction = random.gaussianVector(size);
    orthogonalise(direction, basis);
    if (normalise(direction) > 1e-8) basis.push(direction);
  }
  return basis;
}

/** `known`: forms that enter every sample's trace; `seen`: independent unbiased estimates of what is left of it. */
export function spreadOfSampleTraces(
  known: readonly Float64Array[],
  seen: readonly Float64Array[],
  random: Random,
): Spread {
  const samples = known[0]?.length ?? seen[0]?.length ?? 0;
  const base = Float64Array.from({ length: samples }, (_, i) => known.reduce((sum, form) => sum + (form[i] ?? 0), 0));
  const estimates = seen.length === 0 ? [base] : seen.map((form) => form.map((value, i) => value + (base[i] ?? 0)));
  const average = base.map((_, i) => mean(estimates.map((estimate) => estimate[i] ?? 0)));
  const spread = studentisedBootstrap(average, random);
  const noisy = variance(average);
  if (estimates.length < 2 || !(noisy > 0)) return spread;
  // Var of the average over j = (mean covariance of pairs) + (mean variance − mean covariance)/J; only the former is the samples'.
  const count = estimates.length;
  const own = mean(estimates.map((estimate) => variance(estimate)));
  const between = (count * noisy - own) / (count - 1);
  const shrink = Math.sqrt(Math.min(1, Math.max(between, 0.05 * noisy) / noisy));
  return { shift: 0, below: spread.below * shrink, above: spread.above * shrink };
}

/** Enough, since their squares are averaged over all samples. */
const EIGEN_PROBES = 3;
const RESAMPLES = 400;

/**
 * 95 % errors of eigenvalues due to the choice of samples, one per pair. `pairs` are orthonormal eigenvectors of the whole (or, with `group`,
 * of its diagonal block, embedded in the whole); `rest`: typical value of the other eigenvalues.
 */
export async function eigenvalueSampling(
  forms: SampleForms,
  pairs: readonly { readonly value: number; readonly vector: Float64Array }[],
  options: {
    readonly rest: number;
    readonly random: Random;
    readonly group?: ParameterGroup;
    readonly probes?: number;
    /** Samples that the matrix is a mean of, where the forms are of some of them only; default: of all. */
    readonly samples?: number;
  },
): Promise<Spread[]> {
  const k = pairs.length;
  const vectors = pairs.map(({ vector }) => vector);
  const size = vectors[0]?.length ?? 0;
  const positions = vectors.flatMap((_, a) => vectors.slice(a).map((__, b) => [a, a + b] as const));
  const room = (options.group?.size ?? size) - k;
  const probes =
    room <= 0 ? [] : Array.from({ length: options.probes ?? EIGEN_PROBES }, () => probeOutside(options, size, vectors));
  const found = await forms.bilinear([
    ...positions.map(([a, b]) => [vectors[a] as Float64Array, vectors[b] as Float64Array] as const),
    ...vectors.flatMap((u) => probes.map((z) => [u, z] as const)),
  ]);
  const matrices = sampleMatrices(found.slice(0, positions.length), positions, k);
  const leaks = found.slice(positions.length);
  const seen = matrices.length;
  // One sample says nothing about others.
  if (seen < 2) return pairs.map(() => symmetricSpread(Infinity));
  const samples = options.samples ?? seen;
  return resampleEigenvalues(matrices, k, options.random).map((resampled, a) => {
    const spread = ofMoreSamples(resampled, seen / samples);
    const own = leaks.slice(a * probes.length, (a + 1) * probes.length);
    const gap = (pairs[a]?.value ?? 0) - options.rest;
    // E‖P(Hᵢ − H)u‖²/N = mean over samples and probes of (zᵀHᵢu)², less its mean, over N.
    const leaked = own.length === 0 ? 0 : mean(own.map((leak) => variance(leak))) / samples;
    return withLift(spread, liftBy(leaked, gap), gap);
  });
}

/** Of a mean over more samples than were seen: a standard deviation shrinks as 1/√N, a lift of second order as 1/N. */
const ofMoreSamples = ({ shift, below, above }: Spread, ratio: number): Spread => ({
  shift: shift * ratio,
  below: below * Math.sqrt(ratio),
  above: above * Math.sqrt(ratio),
});

/**
 * How far noise outside of the known eigenvectors lifts an eigenvalue away from the rest. With c = E‖P E u‖² and the distance g found, the true distance t solves
 * g = t + c/t (the law of spiked matrices, of which c/g is the first term); where g² < 4c the eigenvalue cannot be told from noise,
 * and the largest lift that the law allows stands, g/2.
 */
function liftBy(noise: number, gap: number): number {
  const root = Math.sqrt(Math.max(0, gap * gap - 4 * noise));
  return (Math.sign(gap) * (Math.abs(gap) - root)) / 2;
}

/**
 * Takes out the lift. The whole correction is the mean of a sum of a few squares (of zᵀEu over neighbouring directions), whose standard
 * deviation is about its mean: twice that is its share of the 95 % interval. An extreme eigenvalue lies beyond the mean of the rest, and so
 * does its interval.
 */
function withLift({ shift, below, above }: Spread, lift: number, gap: number): Spread {
  const correction = shift - lift;
  const room = Math.max(0, Math.abs(gap + correction));
  const spread = {
    shift: correction,
    below: Math.hypot(below, 2 * correction),
    above: Math.hypot(above, 2 * correction),
  };
  if (gap > 0) return { ...spread, below: Math.min(spread.below, room) };
  return gap < 0 ? { ...spread, above: Math.min(spread.above, room) } : spread;
}

/** Random signs on the group's rows, orthogonal to `vectors`. */
function probeOutside(
  { random, group }: { readonly random: Random; readonly group?: ParameterGroup },
  size: number,
  vectors: readonly Float64Array[],
): Float64Array {
  const probe = random.rademacherVector(size);
  if (group !== undefined) {
    const inside = new Float64Array(size);
    for (const [start, end] of group.ranges) inside.set(probe.subarray(start, end), start);
    probe.set(inside);
  }
  orthogonalise(probe, vectors);
  return probe;
}

/** matrices[i]: row-major k × k of sample i. */
function sampleMatrices(
  projected: readonly Float64Array[],
  positions: readonly (readonly [number, number])[],
  k: number,
): Float64Array[] {
  return Array.from({ length: projected[0]?.length ?? 0 }, (_, i) => {
    const matrix = new Float64Array(k * k);
    positions.forEach(([a, b], entry) => {
      const value = projected[entry]?.[i] ?? 0;
      matrix[a * k + b] = value;
      matrix[b * k + a] = value;
    });
    return matrix;
  });
}

/** Eigenvalues ascending of the mean matrix, and the standard error of each from the spread of uᵀMᵢu. */
function meanSpectrum(
  matrices: readonly Float64Array[],
  picks: Int32Array,
  k: number,
): { readonly values: Float64Array; readonly errors: Float64Array } {
  const n = picks.length;
  const average = new Float64Array(k * k);
  for (const pick of picks) {
    const matrix = matrices[pick] as Float64Array;
    for (let e = 0; e < average.length; e++) average[e] = (average[e] as number) + (matrix[e] as number) / n;
  }
  const rows = Array.from({ length: k }, (_, a) => average.subarray(a * k, (a + 1) * k));
  const { values, vectors } = symmetricEigen(rows);
  const errors = Float64Array.from(vectors, (u, a) => {
    const outer = Float64Array.from(average, (_, e) => (u[Math.floor(e / k)] as number) * (u[e % k] as number));
    let squares = 0;
    for (const pick of picks) {
      const matrix = matrices[pick] as Float64Array;
      let form = 0;
      for (let e = 0; e < outer.length; e++) form += (outer[e] as number) * (matrix[e] as number);
      squares += (form - (values[a] as number)) ** 2;
    }
    return Math.sqrt(squares / (n - 1) / n);
  });
  return { values, errors };
}

/** Studentised bootstrap of every eigenvalue of the mean of the matrices, in the order of the basis (in which the mean is diagonal). */
function resampleEigenvalues(matrices: readonly Float64Array[], k: number, random: Random): Spread[] {
  const n = matrices.length;
  const whole = meanSpectrum(
    matrices,
    Int32Array.from({ length: n }, (_, i) => i),
    k,
  );
  const lifts = Array.from({ length: k }, () => new Float64Array(RESAMPLES));
  const statistics = Array.from({ length: k }, () => new Float64Array(RESAMPLES));
  for (let b = 0; b < RESAMPLES; b++) {
    const { values, errors } = meanSpectrum(
      matrices,
      Int32Array.from({ length: n }, () => random.integer(n)),
      k,
    );
    for (let a = 0; a < k; a++) {
      const [lift, error] = [(values[a] as number) - (whole.values[a] as number), errors[a] as number];
      (lifts[a] as Float64Array)[b] = lift;
      (statistics[a] as Float64Array)[b] = error > 0 ? lift / error : 0;
    }
  }
  const diagonal = Float64Array.from({ length: k }, (_, a) =>
    mean(matrices.map((matrix) => matrix[a * k + a] as number)),
  );
  const ranks = [...diagonal.keys()].sort((a, b) => (diagonal[a] as number) - (diagonal[b] as number));
  return Array.from(diagonal, (_, own) => {
    const rank = ranks.indexOf(own);
    return correctedSpread(lifts[rank] as Float64Array, statistics[rank] as Float64Array, whole.errors[rank] as number);
  });
}

/** The interval value − t₀.₉₇₅·s … value − t₀.₀₂₅·s around the value less its mean lift. */
function correctedSpread(lifts: Float64Array, statistics: Float64Array, error: number): Spread {
  const shift = -mean(lifts);
  const sorted = statistics.slice().sort();
  const [low, high] = [-quantile(sorted, 0.975) * error, -quantile(sorted, 0.025) * error];
  return { shift, below: Math.max(0, shift - low), above: Math.max(0, high - shift) };
}
