/** Engines take samples fastest in groups of so many: a vector register's worth, on every processor in use. */
const GROUP = 16;

/**
 * Splits 0 … count−1 into consecutive runs, none longer than `largest`: of equal length but for a shorter last one, in
 * whole groups where there is room for one.
 */
export function planChunks(count: number, largest: number): number[][] {
  const most = Math.max(1, Math.floor(largest));
  const even = Math.ceil(count / Math.ceil(count / most));
  const grouped = Math.ceil(even / GROUP) * GROUP;
  const length = count <= most || most < GROUP ? even : Math.min(grouped, Math.floor(most / GROUP) * GROUP);
  return Array.from({ length: Math.ceil(count / length) }, (_, c) => {
    const start = c * length;
    return Array.from({ length: Math.min(length, count - start) }, (__, i) => start + i);
  });
}
