/** E3: which weights may go, by curvature, and what the loss does when they go. */
import { estimate } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { exactDiagonal, probedDiagonal, shrunkDiagonal, type ProbedDiagonal } from '../estimators/hessianDiagonal';
import type { Probed } from '../estimators/hutchPlusPlus';
import { InverseFisher } from '../estimators/inverseFisher';
import {
  apoptosisScores,
  channelScores,
  damageScores,
  surgeonScores,
  withoutChannels,
  withoutLowest,
  type Channel,
} from '../estimators/pruning';
import { emptySketch } from '../estimators/sketch';
import { taylorIncrease } from '../estimators/taylorIncrease';
import { dot } from '../linearAlgebra/vector';
import { tensorsOf, type ParameterGroup, type Problem } from '../problem';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { subsetOf } from '../subproblem';
import { changeQuantity, measuredChanges } from './measuredChanges';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

const SPARSITIES = [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95] as const;
/** The sparsity whose increases are quantities. */
const HALF = 0.5;
const MOST_PROBES = 64;
/** Samples behind the Fisher matrix, and operations that its inverse may cost: m² per weight. */
const FISHER_SAMPLES = 256;
const FISHER_OPERATIONS = 2e10;
const FEWEST_FISHER_SAMPLES = 16;
/** Damping of the Fisher matrix in parts of its mean diagonal. */
const FISHER_DAMPING = 0.01;

export const pruning: Study = {
  id: 'E3',
  title: 'Weights that can be pruned',
  group: 'pruning',
  quantities: ['E3.saliency', 'E3.increase', 'E3.predictedIncrease'],
  byDefault: false,
  needs: ['A1', 'A2'],
  products: () => MOST_PROBES + 6 * SPARSITIES.length,
  run,
};

/** A way to choose weights: the pruned θ for every sparsity. */
interface Criterion {
  readonly name: string;
  readonly pruned: (sparsity: number) => Float64Array;
}

interface Curve {
  readonly criterion: string;
  /** One per sparsity. */
  readonly predicted: readonly Probed[];
  readonly changes: readonly Float64Array[];
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const tensors = weightTensors(context.problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes to prune');
  const diagonal = await diagonalOf(context, tensors);
  const { criteria, remarks } = await criteriaOf(context, tensors, diagonal);
  const curves = await curvesOf(context, criteria);
  return {
    quantities: [...saliencies(tensors, diagonal, context), ...curves.flatMap((curve) => atHalf(curve, context))],
    charts: [curveChart('Measured', curves, context), curveChart('Predicted', curves, context)],
    tables: [curveTable(curves), channelTable(context, tensors, diagonal.diagonal)],
    remarks: [headline(curves), ...remarks],
  };
}

async function diagonalOf(context: StudyContext, tensors: readonly WeightTensor[]): Promise<ProbedDiagonal> {
  const { problem, ends, traces, options } = context;
  const groups = groupsOf(problem, tensors);
  const weights = problem.theta.map((w) => (w * w) / 2);
  const hessian = await context.hessian();
  if (ends?.rows !== undefined) return exactDiagonal(ends.rows, hessian.roundoff, { weights, groups });
  const sketch = traces?.sketch ?? ends?.sketch ?? emptySketch;
  return probedDiagonal(hessian, sketch, {
    weights,
    groups,
    tolerance: options.estimateTolerance,
    maxProbes: Math.min(options.probes, MOST_PROBES),
    random: context.random('diagonal'),
    onProbes: (probes) => context.progress((0.4 * probes) / MOST_PROBES),
  });
}

const groupsOf = ({ parameters }: Problem, tensors: readonly WeightTensor[]): ParameterGroup[] =>
  tensorsOf(parameters).filter((_, index) => tensors.some((tensor) => tensor.index === index));

async function criteriaOf(
  context: StudyContext,
  tensors: readonly WeightTensor[],
  probed: ProbedDiagonal,
): Promise<{ readonly criteria: readonly Criterion[]; readonly remarks: readonly string[] }> {
  const { problem, point } = context;
  const { theta } = problem;
  const candidates = indicesOf(tensors);
  // A weight whose curvature is strongly negative matters as much as one where it is positive.
  const diagonal = shrunkDiagonal(probed, groupsOf(problem, tensors)).map(Math.abs);
  const weights = Float64Array.from(candidates, (i) => theta[i] as number);
  const chosen = (values: Float64Array): Float64Array => Float64Array.from(candidates, (i) => values[i] as number);
  const removal = theta.slice().fill(0);
  candidates.forEach((i) => (removal[i] = theta[i] as number));
  const [product = removal] = await (await context.hessian()).applyBlock([removal]);
  const single = (name: string, scores: Float64Array): Criterion => ({
    name,
    pruned: (sparsity) => withoutLowest(theta, candidates, scores, sparsity),
  });
  const surgeon = await surgeonOf(context, tensors);
  const channels = tensors.flatMap(channelsOf);
  const ofChannels = channelScores(theta, diagonal, channels);
  return {
    criteria: [
      single('magnitude', weights.map(Math.abs)),
      single('OBD', damageScores(weights, chosen(diagonal))),
      ...('scores' in surgeon ? [single('OBS', surgeon.scores)] : []),
      single('OBA', apoptosisScores(weights, chosen(point.gradient), chosen(product))),
      { name: 'HAP', pruned: (sparsity) => withoutChannels(theta, channels, ofChannels, sparsity) },
    ],
    remarks: [
      surgeon.remark,
      `OBD ranks by |h|, ${probed.probes === 0 ? 'which is exact' : `estimated with ${probed.probes} probes and drawn towards the mean of its tensor by what of its spread is noise`}.`,
      'HAP removes whole output channels of a weight, the others single weights; nothing is retrained.',
    ],
  };
}

function indicesOf(tensors: readonly WeightTensor[]): Uint32Array {
  const result = new Uint32Array(tensors.reduce((sum, { block }) => sum + block.size, 0));
  let next = 0;
  for (const { block } of tensors) for (let i = 0; i < block.size; i++) result[next++] = block.offset + i;
  return result;
}

function channelsOf({ block, channels }: WeightTensor): Channel[] {
  const width = block.size / channels;
  return Array.from({ length: channels }, (_, c) => ({
    start: block.offset + c * width,
    end: block.offset + (c + 1) * width,
  }));
}

/** Scores of OBS with one block of the empirical Fisher matrix per tensor, or why there are none. */
async function surgeonOf(
  context: StudyContext,
  tensors: readonly WeightTensor[],
): Promise<{ readonly scores: Float64Array; readonly remark: string } | { readonly remark: string }> {
  const { problem } = context;
  if (!problem.separable)
    return {
      remark: `OBS was left out: it needs gradients of single samples, and ${problem.inseparableBecause ?? 'samples see each other'}.`,
    };
  const size = tensors.reduce((sum, { block }) => sum + block.size, 0);
  const samples = Math.min(problem.sampleCount, FISHER_SAMPLES, Math.floor(Math.sqrt(FISHER_OPERATIONS / size)));
  if (samples < Math.min(FEWEST_FISHER_SAMPLES, problem.sampleCount))
    return { remark: `OBS was left out: with ${size} weights its inverse would cost too much.` };
  const part = Array.from({ length: samples }, (_, i) => Math.floor((i * problem.sampleCount) / samples));
  const gradients = await context.perSampleOf(subsetOf(problem, part)).gradientRows();
  const scores = tensors.map(({ block: { offset, size: width } }) => {
    const rows = gradients.map((row) => row.subarray(offset, offset + width));
    const squares = rows.reduce((sum, row) => sum + dot(row, row), 0);
    const damping = (FISHER_DAMPING * squares) / (samples * width);
    // Without any gradient the loss does not see the tensor.
    if (!(damping > 0)) return new Float64Array(width);
    return surgeonScores(problem.theta.subarray(offset, offset + width), new InverseFisher(rows, damping).diagonal());
  });
  const joined = new Float64Array(size);
  let next = 0;
  for (const score of scores) {
    joined.set(score, next);
    next += score.length;
  }
  return {
    scores: joined,
    remark: `OBS uses one block of the empirical Fisher matrix per tensor, of ${samples} samples, damped by ${FISHER_DAMPING} of its mean diagonal; remaining weights are not adapted.`,
  };
}

async function curvesOf(context: StudyContext, criteria: readonly Criterion[]): Promise<Curve[]> {
  const { theta } = context.problem;
  const hessian = await context.hessian();
  const count = criteria.length;
  const curves: Curve[] = [];
  for (const { name, pruned } of criteria) {
    const start = 0.4 + (0.6 * curves.length) / count;
    const steps = SPARSITIES.map((sparsity) => pruned(sparsity).map((value, i) => value - (theta[i] as number)));
    const predicted = await taylorIncrease(hessian, context.point.gradient, steps);
    const thetas = steps.map((step) => step.map((change, i) => change + (theta[i] as number)));
    const changes = await measuredChanges(context, thetas, (done) =>
      context.progress(start + (0.6 * done) / SPARSITIES.length / count),
    );
    curves.push({ criterion: name, predicted, changes });
  }
  return curves;
}

function saliencies(tensors: readonly WeightTensor[], diagonal: ProbedDiagonal, context: StudyContext): Quantity[] {
  const { probes, sums, resolved } = diagonal;
  return tensors.map(({ block }, t) => {
    const { value, halfWidth } = sums[t] ?? { value: NaN, halfWidth: Infinity };
    return estimate(
      'E3.saliency',
      value / block.size,
      {
        method: probes === 0 ? 'exact diagonal' : `diagonal by ${probes} probes`,
        estimator: symmetricSpread(halfWidth / block.size),
        sampling: null,
        ...(resolved ? {} : { notResolved: `the interval is wider than was asked for after ${probes} probes` }),
      },
      { hvps: probes, samples: context.problem.sampleCount },
      block.name,
    );
  });
}

function atHalf({ criterion, predicted, changes }: Curve, context: StudyContext): Quantity[] {
  const k = SPARSITIES.indexOf(HALF);
  const { value, halfWidth } = predicted[k] ?? { value: NaN, halfWidth: Infinity };
  return [
    changeQuantity(
      'E3.increase',
      changes[k] ?? new Float64Array(0),
      'loss with and without half of the weights',
      context,
      criterion,
    ),
    estimate(
      'E3.predictedIncrease',
      value,
      { method: 'gradient and one Hessian-vector product', estimator: symmetricSpread(halfWidth), sampling: null },
      { hvps: 1, samples: context.problem.sampleCount },
      criterion,
    ),
  ];
}

function curveChart(kind: 'Measured' | 'Predicted', curves: readonly Curve[], { point }: StudyContext): Chart {
  return {
    kind: 'lines',
    title: `${kind} loss against sparsity`,
    caption:
      kind === 'Measured'
        ? 'The loss of the analysed samples after weights are set to zero, without retraining. The lower the curve, the better its criterion.'
        : 'The loss that gradient and curvature along the removal predict; right as long as the loss is quadratic that far.',
    x: { title: 'share of weights removed', scale: 'linear' },
    y: { title: 'loss', scale: 'linear' },
    series: curves.map(({ criterion, predicted, changes }) => ({
      name: criterion,
      style: 'line' as const,
      points: [
        { x: 0, y: point.loss },
        ...SPARSITIES.map((x, k) => ({
          x,
          y: point.loss + (kind === 'Measured' ? mean(changes[k] ?? []) : (predicted[k]?.value ?? NaN)),
        })),
      ],
    })),
    marks: [{ axis: 'y', value: point.loss, label: 'now' }],
  };
}

const curveTable = (curves: readonly Curve[]): StudyTable => ({
  title: 'Increase of the loss by sparsity',
  columns: [
    { title: 'share removed' },
    ...curves.flatMap(({ criterion }) => [
      { title: `${criterion}, measured`, unit: 'loss' },
      { title: `${criterion}, predicted`, unit: 'loss' },
    ]),
  ],
  rows: SPARSITIES.map((sparsity, k) => [
    sparsity,
    ...curves.flatMap(({ predicted, changes }) => [mean(changes[k] ?? []), predicted[k]?.value ?? null]),
  ]),
});

/** The least sensitive channel of each tensor, and how sensitivity is spread. */
function channelTable({ problem }: StudyContext, tensors: readonly WeightTensor[], diagonal: Float64Array): StudyTable {
  return {
    title: 'Sensitivity of channels',
    caption: '(tr H_c/2n_c)·‖w_c‖² of output channels, as in Hessian-Aware Pruning.',
    columns: [
      { title: 'weight' },
      { title: 'channels' },
      { title: 'least sensitive channel' },
      { title: 'its sensitivity', unit: 'loss' },
      { title: 'median', unit: 'loss' },
      { title: 'most sensitive channel' },
      { title: 'its sensitivity', unit: 'loss' },
    ],
    rows: tensors.map((tensor) => {
      const scores = channelScores(problem.theta, diagonal, channelsOf(tensor));
      const sorted = scores.slice().sort();
      const [least, most] = [sorted[0] ?? NaN, sorted.at(-1) ?? NaN];
      const median = sorted[sorted.length >> 1] ?? NaN;
      return [tensor.block.name, tensor.channels, scores.indexOf(least), least, median, scores.indexOf(most), most];
    }),
  };
}

function headline(curves: readonly Curve[]): string {
  const k = SPARSITIES.indexOf(HALF);
  const rises = curves
    .filter(({ criterion }) => criterion !== 'HAP')
    .map(({ criterion, changes }) => ({ criterion, rise: mean(changes[k] ?? []) }))
    .sort((a, b) => a.rise - b.rise);
  const text = rises.map(({ criterion, rise }) => `${criterion} ${Number(rise.toPrecision(3))}`).join(', ');
  return `Removing half of the weights raises the loss least when ${rises[0]?.criterion ?? '?'} chooses them: ${text}.`;
}
