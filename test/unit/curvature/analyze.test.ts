import { beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../../server/src/curvature/analysis/analyze';
import type { AnalysisOptions } from '../../../server/src/curvature/analysis/options';
import type { FoundOptimizer } from '../../../server/src/curvature/analysis/stability';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import { createCurvatureOperator } from '../../../server/src/curvature/operators/curvatureOperator';
import { denseMatrix } from '../../../server/src/curvature/operators/dense';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import { PerSample } from '../../../server/src/curvature/operators/perSample';
import type { Estimate, Quantity } from '../../../server/src/curvature/quantity';
import { isComputed } from '../../../server/src/curvature/quantity';
import { Random } from '../../../server/src/curvature/random';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import { classificationData, leastSquares, mlp, problemOf } from './problems';

const engine = createReferenceEngine();
const sgd: FoundOptimizer = {
  kind: 'SGD',
  learningRate: 0.1,
  momentum: 0.9,
  nesterov: false,
  dampening: 0,
  weightDecay: 0.01,
  batchSize: 32,
  description: 'SGD(lr=0.1, momentum=0.9, weight_decay=0.01)',
};
const options = (changes: Partial<AnalysisOptions> = {}): AnalysisOptions => ({
  top: 3,
  probes: 64,
  eigenvalueTolerance: 1e-9,
  estimateTolerance: 0.05,
  seed: 1,
  memoryLimit: 2 ** 28,
  optimizer: sgd,
  provenance: {
    model: 'net',
    file: 'model.py',
    line: 1,
    checkpoint: null,
    checkpointHash: null,
    step: null,
    data: 'synthetic',
    dataHash: null,
    loss: 'cross entropy',
    reduction: 'mean over samples',
    mode: 'eval',
    notes: [],
  },
  ...changes,
});

const computed = (quantity: Quantity | undefined): Estimate => {
  if (quantity === undefined || !isComputed(quantity)) throw new Error(`not computed: ${JSON.stringify(quantity)}`);
  return quantity;
};
const holds = (quantity: Quantity | undefined, truth: number): boolean => {
  const { low, high } = computed(quantity).interval;
  const rounding = 1e-9 * Math.abs(truth);
  return (low === null || low <= truth + rounding) && (high === null || truth - rounding <= high);
};

describe('a small network, where everything is exact', () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));
  let result: AnalysisResult;
  let rows: Float64Array[];
  let values: Float64Array;
  beforeAll(async () => {
    result = await analyze(problem, engine, options());
    rows = await denseMatrix(
      await createCurvatureOperator(problem, engine, hessianProduct, { blockSize: 8, memoryLimit: 2 ** 28 }),
    );
    values = symmetricEigen(rows, false).values;
  });

  test('eigenvalues at both ends, trace and Frobenius norm are those of the dense Hessian', () => {
    result.spectrum.top.forEach(({ value }, i) => expect(value).toBeCloseTo(values.at(-1 - i) ?? NaN, 10));
    result.spectrum.bottom.forEach(({ value }, i) => expect(value).toBeCloseTo(values[i] ?? NaN, 10));
    expect(computed(result.spectrum.trace).value).toBeCloseTo(
      values.reduce((a, b) => a + b),
      10,
    );
    expect(computed(result.spectrum.frobenius).value).toBeCloseTo(norm(values), 10);
    expect(computed(result.quantities['A1.lambdaMax']).value).toBe(result.spectrum.top[0]?.value);
    expect(result.spectrum.density).toMatchObject({ exact: true });
  });

  test('layers sum to the trace, and their largest eigenvalues are those of the blocks', () => {
    const sum = result.layers.reduce((total, { trace }) => total + computed(trace).value, 0);
    expect(sum).toBeCloseTo(computed(result.spectrum.trace).value, 10);
    const block = rows.slice(0, 24).map((row) => row.slice(0, 24));
    expect(result.layers[0]).toMatchObject({ name: 'fc1', parameters: 24 });
    expect(computed(result.layers[0]?.lambdaMax).value).toBeCloseTo(symmetricEigen(block, false).values[23] ?? NaN, 6);
    const shares = result.layers.map(({ traceShare }) => traceShare ?? NaN);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  });

  test('gradient noise is that of the samples one by one', async () => {
    const perSample = new PerSample(problem, engine, { memoryLimit: 2 ** 28, batch: 100, blockSize: 8 });
    const units = Array.from({ length: 60 }, (_, i) => Float64Array.from({ length: 60 }, (__, j) => (i === j ? 1 : 0)));
    const gradients = await perSample.weightedGradients(units);
    const { gradient } = await (await createGradient(problem, engine, { batch: 100 })).evaluate(problem.theta);
    const variance = gradients.reduce((sum, g) => sum + norm(g.map((x, j) => x - (gradient[j] ?? 0))) ** 2, 0) / 59;
    expect(computed(result.gradient.norm).value).toBeCloseTo(norm(gradient), 10);
    expect(computed(result.gradient.variance).value).toBeCloseTo(variance, 9);
    expect(computed(result.gradient.noiseScale).value).toBeCloseTo(variance / (norm(gradient) ** 2 - variance / 60), 8);
    const product = Float64Array.from(rows, (row) => dot(row, gradient));
    expect(dot(gradient, product)).not.toBe(0);
  });

  test('the learning rate is measured against 2(1 + β)/(λmax + ω)', () => {
    const lambda = values.at(-1) ?? NaN;
    expect(computed(result.stability.limit).value).toBeCloseTo(3.8 / (lambda + 0.01), 10);
    expect(computed(result.stability.margin).value).toBeCloseTo((0.1 * (lambda + 0.01)) / 3.8, 10);
    expect(computed(result.stability.limits.gradientDescent).value).toBeCloseTo(2 / (lambda + 0.01), 10);
    expect(holds(result.stability.limit, 3.8 / (lambda + 0.01))).toBe(true);
  });

  test('guards pass, every quantity has an interval around its value and a provenance', () => {
    expect(result.guards.map(({ verdict }) => verdict)).toEqual(['passed', 'passed', 'passed']);
    expect(result.complete).toBe(true);
    for (const [id, quantity] of Object.entries(result.quantities)) {
      expect(quantity.id).toBe(id);
      if (!isComputed(quantity)) {
        expect(quantity.notComputed, id).not.toBe('');
        continue;
      }
      const { low, high } = quantity.interval;
      expect(low ?? -Infinity, id).toBeLessThanOrEqual(quantity.value);
      expect(high ?? Infinity, id).toBeGreaterThanOrEqual(quantity.value);
      expect(quantity.method, id).not.toBe('');
      expect(quantity.source, id).not.toBe('');
      expect(quantity.samples, id).toBeGreaterThan(0);
    }
  });

  test('the cost of the parts is that of the whole', () => {
    const { parts, hvps, seconds } = result.cost;
    const sum = (part: 'hvps' | 'seconds' | 'programs' | 'runs'): number =>
      parts.reduce((all, each) => all + each[part], 0);
    expect(parts.map(({ name }) => name)).toContain('largest and smallest eigenvalues');
    expect(sum('hvps')).toBe(hvps);
    expect(hvps).toBeGreaterThan(0);
    expect(sum('seconds')).toBeLessThanOrEqual(seconds + 1e-3);
    expect(sum('seconds')).toBeGreaterThan(0.5 * seconds);
    expect(sum('runs')).toBeGreaterThan(sum('programs'));
  });

  test('the same seed gives the same numbers', async () => {
    const again = await analyze(problem, engine, options());
    const stable = ({ quantities }: AnalysisResult): string => JSON.stringify(quantities);
    expect(stable(again)).toBe(stable(result));
  });

  test('only what was asked for is computed, the rest says so', async () => {
    const part = await analyze(problem, engine, options({ quantities: ['A1', 'B1'] }));
    expect(computed(part.quantities['A1.lambdaMax']).value).toBeCloseTo(values.at(-1) ?? NaN, 10);
    expect(isComputed(part.spectrum.trace)).toBe(false);
    expect(isComputed(part.gradient.noiseScale)).toBe(false);
    expect(isComputed(part.stability.margin)).toBe(true);
  });

  test('samples that see each other have no sampling error, and that is said', async () => {
    const reason = 'in train mode the samples of a batch share their statistics';
    const coupled = await analyze({ ...problem, separable: false, inseparableBecause: reason }, engine, options());
    expect(coupled.spectrum.top[0]?.interval.sampling).toBeNull();
    expect(coupled.gradient.noiseScale).toMatchObject({ notComputed: reason });
    expect(coupled.spectrum.top[0]?.value).toBeCloseTo(values.at(-1) ?? NaN, 10);
  });

  test('progress grows, the largest eigenvalue comes before the trace', async () => {
    const fractions: number[] = [];
    const partials: AnalysisResult[] = [];
    await analyze(
      problem,
      engine,
      options({
        onProgress: (_, fraction) => fractions.push(fraction),
        onPartial: (partial) => partials.push(partial),
      }),
    );
    fractions.slice(1).forEach((fraction, i) => expect(fraction).toBeGreaterThanOrEqual((fractions[i] ?? 0) - 1e-12));
    expect(Math.max(...fractions)).toBeLessThanOrEqual(1 + 1e-12);
    expect(partials.length).toBeGreaterThan(1);
    expect(partials[0]).toMatchObject({ complete: false });
    expect(computed(partials[0]?.quantities['C1.gradientNorm']).value).toBeGreaterThan(0);
    expect(partials[1]?.spectrum.top[0]?.value).toBeCloseTo(values.at(-1) ?? NaN, 10);
    expect(isComputed(partials[1]?.spectrum.trace ?? { id: '', notComputed: '' })).toBe(false);
  });

  test('a cancelled analysis ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const running = analyze(
      problem,
      engine,
      options({
        signal: controller.signal,
        onPartial: () => controller.abort(new Error('stopped by the user')),
      }),
    );
    await expect(running).rejects.toThrow('stopped by the user');
  });

  test('parameters at which the loss is not finite are an error that says so', async () => {
    const broken = { ...problem, theta: problem.theta.map((x, i) => (i === 3 ? NaN : x)) };
    await expect(analyze(broken, engine, options())).rejects.toThrow(/not finite/);
  });
});

describe('more parameters than a dense matrix can hold', () => {
  // Least squares: H = (2/N)XᵀX has the eigenvalues of the N × N matrix (2/N)XXᵀ, and zeros.
  const [p, n] = [7000, 40];
  const { x, y } = classificationData(n, p, 2, 9);
  x.forEach((row, i) => (row[1] = (row[1] ?? 0) * (1 + 8 * (i % 2))));
  const problem = problemOf(leastSquares(new Random(2).gaussianVector(p).map((w) => w / 50)), { x, y });
  const gram = x.map((a) => Float64Array.from(x, (b) => (2 / n) * dot(a, b)));
  const values = symmetricEigen(gram, false).values;
  const trace = values.reduce((a, b) => a + b);
  let result: AnalysisResult;
  beforeAll(async () => {
    result = await analyze(
      problem,
      engine,
      options({ eigenvalueTolerance: 1e-8, probes: 32, quantities: ['A', 'A1', 'A2', 'A3', 'A4'] }),
    );
  });

  test('eigenvalues are those of the Gram matrix', () => {
    result.spectrum.top.forEach(({ value, converged }, i) => {
      expect(converged).toBe(true);
      expect(Math.abs(value / (values.at(-1 - i) ?? NaN) - 1)).toBeLessThan(1e-7);
    });
    expect(Math.abs(result.spectrum.bottom[0]?.value ?? NaN)).toBeLessThan(1e-6 * (values.at(-1) ?? 1));
  });

  test('trace and Frobenius norm hold the truth in their intervals, which are not of width zero', () => {
    expect(holds(result.spectrum.trace, trace)).toBe(true);
    expect(holds(result.spectrum.frobenius, norm(values))).toBe(true);
    expect(computed(result.spectrum.trace).interval.estimator).toBeGreaterThan(0);
  });

  test('nearly all of the spectrum is at zero', () => {
    const { value } = computed(result.spectrum.bulk.massAtZero);
    expect(Math.abs(value - (1 - n / p))).toBeLessThan(0.01);
  });
});
