/**
 * Functions of one or two numbers that JavaScript lacks, or whose special cases differ from PyTorch's. Accurate to
 * about 1e-15 relative unless a comment says otherwise.
 */

/** 1 / (1 + e^−x); the exponential is always of a non-positive number, so that nothing overflows or cancels. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^−|x|). */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** −1, 0 or 1, and 0 for NaN as in PyTorch. */
export const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);

/** Adding 2⁵² leaves no bits for a fraction, and the addition itself rounds half to even. */
export function roundHalfToEven(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude < 2 ** 52)) return x;
  const rounded = magnitude + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** C's pow: unlike JavaScript's, 1^y = 1 for every y, and (−1)^±∞ = 1. */
export function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1;
  return y === 2 ? x * x : x ** y;
}

/** x − ⌊x/y⌋·y by way of the exact truncated remainder; the sign is the divisor's. NaN for y = 0. */
export function floorRemainder(x: number, y: number): number {
  const truncated = x % y;
  return truncated !== 0 && truncated < 0 !== y < 0 ? truncated + y : truncated;
}

/** Horner's rule, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

/*
 * Error function: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969).
 * Three ranges: erf(x) = x·R(x²) for |x| ≤ 15/32, erfc(x) = e^−x²·R(x) up to 4,
 * erfc(x) = e^−x²/x·(1/√π − R(1/x²)/x²) beyond.
 */
const erfNumerator = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3,
];
const erfDenominator = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
const erfcNumerator = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
  8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
];
const erfcDenominator = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];
const erfcTailNumerator = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
];
const erfcTailDenominator = [
  1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
];

export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude <= 15 / 32) {
    const square = x * x;
    return (x * polynomial(erfNumerator, square)) / polynomial(erfDenominator, square);
  }
  if (magnitude > 6) return x > 0 ? 1 : -1;
  const decay = Math.exp(-magnitude * magnitude);
  let complement: number;
  if (magnitude <= 4) {
    complement = (decay * polynomial(erfcNumerator, magnitude)) / polynomial(erfcDenominator, magnitude);
  } else {
    const inverse = 1 / (magnitude * magnitude);
    const correction = (inverse * polynomial(erfcTailNumerator, inverse)) / polynomial(erfcTailDenominator, inverse);
    complement = (decay * (1 / Math.sqrt(Math.PI) - correction)) / magnitude;
  }
  // A NaN reaches this line through the polynomials.
  return x < 0 ? complement - 1 : 1 - complement;
}

/** Bernoulli numbers B₂, B₄, …, B₁₆. */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

/** Euler–Mascheroni constant. */
const euler = 0.5772156649015329;

/** ζ(n) − 1 = Σ_{k≥2} k^−n: the first terms, then Euler–Maclaurin's tail ∫ + ½f − f′/12 + … from k = 100 on. */
function zetaMinusOne(n: number): number {
  const from = 100;
  const term = from ** -n;
  let sum = (from * term) / (n - 1) + term / 2 + (n * term) / from / 12;
  sum -= (n * (n + 1) * (n + 2) * term) / from ** 3 / 720;
  sum += (n * (n + 1) * (n + 2) * (n + 3) * (n + 4) * term) / from ** 5 / 30240;
  for (let k = from - 1; k >= 2; k--) sum += k ** -n;
  return sum;
}

/** Coefficients (−1)ⁿ(ζ(n) − 1)/n of zⁿ for n = 28 … 2, then 1 − γ and 0: see `logGammaNearTwo`. */
const logGammaSeries = [
  ...Array.from({ length: 27 }, (_, i) => ((i % 2 === 0 ? 1 : -1) * zetaMinusOne(28 - i)) / (28 - i)),
  1 - euler,
  0,
];

/** log Γ(2 + z) for |z| ≤ ½: Abramowitz & Stegun 6.1.33; no cancellation at the zero z = 0. */
const logGammaNearTwo = (z: number): number => polynomial(logGammaSeries, z);

/** log |Γ(x)|, +∞ at the poles and at ±∞. Between the poles x < 0 the error is absolute, not relative, near its zeros. */
export function logGamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x === Infinity || x === -Infinity) return Infinity;
  if (x < 0.5) {
    if (x > -0.5) return x === 0 ? Infinity : logGamma(x + 1) - Math.log(Math.abs(x));
    // Reflection Γ(x)Γ(1 − x) = π / sin πx, with the sine of the exact distance to the nearest integer.
    const distance = x - Math.round(x);
    if (distance === 0) return Infinity;
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * distance))) - logGamma(1 - x);
  }
  // Γ(x) = Γ(x + 1) / x, and log(1 + z) is 0 where log Γ(1 + z) is.
  if (x < 1.5) return logGammaNearTwo(x - 1) - Math.log1p(x - 1);
  if (x < 10) {
    let product = 1;
    let reduced = x;
    while (reduced > 2.5) {
      reduced -= 1;
      product *= reduced;
    }
    return logGammaNearTwo(reduced - 2) + Math.log(product);
  }
  // Stirling: (x − ½) log x − x + ½ log 2π + Σ B₂ₖ / (2k(2k − 1) x^(2k−1)) (A&S 6.1.40).
  let correction = 0;
  for (let k = bernoulli.length; k >= 1; k--)
    correction = correction / (x * x) + (bernoulli[k - 1] as number) / (2 * k * (2 * k - 1));
  return (x - 0.5) * (Math.log(x) - 1) - 0.5 + 0.5 * Math.log(2 * Math.PI) + correction / x;
}

/**
 * d/dx log Γ(x): upward recurrence ψ(x) = ψ(x + 1) − 1/x to x ≥ 10, then the asymptotic series
 * log x − 1/2x − Σ B₂ₖ / (2k x²ᵏ) (A&S 6.3.18). The error is absolute near its zero 1.46. As in PyTorch, ψ(±0) = ∓∞ and
 * the other poles are NaN.
 */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x < 0) {
    // Reflection ψ(1 − x) − ψ(x) = π cot πx.
    const distance = x - Math.round(x);
    return distance === 0 ? NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * distance);
  }
  if (x === Infinity) return Infinity;
  let shifted = x;
  let sum = 0;
  while (shifted < 10) {
    sum -= 1 / shifted;
    shifted += 1;
  }
  const inverse = 1 / (shifted * shifted);
  let correction = 0;
  for (let k = bernoulli.length; k >= 1; k--)
    correction = (correction + (bernoulli[k - 1] as number) / (2 * k)) * inverse;
  return sum + Math.log(shifted) - 0.5 / shifted - correction;
}
