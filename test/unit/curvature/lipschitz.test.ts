import { describe, expect, test } from 'vitest';
import {
  clopperPearsonLower,
  normalQuantile,
  radiusOf,
} from '../../../server/src/curvature/estimators/certifiedRadius';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { contractionsOf } from '../../../server/src/curvature/operators/contractions';
import { jacobianSquareProduct } from '../../../server/src/curvature/operators/jacobianSquare';
import type { Problem } from '../../../server/src/curvature/problem';
import * as op from '../../../server/src/graph/operations';
import { erf } from '../../../server/src/graph/evaluate/scalarFunctions';
import { oneStudy } from './oneStudy';
import { classificationData, mlp, problemOf, scaledIdentities, softmaxRegression } from './problems';
import { denseOf } from './studyRun';

const largestSingular = (weights: Float64Array, rows: number, columns: number): number => {
  const at = (i: number, j: number): number => weights[i * columns + j] ?? 0;
  const gram = Array.from({ length: rows }, (_, a) =>
    Float64Array.from({ length: rows }, (__, b) =>
      Array.from({ length: columns }, (___, k) => at(a, k) * at(b, k)).reduce((sum, term) => sum + term, 0),
    ),
  );
  return Math.sqrt(symmetricEigen(gram).values.at(-1) ?? NaN);
};

describe('Lipschitz bounds', () => {
  test('of scaled identities: product and local norm are cⁿ', async () => {
    const data = { ...classificationData(5, 4, 2, 1), y: new Float64Array(5) };
    const { estimate, result } = await oneStudy(problemOf(scaledIdentities(3, 4, 0.8), data), 'D5');
    expect(estimate('D5.spectralProduct').value).toBeCloseTo(0.8 ** 3, 8);
    expect(estimate('D5.localNorm').value).toBeCloseTo(0.8 ** 3, 9);
    expect(result.quantities['D5.margin']).toMatchObject({ notComputed: expect.stringContaining('class') as string });
  });

  test('of a network: the product of its matrices’ norms, above the local norm', async () => {
    const model = mlp([4, 5, 3], 3);
    const { estimate } = await oneStudy(problemOf(model, classificationData(6, 4, 3, 3)), 'D5');
    const product =
      largestSingular(model.theta.subarray(0, 20), 5, 4) * largestSingular(model.theta.subarray(25, 40), 3, 5);
    expect(estimate('D5.spectralProduct').value).toBeCloseTo(product, 6);
    expect(estimate('D5.localNorm').value).toBeLessThan(product);
    expect(estimate('D5.localNorm').value).toBeGreaterThan(0);
  });

  test('of a linear classifier: margin, and a certified radius that never exceeds the distance to the boundary', async () => {
    const theta = Float64Array.of(1, 0, -1, 0);
    const distances = [0.02, 0.1, 0.3, 0.5, 2, 4];
    const data = { x: distances.map((d, i) => Float64Array.of(d, i - 2)), y: new Float64Array(6) };
    const { estimate } = await oneStudy(problemOf(softmaxRegression(theta, 2), data), 'D5');
    const average = distances.reduce((sum, d) => sum + d, 0) / 6;
    expect(estimate('D5.margin').value).toBeCloseTo(2 * average, 9);
    const radius = estimate('D5.certifiedRadius').value;
    expect(radius).toBeGreaterThan(0);
    expect(radius).toBeLessThanOrEqual(average);
    expect(estimate('D5.localNorm').value).toBeCloseTo(Math.SQRT2, 9);
    expect(estimate('D5.spectralProduct').value).toBeCloseTo(Math.SQRT2, 8);
    // Noise of deviation σ crosses the boundary at distance d with probability Φ(−d/σ).
    const entries = data.x.flatMap((row) => [...row]);
    const centre = entries.reduce((sum, x) => sum + x, 0) / entries.length;
    const sigma = Math.sqrt(entries.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (entries.length - 1)) / 4;
    const expected = distances.map((d) => 0.25 * (1 - erf(d / sigma / Math.SQRT2) ** 2));
    expect(Math.abs(estimate('D5.voteVariance').value - expected.reduce((sum, v) => sum + v, 0) / 6)).toBeLessThan(
      0.02,
    );
  });

  test('a convolution counts as an operator on its image, not as a reshaped kernel', async () => {
    const kernel = [1, 2, 1];
    const n = 6;
    const problem: Problem = {
      parameters: [{ name: 'conv.weight', shape: [1, 1, 3], offset: 0, size: 3, layer: 'conv' }],
      theta: Float64Array.from(kernel),
      sampleCount: 1,
      separable: true,
      buffers: [],
      batch: () => [{ shape: [1, 1, n], dtype: 'float', data: new Float64Array(n) }],
      trace: () => {
        const [w, x] = [op.input('conv.weight', [1, 1, 3]), op.input('x', [1, 1, n])];
        const output = op.conv(x, w, { strides: [1], padding: [[1, 1]], dilation: [1], groups: 1 });
        return { parameters: [w], buffers: [], data: [x], output, loss: op.reduceSum(output, [0, 1, 2]) };
      },
    };
    const [layer] = contractionsOf(problem);
    if (layer === undefined) throw new Error('no layer');
    expect(layer.name).toBe('conv.weight');
    const { values } = symmetricEigen(await denseOf(layer.problem, jacobianSquareProduct));
    // Eigenvalues of the tridiagonal Toeplitz matrix: 2 + 2cos(kπ/(n + 1)).
    expect(Math.sqrt(values.at(-1) ?? NaN)).toBeCloseTo(2 + 2 * Math.cos(Math.PI / (n + 1)), 9);
  });

  test('quantiles and binomial bounds are those of tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
    expect(clopperPearsonLower(100, 100, 0.001)).toBeCloseTo(0.001 ** (1 / 100), 9);
    expect(clopperPearsonLower(1, 10, 0.05)).toBeCloseTo(1 - 0.95 ** 0.1, 9);
    expect(clopperPearsonLower(0, 10, 0.05)).toBe(0);
    expect(radiusOf(0.4, 1)).toBe(0);
  });
});
