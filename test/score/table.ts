/** Precision and recall of warnings as a page of documentation. */
import { RISE } from '../../server/src/curvature/estimators/trainingRun';
import type { EdgeAnswer } from './edgeOfStability';
import { ALL_ACTIVATIONS, type ActivationAnswer } from './activations';
import { ALL_CRITERIA, ALL_MODELS, type RankAnswer, type RemovalAnswer } from './sensitivity';
import { isPredicted, type Scored } from './run';

interface Counts {
  readonly runs: number;
  readonly hit: number;
  readonly missed: number;
  readonly falseAlarms: number;
}

export const happened = ({ rise }: Scored): boolean => rise > RISE;

export function countsOf(runs: readonly Scored[], predicted: (run: Scored) => boolean): Counts {
  const count = (test: (run: Scored) => boolean): number => runs.filter(test).length;
  return {
    runs: runs.length,
    hit: count((run) => predicted(run) && happened(run)),
    missed: count((run) => !predicted(run) && happened(run)),
    falseAlarms: count((run) => predicted(run) && !happened(run)),
  };
}

const share = (part: number, whole: number): string => (whole === 0 ? '–' : (part / whole).toFixed(3));
export const precision = ({ hit, falseAlarms }: Counts): number => hit / (hit + falseAlarms);
export const recall = ({ hit, missed }: Counts): number => hit / (hit + missed);

const byLimit = ({ margin }: Scored): boolean => margin > 1;

export interface ScorePage {
  readonly runs: readonly Scored[];
  readonly edge: readonly EdgeAnswer[];
  readonly ranks: readonly RankAnswer[];
  readonly removals: readonly RemovalAnswer[];
  readonly activations: readonly ActivationAnswer[];
}

export function scorePage({ runs, edge, ranks, removals, activations }: ScorePage): string {
  const rows = [...groups(runs)].map(([name, members]) => row(name, members));
  return [
    '# How often warnings of instability are right',
    '',
    'Written by `npm run score`. Every run trains for 50 steps from a given starting point; "unstable" means that the loss of the training data rose by more than a fifth above its start, or was no number any more.',
    'Before the run, the analysis saw a part of the training data (a quarter to three eighths) and other batches. Learning rates are ⅛ … 8 times the limit that the curvature sets (B1, B2), the edge itself included.',
    '',
    '- *Warnings*: HL101, HL103 and HL104 with severity warning, which look at the limit and at a trial run on the analysed samples (B10).',
    '- *Limit alone*: the learning rate is above the limit of B1 or B2 for the full gradient, as theory has it for a quadratic loss.',
    '',
    '| starting point and optimizer | runs | unstable | warnings: precision | recall | limit alone: precision | recall |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    row('**all**', runs),
    '',
    '## Where training ends',
    '',
    'Full-batch training of a tanh network on a polynomial sharpens the loss until the limit of its optimizer is reached, and stays there (Cohen et al. 2021 and 2022). `npm run score -- --only edge` trains both again, prints where they end, and fails where that is not within 10 % of the limit.',
    '',
    '| | learning rate | steps | sharpness at the start | at the end | limit |',
    '|---|---|---|---|---|---|',
    ...edge.map(
      ({ name, learningRate, steps, sharpnessAtStart, sharpness, limit }) =>
        `| ${name} | ${learningRate} | ${steps} | ${[sharpnessAtStart, sharpness, limit].map((value) => Number(value.toPrecision(4))).join(' | ')} |`,
    ),
    '',
    ...(ranks.length === 0 ? [] : rankLines(ranks)),
    ...(activations.length === 0 ? [] : activationLines(activations)),
    ...(removals.length === 0 ? [] : removalLines(removals)),
  ].join('\n');
}

const rankLines = (ranks: readonly RankAnswer[]): string[] => [
  '## Sensitivity of layers',
  '',
  'Every weight tensor of the trained examples is quantised, or loses the half of its weights of smallest magnitude, by itself (E4). The table has the rank correlation (Spearman) of predicted and measured increases of the loss:',
  '',
  '- *expanded outputs* (`E4.predicted`): the exact loss of the outputs expanded along the change, to second order and through kinks, from derivatives at the weights as they are;',
  '- *quadratic model* (`E4.quadratic`): g·δ + ½δᵀHδ, which does not see the kinks of rectifiers; *trusted* where its cubic term, from the curvature halfway, is at most a quarter of what it predicts;',
  '- *Ω*: the trace of the block times the squared change, as HAWQ-V2 ranks layers.',
  '',
  'A rank over three or four tensors moves by 0.2 or more when two of them swap.',
  '',
  '| change | model | weight tensors | expanded outputs | quadratic model | trusted | quadratic model there | Ω |',
  '|---|---|---|---|---|---|---|---|',
  ...ranks.map(({ model, change, tensors, expanded, quadratic, trusted, whereTrusted, byTrace }) =>
    emphasised(
      [
        change,
        model,
        String(tensors),
        correlationText(expanded),
        correlationText(quadratic),
        String(trusted),
        correlationText(whereTrusted),
        correlationText(byTrace),
      ],
      model === ALL_MODELS,
    ),
  ),
  '',
];

const activationLines = (activations: readonly ActivationAnswer[]): string[] => [
  '## Activations',
  '',
  'The input of every weight inside the trained examples is rounded by itself (E2), to the range of 32 samples (24 of the character model). The table has the rank correlation of predicted and measured increases of the loss: `E2.activationPredicted…`, the outputs expanded along the change, and Ω, the trace of the block times the squared change.',
  '',
  '| width | model | inputs | expanded outputs | Ω |',
  '|---|---|---|---|---|',
  ...activations.map(({ bits, model, activations: count, expanded, byTrace }) =>
    emphasised(
      [`${bits} bits`, model, String(count), correlationText(expanded), correlationText(byTrace)],
      model === ALL_ACTIVATIONS,
    ),
  ),
  '',
];

const removalLines = (removals: readonly RemovalAnswer[]): string[] => [
  '## Pruning',
  '',
  'Weights of all tensors together are removed in eight shares from 10 % to 95 %, chosen by each criterion (E3), in each of the examples. Rank correlations are over shares and examples. Where nearly all weights go, predictions are too high, as layers act on each other by more than second order. A *score* is the sum of what the criterion itself predicts of the removed weights, one by one.',
  '',
  '| criterion | removals | expanded outputs | quadratic model, at 50 % | score |',
  '|---|---|---|---|---|',
  ...removals.map(({ criterion, removals: count, expanded, quadratic, score }) =>
    emphasised(
      [criterion, String(count), correlationText(expanded), correlationText(quadratic), correlationText(score)],
      criterion === ALL_CRITERIA,
    ),
  ),
  '',
];

const emphasised = (cells: readonly string[], strong: boolean): string =>
  `| ${cells.map((cell) => (strong ? `**${cell}**` : cell)).join(' | ')} |`;

const correlationText = (correlation: number): string => (Number.isFinite(correlation) ? correlation.toFixed(2) : '–');

function groups(runs: readonly Scored[]): Map<string, Scored[]> {
  const found = new Map<string, Scored[]>();
  for (const run of runs) {
    const name = `${run.point}: ${run.optimizer}, ${run.full ? 'full gradient' : 'mini-batches'}`;
    found.set(name, [...(found.get(name) ?? []), run]);
  }
  return found;
}

function row(name: string, runs: readonly Scored[]): string {
  const warned = countsOf(runs, isPredicted);
  const limit = countsOf(runs, byLimit);
  const cells = [warned, limit].flatMap(({ hit, missed, falseAlarms }) => [
    share(hit, hit + falseAlarms),
    share(hit, hit + missed),
  ]);
  return `| ${name} | ${warned.runs} | ${warned.hit + warned.missed} | ${cells.join(' | ')} |`;
}
