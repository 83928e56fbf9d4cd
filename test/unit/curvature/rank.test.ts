import { describe, expect, test } from 'vitest';
import { convolutionalRank } from '../../../server/src/curvature/estimators/convolutionalRank';
import { linearNetworkRank } from '../../../server/src/curvature/estimators/linearNetworkRank';
import { spectralSum } from '../../../server/src/curvature/estimators/spectralSum';
import { stochasticLanczosQuadrature } from '../../../server/src/curvature/estimators/stochasticLanczosQuadrature';
import { linearChain, sizeIn, sizeOut, withoutShift, type ChainLayer } from '../../../server/src/curvature/linearChain';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { matrixRank } from '../../../server/src/curvature/linearAlgebra/matrixRank';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { lossIgnoresShift } from '../../../server/src/curvature/operators/lossIgnoresShift';
import { Random } from '../../../server/src/curvature/random';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import { rotated } from './matrices';
import { classificationData, crossEntropy, deepLinear, linearConvolutions, mlp, problemOf } from './problems';
import { denseGaussNewton, denseHessian, oneStudy } from './oneStudy';

const numericalRank = (rows: readonly Float64Array[]): number => {
  const { values } = symmetricEigen(rows, false);
  const largest = Math.max(...values.map(Math.abs));
  return values.filter((value) => Math.abs(value) > 1e-10 * largest).length;
};

/** The same product of matrices, with softmax and cross-entropy. */
function deepSoftmax(widths: readonly number[], seed: number): ReturnType<typeof deepLinear> {
  const linear = deepLinear(widths, seed);
  return {
    ...linear,
    loss: (matrices, x, y) => {
      const { output } = linear.loss(matrices, x, y);
      return { loss: crossEntropy(output, y), output };
    },
  };
}

const CHAINS: [number[], number][] = [
  [[5, 3], 8],
  [[6, 4, 3], 12],
  [[6, 2, 3], 12],
  [[5, 4, 4, 3], 12],
  [[5, 2, 6, 4], 12],
  [[3, 5, 4, 6, 4], 12],
  [[7, 5, 4], 3],
];

describe('the rank of deep linear networks', () => {
  test.each(CHAINS)('%j with %d samples and squared errors is its bound', async (widths, samples) => {
    const data = classificationData(samples, widths[0] ?? 0, widths.at(-1) ?? 0, 2);
    const problem = problemOf(deepLinear(widths, 1), data);
    const layers = linearChain(problem) ?? [];
    expect([sizeIn(layers[0] as ChainLayer), ...layers.map(sizeOut)]).toEqual(widths);
    expect(lossIgnoresShift(problem, new Random(1))).toBe(false);
    const inputRank = matrixRank(
      data.x.flatMap((row) => [...row]),
      samples,
    );
    expect(inputRank).toBe(Math.min(samples, widths[0] ?? 0));
    const bound = linearNetworkRank(widths, inputRank);
    expect(numericalRank(await denseGaussNewton(problem))).toBe(bound.gaussNewton);
    expect(numericalRank(await denseHessian(problem))).toBe(bound.hessian);
    expect(convolutionalRank(layers, inputRank)).toBe(bound.hessian);
  });

  test.each(CHAINS)('%j with %d samples and cross-entropy is that of one output less', async (widths, samples) => {
    const [first = 0, outputs = 0] = [widths[0], widths.at(-1)];
    const problem = problemOf(deepSoftmax(widths, 1), classificationData(samples, first, outputs, 2));
    expect(lossIgnoresShift(problem, new Random(1))).toBe(true);
    const layers = withoutShift(linearChain(problem) ?? []);
    const inputRank = Math.min(samples, first);
    const fewer = linearNetworkRank([...widths.slice(0, -1), outputs - 1], inputRank);
    expect(numericalRank(await denseGaussNewton(problem))).toBe(fewer.gaussNewton);
    expect(numericalRank(await denseHessian(problem))).toBe(fewer.hessian);
    expect(convolutionalRank(layers, inputRank)).toBe(fewer.hessian);
  });

  test('with a weight decay in the loss has no bound', () => {
    const linear = deepLinear([4, 3], 1);
    const decayed = problemOf(
      {
        ...linear,
        loss: (matrices, x, y) => {
          const { loss, output } = linear.loss(matrices, x, y);
          const [w] = matrices as [Node];
          return { loss: op.add(loss, op.reduceSum(op.mul(w, w), [0, 1])), output };
        },
      },
      classificationData(8, 4, 3, 2),
    );
    expect(linearChain(decayed)).toBeUndefined();
  });

  test('a network with activations or biases is no such chain', () => {
    expect(linearChain(problemOf(mlp([4, 3, 2], 1), classificationData(8, 4, 2, 1)))).toBeUndefined();
  });

  test('is reported beside the numerical one', async () => {
    const problem = problemOf(deepLinear([6, 4, 3], 1), classificationData(20, 6, 3, 2));
    const { estimate, study } = await oneStudy(problem, 'A5');
    expect(estimate('A5.rankBound').value).toBe(linearNetworkRank([6, 4, 3], 6).hessian);
    expect(estimate('A5.numericalRank').value).toBeCloseTo(numericalRank(await denseHessian(problem)), 9);
    expect(study.remarks.join(' ')).toContain('product of matrices');
  });
});

describe('the rank of linear networks of convolutions', () => {
  // Channels of each convolution, kernel of 3 over a line of 6 positions, then a linear layer to the outputs; the rank found.
  test.each([
    { channels: [2, 4], positions: 6, outputs: 3 },
    { channels: [1, 8], positions: 5, outputs: 1 },
    { channels: [2, 3, 4], positions: 5, outputs: 2 },
    { channels: [1, 6, 6], positions: 4, outputs: 2 },
  ])('$channels over $positions positions to $outputs', async ({ channels, positions, outputs }) => {
    const width = (channels[0] ?? 1) * positions;
    const problem = problemOf(
      linearConvolutions(channels, positions, outputs),
      classificationData(30, width, outputs, 2),
    );
    const layers = linearChain(problem) ?? [];
    expect(layers.map(({ kernel }) => kernel)).toEqual([...channels.slice(1).map(() => 3), 1]);
    const bound = convolutionalRank(layers, width);
    const rank = numericalRank(await denseHessian(problem));
    expect(rank).toBeLessThanOrEqual(bound);
    expect(bound).toBeLessThanOrEqual(Math.min(problem.theta.length, 1.15 * rank));
  });
});

test('on a small network every measure is its definition', async () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));
  const { estimate, result } = await oneStudy(problem, 'A5');
  const { values } = symmetricEigen(await denseHessian(problem), false);
  const largest = Math.max(...values.map(Math.abs));
  const alpha = 1e-3 * largest;
  const positive = values.map((value) => Math.max(0, value));
  const sum = (f: (value: number) => number, of: Float64Array = positive): number =>
    of.reduce((total, value) => total + f(value), 0);
  expect(estimate('A5.effectiveDimension').value).toBeCloseTo(
    sum((value) => value / (value + alpha)),
    6,
  );
  expect(estimate('A5.aOptimality').value / sum((value) => 1 / (value + alpha))).toBeCloseTo(1, 6);
  expect(estimate('A5.stableRank').value).toBeCloseTo(
    sum((value) => (value / largest) ** 2, values),
    6,
  );
  expect(result.quantities['A5.rankBound']).toHaveProperty('notComputed');
});

test('sums over a spectrum that is probed have intervals that cover', async () => {
  const eigenvalues = [30, 18, ...Array.from({ length: 198 }, (_, i) => Math.exp(-i / 20) * (i % 5 === 0 ? -0.2 : 1))];
  const rows = rotated(eigenvalues, 4);
  const f = (value: number): number => Math.max(0, value) / (Math.max(0, value) + 0.03);
  const truth = eigenvalues.reduce((sum, value) => sum + f(value), 0);
  let covered = 0;
  const seeds = 20;
  for (let seed = 0; seed < seeds; seed++) {
    const found = await stochasticLanczosQuadrature(matrixOperator(rows), {
      probes: 4,
      steps: 20,
      parallel: 4,
      known: [],
      random: new Random(seed, 'rank'),
    });
    const { value, halfWidth } = spectralSum({ ...found, exact: false }, rows.length, f);
    if (Math.abs(value - truth) <= halfWidth) covered++;
  }
  expect(covered).toBeGreaterThanOrEqual(17);
});
