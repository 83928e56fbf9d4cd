/** Ticks of logarithmic axes. */

/** Powers of ten inside, at most `most` of them. */
function decades(low: number, high: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  return Array.from(
    { length: Math.max(0, Math.floor((last - first) / every) + 1) },
    (_, k) => 10 ** (first + k * every),
  );
}

/** Ticks of a logarithmic axis: powers of ten where there are at least two inside, else steps of 1, 2 and 5. */
export function logarithmicTicks(low: number, high: number, most: number): number[] {
  const powers = decades(low, high, most);
  if (powers.length >= 2) return powers;
  const first = Math.floor(Math.log10(low));
  return [1, 2, 5, 10, 20, 50].map((step) => step * 10 ** first).filter((value) => value >= low && value <= high);
}
