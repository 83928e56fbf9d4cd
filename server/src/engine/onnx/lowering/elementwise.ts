/**
 * Elementwise primitives. Operands are passed unrepeated, in the blocked layout when an operand of full size has it;
 * constants are scalars, so that an expression is the same in both layouts.
 */
import type { Node } from '../../../graph/node';
import { elementCount, operand } from '../../../graph/node';
import type { DType, Primitive } from '../../../graph/primitives';
import { uniformValue } from '../../../graph/simplify/uniformValue';
import type { OnnxModelBuilder } from '../onnxModel';
import type { Lowering } from './lowering';
import { operandAt, partialValue } from './lowering';
import { digamma, logGamma } from './gamma';
import type { Fusible, Value } from './value';
import { canBlock } from './value';

/** Writes an expression of named operands of the given element type, and returns the name of the result. */
export type Expression = (model: OnnxModelBuilder, operands: readonly string[], dtype: DType, node: Node) => string;

/** Lowers a primitive that works element by element. */
export const elementwise =
  (expression: Expression): Lowering<Primitive> =>
  (node, operands, context) => {
    const present = node.shape.map((_, axis) => Math.max(...operands.map((x) => x.present[axis] ?? 1)));
    const largest = elementCount(present);
    const isBlocked =
      operands.some((x) => x.isBlocked && elementCount(x.present) === largest) && canBlock(present, context.block);
    const names = operands.map((x) => (isBlocked ? x.blocked : x.plain));
    const result = expression(context.model, names, operandAt(operands, operands.length - 1).dtype, node);
    return partialValue(context, node, present, isBlocked ? { blocked: result } : { plain: result });
  };

const first = (names: readonly string[]): string => names[0] ?? '';
const second = (names: readonly string[]): string => names[1] ?? '';

/** A primitive that ONNX has. */
export const operator = (opType: string): Lowering<Primitive> =>
  elementwise((model, names) => model.operator(opType, names));

/** A short notation for expressions: every function makes one operator. */
export class Terms {
  constructor(
    private readonly model: OnnxModelBuilder,
    private readonly type: 'float' | 'double' | 'int32' = 'float',
  ) {}
  number = (value: number): string => this.model.numbers(this.type, [], [value]);
  unary = (opType: string, x: string): string => this.model.operator(opType, [x]);
  add = (a: string, b: string): string => this.model.operator('Add', [a, b]);
  sub = (a: string, b: string): string => this.model.operator('Sub', [a, b]);
  mul = (a: string, b: string): string => this.model.operator('Mul', [a, b]);
  div = (a: string, b: string): string => this.model.operator('Div', [a, b]);
  less = (a: string, b: string): string => this.model.operator('Less', [a, b]);
  equal = (a: string, b: string): string => this.model.operator('Equal', [a, b]);
  and = (a: string, b: string): string => this.model.operator('And', [a, b]);
  where = (p: string, a: string, b: string): string => this.model.operator('Where', [p, a, b]);
  cast = (x: string, to: number): string => this.model.operator('Cast', [x], { to: { int: to } });
}

/** eˣ − 1 = tanh(x/2)·(eˣ + 1): no cancellation near 0, and the right limits at both ends. */
const expm1: Expression = (model, [x = '']) => {
  const t = new Terms(model);
  return t.mul(t.unary('Tanh', t.mul(x, t.number(0.5))), t.add(t.unary('Exp', x), t.number(1)));
};

/**
 * log(1 + x) = x·log(u)/(u − 1) with u the rounded 1 + x (Kahan; Higham, Accuracy and Stability of Numerical
 * Algorithms, section 1.14.1); x itself where u = 1, log u where x is so large that u = x.
 */
const log1p: Expression = (model, [x = '']) => {
  const t = new Terms(model);
  const u = t.add(x, t.number(1));
  const log = t.unary('Log', u);
  const corrected = t.div(t.mul(x, log), t.sub(u, t.number(1)));
  const isLarge = t.less(t.number(2 ** 24), x);
  return t.where(t.equal(u, t.number(1)), x, t.where(isLarge, log, corrected));
};

/** max(x, 0) + log(1 + e^−|x|) */
const softplus: Expression = (model, [x = ''], dtype, node) => {
  const t = new Terms(model);
  const tail = log1p(model, [t.unary('Exp', t.unary('Neg', t.unary('Abs', x)))], dtype, node);
  return t.add(t.unary('Relu', x), tail);
};

/** 1 / (1 + e^−x): the runtime's own kernel stops at |x| = 18, which a logarithm after it would show. */
const sigmoid: Expression = (model, [x = '']) => {
  const t = new Terms(model);
  return t.unary('Reciprocal', t.add(t.unary('Exp', t.unary('Neg', x)), t.number(1)));
};

/** a − b·⌊a/b⌋ through C's exact fmod, moved to the divisor's sign. */
const remainder: Expression = (model, [a = '', b = ''], dtype) => {
  if (dtype === 'int') return model.operator('Mod', [a, b], { fmod: { int: 0 } });
  const t = new Terms(model);
  const rest = model.operator('Mod', [a, b], { fmod: { int: 1 } });
  const zero = t.number(0);
  const differs = model.operator('Xor', [t.less(rest, zero), t.less(b, zero)]);
  const isMoved = t.and(model.operator('Not', [t.equal(rest, zero)]), differs);
  return t.where(isMoved, t.add(rest, b), rest);
};

/** The angle of (b, a): atan of the smaller over the larger side, placed into the right octant. Keeps signed zeros. */
const atan2: Expression = (model, [a = '', b = '']) => {
  const t = new Terms(model);
  const [height, width] = [t.unary('Abs', a), t.unary('Abs', b)];
  const isSteep = t.less(width, height);
  const [small, large] = [t.where(isSteep, width, height), t.where(isSteep, height, width)];
  const isOdd = model.operator('Or', [t.equal(large, t.number(0)), t.equal(small, t.number(Infinity))]);
  // Both sides zero or both infinite: the ratio is taken as 0 and 1.
  const odd = t.where(t.equal(large, t.number(0)), t.number(0), t.number(1));
  const angle = t.unary('Atan', t.where(isOdd, odd, t.div(small, large)));
  const upper = t.where(isSteep, t.sub(t.number(Math.PI / 2), angle), angle);
  const isNegative = (x: string): string =>
    t.less(t.where(t.equal(x, t.number(0)), t.unary('Reciprocal', x), x), t.number(0));
  const half = t.where(isNegative(b), t.sub(t.number(Math.PI), upper), upper);
  return t.where(isNegative(a), t.unary('Neg', half), half);
};

/** The larger or smaller of two, NaN if one is. */
const extremum =
  (opType: 'Max' | 'Min'): Expression =>
  (model, [a = '', b = ''], dtype) => {
    const chosen = model.operator(opType, [a, b]);
    if (dtype === 'int') return chosen;
    const t = new Terms(model);
    const poisoned = model.operator('Or', [t.unary('IsNaN', a), t.unary('IsNaN', b)]);
    return t.where(poisoned, t.add(a, b), chosen);
  };

const isFloat = (dtype: DType): boolean => dtype === 'float';

const convert: Expression = (model, [x = ''], from, node) => {
  const t = new Terms(model, from === 'bool' ? 'int32' : onnxNumber(from));
  if (node.dtype === from) return x;
  if (node.dtype === 'float') return t.cast(x, 1);
  if (node.dtype === 'int') return t.cast(x, 6);
  return model.operator('Not', [t.equal(x, t.number(0))]);
};

const onnxNumber = (dtype: DType): 'float' | 'int32' => (isFloat(dtype) ? 'float' : 'int32');

/** The runtime's choice has no kernel for booleans. */
const select: Expression = (model, [predicate = '', whenTrue = '', whenFalse = ''], dtype) => {
  const t = new Terms(model);
  if (dtype !== 'bool') return t.where(predicate, whenTrue, whenFalse);
  const otherwise = t.and(model.operator('Not', [predicate]), whenFalse);
  return model.operator('Or', [t.and(predicate, whenTrue), otherwise]);
};

/** Sign with NaN kept. */
const sign: Expression = (model, [x = ''], dtype) => {
  const value = model.operator('Sign', [x]);
  if (dtype !== 'float') return value;
  const t = new Terms(model);
  return t.where(t.unary('IsNaN', x), x, value);
};

const isNaN: Expression = (model, names, dtype) =>
  dtype === 'float'
    ? model.operator('IsNaN', names)
    : model.operator('Not', [model.operator('Equal', [first(names), first(names)])]);

/** Primitives that pass each element on, or add some, and so make nothing infinite by themselves. */
const passing: ReadonlySet<Primitive> = new Set<Primitive>([
  'add',
  'sub',
  'neg',
  'select',
  'reshape',
  'transpose',
  'broadcast',
  'slice',
  'pad',
  'concat',
  'reverse',
]);
const contractions: ReadonlySet<Primitive> = new Set<Primitive>([
  'input',
  'dot',
  'conv',
  'convInputGrad',
  'convFilterGrad',
  'reduceSum',
]);

/**
 * Whether no element of `node` can have become infinite by itself alone: it is made of sums over many elements, which
 * spread an infinity beyond what a mask hides. A factor per element may be infinite exactly where the mask is zero, as
 * in the derivative of where(x > 0, log x, 0). The search stops at contractions and at what is repeated over many.
 */
function isMadeOfSums(node: Node): boolean {
  const pending = [node];
  const seen = new Set<Node>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const isSpread = elementCount(next.shape) < elementCount(node.shape);
    if (isSpread || contractions.has(next.primitive) || uniformValue(next) !== undefined) continue;
    const isScaled = next.primitive === 'mul' && next.inputs.some((x) => Number.isFinite(uniformValue(x)));
    if (!isScaled && !passing.has(next.primitive)) return false;
    pending.push(...next.inputs.filter((x) => x.dtype === 'float'));
  }
  return true;
}

const multiply = operator('Mul');
const choice = elementwise(select);

/** A mask as a factor: the runtime's choice takes three passes over the image, each slower than a product. */
const maskOrChoice: Lowering<'select'> = (node, operands, context) => {
  const [predicate, whenTrue] = [operandAt(operands, 0), operandAt(operands, 1)];
  const isMask = node.dtype === 'float' && uniformValue(operand(node, 2)) === 0;
  if (!isMask || !isMadeOfSums(operand(node, 1))) return choice(node, operands, context);
  return multiply(node, [whenTrue, predicate.asFloat], context);
};

/** Whether `x` is one number per channel of images of shape [N, C, H, W]. */
const isPerChannel = (x: Value): boolean =>
  x.shape.length === 4 && x.present.every((size, axis) => size === (axis === 1 ? x.shape[1] : 1));

const plainAdd = operator('Add');

/** Takes one more summand or bias into the operator that makes `image`, or adds it by itself. */
const absorbing =
  (model: OnnxModelBuilder, image: Value, isOnlyReader: boolean): Fusible =>
  (following) => {
    const { fusible } = image;
    if (isOnlyReader && fusible !== undefined) return fusible(following);
    return following.sum === undefined ? image.blocked : model.operator('Add', [image.blocked, following.sum]);
  };

/**
 * A convolution adds what follows it in the same pass: another image of the same shape (in the place of that image,
 * where nothing else reads it), or a bias per channel. Several convolutions that are added up form a chain.
 */
const add: Lowering<'add'> = (node, operands, context) => {
  const isOnlyReader = (side: number): boolean => context.readers.get(operand(node, side)) === 1;
  for (const side of [0, 1] as const) {
    const [own, other] = [operandAt(operands, side), operandAt(operands, 1 - side)];
    const { fusible } = own;
    if (fusible === undefined || own === other || !isOnlyReader(side)) continue;
    if (isPerChannel(other)) {
      const bias = context.model.reshape(other.plain, [other.shape[1] ?? 1]);
      if (own.hasBias) continue;
      return partialValue(context, node, node.shape, {
        fusible: (following) => fusible({ ...following, bias }),
        hasBias: true,
      });
    }
    if (other.isRepeated || !canBlock(other.shape, context.block)) continue;
    const rest = absorbing(context.model, other, isOnlyReader(1 - side));
    return partialValue(context, node, node.shape, {
      fusible: ({ sum, bias }) =>
        fusible({ ...(bias !== undefined && { bias }), sum: rest(sum === undefined ? {} : { sum }) }),
      hasBias: own.hasBias,
    });
  }
  return plainAdd(node, operands, context);
};

export const elementwiseLowerings = {
  neg: operator('Neg'),
  abs: operator('Abs'),
  sign: elementwise(sign),
  exp: operator('Exp'),
  expm1: elementwise(expm1),
  log: operator('Log'),
  log1p: elementwise(log1p),
  sqrt: operator('Sqrt'),
  sin: operator('Sin'),
  cos: operator('Cos'),
  tan: operator('Tan'),
  asin: operator('Asin'),
  acos: operator('Acos'),
  atan: operator('Atan'),
  sinh: operator('Sinh'),
  cosh: operator('Cosh'),
  asinh: operator('Asinh'),
  acosh: operator('Acosh'),
  atanh: operator('Atanh'),
  tanh: operator('Tanh'),
  sigmoid: elementwise(sigmoid),
  softplus: elementwise(softplus),
  erf: operator('Erf'),
  lgamma: elementwise((model, names) => logGamma(model, first(names))),
  digamma: elementwise((model, names) => digamma(model, first(names))),
  floor: operator('Floor'),
  ceil: operator('Ceil'),
  round: operator('Round'),
  not: operator('Not'),
  isnan: elementwise(isNaN),
  convert: elementwise(convert),
  stopGradient: elementwise((_, names) => first(names)),
  add,
  sub: operator('Sub'),
  mul: operator('Mul'),
  div: operator('Div'),
  pow: operator('Pow'),
  max: elementwise(extremum('Max')),
  min: elementwise(extremum('Min')),
  atan2: elementwise(atan2),
  remainder: elementwise(remainder),
  eq: operator('Equal'),
  lt: operator('Less'),
  le: operator('LessOrEqual'),
  and: elementwise((model, names) => model.operator('And', [first(names), second(names)])),
  or: operator('Or'),
  select: maskOrChoice,
};
