import { describe, expect, test } from 'vitest';
import { BAND, coverage } from '../../intervals/row';
import { catalogue } from '../../../server/src/curvature/catalogue';
import { rows } from '../../intervals/table';
import { withoutRow } from '../../intervals/withoutRow';

/** Rows of drawn samples take minutes: COVERAGE_SEEDS=200 npx vitest run --project unit test/unit/curvature/intervals.test.ts */
const SEEDS = Number(process.env['COVERAGE_SEEDS'] ?? 0);
const PROBE_SEEDS = 200;

describe('every quantity', () => {
  const inRows = new Set(rows.map(({ id }) => id));
  const excused = withoutRow.flatMap(({ ids }) => ids);
  test('has a row that measures its interval, or a reason for none', () => {
    expect(Object.keys(catalogue).filter((id) => !inRows.has(id) && !excused.includes(id))).toEqual([]);
  });
  test('has no reason where it has a row, and only one', () => {
    expect(excused.filter((id, i) => inRows.has(id) || excused.indexOf(id) !== i)).toEqual([]);
  });
  test('that is listed is one of the catalogue', () => {
    expect([...inRows, ...excused].filter((id) => !(id in catalogue))).toEqual([]);
  });
});

describe('intervals', () => {
  const wanted = SEEDS > 0 ? rows : rows.filter(({ drawn, id }) => drawn === 'probes' && id !== 'B3.frobeniusLimit');
  test.each(wanted.map((row) => [row.id, row.setting, row] as const))(
    'hold the truth as often as they say: %s, %s',
    { timeout: 600_000 },
    async (_, __, row) => {
      const share = await coverage(row, SEEDS || PROBE_SEEDS);
      // One that covers need not be refused.
      if (row.interval === 'refused') expect(share).toBeLessThan(BAND.low);
      else expect(share).toBeGreaterThanOrEqual(BAND.low);
      if (row.interval === 'coverage') expect(share).toBeLessThanOrEqual(BAND.high);
    },
  );
});
