/** Scores the warnings of instability, and the ranking of layers by their sensitivity: docs/score.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { commandLine } from '../support/commandLine';
import { edgeAnswers, type EdgeAnswer } from './edgeOfStability';
import { startingPoints } from './problems';
import { ALL_MODELS, changesOfExamples, rankAnswers, type Change } from './sensitivity';
import { isPredicted, score, type Scored, type Series } from './run';
import { countsOf, precision, recall, scorePage } from './table';

const USAGE = `npm run score -- [options]

--only NAME  starting points with NAME in theirs, sensitivity for the ranking of layers, or edge for where training ends;
             everything else stays as it was last
--continue   runs what is not done of it
`;

/** What was found last, so that parts of the page may be made one after another, on any machine. */
const FOLDER = 'test/score/kept';
const KEPT = `${FOLDER}/runs.json`;
const KEPT_EDGE = `${FOLDER}/edge.json`;
const KEPT_CHANGES = `${FOLDER}/changes.json`;
const PAGE = 'docs/score.md';
const WANTED = 0.95;
const EDGE_TOLERANCE = 0.1;
/** Over all weight tensors of the examples, inside the trust region of the quadratic model and outside. */
const WANTED_CORRELATION = 0.9;

function read<T>(file: string, otherwise: T): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return otherwise;
  }
}

const write = (file: string, value: unknown): void => writeFileSync(file, `${JSON.stringify(value)}\n`);

const isOf = (run: Scored, { point, optimizer, batch }: Series): boolean =>
  run.point === point && run.optimizer === optimizer && run.batch === batch;

async function main(): Promise<void> {
  const { values } = commandLine(USAGE, {
    options: { only: { type: 'string' }, continue: { type: 'boolean', default: false } },
  });
  const { only, continue: goesOn } = values;
  const runs = await scoredRuns(only, goesOn);
  const edge = await edgeNow(only);
  const changes = await changesNow(only, goesOn);
  const ranks = rankAnswers(changes);
  writeFileSync(PAGE, scorePage(runs, edge, ranks));
  const counts = countsOf(runs, isPredicted);
  const [p, r] = [precision(counts), recall(counts)];
  process.stdout.write(`${counts.runs} runs: precision ${p.toFixed(3)}, recall ${r.toFixed(3)}; ${PAGE}\n`);
  const offEdge = edge.filter(({ sharpness, limit }) => Math.abs(sharpness / limit - 1) > EDGE_TOLERANCE);
  for (const { name, sharpness, limit } of offEdge)
    process.stdout.write(`${name}: ${sharpness.toPrecision(4)} instead of ${limit.toPrecision(4)}\n`);
  const together = ranks.filter(({ model }) => model === ALL_MODELS);
  for (const { change, tensors, correlation, trusted, whereTrusted } of together)
    process.stdout.write(
      `${change}: rank correlation ${correlation.toFixed(3)} over ${tensors} tensors, ${whereTrusted.toFixed(3)} over the ${trusted} where the quadratic model is trusted\n`,
    );
  const misranked = together.some(({ correlation }) => correlation < WANTED_CORRELATION);
  process.exitCode = p >= WANTED && r >= WANTED && offEdge.length === 0 && !misranked ? 0 : 1;
}

async function scoredRuns(only: string | undefined, goesOn: boolean): Promise<Scored[]> {
  const before = only === undefined && !goesOn ? [] : read<Scored[]>(KEPT, []);
  let runs = goesOn ? before : before.filter(({ point }) => !point.includes(only ?? ''));
  const isDone = (series: Series): boolean => runs.some((run) => isOf(run, series));
  for await (const point of startingPoints(only))
    for await (const scored of score(point, isDone)) {
      runs = [...runs, ...scored];
      write(KEPT, runs);
      process.stderr.write(
        `${scored[0]?.point ?? ''}: ${scored[0]?.optimizer ?? ''}, batches of ${scored[0]?.batch ?? ''}\n`,
      );
    }
  return runs;
}

/** Computed when it is asked for, by its name or with everything else; otherwise as it was last. */
async function edgeNow(only: string | undefined): Promise<EdgeAnswer[]> {
  if (only !== undefined && only !== 'edge') return read<EdgeAnswer[]>(KEPT_EDGE, []);
  const found = await edgeAnswers();
  write(KEPT_EDGE, found);
  return found;
}

async function changesNow(only: string | undefined, goesOn: boolean): Promise<Change[]> {
  const asked = only === undefined || only === 'sensitivity';
  let changes = asked && !goesOn ? [] : read<Change[]>(KEPT_CHANGES, []);
  if (!asked) return changes;
  for await (const found of changesOfExamples(changes)) {
    changes = [...changes, ...found];
    write(KEPT_CHANGES, changes);
    process.stderr.write(`sensitivity of ${found[0]?.model ?? ''}\n`);
  }
  return changes;
}

void main();
