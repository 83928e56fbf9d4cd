/** Splits 0 … count−1 into consecutive runs of nearly equal length, none longer than `largest`: at most two lengths occur. */
export function planChunks(count: number, largest: number): number[][] {
  const chunks = Math.max(1, Math.ceil(count / Math.max(1, Math.floor(largest))));
  return Array.from({ length: chunks }, (_, c) => {
    const start = Math.floor((c * count) / chunks);
    const end = Math.floor(((c + 1) * count) / chunks);
    return Array.from({ length: end - start }, (_, i) => start + i);
  });
}
