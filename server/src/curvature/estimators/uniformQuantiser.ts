/** The uniform symmetric quantiser of HAWQ-V3 (Yao et al. 2021): levels −n … n times a scale, n = 2^(bits − 1) − 1, the largest magnitude on the last level. */

/**
 * Values after rounding to `bits` bits; ties go to the even level. `channels` > 1: that many equal parts, one after another, with a scale of their
 * own each (rows of a weight). A part of zeros stays as it is. Throws `RangeError` below 2 bits or where the parts are not equal.
 */
export function quantised(values: Float64Array, bits: number, channels = 1): Float64Array {
  if (!Number.isInteger(bits) || bits < 2)
    throw new RangeError(`a symmetric quantiser needs at least 2 bits, not ${bits}`);
  const width = values.length / channels;
  if (!Number.isInteger(width)) throw new RangeError(`${values.length} values do not fall into ${channels} channels`);
  const levels = 2 ** (bits - 1) - 1;
  const result = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    let largest = 0;
    for (let i = start; i < start + width; i++) largest = Math.max(largest, Math.abs(values[i] as number));
    const step = largest / levels;
    if (step > 0)
      for (let i = start; i < start + width; i++) result[i] = step * roundHalfEven((values[i] as number) / step);
  }
  return result;
}

/** The range quantiser for values of either sign: 2^bits levels from the smallest to the largest value, 0 being one of them. */
export function rangeQuantised(values: ArrayLike<number>, bits: number): Float64Array {
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  const step = (high - low) / (2 ** bits - 1);
  const zero = step > 0 ? Math.round(-low / step) : 0;
  const bounded = (level: number): number => Math.min(2 ** bits - 1 - zero, Math.max(-zero, level));
  return Float64Array.from({ length: values.length }, (_, i) =>
    step > 0 ? step * bounded(roundHalfEven((values[i] as number) / step)) : (values[i] as number),
  );
}

/** As PyTorch and IEEE 754 round by default, without negative zeros. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  const rounded = rest !== 0.5 ? Math.round(x) : below % 2 === 0 ? below : below + 1;
  return rounded + 0;
}

/** ‖a − b‖² */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}
