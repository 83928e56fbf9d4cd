import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingSingularValues } from '../../../server/src/curvature/linearAlgebra/leadingSingularValues';
import {
  defaultLimits,
  singularValues,
  type MatrixSource,
  type SingularValueLimits,
} from '../../../server/src/curvature/linearAlgebra/singularValues';
import { Random } from '../../../server/src/curvature/random';

const quietly = (): void => undefined;

const sourceOf = (rows: number, columns: number, data: ArrayLike<number>): MatrixSource => ({
  rows,
  columns,
  isNarrow: false,
  readRows: (start, count) =>
    Promise.resolve(Float64Array.from({ length: count * columns }, (_, i) => data[start * columns + i] as number)),
});

/** x ← x − 2(u·x)/(u·u) u for the elements of `data` at `start`, `start + step`, …: as many as u has. */
function reflect(data: Float64Array, start: number, step: number, u: Float64Array): void {
  const square = u.reduce((sum, x) => sum + x * x, 0);
  const overlap = u.reduce((sum, x, i) => sum + x * (data[start + i * step] as number), 0);
  u.forEach((x, i) => (data[start + i * step] = (data[start + i * step] as number) - ((2 * overlap) / square) * x));
}

/** Random reflections of rows and columns: the singular values stay what they are, up to rounding. */
function reflected(rows: number, columns: number, data: Float64Array, random: Random, times: number): Float64Array {
  for (let round = 0; round < times; round++) {
    const left = Float64Array.from({ length: rows }, () => random.gaussian());
    const right = Float64Array.from({ length: columns }, () => random.gaussian());
    for (let j = 0; j < columns; j++) reflect(data, j, columns, left);
    for (let i = 0; i < rows; i++) reflect(data, i * columns, 1, right);
  }
  return data;
}

/** A matrix with the given singular values and random singular vectors. */
function withValues(rows: number, columns: number, values: readonly number[], seed: number): Float64Array {
  const data = new Float64Array(rows * columns);
  values.forEach((value, k) => (data[k * columns + k] = value));
  return reflected(rows, columns, data, new Random(seed), 3);
}

const noDirect: SingularValueLimits = { operations: Infinity, elements: 0 };
const leadingOnly: SingularValueLimits = { operations: 0, elements: Infinity };

describe('all singular values', () => {
  it.each([
    [40, 40, 'square'],
    [90, 25, 'tall'],
    [25, 90, 'wide'],
  ])(
    'of orthogonal × diagonal × orthogonal (%i × %i, %s) are the diagonal, to rounding of the largest',
    async (rows, columns) => {
      const size = Math.min(rows, columns);
      // From 1e3 down to 1e-9, with repetitions and zeros.
      const values = Array.from({ length: size }, (_, k) =>
        k > size - 3 ? 0 : 10 ** (3 - (12 * Math.floor(k / 2)) / (size / 2)),
      );
      const found = await singularValues(sourceOf(rows, columns, withValues(rows, columns, values, 5)), quietly);
      expect(found.complete).toBe(true);
      const worst = Math.max(...values.map((value, k) => Math.abs(value - (found.values[k] as number))));
      expect(worst).toBeLessThanOrEqual(found.error);
      expect(found.error).toBeLessThan(1e3 * 1e-13);
    },
  );

  it('of the Hilbert matrix of order 5 have the known condition number', async () => {
    const data = Float64Array.from({ length: 25 }, (_, i) => 1 / (Math.floor(i / 5) + (i % 5) + 1));
    const { values } = await singularValues(sourceOf(5, 5, data), quietly);
    // Higham, Accuracy and Stability of Numerical Algorithms, table 28.1.
    expect((values[0] as number) / (values[4] as number)).toBeCloseTo(4.766072502e5, -1);
  });

  it('of the second difference matrix are 2 − 2 cos(kπ/(n+1))', async () => {
    const n = 60;
    const data = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (const [j, value] of [
        [i - 1, -1],
        [i, 2],
        [i + 1, -1],
      ] as const)
        if (j >= 0 && j < n) data[i * n + j] = value;
    const { values, error } = await singularValues(sourceOf(n, n, data), quietly);
    for (let k = 1; k <= n; k++) {
      const known = 2 - 2 * Math.cos((k * Math.PI) / (n + 1));
      expect(Math.abs((values[n - k] as number) - known)).toBeLessThanOrEqual(error);
    }
  });

  it('through the triangular factor of blocks of rows equal the direct ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        async (columns, extra, seed) => {
          const rows = columns + extra;
          const random = new Random(seed);
          const source = sourceOf(
            rows,
            columns,
            Float64Array.from({ length: rows * columns }, () => random.gaussian()),
          );
          const direct = await singularValues(source, quietly);
          const factored = await singularValues(source, quietly, noDirect);
          expect(factored.method).toContain('QR');
          direct.values.forEach((value, k) =>
            expect(Math.abs(value - (factored.values[k] as number))).toBeLessThan(2 * direct.error + 1e-14),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sum in squares to the Frobenius norm, are those of the transpose, and scale with the matrix', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 14 }),
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 196, maxLength: 196 }),
        fc.constantFrom(1, 1e-180, 1e150),
        async (rows, columns, entries, scale) => {
          const data = entries.slice(0, rows * columns).map((entry) => entry * scale);
          const transposed = Array.from(
            { length: rows * columns },
            (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number,
          );
          const found = await singularValues(sourceOf(rows, columns, data), quietly);
          const other = await singularValues(sourceOf(columns, rows, transposed), quietly);
          const tolerance = 1e-13 * Math.max(found.frobenius / scale, 1);
          found.values.forEach((value, k) =>
            expect(Math.abs(value / scale - (other.values[k] as number) / scale)).toBeLessThan(tolerance),
          );
          const squares = found.values.reduce((sum, value) => sum + (value / scale) ** 2, 0);
          const known = entries.slice(0, rows * columns).reduce((sum, entry) => sum + entry * entry, 0);
          expect(Math.abs(squares - known)).toBeLessThan(1e-12 * (1 + known));
          expect([...found.values].every((value, k) => value >= (found.values[k + 1] ?? 0))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of a matrix with NaN or infinity are refused', async () => {
    for (const bad of [NaN, Infinity])
      await expect(singularValues(sourceOf(2, 2, [1, 2, bad, 4]), quietly)).rejects.toThrow(RangeError);
  });

  it('end when the pause throws, and progress never goes back', async () => {
    const random = new Random(1);
    const source = sourceOf(
      300,
      100,
      Float64Array.from({ length: 30_000 }, () => random.gaussian()),
    );
    for (const limits of [defaultLimits, noDirect]) {
      const seen: number[] = [];
      await singularValues(source, (fraction) => void seen.push(fraction), limits);
      expect(seen.every((fraction, i) => fraction >= 0 && fraction <= 1 && fraction >= (seen[i - 1] ?? 0))).toBe(true);
    }
    const stop = new Error('stop');
    let calls = 0;
    const stopping = (): void => {
      if (++calls > 3) throw stop;
    };
    await expect(singularValues(source, stopping)).rejects.toBe(stop);
    await expect(singularValues(source, stopping, leadingOnly)).rejects.toBe(stop);
  });
});

describe('leading singular values', () => {
  it('lie within their residuals of the diagonal that the matrix was made from', async () => {
    const [rows, columns] = [220, 150];
    const values = Array.from({ length: columns }, (_, k) => 100 * 0.9 ** k);
    const source = sourceOf(rows, columns, withValues(rows, columns, values, 9));
    const found = await singularValues(source, quietly, leadingOnly);
    expect(found.values.length).toBeGreaterThanOrEqual(32);
    found.values.forEach((value, k) =>
      expect(Math.abs(value - (values[k] as number))).toBeLessThanOrEqual(found.error + 1e-10),
    );
    const frobenius = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    expect(found.frobenius).toBeCloseTo(frobenius, 8);
  });

  it('without enough steps are those that converged, not the first approximations', async () => {
    const size = 200;
    const random = new Random(2);
    const data = Float64Array.from({ length: size * size }, () => random.gaussian());
    const all = await singularValues(sourceOf(size, size, data), quietly);
    const leading = await leadingSingularValues(
      { rows: size, columns: size, data },
      { wanted: size, tolerance: 1e-6, mostSteps: 60, seed: 3, pause: quietly },
    );
    expect(leading.length).toBeLessThan(60);
    leading.forEach(({ value, residual }, k) =>
      expect(Math.abs(value - (all.values[k] as number))).toBeLessThanOrEqual(residual + 1e-10),
    );
  });

  it('of a matrix of rank two end with two', async () => {
    const data = withValues(60, 50, [3, 2], 4);
    const found = await leadingSingularValues(
      { rows: 60, columns: 50, data },
      { wanted: 10, tolerance: 1e-8, mostSteps: 50, seed: 1, pause: quietly },
    );
    expect(found[0]?.value).toBeCloseTo(3, 10);
    expect(found[1]?.value).toBeCloseTo(2, 10);
    expect(found.slice(2).every(({ value }) => value < 1e-10)).toBe(true);
  });

  it('of a matrix too large to be held are refused with its size', async () => {
    const source = { rows: 1e6, columns: 1e6, isNarrow: true, readRows: () => Promise.reject(new Error('read')) };
    await expect(singularValues(source, quietly)).rejects.toThrow(/1,000,000,000,000 elements/);
  });
});
