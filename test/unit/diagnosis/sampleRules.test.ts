import { describe, expect, test } from 'vitest';
import type { Estimate } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import type { CodeFacts } from '../../../server/src/diagnosis/rule';
import { batchFarFromCritical } from '../../../server/src/diagnosis/rules/batchFarFromCritical';
import { samplesDominate } from '../../../server/src/diagnosis/rules/samplesDominate';

const facts: CodeFacts = {
  optimizer: null,
  learningRateAt: null,
  batchSizeAt: { file: 'train.py', line: 9, column: 5, endColumn: 7 },
  modelAt: { file: 'model.py', line: 5, column: 1, endColumn: 2 },
};
const estimate = (id: string, value: number, low: number, high: number | null, samples = 400): Estimate => ({
  id,
  value,
  unit: 'samples',
  method: 'test',
  hvps: 0,
  samples,
  source: 'test',
  interval: { low, high, estimator: 0, sampling: null },
});
/** What these rules read. */
const resultWith = (parts: Partial<Record<'batchSize' | 'quantities' | 'studies', unknown>>): AnalysisResult =>
  ({
    provenance: { model: 'Net' },
    stability: { batchSize: parts.batchSize ?? null },
    quantities: parts.quantities ?? {},
    studies: parts.studies ?? [],
  }) as unknown as AnalysisResult;

describe('a batch size against the critical one, 40 [30, 60]', () => {
  const quantities = { 'C1.criticalBatch': estimate('C1.criticalBatch', 40, 30, 60) };
  test.each([
    [1, 'below'],
    [2, undefined],
    [64, undefined],
    [240, undefined],
    [241, 'above'],
    [4096, 'above'],
  ])('%d', (batchSize, side) => {
    const [finding] = batchFarFromCritical.check(resultWith({ batchSize, quantities }), facts);
    expect(finding?.message.match(/far (above|below)/)?.[1]).toBe(side);
    if (finding !== undefined) expect(finding).toMatchObject({ severity: 'information', file: 'train.py', line: 9 });
  });

  test('is not judged where it has no upper limit, or nothing is known', () => {
    const open = { 'C1.criticalBatch': estimate('C1.criticalBatch', 40, 30, null) };
    expect(batchFarFromCritical.check(resultWith({ batchSize: 4096, quantities: open }), facts)).toEqual([]);
    expect(batchFarFromCritical.check(resultWith({ batchSize: 4096 }), facts)).toEqual([]);
    expect(batchFarFromCritical.check(resultWith({ quantities }), facts)).toEqual([]);
  });
});

describe('samples that hold half of the squared gradient', () => {
  const studies = [{ id: 'C3', tables: [{ samples: [17, 3, 250, 8, 9] }] }];
  const shareOf = (share: number, samples = 400): Record<string, Estimate> => ({
    'C3.halfShare': estimate('C3.halfShare', share, share, share, samples),
  });

  test('are named when they are few', () => {
    const [finding] = samplesDominate.check(resultWith({ quantities: shareOf(0.005), studies }), facts);
    expect(finding).toMatchObject({ code: 'HL202', severity: 'information' });
    expect(finding?.message).toContain('2 of 400 samples (0.5 %) hold half of the squared gradient: 17, 3.');
  });

  test('are not when they are many, of a small sample, or unknown', () => {
    expect(samplesDominate.check(resultWith({ quantities: shareOf(0.1), studies }), facts)).toEqual([]);
    expect(samplesDominate.check(resultWith({ quantities: shareOf(0.02, 50), studies }), facts)).toEqual([]);
    expect(samplesDominate.check(resultWith({}), facts)).toEqual([]);
  });
});
