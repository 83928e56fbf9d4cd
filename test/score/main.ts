/** Scores the warnings of instability: npm run score [-- --only NAME]. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startingPoints } from './problems';
import { score, type Scored } from './run';
import { countsOf, precision, recall, scorePage } from './table';
import { isPredicted } from './run';

/** Runs so far: parts of the score may be made one after another. */
const KEPT = 'node_modules/.cache/hessian-lens/score/runs.json';
const PAGE = 'docs/score.md';
const WANTED = 0.95;

function kept(): Scored[] {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8')) as Scored[];
  } catch {
    return [];
  }
}

async function main(): Promise<void> {
  const at = process.argv.indexOf('--only');
  const only = at < 0 ? undefined : process.argv[at + 1];
  let runs = only === undefined ? [] : kept();
  for await (const point of startingPoints(only)) {
    const scored = await score(point, (text) => process.stderr.write(`${text}\n`));
    runs = [...runs.filter((run) => run.point !== point.name), ...scored];
    mkdirSync(dirname(KEPT), { recursive: true });
    writeFileSync(KEPT, JSON.stringify(runs));
  }
  writeFileSync(PAGE, scorePage(runs, []));
  const counts = countsOf(runs, isPredicted);
  const [p, r] = [precision(counts), recall(counts)];
  process.stdout.write(`${counts.runs} runs: precision ${p.toFixed(3)}, recall ${r.toFixed(3)}; ${PAGE}\n`);
  process.exitCode = p >= WANTED && r >= WANTED ? 0 : 1;
}

void main();
