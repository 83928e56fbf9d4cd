/** Scores the warnings of instability, and the ranking of layers by their sensitivity: docs/score.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { commandLine } from '../support/commandLine';
import { activationAnswers, ALL_ACTIVATIONS } from './activations';
import { edgeAnswers, type EdgeAnswer } from './edgeOfStability';
import { startingPoints } from './problems';
import {
  ALL_CRITERIA,
  ALL_MODELS,
  NONE,
  rankAnswers,
  removalAnswers,
  sensitivitiesOfExamples,
  type Sensitivities,
} from './sensitivity';
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
const KEPT_SENSITIVITIES = `${FOLDER}/sensitivities.json`;
const PAGE = 'docs/score.md';
const WANTED = 0.95;
const EDGE_TOLERANCE = 0.1;
/** Gradient descent and Adam. */
const EDGE_RUNS = 2;
/** Over all weight tensors of the examples, over all removals, and over all inputs of weights. */
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
  const { changes, removals, activations } = await sensitivitiesNow(only, goesOn);
  const [ranks, pruned, rounded] = [rankAnswers(changes), removalAnswers(removals), activationAnswers(activations)];
  writeFileSync(PAGE, scorePage({ runs, edge, ranks, removals: pruned, activations: rounded }));
  const counts = countsOf(runs, isPredicted);
  const [p, r] = [precision(counts), recall(counts)];
  process.stdout.write(`${counts.runs} runs: precision ${p.toFixed(3)}, recall ${r.toFixed(3)}; ${PAGE}\n`);
  for (const answer of edge) process.stdout.write(`${edgeLine(answer)}\n`);
  const together = ranks.filter(({ model }) => model === ALL_MODELS);
  for (const { change, tensors, expanded, quadratic } of together)
    process.stdout.write(
      `${change}: rank correlation ${expanded.toFixed(3)} over ${tensors} tensors, ${quadratic.toFixed(3)} by the quadratic model\n`,
    );
  const allPruned = pruned.filter(({ criterion }) => criterion === ALL_CRITERIA);
  for (const { removals: count, expanded } of allPruned)
    process.stdout.write(`pruned by all criteria: rank correlation ${expanded.toFixed(3)} over ${count} removals\n`);
  const allRounded = rounded.filter(({ model }) => model === ALL_ACTIVATIONS);
  for (const { bits, activations: count, expanded } of allRounded)
    process.stdout.write(`activations at ${bits} bits: rank correlation ${expanded.toFixed(3)} over ${count} inputs\n`);
  const misranked = [...together, ...allPruned, ...allRounded].some(({ expanded }) => expanded < WANTED_CORRELATION);
  process.exitCode = p >= WANTED && r >= WANTED && endsAtEdge(edge) && !misranked ? 0 : 1;
}

const isAtEdge = ({ sharpness, limit }: EdgeAnswer): boolean => Math.abs(sharpness / limit - 1) <= EDGE_TOLERANCE;

/** A run that is missing is none that ended there. */
const endsAtEdge = (edge: readonly EdgeAnswer[]): boolean => edge.length === EDGE_RUNS && edge.every(isAtEdge);

const edgeLine = (answer: EdgeAnswer): string =>
  `${answer.name} = ${answer.limit.toPrecision(4)}: training ends at ${answer.sharpness.toPrecision(4)}, ${isAtEdge(answer) ? 'within' : 'NOT within'} ${100 * EDGE_TOLERANCE} %`;

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

async function sensitivitiesNow(only: string | undefined, goesOn: boolean): Promise<Sensitivities> {
  const asked = only === undefined || only === 'sensitivity';
  let kept = asked && !goesOn ? NONE : { ...NONE, ...read(KEPT_SENSITIVITIES, NONE) };
  if (!asked) return kept;
  for await (const { changes, removals, activations } of sensitivitiesOfExamples(kept)) {
    kept = {
      changes: [...kept.changes, ...changes],
      removals: [...kept.removals, ...removals],
      activations: [...kept.activations, ...activations],
    };
    write(KEPT_SENSITIVITIES, kept);
    process.stderr.write(`sensitivity of ${[...changes, ...removals, ...activations][0]?.model ?? ''}\n`);
  }
  return kept;
}

void main();
