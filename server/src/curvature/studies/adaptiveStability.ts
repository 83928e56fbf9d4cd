/** B2: the curvature that an adaptive optimizer meets, λmax of P^(−½)HP^(−½). */
import { stepsTaken } from '../analysis/optimizerState';
import { estimate } from '../analysis/quantities';
import type { FoundOptimizer } from '../analysis/stability';
import { batchVariance, momentsOfState, stationaryMoments } from '../estimators/adaptiveMoments';
import {
  adaptiveThreshold,
  preconditionedOperator,
  preconditioner,
  type AdaptiveMoments,
  type AdaptiveSettings,
} from '../estimators/adaptiveStability';
import type { RitzPair } from '../estimators/lanczos';
import { largestEigenvalue } from '../estimators/largestEigenvalue';
import { eigenvalueSampling } from '../estimators/eigenvalueSampling';
import type { SampleForms } from '../estimators/traceSampling';
import { largestStableRate } from '../estimators/stability';
import type { Vector } from '../linearAlgebra/vector';
import type { CurvatureOperator } from '../operators/curvatureOperator';
import type { PerSample } from '../operators/perSample';
import { symmetricSpread, type Spread } from '../quantity';
import type { Problem } from '../problem';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const MOST_PRODUCTS = 400;
const MOST_BASIS = 120;

export const adaptiveStability: Study = {
  id: 'B2',
  title: 'Stability of an adaptive optimizer',
  group: 'stability',
  quantities: ['B2.preconditionedSharpness'],
  byDefault: ({ optimizer }) => optimizer?.adaptive !== undefined,
  serves: 'B1',
  products: () => 60,
  run,
};

/** Where the second moment comes from. */
interface Preconditioner {
  readonly diagonal: Float64Array;
  readonly origin: string;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { optimizer, training } = context.options;
  if (optimizer === null) throw new StudyRefusal('no optimizer was found in the training code');
  const { adaptive } = optimizer;
  if (adaptive === undefined)
    throw new StudyRefusal(optimizer.uncovered ?? `${optimizer.kind} has no preconditioner: see B1`);
  const problem = training ?? context.problem;
  const hessian = training === undefined ? await context.hessian() : await context.hessianOf(training);
  const { diagonal, origin } = await preconditionerOf(context, problem, adaptive, optimizer);
  const decay = isDecoupled(adaptive) ? 0 : optimizer.weightDecay;
  const pair = await largestPair(context, preconditionedOperator(hessian, diagonal, decay), hessian);
  const sampling = await samplingOf(context, problem, pair, diagonal);
  const sharpness = estimate(
    'B2.preconditionedSharpness',
    pair.value,
    {
      method: `Lanczos on P^(−½)HP^(−½), ${origin}, ${context.products()} products`,
      estimator: symmetricSpread(pair.error),
      sampling,
      ...(pair.converged ? {} : { notResolved: `not converged: residual ${pair.residual.toPrecision(2)}` }),
    },
    { hvps: context.products(), samples: problem.sampleCount },
  );
  const threshold = adaptiveThreshold(adaptive, optimizer.weightDecay, stepsTaken(context.options));
  const limit = largestStableRate(threshold, pair.value);
  return {
    quantities: [sharpness],
    remarks: [
      `With its preconditioner held fixed, ${optimizer.kind} is stable below a learning rate of ${limit.toPrecision(3)}: ${threshold.product.toPrecision(4)} over a preconditioned sharpness of ${pair.value.toPrecision(3)}.`,
      `The preconditioner comes from ${origin}.`,
    ],
  };
}

const isDecoupled = (settings: AdaptiveSettings): boolean => settings.rule === 'Adam' && settings.decoupled;

async function preconditionerOf(
  context: StudyContext,
  problem: Problem,
  settings: AdaptiveSettings,
  optimizer: FoundOptimizer,
): Promise<Preconditioner> {
  const { optimizerState } = context.options;
  const stored = optimizerState === undefined ? undefined : momentsOfState(settings, optimizerState);
  const moments = stored ?? (await measuredMoments(context, problem, settings, optimizer));
  if (moments === undefined)
    throw new StudyRefusal(
      `${optimizer.kind} adds up all squared gradients of the run, and the checkpoint has neither the sum nor the number of steps`,
    );
  const diagonal = preconditioner(settings, moments);
  if (diagonal.some((p) => !(p > 0)))
    throw new StudyRefusal(`${optimizer.kind} divides by zero for parameters without a gradient, since its eps is 0`);
  const origin = stored === undefined ? measuredOrigin(problem, optimizer) : "the optimizer's state in the checkpoint";
  return { diagonal, origin };
}

function measuredOrigin({ separable }: Problem, { batchSize }: FoundOptimizer): string {
  if (!separable) return 'the squared gradient of one batch here (no optimizer state)';
  const gradients =
    batchSize === null
      ? 'the full gradient, since the batch size is not known,'
      : `gradients of batches of ${batchSize}`;
  return `squares of ${gradients} at these parameters (no optimizer state)`;
}

async function measuredMoments(
  context: StudyContext,
  problem: Problem,
  settings: AdaptiveSettings,
  { weightDecay, batchSize }: FoundOptimizer,
): Promise<AdaptiveMoments | undefined> {
  const gradient =
    problem === context.problem
      ? context.point.gradient
      : (await (await context.gradientOf(problem)).evaluate(problem.theta)).gradient;
  const l2 = isDecoupled(settings) ? 0 : weightDecay;
  const mean = gradient.map((g, i) => g + l2 * (problem.theta[i] as number));
  const variance =
    problem.separable && batchSize !== null
      ? batchVariance(await context.perSample().secondMoments(), gradient, problem.sampleCount, batchSize)
      : null;
  return stationaryMoments(settings, { mean, variance }, stepsTaken(context.options));
}

async function largestPair(
  context: StudyContext,
  operator: ReturnType<typeof preconditionedOperator>,
  hessian: CurvatureOperator,
): Promise<RitzPair> {
  const { pair } = await largestEigenvalue(operator, {
    tolerance: context.options.eigenvalueTolerance,
    maxApplications: MOST_PRODUCTS,
    maxBasis: MOST_BASIS,
    block: Math.min(hessian.blockSize, hessian.size),
    random: context.random('preconditioned'),
    onStep: ({ applications }) => context.progress(applications / MOST_PRODUCTS),
  });
  if (pair === undefined) throw new StudyRefusal('no eigenvalue was found');
  return pair;
}

/** Of the samples behind H, with P as it is. */
async function samplingOf(
  context: StudyContext,
  problem: Problem,
  pair: RitzPair,
  diagonal: Float64Array,
): Promise<Spread | null> {
  if (!problem.separable || problem !== context.problem) return null;
  const [spread] = await eigenvalueSampling(preconditionedForms(context.perSample(), diagonal), [pair], {
    rest: 0,
    random: context.random('sampling preconditioned'),
    samples: problem.sampleCount,
  });
  return spread ?? null;
}

function preconditionedForms(forms: Pick<PerSample, 'bilinear'>, diagonal: Float64Array): SampleForms {
  // Pairs that share a vector still do.
  const scaled = new Map<Vector, Float64Array>();
  const scale = (v: Vector): Float64Array => {
    const known = scaled.get(v) ?? Float64Array.from(v, (value, i) => value / Math.sqrt(diagonal[i] as number));
    scaled.set(v, known);
    return known;
  };
  return { bilinear: (pairs) => forms.bilinear(pairs.map(([u, v]) => [scale(u), scale(v)] as const)) };
}
