import { describe, expect, test } from 'vitest';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { createExpandedLoss } from '../../../server/src/curvature/operators/expandedLoss';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { createLossFunction } from '../../../server/src/curvature/operators/lossAt';
import { modelEnd } from '../../../server/src/curvature/operators/modelEnd';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import * as op from '../../../server/src/graph/operations';
import { classificationData, deepLinear, leastSquares, mlp, problemOf, softmaxRegression } from './problems';
import { denseOf, reference } from './studyRun';

const STEP_SEED = 11;
const randomStep = (problem: Problem, size: number): Float64Array =>
  new Random(STEP_SEED, 'step').gaussianVector(problem.theta.length).map((value) => size * value);

/** Losses of every sample after the step, as predicted and as they are. */
async function bothAfter(problem: Problem, step: Float64Array): Promise<[Float64Array, Float64Array]> {
  const expanded = createExpandedLoss(problem, reference, { batch: 16 });
  const losses = await createLossFunction(problem, reference, { batch: 16 });
  const moved = problem.theta.map((value, i) => value + (step[i] ?? 0));
  return [await expanded.evaluate(step), await losses.evaluate(moved)];
}

describe('losses after a step', () => {
  test('of models that are linear in their weights are exact, however long the step', async () => {
    const data = classificationData(37, 4, 3, 2);
    const softmax = problemOf(softmaxRegression(new Random(5).gaussianVector(12), 3), data);
    const squares = problemOf(leastSquares(new Random(1).gaussianVector(4)), { x: data.x, y: data.y });
    for (const problem of [softmax, squares]) {
      const [predicted, exact] = await bothAfter(problem, randomStep(problem, 5));
      expect(predicted).toHaveLength(37);
      predicted.forEach((loss, i) => expect(loss).toBeCloseTo(exact[i] ?? NaN, 10));
    }
  });

  test('of a deep linear network are exact where one or two of its matrices move', async () => {
    const problem = problemOf(deepLinear([4, 5, 5, 3], 3), classificationData(20, 4, 3, 2));
    const [first, second] = problem.parameters;
    const upTo = (end: number): Float64Array => randomStep(problem, 2).map((value, i) => (i < end ? value : 0));
    for (const block of [first, second]) {
      const [predicted, exact] = await bothAfter(problem, upTo((block?.offset ?? 0) + (block?.size ?? 0)));
      predicted.forEach((loss, i) => expect(loss / (exact[i] ?? NaN)).toBeCloseTo(1, 10));
    }
  });

  test('of a small network agree with gradient and dense Hessian to second order', async () => {
    const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));
    const rows = await denseOf(problem);
    const { loss, gradient } = await (await createGradient(problem, reference, { batch: 60 })).evaluate(problem.theta);
    const step = randomStep(problem, 1e-3);
    const [predicted] = await bothAfter(problem, step);
    const second =
      dot(
        step,
        Float64Array.from(rows, (row) => dot(row, step)),
      ) / 2;
    expect(second).toBeGreaterThan(1e-6);
    expect((mean(predicted) - loss - dot(gradient, step)) / second).toBeCloseTo(1, 2);
  });

  test('of an inseparable loss come as one number', async () => {
    const problem = problemOf(softmaxRegression(new Random(5).gaussianVector(12), 3), classificationData(37, 4, 3, 2));
    const step = randomStep(problem, 1);
    const [apart] = await bothAfter(problem, step);
    const [together] = await bothAfter({ ...problem, separable: false }, step);
    expect(together).toHaveLength(1);
    expect(together[0]).toBeCloseTo(mean(apart), 10);
  });
});

describe('the end of the model', () => {
  const [x, w, b, target] = [op.input('x', [2, 3]), op.input('w', [3]), op.input('b', []), op.input('y', [2])];
  const output = op.add(op.dot(x, w, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] }), b);
  const squares = (z: typeof output): typeof output => op.reduceSum(op.mul(z, z), [0]);
  const fit = squares(op.sub(op.sigmoid(output), target));
  const data = [x, target];

  test('is where the last parameter enters, not what the loss makes of it', () =>
    expect(modelEnd({ loss: fit, parameters: [w, b], data })).toEqual([output]));
  test('is not where weights are penalised', () =>
    expect(modelEnd({ loss: op.add(fit, squares(w)), parameters: [w, b], data })).toEqual([output]));
  test('is in every output that is scored', () => {
    const other = op.mul(x, op.broadcast(b, [2, 3], []));
    const loss = op.add(fit, op.reduceSum(op.exp(other), [0, 1]));
    expect(new Set(modelEnd({ loss, parameters: [w, b], data }))).toEqual(new Set([output, other]));
  });
  test('is nowhere without data', () => expect(modelEnd({ loss: squares(w), parameters: [w, b], data })).toEqual([]));
});
