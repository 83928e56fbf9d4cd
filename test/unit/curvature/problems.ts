/** Losses whose Hessians have closed forms, and a small network. */
import type { ArrayValue } from '../../../server/src/engine/engine';
import type { LayerOutput, LossGraph, ParameterBlock, Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';

const matmul = (a: Node, b: Node): Node =>
  op.dot(a, b, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
const meanOf = (x: Node): Node =>
  op.scale(
    op.reduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    1 / x.shape.reduce((a, b) => a * b, 1),
  );

/** Lays parameters out in θ one after another. */
export function layout(shapes: Readonly<Record<string, readonly number[]>>): ParameterBlock[] {
  let offset = 0;
  return Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const block = { name, shape, offset, size, layer: name.split('.').slice(0, -1).join('.') };
    offset += size;
    return block;
  });
}

export interface Data {
  /** N rows. */
  readonly x: readonly Float64Array[];
  /** Targets: numbers or classes. */
  readonly y: Float64Array;
}

interface Model {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly theta: Float64Array;
  readonly classCount?: number;
  /** (parameters, x [n, d], y [n] or class mask [n, C]) → loss, output. */
  readonly loss: (
    parameters: readonly Node[],
    x: Node,
    y: Node,
  ) => { loss: Node; output: Node; layers?: LayerOutput[] };
}

/** A problem over explicit data; classes are given as one-hot rows. */
export function problemOf(model: Model, data: Data): Problem {
  const parameters = layout(model.shapes);
  const width = data.x[0]?.length ?? 0;
  const { classCount } = model;
  const targetShape = (n: number): number[] => (classCount === undefined ? [n] : [n, classCount]);
  return {
    parameters,
    theta: model.theta,
    sampleCount: data.x.length,
    buffers: [],
    separable: true,
    ...(classCount === undefined ? {} : { classCount, labels: { input: 1, classes: data.y } }),
    trace: (n): LossGraph => {
      const nodes = parameters.map(({ name, shape }) => op.input(name, shape));
      const x = op.input('x', [n, width]);
      const y = op.input('y', targetShape(n));
      return { parameters: nodes, buffers: [], data: [x, y], ...model.loss(nodes, x, y) };
    },
    batch: (indices): ArrayValue[] => {
      const x = Float64Array.from(indices.flatMap((i) => [...(data.x[i] ?? [])]));
      const y = Float64Array.from(
        indices.flatMap((i) => {
          const target = data.y[i] ?? NaN;
          return classCount === undefined
            ? [target]
            : Array.from({ length: classCount }, (_, c) => (c === target ? 1 : 0));
        }),
      );
      return [
        { shape: [indices.length, width], dtype: 'float', data: x },
        { shape: targetShape(indices.length), dtype: 'float', data: y },
      ];
    },
  };
}

/** −Σ onehot·log softmax, averaged. */
export function crossEntropy(logits: Node, onehot: Node): Node {
  const largest = op.stopGradient(op.reduceMax(logits, 1));
  const column = (v: Node): Node => op.reshape(v, [v.shape[0] ?? 0, 1]);
  const shifted = op.sub(logits, column(largest));
  const logSum = op.log(op.reduceSum(op.exp(shifted), [1]));
  const logp = op.sub(shifted, column(logSum));
  return op.scale(op.reduceSum(op.mul(onehot, logp), [0, 1]), -1 / (logits.shape[0] ?? 1));
}

/** L = mean (xᵀw − y)²: H = (2/N)XᵀX at every w. */
export const leastSquares = (theta: Float64Array): Model => ({
  shapes: { 'fc.weight': [theta.length] },
  theta,
  loss: ([w], x, y) => {
    const output = op.dot(x, w as Node, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
    const error = op.sub(output, y);
    return { loss: meanOf(op.mul(error, error)), output };
  },
});

/** L = mean softplus(s) − y·s with s = xᵀw and y 0 or 1: H = (1/N)Xᵀdiag(σ(1 − σ))X. */
export const logisticRegression = (theta: Float64Array): Model => ({
  shapes: { 'fc.weight': [theta.length] },
  theta,
  loss: ([w], x, y) => {
    const output = op.dot(x, w as Node, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
    return { loss: meanOf(op.sub(op.softplus(output), op.mul(y, output))), output };
  },
});

/** Softmax regression with W [C, d]: Hᵢ = (diag(s) − ssᵀ) ⊗ xxᵀ. */
export const softmaxRegression = (theta: Float64Array, classCount: number): Model => ({
  shapes: { 'fc.weight': [classCount, theta.length / classCount] },
  theta,
  classCount,
  loss: ([w], x, y) => {
    const output = matmul(x, op.transpose(w as Node, [1, 0]));
    return { loss: crossEntropy(output, y), output };
  },
});

/** A product of matrices without biases, with a squared error on every output: widths from input to output. */
export function deepLinear(widths: readonly number[], seed: number): Model {
  const random = new Random(seed, 'deep linear');
  const shapes = Object.fromEntries(
    widths.slice(1).map((width, l) => [`fc${l + 1}.weight`, [width, widths[l] as number]] as const),
  );
  const size = widths.slice(1).reduce((sum, width, l) => sum + width * (widths[l] as number), 0);
  return {
    shapes,
    theta: Float64Array.from({ length: size }, () => random.gaussian()),
    classCount: widths.at(-1) as number,
    loss: (matrices, x, y) => {
      const output = matrices.reduce((h, w) => matmul(h, op.transpose(w, [1, 0])), x);
      const error = op.sub(output, y);
      return { loss: op.scale(op.reduceSum(op.mul(error, error), [0, 1]), 1 / (x.shape[0] ?? 1)), output };
    },
  };
}

/** Convolutions with kernels of 3 over a line of positions, padded to keep them, and a linear layer; no biases or activations, squared error. */
export function linearConvolutions(channels: readonly number[], positions: number, outputs: number): Model {
  const random = new Random(4, 'convolutions');
  const kernels = channels.slice(1).map((out, l) => [`conv${l + 1}.weight`, [out, channels[l] as number, 3]] as const);
  const shapes = Object.fromEntries<readonly number[]>([
    ...kernels,
    ['fc.weight', [outputs, (channels.at(-1) as number) * positions]] as const,
  ]);
  const size = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return {
    shapes,
    theta: Float64Array.from({ length: size }, () => 0.5 * random.gaussian()),
    classCount: outputs,
    loss: (weights, x, y) => {
      const n = x.shape[0] ?? 1;
      const last = weights.at(-1) as Node;
      const geometry = { strides: [1], padding: [[1, 1]] as const, dilation: [1], groups: 1 };
      const line = weights
        .slice(0, -1)
        .reduce((h, w) => op.conv(h, w, geometry), op.reshape(x, [n, channels[0] as number, positions]));
      const output = matmul(
        op.reshape(line, [n, line.shape.slice(1).reduce((a, b) => a * b, 1)]),
        op.transpose(last, [1, 0]),
      );
      const error = op.sub(output, y);
      return { loss: op.scale(op.reduceSum(op.mul(error, error), [0, 1]), 1 / n), output };
    },
  };
}

/** d → h → C with tanh. */
export function mlp(widths: readonly [number, number, number], seed: number): Model {
  const [d, h, c] = widths;
  const random = new Random(seed, 'mlp');
  const draw = (n: number, scale: number): number[] => Array.from({ length: n }, () => scale * random.gaussian());
  return {
    shapes: { 'fc1.weight': [h, d], 'fc1.bias': [h], 'fc2.weight': [c, h], 'fc2.bias': [c] },
    theta: Float64Array.from([
      ...draw(h * d, 1 / Math.sqrt(d)),
      ...draw(h, 0.1),
      ...draw(c * h, 1 / Math.sqrt(h)),
      ...draw(c, 0.1),
    ]),
    classCount: c,
    loss: ([w1, b1, w2, b2], x, y) => {
      const hidden = op.tanh(op.add(matmul(x, op.transpose(w1 as Node, [1, 0])), b1 as Node));
      const output = op.add(matmul(hidden, op.transpose(w2 as Node, [1, 0])), b2 as Node);
      return { loss: crossEntropy(output, y), output };
    },
  };
}

/** d → h → 1 with tanh and L = mean (output − y)². */
export function tanhRegression(widths: readonly [number, number], seed: number): Model {
  const [d, h] = widths;
  const random = new Random(seed, 'tanh');
  const draw = (n: number, scale: number): number[] => Array.from({ length: n }, () => scale * random.gaussian());
  return {
    shapes: { 'fc1.weight': [h, d], 'fc1.bias': [h], 'fc2.weight': [1, h], 'fc2.bias': [1] },
    theta: Float64Array.from([...draw(h * d, 1 / Math.sqrt(d)), ...draw(h, 0.1), ...draw(h, 1 / Math.sqrt(h)), 0]),
    loss: ([w1, b1, w2, b2], x, y) => {
      const hidden = op.tanh(op.add(matmul(x, op.transpose(w1 as Node, [1, 0])), b1 as Node));
      const column = op.add(matmul(hidden, op.transpose(w2 as Node, [1, 0])), b2 as Node);
      const output = op.reshape(column, [column.shape[0] ?? 1]);
      const error = op.sub(output, y);
      return { loss: meanOf(op.mul(error, error)), output };
    },
  };
}

/** 1 → h → h → 1 with tanh and L = mean (output − y)². */
export function deepTanhRegression(h: number, seed: number): Model {
  const random = new Random(seed, 'deep tanh');
  const draw = (n: number, scale: number): number[] => Array.from({ length: n }, () => scale * random.gaussian());
  const root = 1 / Math.sqrt(h);
  return {
    shapes: {
      'fc1.weight': [h, 1],
      'fc1.bias': [h],
      'fc2.weight': [h, h],
      'fc2.bias': [h],
      'fc3.weight': [1, h],
      'fc3.bias': [1],
    },
    theta: Float64Array.from([
      ...draw(h, 1),
      ...draw(h, 0.5),
      ...draw(h * h, root),
      ...draw(h, 0),
      ...draw(h, root),
      0,
    ]),
    loss: ([w1, b1, w2, b2, w3, b3], x, y) => {
      const layer = (from: Node, w: Node | undefined, b: Node | undefined): Node =>
        op.add(matmul(from, op.transpose(w as Node, [1, 0])), b as Node);
      const column = layer(op.tanh(layer(op.tanh(layer(x, w1, b1)), w2, b2)), w3, b3);
      const output = op.reshape(column, [column.shape[0] ?? 1]);
      const error = op.sub(output, y);
      return { loss: meanOf(op.mul(error, error)), output };
    },
  };
}

/** y = scale·T_degree(x), the Chebyshev polynomial, at n points from −1 to 1. */
export function chebyshevData(n: number, degree: number, scale: number): Data {
  const points = Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
  return {
    x: points.map((x) => Float64Array.of(x)),
    y: Float64Array.from(points, (x) => scale * Math.cos(degree * Math.acos(x))),
  };
}

/** Gaussian inputs and a smooth function of a few directions of them. */
export function regressionData(n: number, d: number, seed: number): Data {
  const random = new Random(seed, 'regression');
  const x = Array.from({ length: n }, () => random.gaussianVector(d));
  const y = Float64Array.from(x, ([a = 0, b = 0, c = 0]) => Math.sin(2 * a) + b * c);
  return { x, y };
}

/** Gaussian inputs (with one long axis, so that curvature has an outlier) and classes from a random linear rule. */
export function classificationData(n: number, d: number, classCount: number, seed: number): Data {
  const random = new Random(seed, 'data');
  const rule = Array.from({ length: classCount }, (_, c) => new Random(1000 + c, 'rule').gaussianVector(d));
  const x = Array.from({ length: n }, () => random.gaussianVector(d).map((value, j) => (j === 0 ? 2 * value : value)));
  const y = Float64Array.from(x, (row) => {
    const scores = rule.map((w) => w.reduce((sum, weight, j) => sum + weight * (row[j] ?? 0), 0) + random.gaussian());
    return scores.indexOf(Math.max(...scores));
  });
  return { x, y };
}

/** Layers `0` … `depth − 1` of width d, each c·I, a rectifier after each where asked for, and the sum of the outputs against the target, squared. */
export function scaledIdentities(depth: number, d: number, c: number, rectified = false): Model {
  const shapes = Object.fromEntries(Array.from({ length: depth }, (_, l) => [`${l}.weight`, [d, d]]));
  const identity = Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? c : 0));
  return {
    shapes,
    theta: Float64Array.from(Array.from({ length: depth }, () => identity).flat()),
    loss: (weights, x, y) => {
      const layers: LayerOutput[] = [];
      let a = x;
      weights.forEach((w, l) => {
        const linear = matmul(a, op.transpose(w, [1, 0]));
        layers.push({ name: String(l), type: 'Linear', node: linear });
        a = rectified ? op.select(op.gt(linear, op.full(0, linear.shape)), linear, op.full(0, linear.shape)) : linear;
      });
      const error = op.sub(op.reduceSum(a, [1]), y);
      return { loss: meanOf(op.mul(error, error)), output: a, layers };
    },
  };
}
