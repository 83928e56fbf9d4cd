import { describe, expect, test } from 'vitest';
import { curvatureNoise } from '../../../server/src/curvature/estimators/curvatureNoise';
import type { GradientNoise } from '../../../server/src/curvature/estimators/gradientNoise';
import { gradientNoise, ratioLimits } from '../../../server/src/curvature/estimators/gradientNoise';
import { combination, dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import { createCurvatureOperator } from '../../../server/src/curvature/operators/curvatureOperator';
import { denseMatrix } from '../../../server/src/curvature/operators/dense';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import { PerSample } from '../../../server/src/curvature/operators/perSample';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import { classificationData, mlp, problemOf } from './problems';

const noiseOf = (gradients: readonly Float64Array[]): GradientNoise => {
  const average = combination(
    gradients,
    gradients.map(() => 1 / gradients.length),
  );
  return gradientNoise({
    squares: gradients.map((g) => dot(g, g)),
    projections: gradients.map((g) => dot(g, average)),
  });
};

/** n gradients of a normal distribution with the given mean and unit covariance. */
const drawn = (average: Float64Array, n: number, random: Random): Float64Array[] =>
  Array.from({ length: n }, () => random.gaussianVector(average.length).map((x, j) => x + (average[j] ?? 0)));

describe('variance of the gradient', () => {
  const average = Float64Array.from({ length: 30 }, (_, j) => (j < 3 ? 1 : 0));

  test('tr C is the unbiased variance of each component, summed', () => {
    const gradients = drawn(average, 12, new Random(1));
    let expected = 0;
    for (let j = 0; j < 30; j++) {
      const column = gradients.map((g) => g[j] ?? NaN);
      expected += column.reduce((sum, x) => sum + (x - mean(column)) ** 2, 0) / 11;
    }
    expect(noiseOf(gradients).variance).toBeCloseTo(expected, 10);
  });

  test('tr C and ‖g‖² are right on average over data sets, though ‖ḡ‖² is not', () => {
    const runs = Array.from({ length: 400 }, (_, seed) => noiseOf(drawn(average, 20, new Random(seed, 'noise'))));
    // ‖ḡ‖² would be 3 + 30/20 = 4.5.
    expect(Math.abs(mean(runs.map(({ signal }) => signal)) - 3)).toBeLessThan(0.15);
    expect(Math.abs(mean(runs.map(({ variance }) => variance)) - 30)).toBeLessThan(0.3);
  });

  test('the limits of the noise scale hold the truth, 10, in about 95 % of data sets', () => {
    let held = 0;
    for (let seed = 0; seed < 400; seed++) {
      const { low, high } = noiseOf(drawn(average, 100, new Random(seed, 'limits'))).noiseScaleLimits;
      if (low <= 10 && (high === null || 10 <= high)) held++;
    }
    expect(held / 400).toBeGreaterThanOrEqual(0.93);
    expect(held / 400).toBeLessThanOrEqual(0.98);
  });

  test('a gradient lost in noise has no upper limit of the noise scale', () => {
    const { noiseScaleLimits } = noiseOf(drawn(new Float64Array(30), 50, new Random(2)));
    expect(noiseScaleLimits.high).toBeNull();
    expect(noiseScaleLimits.low).toBeGreaterThan(0);
  });

  test('is an error for two samples', () => {
    expect(() => gradientNoise({ squares: [1, 1], projections: [1, 1] })).toThrow(/at least 3/);
  });
});

describe("Fieller's limits", () => {
  test('solve (a − rb)² = z²·Var(a − rb) at both ends', () => {
    const [a, b, va, vb, c] = [6, 3, 0.2, 0.1, 0.05];
    const { low, high } = ratioLimits(a, b, va, vb, c);
    for (const r of [low, high ?? NaN])
      expect((a - r * b) ** 2 / (va - 2 * r * c + r * r * vb)).toBeCloseTo(1.959963984540054 ** 2, 9);
    expect(low).toBeLessThan(2);
    expect(high).toBeGreaterThan(2);
  });
});

describe('curvature-weighted noise scale', () => {
  test('equals tr(HC)/(gᵀHg) from all gradients and the dense Hessian within its limits', async () => {
    const samples = 40;
    const problem = problemOf(mlp([5, 4, 3], 3), classificationData(samples, 5, 3, 3));
    const engine = createReferenceEngine();
    const memoryLimit = 2 ** 28;
    const operator = await createCurvatureOperator(problem, engine, hessianProduct, { blockSize: 4, memoryLimit });
    const perSample = new PerSample(problem, engine, { memoryLimit, batch: 100, blockSize: 4 });
    const { gradient } = await (await createGradient(problem, engine, { batch: 100 })).evaluate(problem.theta);
    const rows = await denseMatrix(operator);
    const form = (v: Float64Array): number =>
      dot(
        v,
        Float64Array.from(rows, (row) => dot(row, v)),
      );
    const unit = Array.from({ length: samples }, (_, i) =>
      Float64Array.from({ length: samples }, (__, j) => (i === j ? 1 : 0)),
    );
    const gradients = await perSample.weightedGradients(unit);
    const trace = gradients.reduce((sum, g) => sum + form(combination([g, gradient], [1, -1])), 0) / (samples - 1);
    const options = { samples, groups: 20, random: new Random(3) };
    const found = await curvatureNoise(operator, perSample, gradient, options);
    expect(norm(gradient)).toBeGreaterThan(0);
    expect(Math.abs(found.trace - trace)).toBeLessThan(1.5 * found.traceError);
    expect(found.traceError / trace).toBeLessThan(0.6);
    expect(found.signal).toBeCloseTo(form(gradient) - found.trace / samples, 12);
  });
});
