/** B4: the largest eigenvalue of batches' Hessians, the law it follows over the batch size, and the learning rates that it allows. */
import { estimate } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { largestEigenvalue } from '../estimators/largestEigenvalue';
import { eigenvalueOfBatch, noiseFrom } from '../estimators/spikedLaw';
import { drawn } from '../estimators/trainingRun';
import { ROUNDOFF, type LinearOperator } from '../linearAlgebra/linearOperator';
import type { BatchLoss } from '../operators/batchLoss';
import { valueOf } from '../quantity';
import { mean } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { atBatch, BATCH_MARK } from './batchLaw';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const SMALLEST = 8;
const MOST_SIZES = 4;
/** Batches of every size. */
const DRAWS = 6;
const TOLERANCE = 0.01;
const MOST_PRODUCTS = 40;

export const batchEdge: Study = {
  id: 'B4',
  title: 'Largest eigenvalue and learning rate by batch size',
  group: 'batchSize',
  quantities: ['B4.hessianNoise', 'B4.lambdaBatch', 'B4.limitAtBatch'],
  byDefault: false,
  needs: ['A1'],
  products: () => 100,
  run,
};

interface Measured {
  readonly batch: number;
  readonly value: number;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, ends, options } = context;
  if (!problem.separable) throw new StudyRefusal(problem.inseparableBecause ?? 'the loss is not a mean over samples');
  const lambda = ends?.top[0]?.value ?? 0;
  if (lambda <= 0) throw new StudyRefusal('no direction is curved upwards');
  const sizes = sizesFor(problem.sampleCount);
  if (sizes.length < 2) throw new StudyRefusal(`needs at least ${4 * SMALLEST} samples, not ${problem.sampleCount}`);
  const measured = await measure(context, sizes);
  const noises = Float64Array.from(measured, ({ batch, value }) => noiseFrom(lambda, value, batch));
  const spread = studentisedBootstrap(noises, context.random('spiked law'));
  const noise = Math.max(0, mean(noises));
  const [low, high] = [Math.max(0, noise - spread.below), noise + spread.above];
  const circumstances = { hvps: context.products(), samples: problem.sampleCount };
  const method = `${measured.length} batches of ${sizes.join(', ')}, Lanczos`;
  const { optimizer } = options;
  const { batch, quantities, remarks } = atBatch(
    { optimizer, samples: problem.sampleCount, quantity: context.quantity },
    lambda,
    { value: noise, low, high, method, hvps: circumstances.hvps },
  );
  return {
    quantities: [
      estimate('B4.hessianNoise', noise, { method, estimator: spread, sampling: null }, circumstances),
      ...quantities,
    ],
    charts: charts(context, { lambda, noise, low, high, batch }, measured),
    remarks,
  };
}

/** Powers of two from 8 to half of the samples, the smallest ones where there are more than can be afforded. */
function sizesFor(samples: number): number[] {
  const sizes: number[] = [];
  for (let size = SMALLEST; size <= samples / 2 && sizes.length < MOST_SIZES; size *= 2) sizes.push(size);
  return sizes;
}

async function measure(context: StudyContext, sizes: readonly number[]): Promise<Measured[]> {
  const { problem, engine } = context;
  const loss = context.batchLoss();
  const random = context.random('batches of Hessians');
  const measured: Measured[] = [];
  for (const batch of sizes)
    for (let draw = 0; draw < DRAWS; draw++) {
      const operator = hessianOfBatch(loss, problem.theta, drawn(problem.sampleCount, batch, random), engine.precision);
      const { pair } = await largestEigenvalue(operator, {
        tolerance: TOLERANCE,
        maxApplications: MOST_PRODUCTS,
        block: 1,
        random,
      });
      measured.push({ batch, value: pair?.value ?? NaN });
      context.progress(measured.length / (sizes.length * DRAWS));
    }
  return measured;
}

function hessianOfBatch(
  loss: BatchLoss,
  theta: Float64Array,
  samples: readonly number[],
  precision: keyof typeof ROUNDOFF,
): LinearOperator {
  let applications = 0;
  return {
    size: theta.length,
    blockSize: 1,
    roundoff: ROUNDOFF[precision],
    get applications() {
      return applications;
    },
    applyBlock: async (vectors) => {
      const products: Float64Array[] = [];
      for (const v of vectors) products.push(await loss.hessian(theta, samples, Float64Array.from(v)));
      applications += vectors.length;
      return products;
    },
  };
}

interface Law {
  readonly lambda: number;
  readonly noise: number;
  readonly low: number;
  readonly high: number;
  readonly batch: number;
}

function charts(context: StudyContext, law: Law, measured: readonly Measured[]): LineChart[] {
  const { lambda, noise, low, high, batch } = law;
  const sizes = Array.from({ length: 11 }, (_, i) => 2 ** (i + 1));
  const own = context.quantity('B1.limitGradientDescent');
  const descent = valueOf(own);
  const marks = [{ axis: 'x' as const, value: batch, label: BATCH_MARK }];
  const at = (c: number, size: number): number => eigenvalueOfBatch(lambda, c, size);
  const curve: LineChart = {
    kind: 'lines',
    title: "Largest eigenvalue of a batch's Hessian",
    caption: 'Points are single batches; the curve is the law of a spiked random matrix fitted to them.',
    x: { title: 'batch size', scale: 'log' },
    y: { title: 'largest eigenvalue', scale: 'log' },
    series: [
      {
        name: 'law',
        style: 'line',
        points: sizes.map((x) => ({ x, y: at(noise, x), low: at(low, x), high: at(high, x) })),
      },
      {
        name: 'measured',
        style: 'points',
        points: measured.filter(({ value }) => value > 0).map(({ batch: x, value: y }) => ({ x, y })),
      },
    ],
    marks: [...marks, { axis: 'y', value: lambda, label: 'all samples' }],
  };
  if (descent === undefined) return [curve];
  return [
    curve,
    {
      kind: 'lines',
      title: 'Largest stable learning rate by batch size',
      caption: 'Of plain gradient descent on the Hessian of a batch: 2/λ_B.',
      x: { title: 'batch size', scale: 'log' },
      y: { title: 'learning rate', scale: 'log' },
      series: [
        {
          name: 'limit',
          style: 'line',
          points: sizes.map((x) => ({
            x,
            y: (descent * lambda) / at(noise, x),
            low: (descent * lambda) / at(high, x),
            high: (descent * lambda) / at(low, x),
          })),
        },
      ],
      marks,
    },
  ];
}
