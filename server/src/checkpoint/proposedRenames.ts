/** Names of the checkpoint that may mean tensors of the model: for a person to judge, never applied by themselves. */
import type { WantedTensor } from './wanted';

/** A missing and an unexpected name of the same shape that may be the same tensor. */
export interface ProposedRename {
  readonly wanted: string;
  readonly found: string;
}

/**
 * Pairs missing with unexpected tensors: by equal shape and equal last part of the name, in order, where both sides
 * have equally many of that kind. Files that sort their names are compared in sorted order.
 */
export function proposeRenames(
  missing: readonly WantedTensor[],
  unexpected: readonly WantedTensor[],
): ProposedRename[] {
  const isSorted = unexpected.every(({ name }, i) => i === 0 || (unexpected[i - 1]?.name ?? '') <= name);
  const order = (tensors: readonly WantedTensor[]): readonly WantedTensor[] =>
    isSorted ? [...tensors].sort((a, b) => naturalOrder.compare(a.name, b.name)) : tensors;
  const kind = ({ name, shape }: WantedTensor): string => `${name.slice(name.lastIndexOf('.') + 1)} [${shape.join()}]`;
  const foundByKind = groupBy(order(unexpected), kind);
  return [...groupBy(order(missing), kind)].flatMap(([key, group]) => {
    const found = foundByKind.get(key) ?? [];
    if (found.length !== group.length) return [];
    return group.map(({ name }, index) => ({ wanted: name, found: found[index]?.name ?? '' }));
  });
}

const naturalOrder = new Intl.Collator('en', { numeric: true });

/** The proposals by block: `old.weight → fc.weight` and `old.bias → fc.bias` are one, `old.* → fc.*`. In order of size. */
export function renamedBlocks(proposals: readonly ProposedRename[]): ProposedRename[] {
  const blocks = new Map<string, ProposedRename & { readonly count: number }>();
  for (const { found, wanted } of proposals) {
    const block = withoutCommonEnd(found, wanted);
    const key = JSON.stringify(block);
    blocks.set(key, { ...block, count: (blocks.get(key)?.count ?? 0) + 1 });
  }
  return [...blocks.values()].sort((a, b) => b.count - a.count).map(({ found, wanted }) => ({ found, wanted }));
}

function withoutCommonEnd(found: string, wanted: string): ProposedRename {
  const [a, b] = [found.split('.'), wanted.split('.')];
  let end = 0;
  while (end < Math.min(a.length, b.length) - 1 && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const start = (segments: readonly string[]): string =>
    [...segments.slice(0, segments.length - end), ...(end > 0 ? ['*'] : [])].join('.');
  return { found: start(a), wanted: start(b) };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
