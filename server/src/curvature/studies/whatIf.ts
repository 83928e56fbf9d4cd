/** B10: short trial runs from here, with the script's optimizer at several learning rates and with others. */
import { estimate, notComputed, withInterval } from '../analysis/quantities';
import type { LineChart, StudyTable } from '../chart';
import { scriptStep, trialOptimizers } from '../estimators/trialOptimizers';
import { relativeRise, RISE, trainingRun, type TrainingRun } from '../estimators/trainingRun';
import type { OptimizerStep } from '../estimators/optimizerSteps';
import { short } from '../numberText';
import type { BatchLoss } from '../operators/batchLoss';
import { symmetricSpread, valueOf, type Quantity } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Steps of a trial. */
export const TRIAL_STEPS = 50;
/** The whole loss is measured after the first so many steps, and then every so many. */
export const TRIAL_EVERY = 4;
/** Of the script's learning rate. */
const MULTIPLES = [0.25, 0.5, 1, 2, 4];
const FALLBACK_BATCH = 64;

export const whatIf: Study = {
  id: 'B10',
  title: 'What if I train with…',
  group: 'whatIf',
  quantities: ['B10.rise', 'B10.largestStable'],
  // The script's own run alone: a few evaluations of the gradient in all.
  byDefault: ({ optimizer }) =>
    optimizer !== null && optimizer.learningRate !== null && optimizer.uncovered === undefined,
  products: () => 40,
  run,
};

interface Trial {
  readonly name: string;
  readonly learningRate: number;
  readonly make: () => OptimizerStep;
}

interface Done extends Trial {
  readonly run: TrainingRun;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { options, asked } = context;
  // Its rise alone needs no comparison.
  const whole = asked && options.quantities?.includes('B10.rise') !== true;
  const own = ownTrial(context);
  if (!whole && typeof own === 'string') throw new StudyRefusal(own);
  const loss = context.batchLoss();
  const rates = typeof own === 'string' ? [] : ratesOf(context, own.learningRate, whole);
  const series = typeof own === 'string' ? [] : rates.map((learningRate) => ({ ...own, learningRate }));
  const trials = [...series, ...(whole ? others(context) : [])];
  const done: Done[] = [];
  for (const trial of trials)
    done.push({ ...trial, run: await tried(context, loss, trial, done.length / trials.length, 1 / trials.length) });
  const ownRuns = done.slice(0, series.length);
  return {
    quantities: [
      ...done.map((each) => riseOf(context, each, each.learningRate === ownRate(own) && ownRuns.includes(each))),
      ...largestStable(context, ownRuns),
    ],
    charts: charts(ownRuns, done.slice(series.length)),
    tables: [table(done)],
    remarks: [...remarks(own, ownRuns), ...settingOf(context)],
  };
}

const ownRate = (own: Trial | string): number => (typeof own === 'string' ? NaN : own.learningRate);

function ownTrial({ options }: StudyContext): Trial | string {
  const { optimizer, optimizerState } = options;
  if (optimizer === null) return 'no optimizer was found in the training code';
  const { learningRate, kind } = optimizer;
  if (learningRate === null) return 'the learning rate was not found in the training code';
  const step = scriptStep(optimizer, optimizerState);
  if (typeof step === 'string') return step;
  const make = (): OptimizerStep => scriptStep(optimizer, optimizerState) as OptimizerStep;
  return { name: kind, learningRate, make };
}

function ratesOf(context: StudyContext, learningRate: number, whole: boolean): number[] {
  if (!whole) return [learningRate];
  const limit = valueOf(context.quantity('B1.limit'));
  return [...MULTIPLES.map((factor) => factor * learningRate), ...(limit === undefined ? [] : [limit])].sort(
    (a, b) => a - b,
  );
}

/** At half of their limit, or at PyTorch's default where they have none. */
function others(context: StudyContext): Trial[] {
  const ids = {
    gradientDescent: 'B1.limitGradientDescent',
    heavyBall: 'B1.limitHeavyBall',
    nesterov: 'B1.limitNesterov',
  } as const;
  return trialOptimizers.flatMap(({ name, make, usualRate, family }) => {
    const limit = valueOf(context.quantity(ids[family]));
    const learningRate = usualRate ?? (limit === undefined ? undefined : limit / 2);
    return learningRate === undefined ? [] : [{ name, make, learningRate }];
  });
}

const batchSizeOf = ({ options, problem }: StudyContext): number =>
  problem.separable
    ? Math.min(problem.sampleCount, options.optimizer?.batchSize ?? FALLBACK_BATCH)
    : problem.sampleCount;

function tried(
  context: StudyContext,
  loss: BatchLoss,
  trial: Trial,
  start: number,
  share: number,
): Promise<TrainingRun> {
  return trainingRun(loss, Float64Array.from(context.problem.theta), trial.make(), {
    steps: TRIAL_STEPS,
    learningRate: trial.learningRate,
    batchSize: batchSizeOf(context),
    sampleCount: context.problem.sampleCount,
    every: TRIAL_EVERY,
    // All trials see the same batches.
    random: context.random('trial'),
    onStep: (step) => context.progress(start + (share * step) / TRIAL_STEPS),
  });
}

const startOf = ({ run: { curve } }: Done): number => curve[0]?.loss ?? NaN;
const endOf = ({ run: { curve } }: Done): number => curve.at(-1)?.loss ?? NaN;
const labelOf = ({ name, learningRate }: Trial): string => `${name}, ${short(learningRate)}`;

function riseOf(context: StudyContext, done: Done, isScript: boolean): Quantity {
  const method = `largest loss of all samples within ${TRIAL_STEPS} steps on batches of ${batchSizeOf(context)}, measured after the first ${TRIAL_EVERY} and then every ${TRIAL_EVERY}`;
  const details = { method, estimator: symmetricSpread(0), sampling: null };
  const circumstances = { hvps: 0, samples: context.problem.sampleCount };
  const part = isScript ? undefined : labelOf(done);
  // No rise is a share of nothing.
  return startOf(done) === 0 && done.run.peak > 0
    ? notComputed('B10.rise', `the loss is 0 at the start; its largest in the run is ${short(done.run.peak)}`, part)
    : estimate('B10.rise', relativeRise(done.run), details, circumstances, part);
}

/** The largest rate tried below which none diverged. */
function largestStable(context: StudyContext, runs: readonly Done[]): Quantity[] {
  if (runs.length < 2)
    return [
      notComputed('B10.largestStable', "only the script's own learning rate was tried; the study B10 compares several"),
    ];
  const failed = runs.find(({ run: { diverged } }) => diverged);
  const held = runs.filter(({ learningRate }) => learningRate < (failed?.learningRate ?? Infinity)).at(-1);
  if (held === undefined)
    return [notComputed('B10.largestStable', 'the loss rises at every learning rate that was tried')];
  const interval = { low: held.learningRate, high: failed?.learningRate ?? null, estimator: 0, sampling: null };
  return [
    withInterval(
      'B10.largestStable',
      held.learningRate,
      interval,
      { method: `${runs.length} trials of ${TRIAL_STEPS} steps` },
      { hvps: 0, samples: context.problem.sampleCount },
    ),
  ];
}

function charts(own: readonly Done[], other: readonly Done[]): LineChart[] {
  const chart = (title: string, runs: readonly Done[]): LineChart => ({
    kind: 'lines',
    title,
    caption: 'Loss of all analysed samples along the run; a curve that ends early was stopped.',
    x: { title: 'step', scale: 'linear' },
    y: {
      title: 'loss',
      scale: runs.every(({ run: { curve } }) => curve.every(({ loss }) => loss > 0)) ? 'log' : 'linear',
    },
    series: runs.map((done) => ({
      name: labelOf(done),
      style: 'line',
      points: done.run.curve
        .filter(({ loss }) => Number.isFinite(loss))
        .map(({ step, loss }) => ({ x: step, y: loss })),
    })),
  });
  return [
    ...(own.length === 0 ? [] : [chart('The optimizer of the script at several learning rates', own)]),
    ...(other.length === 0 ? [] : [chart('Other optimizers', other)]),
  ];
}

const table = (done: readonly Done[]): StudyTable => ({
  title: 'Trial runs',
  columns: [
    { title: 'optimizer' },
    { title: 'learning rate' },
    { title: 'loss at the start' },
    { title: 'largest loss' },
    { title: 'loss at the end' },
    { title: 'outcome' },
  ],
  rows: done.map((each) => [
    each.name,
    each.learningRate,
    startOf(each),
    Number.isFinite(each.run.peak) ? each.run.peak : null,
    Number.isFinite(endOf(each)) ? endOf(each) : null,
    each.run.diverged ? `rises by more than ${RISE * 100} %` : 'holds',
  ]),
});

function remarks(own: Trial | string, runs: readonly Done[]): string[] {
  if (typeof own === 'string') return [`The optimizer of the script was not tried: ${own}.`];
  const done = runs.find(({ learningRate }) => learningRate === own.learningRate);
  if (done === undefined) return [];
  const [start, peak, end] = [startOf(done), done.run.peak, endOf(done)].map(short);
  const headline = done.run.diverged
    ? `In a trial of ${TRIAL_STEPS} steps at the script's learning rate ${short(own.learningRate)} the loss rises from ${start ?? ''} to ${peak ?? ''}.`
    : `In a trial of ${TRIAL_STEPS} steps at the script's learning rate ${short(own.learningRate)} the loss goes from ${start ?? ''} to ${end ?? ''} without rising.`;
  return [headline];
}

function settingOf(context: StudyContext): string[] {
  const { sampleCount } = context.problem;
  const batch = batchSizeOf(context);
  const taken =
    batch >= sampleCount
      ? `Every step takes all ${sampleCount} analysed samples`
      : `Batches of ${batch} are drawn with replacement from the ${sampleCount} analysed samples`;
  return [`${taken}; no schedule and no clipping; dropout is off and BatchNorm keeps its statistics.`];
}
