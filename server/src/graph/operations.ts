/**
 * One function per primitive that makes its node, plus the few shorthands everything else needs
 * (scalars, implicit broadcasting). Nodes get the span set by `withSpan`.
 */
import type { Node, SourceSpan } from './node';
import { elementCount } from './node';
import type {
  ConstantData,
  ConvGeometry,
  DType,
  Primitive,
  PrimitiveParameters,
  Shape,
  WindowGeometry,
} from './primitives';
import { ShapeError, shapeRules } from './shapes';

let nextId = 0;
let currentSpan: SourceSpan | undefined;

/** Runs `build` with every node it makes marked as coming from `span`. */
export function withSpan<T>(span: SourceSpan | undefined, build: () => T): T {
  const outer = currentSpan;
  currentSpan = span;
  try {
    return build();
  } finally {
    currentSpan = outer;
  }
}

function makeNode<P extends Primitive>(
  primitive: P,
  inputs: readonly Node[],
  parameters: PrimitiveParameters[P],
  shape: Shape,
  dtype: DType,
): Node<P> {
  // The union of NodeOf<Q> is indexed by P; TypeScript cannot see that this is its member for P.
  return { id: nextId++, primitive, inputs, parameters, shape, dtype, span: currentSpan } as unknown as Node<P>;
}

/** Makes the node of any primitive but a leaf. Throws `ShapeError` if the operands do not fit. */
export function emit<P extends Primitive>(
  primitive: P,
  inputs: readonly Node[],
  parameters: PrimitiveParameters[P],
): Node<P> {
  const { shape, dtype } = shapeRules[primitive](inputs, parameters);
  return makeNode(primitive, inputs, parameters, shape, dtype);
}

// ── leaves

export const input = (name: string, shape: Shape, dtype: DType = 'float'): Node<'input'> =>
  makeNode('input', [], { name }, shape, dtype);

/** A constant with row-major `data`; its element type follows from the kind of array. */
export function constant(data: ConstantData, shape: Shape): Node<'constant'> {
  if (data.length !== elementCount(shape))
    throw new ShapeError(`${data.length} elements do not fill the shape [${shape.join(', ')}]`);
  const dtype = data instanceof Float64Array ? 'float' : data instanceof Int32Array ? 'int' : 'bool';
  return makeNode('constant', [], { data }, shape, dtype);
}

/** The number `value` in every element of `shape`. */
export function full(value: number, shape: Shape = [], dtype: DType = 'float'): Node {
  const data =
    dtype === 'float' ? Float64Array.of(value) : dtype === 'int' ? Int32Array.of(value) : Uint8Array.of(value);
  const scalar = constant(data, []);
  return shape.length === 0 ? scalar : broadcast(scalar, shape, []);
}

export const iota = (shape: Shape, axis: number): Node => makeNode('iota', [], { axis }, shape, 'int');

// ── elementwise

type Unary = (x: Node) => Node;
type Binary = (a: Node, b: Node) => Node;

const unary =
  (primitive: Parameterless): Unary =>
  (x) =>
    emit(primitive, [x], {});
type Parameterless = {
  [P in Primitive]: PrimitiveParameters[P] extends Readonly<Record<string, never>> ? P : never;
}[Primitive];

/** Elementwise with NumPy broadcasting of the two operands. */
const binary =
  (primitive: Parameterless): Binary =>
  (a, b) => {
    const shape = broadcastShapes(a.shape, b.shape);
    return emit(primitive, [broadcastTo(a, shape), broadcastTo(b, shape)], {});
  };

export const neg = unary('neg');
export const abs = unary('abs');
export const sign = unary('sign');
export const exp = unary('exp');
export const expm1 = unary('expm1');
export const log = unary('log');
export const log1p = unary('log1p');
export const sqrt = unary('sqrt');
export const sin = unary('sin');
export const cos = unary('cos');
export const tan = unary('tan');
export const asin = unary('asin');
export const acos = unary('acos');
export const atan = unary('atan');
export const sinh = unary('sinh');
export const cosh = unary('cosh');
export const asinh = unary('asinh');
export const acosh = unary('acosh');
export const atanh = unary('atanh');
export const tanh = unary('tanh');
export const sigmoid = unary('sigmoid');
export const softplus = unary('softplus');
export const erf = unary('erf');
export const lgamma = unary('lgamma');
export const digamma = unary('digamma');
export const floor = unary('floor');
export const ceil = unary('ceil');
export const round = unary('round');
export const not = unary('not');
export const isnan = unary('isnan');
export const stopGradient = unary('stopGradient');
export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const pow = binary('pow');
export const max = binary('max');
export const min = binary('min');
export const atan2 = binary('atan2');
export const remainder = binary('remainder');
export const eq = binary('eq');
export const lt = binary('lt');
export const le = binary('le');
export const gt: Binary = (a, b) => lt(b, a);
export const ge: Binary = (a, b) => le(b, a);
export const ne: Binary = (a, b) => not(eq(a, b));
export const and = binary('and');
export const or = binary('or');

export const convert = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : emit('convert', [x], { dtype }));

/** Elementwise choice; all three operands broadcast. */
export function select(predicate: Node, whenTrue: Node, whenFalse: Node): Node {
  const shape = broadcastShapes(predicate.shape, broadcastShapes(whenTrue.shape, whenFalse.shape));
  return emit(
    'select',
    [predicate, whenTrue, whenFalse].map((x) => broadcastTo(x, shape)),
    {},
  );
}

/** x·factor with a number. */
export const scale = (x: Node, factor: number): Node => (factor === 1 ? x : mul(x, full(factor)));

// ── contraction

export const dot = (lhs: Node, rhs: Node, axes: PrimitiveParameters['dot']): Node => emit('dot', [lhs, rhs], axes);

export const conv = (x: Node, w: Node, geometry: ConvGeometry): Node => emit('conv', [x, w], geometry);

export const convInputGrad = (y: Node, w: Node, geometry: ConvGeometry, inputSpatial: Shape): Node =>
  emit('convInputGrad', [y, w], { ...geometry, inputSpatial });

export const convFilterGrad = (x: Node, y: Node, geometry: ConvGeometry, kernelSpatial: Shape): Node =>
  emit('convFilterGrad', [x, y], { ...geometry, kernelSpatial });

// ── reduction

export const reduceSum = (x: Node, axes: readonly number[]): Node =>
  axes.length === 0 ? x : emit('reduceSum', [x], { axes });
export const reduceMax = (x: Node, axis: number): Node => emit('reduceMax', [x], { axis });
export const argmax = (x: Node, axis: number): Node => emit('argmax', [x], { axis });
export const windowArgmax = (x: Node, geometry: WindowGeometry): Node => emit('windowArgmax', [x], geometry);
export const cumsum = (x: Node, axis: number, reverse = false): Node => emit('cumsum', [x], { axis, reverse });
export const argsort = (x: Node, axis: number, descending = false): Node => emit('argsort', [x], { axis, descending });

// ── structure

const equalShapes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

export const reshape = (x: Node, shape: Shape): Node =>
  equalShapes(x.shape, shape) ? x : emit('reshape', [x], { shape });

export const transpose = (x: Node, permutation: readonly number[]): Node =>
  permutation.every((axis, i) => axis === i) ? x : emit('transpose', [x], { permutation });

export const broadcast = (x: Node, shape: Shape, axes: readonly number[]): Node =>
  equalShapes(x.shape, shape) && axes.every((axis, i) => axis === i) ? x : emit('broadcast', [x], { shape, axes });

/** NumPy's common shape of two operands. Throws `ShapeError` naming both. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m = 1, n = 1] = [a[i - rank + a.length], b[i - rank + b.length]];
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
    return m === 1 ? n : m;
  });
}

/** `x` broadcast to `shape` by NumPy's rule (trailing axes aligned). */
export function broadcastTo(x: Node, shape: Shape): Node {
  const offset = shape.length - x.shape.length;
  return broadcast(
    x,
    shape,
    x.shape.map((_, axis) => axis + offset),
  );
}

export const slice = (
  x: Node,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[] = start.map(() => 1),
): Node => emit('slice', [x], { start, limit, strides });

/** x[..., start:limit, ...] along one axis. */
export const sliceAxis = (x: Node, axis: number, start: number, limit: number, stride = 1): Node =>
  start === 0 && limit === x.shape[axis] && stride === 1
    ? x
    : slice(
        x,
        x.shape.map((_, i) => (i === axis ? start : 0)),
        x.shape.map((size, i) => (i === axis ? limit : size)),
        x.shape.map((_, i) => (i === axis ? stride : 1)),
      );

export const pad = (
  x: Node,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[] = low.map(() => 0),
): Node => ([...low, ...high, ...interior].every((n) => n === 0) ? x : emit('pad', [x], { low, high, interior }));

export function concat(parts: readonly Node[], axis: number): Node {
  const [first] = parts;
  if (first === undefined) throw new ShapeError('cannot concatenate nothing');
  return parts.length === 1 ? first : emit('concat', parts, { axis });
}

export const reverse = (x: Node, axes: readonly number[]): Node =>
  axes.length === 0 ? x : emit('reverse', [x], { axes });

// ── indexing

export const take = (x: Node, index: Node, axis: number): Node => emit('take', [x, index], { axis });
export const scatterAdd = (updates: Node, index: Node, axis: number, size: number): Node =>
  emit('scatterAdd', [updates, index], { axis, size });
export const takeAlong = (x: Node, index: Node, axis: number): Node => emit('takeAlong', [x, index], { axis });
export const scatterAddAlong = (updates: Node, index: Node, axis: number, size: number): Node =>
  emit('scatterAddAlong', [updates, index], { axis, size });
