/** Growth of signals along depth (Schoenholz et al. 2017; Lou et al. 2022, Feature Learning and Signal Propagation in Deep Neural Networks). */

/** The factor per layer of sizes in the order of the signal: the slope of their logarithms by least squares. NaN where a size is not positive. */
export function growthPerLayer(sizes: readonly number[]): number {
  const logs = sizes.map((size) => (size > 0 ? Math.log(size) : NaN));
  const middle = (logs.length - 1) / 2;
  let [cross, square] = [0, 0];
  logs.forEach((log, l) => {
    cross += (l - middle) * log;
    square += (l - middle) ** 2;
  });
  return Math.exp(cross / square);
}

/** Share of sums of squares that are exactly zero. */
export const shareOfZeros = (squares: Float64Array): number =>
  squares.length === 0 ? 0 : squares.filter((square) => square === 0).length / squares.length;

/** Kurtosis E[(x − μ)⁴]/σ⁴ from sums of x, x², x³, x⁴ over `count` values; 3 for a Gaussian. NaN without variance. */
export function kurtosisOf(sums: readonly number[], count: number): number {
  const [m1 = NaN, m2 = NaN, m3 = NaN, m4 = NaN] = sums.map((sum) => sum / count);
  const variance = m2 - m1 ** 2;
  if (!(variance > 1e-12 * m2)) return NaN;
  return (m4 - 4 * m1 * m3 + 6 * m1 ** 2 * m2 - 3 * m1 ** 4) / variance ** 2;
}
