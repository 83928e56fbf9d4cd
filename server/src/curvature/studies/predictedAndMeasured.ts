/** E4: quantises and prunes every weight tensor by itself, and puts the measured increase of the loss beside what curvature predicted. */
import { estimate, exactly, notComputed } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { percent } from '../numberText';
import type { Quantity } from '../quantity';
import { symmetricSpread } from '../quantity';
import { changeQuantity, type LossChange } from './lossChanges';
import { rankOf, rankQuantity, type Rank } from './measuredRanks';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import {
  CHANGES,
  isTrusted,
  measure,
  measuredOf,
  predictedOf,
  trialOf,
  TRUSTED,
  type Change,
  type Tried,
} from './weightTrials';
import { weightTensors } from './weightTensors';

/** Each costs two products, an expansion and a forward pass per change. */
const MOST_TENSORS = 64;
export const predictedAndMeasured: Study = {
  id: 'E4',
  title: 'Predicted against measured increase of the loss',
  group: 'quantisation',
  quantities: [
    'E4.predicted',
    'E4.quadratic',
    'E4.measured',
    'E4.alongChange',
    'E4.trustedLength',
    'E4.rankCorrelation',
    'E4.quadraticRankCorrelation',
    'E4.trustedRankCorrelation',
    'E4.traceRankCorrelation',
    'E4.pruningRankCorrelation',
  ],
  byDefault: false,
  needs: ['A2'],
  products: ({ problem }) => 4 * CHANGES.length * Math.min(MOST_TENSORS, weightTensors(problem.parameters).length),
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
    tables: [tableOf(tried), rankTable(ranks)],
    remarks: [
      ...remarksOf(ranks),
      ...(chosen.length < tensors.length
        ? [`The ${chosen.length} largest of ${tensors.length} weight tensors were tried.`]
        : []),
    ],
  };
}

function quantitiesOf(
  { tensor, predicted, quadratic, alongChange, trusted, measured, change }: Tried,
  context: StudyContext,
): Quantity[] {
  const { name } = tensor.block;
  const circumstances = { hvps: 2, samples: context.problem.sampleCount };
  const error = symmetricSpread(quadratic.halfWidth);
  return [
    changeQuantity('E4.predicted', predicted, `outputs expanded along the change to ${change.name}`, context, name),
    estimate(
      'E4.quadratic',
      quadratic.value,
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
          {
            method: `cubic term within ${percent(TRUSTED)} of the quadratic model`,
            estimator: exactly,
            sampling: null,
          },
          circumstances,
          name,
        )
      : notComputed('E4.trustedLength', 'the loss has no cubic term along the change: every length is trusted', name),
    changeQuantity('E4.measured', measured, `loss with and without ${change.name}`, context, name),
  ];
}

interface Ranks {
  readonly change: Change;
  readonly tensors: number;
  readonly trusted: number;
  readonly byExpansion: Rank;
  readonly byQuadratic: Rank;
  /** Of the quadratic model over the changes that it is trusted for. */
  readonly whereTrusted: Rank;
  /** Of ½Ω. */
  readonly byTrace: Rank | undefined;
}

function ranksOf(trials: readonly Tried[], context: StudyContext): Ranks {
  const [{ change } = { change: CHANGES[0] }] = trials;
  const random = context.random(`ranks ${change.name}`);
  const byTrace = trials.flatMap((trial) => trial.byTrace ?? []);
  const inside = trials.filter(isTrusted);
  const measured = (of: readonly Tried[]): LossChange[] => of.map((trial) => trial.measured);
  const byQuadratic = (of: readonly Tried[]): Rank =>
    rankOf(
      of.map(({ quadratic }) => quadratic.value),
      measured(of),
      random,
    );
  return {
    change,
    tensors: trials.length,
    trusted: inside.length,
    byExpansion: rankOf(trials.map(predictedOf), measured(trials), random),
    byQuadratic: byQuadratic(trials),
    whereTrusted: byQuadratic(inside),
    byTrace: byTrace.length === trials.length ? rankOf(byTrace, measured(trials), random) : undefined,
  };
}

function rankQuantities(ranks: readonly Ranks[], { problem }: StudyContext): Quantity[] {
  const [first] = ranks;
  const pruned = ranks.find(({ change }) => 'sparsity' in change);
  const [expansion, quadratic] = ['expanded outputs', 'quadratic model'];
  return [
    rankQuantity('E4.rankCorrelation', first?.byExpansion, expansion, problem),
    rankQuantity('E4.quadraticRankCorrelation', first?.byQuadratic, quadratic, problem),
    rankQuantity('E4.trustedRankCorrelation', first?.whereTrusted, `${quadratic} inside its trust region`, problem),
    rankQuantity('E4.traceRankCorrelation', first?.byTrace, 'half the sensitivity Ω', problem),
    rankQuantity('E4.pruningRankCorrelation', pruned?.byExpansion, expansion, problem),
  ];
}

function scatter(change: Change, trials: readonly Tried[]): Chart {
  const points = (predicted: (trial: Tried) => number | undefined): { x: number; y: number; label: string }[] =>
    trials.flatMap((trial) => {
      const x = predicted(trial);
      return x === undefined ? [] : [{ x, y: measuredOf(trial), label: trial.tensor.block.name }];
    });
  const ends = trials.flatMap((trial) => [predictedOf(trial), measuredOf(trial)]).filter(Number.isFinite);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const byTrace = points(({ byTrace: half }) => half);
  return {
    kind: 'lines',
    title: `Increase of the loss: ${change.name}`,
    caption: 'One point per weight tensor, changed by itself. On the line the prediction is right.',
    x: { title: 'predicted increase of the loss', scale: 'linear' },
    y: { title: 'measured increase of the loss', scale: 'linear' },
    series: [
      { name: 'outputs expanded along the change', style: 'points', points: points(predictedOf) },
      {
        name: 'quadratic model',
        style: 'points',
        points: points(({ quadratic }) => quadratic.value),
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
    { title: 'measured', unit: 'loss' },
    { title: 'expanded outputs', unit: 'loss' },
    { title: 'quadratic', unit: 'loss' },
    { title: 'with the curvature halfway', unit: 'loss' },
    { title: 'half the sensitivity Ω', unit: 'loss' },
    { title: 'quadratic model' },
  ],
  rows: tried.map((trial) => [
    trial.tensor.block.name,
    trial.change.name,
    measuredOf(trial),
    predictedOf(trial),
    trial.quadratic.value,
    trial.alongChange,
    trial.byTrace ?? null,
    isTrusted(trial) ? 'holds' : 'outside its trust region',
  ]),
});

const rankTable = (ranks: readonly Ranks[]): StudyTable => ({
  title: 'How well predictions rank the weight tensors',
  caption: 'Spearman’s ρ with the measured increases.',
  columns: [
    { title: 'change' },
    { title: 'weight tensors' },
    { title: 'expanded outputs' },
    { title: 'quadratic model' },
    { title: 'inside its trust region' },
    { title: '… over' },
    { title: 'sensitivity Ω' },
  ],
  rows: ranks.map(({ change, tensors, trusted, byExpansion, byQuadratic, whereTrusted, byTrace }) => {
    const [expansion, quadratic, inside, trace] = [byExpansion, byQuadratic, whereTrusted, byTrace].map((rank) =>
      rank !== undefined && Number.isFinite(rank.value) ? rank.value : null,
    );
    return [change.name, tensors, expansion ?? null, quadratic ?? null, inside ?? null, trusted, trace ?? null];
  }),
});

function remarksOf(ranks: readonly Ranks[]): string[] {
  const text = ({ value }: Rank): string => value.toFixed(2);
  return ranks.flatMap(({ change, byExpansion, byQuadratic, byTrace, tensors, trusted }) => {
    const outside = `${tensors - trusted} of ${tensors} changes lead outside the region where the quadratic model is trusted`;
    if (!Number.isFinite(byExpansion.value)) return trusted < tensors ? [`${change.name}: ${outside}.`] : [];
    const others = [
      `the quadratic model with ${text(byQuadratic)}`,
      ...(byTrace === undefined ? [] : [`the sensitivity Ω with ${text(byTrace)}`]),
    ];
    return [
      `${change.name}: over ${tensors} weight tensors the prediction by expanded outputs ranks as measured with correlation ${text(byExpansion)}, ${others.join(', ')}${trusted === tensors ? '' : `; ${outside}`}.`,
    ];
  });
}
