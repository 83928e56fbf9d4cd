/**
 * Error of the trace as a statement about the data's distribution: the analysed samples are a sample, H = mean Hᵢ. tr Hᵢ of every sample comes from probes that all samples share, and the studentised bootstrap goes
 * over samples. Probes add noise to each sample's value; the variance without it is the mean covariance between values from different probes.
 */
import type { PerSample } from '../operators/perSample';
import type { Spread } from '../quantity';
import type { Random } from '../random';
import { mean, variance } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { completedBasis } from './completedBasis';
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
  const basis = exact ? completedBasis(vectors, size, random) : vectors;
  const probes = exact ? [] : Array.from({ length: count }, () => complementProbe(random, size, { vectors }));
  const found = await forms.bilinear([...basis, ...probes].map((u) => [u, u]));
  return spreadOfSampleTraces(found.slice(0, basis.length), found.slice(basis.length), random);
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
