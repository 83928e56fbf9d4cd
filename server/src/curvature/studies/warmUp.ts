/** B6: whether the script's learning rate needs a warm-up from here, and how long a one: linear warm-ups are tried. */
import { estimate, notComputed } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { scriptStep } from '../estimators/trialOptimizers';
import { RISE, trainingRun, type TrainingRun } from '../estimators/trainingRun';
import { short } from '../numberText';
import type { BatchLoss } from '../operators/batchLoss';
import { symmetricSpread, valueOf, type Quantity } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { TRIAL_EVERY, TRIAL_STEPS } from './whatIf';

/** Steps of the ramps tried, one after another until one holds; 0 is none. */
const LENGTHS = [0, 10, 20, 40, 80];
/** Steps at the full learning rate after the ramp. */
const AFTER = TRIAL_STEPS;
/** Of the limit: where a ramp begins. */
const START = 0.5;
const FALLBACK_BATCH = 64;

export const warmUp: Study = {
  id: 'B6',
  title: 'Warm-up',
  group: 'stability',
  quantities: ['B6.steps', 'B6.startRate'],
  byDefault: false,
  needs: ['A1'],
  products: () => 120,
  run,
};

interface Ramp {
  readonly steps: number;
  readonly run: TrainingRun;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { options, problem } = context;
  const { optimizer, optimizerState } = options;
  if (optimizer === null) throw new StudyRefusal('no optimizer was found in the training code');
  const { learningRate } = optimizer;
  if (learningRate === null) throw new StudyRefusal('the learning rate was not found in the training code');
  const known = scriptStep(optimizer, optimizerState);
  if (typeof known === 'string') throw new StudyRefusal(known);
  const limit = valueOf(context.quantity('B1.limit')) ?? learningRate;
  const startRate = Math.min(learningRate, START * limit);
  const loss = context.batchLoss();
  const ramps: Ramp[] = [];
  for (const steps of LENGTHS) {
    context.progress(ramps.length / LENGTHS.length);
    ramps.push({ steps, run: await tried(context, loss, steps, startRate, learningRate) });
    if (ramps.at(-1)?.run.diverged === false) break;
  }
  const held = ramps.find((ramp) => !ramp.run.diverged);
  return {
    quantities: [
      stepsQuantity(context, held),
      estimate(
        'B6.startRate',
        startRate,
        { method: `${START} of B1.limit`, estimator: symmetricSpread(0), sampling: null },
        { hvps: 0, samples: problem.sampleCount },
      ),
    ],
    charts: [chart(ramps)],
    remarks: [headline(held, startRate, learningRate)],
  };
}

async function tried(
  { problem, options, random }: StudyContext,
  loss: BatchLoss,
  steps: number,
  startRate: number,
  learningRate: number,
): Promise<TrainingRun> {
  const { optimizer, optimizerState } = options;
  const step = optimizer === null ? 'no optimizer' : scriptStep(optimizer, optimizerState);
  if (typeof step === 'string') throw new StudyRefusal(step);
  const batchSize = problem.separable
    ? Math.min(problem.sampleCount, optimizer?.batchSize ?? FALLBACK_BATCH)
    : problem.sampleCount;
  return trainingRun(loss, Float64Array.from(problem.theta), step, {
    steps: steps + AFTER,
    learningRate: (taken) => (taken >= steps ? learningRate : startRate + ((learningRate - startRate) * taken) / steps),
    batchSize,
    sampleCount: problem.sampleCount,
    every: TRIAL_EVERY,
    random: random('warm-up'),
    // A ramp that lets the loss rise has not held, whatever comes after.
    hopeless: RISE,
  });
}

function stepsQuantity({ problem }: StudyContext, held: Ramp | undefined): Quantity {
  if (held === undefined)
    return notComputed('B6.steps', `the loss rises even after a ramp of ${LENGTHS.at(-1) ?? 0} steps`);
  return estimate(
    'B6.steps',
    held.steps,
    {
      method: `linear ramps of ${LENGTHS.join(', ')} steps tried in turn, each with ${AFTER} steps after it`,
      estimator: symmetricSpread(0),
      sampling: null,
    },
    { hvps: 0, samples: problem.sampleCount },
  );
}

function headline(held: Ramp | undefined, startRate: number, learningRate: number): string {
  if (held === undefined)
    return `No warm-up of up to ${LENGTHS.at(-1) ?? 0} steps keeps the loss from rising at ${short(learningRate)}: the learning rate itself is too large here.`;
  return held.steps === 0
    ? `From here the learning rate ${short(learningRate)} needs no warm-up.`
    : `A linear warm-up of ${held.steps} steps from ${short(startRate)} to ${short(learningRate)} keeps the loss from rising; without one it does.`;
}

const chart = (ramps: readonly Ramp[]): LineChart => ({
  kind: 'lines',
  title: 'Loss under warm-ups of several lengths',
  caption: 'Loss of all analysed samples along the run; a curve that ends early was stopped where the loss had risen.',
  x: { title: 'step', scale: 'linear' },
  y: { title: 'loss', scale: 'linear' },
  series: ramps.map(({ steps, run: { curve } }) => ({
    name: steps === 0 ? 'no warm-up' : `${steps} steps`,
    style: 'line',
    points: curve.filter(({ loss }) => Number.isFinite(loss)).map(({ step, loss }) => ({ x: step, y: loss })),
  })),
});
