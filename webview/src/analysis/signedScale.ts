/**
 * Axes for eigenvalues, which have a sign and many orders of magnitude. A scale maps a value to a coordinate u; equal
 * steps of u are equal steps on the screen.
 */
export interface SignedScale {
  readonly name: 'log' | 'linear';
  /** What a step of 1 in u means, for the label of a density. */
  readonly unit: string;
  forward(value: number): number;
  inverse(u: number): number;
  /** Values for about `count` ticks between two coordinates, ascending. */
  ticks(low: number, high: number, count: number): number[];
}

import { ticks as linearTicks } from 'd3-array';

/**
 * u = sign(λ)·log₁₀(1 + |λ|/c): logarithmic far above `threshold` c, linear below it, and smooth between (Webber 2013, "A bi-symmetric log
 * transformation for wide-range data").
 */
export function signedLogScale(threshold: number): SignedScale {
  const forward = (value: number): number => Math.sign(value) * Math.log10(1 + Math.abs(value) / threshold);
  const inverse = (u: number): number => Math.sign(u) * threshold * (10 ** Math.abs(u) - 1);
  return {
    name: 'log',
    unit: 'decade',
    forward,
    inverse,
    ticks: (low, high, count) => {
      const largest = Math.ceil(Math.max(Math.abs(low), Math.abs(high))) + 1;
      const decade = Math.round(Math.log10(threshold));
      const powers = Array.from({ length: largest }, (_, k) => 10 ** (decade + k));
      const all = [...powers.map((value) => -value).reverse(), 0, ...powers];
      const inside = all.filter((value) => forward(value) >= low && forward(value) <= high);
      if (inside.length < 3) return linearTicks(inverse(low), inverse(high), Math.max(2, count));
      return thinned(inside, count);
    },
  };
}

export const linearScale: SignedScale = {
  name: 'linear',
  unit: 'unit of λ',
  forward: (value) => value,
  inverse: (u) => u,
  ticks: (low, high, count) => linearTicks(low, high, count),
};

/** Every n-th power of ten on either side of 0, so that about `count` remain. */
function thinned(values: readonly number[], count: number): number[] {
  const step = Math.max(1, Math.ceil(values.length / Math.max(2, count)));
  const zero = Math.max(0, values.indexOf(0));
  return values.filter((_, i) => (i - zero) % step === 0);
}

/** Orders of magnitude below the largest |λ| that are shown as such. */
const DECADES = 4;

/** Smaller magnitudes have no room for these decades among the numbers, and count as 0. */
const SMALLEST = 1e-290;

/** A power of ten about four orders below the largest |λ|; 1 for a spectrum that is 0. */
export function thresholdFor(values: readonly number[]): number {
  const largest = Math.max(0, ...values.map(Math.abs));
  return largest > SMALLEST && Number.isFinite(largest) ? 10 ** Math.floor(Math.log10(largest) - DECADES) : 1;
}
