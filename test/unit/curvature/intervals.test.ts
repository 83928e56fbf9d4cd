import { describe, expect, test } from 'vitest';
import { BAND, coverage } from '../../intervals/row';
import { rows } from '../../intervals/table';

/** Takes minutes: COVERAGE_SEEDS=200 npx vitest run --project unit test/unit/curvature/intervals.test.ts */
const SEEDS = Number(process.env['COVERAGE_SEEDS'] ?? 0);

describe.skipIf(SEEDS === 0)(`intervals over ${SEEDS} seeds`, () => {
  const wanted = rows.filter(({ interval }) => interval !== 'open');
  test.each(wanted.map((row) => [row.id, row.setting, row] as const))('%s: %s', async (_, __, row) => {
    const share = await coverage(row, SEEDS);
    expect(share).toBeGreaterThanOrEqual(BAND.low);
    if (row.interval === 'coverage') expect(share).toBeLessThanOrEqual(BAND.high);
  });
});
