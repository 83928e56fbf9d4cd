import { describe, expect, test } from 'vitest';
import { smoothnessRadius } from '../../../server/src/curvature/estimators/gradientNormalisedSmoothness';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { trustRadius } from '../../../server/src/curvature/estimators/trustRadius';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { computed, denseOf, reference, runStudy } from './studyRun';
import { sgd } from './sgd';

describe('the trust radius', () => {
  test('of a cubic is where its third-order term is a tenth of the model', async () => {
    // L(t) = −t + ½t²·c + at³: |a|t³ = 0.1·|−t + ct²/2| has the root below, for c = 0: t = √(0.1/|a|).
    const { length, beyond } = await trustRadius(
      (t) => Promise.resolve(-t + 0.4 * t ** 3),
      { loss: 0, slope: -1, curvature: 0 },
      0.01,
      0.1,
    );
    expect(length).toBeCloseTo(0.5, 3);
    expect(beyond).toBeGreaterThanOrEqual(0.5);
  });
  test('of a quadratic is not found to end', async () => {
    const model = { loss: 0, slope: -1, curvature: 0.5 };
    const { beyond } = await trustRadius((t) => Promise.resolve(-t + 0.25 * t * t), model, 0.1, 0.1);
    expect(beyond).toBeNull();
  });
  test('is 0 where nothing fits', async () => {
    const { length } = await trustRadius((t) => Promise.resolve(t), { loss: 0, slope: -1, curvature: 0 }, 1, 0.1);
    expect(length).toBe(0);
  });
});

test('the whole Newton step of least squares can be trusted', async () => {
  const problem = problemOf(leastSquares(Float64Array.of(0.4, 0.1, -0.3)), classificationData(40, 3, 2, 1));
  const result = await runStudy(problem, ['B9']);
  expect(computed(result, 'B9.newtonStep').value).toBeGreaterThan(1);
});

test('at the trusted step of a network the model is off by a tenth', async () => {
  const problem = problemOf(mlp([4, 5, 3], 3), classificationData(40, 4, 3, 5));
  const result = await runStudy(problem, ['B9']);
  const step = computed(result, 'B9.gradientStep').value;
  const gradient = await createGradient(problem, reference, { batch: 40 });
  const { loss, gradient: g } = await gradient.evaluate(problem.theta);
  const rows = await denseOf(problem);
  const square = g.reduce((sum, x) => sum + x * x, 0);
  const curvature = rows.reduce(
    (sum, row, i) => sum + (g[i] ?? 0) * row.reduce((inner, h, j) => inner + h * (g[j] ?? 0), 0),
    0,
  );
  const moved = await gradient.evaluate(problem.theta.map((x, i) => x - step * (g[i] ?? 0)));
  const predicted = -step * square + 0.5 * step ** 2 * curvature;
  expect(Math.abs(moved.loss - loss - predicted) / Math.abs(predicted)).toBeCloseTo(0.1, 2);
});

describe('gradient-normalised smoothness', () => {
  test('of a cubic is √(2‖g‖/M)', async () => {
    // L(t) = gt + Mt³/6: the gradient leaves its linear part by Mt²/2.
    const [size, constant] = [3, 0.7];
    const { radius, beyond } = await smoothnessRadius((t) => Promise.resolve((constant * t * t) / 2), size, 1);
    expect(radius).toBeCloseTo(Math.sqrt((2 * size) / constant), 3);
    expect(beyond).toBeGreaterThanOrEqual(Math.sqrt((2 * size) / constant));
  });
  test('counts what happens before the end: a kink near 0 is not forgotten', async () => {
    const { radius } = await smoothnessRadius((t) => Promise.resolve(Math.min(t, 0.1)), 2, 1);
    expect(radius).toBeCloseTo(2, 3);
  });
  test('of a quadratic has no end', async () => {
    const { beyond } = await smoothnessRadius(() => Promise.resolve(0), 1, 1);
    expect(beyond).toBeNull();
    const problem = problemOf(leastSquares(Float64Array.of(0.4, 0.1, -0.3)), classificationData(40, 3, 2, 1));
    const { quantities } = await runStudy(problem, ['B9']);
    expect(quantities['B9.normalisedSmoothness']).toMatchObject({
      notComputed: expect.stringMatching(/quadratic/) as unknown,
    });
  });
  test('of a network is the least over the lines, by dense Hessian and gradients', async () => {
    const problem = problemOf(mlp([4, 5, 3], 3), classificationData(40, 4, 3, 5));
    const result = await runStudy(problem, ['B9']);
    const found = result.studies[0]?.tables[0]?.rows ?? [];
    const gradient = await createGradient(problem, reference, { batch: 40 });
    const { gradient: g } = await gradient.evaluate(problem.theta);
    const rows = await denseOf(problem);
    const { vectors } = symmetricEigen(rows);
    const steepest = vectors.at(-1) ?? new Float64Array();
    const lines = [g.map((x) => -x), steepest, steepest.map((x) => -x)];
    for (const [k, line] of lines.entries()) {
      const length = Math.hypot(...line);
      const unit = line.map((x) => x / length);
      let [slope, t] = [0, 0];
      while (slope * t <= Math.hypot(...g)) {
        t += 0.002;
        const moved = (await gradient.evaluate(problem.theta.map((x, i) => x + t * (unit[i] ?? 0)))).gradient;
        const linear = rows.map((row, i) => (g[i] ?? 0) + t * row.reduce((sum, h, j) => sum + h * (unit[j] ?? 0), 0));
        slope = Math.max(slope, Math.hypot(...moved.map((x, i) => x - (linear[i] ?? 0))) / t);
      }
      // The sign of an eigenvector is free.
      const names = k === 0 ? /negative gradient/ : /leading eigenvector/;
      const radii = found.filter(([name]) => names.test(String(name))).map(([, radius]) => Number(radius));
      expect(Math.min(...radii.map((radius) => Math.abs(radius - t)))).toBeLessThan(0.003);
    }
    const least = Math.min(...found.map(([, radius]) => Number(radius)));
    expect(computed(result, 'B9.normalisedSmoothness').value).toBeCloseTo(least, 12);
  });
});

test('the temperature of the noise and its energy in a step', async () => {
  const problem = problemOf(mlp([4, 5, 3], 3), classificationData(40, 4, 3, 5));
  const optimizer = sgd({ momentum: 0.9 });
  const result = await runStudy(problem, ['B8', 'C1'], { optimizer });
  expect(computed(result, 'B8.temperature').value).toBeCloseTo(0.125, 12);
  expect(computed(result, 'B8.noiseToSignal').value).toBeCloseTo(computed(result, 'C1.noiseScale').value / 8, 12);
});
