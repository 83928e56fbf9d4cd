/** Losses at which something vanishes: every number is one, lies in its interval and range, or is not computed for a reason in words. */
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../server/src/curvature/problem';
import { isComputed, type Estimate, type Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import { classificationData, leastSquares, mlp, problemOf, regressionData, type Data } from './problems';
import { sgd } from './sgd';
import { runStudy } from './studyRun';

const CLASSES = 3;
const data = classificationData(12, 3, CLASSES, 1);
const network = mlp([3, 2, CLASSES], 2);
const repeated = ({ x, y }: Data, times: number): Data => ({
  x: Array.from({ length: times }, () => x[0] as Float64Array),
  y: Float64Array.from({ length: times }, () => y[0] as number),
});
const withTheta = (value: (weight: number, index: number) => number): Problem =>
  problemOf({ ...network, theta: network.theta.map(value) }, data);

/** The bias of class 0 is so large that its probability rounds to one. */
const saturated = problemOf(
  { ...network, theta: network.theta.map((_, i) => (i === network.theta.length - CLASSES ? 800 : 0)) },
  { ...data, y: new Float64Array(12) },
);

const weights = Float64Array.of(1, -2, 0.5);
const inputs = regressionData(12, 3, 4).x;
const exactMinimum = problemOf(leastSquares(weights), {
  x: inputs,
  y: Float64Array.from(inputs, (row) => row.reduce((sum, x, j) => sum + x * (weights[j] as number), 0)),
});

/** L = mean |xᵀw − y|: the Hessian is zero though the gradient is not. */
const absoluteError = problemOf(
  {
    ...leastSquares(Float64Array.of(0.1, 0.2, 0.3)),
    loss: ([w], x, y) => {
      const output = op.dot(x, w as Node, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
      const error = op.abs(op.sub(output, y));
      return { loss: op.scale(op.reduceSum(error, [0]), 1 / (error.shape[0] ?? 1)), output };
    },
  },
  regressionData(12, 3, 5),
);

const problems: readonly (readonly [string, Problem])[] = [
  ['an ordinary network', problemOf(network, data)],
  ['weights that are all zero', withTheta(() => 0)],
  ['weights of a millionth of a millionth', withTheta((weight) => 1e-12 * weight)],
  ['weights of a million', withTheta((weight) => 1e6 * weight)],
  ['a saturated softmax', saturated],
  ['one sample', problemOf(network, { x: data.x.slice(0, 1), y: data.y.slice(0, 1) })],
  ['two samples', problemOf(network, { x: data.x.slice(0, 2), y: data.y.slice(0, 2) })],
  ['the same sample many times', problemOf(network, repeated(data, 12))],
  ['one class', problemOf(network, { ...data, y: new Float64Array(12) })],
  ['inputs that are zero', problemOf(network, { ...data, x: data.x.map(() => new Float64Array(3)) })],
  ['inputs of a million', problemOf(network, { ...data, x: data.x.map((row) => row.map((x) => 1e6 * x)) })],
  ['an exact minimum', exactMinimum],
  ['a loss without curvature', absoluteError],
];

/** What no reason may say: it would be a fault that reached the user. */
const FAULT = /NaN|undefined|null|not finite|\[object/;

const faultOf = (quantity: Quantity): string | undefined => {
  if (!isComputed(quantity)) return FAULT.test(quantity.notComputed) ? quantity.notComputed : undefined;
  return numberFault(quantity);
};

function numberFault({ value, interval: { low, high, estimator, sampling } }: Estimate): string | undefined {
  if (!Number.isFinite(value)) return `is ${value}`;
  if ([low, high, sampling].some((each) => Number.isNaN(each)) || !(estimator >= 0))
    return 'has an interval of no numbers';
  const rounding = 1e-12 * Math.abs(value);
  if ((low !== null && low > value + rounding) || (high !== null && high < value - rounding))
    return `${value} is outside of ${low} … ${high}`;
  return sampling !== null && sampling < 0 ? 'has a negative error' : undefined;
}

const faultsOf = ({ quantities }: AnalysisResult): string[] =>
  Object.entries(quantities).flatMap(([id, quantity]) => {
    const fault = faultOf(quantity);
    return fault === undefined ? [] : [`${id}: ${fault}`];
  });

describe('of a degenerate loss every number is one, in its interval, or there is a reason why not', () => {
  test.each(problems)('%s', { timeout: 60_000 }, async (_, problem) => {
    const result = await runStudy(problem, ['all'], { optimizer: sgd(), probes: 16 });
    expect(faultsOf(result)).toEqual([]);
  });
});

describe('a loss that does not vary between samples', () => {
  test('has no noise scale, and says so', { timeout: 60_000 }, async () => {
    const { quantities } = await runStudy(problemOf(network, repeated(data, 12)), ['C1', 'C3', 'C4', 'C7', 'A12']);
    for (const id of ['C1.noiseScale', 'C1.criticalBatch', 'C3.varianceLeft', 'C4.varianceShare'])
      expect(quantities[id]).toMatchObject({ notComputed: expect.stringContaining('beyond rounding') as string });
    for (const id of ['C1.variance', 'A12.relativeInexactness'])
      expect(quantities[id]).toMatchObject({ interval: { low: 0 } });
  });
});
