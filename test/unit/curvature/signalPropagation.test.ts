import { describe, expect, test } from 'vitest';
import { growthPerLayer, kurtosisOf } from '../../../server/src/curvature/estimators/propagation';
import { layerGram, tangentAlignment } from '../../../server/src/curvature/estimators/tangentAlignment';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { diagnose } from '../../../server/src/diagnosis/diagnose';
import type { CodeFacts } from '../../../server/src/diagnosis/rule';
import { classificationData, leastSquares, problemOf, scaledIdentities, softmaxRegression } from './problems';
import { computed, runStudy } from './studyRun';

const facts: CodeFacts = {
  optimizer: null,
  learningRateAt: null,
  modelAt: { file: 'model.py', line: 1, column: 1, endColumn: 4 },
};

describe('signals through layers c·I', () => {
  const data = classificationData(30, 3, 2, 4);

  test('grow by c forwards and backwards, and sizes are those of the inputs', async () => {
    const result = await runStudy(problemOf(scaledIdentities(5, 3, 1.5), data), ['D4']);
    expect(computed(result, 'D4.forwardGrowth').value).toBeCloseTo(1.5, 10);
    expect(computed(result, 'D4.backwardGrowth').value).toBeCloseTo(1.5, 10);
    expect(computed(result, 'D4.gradientRatio').value).toBeCloseTo(1.5 ** 4, 9);
    const square = mean(data.x.map((row) => row.reduce((sum, v) => sum + v * v, 0) / 3));
    expect(computed(result, 'D4.activation[0]').value).toBeCloseTo(1.5 * Math.sqrt(square), 9);
    // ∂ℓ/∂a of the last layer is 2(Σa − y) for each of its three elements.
    const errors = data.x.map((row, i) => 1.5 ** 5 * row.reduce((sum, v) => sum + v, 0) - (data.y[i] ?? 0));
    const last = Math.sqrt(mean(errors.map((error) => 3 * (2 * error) ** 2)));
    expect(computed(result, 'D4.gradient[4]').value).toBeCloseTo(last, 8);
  });

  test('a rectifier after negative inputs is dead', async () => {
    const negative = { ...data, x: data.x.map((row) => row.map((v, j) => (j === 0 ? -Math.abs(v) : Math.abs(v)))) };
    const result = await runStudy(problemOf(scaledIdentities(3, 3, 1, true), negative), ['D4']);
    const shares = Object.keys(result.quantities).filter((id) => id.startsWith('D4.deadShare['));
    expect(shares).toHaveLength(3);
    for (const id of shares) expect(computed(result, id).value).toBeCloseTo(1 / 3, 12);
    expect(diagnose(result, facts).filter(({ code }) => code === 'HL304')).toHaveLength(3);
  });

  test.each([
    [0.1, 'HL302'],
    [10, 'HL303'],
    [1, undefined],
  ])('layers %f·I: %s', async (c, code) => {
    const result = await runStudy(problemOf(scaledIdentities(6, 3, c), data), ['D4']);
    const found = diagnose(result, facts).filter((finding) => /HL30[23]/.test(finding.code));
    expect(found.map((finding) => finding.code)).toEqual(code === undefined ? [] : [code]);
  });

  test('a model without known layers is refused', async () => {
    const result = await runStudy(problemOf(leastSquares(Float64Array.of(1, 2, 3)), data), ['D4']);
    expect(result.quantities['D4.forwardGrowth']).toHaveProperty('notComputed');
  });
});

describe('alignment with the labels', () => {
  test('of a linear layer is that of its inputs, as a closed form', async () => {
    // f = Wx: K = XXᵀ ⊗ I, so that A = Σ_c ‖Xᵀy_c‖²/(‖XXᵀ‖_F·√C·Σ‖y_c‖²) with both centred.
    const [n, d, classes] = [20, 4, 3];
    const data = classificationData(n, d, classes, 2);
    const base = problemOf(softmaxRegression(new Random(1, 'w').gaussianVector(d * classes), classes), data);
    const problem = {
      ...base,
      trace: (count: number) => {
        const graph = base.trace(count);
        return { ...graph, layers: [{ name: 'fc', type: 'Linear', node: graph.output }] };
      },
    };
    const x = Array.from({ length: d }, (__, k) => {
      const column = data.x.map((row) => row[k] ?? 0);
      return column.map((value) => value - mean(column));
    });
    const y = Array.from({ length: classes }, (__, c) => {
      const column = Array.from(data.y, (own) => (own === c ? 1 : 0));
      return column.map((value) => value - mean(column));
    });
    const product = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    const form = y.reduce((sum, yc) => sum + x.reduce((part, xk) => part + product(xk, yc) ** 2, 0), 0);
    const size = Math.sqrt(x.reduce((sum, a) => sum + x.reduce((part, b) => part + product(a, b) ** 2, 0), 0));
    const labels = y.reduce((sum, yc) => sum + product(yc, yc), 0);
    const truth = form / (size * Math.sqrt(classes) * labels);
    const found = computed(await runStudy(problem, ['D4']), 'D4.alignment[fc]');
    expect(found.value).toBeCloseTo(truth, 9);
    expect(found.interval.sampling).toBeGreaterThan(0);
  });

  test('is 1 where features are the labels, and needs classes', async () => {
    const labels = [0, 1, 1, 0, 1, 0, 0, 1];
    const features = labels.flatMap((own) => [0, 1].map((c) => Float64Array.of(own === c ? 3 : 0)));
    const gram = layerGram(features, { ranges: [[0, 1]] });
    expect(tangentAlignment(gram, labels, 2).value).toBeCloseTo(1, 12);
    const regression = problemOf(scaledIdentities(3, 3, 1), classificationData(10, 3, 2, 4));
    const { quantities } = await runStudy(regression, ['D4']);
    expect(quantities['D4.alignment']).toMatchObject({ notComputed: expect.stringMatching(/class/) as unknown });
  });
});

test('growth is the slope of the logarithms', () => {
  expect(growthPerLayer([1, 2, 4, 8])).toBeCloseTo(2, 12);
  expect(growthPerLayer([1, 0, 4])).toBeNaN();
});

test('kurtosis from power sums: a coin has 1, a Gaussian 3', () => {
  expect(kurtosisOf([0, 2, 0, 2], 2)).toBe(1);
  const values = new Random(3, 'gauss').gaussianVector(200_000);
  const sums = [1, 2, 3, 4].map((k) => values.reduce((sum, x) => sum + x ** k, 0));
  expect(kurtosisOf(sums, values.length)).toBeCloseTo(3, 1);
  expect(kurtosisOf([2, 2, 2, 2], 2)).toBeNaN();
});
