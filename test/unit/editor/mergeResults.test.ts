import { beforeAll, describe, expect, test } from 'vitest';
import type { AnalysisResult, StudyResult } from '../../../server/src/curvature/result';
import type { Estimate } from '../../../server/src/curvature/quantity';
import { mergeResults } from '../../../server/src/editor/mergeResults';

const estimate = (id: string, value: number): Estimate => ({
  id,
  value,
  unit: '1',
  interval: { low: value, high: value, estimator: 0, sampling: null },
  method: 'counted',
  hvps: 1,
  samples: 1,
  source: 'none',
});
const study = (id: string, quantities: readonly string[]): StudyResult => ({
  id,
  title: id,
  group: 'conditioning',
  quantities,
  charts: [],
  tables: [],
  remarks: [],
});
const finding = (code: string, line: number) => ({
  code,
  severity: 'warning' as const,
  message: code,
  file: 'a.py',
  line,
  column: 1,
  endColumn: 2,
  related: [],
});

describe('studies added to a result', () => {
  let merged: AnalysisResult;
  const part = (changes: Partial<AnalysisResult>): AnalysisResult =>
    ({
      quantities: {},
      studies: [],
      guards: [],
      findings: [],
      cost: { seconds: 1, hvps: 10, parts: [], peakMemory: 5 },
      complete: true,
      ...changes,
    }) as unknown as AnalysisResult;
  beforeAll(() => {
    merged = mergeResults(
      part({
        quantities: {
          'A1.lambdaMax': estimate('A1.lambdaMax', 3),
          'D1.kappa': estimate('D1.kappa', 1),
          'A2.trace': { id: 'A2.trace', notComputed: 'not asked for' },
        },
        studies: [study('D1', ['D1.kappa']), study('E2', [])],
        findings: [finding('HL101', 4)],
      }),
      part({
        quantities: {
          'A1.lambdaMax': estimate('A1.lambdaMax', 3.1),
          'D1.kappa': estimate('D1.kappa', 2),
          'A2.trace': estimate('A2.trace', 7),
          'A3.probes': { id: 'A3.probes', notComputed: 'not asked for' },
        },
        studies: [study('D1', ['D1.kappa'])],
        findings: [finding('HL101', 4), finding('HL301', 9)],
        complete: false,
      }),
    );
  });

  test('renew their own numbers and leave the others', () => {
    expect(merged.quantities['D1.kappa']).toMatchObject({ value: 2 });
    expect(merged.quantities['A1.lambdaMax']).toMatchObject({ value: 3 });
    expect(merged.quantities['A2.trace']).toMatchObject({ value: 7 });
    expect(merged.quantities).not.toHaveProperty('A3.probes');
    expect(merged.conditioning).toEqual({ 'D1.kappa': merged.quantities['D1.kappa'] });
  });

  test('stand once, as findings do; cost adds up', () => {
    expect(merged.studies.map(({ id }) => id)).toEqual(['E2', 'D1']);
    expect(merged.findings.map(({ code }) => code)).toEqual(['HL101', 'HL301']);
    expect(merged.cost).toEqual({ seconds: 2, hvps: 20, parts: [], peakMemory: 5 });
    expect(merged.complete).toBe(false);
  });
});
