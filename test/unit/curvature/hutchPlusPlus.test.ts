import { describe, expect, test } from 'vitest';
import { exactTraces } from '../../../server/src/curvature/estimators/exactTraces';
import { hutchPlusPlus } from '../../../server/src/curvature/estimators/hutchPlusPlus';
import { lanczos } from '../../../server/src/curvature/estimators/lanczos';
import type { Sketch } from '../../../server/src/curvature/estimators/sketch';
import { orthonormalSketch } from '../../../server/src/curvature/estimators/sketch';
import type { LinearOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { matrixOperator, ROUNDOFF } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { Random } from '../../../server/src/curvature/random';
import { imagesOf, rotated, spiked, spikedEigenvalues, spikedGroups } from './matrices';

const groups = spikedGroups;
const eigenvalues = spikedEigenvalues;
const rows = spiked();
const truth = exactTraces(rows, groups, ROUNDOFF.float64);

async function sketchOf(operator: LinearOperator, seed: number, count = 6): Promise<Sketch> {
  const random = new Random(seed, 'lanczos');
  const found = await lanczos(operator, {
    top: 3,
    bottom: 0,
    tolerance: 1e-3,
    maxApplications: 100,
    maxBasis: 40,
    block: 1,
    sketch: count,
    random,
  });
  return orthonormalSketch(found.images());
}

const estimate = async (seed: number, tolerance: number, maxProbes: number): ReturnType<typeof hutchPlusPlus> => {
  const operator = matrixOperator(rows);
  const sketch = await sketchOf(operator, seed);
  return hutchPlusPlus(operator, sketch, { groups, tolerance, maxProbes, random: new Random(seed, 'probes') });
};

describe('exact traces', () => {
  test('are sums of eigenvalues, and of the diagonal over blocks', () => {
    expect(truth.trace.value).toBeCloseTo(
      eigenvalues.reduce((a, b) => a + b),
      9,
    );
    expect(truth.frobenius.value).toBeCloseTo(Math.sqrt(eigenvalues.reduce((a, b) => a + b * b, 0)), 9);
    expect((truth.groups[0]?.value ?? 0) + (truth.groups[1]?.value ?? 0)).toBeCloseTo(truth.trace.value, 9);
  });
});

describe('Hutch++', () => {
  test.each([
    ['a fixed number of probes', 0, 24],
    ['stopping on the width', 0.05, 256],
  ])('has intervals that hold the truth in 93 to 98 % of 200 seeds with %s', async (_, tolerance, maxProbes) => {
    const held = { trace: 0, frobenius: 0, first: 0, second: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const { trace, frobenius, groups: blocks } = await estimate(seed, tolerance, maxProbes);
      const covers = (found = { value: NaN, halfWidth: NaN }, exact = NaN): number =>
        Math.abs(found.value - exact) <= found.halfWidth ? 1 : 0;
      held.trace += covers(trace, truth.trace.value);
      held.frobenius += covers(frobenius, truth.frobenius.value);
      held.first += covers(blocks[0], truth.groups[0]?.value);
      held.second += covers(blocks[1], truth.groups[1]?.value);
    }
    for (const [name, count] of Object.entries(held)) {
      expect(count / 200, name).toBeGreaterThanOrEqual(0.93);
      expect(count / 200, name).toBeLessThanOrEqual(0.98);
    }
  });

  test('says when the budget ended before the interval was narrow, and never claims width zero', async () => {
    const rough = await estimate(1, 1e-6, 16);
    expect(rough.resolved).toBe(false);
    expect(rough.trace.halfWidth).toBeGreaterThan(0);
    expect(rough.probes).toBe(16);
  });

  test('is exact when the sketch spans the space', async () => {
    const small = rotated([3, 1, -1, 0.5], 3);
    const operator = matrixOperator(small);
    const units = small.map((_, i) => Float64Array.from(small, (__, j) => (i === j ? 1 : 0)));
    const sketch = orthonormalSketch(await imagesOf(operator, units));
    const found = await hutchPlusPlus(operator, sketch, {
      groups: [],
      tolerance: 0.01,
      maxProbes: 10,
      random: new Random(1),
    });
    expect(found.trace.value).toBeCloseTo(3.5, 12);
    expect(found.frobenius.value).toBeCloseTo(Math.sqrt(11.25), 12);
    expect(found.probes).toBe(0);
  });

  test('has blocks that sum to the whole', async () => {
    const { trace, groups: blocks } = await estimate(5, 0.1, 32);
    expect(blocks.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(trace.value, 9);
  });
});
