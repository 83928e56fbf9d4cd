import { describe, expect, test } from 'vitest';
import { rangeQuantised, squaredDistance } from '../../../server/src/curvature/estimators/uniformQuantiser';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import { classificationData, mlp, problemOf } from './problems';
import { computed, runStudy } from './studyRun';

const BITS = [2, 3, 4, 8] as const;

describe('activations', () => {
  test('sensitivities of the hidden layer are the traces of softmax through its weight, times what rounding moves', async () => {
    const [d, h, classes, n] = [5, 4, 3, 24];
    const data = classificationData(n, d, classes, 3);
    const problem = problemOf(mlp([d, h, classes], 3), data);
    const { theta } = problem;
    const hidden = data.x.map((x) =>
      Float64Array.from({ length: h }, (_, j) =>
        Math.tanh(x.reduce((sum, value, k) => sum + value * (theta[j * d + k] ?? 0), theta[h * d + j] ?? 0)),
      ),
    );
    const start = h * d + h;
    const rounded = rangeQuantised(
      hidden.flatMap((row) => [...row]),
      4,
    );
    const truths = hidden.map((row, i) => {
      const logits = Array.from({ length: classes }, (_, c) =>
        row.reduce(
          (sum, value, j) => sum + value * (theta[start + c * h + j] ?? 0),
          theta[start + classes * h + c] ?? 0,
        ),
      );
      const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
      const p = logits.map((value) => Math.exp(value) / total);
      // H = Wᵀ(diag p − ppᵀ)W
      const trace = Array.from(row, (_, j) => {
        const column = p.map((_, c) => theta[start + c * h + j] ?? 0);
        const mean = column.reduce((sum, w, c) => sum + w * (p[c] ?? 0), 0);
        return column.reduce((sum, w, c) => sum + (p[c] ?? 0) * (w - mean) ** 2, 0);
      }).reduce((sum, value) => sum + value, 0);
      return (trace / h) * squaredDistance(rounded.subarray(i * h, (i + 1) * h), row);
    });
    const truth = truths.reduce((sum, value) => sum + value / n, 0);
    const result = await runStudy(problem, ['E2']);
    const found = computed(result, 'E2.activation4[fc2.weight]');
    expect(Math.abs(found.value - truth)).toBeLessThanOrEqual(found.interval.estimator);
    expect(found.interval.estimator).toBeLessThan(0.5 * truth);
    // The model's own input is no activation; one layer alone takes the best width that its budget allows.
    expect(Object.keys(result.quantities).filter((id) => id.startsWith('E2.activation4'))).toHaveLength(1);
    const predicted = [2, 3, 4].map((bits) => computed(result, `E2.activationPredicted${bits}[fc2.weight]`).value);
    expect(computed(result, 'E2.activationBits[fc2.weight]').value).toBe(2 + predicted.indexOf(Math.min(...predicted)));
  });

  test('a network that is rectified behind the change is predicted exactly, where Ω is not', async () => {
    const { problem, after } = network(20, 1, {
      plain: (z) => Math.max(0, z),
      node: (z) => op.select(op.gt(z, op.full(0, z.shape)), z, op.full(0, z.shape)),
    });
    const result = await runStudy(problem, ['E2']);
    for (const bits of BITS)
      expect(computed(result, `E2.activationPredicted${bits}[2.weight]`).value).toBeCloseTo(after(bits) - after(), 12);
    expect(computed(result, 'E2.activationMeasured[2.weight]').value).toBeCloseTo(after(4) - after(), 12);
    const half = computed(result, 'E2.activation2[2.weight]').value / 2;
    expect(Math.abs(half / (after(2) - after()) - 1)).toBeGreaterThan(0.2);
  });

  test('two smooth layers behind the change are followed but for terms of third order', async () => {
    const { problem, after } = network(20, 2, { plain: Math.tanh, node: op.tanh });
    const result = await runStudy(problem, ['E2']);
    const error = (bits: number): number =>
      Math.abs(computed(result, `E2.activationPredicted${bits}[2.weight]`).value - (after(bits) - after()));
    expect(computed(result, 'E2.activationMeasured[2.weight]').value).toBeCloseTo(after(4) - after(), 12);
    expect(error(4)).toBeLessThan(0.2 * Math.abs(after(4) - after()));
    // Steps of 8 bits are 17 times shorter than those of 4.
    expect(error(8)).toBeLessThan(1e-2 * error(4));
    expect(error(4)).toBeGreaterThan(0);
  });
});

const times = (w: Float64Array, x: Float64Array): Float64Array =>
  Float64Array.from({ length: w.length / x.length }, (_, j) =>
    x.reduce((sum, value, k) => sum + value * (w[j * x.length + k] ?? 0), 0),
  );

/** Rows with one range for all of them; as they are without bits. */
function roundedRows(rows: readonly Float64Array[], bits: number | undefined): readonly Float64Array[] {
  if (bits === undefined) return rows;
  const width = rows[0]?.length ?? 0;
  const flat = rangeQuantised(
    rows.flatMap((row) => [...row]),
    bits,
  );
  return rows.map((_, i) => Float64Array.from(flat.subarray(i * width, (i + 1) * width)));
}

interface Network {
  readonly problem: Problem;
  /** The loss in plain arithmetic with the input of the second weight rounded, or as it is. */
  readonly after: (bits?: number) => number;
}

/** Without biases: a layer with tanh, `depth` layers with the given function, one output, squared error. */
function network(
  n: number,
  depth: number,
  behind: { readonly plain: (z: number) => number; readonly node: (z: Node) => Node },
): Network {
  const [d, h] = [3, 5];
  const random = new Random(7, 'network');
  const data = { x: Array.from({ length: n }, () => random.gaussianVector(d)), y: random.gaussianVector(n) };
  const widths = [d, ...Array.from({ length: depth + 1 }, () => h), 1];
  const shapes = widths.slice(1).map((width, l) => [width, widths[l] as number] as const);
  const matrices = shapes.map(([rows, columns]) => random.gaussianVector(rows * columns));
  const product = (x: Node, w: Node): Node =>
    op.dot(x, w, { lhsContract: [1], rhsContract: [1], lhsBatch: [], rhsBatch: [] });
  const problem = problemOf(
    {
      shapes: Object.fromEntries(shapes.map((shape, l) => [`${l + 1}.weight`, shape])),
      theta: Float64Array.from(matrices.flatMap((matrix) => [...matrix])),
      loss: (weights, x, y) => {
        const [first, ...others] = weights as [Node, ...Node[]];
        const last = others.pop() as Node;
        const hidden = others.reduce((a, w) => behind.node(product(a, w)), op.tanh(product(x, first)));
        const samples = x.shape[0] ?? 1;
        const output = op.reshape(product(hidden, last), [samples]);
        const error = op.sub(output, y);
        return { loss: op.scale(op.reduceSum(op.mul(error, error), [0]), 1 / samples), output };
      },
    },
    data,
  );
  const [first, ...others] = matrices as [Float64Array, ...Float64Array[]];
  const last = others.pop() as Float64Array;
  const rows = data.x.map((x) => times(first, x).map(Math.tanh));
  const after = (bits?: number): number =>
    roundedRows(rows, bits).reduce((sum, row, i) => {
      const [output = NaN] = times(
        last,
        others.reduce((a, w) => times(w, a).map(behind.plain), row),
      );
      return sum + (output - (data.y[i] ?? NaN)) ** 2 / n;
    }, 0);
  return { problem, after };
}
