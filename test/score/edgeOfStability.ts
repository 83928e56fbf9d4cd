/**
 * Known answers: full-batch training sharpens the loss until the optimizer's limit is reached and then stays there. Gradient descent ends with
 * λmax = 2/η (Cohen et al. 2021), Adam with a preconditioned sharpness of (2 + 2β₁)/((1 − β₁)η) = 38/η (Cohen et al. 2022).
 */
import {
  adaptiveThreshold,
  preconditionedOperator,
  preconditioner,
  type AdamSettings,
} from '../../server/src/curvature/estimators/adaptiveStability';
import { lanczos } from '../../server/src/curvature/estimators/lanczos';
import {
  adamStep,
  emptyAdamState,
  momentumStep,
  type OptimizerStep,
} from '../../server/src/curvature/estimators/optimizerSteps';
import type { LinearOperator } from '../../server/src/curvature/linearAlgebra/linearOperator';
import { createBatchLoss } from '../../server/src/curvature/operators/batchLoss';
import { createCurvatureOperator } from '../../server/src/curvature/operators/curvatureOperator';
import { hessianProduct } from '../../server/src/curvature/operators/hessian';
import { Random } from '../../server/src/curvature/random';
import { createReferenceEngine } from '../../server/src/engine/reference/referenceEngine';
import { chebyshevData, deepTanhRegression, problemOf } from '../unit/curvature/problems';

export interface EdgeAnswer {
  readonly name: string;
  readonly learningRate: number;
  readonly steps: number;
  /** Mean over the last part of the run. */
  readonly sharpness: number;
  readonly limit: number;
  readonly sharpnessAtStart: number;
}

/** Sharpness is measured so often in the last third, over which it is averaged. */
const MEASUREMENTS = 10;
const SAMPLES = 20;
const problem = problemOf(deepTanhRegression(32, 1), chebyshevData(SAMPLES, 4, 3));
const engine = createReferenceEngine();

async function largest(operator: LinearOperator): Promise<number> {
  const { top } = await lanczos(operator, {
    top: 1,
    bottom: 0,
    tolerance: 1e-4,
    maxApplications: 400,
    maxBasis: 80,
    block: 1,
    random: new Random(2, 'edge'),
    sketch: 0,
  });
  return top[0]?.value ?? NaN;
}

async function follow(
  step: OptimizerStep,
  learningRate: number,
  steps: number,
  view: (hessian: LinearOperator) => LinearOperator,
): Promise<{ sharpness: number; sharpnessAtStart: number }> {
  const loss = createBatchLoss(problem, engine, { chunk: SAMPLES });
  const all = Array.from({ length: SAMPLES }, (_, i) => i);
  const theta = Float64Array.from(problem.theta);
  const measure = async (): Promise<number> => {
    const options = { blockSize: 1, memoryLimit: 2 ** 28 };
    const hessian = await createCurvatureOperator({ ...problem, theta }, engine, hessianProduct, options);
    try {
      return await largest(view(hessian));
    } finally {
      hessian.dispose();
    }
  };
  const batch = {
    gradient: (at: Float64Array) => loss.gradient(at, all),
    gaussNewton: (at: Float64Array, v: Float64Array) => loss.gaussNewton(at, all, v),
  };
  await step(theta, batch, learningRate);
  const sharpnessAtStart = await measure();
  const measured: number[] = [];
  const first = Math.floor((2 * steps) / 3);
  const every = Math.floor((steps - first) / MEASUREMENTS);
  for (let taken = 1; taken < steps; taken++) {
    await step(theta, batch, learningRate);
    if (taken >= first && (taken - first) % every === 0) measured.push(await measure());
  }
  loss.dispose();
  return { sharpness: measured.reduce((sum, value) => sum + value / measured.length, 0), sharpnessAtStart };
}

export async function edgeAnswers(): Promise<EdgeAnswer[]> {
  const plain = { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 };
  const descent = { learningRate: 0.01, steps: 9000 };
  const adam: AdamSettings = {
    rule: 'Adam',
    beta1: 0.9,
    beta2: 0.999,
    eps: 1e-7,
    amsgrad: false,
    decoupled: false,
    momentumDecay: null,
  };
  const adaptive = { learningRate: 1e-3, steps: 9000 };
  const state = emptyAdamState(problem.theta.length);
  const ofAdam = (hessian: LinearOperator): LinearOperator =>
    preconditionedOperator(hessian, preconditioner(adam, state), 0);
  return [
    {
      name: 'gradient descent, λmax against 2/η',
      ...descent,
      limit: 2 / descent.learningRate,
      ...(await follow(momentumStep(plain), descent.learningRate, descent.steps, (hessian) => hessian)),
    },
    {
      name: 'Adam, preconditioned sharpness against 38/η',
      ...adaptive,
      limit: adaptiveThreshold(adam, 0, Infinity).product / adaptive.learningRate,
      ...(await follow(adamStep(adam, 0, state), adaptive.learningRate, adaptive.steps, ofAdam)),
    },
  ];
}
