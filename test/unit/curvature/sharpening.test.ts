import { describe, expect, test } from 'vitest';
import { sharpeningRate, stepAtEdge } from '../../../server/src/curvature/estimators/progressiveSharpening';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { classificationData, mlp, problemOf } from './problems';
import { computed, denseOf, runStudy } from './studyRun';

describe('progressive sharpening', () => {
  test('of a line is its slope, and reaches the edge where the line does', () => {
    const rate = sharpeningRate([0, 10, 20, 30].map((step) => ({ step, sharpness: 5 + 0.5 * step })));
    expect(rate.slope).toBeCloseTo(0.5, 12);
    expect(rate.halfWidth).toBeCloseTo(0, 10);
    expect(stepAtEdge(rate, 30, 40)).toBeCloseTo(70, 10);
    expect(stepAtEdge(rate, 30, 10)).toBeUndefined();
  });
  test('has an interval only from three checkpoints on', () => {
    const points = [
      { step: 0, sharpness: 1 },
      { step: 10, sharpness: 3 },
    ];
    expect(sharpeningRate(points).halfWidth).toBe(Infinity);
  });
});

test('sharpness along checkpoints equals that of dense Hessians', async () => {
  const problem = problemOf(mlp([4, 5, 3], 3), classificationData(40, 4, 3, 5));
  const at = (factor: number): typeof problem => ({ ...problem, theta: problem.theta.map((x) => factor * x) });
  const checkpoints = [0.6, 0.8, 1].map((factor, i) => ({
    name: `net_${i}.pt`,
    step: 100 * i,
    problem: () => at(factor),
  }));
  const optimizer = {
    kind: 'SGD',
    learningRate: 1e-3,
    momentum: 0,
    nesterov: false,
    dampening: 0,
    weightDecay: 0,
    batchSize: 8,
    description: 'SGD',
  };
  const result = await runStudy(problem, ['B7'], { optimizer, checkpoints: () => Promise.resolve(checkpoints) });
  for (const { name, problem: make } of checkpoints) {
    const truth = Math.max(...symmetricEigen(await denseOf(make())).values);
    const quantity = computed(result, `B7.sharpness[${name}]`);
    expect(quantity.value / truth).toBeCloseTo(1, 2);
    expect(Math.abs(quantity.value - truth)).toBeLessThanOrEqual(quantity.interval.estimator + 1e-9);
  }
  expect(result.studies[0]?.charts[0]).toMatchObject({ marks: [{ value: 2000 }] });
});

test('needs several checkpoints', async () => {
  const problem = problemOf(mlp([3, 4, 2], 1), classificationData(20, 3, 2, 2));
  const { quantities } = await runStudy(problem, ['B7']);
  expect(quantities['B7.rate']).toMatchObject({ notComputed: expect.stringMatching(/several checkpoints/) as unknown });
});
