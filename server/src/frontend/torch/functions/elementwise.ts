/** Functions of one tensor, element by element. */
import type { Node } from '../../../graph/node';
import {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  convert,
  cos,
  cosh,
  digamma,
  erf,
  exp,
  expm1,
  floor,
  full,
  isnan,
  lgamma,
  log,
  log1p,
  lt,
  neg,
  round,
  scale,
  sigmoid,
  sin,
  sinh,
  sqrt,
  tan,
  tanh,
} from '../../../graph/operations';
import { logit, relu } from '../../compositions/activations';
import {
  erfc,
  erfinv,
  exp2,
  frac,
  isFinite,
  isInfinite,
  log10,
  log2,
  nanToNum,
  reciprocal,
  rsqrt,
  signOf,
  sinc,
  square,
  trunc,
} from '../../compositions/elementwise';
import { isFloating, limitsOf } from '../tensor/dtype';
import type { FunctionRow } from './call';
import { row } from './call';

type Unary = (x: Node) => Node;

/** Integers become floats first. */
const floating = (name: string, apply: Unary): FunctionRow =>
  row(`${name}(input)`, (call) => call.tensor(apply(call.floats('input')), call.floatDtype('input')));

/** Keeps the type. */
const keeping = (name: string, apply: Unary): FunctionRow =>
  row(`${name}(input)`, (call) => call.tensor(apply(call.node('input')), call.dtype('input')));

/** Of integers the identity. */
const rounding = (name: string, apply: Unary): FunctionRow =>
  keeping(name, (x) => (x.dtype === 'float' ? apply(x) : x));

const predicate = (name: string, apply: Unary): FunctionRow =>
  row(`${name}(input)`, (call) => call.tensor(apply(call.floats('input')), 'bool'));

const floatFunctions: Readonly<Record<string, Unary>> = {
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sqrt,
  rsqrt,
  reciprocal,
  sin,
  cos,
  tan,
  asin,
  arcsin: asin,
  acos,
  arccos: acos,
  atan,
  arctan: atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  sigmoid,
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  sinc,
  deg2rad: (x) => scale(x, Math.PI / 180),
  rad2deg: (x) => scale(x, 180 / Math.PI),
};

/** Functions, methods and in-place methods. */
export const elementwiseRows: readonly FunctionRow[] = [
  ...Object.entries(floatFunctions).map(([name, apply]) => floating(name, apply)),
  keeping('abs', abs),
  keeping('absolute', abs),
  keeping('neg', neg),
  keeping('negative', neg),
  keeping('sign', signOf),
  keeping('sgn', signOf),
  keeping('square', square),
  keeping('relu', (x) => (x.dtype === 'float' ? relu(x) : x)),
  rounding('floor', floor),
  rounding('ceil', ceil),
  rounding('trunc', trunc),
  rounding('fix', trunc),
  rounding('frac', frac),
  row('round(input, *, decimals=0)', (call) => {
    const x = call.node('input');
    const factor = 10 ** call.int('decimals');
    const rounded = x.dtype !== 'float' ? x : factor === 1 ? round(x) : scale(round(scale(x, factor)), 1 / factor);
    return call.tensor(rounded, call.dtype('input'));
  }),
  row('logit(input, eps=None)', (call) =>
    call.tensor(logit(call.floats('input'), call.optionalNumber('eps')), call.floatDtype('input')),
  ),
  row('nan_to_num(input, nan=0.0, posinf=None, neginf=None)', (call) => {
    const dtype = call.dtype('input');
    if (!isFloating(dtype)) return call.tensor(call.node('input'), dtype);
    const [lowest, highest] = limitsOf(dtype);
    const limits = [call.optionalNumber('posinf') ?? highest, call.optionalNumber('neginf') ?? lowest] as const;
    return call.tensor(nanToNum(call.node('input'), call.number('nan'), ...limits), dtype);
  }),
];

/** Functions and methods. */
export const elementwisePredicateRows: readonly FunctionRow[] = [
  predicate('isnan', isnan),
  predicate('isinf', isInfinite),
  predicate('isfinite', isFinite),
  predicate('isposinf', (x) => convert(lt(full(Number.MAX_VALUE), x), 'bool')),
  predicate('isneginf', (x) => convert(lt(x, full(-Number.MAX_VALUE)), 'bool')),
  predicate('signbit', (x) => lt(x, full(0))),
  keeping('positive', (x) => x),
];
