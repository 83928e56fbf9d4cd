/** How often the intervals hold the truth, as docs/intervals.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { commandLine } from '../support/commandLine';
import { coveragePage, type Measured } from './page';
import { coverage, type Row } from './row';
import { rows } from './table';

const USAGE = `npm run intervals -- [options]

--seeds N   draws for every row (default 200)
--only ID   rows whose quantity and setting begin so, e.g. A2, or "A2.trace least squares"
--write     keep the shares in test/intervals/shares.json and write docs/intervals.md; rows that were not run stay as they were
`;

const KEPT = 'test/intervals/shares.json';
const PAGE = 'docs/intervals.md';

const keyOf = ({ id, setting }: Row): string => `${id} ${setting}`;

async function main(): Promise<void> {
  const { values } = commandLine(USAGE, {
    options: {
      seeds: { type: 'string', default: '200' },
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
    },
  });
  const seeds = Number(values.seeds);
  const known = JSON.parse(readFileSync(KEPT, 'utf8')) as Record<string, Measured>;
  for (const row of rows.filter((each) => keyOf(each).startsWith(values.only))) {
    const start = performance.now();
    const share = await coverage(row, seeds);
    known[keyOf(row)] = { share, seeds };
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${keyOf(row)}  ${(100 * share).toFixed(1)} %  ${seconds} s\n`);
  }
  if (!values.write) return;
  writeFileSync(KEPT, `${JSON.stringify(known, null, 2)}\n`);
  writeFileSync(PAGE, coveragePage(rows.map((row) => ({ row, measured: known[keyOf(row)] }))));
}

void main();
