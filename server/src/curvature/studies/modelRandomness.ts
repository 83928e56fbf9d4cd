/** C8: how much of the gradient noise is the model's own (dropout, sampled latent variables), and how much the choice of samples. */
import { withInterval, type Circumstances } from '../analysis/quantities';
import type { BarChart } from '../chart';
import type { Probed } from '../estimators/hutchPlusPlus';
import { noiseSources, type NoiseSources } from '../estimators/noiseSources';
import { percent } from '../numberText';
import { batchGradients } from '../operators/batchGradients';
import type { Quantity } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const SEEDS = 6;
const MOST_BATCHES = 16;
/** Smaller batches than those of the script make room for so many. */
const FEWEST_BATCHES = 8;
const USUAL_BATCH = 32;
/** Bytes of the table of gradients. */
const TABLE_BYTES = 2 ** 29;

export const modelRandomness: Study = {
  id: 'C8',
  title: "The model's own randomness",
  group: 'samples',
  quantities: ['C8.modelShare', 'C8.modelVariance', 'C8.dataVariance'],
  byDefault: false,
  products: () => 30,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, options, engine } = context;
  const fitting = Math.min(MOST_BATCHES, Math.floor(TABLE_BYTES / (8 * SEEDS * problem.theta.length)));
  if (fitting < 3) throw new StudyRefusal('the gradients of several batches and seeds do not fit into memory');
  const batch = Math.min(options.optimizer?.batchSize ?? USUAL_BATCH, Math.floor(problem.sampleCount / FEWEST_BATCHES));
  if (batch < 1) throw new StudyRefusal(`needs at least ${FEWEST_BATCHES} samples, not ${problem.sampleCount}`);
  const batches = disjoint(problem.sampleCount, batch, fitting, context);
  const table: Float64Array[][] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const noisy = options.noisy?.(options.seed + seed);
    if (noisy === undefined) throw new StudyRefusal('the model draws no random numbers in train mode');
    table.push(await batchGradients(noisy, engine, batches, options.signal));
    context.progress((seed + 1) / SEEDS);
  }
  const found = noiseSources(table);
  const circumstances = { hvps: 0, samples: batch * batches.length };
  const method = `${batches.length} batches of ${batch} with ${SEEDS} seeds`;
  return {
    quantities: [
      bounded('C8.modelShare', found.share, 1, method, circumstances),
      bounded('C8.modelVariance', found.model, null, method, circumstances),
      bounded('C8.dataVariance', found.data, null, method, circumstances),
    ],
    charts: [chartOf(found, batch)],
    remarks: [
      `${percent(found.share.value)} of the variance of a batch's gradient is the model's own noise; larger batches reduce both parts.`,
    ],
  };
}

/** Batches without common samples, drawn at random. */
function disjoint(samples: number, batch: number, most: number, { random }: StudyContext): number[][] {
  const source = random('batches with noise');
  const order = Array.from({ length: samples }, (_, i) => i);
  for (let i = samples - 1; i > 0; i--) {
    const j = source.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const count = Math.min(most, Math.floor(samples / batch));
  return Array.from({ length: count }, (_, c) => order.slice(c * batch, (c + 1) * batch));
}

function bounded(
  id: 'C8.modelShare' | 'C8.modelVariance' | 'C8.dataVariance',
  { value, halfWidth }: Probed,
  most: number | null,
  method: string,
  circumstances: Circumstances,
): Quantity {
  const interval = {
    low: Math.min(value, Math.max(0, value - halfWidth)),
    high: most === null ? value + halfWidth : Math.min(most, value + halfWidth),
    estimator: 0,
    sampling: halfWidth,
  };
  return withInterval(id, value, interval, { method }, circumstances);
}

const chartOf = ({ data, model }: NoiseSources, batch: number): BarChart => ({
  kind: 'bars',
  title: 'Where the gradient noise comes from',
  caption: `Traces of the covariance of the gradient of a batch of ${batch}.`,
  categories: ['choice of samples', "model's own noise"],
  y: { title: '(loss / parameter)²', scale: 'linear' },
  series: [
    {
      name: 'variance',
      values: [data.value, model.value],
      low: [data.value - data.halfWidth, model.value - model.halfWidth],
      high: [data.value + data.halfWidth, model.value + model.halfWidth],
    },
  ],
});
