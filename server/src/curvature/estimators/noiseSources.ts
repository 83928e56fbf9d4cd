/**
 * Variance of a batch's gradient split into the choice of its samples and the model's own random numbers, by the analysis of variance of a table G[s][c], seed s and batch c (Searle, Casella and
 * McCulloch 1992). With D and K the variances of the means over seeds and over batches, and I that of what neither explains,
 *     Var of row means = K + I/M,   Var of column means = D + I/S;
 * the samples account for D (of the gradient with the noise averaged out), the model's noise for K + I.
 */
import { dot } from '../linearAlgebra/vector';
import { jackknifeCovariance } from '../statistics/jackknife';
import { studentT95 } from '../statistics/studentT';
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

/** `table[s][c]`: gradients of at least three seeds and batches. */
export function noiseSources(table: readonly (readonly Float64Array[])[]): NoiseSources {
  const inner = table.map((row) => row.map((a) => table.map((other) => other.map((b) => dot(a, b)))));
  const seeds = table.map((_, s) => s);
  const batches = (table[0] ?? []).map((_, c) => c);
  const left = leftOut(inner, seeds, batches);
  const over = (statistic: (components: Components) => number): Probed => ({
    value: statistic(components(inner, seeds, batches)),
    halfWidth: crossedHalfWidth(left.map((row) => row.map(statistic))),
  });
  return {
    data: over(({ data }) => data),
    model: over(({ model }) => model),
    share: over(({ data, model }) => Math.max(0, model) / (Math.max(0, model) + Math.max(0, data))),
  };
}

/** [s][c]: without seed s − 1 and batch c − 1; the first of each axis: without none. */
function leftOut(
  inner: Parameters<typeof components>[0],
  seeds: readonly number[],
  batches: readonly number[],
): Components[][] {
  const without = (all: readonly number[], left: number): number[] => all.filter((each) => each !== left);
  return [-1, ...seeds].map((s) =>
    [-1, ...batches].map((c) => components(inner, without(seeds, s), without(batches, c))),
  );
}

/**
 * Half-width of the 95 % interval of a statistic of a table whose rows and columns are both drawn. The jackknife's variances over rows and over columns both hold that of the interaction, which is taken out once
 * (Owen 2007, The pigeonhole bootstrap); degrees of freedom after Satterthwaite (1946). `left`: values without a row, a column, or one of each.
 */
function crossedHalfWidth([whole = [], ...rest]: readonly (readonly number[])[]): number {
  const [value = NaN, ...withoutColumn] = whole;
  const withoutRow = rest.map(([first = NaN]) => first);
  const [n, m] = [withoutRow.length, withoutColumn.length];
  const ofRows = jackknifeCovariance(withoutRow, withoutRow);
  const ofColumns = jackknifeCovariance(withoutColumn, withoutColumn);
  let squares = 0;
  rest.forEach(([row = NaN, ...cells]) =>
    cells.forEach((cell, c) => (squares += (value - row - (withoutColumn[c] ?? NaN) + cell) ** 2)),
  );
  const ofBoth = (((n - 1) * (m - 1)) / (n * m)) * squares;
  const together = Math.max(ofRows, ofColumns, ofRows + ofColumns - ofBoth);
  const degrees = (ofRows + ofColumns) ** 2 / (ofRows ** 2 / (n - 1) + ofColumns ** 2 / (m - 1));
  return together > 0 ? studentT95(Math.max(1, Math.floor(degrees))) * Math.sqrt(together) : 0;
}

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
