/** log Γ and its derivative, which ONNX lacks: composed in double precision, so that the result rounds well. */
import type { OnnxModelBuilder } from '../onnxModel';
import { elementType } from '../stagedModel';
import { Terms } from './elementwise';

/** Coefficients of Lanczos' approximation with g = 7, n = 9 (P. Godfrey 2001); relative error below 1e-14 for x ≥ ½. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

const isPole = (t: Terms, model: OnnxModelBuilder, x: string): string =>
  t.and(t.equal(x, model.operator('Floor', [x])), model.operator('LessOrEqual', [x, t.number(0)]));

/** The reflected argument 1 − x where x < ½, else x. */
const reflected = (t: Terms, x: string, isLow: string): string => t.where(isLow, t.sub(t.number(1), x), x);

/** log Γ(z) for z ≥ ½: ½·log 2π + (z − ½)·log t − t + log A(z), t = z + 6.5. */
function logGammaUpper(t: Terms, z: string): string {
  const w = t.sub(z, t.number(1));
  const series = lanczos
    .slice(1)
    .map((coefficient, i) => t.div(t.number(coefficient), t.add(w, t.number(i + 1))))
    .reduce(t.add, t.number(lanczos[0] ?? 1));
  const shifted = t.add(w, t.number(7.5));
  // (w + ½)·(log t − 1) rather than (w + ½)·log t − t: the terms stay of one size for large z; t = w + ½ + 7.
  const main = t.mul(t.add(w, t.number(0.5)), t.sub(t.unary('Log', shifted), t.number(1)));
  return t.add(t.add(main, t.number(0.5 * Math.log(2 * Math.PI) - 7)), t.unary('Log', series));
}

/** ± sin πx for any x, through the distance to the nearest integer. */
const sineOfPi = (t: Terms, x: string): string =>
  t.unary('Sin', t.mul(t.number(Math.PI), t.sub(x, t.unary('Round', x))));

/** log |Γ(x)|; Γ(x)·Γ(1 − x) = π / sin πx for x < ½. */
export function logGamma(model: OnnxModelBuilder, single: string): string {
  const t = new Terms(model, 'double');
  const x = t.cast(single, elementType.double);
  const isLow = t.less(x, t.number(0.5));
  const upper = logGammaUpper(t, reflected(t, x, isLow));
  const sine = t.unary('Abs', sineOfPi(t, x));
  const lower = t.sub(t.number(Math.log(Math.PI)), t.add(t.unary('Log', sine), upper));
  const value = t.where(isLow, lower, upper);
  const isInfinite = t.equal(t.unary('Abs', x), t.number(Infinity));
  return t.cast(
    t.where(model.operator('Or', [isPole(t, model, x), isInfinite]), t.number(Infinity), value),
    elementType.float,
  );
}

/** B₂ₙ/(2n) of the asymptotic series ψ(z) ~ log z − 1/(2z) − Σ B₂ₙ/(2n·z²ⁿ) (Abramowitz & Stegun 6.3.18). */
const asymptotic = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** The series is used from here on, where its error is below 1e-13. */
const shift = 8;

/** ψ(z) for z ≥ ½: the recurrence ψ(z) = ψ(z + 8) − Σ 1/(z + k), then the asymptotic series. */
function digammaUpper(t: Terms, z: string): string {
  const far = t.add(z, t.number(shift));
  const inverseSquare = t.unary('Reciprocal', t.mul(far, far));
  const series = asymptotic
    .toReversed()
    .reduce((sum, coefficient) => t.mul(inverseSquare, t.add(t.number(coefficient), sum)), t.number(0));
  const main = t.sub(t.sub(t.unary('Log', far), t.div(t.number(0.5), far)), series);
  return Array.from({ length: shift }, (_, k) => t.unary('Reciprocal', t.add(z, t.number(k)))).reduce(t.sub, main);
}

/**
 * ψ(x); for x < ½ by ψ(x) = ψ(1 − x) − π·cot πx. As in PyTorch −∞ at +0, +∞ at −0 and NaN at the negative integers.
 */
export function digamma(model: OnnxModelBuilder, single: string): string {
  const t = new Terms(model, 'double');
  const x = t.cast(single, elementType.double);
  const isLow = t.less(x, t.number(0.5));
  const upper = digammaUpper(t, reflected(t, x, isLow));
  // cot has the period 1 in x; cos πr = sin π(½ − r) for the remainder |r| ≤ ½.
  const remainder = t.sub(x, t.unary('Round', x));
  const cosine = t.unary('Sin', t.mul(t.number(Math.PI), t.sub(t.number(0.5), remainder)));
  const sine = t.unary('Sin', t.mul(t.number(Math.PI), remainder));
  const cotangent = t.div(t.mul(t.number(Math.PI), cosine), sine);
  const value = t.where(isLow, t.sub(upper, cotangent), upper);
  const isZero = t.equal(x, t.number(0));
  const poles = t.where(isZero, t.unary('Neg', t.unary('Reciprocal', x)), t.number(NaN));
  const finite = t.where(isPole(t, model, x), poles, value);
  return t.cast(t.where(t.equal(x, t.number(Infinity)), x, finite), elementType.float);
}
