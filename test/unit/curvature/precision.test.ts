import { describe, expect, test } from 'vitest';
import { analyze } from '../../../server/src/curvature/analysis/analyze';
import { productDifferences, relativeError } from '../../../server/src/curvature/estimators/precision';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { normalise } from '../../../server/src/curvature/linearAlgebra/orthogonalise';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { curvatureIsRounding } from '../../../server/src/diagnosis/rules/curvatureIsRounding';
import type { ArrayValue, Engine } from '../../../server/src/engine/engine';
import { analysisOptions, computed, denseOf, reference, runStudy } from './studyRun';
import { rotated } from './matrices';
import { classificationData, mlp, problemOf } from './problems';

const facts = {
  optimizer: null,
  learningRateAt: null,
  modelAt: { file: 'model.py', line: 1, column: 1, endColumn: 2 },
};
const problem = problemOf(mlp([4, 3, 3], 3), classificationData(12, 4, 3, 3));

/** Float64 arithmetic whose results are off by `error`, in the same way each time; it stands for an engine of float32. */
function inexactEngine(error: (value: number, index: number) => number): Engine {
  const shifted = (value: ArrayValue): ArrayValue =>
    value.dtype === 'float' ? { ...value, data: Float64Array.from(value.data, (x, i) => x + error(x, i)) } : value;
  return {
    ...reference,
    precision: 'float32',
    keepsDerived: false,
    concurrency: 1,
    compile: async (graph, options) => {
      const executable = await reference.compile(graph, options);
      return {
        run: async (inputs) => (await executable.run(inputs)).map(shifted),
        dispose: () => executable.dispose(),
      };
    },
  };
}

const analysed = (engine: Engine): Promise<AnalysisResult> =>
  analyze(problem, engine, { ...analysisOptions, quantities: ['D6'] });

describe('precision', () => {
  test('of a matrix with a known error: every difference is its own, and the relative one covers the ratio of norms', async () => {
    const exact = rotated([5, 2, 1, 0.5, 0.1, -0.3], 1);
    const error = rotated([1e-3, 4e-4, -2e-4, 1e-4, 1e-5, 0], 2);
    const norm = (rows: readonly Float64Array[]): number => Math.hypot(...rows.flatMap((row) => [...row]));
    const other = exact.map((row, i) => row.map((entry, j) => entry + (error[i]?.[j] ?? 0)));
    const truth = norm(error) / norm(exact);
    let covered = 0;
    const seeds = 200;
    for (let seed = 0; seed < seeds; seed++) {
      const random = new Random(seed, 'directions');
      const directions = Array.from({ length: 12 }, () => random.gaussianVector(6));
      for (const v of directions) normalise(v);
      const differences = await productDifferences(matrixOperator(exact), matrixOperator(other), directions);
      const found = relativeError(differences);
      if (found !== undefined && found.low <= truth && truth <= found.high) covered++;
      const [v = new Float64Array()] = directions;
      const along = (rows: readonly Float64Array[]): number[] =>
        rows.map((row) => row.reduce((sum, entry, j) => sum + entry * (v[j] ?? 0), 0));
      expect(differences[0]?.difference).toBeCloseTo(Math.hypot(...along(error)), 12);
      expect(differences[0]?.length).toBeCloseTo(Math.hypot(...along(exact)), 12);
    }
    expect(covered / seeds).toBeGreaterThanOrEqual(0.93);
    expect(covered / seeds).toBeLessThanOrEqual(0.98);
  });

  test('of results rounded to float32 is about its unit roundoff, on the curvature of the dense matrix', async () => {
    const result = await analysed(inexactEngine((x) => Math.fround(x) - x));
    const relative = computed(result, 'D6.productError').value;
    expect(relative).toBeGreaterThan(2 ** -28);
    expect(relative).toBeLessThan(2 ** -20);
    const { values } = symmetricEigen(await denseOf(problem));
    expect(computed(result, 'D6.curvature').value).toBeCloseTo(Math.max(...values.map(Math.abs)), 6);
    expect(computed(result, 'D6.floor').value).toBeLessThan(1e-5);
    expect(curvatureIsRounding.check(result, facts)).toEqual([]);
  });

  test('below the floor it is a finding', async () => {
    const result = await analysed(inexactEngine((_, i) => 10 * Math.cos(i)));
    expect(computed(result, 'D6.floor').value).toBeGreaterThan(computed(result, 'D6.curvature').value);
    expect(curvatureIsRounding.check(result, facts)).toMatchObject([{ code: 'HL305', severity: 'warning' }]);
    const coarse = await analysed(inexactEngine((x, i) => 0.05 * x * Math.cos(7 * i)));
    expect(computed(coarse, 'D6.productError').interval.low).toBeGreaterThan(0.01);
    expect(curvatureIsRounding.check(coarse, facts)).toMatchObject([{ code: 'HL305', severity: 'information' }]);
  });

  test('says that float64 has nothing to be compared with', async () => {
    const result = await runStudy(problem, ['D6']);
    expect(result.quantities['D6.floor']).toMatchObject({ notComputed: expect.stringContaining('float64') as string });
    expect(curvatureIsRounding.check(result, facts)).toEqual([]);
  });
});
