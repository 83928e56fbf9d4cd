import { beforeAll, describe, expect, test } from 'vitest';
import {
  gradientDifferenceGuard,
  hessianDifferenceGuard,
  symmetryGuard,
} from '../../../server/src/curvature/estimators/guards';
import type { LinearOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { normalise } from '../../../server/src/curvature/linearAlgebra/orthogonalise';
import { scaled } from '../../../server/src/curvature/linearAlgebra/vector';
import { createCurvatureOperator } from '../../../server/src/curvature/operators/curvatureOperator';
import type { GradientFunction } from '../../../server/src/curvature/operators/gradient';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import { Random } from '../../../server/src/curvature/random';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import { classificationData, mlp, problemOf } from './problems';

const problem = problemOf(mlp([5, 4, 3], 3), classificationData(21, 5, 3, 3));
const engine = createReferenceEngine();
const direction = new Random(4).gaussianVector(problem.theta.length);
normalise(direction);
let operator: LinearOperator;
let gradient: GradientFunction;
beforeAll(async () => {
  operator = await createCurvatureOperator(problem, engine, hessianProduct, { blockSize: 2, memoryLimit: 2 ** 26 });
  gradient = await createGradient(problem, engine, { batch: 100 });
});

/** The operator with its products changed. */
const changed = (change: (product: Float64Array) => Float64Array): LinearOperator => ({
  ...operator,
  size: operator.size,
  applications: 0,
  applyBlock: async (vectors) => (await operator.applyBlock(vectors)).map(change),
});

describe('guards', () => {
  test('pass on a true Hessian and gradient', async () => {
    expect((await symmetryGuard(operator, new Random(1))).verdict).toBe('passed');
    expect((await hessianDifferenceGuard(operator, gradient, problem.theta, direction)).verdict).toBe('passed');
    expect((await gradientDifferenceGuard(gradient, problem.theta, operator.roundoff)).verdict).toBe('passed');
  });

  test('fail on products that are not symmetric', async () => {
    const rows = [Float64Array.of(1, 2), Float64Array.of(1.9, 1)];
    expect((await symmetryGuard(matrixOperator(rows), new Random(1))).verdict).toBe('failed');
  });

  test('fail on a Hessian that is one percent off', async () => {
    const wrong = changed((product) => scaled(product, 1.01));
    expect((await hessianDifferenceGuard(wrong, gradient, problem.theta, direction)).verdict).toBe('failed');
  });

  test('fail on a gradient that is one percent off', async () => {
    const wrong: GradientFunction = {
      ...gradient,
      evaluate: async (theta) => {
        const { loss, gradient: g } = await gradient.evaluate(theta);
        return { loss, gradient: scaled(g, 1.01) };
      },
    };
    expect((await gradientDifferenceGuard(wrong, problem.theta, operator.roundoff)).verdict).toBe('failed');
  });

  test('do not call a Hessian wrong when rounding hides it', async () => {
    const rough = (x: number): number => Math.fround(x * 1e4 + Math.sin(x * 1e9)) / 1e4;
    const noisy: GradientFunction = {
      ...gradient,
      evaluate: async (theta) => {
        const { loss, gradient: g } = await gradient.evaluate(theta);
        return { loss, gradient: g.map(rough) };
      },
    };
    const verdict = (await hessianDifferenceGuard(operator, noisy, problem.theta, direction)).verdict;
    expect(verdict).not.toBe('failed');
  });
});
