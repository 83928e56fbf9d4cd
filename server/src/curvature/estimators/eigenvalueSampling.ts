/**
 * Error of eigenvalues as a statement about the data's distribution: the analysed samples are a sample, H = mean Hᵢ.
 *
 * In the span of the known eigenvectors U, or in the whole space where it is small, the matrices UᵀHᵢU are looked at as they are (`heldOutEigenvalues`). What is outside of it lifts eigenvalues away from the rest (`noiseLift`). Each
 * sample is taken without its own part of that lift, which leaves the pseudo-values of a jackknife to second order: uᵀHᵢu itself varies too much, as the eigenvector found leans towards every sample.
 */
import { orthogonalise } from '../linearAlgebra/orthogonalise';
import { symmetricSpread, type Spread } from '../quantity';
import type { Random } from '../random';
import { variance } from '../statistics/moments';
import { completedBasis } from './completedBasis';
import { heldOutEigenvalues } from './heldOutEigenvalues';
import { noiseLift, noiseOf, type NoiseLift } from './noiseLift';
import type { SampleForms } from './traceSampling';

/** Up to this many dimensions all of them are in the span, ... */
const WHOLE_DIMENSIONS = 48;
/** ... where the matrices of all samples have no more entries. */
const WHOLE_ENTRIES = 1e7;
/**
 * Share of the noise of other directions below which a direction has none but that of rounding. Where samples are no more than dimensions there are directions that no sample has any curvature along, and
 * they do not tell whether others have.
 */
const SILENT = 1e-8;
/** Enough, since their squares are averaged over all samples. The first goes with the others by one product. */
const PROBES = 3;

/** An eigenvalue of the samples' mean with its unit vector. */
interface Pair {
  readonly value: number;
  readonly vector: Float64Array;
}

interface Options {
  /** Typical value of the other eigenvalues. */
  readonly rest: number;
  readonly random: Random;
  /** Samples that the matrix is a mean of; the forms may be of some of them only. */
  readonly samples: number;
}

/** 95 % errors of eigenvalues due to the choice of samples, one per pair; infinite where the samples do not tell. `pairs`: orthonormal eigenvectors. */
export async function eigenvalueSampling(
  forms: SampleForms,
  pairs: readonly Pair[],
  { rest, random, samples }: Options,
): Promise<Spread[]> {
  const known = pairs.map(({ vector }) => vector);
  const size = known[0]?.length ?? 0;
  const isWhole = size <= WHOLE_DIMENSIONS && size ** 2 * samples <= WHOLE_ENTRIES;
  const span = isWhole ? completedBasis(known, size, random) : known;
  const k = span.length;
  const probes = Array.from({ length: size > k ? PROBES : 0 }, () => probeOutside(random, size, span));
  const positions = span.flatMap((_, a) => span.slice(a).map((__, b) => [a, a + b] as const));
  const found = await forms.bilinear([
    ...positions.map(([a, b]) => [span[a] as Float64Array, span[b] as Float64Array] as const),
    ...known.flatMap((u) => probes.map((z) => [u, z] as const)),
    ...probes.slice(1).map((z) => [probes[0] as Float64Array, z] as const),
  ]);
  const matrices = sampleMatrices(found.slice(0, positions.length), positions, k);
  const seen = matrices.length;
  // One sample says nothing about others.
  if (seen < 2) return pairs.map(() => symmetricSpread(Infinity));
  const leaks = found.slice(positions.length);
  const elsewhere = probes.length === 0 ? 0 : noiseOf(leaks.slice(known.length * probes.length)) / (size - k);
  const lifts = pairs.map(({ value }, a) => {
    const own = leaks.slice(a * probes.length, (a + 1) * probes.length);
    return noiseLift(own, { elsewhere, gap: value - rest, samples, directions: size - k });
  });
  lifts.forEach(({ ofSamples }, a) => ofSamples.forEach((lift, i) => lower(matrices[i] as Float64Array, a, k, lift)));
  const inside = heldOutEigenvalues(matrices, k, random);
  const within = noiseWithin(found, positions, k);
  const most = Math.max(elsewhere, ...within);
  return pairs.map(({ value }, a) => {
    const lift = lifts[a] as NoiseLift;
    if (seen <= size && (within[a] as number) + lift.noise <= SILENT * most) return symmetricSpread(Infinity);
    const spread = ofMoreSamples(inside.spread(rankOf(a, inside.vectors)), seen / samples);
    return probes.length === 0 ? spread : withLift(spread, lift, value - rest);
  });
}

function lower(matrix: Float64Array, at: number, k: number, by: number): void {
  matrix[at * k + at] = (matrix[at * k + at] as number) - by;
}

/** For each vector of the span Σ Var uᵀHᵢv over those of the span. */
function noiseWithin(
  found: readonly Float64Array[],
  positions: readonly (readonly [number, number])[],
  k: number,
): Float64Array {
  const sums = new Float64Array(k);
  positions.forEach(([a, b], entry) => {
    const noise = variance(found[entry] ?? []);
    for (const vector of new Set([a, b])) sums[vector] = (sums[vector] as number) + noise;
  });
  return sums;
}

/** Of the mean's eigenvectors in the basis, that nearest to the basis vector `a`. */
function rankOf(a: number, vectors: readonly Float64Array[]): number {
  const along = vectors.map((vector) => Math.abs(vector[a] as number));
  return along.indexOf(Math.max(...along));
}

/** Of a mean over more samples than were seen: a standard deviation shrinks as 1/√N, a lift of second order as 1/N. */
const ofMoreSamples = ({ shift, below, above }: Spread, ratio: number): Spread => ({
  shift: shift * ratio,
  below: below * Math.sqrt(ratio),
  above: above * Math.sqrt(ratio),
});

/** Takes out the lift. An extreme eigenvalue lies beyond the mean of the rest, and so does its interval. */
function withLift({ shift, below, above }: Spread, lift: NoiseLift, gap: number): Spread {
  const room = Math.max(0, Math.abs(gap + shift - lift.value));
  const spread = {
    shift: shift - lift.value,
    below: Math.hypot(below, lift.below),
    above: Math.hypot(above, lift.above),
  };
  if (gap > 0) return { ...spread, below: Math.min(spread.below, room) };
  return gap < 0 ? { ...spread, above: Math.min(spread.above, room) } : spread;
}

/** Random signs off `vectors`. */
function probeOutside(random: Random, size: number, vectors: readonly Float64Array[]): Float64Array {
  const probe = random.rademacherVector(size);
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
