/** Scores the warnings of instability: npm run score [-- --only NAME] [--continue]; the latter keeps the runs that are done. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { edgeAnswers } from './edgeOfStability';
import { startingPoints } from './problems';
import { isPredicted, score, type Scored, type Series } from './run';
import { countsOf, precision, recall, scorePage } from './table';

/** Runs so far: parts of the score may be made one after another. */
const KEPT = 'node_modules/.cache/hessian-lens/score/runs.json';
const PAGE = 'docs/score.md';
const WANTED = 0.95;
const EDGE_TOLERANCE = 0.1;

function kept(): Scored[] {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8')) as Scored[];
  } catch {
    return [];
  }
}

const isOf = (run: Scored, { point, optimizer, batch }: Series): boolean =>
  run.point === point && run.optimizer === optimizer && run.batch === batch;

async function main(): Promise<void> {
  const at = process.argv.indexOf('--only');
  const only = at < 0 ? undefined : process.argv[at + 1];
  let runs = process.argv.includes('--continue') ? kept() : [];
  const isDone = (series: Series): boolean => runs.some((run) => isOf(run, series));
  for await (const point of startingPoints(only))
    for await (const scored of score(point, isDone)) {
      runs = [...runs, ...scored];
      mkdirSync(dirname(KEPT), { recursive: true });
      writeFileSync(KEPT, JSON.stringify(runs));
      process.stderr.write(
        `${scored[0]?.point ?? ''}: ${scored[0]?.optimizer ?? ''}, batches of ${scored[0]?.batch ?? ''}\n`,
      );
    }
  const edge = await edgeAnswers();
  writeFileSync(PAGE, scorePage(runs, edge));
  const counts = countsOf(runs, isPredicted);
  const [p, r] = [precision(counts), recall(counts)];
  process.stdout.write(`${counts.runs} runs: precision ${p.toFixed(3)}, recall ${r.toFixed(3)}; ${PAGE}\n`);
  const offEdge = edge.filter(({ sharpness, limit }) => Math.abs(sharpness / limit - 1) > EDGE_TOLERANCE);
  for (const { name, sharpness, limit } of offEdge)
    process.stdout.write(`${name}: ${sharpness.toPrecision(4)} instead of ${limit.toPrecision(4)}\n`);
  process.exitCode = p >= WANTED && r >= WANTED && offEdge.length === 0 ? 0 : 1;
}

void main();
