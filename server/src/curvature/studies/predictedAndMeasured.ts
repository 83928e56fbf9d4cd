/** E4: quantises and prunes every weight tensor by itself, and puts the measured increase of the loss beside what curvature predicted. */
import { estimate, exactly, notComputed } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { percent } from '../numberText';
import type { Quantity } from '../quantity';
import { symmetricSpread } from '../quantity';
import { changeQuantity } from './measuredChanges';
import { rankOf, rankQuantity, type Rank } from './measuredRanks';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { CHANGES, isTrusted, measure, measuredOf, trialOf, TRUSTED, type Change, type Tried } from './weightTrials';
import { weightTensors } from './weightTensors';

/** Each costs two products and a forward pass per change. */
const MOST_TENSORS = 64;
export const predictedAndMeasured: Study = {
  id: 'E4',
  title: 'Predicted against measured increase of the loss',
  group: 'quantisation',
  quantities: [
    'E4.predicted',
    'E4.measured',
    'E4.alongChange',
    'E4.trustedLength',
    'E4.rankCorrelation',
    'E4.trustedRankCorrelation',
    'E4.traceRankCorrelation',
    'E4.pruningRankCorrelation',
  ],
  byDefault: false,
  needs: ['A2'],
  products: ({ problem }) => 3 * CHANGES.length * Math.min(MOST_TENSORS, weightTensors(problem.parameters).length),
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const tensors = weightTensors(context.problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes to quantise');
  const kept = [...tensors].sort((a, b) => b.block.size - a.block.size).slice(0, MOST_TENSORS);
  const chosen = tensors.filter((tensor) => kept.includes(tensor));
  const trials = CHANGES.flatMap((change) => chosen.map((tensor) => trialOf(context, tensor, change)));
  const tried = await measure(context, trials);
  const of = (change: Change): Tried[] => tried.filter((trial) => trial.change === change);
  const ranks = CHANGES.map((change) => ranksOf(of(change), context));
  return {
    quantities: [...of(CHANGES[0]).flatMap((trial) => quantitiesOf(trial, context)), ...rankQuantities(ranks, context)],
    charts: CHANGES.map((change) => scatter(change, of(change))),
    tables: [tableOf(tried)],
    remarks: [
      ...remarksOf(ranks),
      ...(chosen.length < tensors.length
        ? [`The ${chosen.length} largest of ${tensors.length} weight tensors were tried.`]
        : []),
    ],
  };
}

function quantitiesOf(
  { tensor, predicted, alongChange, trusted, changes, change }: Tried,
  context: StudyContext,
): Quantity[] {
  const { name } = tensor.block;
  const circumstances = { hvps: 2, samples: context.problem.sampleCount };
  const error = symmetricSpread(predicted.halfWidth);
  return [
    estimate(
      'E4.predicted',
      predicted.value,
      { method: `gradient and one Hessian-vector product, ${change.name}`, estimator: error, sampling: null },
      { ...circumstances, hvps: 1 },
      name,
    ),
    estimate(
      'E4.alongChange',
      alongChange,
      {
        method: `products at the weights and halfway to ${change.name}`,
        estimator: error,
        sampling: null,
      },
      circumstances,
      name,
    ),
    Number.isFinite(trusted)
      ? estimate(
          'E4.trustedLength',
          trusted,
          { method: `cubic term within ${percent(TRUSTED)} of the prediction`, estimator: exactly, sampling: null },
          circumstances,
          name,
        )
      : notComputed('E4.trustedLength', 'the loss has no cubic term along the change: every length is trusted', name),
    changeQuantity('E4.measured', changes, `loss with and without ${change.name}`, context, name),
  ];
}

interface Ranks {
  readonly change: Change;
  readonly tensors: number;
  readonly trusted: number;
  /** Of the second-order prediction, of those among them that it is trusted for, and of ½Ω. */
  readonly bySecondOrder: Rank;
  readonly whereTrusted: Rank;
  readonly byTrace: Rank | undefined;
}

function ranksOf(trials: readonly Tried[], context: StudyContext): Ranks {
  const [{ change } = { change: CHANGES[0] }] = trials;
  const random = context.random(`ranks ${change.name}`);
  const byTrace = trials.flatMap((trial) => trial.byTrace ?? []);
  const inside = trials.filter(isTrusted);
  const predictedBy = (of: readonly Tried[]): number[] => of.map(({ predicted }) => predicted.value);
  return {
    change,
    tensors: trials.length,
    trusted: inside.length,
    bySecondOrder: rankOf(predictedBy(trials), trials, random),
    byTrace: byTrace.length === trials.length ? rankOf(byTrace, trials, random) : undefined,
    whereTrusted: rankOf(predictedBy(inside), inside, random),
  };
}

function rankQuantities(ranks: readonly Ranks[], { problem }: StudyContext): Quantity[] {
  const [first] = ranks;
  const pruned = ranks.find(({ change }) => 'sparsity' in change);
  const second = 'second-order prediction';
  return [
    rankQuantity('E4.rankCorrelation', first?.bySecondOrder, second, problem),
    rankQuantity('E4.trustedRankCorrelation', first?.whereTrusted, `${second} inside its trust region`, problem),
    rankQuantity('E4.traceRankCorrelation', first?.byTrace, 'half the sensitivity Ω', problem),
    rankQuantity('E4.pruningRankCorrelation', pruned?.bySecondOrder, second, problem),
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
    { title: 'curvature halfway, too', unit: 'loss' },
    { title: 'half the sensitivity Ω', unit: 'loss' },
    { title: 'measured', unit: 'loss' },
    { title: 'quadratic model' },
  ],
  rows: tried.map((trial) => [
    trial.tensor.block.name,
    trial.change.name,
    trial.predicted.value,
    trial.alongChange,
    trial.byTrace ?? null,
    measuredOf(trial),
    isTrusted(trial) ? 'holds' : 'outside its trust region',
  ]),
});

function remarksOf(ranks: readonly Ranks[]): string[] {
  const text = ({ value }: Rank): string => value.toFixed(2);
  return ranks.flatMap(({ change, bySecondOrder, whereTrusted, byTrace, tensors, trusted }) => {
    const outside = `${tensors - trusted} of ${tensors} changes lead outside the region where the quadratic model is trusted`;
    if (!Number.isFinite(bySecondOrder.value)) return trusted < tensors ? [`${change.name}: ${outside}.`] : [];
    return [
      `${change.name}: over ${tensors} weight tensors the second-order prediction ranks as measured with correlation ${text(bySecondOrder)}` +
        (byTrace === undefined ? '' : `, the sensitivity Ω with ${text(byTrace)}`) +
        (trusted === tensors
          ? '.'
          : `; ${outside}${Number.isFinite(whereTrusted.value) ? `, and over the others it is ${text(whereTrusted)}` : ''}.`),
    ];
  });
}
