import { describe, expect, test } from 'vitest';
import { agreeingDamping, DampedSteps } from '../../../server/src/curvature/estimators/dampedSteps';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { rotated } from './matrices';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { computed, runStudy } from './studyRun';

describe('damped Newton steps', () => {
  const rows = rotated([5, 2, 1, -0.5], 3);
  const gradient = new Random(1, 'gradient').gaussianVector(4);

  test('solve the shifted system, and predict by the quadratic model', async () => {
    const steps = await DampedSteps.make(matrixOperator(rows), gradient, 4);
    expect(steps.lowest).toBeCloseTo(-0.5, 9);
    const { step, predicted } = steps.at(0.7);
    const image = Float64Array.from(rows, (row) => dot(row, step));
    image.forEach((value, i) => expect(value + 0.7 * (step[i] ?? 0)).toBeCloseTo(-(gradient[i] ?? 0), 8));
    expect(predicted).toBeCloseTo(-dot(gradient, step) - dot(step, image) / 2, 10);
  });

  test('a quadratic agrees at every damping above its negative curvature', async () => {
    const steps = await DampedSteps.make(matrixOperator(rows), gradient, 4);
    const decrease = (step: Float64Array): Promise<number> =>
      Promise.resolve(
        -dot(gradient, step) -
          dot(
            step,
            Float64Array.from(rows, (row) => dot(row, step)),
          ) /
            2,
      );
    const found = await agreeingDamping(steps, decrease);
    expect(found?.tooSmall).toBe(0);
    expect(found?.ratio).toBeCloseTo(1, 9);
    expect(found?.damping).toBeLessThan(2);
  });

  test('a quartic in one dimension needs the damping of its closed form', async () => {
    // L = x + x²/2 + 2x⁴ at 0: δ = −1/(1 + α), predicted −δ − δ²/2, actual less 2δ⁴.
    const steps = await DampedSteps.make(matrixOperator([Float64Array.of(1)]), Float64Array.of(1), 1);
    const found = await agreeingDamping(steps, ([x = 0]) => Promise.resolve(-x - x ** 2 / 2 - 2 * x ** 4));
    // 1 − 2s³/(1 − s/2) = ¾ for s = 1/(1 + α): 8s³ = 1 − s/2.
    let [low, high] = [0, 1];
    for (let k = 0; k < 60; k++) {
      const s = (low + high) / 2;
      if (8 * s ** 3 < 1 - s / 2) low = s;
      else high = s;
    }
    const truth = 1 / low - 1;
    expect(found?.tooSmall).toBeLessThanOrEqual(truth);
    expect(found?.damping).toBeGreaterThanOrEqual(truth);
    expect((found?.damping ?? 9) / truth).toBeLessThan(1.1);
  });

  test('without a gradient there is no step', async () => {
    await expect(DampedSteps.make(matrixOperator(rows), new Float64Array(4), 4)).rejects.toThrow('gradient is zero');
  });
});

test('least squares need no damping; a network has one', async () => {
  const data = classificationData(60, 5, 3, 3);
  const linear = await runStudy(problemOf(leastSquares(Float64Array.of(1, 2, 3, 4, 5)), data), ['D7']);
  expect(computed(linear, 'D7.damping').interval.low).toBe(0);
  expect(computed(linear, 'D7.reductionRatio').value).toBeCloseTo(1, 6);
  const network = await runStudy(problemOf(mlp([5, 4, 3], 3), data), ['D7']);
  expect(computed(network, 'D7.damping').value).toBeGreaterThan(0);
});
