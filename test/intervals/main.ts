/** How often the intervals hold the truth, as docs/intervals.md: npm run intervals [-- --seeds N] [--only ID] [--write]. Shares that are known are kept, so that it may be made in parts. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { coverage, type Row } from './row';
import { rows } from './table';
import { coveragePage, type Measured } from './page';

const CACHE = 'node_modules/.cache/hessian-lens/coverage';
const KEPT = `${CACHE}/shares.json`;
const PAGE = 'docs/intervals.md';

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

const keyOf = ({ id, setting }: Row): string => `${id} ${setting}`;

function kept(): Record<string, Measured> {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8')) as Record<string, Measured>;
  } catch {
    return {};
  }
}

async function main(): Promise<void> {
  const only = option('--only') ?? '';
  const seeds = Number(option('--seeds') ?? 200);
  const known = kept();
  for (const row of rows.filter(({ id }) => id.startsWith(only))) {
    const start = performance.now();
    const share = await coverage(row, seeds);
    known[keyOf(row)] = { share, seeds };
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(KEPT, JSON.stringify(known));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${keyOf(row)}  ${(100 * share).toFixed(1)} %  ${seconds} s\n`);
  }
  if (process.argv.includes('--write'))
    writeFileSync(PAGE, coveragePage(rows.map((row) => ({ row, measured: known[keyOf(row)] }))));
}

void main();
