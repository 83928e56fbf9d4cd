import { describe, expect, test } from 'vitest';
import { quantised } from '../../../server/src/curvature/estimators/uniformQuantiser';
import { rankCorrelation } from '../../../server/src/curvature/statistics/rankCorrelation';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { rankOf } from '../../../server/src/curvature/studies/measuredRanks';
import type { Node } from '../../../server/src/graph/node';
import { reshape } from '../../../server/src/graph/operations';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { computed, denseOf, reference, runStudy } from './studyRun';

describe('rank correlation', () => {
  test('is 1, −1 and the textbook value with ties', () => {
    expect(rankCorrelation([1, 2, 3], [10, 20, 90])).toBe(1);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBe(-1);
    // Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: 4.5/√(4.5·5).
    expect(rankCorrelation([1, 2, 2, 3], [1, 3, 2, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
  });
});

describe('predicted against measured', () => {
  test('of a quadratic loss all are equal', async () => {
    const theta = Float64Array.of(0.7, -1.3, 0.4);
    const model = { ...leastSquares(theta), shapes: { 'fc.weight': [3, 1] } };

    const flat: typeof model = {
      ...model,
      loss: ([w], x, y) => model.loss([reshape(w as Node, [3])], x, y),
    };
    const problem = problemOf(flat, classificationData(40, 3, 2, 5));
    const result = await runStudy(problem, ['E4']);
    const [measured, ...predictions] = (['measured', 'predicted', 'quadratic', 'alongChange'] as const).map(
      (name) => computed(result, `E4.${name}[fc.weight]`).value,
    );
    for (const predicted of predictions) expect(predicted).toBeCloseTo(measured ?? NaN, 10);
    expect(result.quantities['E4.rankCorrelation']).toHaveProperty('notComputed');
  });

  test('of a small network: the second-order form on the dense Hessian, and the difference of losses, which expanded outputs meet behind one layer of tanh', async () => {
    const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));
    const result = await runStudy(problem, ['E4']);
    const rows = await denseOf(problem);
    const at = await createGradient(problem, reference, { batch: 60 });
    const here = await at.evaluate(problem.theta);
    for (const { name, offset, size, shape } of problem.parameters.filter((block) => block.shape.length === 2)) {
      const changed = problem.theta.slice();
      changed.set(quantised(problem.theta.slice(offset, offset + size), 4, shape[0]), offset);
      const step = changed.map((value, i) => value - (problem.theta[i] ?? 0));
      const product = Float64Array.from(rows, (row) => dot(row, step));
      expect(computed(result, `E4.quadratic[${name}]`).value).toBeCloseTo(
        dot(here.gradient, step) + dot(step, product) / 2,
        10,
      );
      const { loss } = await at.evaluate(changed);
      expect(computed(result, `E4.measured[${name}]`).value).toBeCloseTo(loss - here.loss, 10);
      expect(computed(result, `E4.predicted[${name}]`).value).toBeCloseTo(loss - here.loss, 10);
    }
  });

  test('ranks are refused where a prediction is no number', () => {
    const measured = [1, 2, 3].map((value) => Float64Array.of(value, value + 1));
    expect(rankOf([1, 2, 3], measured, new Random(1, 'ranks')).value).toBe(1);
    expect(rankOf([1, NaN, 3], measured, new Random(1, 'ranks')).value).toBeNaN();
  });
});
