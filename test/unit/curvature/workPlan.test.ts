import { beforeAll, describe, expect, test } from 'vitest';
import { evenSamples, workPlan } from '../../../server/src/curvature/analysis/workPlan';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { classificationData, mlp, problemOf } from './problems';
import { computed, denseOf, runStudy } from './studyRun';

const problem = problemOf(mlp([6, 5, 3], 3), classificationData(240, 6, 3, 4));

const eigenvaluesOf = async (of: Problem): Promise<Float64Array> => symmetricEigen(await denseOf(of), false).values;

describe('where all samples would take longer than the default set may', () => {
  let result: AnalysisResult;
  let all: Float64Array;
  const progress: number[] = [];
  beforeAll(async () => {
    result = await runStudy(problem, ['default'], { work: 1, onProgress: (_, fraction) => progress.push(fraction) });
    all = await eigenvaluesOf(problem);
  });

  test('eigenvalues, loss and gradient are of all samples', () => {
    const lambdaMax = computed(result, 'A1.lambdaMax');
    expect(lambdaMax.samples).toBe(240);
    expect(Math.abs(lambdaMax.value - (all.at(-1) ?? NaN))).toBeLessThanOrEqual(lambdaMax.interval.estimator);
    expect(Math.abs(lambdaMax.value / (all.at(-1) ?? NaN) - 1)).toBeLessThanOrEqual(0.01);
    expect(result.loss.samples).toBe(240);
    expect(computed(result, 'C1.variance').samples).toBe(240);
  });

  test('trace, density and layers are of some, which each of them says', async () => {
    const some = subsetOf(problem, evenSamples(problem, 16, new Random(1, 'some samples')));
    const values = await eigenvaluesOf(some);
    const trace = computed(result, 'A2.trace');
    expect(trace.samples).toBe(16);
    expect(trace.value).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0),
      6,
    );
    const { low, high } = trace.interval;
    const ofAll = all.reduce((sum, value) => sum + value, 0);
    expect(low).toBeLessThan(ofAll);
    expect(high).toBeGreaterThan(ofAll);
    const ids = ['A3.probes', 'A4.massAtZero', 'D1.medianKappa', 'C1.curvatureNoiseScale'];
    for (const id of ids) expect(computed(result, id).samples).toBe(16);
    for (const { lambdaMax } of result.layers) expect('samples' in lambdaMax && lambdaMax.samples).toBe(16);
    expect(result.provenance.notes.join()).toContain('16 of the 240 samples');
  });

  test('progress grows', () => {
    progress.slice(1).forEach((fraction, i) => expect(fraction).toBeGreaterThanOrEqual((progress[i] ?? 0) - 1e-12));
  });

  test('who names a quantity gets it of all samples', async () => {
    const named = await runStudy(problem, ['A2'], { work: 1 });
    expect(computed(named, 'A2.trace').samples).toBe(240);
    expect(named.provenance.notes.join()).not.toContain('of the 240 samples');
  });
});

describe('the plan', () => {
  const samples = { sampleCount: 512, separable: true };
  test('takes all samples as long as the work allows it', () => {
    expect(workPlan(samples, 1e9, 4.1e11)).toEqual({ samples: 512, products: undefined });
    expect(workPlan(samples, 1e9, 1e11).samples).toBeLessThan(512);
  });

  test('spends what it may, and no more where that is possible', () => {
    const { samples: some, products = NaN } = workPlan(samples, 1e11, 6e12);
    expect((200 * some) / 512 + products).toBeLessThanOrEqual(6e12 / 1e11);
    expect((200 * some) / 512 + products).toBeGreaterThan(0.9 * (6e12 / 1e11));
  });

  test('does not split samples that depend on each other', () => {
    expect(workPlan({ sampleCount: 512, separable: false }, 1e12, 1).samples).toBe(512);
  });
});

test('some samples have the classes of all in the same shares, each once', () => {
  const classes = Int32Array.from({ length: 100 }, (_, i) => (i % 10 < 7 ? 0 : 1));
  const unequal: Problem = { ...problem, sampleCount: 100, classCount: 2, labels: { input: 1, classes } };
  for (let seed = 0; seed < 20; seed++) {
    const picked = evenSamples(unequal, 30, new Random(seed));
    expect(new Set(picked).size).toBe(30);
    expect(picked.filter((index) => classes[index] === 0)).toHaveLength(21);
  }
});
