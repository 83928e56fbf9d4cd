import { describe, expect, test } from 'vitest';
import { inputProblem } from '../../../server/src/curvature/inputProblem';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { denseHessian, oneStudy } from './oneStudy';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { reference } from './studyRun';

describe('derivatives in the input', () => {
  test('of a linear model with a squared error are known', async () => {
    const w = Float64Array.of(0.5, -1, 2);
    const data = { ...classificationData(9, 3, 2, 1), y: Float64Array.from({ length: 9 }, (_, i) => i / 4) };
    const { estimate, study } = await oneStudy(problemOf(leastSquares(w), data), 'A10');
    const errors = data.x.map(
      (row, i) => row.reduce((sum, entry, j) => sum + entry * (w[j] ?? 0), 0) - (data.y[i] ?? 0),
    );
    // ∂/∂x (xᵀw − y)² = 2(xᵀw − y)w, and the second derivative is 2wwᵀ.
    const norm = Math.hypot(...w);
    expect(estimate('A10.gradientNorm').value).toBeCloseTo(
      (2 * norm * errors.reduce((sum, e) => sum + Math.abs(e), 0)) / 9,
      9,
    );
    expect(estimate('A10.inputLambdaMax').value).toBeCloseTo(2 * norm * norm, 9);
    expect(estimate('A10.inputLambdaMin').value).toBeCloseTo(0, 9);
    expect(estimate('A10.thirdDerivative').value).toBeCloseTo(0, 9);
    const slope = 2 * Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 9);
    expect(study.tables[0]?.rows[0]).toEqual(['x[2]', expect.closeTo(2 * slope, 9), expect.closeTo(8, 9)]);
  });

  test('of a network are those of differences', async () => {
    const problem = problemOf(mlp([4, 3, 3], 3), classificationData(6, 4, 3, 3));
    const inputs = inputProblem(problem);
    if (inputs === undefined) throw new Error('no inputs');
    const { estimate } = await oneStudy(problem, 'A10');
    const rows = await denseHessian(inputs);
    const { values, vectors } = symmetricEigen(rows);
    expect(estimate('A10.inputLambdaMax').value).toBeCloseTo(values.at(-1) ?? NaN, 9);
    expect(estimate('A10.inputLambdaMin').value).toBeCloseTo(values[0] ?? NaN, 9);
    // uᵀHu at ±h: the third derivative by a central difference, up to the sign of u.
    const u = vectors.at(-1) ?? new Float64Array();
    const gradient = await createGradient(inputs, reference, { batch: 6 });
    const [h, slopes] = [1e-3, [] as number[]];
    for (const step of [-h, 0, h]) {
      const { gradient: g } = await gradient.evaluate(u.map((entry) => step * entry));
      slopes.push(g.reduce((sum, entry, j) => sum + entry * (u[j] ?? 0), 0));
    }
    const third = ((slopes[2] ?? 0) - 2 * (slopes[1] ?? 0) + (slopes[0] ?? 0)) / h ** 2;
    expect(Math.abs(estimate('A10.thirdDerivative').value)).toBeCloseTo(Math.abs(third), 4);
  });

  test('of a single sample are those in its own input', async () => {
    const problem = problemOf(mlp([4, 3, 3], 3), classificationData(6, 4, 3, 3));
    const one = inputProblem(subsetOf(problem, [2]));
    if (one === undefined) throw new Error('no inputs');
    const { gradient } = await (await createGradient(one, reference, { batch: 1 })).evaluate(one.theta);
    const lossAt = async (shift: number): Promise<number> =>
      (await (await createGradient(one, reference, { batch: 1 })).evaluate(Float64Array.of(shift, 0, 0, 0))).loss;
    expect(gradient[0]).toBeCloseTo(((await lossAt(1e-5)) - (await lossAt(-1e-5))) / 2e-5, 7);
  });
});
