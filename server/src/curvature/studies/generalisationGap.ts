/** C5: how much larger the loss on new data is to be expected, from curvature and noise (Takeuchi's criterion). */
import { notComputed, scaledQuantity, withInterval } from '../analysis/quantities';
import { noiseLimits, type SampleGroup } from '../estimators/gapSampling';
import type { Probed } from '../estimators/hutchPlusPlus';
import { noiseAlong, noiseThroughSpectrum } from '../estimators/noiseThroughSpectrum';
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import type { Vector } from '../linearAlgebra/vector';
import { short } from '../numberText';
import { denseMatrix } from '../operators/dense';
import { combinedInterval, symmetricSpread, type Quantity, type Spread } from '../quantity';
import { dampingOf } from './damping';
import type { Known } from './reevaluation';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const PROBES = 4;
const STEPS = 30;
/** Parameters up to which every eigenvector is used. */
const LARGEST_EXACT = 300;
/** Samples are left out in so many groups for the sampling error, which needs some samples for each parameter: with fewer, the inverse of a sampled matrix is mostly an error itself. */
const GROUPS = 20;
const SAMPLES_PER_PARAMETER = 12;
/** −λmin over λmax from which on parameters are near no minimum: the trained examples of this repository keep 0.03 to 0.05, their initial weights have 0.2 to 1.2. */
const CLEARLY_NEGATIVE = 0.1;

export const generalisationGap: Study = {
  id: 'C5',
  title: 'Estimate of the generalisation gap',
  group: 'samples',
  quantities: ['C5.gap', 'C5.stepChange'],
  byDefault: false,
  needs: ['A1', 'C1'],
  products: () => PROBES * STEPS,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { ends, problem, options, point } = context;
  const samples = problem.sampleCount;
  if (samples < 3) throw new StudyRefusal(`needs at least 3 samples, not ${samples}`);
  const largest = ends?.top[0]?.value ?? 0;
  if (!(largest > 0)) throw new StudyRefusal('no direction is curved upwards');
  const { alpha, origin } = dampingOf(options, largest);
  const growth = gapGrowth({ optimizer: options.optimizer, samples, quantity: context.quantity });
  const reason = noMinimum(ends, largest, alpha);
  if (reason !== undefined) return { quantities: [notComputed('C5.gap', reason), growth] };
  const inverse = (eigenvalue: number): number => 1 / (Math.max(0, eigenvalue) + alpha) / samples;
  const exact = ends?.rows !== undefined && problem.theta.length <= LARGEST_EXACT;
  const { value, halfWidth } = exact ? await throughAll(context, inverse) : await throughProbes(context, inverse);
  const sampling = exact ? await samplingOf(context, inverse, alpha) : null;
  const gap = withInterval(
    'C5.gap',
    value,
    combinedInterval(value, symmetricSpread(halfWidth), sampling),
    {
      method: `${exact ? 'all eigenvectors' : `${PROBES} quadratures of ${STEPS} steps`}, α = ${short(alpha)} (${origin})`,
      ...(halfWidth > options.estimateTolerance * value
        ? { notResolved: `wider than asked for after ${PROBES} probes` }
        : {}),
    },
    { hvps: context.products(), samples },
  );
  return {
    quantities: [gap, growth],
    remarks: [
      `On new data the loss is to be expected about ${short(value)} above the ${short(point.loss)} of these ${samples} samples, were they the training set.`,
      ...(value > Math.abs(point.loss)
        ? ['That is more than the loss itself: the parameters are hardly near a minimum, where the estimate holds.']
        : []),
    ],
  };
}

/** Why these parameters are near no minimum of the damped loss: some direction is curved downwards beyond what damping, or noise about a minimum, makes up for. */
function noMinimum(ends: StudyContext['ends'], largest: number, alpha: number): string | undefined {
  const lowest = ends?.bottom[0];
  if (lowest === undefined) return undefined;
  const { value, error } = lowest;
  return value + error < -Math.max(alpha, CLEARLY_NEGATIVE * largest)
    ? `the estimate holds near a minimum only, and the loss is clearly curved downwards here: λmin = ${short(value)} against λmax = ${short(largest)}; analyse a later checkpoint`
    : undefined;
}

/** η·tr(C)/N, from known numbers alone. */
export function gapGrowth({ optimizer, samples, quantity }: Omit<Known, 'largest'>): Quantity {
  const id = 'C5.stepChange';
  const rate = optimizer?.learningRate ?? null;
  if (rate === null) return notComputed(id, 'the learning rate was not found in the training code');
  if (optimizer?.adaptive !== undefined || optimizer?.uncovered !== undefined)
    return notComputed(id, `known for plain SGD, not for ${optimizer.kind}`);
  const variance = quantity('C1.variance');
  return variance === undefined
    ? notComputed(id, 'needs the variance of gradients (C1)')
    : scaledQuantity(id, variance, rate / samples);
}

async function throughAll({ ends, perSample }: StudyContext, inverse: (eigenvalue: number) => number): Promise<Probed> {
  const { values, vector } = partialSymmetricEigen(ends?.rows ?? []);
  const pairs = Array.from(values, (value, k) => ({ value, vector: vector(k) }));
  return { value: await noiseAlong(perSample(), pairs, inverse), halfWidth: 0 };
}

/** By leaving out groups of samples, drawn at random; null where samples are too few for that, or where a direction has its inverse from the sign of an eigenvalue that noise may turn. */
async function samplingOf(
  context: StudyContext,
  inverse: (eigenvalue: number) => number,
  alpha: number,
): Promise<Spread | null> {
  const { problem, random, hessian, ends } = context;
  const { sampleCount, theta } = problem;
  if (sampleCount < Math.max(2 * GROUPS, SAMPLES_PER_PARAMETER * theta.length)) return null;
  if ((ends?.bottom[0]?.value ?? -Infinity) < -alpha) return null;
  const order = random('groups of samples').shuffled(Array.from({ length: sampleCount }, (_, i) => i));
  const members = Array.from({ length: GROUPS }, (_, g) => order.filter((_, i) => i % GROUPS === g));
  const rows = await context.perSample().gradientRows();
  const operators = await context.hessiansOf(members, (await hessian()).blockSize);
  const groups: SampleGroup[] = [];
  for (const [g, operator] of operators.entries())
    groups.push({ gradients: (members[g] ?? []).map((i) => rows[i] as Vector), hessian: await denseMatrix(operator) });
  const limits = noiseLimits(groups, inverse);
  if (limits === undefined) return null;
  const { value, low, high } = limits;
  return { shift: 0, below: value - low, above: high - value };
}

async function throughProbes(context: StudyContext, inverse: (eigenvalue: number) => number): Promise<Probed> {
  const { ends, problem } = context;
  const known = [...(ends?.top ?? []), ...(ends?.bottom ?? [])].filter(({ converged }) => converged);
  return noiseThroughSpectrum(await context.hessian(), context.perSample(), inverse, {
    samples: problem.sampleCount,
    probes: PROBES,
    steps: STEPS,
    known,
    random: context.random('generalisation gap'),
    onStep: context.progress,
  });
}
