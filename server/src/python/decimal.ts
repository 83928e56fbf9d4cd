/** Exact decimal rounding of doubles, half to even on the exact binary value, as CPython's float formatting and round(). */

/** |value| as numerator / denominator with a power of two below. */
function exactFraction(value: number): [bigint, bigint] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  return exponent >= 0 ? [mantissa << BigInt(exponent), 1n] : [mantissa, 1n << BigInt(-exponent)];
}

function roundHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** Digits of |value| · 10^places rounded to an integer; `places` may be negative. */
function scaledDigits(value: number, places: number): bigint {
  const [numerator, denominator] = exactFraction(value);
  return places >= 0
    ? roundHalfEven(numerator * 10n ** BigInt(places), denominator)
    : roundHalfEven(numerator, denominator * 10n ** BigInt(-places));
}

/** |value| with `places` ≥ 0 digits after the point. */
export function fixed(value: number, places: number): string {
  const digits = scaledDigits(value, places)
    .toString()
    .padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** |value| as `count` ≥ 1 significant digits and the decimal exponent of the first. */
export function significant(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  let exponent = Number(Math.abs(value).toExponential().split('e')[1]);
  let digits = scaledDigits(value, count - 1 - exponent).toString();
  // Rounding can carry into a new digit: 9.99 → 10.0.
  if (digits.length > count) {
    exponent++;
    digits = scaledDigits(value, count - 1 - exponent).toString();
  }
  return { digits, exponent };
}

/** round(value, places) */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 324) return value;
  if (places < -308) return value < 0 ? -0 : 0;
  const digits = scaledDigits(value, places);
  const magnitude = Number(`${digits}e${-places}`);
  return value < 0 || Object.is(value, -0) ? -magnitude : magnitude;
}

/** round(value): to the nearest int, half to even. */
export function roundToInt(value: number): bigint {
  const digits = scaledDigits(value, 0);
  return value < 0 ? -digits : digits;
}
