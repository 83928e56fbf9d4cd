/**
 * One random node of every primitive with random shapes and parameters, and data for its inputs. Everything is
 * drawn from a seeded generator, so that a failing case is reproduced by its seed.
 */
import type { Node } from '../../server/src/graph/node';
import { elementCount } from '../../server/src/graph/node';
import * as op from '../../server/src/graph/operations';
import type {
  ConstantData,
  ConvGeometry,
  DType,
  Primitive,
  Shape,
  WindowGeometry,
} from '../../server/src/graph/primitives';
import { windowPositions } from '../../server/src/graph/shapes';

/** Uniform in [0, 1). */
export type Rng = () => number;

/** mulberry32: a 32-bit state generator that passes gjrand; ample for test data. */
export function createRng(seed: number): Rng {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * `smooth`: inside the open domain and at least 0.05 away from every kink, tie and jump; indices in range.
 * `edge`: multiples of ¼ in [−3, 3], exact in float32, so that zeros, ties, poles and values outside the domain
 * occur often; indices may leave the range by one.
 */
export type DataKind = 'smooth' | 'edge';

export interface Example {
  readonly node: Node;
  readonly inputs: readonly Node<'input'>[];
  /**
   * Whether the node is a differentiable function of each input, so that on `smooth` data its jvp equals the
   * difference quotient. False for integers, for results that are not float, for stopGradient and digamma.
   */
  readonly differentiableInputs: readonly boolean[];
  /** Data for `inputs`, jointly: where the operands' relation makes a kink (max, remainder), it is kept away from. */
  readonly data: (rng: Rng, kind: DataKind) => ConstantData[];
}

// ── random numbers

const integer = (rng: Rng, low: number, high: number): number => low + Math.floor(rng() * (high - low + 1));
const uniform = (rng: Rng, low: number, high: number): number => low + rng() * (high - low);
const coin = (rng: Rng): boolean => rng() < 0.5;

function pick<T>(rng: Rng, from: readonly T[]): T {
  const chosen = from[integer(rng, 0, from.length - 1)];
  if (chosen === undefined) throw new RangeError('cannot pick from nothing');
  return chosen;
}

function shuffled<T>(rng: Rng, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: rng() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

export const randomShape = (rng: Rng, minRank = 0, maxRank = 4): number[] =>
  times(integer(rng, minRank, maxRank), () => integer(rng, 1, 4));

// ── data

type DrawNumber = (rng: Rng) => number;

const between =
  (low: number, high: number): DrawNumber =>
  (rng) =>
    uniform(rng, low, high);

/** Either sign, magnitude in [low, high]. */
const signed =
  (low: number, high: number): DrawNumber =>
  (rng) =>
    uniform(rng, low, high) * (coin(rng) ? 1 : -1);

/** An integer in [−3, 3] plus an offset in [low, high]. */
const besideInteger =
  (low: number, high: number): DrawNumber =>
  (rng) =>
    integer(rng, -3, 3) + uniform(rng, low, high);

const quarters: DrawNumber = (rng) => integer(rng, -12, 12) / 4;

const floats = (shape: Shape, rng: Rng, draw: DrawNumber): Float64Array =>
  Float64Array.from({ length: elementCount(shape) }, () => draw(rng));

const integers = (shape: Shape, rng: Rng, low: number, high: number): Int32Array =>
  Int32Array.from({ length: elementCount(shape) }, () => integer(rng, low, high));

const booleans = (shape: Shape, rng: Rng): Uint8Array =>
  Uint8Array.from({ length: elementCount(shape) }, () => integer(rng, 0, 1));

/** All different, at least 0.1 apart, in random order. */
function separated(shape: Shape, rng: Rng): Float64Array {
  const count = elementCount(shape);
  const ranks = shuffled(
    rng,
    times(count, (i) => i),
  );
  return Float64Array.from(ranks, (rank) => 0.2 * (rank - count / 2) + uniform(rng, 0, 0.1));
}

/** Data for any input by its element type: floats in [−2, 2] away from 0 (`smooth`) or quarters (`edge`); integers in [−3, 3]. */
export function randomData(node: Node, rng: Rng, kind: DataKind = 'smooth'): ConstantData {
  if (node.dtype === 'int') return integers(node.shape, rng, -3, 3);
  if (node.dtype === 'bool') return booleans(node.shape, rng);
  return floats(node.shape, rng, kind === 'smooth' ? signed(0.1, 2) : quarters);
}

// ── assembling examples

type DrawAll = (rng: Rng, kind: DataKind) => ConstantData[];
type MakeExample = (rng: Rng) => Example;

/** Inputs drawn by `randomData` unless `draw` says otherwise. */
function example(
  node: Node,
  inputs: readonly Node<'input'>[],
  differentiable: boolean | readonly boolean[] = true,
  draw: DrawAll = (rng, kind) => inputs.map((x) => randomData(x, rng, kind)),
): Example {
  const differentiableInputs = inputs.map(
    (x, i) =>
      x.dtype === 'float' &&
      node.dtype === 'float' &&
      (typeof differentiable === 'boolean' ? differentiable : (differentiable[i] ?? false)),
  );
  return { node, inputs, differentiableInputs, data: draw };
}

type UnaryPrimitive = Exclude<
  { [P in Primitive]: (typeof op)[P & keyof typeof op] extends (x: Node) => Node ? P : never }[Primitive],
  'input' | 'constant'
>;

const unary =
  (primitive: UnaryPrimitive, domain: DrawNumber, differentiable = true): MakeExample =>
  (rng) => {
    const x = op.input('x', randomShape(rng));
    const draw: DrawAll = (data, kind) => [floats(x.shape, data, kind === 'smooth' ? domain : quarters)];
    return example(op.emit(primitive, [x], {}), [x], differentiable, draw);
  };

type BinaryPrimitive =
  'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'atan2' | 'remainder' | 'eq' | 'lt' | 'le' | 'and' | 'or';

type DrawPair = (rng: Rng) => readonly [number, number];

const binary =
  (primitive: BinaryPrimitive, pair: DrawPair, dtypes: readonly DType[] = ['float', 'float', 'int']): MakeExample =>
  (rng) => {
    const dtype = pick(rng, dtypes);
    const shape = randomShape(rng);
    const [a, b] = [op.input('a', shape, dtype), op.input('b', shape, dtype)];
    const draw: DrawAll = (data, kind) => {
      if (dtype === 'bool') return [booleans(shape, data), booleans(shape, data)];
      // Divisors of integers are never 0: no processor has a value for that.
      if (dtype === 'int')
        return [integers(shape, data, -5, 5), integers(shape, data, 1, 4).map((n) => (coin(data) ? n : -n))];
      const pairs = times(elementCount(shape), () =>
        kind === 'smooth' ? pair(data) : ([quarters(data), quarters(data)] as const),
      );
      return [Float64Array.from(pairs, ([first]) => first), Float64Array.from(pairs, ([, second]) => second)];
    };
    return example(op.emit(primitive, [a, b], {}), [a, b], true, draw);
  };

const independent =
  (a: DrawNumber, b: DrawNumber): DrawPair =>
  (rng) => [a(rng), b(rng)];

const apart: DrawPair = (rng) => {
  const a = uniform(rng, -2, 2);
  return [a, a + signed(0.2, 1)(rng)];
};

/** a = b·(k + f) with f away from 0 and 1. */
const unevenQuotient: DrawPair = (rng) => {
  const b = signed(0.5, 2)(rng);
  return [b * besideInteger(0.15, 0.85)(rng), b];
};

/** Structural primitives move elements of any type. */
const anyInput = (rng: Rng, minRank = 0, maxRank = 4): Node<'input'> =>
  op.input('x', randomShape(rng, minRank, maxRank), pick<DType>(rng, ['float', 'float', 'int', 'bool']));

const floatInput = (rng: Rng, minRank = 0): Node<'input'> => op.input('x', randomShape(rng, minRank));

const anyAxis = (rng: Rng, x: Node): number => integer(rng, 0, x.shape.length - 1);

const withTies: (x: Node) => DrawAll = (x) => (rng, kind) => [
  kind === 'smooth' ? separated(x.shape, rng) : floats(x.shape, rng, quarters),
];

// ── contraction

/** Axes of a dot by label: each operand holds batch, contracted and free labels in random order. */
function dotExample(rng: Rng): Example {
  const count = (most: number): number => integer(rng, 0, most);
  const label = (kind: string, howMany: number) =>
    times(howMany, (i) => ({ name: `${kind}${i}`, size: integer(rng, 1, 4) }));
  const [batch, contract] = [label('b', count(2)), label('k', count(2))];
  const lhs = shuffled(rng, [...batch, ...contract, ...label('m', count(2))]);
  const rhs = shuffled(rng, [...batch, ...contract, ...label('n', count(2))]);
  const [batchOrder, contractOrder] = [shuffled(rng, batch), shuffled(rng, contract)];
  const a = op.input(
    'a',
    lhs.map(({ size }) => size),
  );
  const b = op.input(
    'b',
    rhs.map(({ size }) => size),
  );
  const node = op.dot(a, b, {
    lhsContract: contractOrder.map((axis) => lhs.indexOf(axis)),
    rhsContract: contractOrder.map((axis) => rhs.indexOf(axis)),
    lhsBatch: batchOrder.map((axis) => lhs.indexOf(axis)),
    rhsBatch: batchOrder.map((axis) => rhs.indexOf(axis)),
  });
  return example(node, [a, b]);
}

interface ConvolutionSizes {
  readonly geometry: ConvGeometry;
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
}

/** Stride, dilation, uneven padding, groups, and input rows that no window reaches all occur. */
function convolutionSizes(rng: Rng): ConvolutionSizes {
  const rank = integer(rng, 1, 3);
  const groups = integer(rng, 1, 3);
  const kernel = times(rank, () => integer(rng, 1, 3));
  const geometry: ConvGeometry = {
    strides: times(rank, () => integer(rng, 1, 3)),
    padding: times(rank, () => [integer(rng, 0, 2), integer(rng, 0, 2)] as const),
    dilation: times(rank, () => integer(rng, 1, 2)),
    groups,
  };
  const spatial = kernel.map((size, axis) => {
    const [before = 0, after = 0] = geometry.padding[axis] ?? [];
    const reach = (size - 1) * (geometry.dilation[axis] ?? 1) + 1;
    return Math.max(1, reach - before - after) + integer(rng, 0, 3);
  });
  const [batch, inPerGroup, outPerGroup] = [integer(rng, 1, 3), integer(rng, 1, 3), integer(rng, 1, 3)];
  return {
    geometry,
    x: [batch, inPerGroup * groups, ...spatial],
    w: [outPerGroup * groups, inPerGroup, ...kernel],
    y: [batch, outPerGroup * groups, ...windowPositions(spatial, kernel, geometry)],
  };
}

function windowExample(rng: Rng): Example {
  const rank = integer(rng, 1, 3);
  const window = times(rank, () => integer(rng, 1, 3));
  const dilation = times(rank, () => integer(rng, 1, 2));
  // At most half a window of padding, so that every window sees an element.
  const padding = window.map((size) => [integer(rng, 0, size >> 1), integer(rng, 0, size >> 1)] as const);
  const spatial = window.map((size, axis) => (size - 1) * (dilation[axis] ?? 1) + 1 + integer(rng, 0, 3));
  const geometry: WindowGeometry = { window, strides: times(rank, () => integer(rng, 1, 3)), padding, dilation };
  const x = op.input('x', [integer(rng, 1, 2), integer(rng, 1, 3), ...spatial]);
  return example(op.windowArgmax(x, geometry), [x], false, withTies(x));
}

// ── indexing

/** Indices for an axis of `size`: in range, or for `edge` up to one outside on both ends. */
const indices = (shape: Shape, rng: Rng, size: number, kind: DataKind): Int32Array =>
  kind === 'smooth' ? integers(shape, rng, 0, size - 1) : integers(shape, rng, -1, size);

const indexed =
  (x: Node, index: Node, size: number): DrawAll =>
  (rng, kind) => [randomData(x, rng, kind), indices(index.shape, rng, size, kind)];

const replaceAxis = (shape: Shape, axis: number, replacement: readonly number[]): number[] => [
  ...shape.slice(0, axis),
  ...replacement,
  ...shape.slice(axis + 1),
];

const sizeOf = (x: Node, axis: number): number => x.shape[axis] ?? 1;

function takeExample(rng: Rng): Example {
  const x = anyInput(rng, 1, 3);
  const axis = anyAxis(rng, x);
  const index = op.input('index', randomShape(rng, 0, 2), 'int');
  return example(op.take(x, index, axis), [x, index], true, indexed(x, index, sizeOf(x, axis)));
}

function scatterAddExample(rng: Rng): Example {
  const result = randomShape(rng, 1, 3);
  const axis = integer(rng, 0, result.length - 1);
  const size = result[axis] ?? 1;
  const index = op.input('index', randomShape(rng, 0, 2), 'int');
  const updates = op.input(
    'updates',
    replaceAxis(result, axis, index.shape),
    pick<DType>(rng, ['float', 'float', 'int']),
  );
  return example(op.scatterAdd(updates, index, axis, size), [updates, index], true, indexed(updates, index, size));
}

function takeAlongExample(rng: Rng): Example {
  const x = anyInput(rng, 1, 3);
  const axis = anyAxis(rng, x);
  const index = op.input('index', replaceAxis(x.shape, axis, [integer(rng, 1, 4)]), 'int');
  return example(op.takeAlong(x, index, axis), [x, index], true, indexed(x, index, sizeOf(x, axis)));
}

function scatterAddAlongExample(rng: Rng): Example {
  const updates = op.input('updates', randomShape(rng, 1, 3), pick<DType>(rng, ['float', 'float', 'int']));
  const [axis, size] = [anyAxis(rng, updates), integer(rng, 1, 4)];
  const index = op.input('index', updates.shape, 'int');
  return example(op.scatterAddAlong(updates, index, axis, size), [updates, index], true, indexed(updates, index, size));
}

// ── structure

function broadcastExample(rng: Rng): Example {
  const shape = randomShape(rng);
  const axes = times(shape.length, (axis) => axis).filter(() => rng() < 0.7);
  const x = op.input(
    'x',
    axes.map((axis) => (rng() < 0.4 ? 1 : (shape[axis] ?? 1))),
    pick<DType>(rng, ['float', 'float', 'int', 'bool']),
  );
  return example(op.emit('broadcast', [x], { shape, axes }), [x]);
}

/** The same number of elements, factors regrouped at random. */
function regrouped(rng: Rng, shape: Shape): number[] {
  const result: number[] = coin(rng) ? [1] : [];
  for (const size of shuffled(rng, shape)) {
    const last = result.at(-1);
    if (last !== undefined && coin(rng)) result[result.length - 1] = last * size;
    else result.push(size);
  }
  return result;
}

function sliceExample(rng: Rng): Example {
  const x = anyInput(rng);
  const start = x.shape.map((size) => integer(rng, 0, size - 1));
  const limit = x.shape.map((size, axis) => integer(rng, (start[axis] ?? 0) + 1, size));
  const strides = x.shape.map(() => integer(rng, 1, 3));
  return example(op.slice(x, start, limit, strides), [x]);
}

function padExample(rng: Rng): Example {
  const x = anyInput(rng, 0, 3);
  const amounts = (most: number): number[] => x.shape.map(() => integer(rng, 0, most));
  const parameters = { low: amounts(2), high: amounts(2), interior: amounts(2) };
  return example(op.emit('pad', [x], parameters), [x]);
}

function concatExample(rng: Rng): Example {
  const first = anyInput(rng, 1);
  const axis = anyAxis(rng, first);
  const others = times(integer(rng, 0, 2), (i) =>
    op.input(`x${i}`, replaceAxis(first.shape, axis, [integer(rng, 1, 3)]), first.dtype),
  );
  return example(op.emit('concat', [first, ...others], { axis }), [first, ...others]);
}

function selectExample(rng: Rng): Example {
  const shape = randomShape(rng);
  const dtype = pick<DType>(rng, ['float', 'float', 'int', 'bool']);
  const inputs = [op.input('p', shape, 'bool'), op.input('a', shape, dtype), op.input('b', shape, dtype)];
  return example(op.emit('select', inputs, {}), inputs);
}

function convertExample(rng: Rng): Example {
  const [from = 'float', dtype = 'int'] = shuffled<DType>(rng, ['float', 'int', 'bool']);
  const x = op.input('x', randomShape(rng), from);
  return example(op.convert(x, dtype), [x]);
}

const someAxes = (rng: Rng, x: Node): number[] => times(x.shape.length, (axis) => axis).filter(() => coin(rng));

// ── the table

const examples: { readonly [P in Primitive]: MakeExample } = {
  input: (rng) => {
    const x = anyInput(rng);
    return example(x, [x]);
  },
  constant: (rng) => {
    const shape = randomShape(rng);
    return example(op.constant(floats(shape, rng, quarters), shape), []);
  },
  iota: (rng) => {
    const shape = randomShape(rng, 1);
    return example(op.iota(shape, integer(rng, 0, shape.length - 1)), []);
  },

  neg: unary('neg', between(-2, 2)),
  abs: unary('abs', signed(0.1, 2)),
  sign: unary('sign', signed(0.1, 2)),
  exp: unary('exp', between(-2, 2)),
  expm1: unary('expm1', between(-2, 2)),
  log: unary('log', between(0.3, 3)),
  log1p: unary('log1p', between(-0.7, 2)),
  sqrt: unary('sqrt', between(0.3, 3)),
  sin: unary('sin', between(-3, 3)),
  cos: unary('cos', between(-3, 3)),
  tan: unary('tan', between(-1.2, 1.2)),
  asin: unary('asin', between(-0.8, 0.8)),
  acos: unary('acos', between(-0.8, 0.8)),
  atan: unary('atan', between(-3, 3)),
  sinh: unary('sinh', between(-2, 2)),
  cosh: unary('cosh', between(-2, 2)),
  asinh: unary('asinh', between(-3, 3)),
  acosh: unary('acosh', between(1.3, 4)),
  atanh: unary('atanh', between(-0.8, 0.8)),
  tanh: unary('tanh', between(-3, 3)),
  sigmoid: unary('sigmoid', between(-4, 4)),
  softplus: unary('softplus', between(-4, 4)),
  erf: unary('erf', between(-2, 2)),
  lgamma: unary('lgamma', between(0.4, 5)),
  digamma: unary('digamma', between(0.4, 5), false),
  floor: unary('floor', besideInteger(0.1, 0.9)),
  ceil: unary('ceil', besideInteger(0.1, 0.9)),
  round: unary('round', besideInteger(-0.4, 0.4)),
  not: (rng) => {
    const x = op.input('x', randomShape(rng), 'bool');
    return example(op.not(x), [x]);
  },
  isnan: (rng) => {
    const x = floatInput(rng);
    const draw: DrawAll = (data) => [floats(x.shape, data, () => (coin(data) ? NaN : quarters(data)))];
    return example(op.isnan(x), [x], false, draw);
  },
  convert: convertExample,
  stopGradient: unary('stopGradient', between(-2, 2), false),

  add: binary('add', independent(between(-2, 2), between(-2, 2))),
  sub: binary('sub', independent(between(-2, 2), between(-2, 2))),
  mul: binary('mul', independent(between(-2, 2), between(-2, 2))),
  div: binary('div', independent(between(-2, 2), signed(0.5, 2)), ['float']),
  pow: binary('pow', independent(between(0.3, 2), between(-2, 2)), ['float']),
  max: binary('max', apart),
  min: binary('min', apart),
  atan2: binary('atan2', independent(signed(0.3, 2), signed(0.3, 2)), ['float']),
  remainder: binary('remainder', unevenQuotient),
  eq: binary('eq', independent(quarters, quarters), ['float', 'int', 'bool']),
  lt: binary('lt', independent(quarters, quarters)),
  le: binary('le', independent(quarters, quarters)),
  and: binary('and', independent(quarters, quarters), ['bool']),
  or: binary('or', independent(quarters, quarters), ['bool']),
  select: selectExample,

  dot: dotExample,
  conv: (rng) => {
    const { geometry, ...sizes } = convolutionSizes(rng);
    const [x, w] = [op.input('x', sizes.x), op.input('w', sizes.w)];
    return example(op.conv(x, w, geometry), [x, w]);
  },
  convInputGrad: (rng) => {
    const { geometry, ...sizes } = convolutionSizes(rng);
    const [y, w] = [op.input('y', sizes.y), op.input('w', sizes.w)];
    return example(op.convInputGrad(y, w, geometry, sizes.x.slice(2)), [y, w]);
  },
  convFilterGrad: (rng) => {
    const { geometry, ...sizes } = convolutionSizes(rng);
    const [x, y] = [op.input('x', sizes.x), op.input('y', sizes.y)];
    return example(op.convFilterGrad(x, y, geometry, sizes.w.slice(2)), [x, y]);
  },

  reduceSum: (rng) => {
    const x = op.input('x', randomShape(rng), pick<DType>(rng, ['float', 'float', 'int']));
    return example(op.emit('reduceSum', [x], { axes: someAxes(rng, x) }), [x]);
  },
  reduceMax: (rng) => {
    const x = floatInput(rng, 1);
    return example(op.reduceMax(x, anyAxis(rng, x)), [x], true, withTies(x));
  },
  argmax: (rng) => {
    const x = floatInput(rng, 1);
    return example(op.argmax(x, anyAxis(rng, x)), [x], false, withTies(x));
  },
  windowArgmax: windowExample,
  cumsum: (rng) => {
    const x = op.input('x', randomShape(rng, 1), pick<DType>(rng, ['float', 'float', 'int']));
    return example(op.cumsum(x, anyAxis(rng, x), coin(rng)), [x]);
  },
  argsort: (rng) => {
    const x = floatInput(rng, 1);
    return example(op.argsort(x, anyAxis(rng, x), coin(rng)), [x], false, withTies(x));
  },

  reshape: (rng) => {
    const x = anyInput(rng);
    return example(op.emit('reshape', [x], { shape: regrouped(rng, x.shape) }), [x]);
  },
  transpose: (rng) => {
    const x = anyInput(rng);
    const permutation = shuffled(
      rng,
      times(x.shape.length, (axis) => axis),
    );
    return example(op.emit('transpose', [x], { permutation }), [x]);
  },
  broadcast: broadcastExample,
  slice: sliceExample,
  pad: padExample,
  concat: concatExample,
  reverse: (rng) => {
    const x = anyInput(rng);
    return example(op.emit('reverse', [x], { axes: someAxes(rng, x) }), [x]);
  },

  take: takeExample,
  scatterAdd: scatterAddExample,
  takeAlong: takeAlongExample,
  scatterAddAlong: scatterAddAlongExample,
};

/** Every primitive, from the keys of a total table: a new one appears here by itself. */
export const allPrimitives = Object.keys(examples) as Primitive[];

/** A random node of `primitive` on input nodes. */
export const exampleFor = (primitive: Primitive, rng: Rng): Example => examples[primitive](rng);
