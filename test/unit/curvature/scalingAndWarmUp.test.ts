import { describe, expect, test } from 'vitest';
import { scaledLearningRate, scaledSettings } from '../../../server/src/curvature/estimators/scalingRules';
import { sgd } from './sgd';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { computed, runStudy } from './studyRun';

describe('scaling rules', () => {
  test('are linear for SGD and of the square root for Adam', () => {
    expect(scaledSettings({ learningRate: 0.1 }, 4)).toEqual({ learningRate: 0.4 });
    const adam = scaledSettings({ learningRate: 1e-3, adaptive: { betas: [0.9, 0.999], eps: 1e-8 } }, 4);
    expect(adam.learningRate).toBeCloseTo(2e-3, 12);
    expect(adam.betas?.[0]).toBeCloseTo(0.6, 12);
    expect(adam.betas?.[1]).toBeCloseTo(0.996, 12);
    expect(adam.eps).toBeCloseTo(5e-9, 16);
    expect(scaledLearningRate(true, 0.1, 16, 64)).toBeCloseTo(0.2, 12);
    expect(scaledLearningRate(false, 0.1, 16, 64)).toBeCloseTo(0.4, 12);
  });
  test('have no β where the batch grows too much', () => {
    expect(scaledSettings({ learningRate: 1, adaptive: { betas: [0.9], eps: 1e-8 } }, 16).betas).toBeNull();
  });
  test('are undone by the inverse ratio', () => {
    const start = { learningRate: 0.3, adaptive: { betas: [0.9, 0.99], eps: 1e-6 } };
    const there = scaledSettings(start, 2);
    const back = scaledSettings(
      { learningRate: there.learningRate, adaptive: { betas: there.betas ?? [], eps: there.eps ?? 0 } },
      0.5,
    );
    expect(back.learningRate).toBeCloseTo(0.3, 12);
    expect(back.betas?.[1]).toBeCloseTo(0.99, 12);
  });
  test('are told for halves and doubles of the batch of the script', async () => {
    const problem = problemOf(mlp([3, 4, 2], 1), classificationData(30, 3, 2, 2));
    const result = await runStudy(problem, ['B5'], { optimizer: sgd({ batchSize: 16 }) });
    expect(computed(result, 'B5.learningRate[B = 32]').value).toBeCloseTo(0.2, 12);
    expect(result.studies[0]?.tables[0]?.rows.length).toBe(7);
  });
});

describe('warm-up on least squares', () => {
  const problem = problemOf(leastSquares(Float64Array.of(0.5, -0.2, 0.1)), classificationData(40, 3, 2, 6));
  const limitOf = async (): Promise<number> =>
    computed(await runStudy(problem, ['B1'], { optimizer: sgd({ batchSize: 40 }) }), 'B1.limit').value;

  test('is not needed below the limit', async () => {
    const learningRate = 0.5 * (await limitOf());
    const result = await runStudy(problem, ['B1', 'B6'], { optimizer: sgd({ learningRate, batchSize: 40 }) });
    expect(computed(result, 'B6.steps').value).toBe(0);
  });
  test('cannot help a quadratic far above it', async () => {
    const learningRate = 2 * (await limitOf());
    const result = await runStudy(problem, ['B1', 'B6'], { optimizer: sgd({ learningRate, batchSize: 40 }) });
    expect(result.quantities['B6.steps']).toMatchObject({
      notComputed: expect.stringMatching(/even after a ramp of 80/) as unknown,
    });
    expect(computed(result, 'B6.startRate').value).toBeCloseTo(0.25 * learningRate, 10);
  });
});
