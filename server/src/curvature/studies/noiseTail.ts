/** C9: the tail of the gradient noise, and where clipping would cut it. */
import { estimate, notComputed, withInterval, type Circumstances } from '../analysis/quantities';
import type { Histogram } from '../chart';
import { excessKurtosis, tailIndex } from '../estimators/noiseTail';
import { sampleNorms } from '../estimators/sampleNorms';
import { norm } from '../linearAlgebra/vector';
import { percent, short } from '../numberText';
import type { PerSample } from '../operators/perSample';
import { symmetricSpread, type Quantity } from '../quantity';
import type { Random } from '../random';
import { quantileLimits, shareLimits } from '../statistics/quantileLimits';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const DIRECTIONS = 16;
/** Batches drawn, and the quantile of their gradients' norms that is suggested. */
const BATCHES = 64;
const LEVEL = 0.9;
const USUAL_BATCH = 32;
const BINS = 16;
const FEWEST_SAMPLES = 20;

export const noiseTail: Study = {
  id: 'C9',
  title: 'Tail of the gradient noise and clipping',
  group: 'samples',
  quantities: ['C9.kurtosis', 'C9.tailIndex', 'C9.clipThreshold', 'C9.clippedShare'],
  byDefault: false,
  products: () => 40,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, point, options } = context;
  const samples = problem.sampleCount;
  if (samples < FEWEST_SAMPLES) throw new StudyRefusal(`needs at least ${FEWEST_SAMPLES} samples, not ${samples}`);
  const perSample = context.perSample();
  const source = context.random('directions of noise');
  const slopes = await perSample.directional(
    Array.from({ length: DIRECTIONS }, () => source.gaussianVector(problem.theta.length)),
  );
  const norms = await sampleNorms(perSample, point.gradient);
  context.progress(0.4);
  const batch = Math.min(samples, options.optimizer?.batchSize ?? USUAL_BATCH);
  const batchNorms = await normsOfBatches(perSample, samples, batch, context.random('batches to clip'));
  const distances = norms.squares.map((square, i) =>
    Math.sqrt(Math.max(0, square - 2 * (norms.projections[i] as number) + norms.meanSquare)),
  );
  const circumstances = { hvps: 0, samples };
  const threshold = quantileLimits(batchNorms, LEVEL);
  const tail = tailQuantity(distances, circumstances);
  const clipped = clippedQuantity(batchNorms, batch, options.clipping, circumstances);
  return {
    quantities: [
      kurtosisQuantity(slopes, circumstances),
      tail,
      withInterval(
        'C9.clipThreshold',
        threshold.value,
        {
          low: threshold.low,
          high: threshold.high,
          estimator: ((threshold.high ?? threshold.value) - (threshold.low ?? threshold.value)) / 2,
          sampling: null,
        },
        { method: `${BATCHES} batches of ${batch} drawn` },
        circumstances,
      ),
      clipped,
    ],
    charts: [histogramOf(batchNorms, batch, threshold.value, options.clipping)],
    remarks: [
      `Clipping at ${short(threshold.value)} would touch one step in ten with batches of ${batch}.`,
      ...('value' in clipped && options.clipping !== undefined
        ? [`The script clips at ${options.clipping.limit}, which touches ${percent(clipped.value)} of the steps here.`]
        : []),
      ...('value' in tail && (tail.interval.high ?? Infinity) < 2
        ? ['The tail of the noise is so heavy that its variance may not exist: clip the gradient.']
        : []),
    ],
  };
}

/** ‖g_B‖ of batches drawn with replacement. */
async function normsOfBatches(perSample: PerSample, samples: number, batch: number, random: Random): Promise<number[]> {
  const weights = Array.from({ length: BATCHES }, () => {
    const own = new Float64Array(samples);
    for (let b = 0; b < batch; b++) {
      const i = random.integer(samples);
      own[i] = (own[i] as number) + 1 / batch;
    }
    return own;
  });
  return (await perSample.weightedGradients(weights)).map(norm);
}

function kurtosisQuantity(slopes: readonly Float64Array[], circumstances: Circumstances): Quantity {
  const { value, halfWidth } = excessKurtosis(slopes);
  if (!Number.isFinite(value)) return notComputed('C9.kurtosis', 'the gradient does not vary between samples');
  return estimate(
    'C9.kurtosis',
    value,
    {
      method: `${DIRECTIONS} random directions, of the analysed samples; what others would give is not estimated`,
      estimator: symmetricSpread(halfWidth),
      sampling: null,
    },
    circumstances,
  );
}

function tailQuantity(distances: Float64Array, circumstances: Circumstances): Quantity {
  const index = tailIndex(distances);
  if (index === undefined) return notComputed('C9.tailIndex', 'needs 100 samples whose gradients differ');
  const { value, halfWidth } = index;
  const interval = { low: Math.max(0, value - halfWidth), high: value + halfWidth, estimator: 0, sampling: halfWidth };
  return withInterval('C9.tailIndex', value, interval, { method: 'Hill, largest tenth of the samples' }, circumstances);
}

function clippedQuantity(
  norms: readonly number[],
  batch: number,
  clipping: StudyContext['options']['clipping'],
  circumstances: Circumstances,
): Quantity {
  if (clipping === undefined) return notComputed('C9.clippedShare', 'the training script does not clip gradients');
  if (clipping.kind !== 'norm')
    return notComputed(
      'C9.clippedShare',
      `the training script clips ${clipping.kind === 'value' ? 'single elements' : 'the gradient of each parameter by itself'}, not the norm`,
    );
  const hits = norms.filter((value) => value > clipping.limit).length;
  const { low, high } = shareLimits(hits, norms.length);
  return withInterval(
    'C9.clippedShare',
    hits / norms.length,
    { low, high, estimator: (high - low) / 2, sampling: null },
    { method: `${BATCHES} batches of ${batch} drawn` },
    circumstances,
  );
}

function histogramOf(
  norms: readonly number[],
  batch: number,
  threshold: number,
  clipping: StudyContext['options']['clipping'],
): Histogram {
  const [low, high] = [Math.min(...norms), Math.max(...norms)];
  const width = (high - low) / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of norms) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return {
    kind: 'histogram',
    title: `Norms of the gradients of batches of ${batch}`,
    x: { title: 'norm of gradient, loss / parameter', scale: 'linear' },
    edges: Array.from({ length: BINS + 1 }, (_, b) => low + b * width),
    counts,
    marks: [
      { axis: 'x', value: threshold, label: `${100 * LEVEL} % quantile` },
      ...(clipping?.kind === 'norm'
        ? [{ axis: 'x' as const, value: clipping.limit, label: 'clipped by the script' }]
        : []),
    ],
  };
}
