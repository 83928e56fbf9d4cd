import { describe, expect, test } from 'vitest';
import type { FoundOptimizer } from '../../../server/src/curvature/analysis/stability';
import {
  adaptiveThreshold,
  lookAhead,
  preconditioner,
  type AdamSettings,
  type AdaptiveSettings,
  type RmspropSettings,
} from '../../../server/src/curvature/estimators/adaptiveStability';
import { largestStableRate } from '../../../server/src/curvature/estimators/stability';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { classificationData, mlp, problemOf } from './problems';
import { computed, denseOf, reference, runStudy } from './studyRun';

const adam: AdamSettings = {
  rule: 'Adam',
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  amsgrad: false,
  decoupled: false,
  momentumDecay: null,
};
const rmsprop: RmspropSettings = { rule: 'RMSprop', alpha: 0.99, eps: 1e-8, momentum: 0, centered: false };
const adagrad: AdaptiveSettings = { rule: 'Adagrad', eps: 1e-10, learningRateDecay: 0, initialAccumulator: 0 };

const optimizerOf = (adaptive: AdaptiveSettings, changes: Partial<FoundOptimizer> = {}): FoundOptimizer => ({
  kind: adaptive.rule,
  learningRate: 0.01,
  momentum: 0,
  nesterov: false,
  dampening: 0,
  weightDecay: 0,
  batchSize: 16,
  description: `${adaptive.rule}(lr=0.01)`,
  adaptive,
  ...changes,
});

/** |x| after steps of the optimizer with frozen P on ½κx², weight decay ω decoupled. */
function simulate(settings: AdaptiveSettings, kappa: number, rate: number, decay: number, step: number): number {
  let [x, m] = [1, 0];
  for (let i = 0; i < 20_000 && Math.abs(x) < 1e12; i++) {
    const g = kappa * x;
    if (settings.rule === 'Adam') {
      const mu = lookAhead(settings, step);
      m = settings.beta1 * m + (1 - settings.beta1) * g;
      x = (1 - rate * decay) * x - rate * (mu * m + (1 - mu) * g);
    } else {
      const momentum = settings.rule === 'RMSprop' ? settings.momentum : 0;
      m = momentum * m + g;
      x -= rate * m;
    }
  }
  return Math.abs(x);
}

describe.each<[string, AdaptiveSettings, number, number]>([
  ['Adam', adam, 0, Infinity],
  ['AdamW', { ...adam, decoupled: true }, 0.3, Infinity],
  ['Adam with β₁ = 0', { ...adam, beta1: 0 }, 0, Infinity],
  ['NAdam at its end', { ...adam, momentumDecay: 4e-3 }, 0, Infinity],
  ['NAdam after 100 steps with weight decay', { ...adam, momentumDecay: 4e-3, decoupled: true }, 0.3, 100],
  ['RMSprop', rmsprop, 0, Infinity],
  ['RMSprop with momentum', { ...rmsprop, momentum: 0.8 }, 0, Infinity],
  ['Adagrad', adagrad, 0, 10],
])('%s with its preconditioner held fixed', (_, settings, decay, step) => {
  test.each([0.1, 40])('converges just below its limit and diverges just above, κ = %f', (kappa) => {
    const limit = largestStableRate(adaptiveThreshold(settings, decay, step), kappa);
    expect(simulate(settings, kappa, 0.99 * limit, decay, step)).toBeLessThan(1e-6);
    expect(simulate(settings, kappa, 1.01 * limit, decay, step)).toBeGreaterThan(1e6);
  });
});

test('the published limit of Adam is 38/η at β₁ = 0.9', () => {
  expect(adaptiveThreshold(adam, 0, Infinity).product).toBeCloseTo(38, 10);
  expect(adaptiveThreshold({ ...adam, beta1: 0 }, 0, Infinity).product).toBeCloseTo(2, 12);
});

test('bias corrections of a young state', () => {
  const [p] = preconditioner(adam, { second: Float64Array.of(0.001 * 9), step: 1 });
  expect(p).toBeCloseTo(0.1 * 3, 6);
});

const problem = problemOf(mlp([4, 5, 3], 3), classificationData(40, 4, 3, 5));

/** λmax of P^(−½)(H + ωI)P^(−½) from dense matrices. */
async function denseSharpness(diagonal: Float64Array, decay = 0): Promise<number> {
  const rows = await denseOf(problem);
  const scaled = rows.map((row, i) =>
    row.map((entry, j) => (entry + (i === j ? decay : 0)) / Math.sqrt((diagonal[i] ?? 0) * (diagonal[j] ?? 0))),
  );
  return Math.max(...symmetricEigen(scaled).values);
}

/** E[g_B²] from single gradients. */
async function stationary(batchSize: number, decay: number): Promise<Float64Array> {
  const gradients: Float64Array[] = [];
  for (let i = 0; i < problem.sampleCount; i++) {
    const single: Problem = { ...problem, sampleCount: 1, batch: () => problem.batch([i]) };
    gradients.push((await (await createGradient(single, reference, { batch: 1 })).evaluate(problem.theta)).gradient);
  }
  const n = gradients.length;
  return problem.theta.map((theta, j) => {
    const values = gradients.map((g) => g[j] ?? NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
    return (mean + decay * theta) ** 2 + variance / batchSize;
  });
}

describe('the preconditioned sharpness of a network equals its dense definition', () => {
  test('with the state of the checkpoint, Adam', async () => {
    const random = new Random(4, 'state');
    const second = problem.theta.map(() => 1e-4 * random.uniform());
    const optimizerState = { moments: new Map([['exp_avg_sq', second]]), step: 20, learningRate: null };
    const result = await runStudy(problem, ['B2'], { optimizer: optimizerOf(adam), optimizerState });
    const bias = [1 - 0.9 ** 20, 1 - 0.999 ** 20];
    const diagonal = second.map((v) => (bias[0] ?? 0) * (Math.sqrt(v / (bias[1] ?? 1)) + 1e-8));
    const truth = await denseSharpness(diagonal);
    const quantity = computed(result, 'B2.preconditionedSharpness');
    expect(quantity.value / truth).toBeCloseTo(1, 5);
    expect(quantity.interval.low).toBeLessThanOrEqual(truth);
    expect(quantity.interval.high).toBeGreaterThanOrEqual(truth);
  });

  test.each<[string, AdaptiveSettings, number]>([
    ['Adam with L2 decay', adam, 0.02],
    ['RMSprop', rmsprop, 0],
  ])('with squares of mini-batch gradients, %s', async (_, settings, decay) => {
    const optimizer = optimizerOf(settings, { weightDecay: decay });
    const result = await runStudy(problem, ['B1'], { optimizer });
    const diagonal = (await stationary(16, decay)).map((v) => Math.sqrt(v) + 1e-8);
    const truth = await denseSharpness(diagonal, decay);
    expect(computed(result, 'B2.preconditionedSharpness').value / truth).toBeCloseTo(1, 5);
    const product = settings.rule === 'Adam' ? 38 : 2;
    expect(computed(result, 'B1.limit').value / (product / truth)).toBeCloseTo(1, 5);
    expect(computed(result, 'B1.margin').value / ((0.01 * truth) / product)).toBeCloseTo(1, 5);
  });

  test('Adagrad needs its sum or the number of steps', async () => {
    const without = await runStudy(problem, ['B2'], { optimizer: optimizerOf(adagrad) });
    expect(without.quantities['B2.preconditionedSharpness']).toMatchObject({
      notComputed: expect.stringMatching(/neither the sum nor the number of steps/) as unknown,
    });
    const second = problem.theta.map(() => 0.04);
    const optimizerState = { moments: new Map([['sum', second]]), step: 7, learningRate: null };
    const result = await runStudy(problem, ['B2'], { optimizer: optimizerOf(adagrad), optimizerState });
    const truth = await denseSharpness(second.map((v) => Math.sqrt(v) + 1e-10));
    expect(computed(result, 'B2.preconditionedSharpness').value / truth).toBeCloseTo(1, 5);
  });

  test('is part of the default set exactly for adaptive optimizers', async () => {
    const adaptive = await runStudy(problem, ['default'], { optimizer: optimizerOf(adam) });
    expect(adaptive.studies.map(({ id }) => id)).toContain('B2');
    const other = await runStudy(problem, ['default'], { optimizer: null });
    expect(other.studies.map(({ id }) => id)).not.toContain('B2');
  });
});
