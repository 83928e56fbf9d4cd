/**
 * The closed set of tensor primitives.
 *
 * Everything a model or a loss computes is a composition of these rows. Every table that gives a
 * primitive a meaning (shape, evaluation, jvp, transpose, batching, lowering) is a total mapped type
 * over `Primitive`, so that a primitive without a rule does not compile.
 *
 * Conventions: operands of elementwise primitives have equal shapes (broadcasting is explicit);
 * axes are non-negative; images are channels-first: x [N, C, ...spatial], w [O, C/groups, ...kernel].
 */

/** Element type of a value. `float` is 32 or 64 bits: the engine that compiles the graph decides. */
export type DType = 'float' | 'int' | 'bool';

/** Sizes of the axes, outermost first. */
export type Shape = readonly number[];

/** Data of a constant: float → Float64Array, int → Int32Array, bool → Uint8Array (0 or 1). Row-major. */
export type ConstantData = Float64Array | Int32Array | Uint8Array;

/** Geometry shared by a convolution and its two transposes. All arrays have one entry per spatial axis. */
export interface ConvGeometry {
  readonly strides: readonly number[];
  /** [before, after] zero padding of the input, ≥ 0. */
  readonly padding: readonly (readonly [number, number])[];
  /** Kernel dilation. */
  readonly dilation: readonly number[];
  readonly groups: number;
}

export interface WindowGeometry {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  /** Padding with −∞, [before, after] ≥ 0. */
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}

type None = Readonly<Record<string, never>>;

/** Parameters of each primitive. */
export interface PrimitiveParameters {
  // ── leaves
  /** A value given at run time. */
  input: { readonly name: string };
  constant: { readonly data: ConstantData };
  /** int; counts 0, 1, 2, … along `axis`. */
  iota: { readonly axis: number };

  // ── elementwise, one operand
  neg: None;
  abs: None;
  sign: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  sqrt: None;
  sin: None;
  cos: None;
  tan: None;
  asin: None;
  acos: None;
  atan: None;
  sinh: None;
  cosh: None;
  asinh: None;
  acosh: None;
  atanh: None;
  tanh: None;
  /** 1 / (1 + e^−x) */
  sigmoid: None;
  /** log(1 + e^x), without overflow; its own row so that its derivative at 0 is exactly ½. */
  softplus: None;
  erf: None;
  /** log Γ(x). */
  lgamma: None;
  /** d/dx log Γ(x). Not differentiated further: its jvp throws. */
  digamma: None;
  floor: None;
  ceil: None;
  /** Half to even, as PyTorch. */
  round: None;
  /** bool → bool */
  not: None;
  isnan: None;
  convert: { readonly dtype: DType };
  /** Identity whose derivative is zero (`detach`). */
  stopGradient: None;

  // ── elementwise, two operands
  add: None;
  sub: None;
  mul: None;
  div: None;
  pow: None;
  /** Gradient at a tie: half to each, as PyTorch. NaN propagates. */
  max: None;
  min: None;
  atan2: None;
  /** Floor-modulus with the divisor's sign (Python's and torch.remainder's `%`). */
  remainder: None;
  eq: None;
  lt: None;
  le: None;
  and: None;
  or: None;
  /** (predicate: bool, whenTrue, whenFalse) */
  select: None;

  // ── contraction
  /**
   * Batched contraction. Result axes: batch (in lhsBatch order), lhs free (in order), rhs free (in order).
   */
  dot: {
    readonly lhsContract: readonly number[];
    readonly rhsContract: readonly number[];
    readonly lhsBatch: readonly number[];
    readonly rhsBatch: readonly number[];
  };
  /** (x, w) → y [N, O, ...out]. Cross-correlation. */
  conv: ConvGeometry;
  /** (y, w) → x: the transpose of `conv` in x. `inputSpatial`: spatial sizes of x. */
  convInputGrad: ConvGeometry & { readonly inputSpatial: Shape };
  /** (x, y) → w: the transpose of `conv` in w. `kernelSpatial`: spatial sizes of w. */
  convFilterGrad: ConvGeometry & { readonly kernelSpatial: Shape };

  // ── reduction
  reduceSum: { readonly axes: readonly number[] };
  /** Over one axis, which disappears; ties differentiate to the first index. NaN propagates. */
  reduceMax: { readonly axis: number };
  /** int index of the first maximum along `axis`, which disappears. */
  argmax: { readonly axis: number };
  /**
   * x [N, C, ...spatial] → int [N, C, ...out]: flat index into the row-major spatial block of the first
   * maximum of each window. Max pooling is `takeAlong` of the flattened input with it.
   */
  windowArgmax: WindowGeometry;
  cumsum: { readonly axis: number; readonly reverse: boolean };
  /** int: stable permutation that sorts along `axis`. NaN sorts last. */
  argsort: { readonly axis: number; readonly descending: boolean };

  // ── structure
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** Operand axis i becomes result axis axes[i] (increasing); operand size is 1 or the result's. */
  broadcast: { readonly shape: Shape; readonly axes: readonly number[] };
  /** Half-open; stride ≥ 1. */
  slice: { readonly start: readonly number[]; readonly limit: readonly number[]; readonly strides: readonly number[] };
  /** Pads with zero (false): `low`, `high` ≥ 0 outside and `interior` between elements. */
  pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly interior: readonly number[] };
  concat: { readonly axis: number };
  reverse: { readonly axes: readonly number[] };

  // ── indexing; an index out of range yields NaN (float), 0 (int, bool) when read and is dropped when written
  /** (x, index: int, any shape I) → x.shape[:axis] ++ I ++ x.shape[axis+1:]. */
  take: { readonly axis: number };
  /** (updates, index) → the transpose of `take`: axis `axis` of the result has size `size`. */
  scatterAdd: { readonly axis: number; readonly size: number };
  /** (x, index) of equal rank, equal sizes except along `axis` → index.shape (torch.gather). */
  takeAlong: { readonly axis: number };
  /** (updates, index) of equal shapes → the transpose of `takeAlong`. */
  scatterAddAlong: { readonly axis: number; readonly size: number };
}

export type Primitive = keyof PrimitiveParameters;
