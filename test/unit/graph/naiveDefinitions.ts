/**
 * Every primitive once more, straight from its definition: each element of the result by its own index formula, with
 * no regard for speed and no code shared with the evaluation under test.
 */
import type { Node } from '../../../server/src/graph/node';
import { elementCount } from '../../../server/src/graph/node';
import type { ConstantData, ConvGeometry, Primitive, Shape } from '../../../server/src/graph/primitives';

type Index = readonly number[];

/** An array addressed by index; NaN outside, unless asked to be zero there. */
interface Tensor {
  readonly shape: Shape;
  readonly at: (index: Index) => number;
}

/** All indices below `shape`, the last axis fastest. */
export function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

const flatten = (shape: Shape, index: Index): number =>
  index.reduce((flat, i, axis) => flat * (shape[axis] ?? 0) + i, 0);

const inside = (shape: Shape, index: Index): boolean => index.every((i, axis) => i >= 0 && i < (shape[axis] ?? 0));

const tensor = (shape: Shape, data: ConstantData): Tensor => ({
  shape,
  at: (index) => (inside(shape, index) ? (data[flatten(shape, index)] ?? NaN) : NaN),
});

type Definition<P extends Primitive> = (node: Node<P>, operands: readonly Tensor[]) => number[];

const first = (operands: readonly Tensor[]): Tensor => nth(operands, 0);
function nth(operands: readonly Tensor[], i: number): Tensor {
  const found = operands[i];
  if (found === undefined) throw new RangeError(`no operand ${i}`);
  return found;
}

const map =
  (f: (...values: number[]) => number): Definition<Primitive> =>
  (node, operands) =>
    indicesOf(node.shape).map((index) => f(...operands.map((x) => x.at(index))));

/** Result element = f(index). */
const by =
  <P extends Primitive>(f: (node: Node<P>, operands: readonly Tensor[], index: Index) => number): Definition<P> =>
  (node, operands) =>
    indicesOf(node.shape).map((index) => f(node, operands, index));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const insert = (index: Index, axis: number, value: number): number[] => [
  ...index.slice(0, axis),
  value,
  ...index.slice(axis),
];
const replace = (index: Index, axis: number, value: number): number[] => index.map((i, a) => (a === axis ? value : i));

/** The lane of x along `axis` that result index `index` (without that axis) stands for. */
const lane = (x: Tensor, axis: number, index: Index): number[] =>
  Array.from({ length: x.shape[axis] ?? 0 }, (_, i) => x.at(insert(index, axis, i)));

const firstMaximum = (values: readonly number[]): number => {
  const nan = values.findIndex(Number.isNaN);
  return nan >= 0 ? nan : values.indexOf(Math.max(...values));
};

/** Adds each update to the result element that `target` names; indices outside are dropped. */
function scattered(shape: Shape, updates: Tensor, target: (index: Index) => Index): number[] {
  const result = new Array<number>(elementCount(shape)).fill(0);
  for (const index of indicesOf(updates.shape)) {
    const to = target(index);
    if (inside(shape, to)) result[flatten(shape, to)] = (result[flatten(shape, to)] ?? 0) + updates.at(index);
  }
  return result;
}

/** Every (x, w, y) triple of indices that a convolution multiplies. */
function* convolutionTriples(x: Shape, w: Shape, y: Shape, geometry: ConvGeometry): Generator<[Index, Index, Index]> {
  const { strides, padding, dilation, groups } = geometry;
  const outPerGroup = (w[0] ?? 0) / groups;
  for (const yi of indicesOf(y))
    for (const tap of indicesOf(w.slice(1))) {
      const [n = 0, o = 0, ...position] = yi;
      const [c = 0, ...offset] = tap;
      const spatial = position.map(
        (p, axis) => p * (strides[axis] ?? 1) + (offset[axis] ?? 0) * (dilation[axis] ?? 1) - (padding[axis]?.[0] ?? 0),
      );
      const xi = [n, Math.floor(o / outPerGroup) * (w[1] ?? 0) + c, ...spatial];
      if (inside(x, xi)) yield [xi, [o, ...tap], yi];
    }
}

function contractTriples(result: Shape, triples: Iterable<readonly [target: Index, product: number]>): number[] {
  const values = new Array<number>(elementCount(result)).fill(0);
  for (const [index, product] of triples) {
    const at = flatten(result, index);
    values[at] = (values[at] ?? 0) + product;
  }
  return values;
}

// ── special functions by methods other than the ones under test

/** Maclaurin series Σ (−1)ⁿ x²ⁿ⁺¹ / (n!(2n + 1)) · 2/√π; good to 1e-12 for |x| ≤ 3. */
function erfSeries(x: number): number {
  if (Number.isNaN(x)) return NaN;
  let [term, total] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** Γ(x) = Γ(x + 60) / (x(x + 1)…), the former by four terms of Stirling's series: 1e-13 for moderate x. */
function logGammaShifted(x: number): number {
  if (x <= 0 && Number.isInteger(x)) return Infinity;
  const z = x + 60;
  const stirling = (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + 1 / (12 * z) - 1 / (360 * z ** 3);
  return stirling - sum(Array.from({ length: 60 }, (_, k) => Math.log(Math.abs(x + k))));
}

function digammaShifted(x: number): number {
  if (x === 0) return -Infinity;
  if (x < 0 && Number.isInteger(x)) return NaN;
  const z = x + 60;
  const asymptotic = Math.log(z) - 1 / (2 * z) - 1 / (12 * z ** 2) + 1 / (120 * z ** 4);
  return asymptotic - sum(Array.from({ length: 60 }, (_, k) => 1 / (x + k)));
}

function halfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const bool = (value: boolean): number => (value ? 1 : 0);

const definitions: { readonly [P in Primitive]: Definition<P> } = {
  input: (_, operands) => indicesOf(first(operands).shape).map(first(operands).at),
  constant: ({ parameters: { data } }) => [...data],
  iota: by((node, _, index) => index[node.parameters.axis] ?? NaN),

  neg: map((x) => -x),
  abs: map((x) => (x < 0 ? -x : x)),
  sign: map((x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
  exp: map((x) => Math.E ** x),
  expm1: map((x) => Math.exp(x) - 1),
  log: map((x) => Math.log2(x) * Math.LN2),
  log1p: map((x) => Math.log(1 + x)),
  sqrt: map((x) => (x < 0 ? NaN : x ** 0.5)),
  sin: map((x) => Math.cos(x - Math.PI / 2)),
  cos: map((x) => 1 - 2 * Math.sin(x / 2) ** 2),
  tan: map((x) => Math.sin(x) / Math.cos(x)),
  asin: map((x) => (Math.abs(x) <= 1 ? Math.atan2(x, Math.sqrt(1 - x * x)) : NaN)),
  acos: map((x) => Math.PI / 2 - Math.asin(x)),
  atan: map((x) => Math.atan2(x, 1)),
  sinh: map((x) => (Math.exp(x) - Math.exp(-x)) / 2),
  cosh: map((x) => (Math.exp(x) + Math.exp(-x)) / 2),
  asinh: map((x) => Math.log(x + Math.sqrt(x * x + 1))),
  acosh: map((x) => (x >= 1 ? Math.log(x + Math.sqrt(x * x - 1)) : NaN)),
  atanh: map((x) => Math.log((1 + x) / (1 - x)) / 2),
  tanh: map((x) => 1 - 2 / (Math.exp(2 * x) + 1)),
  sigmoid: map((x) => 1 / (1 + Math.exp(-x))),
  softplus: map((x) => Math.log(1 + Math.exp(x))),
  erf: map(erfSeries),
  lgamma: map(logGammaShifted),
  digamma: map(digammaShifted),
  floor: map((x) => Math.floor(x)),
  ceil: map((x) => -Math.floor(-x)),
  round: map(halfToEven),
  not: map((x) => 1 - x),
  isnan: map((x) => bool(Number.isNaN(x))),
  convert: by(({ dtype }, operands, index) => {
    const value = first(operands).at(index);
    return dtype === 'bool' ? bool(value !== 0) : dtype === 'int' ? Math.trunc(value) : value;
  }),
  stopGradient: map((x) => x),

  add: map((a, b) => a + b),
  sub: map((a, b) => a - b),
  mul: map((a, b) => a * b),
  div: map((a, b) => a / b),
  pow: map((a, b) => a ** b),
  max: map((a, b) => Math.max(a, b)),
  min: map((a, b) => Math.min(a, b)),
  atan2: map((a, b) => Math.atan2(a, b)),
  remainder: map((a, b) => a - Math.floor(a / b) * b),
  eq: map((a, b) => bool(a === b)),
  lt: map((a, b) => bool(a < b)),
  le: map((a, b) => bool(a <= b)),
  and: map((a, b) => bool(a !== 0 && b !== 0)),
  or: map((a, b) => bool(a !== 0 || b !== 0)),
  select: map((p, a, b) => (p ? a : b)),

  dot: by((node, [a, b], index) => {
    if (a === undefined || b === undefined) throw new RangeError('dot takes two operands');
    const { lhsContract, rhsContract, lhsBatch, rhsBatch } = node.parameters;
    const lhs = new Array<number>(a.shape.length).fill(-1);
    const rhs = new Array<number>(b.shape.length).fill(-1);
    const rest = [...index];
    lhsBatch.forEach((axis, i) => (lhs[axis] = rhs[rhsBatch[i] ?? -1] = rest.shift() ?? NaN));
    const isFree = (axis: number, used: readonly number[]): boolean => !used.includes(axis);
    lhs.forEach((_, axis) => {
      if (isFree(axis, [...lhsBatch, ...lhsContract])) lhs[axis] = rest.shift() ?? NaN;
    });
    rhs.forEach((_, axis) => {
      if (isFree(axis, [...rhsBatch, ...rhsContract])) rhs[axis] = rest.shift() ?? NaN;
    });
    const products = indicesOf(lhsContract.map((axis) => a.shape[axis] ?? 0)).map((contracted) => {
      contracted.forEach((value, i) => (lhs[lhsContract[i] ?? -1] = rhs[rhsContract[i] ?? -1] = value));
      return a.at(lhs) * b.at(rhs);
    });
    return sum(products);
  }),
  conv: (node, operands) => {
    const [x, w] = [first(operands), nth(operands, 1)];
    const triples = [...convolutionTriples(x.shape, w.shape, node.shape, node.parameters)];
    return contractTriples(
      node.shape,
      triples.map(([xi, wi, yi]) => [yi, x.at(xi) * w.at(wi)] as const),
    );
  },
  convInputGrad: (node, operands) => {
    const [y, w] = [first(operands), nth(operands, 1)];
    const triples = [...convolutionTriples(node.shape, w.shape, y.shape, node.parameters)];
    return contractTriples(
      node.shape,
      triples.map(([xi, wi, yi]) => [xi, y.at(yi) * w.at(wi)] as const),
    );
  },
  convFilterGrad: (node, operands) => {
    const [x, y] = [first(operands), nth(operands, 1)];
    const triples = [...convolutionTriples(x.shape, node.shape, y.shape, node.parameters)];
    return contractTriples(
      node.shape,
      triples.map(([xi, wi, yi]) => [wi, x.at(xi) * y.at(yi)] as const),
    );
  },

  reduceSum: (node, operands) => {
    const kept = first(operands)
      .shape.map((_, axis) => axis)
      .filter((axis) => !node.parameters.axes.includes(axis));
    return scattered(node.shape, first(operands), (index) => kept.map((axis) => index[axis] ?? NaN));
  },
  reduceMax: by((node, operands, index) => Math.max(...lane(first(operands), node.parameters.axis, index))),
  argmax: by((node, operands, index) => firstMaximum(lane(first(operands), node.parameters.axis, index))),
  windowArgmax: by((node, operands, index) => {
    const { window, strides, padding, dilation } = node.parameters;
    const x = first(operands);
    const [n = 0, c = 0, ...position] = index;
    const taps = indicesOf(window)
      .map((tap) =>
        tap.map(
          (t, axis) =>
            (position[axis] ?? 0) * (strides[axis] ?? 1) - (padding[axis]?.[0] ?? 0) + t * (dilation[axis] ?? 1),
        ),
      )
      .filter((tap) => inside(x.shape.slice(2), tap));
    const winner = taps[firstMaximum(taps.map((tap) => x.at([n, c, ...tap])))];
    return winner === undefined ? -1 : flatten(x.shape.slice(2), winner);
  }),
  cumsum: by((node, operands, index) => {
    const { axis, reverse } = node.parameters;
    const from = index[axis] ?? 0;
    const positions = Array.from({ length: node.shape[axis] ?? 0 }, (_, i) => i).filter((i) =>
      reverse ? i >= from : i <= from,
    );
    return sum(positions.map((i) => first(operands).at(replace(index, axis, i))));
  }),
  // The element of rank r is the one that r others precede.
  argsort: by((node, operands, index) => {
    const { axis, descending } = node.parameters;
    const size = node.shape[axis] ?? 0;
    const value = (i: number): number => first(operands).at(replace(index, axis, i));
    const precedes = (i: number, j: number): boolean => {
      const [p, q] = [value(i), value(j)];
      if (Number.isNaN(p) || Number.isNaN(q)) return Number.isNaN(p) ? Number.isNaN(q) && i < j : true;
      return p === q ? i < j : descending ? p > q : p < q;
    };
    const all = Array.from({ length: size }, (_, i) => i);
    return all.find((i) => all.filter((j) => j !== i && precedes(j, i)).length === index[axis]) ?? -1;
  }),

  reshape: (_, operands) => indicesOf(first(operands).shape).map(first(operands).at),
  transpose: by((node, operands, index) => {
    const from = new Array<number>(index.length);
    node.parameters.permutation.forEach((axis, i) => (from[axis] = index[i] ?? NaN));
    return first(operands).at(from);
  }),
  broadcast: by((node, operands, index) =>
    first(operands).at(
      node.parameters.axes.map((axis, i) => (first(operands).shape[i] === 1 ? 0 : (index[axis] ?? NaN))),
    ),
  ),
  slice: by(({ parameters: { start, strides } }, operands, index) =>
    first(operands).at(index.map((i, axis) => (start[axis] ?? 0) + i * (strides[axis] ?? 1))),
  ),
  pad: by(({ parameters: { low, interior } }, operands, index) => {
    const from = index.map((i, axis) => (i - (low[axis] ?? 0)) / (1 + (interior[axis] ?? 0)));
    return from.every(Number.isInteger) && inside(first(operands).shape, from) ? first(operands).at(from) : 0;
  }),
  concat: by(({ parameters: { axis } }, operands, index) => {
    let position = index[axis] ?? 0;
    for (const x of operands) {
      const size = x.shape[axis] ?? 0;
      if (position < size) return x.at(replace(index, axis, position));
      position -= size;
    }
    return NaN;
  }),
  reverse: by((node, operands, index) =>
    first(operands).at(
      index.map((i, axis) => (node.parameters.axes.includes(axis) ? (node.shape[axis] ?? 0) - 1 - i : i)),
    ),
  ),

  take: by((node, operands, index) => {
    const { axis } = node.parameters;
    const [x, positions] = [first(operands), nth(operands, 1)];
    const rank = positions.shape.length;
    const position = positions.at(index.slice(axis, axis + rank));
    const value = x.at([...index.slice(0, axis), position, ...index.slice(axis + rank)]);
    return node.dtype !== 'float' && Number.isNaN(value) ? 0 : value;
  }),
  scatterAdd: (node, operands) => {
    const { axis } = node.parameters;
    const positions = nth(operands, 1);
    const rank = positions.shape.length;
    return scattered(node.shape, first(operands), (index) => [
      ...index.slice(0, axis),
      positions.at(index.slice(axis, axis + rank)),
      ...index.slice(axis + rank),
    ]);
  },
  takeAlong: by((node, operands, index) => {
    const value = first(operands).at(replace(index, node.parameters.axis, nth(operands, 1).at(index)));
    return node.dtype !== 'float' && Number.isNaN(value) ? 0 : value;
  }),
  scatterAddAlong: (node, operands) =>
    scattered(node.shape, first(operands), (index) => replace(index, node.parameters.axis, nth(operands, 1).at(index))),
};

/** The elements of `node`, whose operands are the given inputs with the given data. */
export function evaluateNaively(node: Node, inputs: readonly Node[], data: readonly ConstantData[]): number[] {
  const operands = inputs.map(({ shape }, i) => tensor(shape, data[i] ?? new Float64Array()));
  // The row belongs to this node's primitive; TypeScript does not follow the correlation.
  const definition = definitions[node.primitive] as Definition<Primitive>;
  return definition(node, operands);
}
