/** Engines take samples fastest in groups of so many: a vector register's worth, on every processor in use. */
const GROUP = 16;

/**
 * Splits 0 … count−1 into consecutive runs, none longer than `largest`: of equal length but for a shorter last one, in
 * whole groups where there is room for one.
 */
export function planChunks(count: number, largest: number): number[][] {
  const length = Math.max(1, chunkLength(count, Math.floor(largest)));
  return Array.from({ length: Math.ceil(count / length) }, (_, c) => {
    const start = c * length;
    return Array.from({ length: Math.min(length, count - start) }, (__, i) => start + i);
  });
}

function chunkLength(count: number, most: number): number {
  if (count <= most) return count;
  const even = Math.ceil(count / Math.ceil(count / Math.max(1, most)));
  const room = Math.floor(most / GROUP) * GROUP;
  return room === 0 ? even : Math.min(Math.ceil(even / GROUP) * GROUP, room);
}
