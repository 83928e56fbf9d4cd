/**
 * How far noise outside of known eigenvectors U lifts an eigenvalue of a mean of N matrices away from the rest: E = H − E[H] does so by about E‖P E u‖²/(λ − λ_rest), P the projection off U (for sample covariances, Anderson 1963 and
 * Lawley 1956; Baik and Silverstein 2006).
 *
 * With c = E‖P E u‖² for the distribution's eigenvector u and the distance g found, the true distance t solves g = t + c/t (the law of spiked matrices, of which c/g is the first term). That vector has the share 1 − c/t² of its square
 * in the one found, and c is the mean over both shares: that of the found one and that of a direction of the rest. The one found is chosen for little noise at the lower end of positive definite matrices, and for much at the upper
 * end. Where no t is real the eigenvalue cannot be told from noise: the true distance is anything up to g/2.
 */
import { covariance, mean, variance } from '../statistics/moments';
import { NORMAL95 } from '../statistics/studentT';

/** Of a fixed point that a few reach. */
const STEPS = 20;

export interface NoiseLift {
  /** E‖P(Hᵢ − H)u‖² */
  readonly noise: number;
  /** Signed, away from the rest. */
  readonly value: number;
  /** 95 % errors of the eigenvalue without its lift. */
  readonly below: number;
  readonly above: number;
  /** Every sample's part, whose mean is `value`. */
  readonly ofSamples: Float64Array;
}

interface Surroundings {
  /** The noise of a direction of the rest. */
  readonly elsewhere: number;
  /** Eigenvalue found, less that of the rest. */
  readonly gap: number;
  /** Of the mean; the forms may be of some of them only. */
  readonly samples: number;
  /** Dimensions outside of U. */
  readonly directions: number;
}

/** E‖P(Hᵢ − H)u‖² = mean over samples and probes of (zᵀHᵢu)², less its mean. */
export const noiseOf = (leaks: readonly Float64Array[]): number => mean(leaks.map((leak) => variance(leak)));

/** `leaks`: zᵀHᵢu of every sample, one row for each probe z of random signs off U; none where U is the whole space. */
export function noiseLift(leaks: readonly Float64Array[], around: Surroundings): NoiseLift {
  const noise = leaks.length === 0 ? 0 : noiseOf(leaks);
  if (!(noise > 0)) return { noise: 0, value: 0, below: 0, above: 0, ofSamples: new Float64Array() };
  const found = Math.abs(around.gap);
  const distance = (factor: number): number =>
    distanceWithout((factor * noise) / around.samples, around.elsewhere / around.samples, found);
  const relative = noiseError(leaks, noise, around.directions);
  const [most, middle, least] = [distance(Math.max(0, 1 - relative)), distance(1), distance(1 + relative)];
  const outward = most - middle;
  const inward = middle - (isHidden(least, found) ? 0 : least);
  const value = Math.sign(around.gap) * (found - middle);
  return {
    noise,
    value,
    below: around.gap > 0 ? inward : outward,
    above: around.gap > 0 ? outward : inward,
    ofSamples: partsOf(leaks, value),
  };
}

/** t, or g/2 where it is not real. */
function distanceWithout(own: number, elsewhere: number, found: number): number {
  let [distance, noise] = [found, own];
  for (let step = 0; step < STEPS; step++) {
    const share = Math.max(0, 1 - noise / distance ** 2);
    noise = share * own + (1 - share) * elsewhere;
    distance = (found + Math.sqrt(Math.max(0, found ** 2 - 4 * noise))) / 2;
  }
  return distance;
}

const isHidden = (distance: number, found: number): boolean => distance <= found / 2;

/**
 * 95 % error of the lift, in lifts. It is a sum of squares of normal values over the directions of the noise, whose covariance is M: relative variance 2 tr M²/(tr M)², and a share of it again for each of the probes that tell of
 * tr M. For two probes E(zᵀMw)² = tr M²; both halves of the samples tell of zᵀMw, so that their noise has no part in its square.
 */
function noiseError(leaks: readonly Float64Array[], noise: number, directions: number): number {
  const halves = [0, 1].map((half) => leaks.map((leak) => leak.filter((_, i) => i % 2 === half)));
  const squares = leaks.flatMap((_, z) =>
    leaks.slice(z + 1).map((__, k) => {
      const [first = NaN, second = NaN] = halves.map((own) => covariance(own[z] ?? [], own[z + 1 + k] ?? []));
      return first * second;
    }),
  );
  const found = mean(squares) / noise ** 2;
  // Of fewer than four samples halves tell nothing.
  const concentration = Number.isNaN(found) ? 1 : Math.min(1, Math.max(1 / directions, found));
  return NORMAL95 * Math.sqrt(2 * concentration * (1 + 1 / leaks.length));
}

/** In proportion to ‖P(Hᵢ − H)u‖². */
function partsOf(leaks: readonly Float64Array[], lift: number): Float64Array {
  const centred = leaks.map((leak) => {
    const centre = mean(leak);
    return leak.map((form) => form - centre);
  });
  const squares = Float64Array.from(leaks[0] ?? [], (_, i) => mean(centred.map((leak) => (leak[i] as number) ** 2)));
  const average = mean(squares);
  return squares.map((square) => (lift * square) / average);
}
