/** `math` */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { PyModule, PyTuple, Unknown } from '../values';
import type { NativeFunction, PyValue } from '../values';
import { scalarOf } from '../operators';
import { typeOf } from '../builtins/types';
import { callValue } from '../calls';

/** A function of one float. NaN from a number is a domain error, infinity from a finite number a range error, as in C. */
const unary = (name: string, apply: (x: number) => number): NativeFunction =>
  native(`${name}(x, /)`, ({ x = null }, interpreter) => {
    if (x instanceof Unknown) return x;
    const value = interpreter.toNumber(x, `${name}()`);
    const result = apply(value);
    if (Number.isNaN(result) && !Number.isNaN(value)) return interpreter.raise('ValueError', 'math domain error');
    if (!Number.isFinite(result) && Number.isFinite(value))
      return name.startsWith('log') || name === 'atanh' || name.includes('gamma')
        ? interpreter.raise('ValueError', 'math domain error')
        : interpreter.raise('OverflowError', 'math range error');
    return result;
  });

const rounding = (name: string, method: string, apply: (x: number) => number): NativeFunction =>
  native(`${name}(x, /)`, ({ x = null }, interpreter) => {
    if (x instanceof Unknown) return x;
    const scalar = scalarOf(x);
    if (typeof scalar === 'bigint' || typeof scalar === 'boolean') return BigInt(scalar);
    const own = typeof x === 'object' && x !== null ? typeOf(x).lookup(method) : undefined;
    if (own !== undefined) return callValue(interpreter, own, [x], undefined);
    const value = interpreter.toNumber(x, `${name}()`);
    interpreter.floatToInt(value);
    return BigInt(apply(value));
  });

const binary = (name: string, apply: (x: number, y: number) => number): NativeFunction =>
  native(`${name}(x, y, /)`, ({ x = null, y = null }, interpreter) => {
    if (x instanceof Unknown) return x;
    if (y instanceof Unknown) return y;
    return apply(interpreter.toNumber(x, `${name}()`), interpreter.toNumber(y, `${name}()`));
  });

/** log of an int of any size. */
function logInt(value: bigint, log: (x: number) => number): number {
  const bits = value.toString(2).length;
  if (bits <= 1000) return log(Number(value));
  const shift = bits - 64;
  return log(Number(value >> BigInt(shift))) + shift * log(2);
}

function logarithm(interpreter: Interpreter, x: PyValue, log: (x: number) => number): PyValue {
  if (x instanceof Unknown) return x;
  const scalar = scalarOf(x);
  if (typeof scalar === 'bigint' && scalar > 0n) return logInt(scalar, log);
  const value = interpreter.toNumber(x, 'log()');
  if (value <= 0) return interpreter.raise('ValueError', 'math domain error');
  return log(value);
}

/** Floor of the square root by Newton's iteration. */
function integerSquareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

const ints = (args: PyValue | undefined, interpreter: Interpreter): bigint[] =>
  (args instanceof PyTuple ? args.items : []).map((value) => interpreter.requireInt(value, 'math'));

function factorial(interpreter: Interpreter, n: bigint): bigint {
  if (n < 0n) return interpreter.raise('ValueError', 'factorial() not defined for negative values');
  interpreter.requireIntSize(Number(n) * Math.log2(Number(n) + 1));
  let result = 1n;
  for (let i = 2n; i <= n; i++) result *= i;
  return result;
}

function combinations(n: bigint, k: bigint): bigint {
  if (k < 0n || k > n) return 0n;
  let result = 1n;
  for (let i = 0n; i < k; i++) result = (result * (n - i)) / (i + 1n);
  return result;
}

/** Shewchuk's exact summation: the correctly rounded sum of floats. */
function fsum(values: readonly number[]): number {
  const partials: number[] = [];
  for (const given of values) {
    let x = given;
    let kept = 0;
    for (let y of partials) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low !== 0) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    partials.push(x);
  }
  return partials.reduceRight((total, part) => total + part, 0);
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** log |Γ(x)| by Lanczos' approximation (g = 7, n = 9), about 15 digits. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  const [first = 0, ...rest] = LANCZOS;
  const series = rest.reduce((total, coefficient, i) => total + coefficient / (x + i), first);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

function gamma(x: number): number {
  if (Number.isInteger(x) && x > 0 && x < 171) {
    let result = 1;
    for (let i = 2; i < x; i++) result *= i;
    return result;
  }
  if (x <= 0 && Number.isInteger(x)) return NaN;
  const magnitude = Math.exp(logGamma(x));
  return x < 0 && Math.floor(x) % 2 !== 0 ? -magnitude : magnitude;
}

/** erf by its Maclaurin series near zero and the continued fraction of erfc (Abramowitz & Stegun 7.1.5, 7.1.14) beyond. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let [term, total] = [x, x];
    for (let n = 1; n < 120; n++) {
      term *= (-x * x) / n;
      const next = total + term / (2 * n + 1);
      if (next === total) break;
      total = next;
    }
    return (2 / Math.sqrt(Math.PI)) * total;
  }
  return Math.sign(x) * (1 - erfcTail(a));
}

function erfcTail(a: number): number {
  let fraction = 0;
  for (let k = 120; k >= 1; k--) fraction = k / 2 / (a + fraction);
  return Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
}

export function erfc(x: number): number {
  return x > 2.5 ? erfcTail(x) : 1 - erf(x);
}

function product(interpreter: Interpreter, iterable: PyValue, start: PyValue): PyValue {
  const { result, cause } = interpreter.growth.observe(() => {
    let total = start;
    for (const item of interpreter.iterate(iterable)) {
      interpreter.step();
      total = interpreter.binary('*', total, item);
    }
    return total;
  });
  return cause ?? result;
}

const functions: readonly NativeFunction[] = [
  unary('sqrt', Math.sqrt),
  unary('cbrt', Math.cbrt),
  unary('exp', Math.exp),
  unary('expm1', Math.expm1),
  native('exp2(x, /)', ({ x = null }, interpreter) => 2 ** interpreter.toNumber(x, 'exp2()')),
  unary('sin', Math.sin),
  unary('cos', Math.cos),
  unary('tan', Math.tan),
  unary('asin', Math.asin),
  unary('acos', Math.acos),
  unary('atan', Math.atan),
  unary('sinh', Math.sinh),
  unary('cosh', Math.cosh),
  unary('tanh', Math.tanh),
  unary('asinh', Math.asinh),
  unary('acosh', Math.acosh),
  unary('atanh', Math.atanh),
  unary('log1p', Math.log1p),
  unary('fabs', Math.abs),
  unary('degrees', (x) => x * (180 / Math.PI)),
  unary('radians', (x) => x * (Math.PI / 180)),
  unary('gamma', gamma),
  unary('lgamma', logGamma),
  unary('erf', erf),
  unary('erfc', erfc),
  rounding('floor', '__floor__', Math.floor),
  rounding('ceil', '__ceil__', Math.ceil),
  rounding('trunc', '__trunc__', Math.trunc),
  binary('atan2', Math.atan2),
  binary('copysign', (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x))),
  binary('fmod', (x, y) => x % y),
  native(
    'pow(x, y, /)',
    ({ x = null, y = null }, interpreter) => interpreter.toNumber(x, 'pow()') ** interpreter.toNumber(y, 'pow()'),
  ),
  native('hypot(*coordinates)', ({ coordinates }, interpreter) =>
    Math.hypot(
      ...(coordinates instanceof PyTuple ? coordinates.items : []).map((value) =>
        interpreter.toNumber(value, 'hypot()'),
      ),
    ),
  ),
  native('dist(p, q, /)', ({ p = null, q = null }, interpreter) => {
    const [a, b] = [interpreter.collect(p), interpreter.collect(q)];
    return Math.hypot(
      ...a.map((value, i) => interpreter.toNumber(value, 'dist()') - interpreter.toNumber(b[i] ?? null, 'dist()')),
    );
  }),
  native('log(x, base=None, /)', ({ x = null, base = null }, interpreter) => {
    const value = logarithm(interpreter, x, Math.log);
    if (base === null || value instanceof Unknown) return value;
    return interpreter.binary('/', value, logarithm(interpreter, base, Math.log));
  }),
  native('log2(x, /)', ({ x = null }, interpreter) => logarithm(interpreter, x, Math.log2)),
  native('log10(x, /)', ({ x = null }, interpreter) => logarithm(interpreter, x, Math.log10)),
  native('isqrt(n, /)', ({ n = null }, interpreter) => {
    const value = interpreter.requireInt(n, 'isqrt()');
    return value < 0n
      ? interpreter.raise('ValueError', 'isqrt() argument must be nonnegative')
      : integerSquareRoot(value);
  }),
  native('gcd(*integers)', ({ integers }, interpreter) => ints(integers, interpreter).reduce(gcd, 0n)),
  native('lcm(*integers)', ({ integers }, interpreter) =>
    ints(integers, interpreter).reduce((a, b) => (a === 0n || b === 0n ? 0n : (a / gcd(a, b)) * (b < 0n ? -b : b)), 1n),
  ),
  native('factorial(n, /)', ({ n = null }, interpreter) =>
    factorial(interpreter, interpreter.requireInt(n, 'factorial()')),
  ),
  native('comb(n, k, /)', ({ n = null, k = null }, interpreter) =>
    combinations(interpreter.requireInt(n, 'comb()'), interpreter.requireInt(k, 'comb()')),
  ),
  native('perm(n, k=None, /)', ({ n = null, k = null }, interpreter) => {
    const [total, chosen] = [interpreter.requireInt(n, 'perm()'), interpreter.requireInt(k ?? n, 'perm()')];
    return chosen > total ? 0n : factorial(interpreter, total) / factorial(interpreter, total - chosen);
  }),
  native('prod(iterable, /, *, start=1)', ({ iterable = null, start = null }, interpreter) =>
    product(interpreter, iterable, start),
  ),
  native('fsum(iterable, /)', ({ iterable = null }, interpreter) =>
    fsum(interpreter.collect(iterable).map((value) => interpreter.toNumber(value, 'fsum()'))),
  ),
  native('isnan(x, /)', ({ x = null }, interpreter) =>
    x instanceof Unknown ? x : Number.isNaN(interpreter.toNumber(x, 'isnan()')),
  ),
  native('isinf(x, /)', ({ x = null }, interpreter) =>
    x instanceof Unknown ? x : Math.abs(interpreter.toNumber(x, 'isinf()')) === Infinity,
  ),
  native('isfinite(x, /)', ({ x = null }, interpreter) =>
    x instanceof Unknown ? x : Number.isFinite(interpreter.toNumber(x, 'isfinite()')),
  ),
  native(
    'isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)',
    ({ a = null, b = null, rel_tol: relative = null, abs_tol: absolute = null }, interpreter) => {
      const [x, y] = [interpreter.toNumber(a, 'isclose()'), interpreter.toNumber(b, 'isclose()')];
      const tolerance = Math.max(
        interpreter.toNumber(relative, 'rel_tol') * Math.max(Math.abs(x), Math.abs(y)),
        interpreter.toNumber(absolute, 'abs_tol'),
      );
      return x === y || Math.abs(x - y) <= tolerance;
    },
  ),
  native('modf(x, /)', ({ x = null }, interpreter) => {
    const value = interpreter.toNumber(x, 'modf()');
    return new PyTuple([value - Math.trunc(value), Math.trunc(value)]);
  }),
  native('frexp(x, /)', ({ x = null }, interpreter) => {
    let mantissa = interpreter.toNumber(x, 'frexp()');
    let exponent = 0;
    if (mantissa === 0 || !Number.isFinite(mantissa)) return new PyTuple([mantissa, 0n]);
    // Halving and doubling are exact.
    for (; Math.abs(mantissa) >= 1; exponent++) mantissa /= 2;
    for (; Math.abs(mantissa) < 0.5; exponent--) mantissa *= 2;
    return new PyTuple([mantissa, BigInt(exponent)]);
  }),
  native(
    'ldexp(x, i, /)',
    ({ x = null, i = null }, interpreter) => interpreter.toNumber(x, 'ldexp()') * 2 ** interpreter.toInt(i, 'ldexp()'),
  ),
];

export function mathModule(): PyModule {
  const module = new PyModule('math');
  for (const callee of functions) module.attributes.set(callee.name, callee);
  const constants = { pi: Math.PI, e: Math.E, tau: 2 * Math.PI, inf: Infinity, nan: NaN };
  for (const [name, value] of Object.entries(constants)) module.attributes.set(name, value);
  return module;
}
