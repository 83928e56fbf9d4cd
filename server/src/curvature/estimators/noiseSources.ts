/**
 * Variance of a batch's gradient split into the choice of its samples and the model's own random numbers, by the analysis of variance of a table G[s][c], seed s and batch c (Searle, Casella and
 * McCulloch 1992). With D and K the variances of the means over seeds and over batches, and I that of what neither explains,
 *     Var of row means = K + I/M,   Var of column means = D + I/S;
 * the samples account for D (of the gradient with the noise averaged out), the model's noise for K + I.
 */
import { dot } from '../linearAlgebra/vector';
import { jackknifeHalfWidth } from '../statistics/jackknife';
import { NORMAL95, studentT95 } from '../statistics/studentT';
import type { Probed } from './hutchPlusPlus';

export interface NoiseSources {
  /** Traces of the covariance of a batch's gradient. */
  readonly data: Probed;
  readonly model: Probed;
  /** Model over both. */
  readonly share: Probed;
}

interface Components {
  readonly data: number;
  readonly model: number;
}

/** `table[s][c]`: gradients of at least three seeds and batches. Intervals by the jackknife over batches and over seeds, whose errors add in squares. */
export function noiseSources(table: readonly (readonly Float64Array[])[]): NoiseSources {
  const inner = table.map((row) => row.map((a) => table.map((other) => other.map((b) => dot(a, b)))));
  const seeds = table.map((_, s) => s);
  const batches = (table[0] ?? []).map((_, c) => c);
  const without = (all: readonly number[], left: number): number[] => all.filter((each) => each !== left);
  const over = (statistic: (components: Components) => number): Probed => ({
    value: statistic(components(inner, seeds, batches)),
    halfWidth: Math.hypot(
      student(batches.length) *
        jackknifeHalfWidth(batches.length, (left) => statistic(components(inner, seeds, without(batches, left)))),
      student(seeds.length) *
        jackknifeHalfWidth(seeds.length, (left) => statistic(components(inner, without(seeds, left), batches))),
    ),
  });
  return {
    data: over(({ data }) => data),
    model: over(({ model }) => model),
    share: over(({ data, model }) => Math.max(0, model) / (Math.max(0, model) + Math.max(0, data))),
  };
}

/** How much longer Student's interval of few values is than the normal one. */
const student = (count: number): number => studentT95(count - 1) / NORMAL95;

/** inner[s][c][t][d] = G[s][c]·G[t][d]; of these seeds and batches. */
function components(
  inner: readonly (readonly (readonly (readonly number[])[])[])[],
  seeds: readonly number[],
  batches: readonly number[],
): Components {
  const [n, m] = [seeds.length, batches.length];
  let [squares, rows, columns, whole] = [0, 0, 0, 0];
  for (const s of seeds)
    for (const c of batches)
      for (const t of seeds)
        for (const d of batches) {
          const product = inner[s]?.[c]?.[t]?.[d] ?? NaN;
          whole += product;
          if (s === t) rows += product;
          if (c === d) columns += product;
          if (s === t && c === d) squares += product;
        }
  // Sums of squares: of all entries, of M·(row means), of S·(column means), of the grand mean.
  const [ofRows, ofColumns, ofWhole] = [rows / m, columns / n, whole / (m * n)];
  const interaction = (squares - ofRows - ofColumns + ofWhole) / ((n - 1) * (m - 1));
  const data = ((ofColumns - ofWhole) / (m - 1) - interaction) / n;
  const seedPart = ((ofRows - ofWhole) / (n - 1) - interaction) / m;
  return { data, model: seedPart + interaction };
}
