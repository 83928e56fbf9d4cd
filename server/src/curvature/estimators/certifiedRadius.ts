/** Radius in which a classifier smoothed by Gaussian noise keeps its class (Cohen, Rosenfeld and Kolter 2019). */

/** The p with P(X ≥ k) = `level` for X binomial of n and p: a one-sided lower bound of Clopper and Pearson. 0 for k = 0. */
export function clopperPearsonLower(k: number, n: number, level: number): number {
  if (k === 0) return 0;
  return increasingRoot((p) => binomialTail(k, n, p), level, 0, 1);
}

/** σ·Φ⁻¹(p) for p > ½, else 0: the radius within which a class of probability p or more stays the likeliest. */
export const radiusOf = (p: number, sigma: number): number => (p <= 0.5 ? 0 : sigma * normalQuantile(p));

/** P(X ≥ k) */
function binomialTail(k: number, n: number, p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let logTerm = k * Math.log(p) + (n - k) * Math.log1p(-p);
  for (let i = 1; i <= k; i++) logTerm += Math.log((n - k + i) / i);
  let sum = 0;
  for (let j = k; j <= n; j++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - j) / (j + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, sum);
}

/** Φ⁻¹(p) for ½ ≤ p < 1. */
export const normalQuantile = (p: number): number => increasingRoot(normalDistribution, p, 0, 9);

/** Φ(x) for x ≥ 0: ½ + φ(x)(x + x³/3 + x⁵/15 + …), Abramowitz and Stegun 26.2.11. */
function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; term > 1e-17 * sum; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function increasingRoot(f: (x: number) => number, value: number, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < value) low = middle;
    else high = middle;
  }
  return low;
}
