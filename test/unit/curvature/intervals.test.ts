import { describe, expect, test } from 'vitest';
import { BAND, coverage } from '../../intervals/row';
import { rows } from '../../intervals/table';

/** More seeds and the long rows: COVERAGE_SEEDS=1000. */
const asked = process.env['COVERAGE_SEEDS'];
const SEEDS = Number(asked ?? 200);

describe(`intervals over ${SEEDS} seeds`, () => {
  const wanted = rows.filter(({ interval, long }) => interval !== 'open' && (long !== true || asked !== undefined));
  test.each(wanted.map((row) => [row.id, row.setting, row] as const))('%s: %s', async (_, __, row) => {
    const share = await coverage(row, SEEDS);
    expect(share).toBeGreaterThanOrEqual(BAND.low);
    if (row.interval === 'coverage') expect(share).toBeLessThanOrEqual(BAND.high);
  });
});
