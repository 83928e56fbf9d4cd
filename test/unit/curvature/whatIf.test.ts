import { describe, expect, test } from 'vitest';
import type { FoundOptimizer } from '../../../server/src/curvature/analysis/stability';
import {
  adagradStep,
  adamStep,
  gaussNewtonStep,
  momentumStep,
  rmspropStep,
  sharpnessAwareStep,
  type OptimizerStep,
  type StepBatch,
} from '../../../server/src/curvature/estimators/optimizerSteps';
import { trainingRun } from '../../../server/src/curvature/estimators/trainingRun';
import { createBatchLoss } from '../../../server/src/curvature/operators/batchLoss';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { Random } from '../../../server/src/curvature/random';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { computed, reference, runStudy } from './studyRun';

const plain = { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 };
const adam = {
  rule: 'Adam',
  beta1: 0.8,
  beta2: 0.9,
  eps: 1e-3,
  amsgrad: false,
  decoupled: false,
  momentumDecay: null,
} as const;

/** L = ½ Σ hᵢθᵢ² with h = (1, 4). */
const CURVATURES = [1, 4];
const quadratic: StepBatch = {
  gradient: (theta) =>
    Promise.resolve({
      loss: theta.reduce((sum, x, i) => sum + 0.5 * (CURVATURES[i] ?? 0) * x * x, 0),
      gradient: theta.map((x, i) => (CURVATURES[i] ?? 0) * x),
    }),
  gaussNewton: (_, v) => Promise.resolve(v.map((x, i) => (CURVATURES[i] ?? 0) * x)),
};

/** θ after three steps from (1, −2) at η = 0.1, by torch.optim 2.13 in float64. */
const rmsprop = { rule: 'RMSprop', alpha: 0.9, eps: 1e-3, momentum: 0, centered: false } as const;
const adagrad = { rule: 'Adagrad', eps: 1e-3, learningRateDecay: 0.1, initialAccumulator: 0.2 } as const;
const truth: readonly (readonly [string, OptimizerStep, readonly [number, number]])[] = [
  ['momentum', momentumStep({ ...plain, momentum: 0.9, weightDecay: 0.01 }), [0.481324499, 1.084492802]],
  ['dampening', momentumStep({ ...plain, momentum: 0.9, dampening: 0.5 }), [0.60525, 0.672]],
  ['Nesterov', momentumStep({ ...plain, momentum: 0.9, nesterov: true }), [0.327321, 0.866592]],
  ['Adam', adamStep(adam, 0.01), [0.702028282927999, -1.700721634983475]],
  ['AdamW', adamStep({ ...adam, decoupled: true }, 0.1), [0.6755600740347871, -1.6444795196695066]],
  ['NAdam', adamStep({ ...adam, momentumDecay: 4e-3 }, 0), [0.7304795583874403, -1.7246001862738598]],
  ['RMSprop', rmspropStep({ ...rmsprop, momentum: 0.5 }, 0.01), [0.07845026571415536, -0.9803842086728052]],
  ['RMSprop, centred', rmspropStep({ ...rmsprop, centered: true }, 0), [0.3251497927759577, -1.2455963403104322]],
  ['Adagrad', adagradStep(adagrad, 0), [0.8080620425858261, -1.791440571070659]],
];

describe.each(truth)('%s', (_, step, expected) => {
  test('takes the steps of torch.optim', async () => {
    const theta = Float64Array.of(1, -2);
    for (let i = 0; i < 3; i++) await step(theta, quadratic, 0.1);
    expected.forEach((value, i) => expect(theta[i]).toBeCloseTo(value, 12));
  });
});

test('SAM steps by the gradient at θ + ρg/‖g‖', async () => {
  const theta = Float64Array.of(1, -2);
  const g = [1, -8];
  const length = Math.hypot(...g);
  await sharpnessAwareStep(momentumStep(plain), 0.05)(theta, quadratic, 0.1);
  [1, -2].forEach((x, i) => {
    const moved = x + (0.05 * (g[i] ?? 0)) / length;
    expect(theta[i]).toBeCloseTo(x - 0.1 * (CURVATURES[i] ?? 0) * moved, 12);
  });
});

test('Gauss–Newton reaches the minimum of a quadratic in one step', async () => {
  const theta = Float64Array.of(1, -2);
  await gaussNewtonStep(0, 10)(theta, quadratic, 1);
  for (const x of theta) expect(x).toBeCloseTo(0, 10);
});

describe('a trial on least squares', () => {
  const data = classificationData(40, 3, 2, 6);
  const problem = problemOf(leastSquares(Float64Array.of(0.5, -0.2, 0.1)), data);
  const sgd = (learningRate: number): FoundOptimizer => ({
    ...plain,
    kind: 'SGD',
    learningRate,
    batchSize: 40,
    description: 'SGD',
  });

  test('rises exactly above 2/λ, and its curve is that of gradient descent', async () => {
    const { limit } = (await runStudy(problem, ['B1'], { optimizer: sgd(1) })).stability;
    const edge = 'value' in limit ? limit.value : NaN;
    for (const [factor, holds] of [
      [0.98, true],
      [1.1, false],
    ] as const) {
      const result = await runStudy(problem, ['B10.rise'], { optimizer: sgd(factor * edge) });
      expect(computed(result, 'B10.rise').value > 0.2).toBe(!holds);
    }
    const loss = createBatchLoss(problem, reference, { chunk: 40 });
    const theta = Float64Array.from(problem.theta);
    const settings = { steps: 5, learningRate: 0.3 * edge, batchSize: 40, sampleCount: 40, every: 2 };
    const run = await trainingRun(loss, theta, momentumStep(plain), { ...settings, random: new Random(1) });
    const gradient = await createGradient(problem, reference, { batch: 40 });
    const own = Float64Array.from(problem.theta);
    for (const { loss: seen } of run.curve) {
      const { loss: truth, gradient: g } = await gradient.evaluate(own);
      expect(seen).toBeCloseTo(truth, 10);
      g.forEach((slope, i) => (own[i] = (own[i] ?? 0) - 0.3 * edge * slope));
    }
    expect(run.curve.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('compares learning rates and optimizers when asked', async () => {
    const result = await runStudy(problem, ['B1', 'B10'], { optimizer: sgd(0.01) });
    const study = result.studies.find(({ id }) => id === 'B10');
    expect(study?.tables[0]?.rows.length).toBe(6 + 8);
    expect(study?.charts.length).toBe(2);
    const stable = computed(result, 'B10.largestStable');
    expect(stable.value).toBeGreaterThanOrEqual(0.04);
    expect(stable.interval.low).toBe(stable.value);
  });
});

test('without an optimizer only the others are tried', async () => {
  const problem = problemOf(mlp([3, 4, 2], 1), classificationData(20, 3, 2, 2));
  const own = await runStudy(problem, ['B10.rise']);
  expect(own.quantities['B10.rise']).toMatchObject({ notComputed: 'no optimizer was found in the training code' });
  const { studies } = await runStudy(problem, ['B1', 'B10']);
  expect(studies.find(({ id }) => id === 'B10')?.tables[0]?.rows.length).toBe(8);
});
