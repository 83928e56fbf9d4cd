import { describe, expect, test } from 'vitest';
import { sharpeningRate, stepAtEdge } from '../../../server/src/curvature/estimators/progressiveSharpening';
import { gradientFlow, type Flow, type FlowOptions } from '../../../server/src/curvature/estimators/gradientFlow';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import { classificationData, mlp, problemOf } from './problems';
import { computed, denseOf, runStudy } from './studyRun';
import { sgd } from './sgd';

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
  const optimizer = sgd({ learningRate: 1e-3 });
  const result = await runStudy(problem, ['B7'], { optimizer, checkpoints: () => Promise.resolve(checkpoints) });
  for (const { name, problem: make } of checkpoints) {
    const truth = Math.max(...symmetricEigen(await denseOf(make())).values);
    const quantity = computed(result, `B7.sharpness[${name}]`);
    expect(quantity.value / truth).toBeCloseTo(1, 2);
    expect(Math.abs(quantity.value - truth)).toBeLessThanOrEqual(quantity.interval.estimator + 1e-9);
  }
  expect(result.studies[0]?.charts[0]).toMatchObject({ marks: [{ value: 2000 }] });
});

describe('gradient flow', () => {
  const flowOf = (
    gradient: (theta: Float64Array) => Float64Array,
    start: Float64Array,
    changes: Partial<FlowOptions> = {},
  ): Promise<Flow> =>
    gradientFlow((theta) => Promise.resolve({ loss: 0, gradient: gradient(theta) }), start, {
      tolerance: 1e-6,
      settled: 1e-5,
      maxEvaluations: 3000,
      random: new Random(1, 'flow'),
      ...changes,
    });

  test('of a stiff quadratic is exp(−tλ) along each eigenvector, by far fewer gradients than steps of descent', async () => {
    const eigenvalues = [1000, 10, 1];
    const { theta, curve, evaluations, gradientShare } = await flowOf(
      (at) => at.map((x, k) => (eigenvalues[k] ?? 0) * x),
      Float64Array.of(0.001, 0.1, 1),
      { settled: 1e-2, tolerance: 1e-5 },
    );
    const time = curve.at(-1)?.time ?? NaN;
    expect((theta[2] ?? 0) / Math.exp(-time)).toBeCloseTo(1, 2);
    expect(gradientShare).toBeLessThanOrEqual(1e-2);
    // Descent at 1/λmax would need 1000 steps for each unit of time.
    expect(evaluations).toBeLessThan(500 * time);
  });

  test('keeps w₁² − w₂² of a product of two weights', async () => {
    const { theta } = await flowOf(
      ([a = 0, b = 0]) => Float64Array.of(2 * (a * b - 1) * b, 2 * (a * b - 1) * a),
      Float64Array.of(3, 0.1),
    );
    const [a = 0, b = 0] = theta;
    expect(a * b).toBeCloseTo(1, 4);
    expect(a * a - b * b).toBeCloseTo(9 - 0.01, 3);
  });

  test('that does not settle within the budget says so', async () => {
    const { gradientShare, evaluations } = await flowOf((at) => at.map((x) => -Math.exp(-x)), Float64Array.of(0, 0), {
      maxEvaluations: 200,
      settled: 1e-9,
    });
    expect(gradientShare).toBeGreaterThan(1e-9);
    expect(gradientShare).toBeLessThan(1);
    expect(evaluations).toBeLessThan(300);
  });
});

test('the sharpness of the flow’s solution of a product of two weights has a closed form', async () => {
  const [a, b] = [2.5, 0.2];
  const problem = problemOf(
    {
      shapes: { 'first.weight': [1], 'second.weight': [1] },
      theta: Float64Array.of(a, b),
      loss: ([first, second], x, y) => {
        const weight = op.mul(first as Node, second as Node);
        const output = op.mul(op.reshape(x, [x.shape[0] ?? 1]), op.broadcastTo(weight, [x.shape[0] ?? 1]));
        const error = op.sub(output, y);
        return { loss: op.scale(op.reduceSum(op.mul(error, error), [0]), 1 / (x.shape[0] ?? 1)), output };
      },
    },
    { x: [Float64Array.of(1), Float64Array.of(1)], y: Float64Array.of(1, 1) },
  );
  const { quantities, studies } = await runStudy(problem, ['B7']);
  // L = (w₁w₂ − 1)²: w₁² − w₂² stays, and at w₁w₂ = 1 the only eigenvalue is 2(w₁² + w₂²).
  const kept = a * a - b * b;
  const truth = 2 * Math.sqrt(kept * kept + 4);
  const found = quantities['B7.flowSharpness'];
  if (found === undefined || !('value' in found)) throw new Error(JSON.stringify(found));
  expect(found.value / truth).toBeCloseTo(1, 3);
  expect(Math.abs(found.value - truth)).toBeLessThanOrEqual(found.interval.estimator + 2e-3);
  expect(studies[0]?.charts.map(({ title }) => title)).toContain('Loss along the gradient flow');
});

test('needs several checkpoints', async () => {
  const problem = problemOf(mlp([3, 4, 2], 1), classificationData(20, 3, 2, 2));
  const { quantities } = await runStudy(problem, ['B7']);
  expect(quantities['B7.rate']).toMatchObject({ notComputed: expect.stringMatching(/several checkpoints/) as unknown });
});
