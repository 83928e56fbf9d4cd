/** E3: which weights may go, by curvature, and what the loss does when they go. */
import { estimate } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { choiceError } from '../estimators/choiceError';
import type { ProbedDiagonal } from '../estimators/hessianDiagonal';
import type { Probed } from '../estimators/hutchPlusPlus';
import { channelScores } from '../estimators/pruning';
import { taylorIncrease } from '../estimators/taylorIncrease';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { changeQuantity, measuredChanges, predictedChanges, type LossChange } from './lossChanges';
import { channelsOf, criteriaOf, diagonalOf, MOST_PROBES, type Criterion } from './pruningCriteria';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

const SPARSITIES = [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95] as const;
/** The sparsity whose increases are quantities. */
const HALF = 0.5;

export const pruning: Study = {
  id: 'E3',
  title: 'Weights that can be pruned',
  group: 'pruning',
  quantities: ['E3.saliency', 'E3.increase', 'E3.predictedIncrease', 'E3.quadraticIncrease'],
  byDefault: false,
  needs: ['A1', 'A2'],
  products: () => MOST_PROBES + 6 * SPARSITIES.length,
  run,
};

/** What a removal does to the loss. */
interface CurvePoint {
  readonly sparsity: number;
  readonly measured: LossChange;
  /** By the model's outputs expanded along the removal. */
  readonly predicted: LossChange;
  /** At half of the weights only. */
  readonly quadratic: Probed | undefined;
  /** The sum of the criterion's scores. */
  readonly score: number;
}

interface Curve {
  readonly criterion: string;
  /** One per sparsity. */
  readonly points: readonly CurvePoint[];
  /** At half of the weights. */
  readonly chosen: ChoiceErrors;
}

/** 95 % half-widths of what the loss does, due to the probes that a criterion chooses by. */
interface ChoiceErrors {
  readonly measured: number;
  readonly predicted: number;
  readonly quadratic: number;
}

/** Sets of probes that might have been drawn in place of those that were. */
const REDRAWN = 6;

async function run(context: StudyContext): Promise<StudyOutcome> {
  const tensors = weightTensors(context.problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes to prune');
  const diagonal = await diagonalOf(context, tensors);
  const { criteria, remarks } = await criteriaOf(context, tensors, diagonal);
  const curves = await curvesOf(context, criteria);
  return {
    quantities: [...saliencies(tensors, diagonal, context), ...curves.flatMap((curve) => atHalf(curve, context))],
    charts: curveCharts(curves, context),
    tables: [curveTable(curves), channelTable(context, tensors, diagonal.diagonal)],
    remarks: [headline(curves), ...remarks],
  };
}

async function curvesOf(context: StudyContext, criteria: readonly Criterion[]): Promise<Curve[]> {
  const { theta } = context.problem;
  // Together: a run of the product's program takes several steps.
  const halves = criteria.map(({ pruned }) => difference(pruned(HALF), theta));
  const quadratics = await taylorIncrease(await context.hessian(), context.point.gradient, halves);
  const curves: Curve[] = [];
  for (const [k, criterion] of criteria.entries())
    curves.push(
      await curveOf(context, criterion, quadratics[k], (done) =>
        context.progress(0.4 + (0.6 * (curves.length + done)) / criteria.length),
      ),
    );
  return curves;
}

const difference = (values: Float64Array, theta: Float64Array): Float64Array =>
  values.map((value, i) => value - (theta[i] as number));

async function curveOf(
  context: StudyContext,
  criterion: Criterion,
  quadratic: Probed | undefined,
  onDone: (fraction: number) => void,
): Promise<Curve> {
  const { name, pruned, scoreOf } = criterion;
  const thetas = SPARSITIES.map(pruned);
  const steps = thetas.map((values) => difference(values, context.problem.theta));
  const part = (start: number) => (count: number) => onDone((start + count / thetas.length) / 2);
  const predicted = await predictedChanges(context, steps, part(0));
  const measured = await measuredChanges(context, thetas, part(1));
  const points = SPARSITIES.map((sparsity, k) => ({
    sparsity,
    measured: measured[k] as LossChange,
    predicted: predicted[k] as LossChange,
    quadratic: sparsity === HALF ? quadratic : undefined,
    score: scoreOf(thetas[k] as Float64Array),
  }));
  return { criterion: name, points, chosen: await choiceErrors(context, criterion, points) };
}

async function choiceErrors(
  context: StudyContext,
  { redrawn }: Criterion,
  points: readonly CurvePoint[],
): Promise<ChoiceErrors> {
  const half = points.find(({ sparsity }) => sparsity === HALF);
  if (redrawn === undefined || half === undefined) return { measured: 0, predicted: 0, quadratic: 0 };
  const thetas = Array.from({ length: REDRAWN }, (_, draw) => redrawn(draw, HALF));
  const steps = thetas.map((theta) => difference(theta, context.problem.theta));
  const ignored = (): void => undefined;
  const measured = (await measuredChanges(context, thetas, ignored)).map(mean);
  const predicted = (await predictedChanges(context, steps, ignored)).map(mean);
  const increases = await taylorIncrease(await context.hessian(), context.point.gradient, steps);
  const quadratic = increases.map(({ value }) => value);
  return {
    measured: choiceError(mean(half.measured), measured),
    predicted: choiceError(mean(half.predicted), predicted),
    quadratic: choiceError(half.quadratic?.value ?? NaN, quadratic),
  };
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

function atHalf({ criterion, points, chosen }: Curve, context: StudyContext): Quantity[] {
  const half = points.find(({ sparsity }) => sparsity === HALF);
  if (half?.quadratic === undefined) return [];
  const { measured, predicted, quadratic } = half;
  return [
    changeQuantity(
      'E3.increase',
      measured,
      'loss with and without half of the weights',
      context,
      criterion,
      chosen.measured,
    ),
    changeQuantity(
      'E3.predictedIncrease',
      predicted,
      'outputs expanded along the removal',
      context,
      criterion,
      chosen.predicted,
    ),
    estimate(
      'E3.quadraticIncrease',
      quadratic.value,
      {
        method: 'gradient and one Hessian-vector product',
        estimator: symmetricSpread(Math.hypot(quadratic.halfWidth, chosen.quadratic)),
        sampling: null,
      },
      { hvps: 1, samples: context.problem.sampleCount },
      criterion,
    ),
  ];
}

const CURVES = [
  {
    title: 'Measured loss against sparsity',
    caption:
      'The loss of the analysed samples after weights are set to zero, without retraining. The lower the curve, the better its criterion.',
    change: ({ measured }: CurvePoint) => mean(measured),
  },
  {
    title: 'Predicted loss against sparsity',
    caption:
      'The loss of the outputs expanded along the removal, from derivatives at the weights as they are; too high where nearly all weights go, since layers act on each other by more than second order.',
    change: ({ predicted }: CurvePoint) => mean(predicted),
  },
] as const;

const curveCharts = (curves: readonly Curve[], { point }: StudyContext): Chart[] =>
  CURVES.map(({ title, caption, change }) => ({
    kind: 'lines',
    title,
    caption,
    x: { title: 'share of weights removed', scale: 'linear' },
    y: { title: 'loss', scale: 'linear' },
    series: curves.map(({ criterion, points }) => ({
      name: criterion,
      style: 'line' as const,
      points: [{ x: 0, y: point.loss }, ...points.map((each) => ({ x: each.sparsity, y: point.loss + change(each) }))],
    })),
    marks: [{ axis: 'y', value: point.loss, label: 'now' }],
  }));

const curveTable = (curves: readonly Curve[]): StudyTable => ({
  title: 'Increase of the loss by sparsity',
  caption: 'Score: the sum of the criterion’s own scores of what is removed.',
  columns: [
    { title: 'criterion' },
    { title: 'share removed' },
    { title: 'measured', unit: 'loss' },
    { title: 'expanded outputs', unit: 'loss' },
    { title: 'quadratic', unit: 'loss' },
    { title: 'score' },
  ],
  rows: curves.flatMap(({ criterion, points }) =>
    points.map(({ sparsity, measured, predicted, quadratic, score }) => [
      criterion,
      sparsity,
      mean(measured),
      mean(predicted),
      quadratic?.value ?? null,
      score,
    ]),
  ),
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
    .map(({ criterion, points }) => ({ criterion, rise: mean(points[k]?.measured ?? []) }))
    .sort((a, b) => a.rise - b.rise);
  const text = rises.map(({ criterion, rise }) => `${criterion} ${Number(rise.toPrecision(3))}`).join(', ');
  return `Removing half of the weights raises the loss least when ${rises[0]?.criterion ?? '?'} chooses them: ${text}.`;
}
