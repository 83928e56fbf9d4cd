/**
 * Scores the warnings of instability: npm run score [-- --only NAME] [--continue]. NAME is a part of a starting point's name, or `sensitivity` for the ranking of layers alone;
 * `--continue` keeps the runs of it that are done.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { edgeAnswers } from './edgeOfStability';
import { startingPoints } from './problems';
import { rankAnswers, type RankAnswer } from './sensitivity';
import { isPredicted, score, type Scored, type Series } from './run';
import { countsOf, precision, recall, scorePage } from './table';

/** Runs so far: parts of the score may be made one after another. */
const KEPT = 'node_modules/.cache/hessian-lens/score/runs.json';
const KEPT_RANKS = 'node_modules/.cache/hessian-lens/score/ranks.json';
const PAGE = 'docs/score.md';
const WANTED = 0.95;
const EDGE_TOLERANCE = 0.1;

function read<T>(file: string, otherwise: T): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return otherwise;
  }
}

function write(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

const isOf = (run: Scored, { point, optimizer, batch }: Series): boolean =>
  run.point === point && run.optimizer === optimizer && run.batch === batch;

async function main(): Promise<void> {
  const at = process.argv.indexOf('--only');
  const only = at < 0 ? undefined : process.argv[at + 1];
  const before = only === undefined && !process.argv.includes('--continue') ? [] : read<Scored[]>(KEPT, []);
  let runs = process.argv.includes('--continue') ? before : before.filter(({ point }) => !point.includes(only ?? ''));
  const isDone = (series: Series): boolean => runs.some((run) => isOf(run, series));
  for await (const point of startingPoints(only))
    for await (const scored of score(point, isDone)) {
      runs = [...runs, ...scored];
      write(KEPT, runs);
      process.stderr.write(
        `${scored[0]?.point ?? ''}: ${scored[0]?.optimizer ?? ''}, batches of ${scored[0]?.batch ?? ''}\n`,
      );
    }
  const edge = await edgeAnswers();
  if (only === undefined || only === 'sensitivity') write(KEPT_RANKS, await rankAnswers());
  writeFileSync(PAGE, scorePage(runs, edge, read<RankAnswer[]>(KEPT_RANKS, [])));
  const counts = countsOf(runs, isPredicted);
  const [p, r] = [precision(counts), recall(counts)];
  process.stdout.write(`${counts.runs} runs: precision ${p.toFixed(3)}, recall ${r.toFixed(3)}; ${PAGE}\n`);
  const offEdge = edge.filter(({ sharpness, limit }) => Math.abs(sharpness / limit - 1) > EDGE_TOLERANCE);
  for (const { name, sharpness, limit } of offEdge)
    process.stdout.write(`${name}: ${sharpness.toPrecision(4)} instead of ${limit.toPrecision(4)}\n`);
  process.exitCode = p >= WANTED && r >= WANTED && offEdge.length === 0 ? 0 : 1;
}

void main();
