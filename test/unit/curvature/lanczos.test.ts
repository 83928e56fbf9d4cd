import { describe, expect, test } from 'vitest';
import { lanczos, type LanczosOptions } from '../../../server/src/curvature/estimators/lanczos';
import { orthonormalSketch } from '../../../server/src/curvature/estimators/sketch';
import type { LinearOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { matrixOperator, ROUNDOFF } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { combination, dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { rotated } from './matrices';

const options = (changes: Partial<LanczosOptions> = {}): LanczosOptions => ({
  top: 3,
  bottom: 2,
  tolerance: 1e-10,
  maxApplications: 2000,
  maxBasis: 80,
  block: 1,
  sketch: 0,
  random: new Random(7, 'lanczos'),
  ...changes,
});

const spread = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(i) * 0.5);

describe('extreme eigenpairs', () => {
  test.each([1, 2, 4])('match the known spectrum at both ends, block %i', async (block) => {
    const eigenvalues = [9, 7.5, 7, ...spread(150), -2, -3];
    const found = await lanczos(matrixOperator(rotated(eigenvalues, 3)), options({ block }));
    expect(found.converged).toBe(true);
    [9, 7.5, 7].forEach((value, i) => expect(found.top[i]?.value).toBeCloseTo(value, 8));
    [-3, -2].forEach((value, i) => expect(found.bottom[i]?.value).toBeCloseTo(value, 8));
  });

  test('hold residual and error bound: ‖Av − λv‖ is what is reported and an eigenvalue lies within the error', async () => {
    const eigenvalues = [4, 3.9, 3.8, ...spread(120)];
    const rows = rotated(eigenvalues, 5);
    const found = await lanczos(matrixOperator(rows), options({ tolerance: 1e-3 }));
    for (const { value, vector, residual, error } of [...found.top, ...found.bottom]) {
      const product = Float64Array.from(rows, (row) => dot(row, vector));
      const measured = norm(combination([product, vector], [1, -value]));
      expect(norm(vector)).toBeCloseTo(1, 12);
      expect(Math.abs(measured - residual)).toBeLessThan(1e-8);
      expect(Math.min(...eigenvalues.map((x) => Math.abs(x - value)))).toBeLessThanOrEqual(error * (1 + 1e-9) + 1e-13);
    }
  });

  test('are found with restarts when the basis is small', async () => {
    const eigenvalues = Array.from({ length: 300 }, (_, i) => 1 / (1 + 0.05 * i) - 0.2);
    const found = await lanczos(matrixOperator(rotated(eigenvalues, 11)), options({ maxBasis: 20, tolerance: 1e-8 }));
    expect(found.converged).toBe(true);
    eigenvalues.slice(0, 3).forEach((value, i) => expect(found.top[i]?.value).toBeCloseTo(value, 7));
    expect(found.bottom[0]?.value).toBeCloseTo(Math.min(...eigenvalues), 7);
  });

  test.each([80, 20])('come with images, whose products cost none: a basis of at most %i', async (maxBasis) => {
    const rows = rotated([9, 7.5, 7, ...spread(150), -2, -3], 3);
    const found = await lanczos(matrixOperator(rows), options({ maxBasis, sketch: 6 }));
    expect(found.images()).toHaveLength(5 + 6);
    for (const { vector, product } of found.images()) {
      const exact = Float64Array.from(rows, (row) => dot(row, vector));
      expect(norm(combination([exact, product], [1, -1]))).toBeLessThan(1e-9);
      expect(norm(vector)).toBeCloseTo(1, 9);
    }
    const { vectors, products } = orthonormalSketch(found.images());
    vectors.forEach((u, i) => {
      vectors.forEach((v, j) => expect(dot(u, v)).toBeCloseTo(i === j ? 1 : 0, 12));
      const exact = Float64Array.from(rows, (row) => dot(row, u));
      expect(norm(combination([exact, products[i] ?? exact], [1, -1]))).toBeLessThan(1e-8);
    });
  });

  test('of multiplicity two and three are all found', async () => {
    const few = await lanczos(matrixOperator(rotated([5, 5, 5, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 2)), options());
    expect(few.top.map(({ value }) => Math.round(value * 1e9) / 1e9)).toEqual([5, 5, 5]);
    expect(few.bottom.every(({ value }) => Math.abs(value) < 1e-9)).toBe(true);
    const many = await lanczos(matrixOperator(rotated([5, 5, ...spread(100)], 2)), options({ block: 2, top: 2 }));
    many.top.forEach(({ value }) => expect(value).toBeCloseTo(5, 8));
  });

  test('of a matrix smaller than the number wanted are the whole spectrum', async () => {
    const found = await lanczos(matrixOperator(rotated([3, -1], 1)), options({ top: 5, bottom: 5 }));
    expect(found.top.map(({ value }) => value)).toHaveLength(2);
    expect(found.top[0]?.value).toBeCloseTo(3, 12);
    expect(found.bottom[0]?.value).toBeCloseTo(-1, 12);
  });

  test('need more than one Ritz value: a single pair at one end is not believed at the first step', async () => {
    const found = await lanczos(matrixOperator(rotated([8, ...spread(60)], 3)), options({ top: 1, bottom: 0 }));
    expect(found.top[0]?.value).toBeCloseTo(8, 8);
    expect(found.applications).toBeGreaterThan(2);
  });

  test('of the zero matrix are zero', async () => {
    const found = await lanczos(matrixOperator(rotated(new Array<number>(30).fill(0), 1)), options());
    expect(found.top[0]?.value).toBe(0);
    expect(found.top[0]?.error).toBe(0);
  });

  test('of a rotation-invariant ensemble: diag(5,4,3,0,…) + ZZᵀ/n has outliers 5 + …, near the spiked-model law', async () => {
    // E[ZZᵀ/n] = I for n columns: the outliers of a spiked sample covariance with spikes s = 1 + ℓ lie at s + γ·s/(s − 1),
    // γ = p/n (Baik and Silverstein 2006); here added to the noise instead, where λ = ℓ + 1 + γ/ℓ to first order.
    const [p, n] = [200, 2000];
    const random = new Random(1, 'wishart');
    const columns = Array.from({ length: n }, () => random.gaussianVector(p));
    const operator: LinearOperator = {
      size: p,
      blockSize: 1,
      roundoff: ROUNDOFF.float64,
      applications: 0,
      applyBlock: (vectors) =>
        Promise.resolve(
          vectors.map((v) => {
            const product = combination(
              columns,
              Float64Array.from(columns, (z) => dot(z, v) / n),
            );
            [5, 4, 3].forEach((spike, i) => (product[i] = (product[i] ?? 0) + spike * (v[i] ?? 0)));
            return product;
          }),
        ),
    };
    const found = await lanczos(operator, options({ tolerance: 1e-6 }));
    [5, 4, 3].forEach((spike, i) =>
      expect(Math.abs((found.top[i]?.value ?? 0) - (spike + 1 + p / n / spike))).toBeLessThan(0.15),
    );
    // The noise begins at (1 − √γ)².
    expect(Math.abs((found.bottom[0]?.value ?? 0) - (1 - Math.sqrt(p / n)) ** 2)).toBeLessThan(0.05);
  });

  test('with the rounding of float32 products report it in the residual', async () => {
    const eigenvalues = [10, 6, ...spread(100)];
    const rows = rotated(eigenvalues, 9).map((row) => Float32Array.from(row));
    const operator: LinearOperator = {
      size: rows.length,
      blockSize: 1,
      roundoff: ROUNDOFF.float32,
      applications: 0,
      applyBlock: (vectors) =>
        Promise.resolve(vectors.map((v) => Float64Array.from(Float32Array.from(rows, (row) => dot(row, v))))),
    };
    const found = await lanczos(operator, options({ top: 2, bottom: 1 }));
    expect(found.converged).toBe(true);
    [10, 6].forEach((value, i) => {
      const pair = found.top[i];
      expect(Math.abs((pair?.value ?? 0) - value)).toBeLessThan(1e-5);
      expect(Math.abs((pair?.value ?? 0) - value)).toBeLessThanOrEqual((pair?.error ?? 0) * 10);
      expect(pair?.error).toBeGreaterThan(0);
    });
  });

  test('are the same for the same seed', async () => {
    const rows = rotated([3, 2, 1, ...spread(40)], 4);
    const [a, b] = [await lanczos(matrixOperator(rows), options()), await lanczos(matrixOperator(rows), options())];
    expect(a.top[0]?.value).toBe(b.top[0]?.value);
    expect(a.applications).toBe(b.applications);
  });

  test('stop at the budget and say so', async () => {
    const found = await lanczos(
      matrixOperator(rotated([3, 2.9, 2.8, ...spread(200)], 4)),
      options({ maxApplications: 6 }),
    );
    expect(found.converged).toBe(false);
    expect(found.applications).toBeLessThanOrEqual(6);
  });

  test('of products that are not finite are an error', async () => {
    const rows = rotated([1, 2, 3], 1);
    (rows[0] as Float64Array)[0] = NaN;
    await expect(lanczos(matrixOperator(rows), options())).rejects.toThrow(/not finite/);
  });
});

test('a direction near to the eigenvectors saves products, and the errors hold all the same', async () => {
  const rows = rotated([9, 7.5, 7, ...spread(250), -2, -3], 3);
  const near = rotated([9, 7.5, 7, ...spread(250), -2, -3], 3).map((row, i) =>
    row.map((entry, j) => entry + 0.02 * Math.sin(i * j + i + j)),
  );
  const known = await lanczos(matrixOperator(near), options({ tolerance: 1e-2, top: 3, bottom: 0 }));
  const start = combination(
    known.top.map(({ vector }) => vector),
    [1, 1, 1],
  );
  const wanted = { tolerance: 1e-4, top: 3, bottom: 0, block: 3 };
  const cold = await lanczos(matrixOperator(rows), options(wanted));
  const warm = await lanczos(matrixOperator(rows), options({ ...wanted, start }));
  expect(warm.converged).toBe(true);
  expect(warm.applications).toBeLessThan(cold.applications);
  [9, 7.5, 7].forEach((value, i) =>
    expect(Math.abs((warm.top[i]?.value ?? NaN) - value)).toBeLessThanOrEqual((warm.top[i]?.error ?? NaN) + 1e-12),
  );
});

test('a direction orthogonal to what is looked for does not hide it, and none at all is as if nothing was given', async () => {
  const rows = [5, 4, ...spread(60)].map((value, i, all) => Float64Array.from(all, (_, j) => (i === j ? value : 0)));
  const second = Float64Array.from(rows, (_, i) => (i === 1 ? 2 : 0));
  const found = await lanczos(matrixOperator(rows), options({ top: 1, bottom: 0, start: second }));
  expect(found.top[0]?.value).toBeCloseTo(5, 8);
  const empty = await lanczos(matrixOperator(rows), options({ top: 1, bottom: 0, start: new Float64Array(62) }));
  expect(empty.top[0]?.value).toBeCloseTo(5, 8);
});

test('after two products an error bound holds where the neighbours are told, and does not where Ritz values stand for them', async () => {
  // 9 hides behind 10: the only other Ritz value is near −8.
  const eigenvalues = [10, 9, ...spread(40), -6, -8];
  const operator = matrixOperator(
    eigenvalues.map((value, i) => Float64Array.from(eigenvalues, (_, j) => (i === j ? value : 0))),
  );
  const start = Float64Array.from(eigenvalues, (value) => (Math.abs(value) < 8 ? 0 : value === 9 ? 0.3 : 1));
  const brief = options({ top: 1, bottom: 1, enough: 1, maxApplications: 2, start });
  const offBy = ({ top: [pair] }: Awaited<ReturnType<typeof lanczos>>): number =>
    Math.abs((pair?.value ?? NaN) - 10) / (pair?.error ?? NaN);
  expect(offBy(await lanczos(operator, brief))).toBeGreaterThan(1);
  expect(offBy(await lanczos(operator, { ...brief, next: { belowTop: 9, aboveBottom: -6 } }))).toBeLessThan(1);
});
