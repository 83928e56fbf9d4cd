/** Student's t distribution with a whole number of degrees of freedom. */

/** P(|T| ≤ t): the finite trigonometric series of Abramowitz and Stegun, 26.7.3 and 26.7.4. */
export function studentTWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  if (degrees === 1) return (2 * angle) / Math.PI;
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = term;
  for (let k = odd ? 2 : 1; k <= degrees - 3; k += 2) {
    term *= (k / (k + 1)) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

const quantiles = new Map<number, number>();

/** The t with P(|T| ≤ t) = 0.95. Throws `RangeError` below one degree of freedom. */
export function studentT95(degrees: number): number {
  if (!(degrees >= 1)) throw new RangeError(`Student's t needs at least one degree of freedom, not ${degrees}`);
  // Beyond, the first term of the expansion in 1/ν is exact to 1e-7.
  if (degrees > 2000) return NORMAL95 * (1 + (NORMAL95 ** 2 + 1) / (4 * degrees));
  const known = quantiles.get(degrees);
  if (known !== undefined) return known;
  let [low, high] = [NORMAL95, 13];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentTWithin(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  quantiles.set(degrees, high);
  return high;
}

/** The z with P(|Z| ≤ z) = 0.95 for a standard normal Z. */
export const NORMAL95 = 1.959963984540054;
