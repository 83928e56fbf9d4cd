import { describe, expect, test } from 'vitest';
import { judgeMeanOverSamples, type Verdict } from '../../../server/src/graph/meanOverSamples';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';

/** A loss of n samples x [n, 4, 6] with weights w [6, 5] and table t [7, 6]. */
type Loss = (x: Node, w: Node, n: number) => Node;

const mean = (x: Node, n: number): Node =>
  op.mul(
    op.reduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    op.full(n / x.shape.reduce((product, size) => product * size, n)),
  );

const product = (x: Node, w: Node): Node =>
  op.dot(x, w, { lhsContract: [x.shape.length - 1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });

function verdictOf(loss: Loss, sameForAll: (node: Node) => number | undefined = () => undefined): Verdict {
  const of = (n: number): { loss: Node; data: Node[] } => {
    const [x, w] = [op.input('x', [n, 4, 6]), op.input('w', [6, 5])];
    return { loss: loss(x, w, n), data: [x] };
  };
  return judgeMeanOverSamples(of(3), of(1), 3, sameForAll);
}

/** The mean over samples and everything else of the graph's values, as a mean over n. */
const average = (x: Node, n: number): Node => mean(x, n);

describe('a mean over samples is seen', () => {
  const cases: Record<string, Loss> = {
    'of squares of a product': (x, w, n) => average(op.mul(product(x, w), product(x, w)), n),
    'through merged and split axes': (x, w, n) => {
      const flat = product(op.reshape(x, [n * 4, 6]), w);
      return average(op.tanh(op.reshape(flat, [n, 20])), n);
    },
    'after a transposition': (x, w, n) => average(op.exp(op.transpose(product(x, w), [1, 0, 2])), n),
    'with attention between places of one sample': (x, w, n) => {
      const y = product(x, w);
      const scores = op.dot(y, y, { lhsContract: [2], rhsContract: [2], lhsBatch: [0], rhsBatch: [0] });
      return average(scores, n);
    },
    'with a term that has no samples': (x, w, n) =>
      op.add(average(product(x, w), n), op.reduceSum(op.mul(w, w), [0, 1])),
    'with a bias, and a row of it for each place': (x, w, n) => {
      const bias = op.reduceSum(w, [0]);
      return average(op.add(product(x, w), op.broadcast(bias, [n, 4, 5], [2])), n);
    },
    'shifted along another axis': (x, w, n) => average(op.slice(product(x, w), [0, 1, 0], [n, 4, 5], [1, 1, 1]), n),
  };
  test.each(Object.entries(cases))('%s', (_, loss) => expect(verdictOf(loss)).toBe('mean'));

  test('divided by a sum of weights, where these are the same for all', () => {
    const loss: Loss = (x, w) => op.div(op.reduceSum(product(x, w), [0, 1, 2]), op.reduceSum(op.mul(x, x), [0, 1, 2]));
    expect(verdictOf(loss, () => 24)).toBe('mean');
    expect(verdictOf(loss)).toBe('unknown');
  });
});

describe('nothing is said', () => {
  const cases: Record<string, Loss> = {
    'of a sum': (x, w) => op.reduceSum(product(x, w), [0, 1, 2]),
    'where samples are multiplied by each other': (x, w, n) => {
      const flat = op.reshape(product(x, w), [n, 20]);
      const gram = op.dot(flat, flat, { lhsContract: [1], rhsContract: [1], lhsBatch: [], rhsBatch: [] });
      return average(gram, n);
    },
    'where samples know their place': (x, w, n) =>
      average(op.mul(product(x, w), op.convert(op.iota([n, 4, 5], 0), 'float')), n),
    'where a number depends on how many there are, inside': (x, w, n) =>
      average(op.tanh(op.mul(product(x, w), op.full(1 / n, [n, 4, 5]))), n),
    'where they are counted, inside': (x, w, n) => {
      const count = op.reduceSum(op.broadcast(op.full(1, [1]), [n], [0]), [0]);
      return average(op.tanh(op.mul(product(x, w), op.broadcast(count, [n, 4, 5], []))), n);
    },
    'where they are cumulated': (x, w, n) => average(op.cumsum(product(x, w), 0, false), n),
    'where their order is turned round': (x, w, n) => average(op.mul(x, op.reverse(x, [0])), n),
    'where one is left out': (x, w, n) => average(op.slice(product(x, w), [0, 0, 0], [1, 4, 5], [1, 1, 1]), n),
    'where the mean is a function’s argument': (x, w, n) => op.exp(average(product(x, w), n)),
    'where a row is compared with all': (x, w, n) => {
      const y = op.reduceSum(product(x, w), [1, 2]);
      return average(op.abs(op.sub(op.broadcast(y, [n, n], [0]), op.broadcast(y, [n, n], [1]))), n);
    },
    'where rows are repeated as often as there are': (x, w, n) => {
      const y = op.reduceSum(product(x, w), [1, 2]);
      return average(op.tanh(op.reduceSum(op.broadcast(y, [n, n], [0]), [1])), n);
    },
  };
  test.each(Object.entries(cases))('%s', (_, loss) => expect(verdictOf(loss)).not.toBe('mean'));
});

test('samples meet in statistics of the batch', () => {
  const loss: Loss = (x, w, n) => {
    const y = product(x, w);
    const centre = op.mul(op.reduceSum(y, [0, 1]), op.full(1 / (4 * n), [5]));
    return average(op.mul(op.sub(y, op.broadcast(centre, y.shape, [2])), y), n);
  };
  expect(verdictOf(loss)).not.toBe('mean');
});
