import { expect, test } from 'vitest';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { createCurvatureOperator } from '../../../server/src/curvature/operators/curvatureOperator';
import { ggnProduct } from '../../../server/src/curvature/operators/ggn';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import { Random } from '../../../server/src/curvature/random';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import { problemOfExample, tfjsDigits } from '../../score/examples';

test('behind a softmax that the loss does not look at, the Gauss–Newton matrix is that of the logits', async () => {
  const problem = await problemOfExample(tfjsDigits, { trained: true, samples: 8, seed: 0 });
  const last = problem.parameters.at(-2);
  const v = new Float64Array(problem.theta.length);
  v.set(new Random(1, 'direction').gaussianVector(last?.size ?? 0), last?.offset);
  // The last layer is linear in its weights, where H and G agree.
  const [hessian, gaussNewton] = await Promise.all(
    [hessianProduct, ggnProduct].map(async (product) => {
      const operator = await createCurvatureOperator(problem, createReferenceEngine(), product, {
        blockSize: 1,
        memoryLimit: 2 ** 28,
      });
      const [image = v] = await operator.applyBlock([v]);
      operator.dispose();
      return dot(v, image);
    }),
  );
  expect(hessian).toBeGreaterThan(1e-3);
  expect(gaussNewton).toBeCloseTo(hessian ?? NaN, 9);
});
