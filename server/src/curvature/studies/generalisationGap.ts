/** C5: how much larger the loss on new data is to be expected, from curvature and noise (Takeuchi's criterion). */
import { notComputed, scaledQuantity, withInterval } from '../analysis/quantities';
import type { Probed } from '../estimators/hutchPlusPlus';
import { noiseAlong, noiseThroughSpectrum } from '../estimators/noiseThroughSpectrum';
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import { short } from '../numberText';
import type { Quantity } from '../quantity';
import { dampingOf } from './damping';
import type { Known } from './reevaluation';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const PROBES = 4;
const STEPS = 30;
/** Parameters up to which every eigenvector is used. */
const LARGEST_EXACT = 300;
/** −λmin over λmax from which on parameters are near no minimum; trained networks keep smaller negative eigenvalues. */
const CLEARLY_NEGATIVE = 0.05;

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
  const gap = withInterval(
    'C5.gap',
    value,
    { low: Math.max(0, value - halfWidth), high: value + halfWidth, estimator: halfWidth, sampling: null },
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
