import { describe, expect, test } from 'vitest';
import { planChunks } from '../../../server/src/curvature/operators/chunks';
import {
  createCurvatureOperator,
  createGroupOperators,
  predictCost,
} from '../../../server/src/curvature/operators/curvatureOperator';
import { denseMatrix } from '../../../server/src/curvature/operators/dense';
import { ggnProduct } from '../../../server/src/curvature/operators/ggn';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import { PerSample } from '../../../server/src/curvature/operators/perSample';
import { dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import { classificationData, leastSquares, logisticRegression, mlp, problemOf, softmaxRegression } from './problems';

const engine = createReferenceEngine();
const memoryLimit = 2 ** 28;
const dense = async (
  problem: Problem,
  product = hessianProduct,
  blockSize = 4,
  batch = 1000,
): Promise<Float64Array[]> => {
  const operator = await createCurvatureOperator(problem, engine, product, { blockSize, memoryLimit, batch });
  const matrix = await denseMatrix(operator);
  operator.dispose();
  return matrix;
};

const expectEqual = (a: readonly Float64Array[], b: readonly Float64Array[], digits: number): void => {
  expect(a.length).toBe(b.length);
  a.forEach((row, i) => row.forEach((entry, j) => expect(entry).toBeCloseTo(b[i]?.[j] ?? NaN, digits)));
};

describe('Hessians of groups of samples', () => {
  test('are those of the samples of each, in whatever chunks', async () => {
    const problem = problemOf(mlp([3, 3, 2], 2), classificationData(20, 3, 2, 6));
    const groups = [
      [0, 3, 4],
      [1, 7, 2],
      [19, 5, 6, 8, 9, 9, 11],
    ];
    const options = { blockSize: 2, memoryLimit, batch: 4 };
    const operators = await createGroupOperators(problem, engine, hessianProduct, groups, options);
    expect(operators.map(({ chunks }) => chunks.flat())).toEqual(groups);
    for (const [g, operator] of operators.entries())
      expectEqual(await denseMatrix(operator), await dense(subsetOf(problem, groups[g] ?? [])), 12);
    operators.forEach((operator) => operator.dispose());
  });
});

test('single vectors, once there are many, and the rest of a block give the products that blocks give', async () => {
  const problem = problemOf(mlp([3, 3, 2], 2), classificationData(20, 3, 2, 6));
  const runs: string[] = [];
  const counted: typeof engine = {
    ...engine,
    compile: async (graph, options) => {
      const program = await engine.compile(graph, options);
      const [width] = graph.inputs.at(-1)?.shape ?? [];
      return { ...program, run: (inputs) => (runs.push(String(width)), program.run(inputs)) };
    },
  };
  const operator = await createCurvatureOperator(problem, counted, hessianProduct, { blockSize: 4, memoryLimit });
  const vectors = Array.from({ length: 5 }, (_, i) => new Random(i).gaussianVector(problem.theta.length));
  const expected = await operator.applyBlock(vectors);
  for (let time = 0; time < 6; time++) {
    runs.length = 0;
    expectEqual(await operator.applyBlock(vectors), expected, 12);
  }
  expect(runs).toEqual(['4', String(problem.theta.length)]);
  expectEqual(await operator.applyBlock(vectors.slice(4)), expected.slice(4), 12);
  expect(operator.applications).toBe(36);
  operator.dispose();
});

describe('the Hessian', () => {
  test('of least squares is (2/N)XᵀX', async () => {
    const { x, y } = classificationData(37, 6, 2, 1);
    const problem = problemOf(leastSquares(new Random(1).gaussianVector(6)), { x, y });
    const expected = Array.from({ length: 6 }, (_, i) =>
      Float64Array.from(
        { length: 6 },
        (_, j) => (2 / 37) * x.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0),
      ),
    );
    expectEqual(await dense(problem), expected, 12);
  });

  test('of logistic regression is (1/N)Xᵀdiag(σ(1 − σ))X, and so is the Gauss–Newton matrix', async () => {
    const { x, y } = classificationData(29, 5, 2, 3);
    const theta = new Random(2).gaussianVector(5);
    const problem = problemOf(logisticRegression(theta), { x, y });
    const weights = x.map((row) => 1 / (1 + Math.exp(-dot(row, theta)))).map((s) => (s * (1 - s)) / x.length);
    const expected = Array.from({ length: 5 }, (_, i) =>
      Float64Array.from({ length: 5 }, (__, j) =>
        x.reduce((sum, row, k) => sum + (weights[k] ?? NaN) * (row[i] ?? NaN) * (row[j] ?? NaN), 0),
      ),
    );
    expectEqual(await dense(problem), expected, 12);
    expectEqual(await dense(problem, ggnProduct), expected, 12);
  });

  test('of softmax regression is the mean of (diag(s) − ssᵀ) ⊗ xxᵀ, and so is the Gauss–Newton matrix', async () => {
    const [n, d, c] = [23, 4, 3];
    const data = classificationData(n, d, c, 2);
    const theta = new Random(5).gaussianVector(c * d);
    const problem = problemOf(softmaxRegression(theta, c), data);
    const expected = Array.from({ length: c * d }, () => new Float64Array(c * d));
    for (const x of data.x) {
      const exps = Array.from({ length: c }, (_, k) => Math.exp(dot(theta.subarray(k * d, (k + 1) * d), x)));
      const total = exps.reduce((a, b) => a + b);
      const s = exps.map((e) => e / total);
      expected.forEach((row, i) =>
        row.forEach((_, j) => {
          const [a, b] = [Math.floor(i / d), Math.floor(j / d)];
          const curvature = (a === b ? (s[a] ?? 0) : 0) - (s[a] ?? 0) * (s[b] ?? 0);
          row[j] = (row[j] ?? 0) + (curvature * (x[i % d] ?? 0) * (x[j % d] ?? 0)) / n;
        }),
      );
    }
    expectEqual(await dense(problem), expected, 12);
    expectEqual(await dense(problem, ggnProduct), expected, 12);
  });

  test('of a network equals the central difference of its gradient, for any split of samples and vectors', async () => {
    const problem = problemOf(mlp([5, 4, 3], 3), classificationData(21, 5, 3, 3));
    const { evaluate } = await createGradient(problem, engine, { batch: 8 });
    const step = 1e-5;
    const difference = await Promise.all(
      Array.from(problem.theta, async (_, i) => {
        const moved = async (by: number): Promise<Float64Array> => {
          const theta = problem.theta.slice();
          theta[i] = (theta[i] ?? 0) + by;
          return (await evaluate(theta)).gradient;
        };
        const [up, down] = [await moved(step), await moved(-step)];
        return up.map((g, j) => (g - (down[j] ?? 0)) / (2 * step));
      }),
    );
    const whole = await dense(problem);
    expectEqual(whole, difference, 8);
    expectEqual(await dense(problem, hessianProduct, 1, 4), whole, 13);
    expectEqual(await dense(problem, hessianProduct, 7, 10), whole, 13);
  });

  test('products count their vectors, and stop when cancelled', async () => {
    const problem = problemOf(mlp([5, 4, 3], 3), classificationData(12, 5, 3, 3));
    const controller = new AbortController();
    const options = { blockSize: 3, memoryLimit, batch: 5, signal: controller.signal };
    const operator = await createCurvatureOperator(problem, engine, hessianProduct, options);
    expect(operator.chunks.map((chunk) => chunk.length)).toEqual([4, 4, 4]);
    await operator.applyBlock([problem.theta, problem.theta]);
    expect(operator.applications).toBe(2);
    controller.abort(new Error('stop'));
    await expect(operator.applyBlock([problem.theta])).rejects.toThrow('stop');
  });

  test('is split into more chunks, and not kept, under a small memory limit', async () => {
    const problem = problemOf(mlp([5, 4, 3], 3), classificationData(200, 5, 3, 3));
    const roomy = predictCost(problem, engine, hessianProduct, { blockSize: 2, memoryLimit });
    const tight = predictCost(problem, engine, hessianProduct, { blockSize: 2, memoryLimit: 50_000 });
    expect(roomy.chunks.length).toBe(1);
    expect(tight.chunks.length).toBeGreaterThan(1);
    const operator = await createCurvatureOperator(problem, engine, hessianProduct, {
      blockSize: 2,
      memoryLimit: 50_000,
    });
    expectEqual(await denseMatrix(operator), await dense(problem), 12);
  });
});

describe('runs of samples', () => {
  test.each([
    [512, 37, [32, 16, 512]],
    [100, 50, [48, 3, 100]],
    [19, 7, [7, 3, 19]],
    [5, Infinity, [5, 1, 5]],
    [1, 0.5, [1, 1, 1]],
    [40, 16, [16, 3, 40]],
  ])('%d samples, at most %d in a run', (count, largest, [first, runs, last]) => {
    const chunks = planChunks(count, largest);
    expect([chunks[0]?.length, chunks.length, (chunks.at(-1)?.at(-1) ?? NaN) + 1]).toEqual([first, runs, last]);
    expect(chunks.flat()).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(new Set(chunks.map(({ length }) => length)).size).toBeLessThanOrEqual(2);
  });
});

describe('quantities of single samples', () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(19, 5, 3, 8));
  const perSample = new PerSample(problem, engine, { memoryLimit, batch: 7, blockSize: 3 });
  const alone = (i: number): Problem => ({ ...problem, sampleCount: 1, batch: () => problem.batch([i]) });
  const vectors = [1, 2, 3, 4].map((seed) => new Random(seed).gaussianVector(problem.theta.length));

  test('equal those of the problem with that sample alone', async () => {
    const { losses, squares } = await perSample.gradients();
    const [u, v, w] = vectors as [Float64Array, Float64Array, Float64Array, Float64Array];
    const slopes = await perSample.directional(vectors);
    const curvatures = await perSample.bilinear([
      [u, v],
      [u, u],
      [w, v],
      [v, u],
    ]);
    // Eight pairs and more for each vector: by products.
    const all = await perSample.bilinear(
      [u, v].flatMap((left) => [...vectors, ...vectors, ...vectors].map((right) => [left, right] as const)),
    );
    for (const i of [0, 6, 18]) {
      const single = await (await createGradient(alone(i), engine, { batch: 1 })).evaluate(problem.theta);
      expect(losses[i]).toBeCloseTo(single.loss, 12);
      problem.parameters.forEach(({ offset, size }, t) =>
        expect(squares[t]?.[i]).toBeCloseTo(norm(single.gradient.subarray(offset, offset + size)) ** 2, 12),
      );
      vectors.forEach((vector, k) => expect(slopes[k]?.[i]).toBeCloseTo(dot(single.gradient, vector), 11));
      const operator = await createCurvatureOperator(alone(i), engine, hessianProduct, { blockSize: 1, memoryLimit });
      const [hv, hu] = (await operator.applyBlock([v, u])) as [Float64Array, Float64Array];
      expect(curvatures[0]?.[i]).toBeCloseTo(dot(u, hv), 10);
      expect(curvatures[1]?.[i]).toBeCloseTo(dot(u, hu), 10);
      expect(curvatures[2]?.[i]).toBeCloseTo(dot(w, hv), 10);
      expect(curvatures[3]?.[i]).toBeCloseTo(curvatures[0]?.[i] ?? NaN, 10);
      vectors.forEach((right, k) => {
        expect(all[k]?.[i]).toBeCloseTo(dot(hu, right), 10);
        expect(all[12 + 8 + k]?.[i]).toBeCloseTo(dot(hv, right), 10);
      });
    }
  });

  test('sum to the gradient with weights', async () => {
    const weights = vectors.map((v) => v.slice(0, 19));
    const sums = await perSample.weightedGradients([...weights, new Float64Array(19).fill(1 / 19)]);
    const { gradient } = await (await createGradient(problem, engine, { batch: 50 })).evaluate(problem.theta);
    sums[4]?.forEach((g, j) => expect(g).toBeCloseTo(gradient[j] ?? NaN, 12));
    const slopes = await perSample.directional(vectors);
    weights.forEach((weight, k) =>
      expect(dot(sums[k] ?? weight, vectors[0] ?? weight)).toBeCloseTo(dot(weight, slopes[0] ?? weight), 9),
    );
  });
});
