import type { Engine } from '../../engine/engine';
import type { Problem } from '../problem';

/** Engines take samples fastest in groups of so many: a vector register's worth, on every processor in use. */
const GROUP = 16;
/**
 * Splits 0 … count−1 into consecutive runs, none longer than `largest`: of equal length but for a shorter last one, in
 * whole groups where there is room for one. `concurrency`: runs that are made side by side, for which there are as many for each.
 */
export function planChunks(count: number, largest: number, concurrency = 1): number[][] {
  const length = Math.max(1, chunkLength(count, Math.floor(largest), concurrency));
  return Array.from({ length: Math.ceil(count / length) }, (_, c) => {
    const start = c * length;
    return Array.from({ length: Math.min(length, count - start) }, (__, i) => start + i);
  });
}

/** Runs of all samples of a problem on an engine; samples that see each other are one. */
export const planRuns = (
  { sampleCount, separable }: Pick<Problem, 'sampleCount' | 'separable'>,
  { concurrency }: Pick<Engine, 'concurrency'>,
  largest: number,
): number[][] => (separable ? planChunks(sampleCount, largest, concurrency) : planChunks(sampleCount, sampleCount));

function chunkLength(count: number, most: number, concurrency: number): number {
  if (concurrency > 1 && count >= concurrency * GROUP) return evenLength(count, most, concurrency);
  if (count <= most) return count;
  const even = Math.ceil(count / Math.ceil(count / Math.max(1, most)));
  const room = Math.floor(most / GROUP) * GROUP;
  return room === 0 ? even : Math.min(inGroups(even), room);
}

/** The length with which the busiest thread has the fewest samples, a started group counted whole; of those an even split, then long runs. */
function evenLength(count: number, most: number, concurrency: number): number {
  const longest = Math.min(Math.max(1, most), Math.ceil(count / concurrency));
  const work = (length: number): number => {
    const rounds = Math.ceil(Math.ceil(count / length) / concurrency);
    return rounds * (inGroups(length) + 1) + (count % length === 0 ? 0 : 0.5);
  };
  let best = longest;
  for (let length = longest - 1; length >= Math.max(1, longest / 2); length--)
    if (work(length) < work(best)) best = length;
  return best;
}

const inGroups = (length: number): number => Math.ceil(length / GROUP) * GROUP;
