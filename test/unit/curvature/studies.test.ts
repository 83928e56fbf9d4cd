import { describe, expect, test } from 'vitest';
import { analyze } from '../../../server/src/curvature/analysis/analyze';
import { notComputed } from '../../../server/src/curvature/analysis/quantities';
import { isNamed, isWanted } from '../../../server/src/curvature/analysis/options';
import { unknownQuantities } from '../../../server/src/curvature/selection';
import { studyGroups } from '../../../server/src/curvature/studies/groups';
import { runStudies, wantedStudies, type Found } from '../../../server/src/curvature/studies/run';
import { studies } from '../../../server/src/curvature/studies/studies';
import { StudyRefusal, type Study } from '../../../server/src/curvature/studies/study';
import { catalogue } from '../../../server/src/curvature/catalogue';
import { createCurvatureOperator } from '../../../server/src/curvature/operators/curvatureOperator';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import { layersOf } from '../../../server/src/curvature/problem';
import type { StudyResult } from '../../../server/src/curvature/result';
import { leastSquares, problemOf } from './problems';
import { analysisOptions as options, reference as engine } from './studyRun';

const problem = problemOf(leastSquares(Float64Array.of(1, -2)), {
  x: [Float64Array.of(1, 0), Float64Array.of(0, 2), Float64Array.of(1, 1)],
  y: Float64Array.of(0, 1, 2),
});

const study = (changes: Partial<Study>): Study => ({
  id: 'A1',
  title: 'A study',
  group: 'spectrum',
  quantities: ['A1.lambdaMax', 'A1.lambdaMin'],
  byDefault: false,
  products: () => 1,
  run: () => Promise.resolve({ quantities: [] }),
  ...changes,
});

async function ran(wanted: readonly Study[]): Promise<{ results: StudyResult[]; products: number }> {
  let products = 0;
  const operatorOptions = {
    blockSize: 2,
    memoryLimit: 2 ** 28,
    onProducts: (vectors: number) => void (products += vectors),
  };
  const hessian = await createCurvatureOperator(problem, engine, hessianProduct, operatorOptions);
  const gradient = await createGradient(problem, engine, { batch: 3 });
  const found: Found = {
    problem,
    engine,
    layers: layersOf(problem.parameters),
    options,
    point: await gradient.evaluate(problem.theta),
    ends: undefined,
    traces: undefined,
    density: undefined,
    quantities: {},
    hessian,
    gradient,
    operatorOptions,
    perSampleOptions: { memoryLimit: 2 ** 24, batch: 3, blockSize: 2 },
    samples: undefined,
    gradientBatch: 3,
    products: () => products,
  };
  const results: StudyResult[] = [];
  await runStudies(
    wanted,
    found,
    () => undefined,
    (result) => results.push(result),
  );
  return { results, products };
}

describe('studies', () => {
  test('one that does not apply says why, and the next goes on; products are counted', async () => {
    const seen: number[] = [];
    const { results, products } = await ran([
      study({ run: () => Promise.reject(new StudyRefusal('the loss has no classes')) }),
      study({
        title: 'Second',
        run: async (context) => {
          const operator = await context.hessian();
          await operator.applyBlock([Float64Array.of(1, 0), Float64Array.of(0, 1)]);
          seen.push(context.products());
          return { quantities: [notComputed('A1.lambdaMax', 'a reason of its own')] };
        },
      }),
    ]);
    expect(results.map(({ title }) => title)).toEqual(['A study', 'Second']);
    expect(results[0]?.remarks).toEqual(['Not computed: the loss has no classes.']);
    expect(results[1]?.quantities).toEqual(['A1.lambdaMax', 'A1.lambdaMin']);
    expect(seen).toEqual([2]);
    expect(products).toBe(2);
  });

  test('a fault of ours is not told as a reason', async () => {
    await expect(ran([study({ run: () => Promise.reject(new TypeError('no such thing')) })])).rejects.toThrow(
      TypeError,
    );
  });

  test('every study of the list has its quantities in the catalogue, an entry of its own and a group', () => {
    for (const { id, quantities, group } of studies) {
      expect(studyGroups[group]).toBeDefined();
      expect(quantities.length).toBeGreaterThan(0);
      for (const quantity of quantities) expect(Object.keys(catalogue)).toContain(quantity);
      expect(quantities.some((quantity) => quantity.startsWith(`${id}.`))).toBe(true);
    }
    expect(new Set(studies.map(({ id, title }) => `${id} ${title}`)).size).toBe(studies.length);
  });

  test('are chosen by entry, group, default and all', () => {
    expect(wantedStudies({ quantities: ['all'], optimizer: null })).toEqual(studies);
    expect(wantedStudies({ optimizer: null }).every(({ byDefault }) => byDefault === true)).toBe(true);
    for (const group of Object.keys(studyGroups))
      expect(wantedStudies({ quantities: [group], optimizer: null })).toEqual(
        studies.filter((each) => each.group === group),
      );
    expect(isNamed(['A1'], 'A1.lambdaMax')).toBe(true);
    expect(isNamed(['default'], 'A1')).toBe(false);
    expect(isWanted({ quantities: ['default'] }, 'A1')).toBe(true);
    expect(isWanted({ quantities: ['conditioning'] }, 'A2')).toBe(false);
    expect(unknownQuantities(['A1', 'A1.lambdaMax', 'conditioning', 'all', 'default', 'A1.lam', 'Z9'])).toEqual([
      'A1.lam',
      'Z9',
    ]);
  });

  test('an analysis that asks for one group leaves out the rest of the default set, and says so', async () => {
    const result = await analyze(problem, engine, { ...options, quantities: ['B1'] });
    expect(result.quantities['A2.trace']).toEqual({ id: 'A2.trace', notComputed: 'not asked for' });
    expect(result.studies).toEqual([]);
  });
});
