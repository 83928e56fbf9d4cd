/** E4: quantises and prunes every weight tensor by itself, and puts the measured increase of the loss beside what curvature predicted. */
import { estimate, notComputed, withInterval } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Chart, StudyTable } from '../chart';
import type { Probed } from '../estimators/hutchPlusPlus';
import { taylorIncrease } from '../estimators/taylorIncrease';
import { quantised, squaredDistance } from '../estimators/uniformQuantiser';
import type { Quantity } from '../quantity';
import { symmetricSpread } from '../quantity';
import type { Random } from '../random';
import { mean, quantile } from '../statistics/moments';
import { rankCorrelation } from '../statistics/rankCorrelation';
import { changeQuantity, measuredChanges } from './measuredChanges';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

/** Changes of one tensor; the first is the one whose numbers are quantities of their own. */
const CHANGES = [
  { name: '4 bits', bits: 4 },
  { name: '3 bits', bits: 3 },
  { name: '2 bits', bits: 2 },
  { name: 'half of the weights pruned', sparsity: 0.5 },
] as const;
type Change = (typeof CHANGES)[number];

/** Each costs a product and a forward pass per change. */
const MOST_TENSORS = 64;
const FEWEST_RANKED = 3;
const RESAMPLES = 400;

export const predictedAndMeasured: Study = {
  id: 'E4',
  title: 'Predicted against measured increase of the loss',
  group: 'quantisation',
  quantities: [
    'E4.predicted',
    'E4.measured',
    'E4.rankCorrelation',
    'E4.traceRankCorrelation',
    'E4.pruningRankCorrelation',
  ],
  byDefault: false,
  needs: ['A2'],
  products: ({ problem }) => 2 * CHANGES.length * Math.min(MOST_TENSORS, weightTensors(problem.parameters).length),
  run,
};

interface Trial {
  readonly tensor: WeightTensor;
  readonly change: Change;
  readonly step: Float64Array;
  /** ½Ω of HAWQ: the trace's share; undefined for pruning. */
  readonly byTrace: number | undefined;
}

interface Tried extends Trial {
  readonly predicted: Probed;
  /** Per sample, after − before. */
  readonly changes: Float64Array;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const tensors = weightTensors(context.problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes to quantise');
  const kept = [...tensors].sort((a, b) => b.block.size - a.block.size).slice(0, MOST_TENSORS);
  const chosen = tensors.filter((tensor) => kept.includes(tensor));
  const trials = CHANGES.flatMap((change) => chosen.map((tensor) => trialOf(context, tensor, change)));
  const tried = await measure(context, trials);
  const ranks = CHANGES.map((change) =>
    ranksOf(
      tried.filter((trial) => trial.change === change),
      context,
    ),
  );
  const main = tried.filter(({ change }) => change === CHANGES[0]);
  return {
    quantities: [...main.flatMap((trial) => quantitiesOf(trial, context)), ...rankQuantities(ranks, context)],
    charts: CHANGES.map((change) =>
      scatter(
        change,
        tried.filter((trial) => trial.change === change),
      ),
    ),
    tables: [tableOf(tried)],
    remarks: [
      ...remarksOf(ranks),
      ...(chosen.length < tensors.length
        ? [`The ${chosen.length} largest of ${tensors.length} weight tensors were tried.`]
        : []),
    ],
  };
}

function trialOf({ problem, traces, layers }: StudyContext, tensor: WeightTensor, change: Change): Trial {
  const { offset, size } = tensor.block;
  const weights = problem.theta.slice(offset, offset + size);
  const changed =
    'bits' in change ? quantised(weights, change.bits, tensor.channels) : withoutSmallest(weights, change.sparsity);
  const step = new Float64Array(problem.theta.length);
  for (let i = 0; i < size; i++) step[offset + i] = (changed[i] as number) - (weights[i] as number);
  const trace = traces?.groups[layers.length + tensor.index]?.value;
  const byTrace =
    trace === undefined || !('bits' in change) ? undefined : (trace * squaredDistance(changed, weights)) / (2 * size);
  return { tensor, change, step, byTrace };
}

/** The share of smallest magnitude set to zero. */
export function withoutSmallest(weights: Float64Array, sparsity: number): Float64Array {
  const order = Array.from(weights.keys()).sort((i, j) => Math.abs(weights[i] ?? 0) - Math.abs(weights[j] ?? 0));
  const result = weights.slice();
  for (const i of order.slice(0, Math.round(sparsity * weights.length))) result[i] = 0;
  return result;
}

async function measure(context: StudyContext, trials: readonly Trial[]): Promise<Tried[]> {
  const { problem, point } = context;
  const predicted = await taylorIncrease(
    await context.hessian(),
    point.gradient,
    trials.map(({ step }) => step),
    (fraction) => context.progress(fraction / 2),
  );
  function* thetas(): Generator<Float64Array> {
    for (const { step } of trials) yield problem.theta.map((value, k) => value + (step[k] as number));
  }
  const changes = await measuredChanges(context, thetas(), (count) =>
    context.progress(0.5 + (0.5 * count) / trials.length),
  );
  return trials.map((trial, i) => ({
    ...trial,
    predicted: predicted[i] as Probed,
    changes: changes[i] as Float64Array,
  }));
}

const measuredOf = ({ changes }: Tried): number => mean(changes);

function quantitiesOf({ tensor, predicted, changes, change }: Tried, context: StudyContext): Quantity[] {
  return [
    estimate(
      'E4.predicted',
      predicted.value,
      {
        method: `gradient and one Hessian-vector product, ${change.name}`,
        estimator: symmetricSpread(predicted.halfWidth),
        sampling: null,
      },
      { hvps: 1, samples: context.problem.sampleCount },
      tensor.block.name,
    ),
    changeQuantity('E4.measured', changes, `loss with and without ${change.name}`, context, tensor.block.name),
  ];
}

interface Rank {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Ranks {
  readonly tensors: number;
  /** Of the second-order prediction, and of ½Ω. */
  readonly bySecondOrder: Rank;
  readonly byTrace: Rank | undefined;
}

function ranksOf(trials: readonly Tried[], context: StudyContext): Ranks {
  const random = context.random(`ranks ${trials[0]?.change.name ?? ''}`);
  const byTrace = trials.flatMap((trial) => trial.byTrace ?? []);
  return {
    tensors: trials.length,
    bySecondOrder: rankOf(
      trials.map(({ predicted }) => predicted.value),
      trials,
      random,
    ),
    byTrace: byTrace.length === trials.length ? rankOf(byTrace, trials, random) : undefined,
  };
}

/** Spearman's ρ with the interval that resampling the samples behind the measured changes gives. */
function rankOf(predicted: readonly number[], trials: readonly Tried[], random: Random): Rank {
  const value = rankCorrelation(predicted, trials.map(measuredOf));
  const samples = trials[0]?.changes.length ?? 0;
  if (samples < 2) return { value, low: -1, high: 1 };
  const resampled = Float64Array.from({ length: RESAMPLES }, () => {
    const picks = Int32Array.from({ length: samples }, () => random.integer(samples));
    const means = trials.map(({ changes }) => picks.reduce((sum, i) => sum + (changes[i] ?? 0), 0));
    return rankCorrelation(predicted, means);
  })
    .filter(Number.isFinite)
    .sort();
  if (resampled.length === 0) return { value, low: -1, high: 1 };
  return {
    value,
    low: Math.min(value, quantile(resampled, 0.025)),
    high: Math.max(value, quantile(resampled, 0.975)),
  };
}

function rankQuantities(ranks: readonly Ranks[], { problem }: StudyContext): Quantity[] {
  const quantity = (id: QuantityId, rank: Rank | undefined, tensors: number, predictor: string): Quantity =>
    tensors < FEWEST_RANKED || rank === undefined || !Number.isFinite(rank.value)
      ? notComputed(id, `${tensors} weight tensors are too few to rank (${FEWEST_RANKED} at least), or all are equal`)
      : withInterval(
          id,
          rank.value,
          { low: rank.low, high: rank.high, estimator: 0, sampling: (rank.high - rank.low) / 2 },
          { method: `${tensors} weight tensors, ${predictor}` },
          { hvps: tensors, samples: problem.sampleCount },
        );
  const [first] = ranks;
  const pruned = ranks[CHANGES.findIndex((change) => 'sparsity' in change)];
  return [
    quantity('E4.rankCorrelation', first?.bySecondOrder, first?.tensors ?? 0, 'second-order prediction'),
    quantity('E4.traceRankCorrelation', first?.byTrace, first?.tensors ?? 0, 'half the sensitivity Ω'),
    quantity('E4.pruningRankCorrelation', pruned?.bySecondOrder, pruned?.tensors ?? 0, 'second-order prediction'),
  ];
}

function scatter(change: Change, trials: readonly Tried[]): Chart {
  const points = (predicted: (trial: Tried) => number | undefined): { x: number; y: number; label: string }[] =>
    trials.flatMap((trial) => {
      const x = predicted(trial);
      return x === undefined ? [] : [{ x, y: measuredOf(trial), label: trial.tensor.block.name }];
    });
  const ends = trials.flatMap((trial) => [trial.predicted.value, measuredOf(trial)]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const byTrace = points(({ byTrace: half }) => half);
  return {
    kind: 'lines',
    title: `Increase of the loss: ${change.name}`,
    caption: 'One point per weight tensor, changed by itself. On the line the prediction is right.',
    x: { title: 'predicted increase of the loss', scale: 'linear' },
    y: { title: 'measured increase of the loss', scale: 'linear' },
    series: [
      {
        name: 'gradient and curvature along the change',
        style: 'points',
        points: points(({ predicted }) => predicted.value),
      },
      ...(byTrace.length === 0 ? [] : [{ name: 'half the sensitivity Ω', style: 'points' as const, points: byTrace }]),
      {
        name: 'equal',
        style: 'line',
        points: [
          { x: low, y: low },
          { x: high, y: high },
        ],
      },
    ],
  };
}

const tableOf = (tried: readonly Tried[]): StudyTable => ({
  title: 'Predicted and measured increase of the loss',
  columns: [
    { title: 'weight' },
    { title: 'change' },
    { title: 'gradient and curvature', unit: 'loss' },
    { title: 'half the sensitivity Ω', unit: 'loss' },
    { title: 'measured', unit: 'loss' },
  ],
  rows: tried.map((trial) => [
    trial.tensor.block.name,
    trial.change.name,
    trial.predicted.value,
    trial.byTrace ?? null,
    measuredOf(trial),
  ]),
});

function remarksOf(ranks: readonly Ranks[]): string[] {
  const text = (rank: Rank): string => rank.value.toFixed(2);
  return ranks.flatMap(({ bySecondOrder, byTrace, tensors }, i) =>
    tensors < FEWEST_RANKED || !Number.isFinite(bySecondOrder.value)
      ? []
      : [
          `${CHANGES[i]?.name ?? ''}: over ${tensors} weight tensors the second-order prediction ranks as measured with correlation ${text(bySecondOrder)}` +
            `${byTrace === undefined ? '' : `, the sensitivity Ω with ${text(byTrace)}`}.`,
        ],
  );
}
