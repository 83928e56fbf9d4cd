import { describe, expect, test } from 'vitest';
import {
  applyKronecker,
  kroneckerCosine,
  kfacFactors,
  momentNorm,
  optimalFactors,
  shampooFactors,
  type Factors,
} from '../../../server/src/curvature/estimators/kronecker';
import { GradientMoments, type Gradients } from '../../../server/src/curvature/estimators/gradientMoments';
import { matrixPower } from '../../../server/src/curvature/linearAlgebra/matrixPowers';
import { convolutionMoments } from '../../../server/src/curvature/operators/convolutionMoments';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { classificationData, mlp, problemOf } from './problems';
import { computed, reference, runStudy } from './studyRun';

const random = new Random(2, 'kronecker');
const [m, n, count] = [3, 4, 7];
const gradients: Gradients = {
  samples: Array.from({ length: count }, () => random.gaussianVector(m * n)),
  weights: Array.from({ length: count }, (_, i) => (i + 1) / 28),
  rows: m,
  columns: n,
};
const moments = new GradientMoments(gradients);
const moment = Array.from({ length: m * n }, (_, i) =>
  Float64Array.from({ length: m * n }, (__, j) =>
    gradients.samples.reduce((sum, g, s) => sum + (gradients.weights[s] ?? 0) * (g[i] ?? 0) * (g[j] ?? 0), 0),
  ),
);
const dense = ({ left, right }: Factors): Float64Array[] =>
  Array.from({ length: m * n }, (_, i) =>
    Float64Array.from(
      { length: m * n },
      (__, j) => (left[Math.floor(i / n)]?.[Math.floor(j / n)] ?? 0) * (right[i % n]?.[j % n] ?? 0),
    ),
  );
const inner = (a: readonly Float64Array[], b: readonly Float64Array[]): number =>
  a.reduce((sum, row, i) => sum + dot(row, b[i] as Float64Array), 0);
const cosine = (factors: Factors): number => {
  const product = dense(factors);
  return inner(moment, product) / Math.sqrt(inner(moment, moment) * inner(product, product));
};

describe('Kronecker factors', () => {
  test('norm, cosine and products are those of the dense matrices', () => {
    expect(momentNorm(gradients)).toBeCloseTo(Math.sqrt(inner(moment, moment)), 12);
    const factors = shampooFactors(moments);
    expect(kroneckerCosine(moments, factors, momentNorm(gradients))).toBeCloseTo(cosine(factors), 12);
    const v = random.gaussianVector(m * n);
    const product = dense(factors);
    applyKronecker(factors, v).forEach((value, i) => expect(value).toBeCloseTo(dot(product[i] as Float64Array, v), 10));
  });

  test('moments with a factor are partial contractions of the dense moment', () => {
    const { left, right } = shampooFactors(moments);
    moments.left(right).forEach((row, i) =>
      row.forEach((value, j) => {
        let truth = 0;
        for (let a = 0; a < n; a++)
          for (let b = 0; b < n; b++) truth += (right[a]?.[b] ?? 0) * (moment[i * n + a]?.[j * n + b] ?? 0);
        expect(value).toBeCloseTo(truth, 10);
      }),
    );
    moments.right(left).forEach((row, a) =>
      row.forEach((value, b) => {
        let truth = 0;
        for (let i = 0; i < m; i++)
          for (let j = 0; j < m; j++) truth += (left[i]?.[j] ?? 0) * (moment[i * n + a]?.[j * n + b] ?? 0);
        expect(value).toBeCloseTo(truth, 10);
      }),
    );
  });

  test('no product is nearer than the optimal one', () => {
    const best = cosine(optimalFactors(moments));
    expect(best).toBeGreaterThan(cosine(shampooFactors(moments)));
    for (let k = 0; k < 50; k++) {
      const moved = optimalFactors(moments);
      const nudge = (matrix: readonly Float64Array[]): Float64Array[] =>
        matrix.map((row) => row.map((x) => x + 1e-3 * random.gaussian()));
      expect(cosine({ left: nudge(moved.left), right: nudge(moved.right) })).toBeLessThan(best);
    }
  });

  test('gradients δaᵀ with independent δ and a give K-FAC, and others are refused', () => {
    const deltas = [Float64Array.of(1, 0, 2), Float64Array.of(-1, 1, 0)];
    const inputs = [Float64Array.of(1, 2, 0, 1), Float64Array.of(0, 1, 1, -1)];
    const pairs = deltas.flatMap((d) => inputs.map((a) => ({ d, a })));
    const rankOne: Gradients = {
      samples: pairs.map(({ d, a }) => Float64Array.from([...d].flatMap((x) => [...a].map((y) => x * y)))),
      weights: [0.25, 0.25, 0.25, 0.25],
      rows: m,
      columns: n,
    };
    const factors = kfacFactors(
      rankOne,
      pairs.map(({ d }) => d),
    );
    expect(factors?.left[0]?.[0]).toBeCloseTo(1, 12);
    expect(factors?.right[1]?.[1]).toBeCloseTo(2.5, 12);
    expect(kroneckerCosine(new GradientMoments(rankOne), factors as Factors, momentNorm(rankOne))).toBeCloseTo(1, 12);
    expect(
      kfacFactors(
        gradients,
        gradients.samples.map(() => Float64Array.of(1, 1, 1)),
      ),
    ).toBeUndefined();
  });

  test('powers of matrices undo each other', () => {
    const { left } = shampooFactors(moments);
    const [root, inverse] = [matrixPower(left, 0.5, 0), matrixPower(left, -0.5, 0)];
    root.forEach((row, i) => inverse.forEach((other, j) => expect(dot(row, other)).toBeCloseTo(i === j ? 1 : 0, 9)));
  });
});

test('of a small network all four cosines are there, the nearest product being the best', async () => {
  const result = await runStudy(problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3)), ['D2']);
  for (const name of ['fc1.weight', 'fc2.weight']) {
    const best = computed(result, `D2.optimal[${name}]`).value;
    expect(best).toBeLessThanOrEqual(1 + 1e-12);
    for (const id of ['shampoo', 'shampooSquared', 'kfac'])
      expect(computed(result, `D2.${id}[${name}]`).value).toBeLessThanOrEqual(best + 1e-9);
  }
});

test('K-FAC of a convolution is the moments of its patches and of the derivatives of its output', async () => {
  const [n, channels, positions, out] = [4, 2, 5, 3];
  const random = new Random(8, 'convolution');
  const problem = problemOf(
    {
      shapes: { 'conv.weight': [out, channels, 3] },
      theta: random.gaussianVector(out * channels * 3),
      // ½‖y‖² of every sample, whose derivative in y is y.
      loss: ([w], x) => {
        const line = op.reshape(x, [x.shape[0] ?? 1, channels, positions]);
        const output = op.conv(line, w as Node, { strides: [1], padding: [[1, 1]], dilation: [1], groups: 1 });
        return { loss: op.scale(op.reduceSum(op.mul(output, output), [0, 1, 2]), 0.5 / (x.shape[0] ?? 1)), output };
      },
    },
    { x: Array.from({ length: n }, () => random.gaussianVector(channels * positions)), y: new Float64Array(n) },
  );
  const left = Array.from({ length: out }, () => new Float64Array(out));
  const right = Array.from({ length: channels * 3 }, () => new Float64Array(channels * 3));
  const [data] = problem.batch([0, 1, 2, 3]);
  for (let i = 0; i < n; i++)
    for (let t = 0; t < positions; t++) {
      const patch = Array.from({ length: channels * 3 }, (_, j) => {
        const at = t + (j % 3) - 1;
        const inside = at >= 0 && at < positions;
        return inside ? (data?.data[(i * channels + Math.floor(j / 3)) * positions + at] ?? NaN) : 0;
      });
      const y = left.map((_, o) =>
        patch.reduce((sum, a, j) => sum + a * (problem.theta[o * channels * 3 + j] ?? 0), 0),
      );
      left.forEach((row, a) =>
        row.forEach((_, b) => (row[b] = (row[b] ?? 0) + ((y[a] ?? 0) * (y[b] ?? 0)) / n / positions)),
      );
      right.forEach((row, a) =>
        row.forEach((_, b) => (row[b] = (row[b] ?? 0) + ((patch[a] ?? 0) * (patch[b] ?? 0)) / n)),
      );
    }
  const found = (await convolutionMoments(problem, reference, { batch: 3 })).get(0);
  if (found === undefined) throw new Error('no convolution was found');
  left.forEach((row, a) => row.forEach((value, b) => expect(found.left[a]?.[b]).toBeCloseTo(value, 10)));
  right.forEach((row, a) => row.forEach((value, b) => expect(found.right[a]?.[b]).toBeCloseTo(value, 10)));
  // D2 reports it, and no product is nearer than the nearest.
  const result = await runStudy(problem, ['D2']);
  const kfac = computed(result, 'D2.kfac[conv.weight]').value;
  expect(kfac).toBeGreaterThan(0);
  expect(kfac).toBeLessThanOrEqual(computed(result, 'D2.optimal[conv.weight]').value + 1e-9);
});
