/**
 * Error of `pairedNoise` due to the choice of samples. Its numbers are functions of three means over samples, tr C, tr C′ and tr Cov(gᵢ, gᵢ′), each averaged over projections; to first order every
 * sample adds its influence, of which each projection is one unbiased estimate. Scales on which errors are even: artanh of a correlation (Fisher 1921), the logarithm of a ratio.
 * The second point is given: that it was itself found with these samples is not counted.
 */
import type { Spread } from '../quantity';
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import type { PairedNoise } from './pairedNoise';
import { spreadOfSampleTraces } from './traceSampling';

/** Of one sample or of all: its squared deviation here, there, and the product of both. */
type Moments = readonly [own: number, other: number, shared: number];

interface Scale {
  readonly of: (moments: Moments) => number;
  readonly back: (scaled: number) => number;
}

const correlation = ([own, other, shared]: Moments): number => shared / Math.sqrt(own * other);
const scales: Readonly<Record<keyof PairedNoise, Scale>> = {
  correlation: { of: (moments) => Math.atanh(correlation(moments)), back: Math.tanh },
  left: { of: ([own, other, shared]) => Math.log((own + other - 2 * shared) / own), back: Math.exp },
  best: { of: (moments) => Math.log(1 - correlation(moments) ** 2), back: Math.exp },
};

/** `here[k][i]` = zₖ·gᵢ, `there[k][i]` = zₖ·gᵢ′. Null where the noise at both points is the same or opposite, about which first order says nothing. */
export function pairedSampling(
  here: readonly Float64Array[],
  there: readonly Float64Array[],
  random: Random,
): Readonly<Record<keyof PairedNoise, Spread | null>> {
  const own = here.map((slope) => products(slope, slope));
  const other = there.map((slope) => products(slope, slope));
  const shared = here.map((slope, k) => products(slope, there[k] as Float64Array));
  const rows = [own, other, shared] as const;
  const [a, b, c] = rows.map((row) => mean(row.map((values) => mean(values))));
  const centre: Moments = [a ?? NaN, b ?? NaN, c ?? NaN];
  const spreadOn = ({ of, back }: Scale): Spread | null => {
    const scaled = of(centre);
    if (!Number.isFinite(scaled)) return null;
    const slopes = slopesOf(of, centre);
    const influences = here.map((slope, k) =>
      slope.map((_, i) => slopes.reduce((sum, factor, r) => sum + factor * (rows[r]?.[k]?.[i] ?? NaN), 0)),
    );
    const { below, above } = spreadOfSampleTraces([], influences, random);
    const value = back(scaled);
    return { shift: 0, below: value - back(scaled - below), above: back(scaled + above) - value };
  };
  return {
    correlation: spreadOn(scales.correlation),
    left: spreadOn(scales.left),
    best: spreadOn(scales.best),
  };
}

/** (aᵢ − ā)(bᵢ − b̄) */
function products(a: Float64Array, b: Float64Array): Float64Array {
  const [centreA, centreB] = [mean(a), mean(b)];
  return a.map((value, i) => (value - centreA) * ((b[i] ?? NaN) - centreB));
}

/** Relative step of the central differences. */
const STEP = 1e-6;

const slopesOf = (f: (moments: Moments) => number, [a, b, c]: Moments): number[] => {
  const [da, db, dc] = [STEP * a, STEP * b, STEP * Math.abs(c)];
  return [
    (f([a + da, b, c]) - f([a - da, b, c])) / (2 * da),
    (f([a, b + db, c]) - f([a, b - db, c])) / (2 * db),
    dc > 0 ? (f([a, b, c + dc]) - f([a, b, c - dc])) / (2 * dc) : 0,
  ];
};
