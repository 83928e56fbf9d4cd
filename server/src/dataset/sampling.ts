import type { RandomSource } from './dataset';

/** `count` of 0 … size−1 without replacement, in random order (a partial Fisher–Yates shuffle, Knuth 3.4.2 P). */
export function sampleIndices(size: number, count: number, random: RandomSource): number[] {
  const order = Array.from({ length: size }, (_, index) => index);
  return partialShuffle(order, Math.min(count, size), random);
}

function partialShuffle(order: number[], count: number, random: RandomSource): number[] {
  for (let i = 0; i < count; i++) {
    const other = i + random.integer(order.length - i);
    const kept = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = kept;
  }
  return order.slice(0, count);
}

/**
 * `count` samples without replacement whose labels have the shares of the whole: each class gets
 * floor(count · share), the seats left go to the largest remainders (Hamilton's method). In random order.
 */
export function stratifiedIndices(labels: ArrayLike<number>, count: number, random: RandomSource): number[] {
  const classes = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? 0;
    const members = classes.get(label);
    if (members === undefined) classes.set(label, [i]);
    else members.push(i);
  }
  const wanted = Math.min(count, labels.length);
  const quotas = [...classes.values()].map((members) => ({
    members,
    quota: (wanted * members.length) / labels.length,
  }));
  const seats = quotas.map(({ quota }) => Math.floor(quota));
  let left = wanted - seats.reduce((sum, seat) => sum + seat, 0);
  const byRemainder = quotas
    .map(({ quota }, index) => ({ index, rest: quota - Math.floor(quota) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left-- <= 0) break;
    seats[index] = (seats[index] ?? 0) + 1;
  }
  const picked = quotas.flatMap(({ members }, index) => partialShuffle(members, seats[index] ?? 0, random));
  return partialShuffle(picked, picked.length, random);
}
