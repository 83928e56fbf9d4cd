/** C3: which samples make the gradient, and what sampling by their weight would save. */
import { estimate, exactly, notComputed, overSamples, withInterval } from '../analysis/quantities';
import type { Histogram, LineChart, StudyTable } from '../chart';
import { dominance, importanceGain, type Dominance } from '../estimators/importanceSampling';
import { sampleNorms, varies, type SampleNorms } from '../estimators/sampleNorms';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { percent, short } from '../numberText';
import { sampleNumber, type Problem } from '../problem';
import { quantile } from '../statistics/moments';
import { batchEfficiency } from './batchEfficiency';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const SHOWN = 20;
const BINS = 24;
/** Points of the cloud of losses and norms: beyond, those of small norm are thinned out. */
const MOST_POINTS = 600;

export const dominatingSamples: Study = {
  id: 'C3',
  title: 'Samples that dominate the gradient',
  group: 'samples',
  quantities: ['C3.varianceLeft', 'C3.halfShare', 'C3.largestShare'],
  byDefault: false,
  needs: ['C1'],
  products: () => 4,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, point } = context;
  const samples = problem.sampleCount;
  if (samples < 3) throw new StudyRefusal(`needs at least 3 samples, not ${samples}`);
  const norms = await sampleNorms(context.perSample(), point.gradient);
  const gain = importanceGain(norms, context.random('samples by norm'));
  const ranked = dominance(norms);
  const efficiency = batchEfficiency(context);
  const circumstances = { hvps: 0, samples };
  const method = 'per-sample gradients';
  const largest = ranked.shares[ranked.order[0] as number] as number;
  const isGain = Number.isFinite(gain.value) && varies(norms, ROUNDOFF[context.engine.precision]);
  if (!Number.isFinite(largest)) throw new StudyRefusal('every sample has a gradient of zero');
  return {
    quantities: [
      isGain
        ? withInterval('C3.varianceLeft', gain.value, overSamples(gain), { method }, circumstances)
        : notComputed('C3.varianceLeft', 'the gradient does not vary between samples beyond rounding'),
      estimate('C3.halfShare', ranked.forHalf / samples, { method, estimator: exactly, sampling: null }, circumstances),
      estimate('C3.largestShare', largest, { method, estimator: exactly, sampling: null }, circumstances),
    ],
    charts: [histogramOf(norms), cloudOf(problem, norms), ...(efficiency === undefined ? [] : [efficiency])],
    tables: [tableOf(problem, norms, ranked)],
    remarks: [
      `${ranked.forHalf} of ${samples} samples hold half of Σ‖gᵢ‖²; sample ${sampleNumber(problem, ranked.order[0] as number)} alone holds ${percent(largest)}.`,
      ...(isGain
        ? [`Drawing samples by the norm of their gradient would leave ${percent(gain.value)} of the variance.`]
        : []),
    ],
  };
}

function tableOf(problem: Problem, { losses, squares }: SampleNorms, { order, shares }: Dominance): StudyTable {
  const shown = order.slice(0, SHOWN);
  const { labels } = problem;
  return {
    title: 'Largest gradients',
    caption: 'Samples far above the rest are often mislabelled or damaged.',
    columns: [
      { title: 'sample' },
      ...(labels === undefined ? [] : [{ title: 'class' }]),
      { title: 'loss' },
      { title: 'norm of gradient' },
      { title: 'share of Σ‖gᵢ‖²' },
    ],
    rows: shown.map((i) => [
      sampleNumber(problem, i),
      ...(labels === undefined ? [] : [labels.classes[i] as number]),
      losses[i] as number,
      Math.sqrt(squares[i] as number),
      shares[i] as number,
    ]),
    samples: shown.map((i) => sampleNumber(problem, i)),
  };
}

/** Decimal logarithms of the norms; zeros are left out. */
function histogramOf({ squares }: SampleNorms): Histogram {
  const logs = [...squares].filter((square) => square > 0).map((square) => Math.log10(square) / 2);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const width = (high - low) / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of logs) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return {
    kind: 'histogram',
    title: 'Norms of the gradients of single samples',
    x: { title: 'norm of gradient, loss / parameter', scale: 'log' },
    edges: Array.from({ length: BINS + 1 }, (_, b) => 10 ** (low + b * width)),
    counts,
    marks: [
      {
        axis: 'x',
        value:
          10 **
          quantile(
            logs.sort((a, b) => a - b),
            0.5,
          ),
        label: 'median',
      },
    ],
  };
}

function cloudOf(problem: Problem, { losses, squares }: SampleNorms): LineChart {
  const order = [...squares.keys()].sort((a, b) => (squares[b] as number) - (squares[a] as number));
  const dense = Math.min(order.length, MOST_POINTS / 2);
  const step = Math.max(1, Math.ceil((order.length - dense) / (MOST_POINTS / 2)));
  const kept = order.filter(
    (i, rank) => (squares[i] as number) > 0 && (losses[i] as number) > 0 && (rank < dense || rank % step === 0),
  );
  return {
    kind: 'lines',
    title: 'Loss and gradient of single samples',
    caption: 'One point per sample; points lead to the sample.',
    x: { title: 'loss', scale: 'log' },
    y: { title: 'norm of gradient', scale: 'log' },
    series: [
      {
        name: 'samples',
        style: 'points',
        points: kept.map((i) => {
          const number = sampleNumber(problem, i);
          const y = Math.sqrt(squares[i] as number);
          return { x: losses[i] as number, y, label: `sample ${number}: ${short(y)}`, sample: number };
        }),
      },
    ],
  };
}
