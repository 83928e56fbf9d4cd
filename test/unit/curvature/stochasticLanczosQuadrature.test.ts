import { describe, expect, test } from 'vitest';
import { densityCurve } from '../../../server/src/curvature/density';
import { findBulk, shareOf } from '../../../server/src/curvature/estimators/bulk';
import { stochasticLanczosQuadrature } from '../../../server/src/curvature/estimators/stochasticLanczosQuadrature';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import { rotated } from './matrices';

const eigenvalues = [30, 18, ...Array.from({ length: 148 }, (_, i) => Math.sin(i) + 0.1)];
const rows = rotated(eigenvalues, 4);
const { values, vectors } = symmetricEigen(rows);
const known = [149, 148].map((k) => ({ value: values[k] ?? 0, vector: vectors[k] ?? new Float64Array() }));
const run = (
  steps: number,
  probes: number,
  take: typeof known = known,
): ReturnType<typeof stochasticLanczosQuadrature> =>
  stochasticLanczosQuadrature(matrixOperator(rows), {
    probes,
    steps,
    parallel: 3,
    known: take,
    random: new Random(2, 'slq'),
  });
const moment = (nodes: readonly { value: number; weight: number }[], power: number): number =>
  nodes.reduce((sum, { value, weight }) => sum + weight * value ** power, 0);

describe('stochastic Lanczos quadrature', () => {
  test('has weights that sum to one, in every probe', async () => {
    const { nodes, perProbe } = await run(20, 7);
    expect(moment(nodes, 0)).toBeCloseTo(1, 12);
    expect(perProbe).toHaveLength(7);
    perProbe.forEach((own) =>
      [own.nodes, ...own.earlier].forEach((each) => expect(moment(each, 0)).toBeCloseTo(1, 12)),
    );
  });

  test('estimates the moments of the spectrum, with outliers at exactly 1/p', async () => {
    const { nodes } = await run(25, 24);
    for (const power of [1, 2, 3, 4]) {
      const truth = eigenvalues.reduce((sum, value) => sum + value ** power, 0) / eigenvalues.length;
      expect(Math.abs(moment(nodes, power) / truth - 1)).toBeLessThan(0.03);
    }
    expect(nodes.at(-1)?.value).toBeCloseTo(30, 9);
    expect(nodes.at(-1)?.weight).toBeCloseTo(1 / 150, 12);
  });

  test('integrates polynomials up to degree 2m − 1 as the exact quadratic form does', async () => {
    const [few, all] = [await run(4, 1, []), await run(150, 1, [])];
    for (let power = 1; power <= 7; power++)
      expect(moment(few.nodes, power) / moment(all.nodes, power)).toBeCloseTo(1, 8);
  });

  test('finds a spectrum of few distinct eigenvalues exactly', async () => {
    const operator = matrixOperator(rotated([2, 2, 2, 2, -1, -1, -1, -1, 0, 0], 1));
    const { nodes } = await stochasticLanczosQuadrature(operator, {
      probes: 1,
      steps: 10,
      parallel: 1,
      known: [],
      random: new Random(1),
    });
    expect(moment(nodes, 0)).toBeCloseTo(1, 12);
    nodes
      .filter(({ weight }) => weight > 1e-12)
      .forEach(({ value }) => expect(Math.min(...[2, -1, 0].map((x) => Math.abs(x - value)))).toBeLessThan(1e-9));
  });

  test('curves integrate to one on a grid that covers every probe', async () => {
    const { nodes, perProbe } = await run(15, 5);
    const { grid, density } = densityCurve(nodes);
    const step = (grid[1] ?? 0) - (grid[0] ?? 0);
    expect(density.reduce((sum, d) => sum + d * step, 0)).toBeCloseTo(1, 3);
    for (const { value } of perProbe.flatMap((own) => own.nodes)) {
      expect(value).toBeGreaterThan(grid[0] ?? 0);
      expect(value).toBeLessThan(grid.at(-1) ?? 0);
    }
  });

  test('gives the share of negative eigenvalues within its interval', async () => {
    const { perProbe } = await run(40, 12);
    const share = shareOf(perProbe, (value) => value < 0, 150);
    const truth = eigenvalues.filter((value) => value < 0).length / 150;
    expect(Math.abs(share.value - truth)).toBeLessThan(share.halfWidth + 0.02);
  });
});

describe('bulk and outliers', () => {
  test('part at the widest relative gap', () => {
    expect(findBulk([40, 35, 30, 2, 1.8, 1.7], 1e-6)).toEqual({ edge: 2, outliers: 3, gap: 15 });
  });
  test('are not told apart where no gap stands out', () => {
    expect(findBulk([10, 9, 8, 7, 6], 1e-6)).toBeUndefined();
    expect(findBulk([0, 0, 0], 1e-6)).toBeUndefined();
  });
});
