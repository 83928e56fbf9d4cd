import { describe, expect, test } from 'vitest';
import { ggnVectorProduct } from '../../../server/src/autodiff/ggnVectorProduct';
import { gradient } from '../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../server/src/autodiff/hessianVectorProduct';
import { partialEvaluate } from '../../../server/src/autodiff/partialEvaluate';
import { vmap } from '../../../server/src/autodiff/vmap';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../server/src/graph/node';
import { elementCount, topologicalOrder } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData, Primitive } from '../../../server/src/graph/primitives';
import { simplify } from '../../../server/src/graph/simplify/simplify';
import type { Rng } from '../../support/randomGraphs';
import { createRng } from '../../support/randomGraphs';
import {
  differenceQuotient,
  expectClose,
  feedsOf,
  flat,
  innerProduct,
  moved,
  randomDirections,
  valuesOf,
} from './numericDerivative';

interface Program {
  readonly loss: Node;
  readonly output: Node;
  readonly data: readonly Node<'input'>[];
  readonly parameters: readonly Node<'input'>[];
  readonly feeds: Map<Node, ConstantData>;
}

/** x·wᵀ over the last axis of x. */
const linear = (x: Node, w: Node): Node =>
  op.dot(x, w, { lhsContract: [x.shape.length - 1], rhsContract: [1], lhsBatch: [], rhsBatch: [] });

const allAxes = (x: Node): number[] => x.shape.map((_, axis) => axis);

const total = (x: Node): Node => op.reduceSum(x, allAxes(x));

const mean = (x: Node): Node => op.scale(total(x), 1 / elementCount(x.shape));

const onChannels = (x: Node, like: Node, axis: number): Node => op.broadcast(x, like.shape, [axis]);

function logSoftmax(x: Node): Node {
  const axis = x.shape.length - 1;
  const kept = (reduced: Node): Node => op.broadcast(reduced, x.shape, allAxes(x).slice(0, axis));
  const shifted = op.sub(x, kept(op.stopGradient(op.reduceMax(x, axis))));
  return op.sub(shifted, kept(op.log(op.reduceSum(op.exp(shifted), [axis]))));
}

/** Mean negative log-likelihood of the labels; logits [N, C]. */
function crossEntropy(logits: Node, labels: Node): Node {
  const picked = op.takeAlong(logSoftmax(logits), op.reshape(labels, [...labels.shape, 1]), logits.shape.length - 1);
  return op.neg(mean(picked));
}

function randomFeeds(inputs: readonly Node<'input'>[], classes: number, rng: Rng): Map<Node, ConstantData> {
  const draw = (x: Node): ConstantData =>
    x.dtype === 'int'
      ? Int32Array.from({ length: elementCount(x.shape) }, () => Math.floor(rng() * classes))
      : Float64Array.from({ length: elementCount(x.shape) }, () => 1.6 * rng() - 0.8);
  return feedsOf(inputs, inputs.map(draw));
}

function mlp(rng: Rng, batch = 6): Program {
  const [x, labels] = [op.input('x', [batch, 4]), op.input('labels', [batch], 'int')];
  const parameters = [
    op.input('w1', [5, 4]),
    op.input('b1', [5]),
    op.input('w2', [3, 5]),
    op.input('b2', [3]),
  ] as const;
  const [w1, b1, w2, b2] = parameters;
  const hidden = linear(x, w1);
  const active = op.tanh(op.add(hidden, onChannels(b1, hidden, 1)));
  const projected = linear(active, w2);
  const output = op.add(projected, onChannels(b2, projected, 1));
  const data = [x, labels];
  return {
    loss: crossEntropy(output, labels),
    output,
    data,
    parameters,
    feeds: randomFeeds([...data, ...parameters], 3, rng),
  };
}

const same3x3 = {
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
  groups: 1,
} as const;

/** x·σ(x): smooth, so that differences are exact. */
const silu = (x: Node): Node => op.mul(x, op.sigmoid(x));

/** Batch normalisation with the statistics of the batch. */
function batchNorm(x: Node, gamma: Node, beta: Node): Node {
  const [n = 1, , ...spatial] = x.shape;
  const count = n * elementCount(spatial);
  const average = (values: Node): Node => op.scale(op.reduceSum(values, [0, 2, 3]), 1 / count);
  const centred = op.sub(x, onChannels(average(x), x, 1));
  const deviation = op.sqrt(op.add(average(op.mul(centred, centred)), op.full(1e-5)));
  const normal = op.div(centred, onChannels(deviation, x, 1));
  return op.add(op.mul(normal, onChannels(gamma, x, 1)), onChannels(beta, x, 1));
}

/** Non-overlapping 2×2 maxima. */
function maxPool(x: Node): Node {
  const [n = 1, c = 1, ...spatial] = x.shape;
  const index = op.windowArgmax(x, {
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
  });
  const block = op.reshape(x, [n, c, elementCount(spatial)]);
  return op.reshape(op.takeAlong(block, op.reshape(index, [n, c, elementCount(index.shape.slice(2))]), 2), index.shape);
}

function convNet(rng: Rng, batch = 3): Program {
  const [x, labels] = [op.input('x', [batch, 2, 6, 6]), op.input('labels', [batch], 'int')];
  const shapes = [[4, 2, 3, 3], [4], [4], [4, 4, 3, 3], [4], [4], [5, 4, 3, 3], [3, 5]];
  const parameters = shapes.map((shape, i) => op.input(`p${i}`, shape));
  const [w1, g1, b1, w2, g2, b2, w3, head] = parameters;
  if (!w1 || !g1 || !b1 || !w2 || !g2 || !b2 || !w3 || !head) throw new Error('there are eight parameters');
  const first = maxPool(silu(batchNorm(op.conv(x, w1, same3x3), g1, b1)));
  const second = silu(batchNorm(op.conv(first, w2, same3x3), g2, b2));
  const third = silu(op.conv(op.add(first, second), w3, same3x3));
  const output = linear(op.scale(op.reduceSum(third, [2, 3]), 1 / 9), head);
  const data = [x, labels];
  return {
    loss: crossEntropy(output, labels),
    output,
    data,
    parameters,
    feeds: randomFeeds([...data, ...parameters], 3, rng),
  };
}

/** One block of causal self-attention with two heads, after an embedding; the loss is on every position. */
function attention(rng: Rng, batch = 2): Program {
  const [tokens, targets] = [op.input('tokens', [batch, 4], 'int'), op.input('targets', [batch, 4], 'int')];
  const parameters = [op.input('embedding', [5, 6]), op.input('qkv', [18, 6]), op.input('out', [6, 6])] as const;
  const [embedding, qkv, out] = parameters;
  const x = op.take(embedding, tokens, 0);
  const projected = linear(x, qkv);
  const heads = [0, 1, 2].map((i) =>
    op.transpose(op.reshape(op.sliceAxis(projected, 2, 6 * i, 6 * i + 6), [batch, 4, 2, 3]), [0, 2, 1, 3]),
  );
  const [q, k, v] = heads as [Node, Node, Node];
  const scores = op.scale(
    op.dot(q, k, { lhsContract: [3], rhsContract: [3], lhsBatch: [0, 1], rhsBatch: [0, 1] }),
    1 / Math.sqrt(3),
  );
  const future = op.lt(op.iota([4, 4], 0), op.iota([4, 4], 1));
  const masked = op.select(op.broadcast(future, scores.shape, [2, 3]), op.full(-Infinity), scores);
  const weights = op.exp(logSoftmax(masked));
  const mixed = op.dot(weights, v, { lhsContract: [3], rhsContract: [2], lhsBatch: [0, 1], rhsBatch: [0, 1] });
  const joined = op.add(x, linear(op.reshape(op.transpose(mixed, [0, 2, 1, 3]), [batch, 4, 6]), out));
  // The output layer is the embedding itself: a tied weight.
  const output = linear(joined, embedding);
  const loss = op.neg(mean(op.takeAlong(logSoftmax(output), op.reshape(targets, [batch, 4, 1]), 2)));
  const data = [tokens, targets];
  return { loss, output, data, parameters, feeds: randomFeeds([...data, ...parameters], 5, rng) };
}

/** Small enough that no maximum of a pooling window changes place along the way. */
const smallStep = 3e-5;

/** A recurrent network of five steps, hₜ = tanh(xₜ·Uᵀ + hₜ₋₁·Wᵀ), classified by its last state. */
function recurrent(rng: Rng, batch = 2): Program {
  const [x, labels] = [op.input('x', [batch, 5, 3]), op.input('labels', [batch], 'int')];
  const parameters = [op.input('u', [8, 3]), op.input('w', [8, 8]), op.input('head', [3, 8])] as const;
  const [u, w, head] = parameters;
  let state = op.full(0.1, [batch, 8]);
  for (let t = 0; t < 5; t++) {
    const step = op.reshape(op.sliceAxis(x, 1, t, t + 1), [batch, 3]);
    state = op.tanh(op.add(linear(step, u), linear(state, w)));
  }
  const output = linear(state, head);
  const data = [x, labels];
  return {
    loss: crossEntropy(output, labels),
    output,
    data,
    parameters,
    feeds: randomFeeds([...data, ...parameters], 3, rng),
  };
}

const vectorsFor = (parameters: readonly Node[]): Node<'input'>[] =>
  parameters.map((x, i) => op.input(`v${i}`, x.shape));

describe.each([
  ['MLP', mlp],
  ['convolutions with batch normalisation and pooling', convNet],
  ['causal self-attention with tied embedding', attention],
  ['recurrence', recurrent],
])('%s', (_, make) => {
  const rng = createRng(5);
  const { loss, output, data, parameters, feeds } = make(rng);
  const [v, u] = [vectorsFor(parameters), vectorsFor(parameters)];
  const [dv, du] = [randomDirections(parameters, rng), randomDirections(parameters, rng)];
  const all = new Map([...feeds, ...feedsOf(v, dv), ...feedsOf(u, du)]);
  const list = (directions: readonly Float64Array[]): number[] => directions.flatMap((d) => [...d]);

  test('the gradient equals the difference quotient of the loss', () => {
    const slopes = flat(valuesOf(gradient(loss, parameters), parameters, feeds));
    const expected = differenceQuotient(
      (step) => valuesOf([loss], [loss], moved(feeds, parameters, dv, step))[0] ?? [],
      smallStep,
    );
    expectClose([innerProduct(slopes, list(dv))], expected, 1e-9, 'slope');
  });

  test('Hessian-vector products equal the difference of gradients and are symmetric', () => {
    const hv = flat(valuesOf(hessianVectorProduct(loss, parameters, v), parameters, all));
    const hu = flat(valuesOf(hessianVectorProduct(loss, parameters, u), parameters, all));
    const slopes = gradient(loss, parameters);
    const expected = differenceQuotient(
      (step) => flat(valuesOf(slopes, parameters, moved(feeds, parameters, dv, step))),
      smallStep,
    );
    expectClose(hv, expected, 1e-8, 'H·v');
    const [left, right] = [innerProduct(list(du), hv), innerProduct(list(dv), hu)];
    expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(left)));
  });

  test('the Gauss–Newton matrix is symmetric and positive', () => {
    const gv = flat(valuesOf(ggnVectorProduct(loss, output, parameters, v), parameters, all));
    const gu = flat(valuesOf(ggnVectorProduct(loss, output, parameters, u), parameters, all));
    const [left, right] = [innerProduct(list(du), gv), innerProduct(list(dv), gu)];
    expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(left)));
    expect(innerProduct(list(dv), gv)).toBeGreaterThan(0);
  });

  test('batched, simplified and split Hessian-vector products equal single ones', () => {
    const size = 3;
    const graph: Graph = { inputs: [...data, ...parameters, ...v], outputs: hessianVectorProduct(loss, parameters, v) };
    const rows = Array.from({ length: size }, () => randomDirections(parameters, rng));
    const mapped = simplify(vmap(graph, new Set(v), size));
    const varying = mapped.inputs.slice(-v.length);
    const { setup, apply, residuals } = partialEvaluate(mapped, varying);
    const kept = evaluate(
      [...setup.outputs],
      new Map(setup.inputs.map((x) => [x, feeds.get(x) ?? new Float64Array()])),
    );
    const stacked = v.map((_, i) => Float64Array.from(rows.flatMap((row) => [...(row[i] ?? [])])));
    const simplified = simplify(apply);
    const actual = evaluate([...simplified.outputs], feedsOf(simplified.inputs, [...kept, ...stacked]));
    expect(residuals.length).toBeGreaterThan(0);
    rows.forEach((row, r) => {
      const single = valuesOf(graph.outputs, parameters, new Map([...feeds, ...feedsOf(v, row)]));
      single.forEach((expected, i) => {
        const count = expected.length;
        expectClose(
          Array.from(actual[i] ?? []).slice(r * count, (r + 1) * count),
          expected,
          1e-11,
          `probe ${r}, parameter ${i}`,
        );
      });
    });
  });

  test('gradients of each sample by vmap average to the gradient of the batch', () => {
    // Statistics of the batch couple the samples.
    if (make === convNet) return;
    const samples = data[0]?.shape[0] ?? 0;
    const one = make(rng, 1);
    const inputs = [...one.data, ...one.parameters];
    // Each sample is a batch of one: [samples, 1, …].
    const mapped = vmap({ inputs, outputs: gradient(one.loss, one.parameters) }, new Set(one.data), samples);
    const values = [...data, ...parameters].map((x) => feeds.get(x) ?? new Float64Array());
    const perSample = evaluate([...mapped.outputs], feedsOf(mapped.inputs, values));
    valuesOf(gradient(loss, parameters), parameters, feeds).forEach((expected, i) => {
      const count = expected.length;
      const average = expected.map((__, j) => {
        let sum = 0;
        for (let s = 0; s < samples; s++) sum += perSample[i]?.[s * count + j] ?? NaN;
        return sum / samples;
      });
      expectClose(average, expected, 1e-12, `parameter ${i}`);
    });
  });
});

/** Hessian of a program as a dense matrix, by products with all unit vectors at once. */
function denseHessian(program: Program): number[][] {
  const { loss, parameters, feeds } = program;
  const v = vectorsFor(parameters);
  const sizes = parameters.map((x) => elementCount(x.shape));
  const dimension = sizes.reduce((a, b) => a + b, 0);
  const mapped = vmap({ inputs: v, outputs: hessianVectorProduct(loss, parameters, v) }, new Set(v), dimension);
  let offset = 0;
  const units = sizes.map((size) => {
    const block = new Float64Array(dimension * size);
    for (let j = 0; j < size; j++) block[(offset + j) * size + j] = 1;
    offset += size;
    return block;
  });
  const columns = evaluate([...mapped.outputs], new Map([...feeds, ...feedsOf(mapped.inputs, units)]));
  return Array.from({ length: dimension }, (_, row) =>
    columns.flatMap((data, i) => Array.from(data.slice(row * (sizes[i] ?? 0), (row + 1) * (sizes[i] ?? 0)))),
  );
}

describe('closed forms', () => {
  test('softmax regression: H = mean of (diag p − p·pᵀ) ⊗ x·xᵀ', () => {
    const rng = createRng(3);
    const [samples, features, classes] = [5, 4, 3];
    const [x, labels, w] = [
      op.input('x', [samples, features]),
      op.input('labels', [samples], 'int'),
      op.input('w', [classes, features]),
    ];
    const output = linear(x, w);
    const feeds = randomFeeds([x, labels, w], classes, rng);
    const hessian = denseHessian({
      loss: crossEntropy(output, labels),
      output,
      data: [x, labels],
      parameters: [w],
      feeds,
    });
    const [xs, ws] = [Array.from(feeds.get(x) ?? []), Array.from(feeds.get(w) ?? [])];
    const row = (matrix: readonly number[], i: number): number[] => matrix.slice(i * features, (i + 1) * features);
    const expected = hessian.map((r) => r.map(() => 0));
    for (let n = 0; n < samples; n++) {
      const sample = row(xs, n);
      const odds = Array.from({ length: classes }, (_, c) => Math.exp(innerProduct(row(ws, c), sample)));
      const sum = odds.reduce((a, b) => a + b, 0);
      const p = odds.map((value) => value / sum);
      p.forEach((pa, a) =>
        p.forEach((pb, b) => {
          const curvature = ((a === b ? pa : 0) - pa * pb) / samples;
          sample.forEach((xi, i) =>
            sample.forEach((xj, j) => {
              const target = expected[a * features + i];
              if (target) target[b * features + j] = (target[b * features + j] ?? NaN) + curvature * xi * xj;
            }),
          );
        }),
      );
    }
    expectClose(flat(hessian), flat(expected), 1e-13, 'Hessian');
  });

  test('least squares: H = 2·XᵀX/N, and the Gauss–Newton matrix is the Hessian', () => {
    const rng = createRng(4);
    const [x, y, w] = [op.input('x', [6, 3]), op.input('y', [6]), op.input('w', [1, 3])];
    const output = op.reshape(linear(x, w), [6]);
    const residual = op.sub(output, y);
    const loss = mean(op.mul(residual, residual));
    const feeds = randomFeeds([x, y, w], 1, rng);
    const hessian = denseHessian({ loss, output, data: [x, y], parameters: [w], feeds });
    const xs = Array.from(feeds.get(x) ?? []);
    const column = (i: number): number[] => xs.filter((_, k) => k % 3 === i);
    const expected = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (2 * innerProduct(column(i), column(j))) / 6));
    expectClose(flat(hessian), flat(expected), 1e-13, 'Hessian');
    const v = op.constant(Float64Array.of(1, 2, 3), [1, 3]);
    const [gv, hv] = [ggnVectorProduct(loss, output, [w], [v]), hessianVectorProduct(loss, [w], [v])];
    expectClose(flat(valuesOf(gv, [w], feeds)), flat(valuesOf(hv, [w], feeds)), 1e-13, 'G·v');
  });
});

describe('cost', () => {
  /** Heads are split and merged by transpositions anyway; a block moves, besides, keys and values before their products. */
  test('a block of probes through attention transposes at most twice as often as one probe', () => {
    const { loss, data, parameters } = attention(createRng(1), 64);
    const v = vectorsFor(parameters);
    const graph: Graph = { inputs: [...data, ...parameters, ...v], outputs: hessianVectorProduct(loss, parameters, v) };
    const size = 7;
    const mapped = vmap(graph, new Set(v), size);
    const weights = Math.max(...parameters.map((x) => elementCount(x.shape)));
    const largeTransposes = (outputs: readonly Node[], largest: number): number =>
      topologicalOrder(outputs).filter(
        ({ primitive, shape }) => primitive === 'transpose' && elementCount(shape) > largest,
      ).length;
    const single = largeTransposes(partialEvaluate(simplify(graph), v).apply.outputs, weights);
    const block = largeTransposes(
      partialEvaluate(simplify(mapped), mapped.inputs.slice(-v.length)).apply.outputs,
      size * weights,
    );
    expect(single).toBeGreaterThan(0);
    expect(block).toBeLessThanOrEqual(2 * single);
  });

  test('the gradient of a recurrent weight is one matrix product', () => {
    const { loss, parameters } = recurrent(createRng(1));
    const [, w] = parameters;
    const [slope] = w ? gradient(loss, [w]) : [];
    expect(slope?.primitive).toBe('dot');
  });

  const convolutions: readonly Primitive[] = ['conv', 'convInputGrad', 'convFilterGrad'];
  const countConvolutions = (outputs: readonly Node[]): number =>
    topologicalOrder(outputs).filter(({ primitive }) => convolutions.includes(primitive)).length;

  /**
   * Per layer y = conv(x, w): ẏ takes conv(ẋ, w) and conv(x, ẇ); the tangents of the two cotangents take two each.
   * The first layer has neither ẋ nor a cotangent of x: conv(x, ẇ) and convFilterGrad(x, ẏ) remain.
   */
  test.each([1, 8])(
    'a Hessian-vector product applies 6 convolutions per layer and 2 for the first, %d probes at once',
    (size) => {
      const { loss, data, parameters } = convNet(createRng(1));
      const v = vectorsFor(parameters);
      const graph: Graph = {
        inputs: [...data, ...parameters, ...v],
        outputs: hessianVectorProduct(loss, parameters, v),
      };
      const mapped = size === 1 ? graph : vmap(graph, new Set(v), size);
      const { setup, apply } = partialEvaluate(simplify(mapped), mapped.inputs.slice(-v.length));
      expect(countConvolutions(simplify(apply).outputs)).toBe(6 + 6 + 2);
      // Forward 3; backward: 2 to inputs, those to weights are not needed.
      expect(countConvolutions(setup.outputs)).toBe(3 + 2);
    },
  );
});
