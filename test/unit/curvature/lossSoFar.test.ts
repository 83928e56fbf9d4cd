import { expect, test } from 'vitest';
import { LossMeter } from '../../../server/src/curvature/analysis/lossSoFar';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { classificationData, mlp, problemOf } from './problems';
import { runStudy } from './studyRun';

test('the mean of the runs so far, with Student’s interval over them, at the first, second and fourth run', () => {
  const meter = new LossMeter(() => 1e-9);
  expect(meter.add(16, 2)).toEqual({
    value: 2,
    interval: { low: null, high: null, estimator: 1e-9, sampling: null },
    samples: 16,
  });
  const second = meter.add(16, 4);
  expect(second?.samples).toBe(32);
  // t = 12.706 with one degree of freedom, s/√n = 1
  expect(second?.interval.low).toBeCloseTo(3 - 12.706, 2);
  expect(second?.interval.high).toBeCloseTo(3 + 12.706, 2);
  expect(meter.add(16, 6)).toBeUndefined();
  expect(meter.add(16, 8)?.value).toBe(5);
});

test.each([
  { samples: 240, told: [8, 32, 64, 128, 240] },
  // Too few for a look at some of them to come long before all.
  { samples: 100, told: [32, 64, 100] },
])('an analysis of $samples samples tells the loss of the first before that of all', async ({ samples, told }) => {
  const problem = problemOf(mlp([6, 5, 3], 3), classificationData(samples, 6, 3, 4));
  const losses: AnalysisResult['loss'][] = [];
  const result = await runStudy(problem, ['A1'], { batch: 32, onPartial: ({ loss }) => losses.push(loss) });
  expect(losses.slice(0, told.length).map((loss) => loss.samples)).toEqual(told);
  expect(losses[told.length - 1]?.value).toBe(result.loss.value);
});
