import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { relabelled, samplesByClass, subsetOf } from '../../../server/src/curvature/subproblem';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { denseHessian, oneStudy } from './oneStudy';

const problem = problemOf(mlp([4, 3, 3], 3), classificationData(40, 4, 3, 3));

describe('spectra of classes', () => {
  test('are those of the dense Hessian of the samples of each', async () => {
    const { estimate, study } = await oneStudy(problem, 'A6');
    const members = samplesByClass(problem) ?? [];
    for (const [label, indices] of members.entries()) {
      const { values } = symmetricEigen(await denseHessian(subsetOf(problem, indices)), false);
      const top = estimate(`A6.classLambdaMax[class ${label}]`);
      const bottom = estimate(`A6.classLambdaMin[class ${label}]`);
      expect(top.samples).toBe(indices.length);
      expect(top.value / (values.at(-1) ?? NaN)).toBeCloseTo(1, 6);
      expect(bottom.value).toBeCloseTo(values[0] ?? NaN, 6);
    }
    expect(study.charts.map(({ kind }) => kind)).toEqual(['bars', 'lines']);
    expect(study.tables[0]?.rows).toHaveLength(3);
  });

  test('are refused where samples have no class', async () => {
    const plain = problemOf(leastSquares(Float64Array.of(1, 2)), classificationData(10, 2, 2, 1));
    const { result } = await oneStudy(plain, 'A6');
    expect(result.quantities['A6.classLambdaMax']).toHaveProperty(
      'notComputed',
      'the samples have no class of their own',
    );
  });
});

describe('problems over other samples', () => {
  test('of a subset keep labels and numbers', () => {
    const part = subsetOf(problem, [5, 5, 2]);
    expect(part.sampleCount).toBe(3);
    expect(part.sampleNumbers).toEqual([5, 5, 2]);
    expect(Array.from(part.labels?.classes ?? [])).toEqual([5, 5, 2].map((i) => problem.labels?.classes[i]));
    expect(subsetOf(part, [2]).sampleNumbers).toEqual([2]);
    expect(part.batch([1, 2])[0]?.data).toEqual(problem.batch([5, 2])[0]?.data);
  });

  test('with other labels have those in the batch', () => {
    const other = relabelled(problem, new Int32Array(40).fill(2));
    expect([...(other.batch([7, 8])[1]?.data ?? [])]).toEqual([0, 0, 1, 0, 0, 1]);
    expect(other.batch([7])[0]?.data).toEqual(problem.batch([7])[0]?.data);
  });
});
