import { describe, expect, test } from 'vitest';
import { BAND, coverage } from '../../intervals/row';
import { rows } from '../../intervals/table';

/** Rows of drawn samples take minutes: COVERAGE_SEEDS=200 npx vitest run --project unit test/unit/curvature/intervals.test.ts */
const SEEDS = Number(process.env['COVERAGE_SEEDS'] ?? 0);
const PROBE_SEEDS = 200;

describe('intervals', () => {
  const shown = rows.filter(({ interval }) => interval !== 'open');
  const wanted = SEEDS > 0 ? shown : shown.filter(({ drawn, id }) => drawn === 'probes' && id !== 'B3.frobeniusLimit');
  test.each(wanted.map((row) => [row.id, row.setting, row] as const))(
    'hold the truth as often as they say: %s, %s',
    { timeout: 600_000 },
    async (_, __, row) => {
      const share = await coverage(row, SEEDS || PROBE_SEEDS);
      expect(share).toBeGreaterThanOrEqual(BAND.low);
      if (row.interval === 'coverage') expect(share).toBeLessThanOrEqual(BAND.high);
    },
  );
});
