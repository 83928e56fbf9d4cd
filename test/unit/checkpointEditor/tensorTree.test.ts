import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TensorEntry } from '../../../server/src/protocol/editor';
import {
  compacted,
  filtered,
  foldersOf,
  initiallyOpen,
  rowsOf,
  sorted,
  tensorsOf,
  treeOf,
} from '../../../webview/src/checkpoint/tensorTree';

const entry = (name: string, group: TensorEntry['group'] = 'model', bytes = 4): TensorEntry => ({
  name,
  shape: [bytes / 4],
  dtype: 'float32',
  bytes,
  group,
});

const part = fc.constantFrom('a', 'b', '0', '10', '2', '');
const names = fc.uniqueArray(
  fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
  { maxLength: 40 },
);
const entries = names.chain((all) =>
  fc
    .tuple(...all.map(() => fc.tuple(fc.constantFrom('model', 'optimizer', 'other'), fc.integer({ min: 0, max: 9 }))))
    .map((about) => all.map((name, i) => entry(name, about[i]?.[0] as TensorEntry['group'], 4 * (about[i]?.[1] ?? 0)))),
);

describe('the tree of tensors', () => {
  it('holds every tensor once, whatever is done to it, and ids are unique', () => {
    fc.assert(
      fc.property(entries, fc.constantFrom('file', 'name', 'size'), fc.boolean(), (all, by, descending) => {
        const tree = sorted(compacted(treeOf(all)), { by: by, descending });
        expect(
          tensorsOf(tree)
            .map(({ name }) => name)
            .sort(),
        ).toEqual(all.map(({ name }) => name).sort());
        const rows = rowsOf(tree, () => true);
        expect(new Set(rows.map(({ node }) => node.id)).size).toBe(rows.length);
      }),
    );
  });

  it('keeps folders apart whose names differ by an empty part', () => {
    const tree = treeOf(['.a.x', 'a.x', '..a.x'].map((name) => entry(name)));
    const ids = rowsOf(tree, () => true).map(({ node }) => node.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(foldersOf(tree).map(({ path }) => path)).toEqual(['', '.a', '.', '..a', 'a']);
  });

  it('sums tensors, elements and bytes in every folder', () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const folder of foldersOf(treeOf(all))) {
          const inside = tensorsOf(folder.children);
          expect(folder.tensors).toBe(inside.length);
          expect(folder.bytes).toBe(inside.reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }),
    );
  });

  it('compacted labels from the root spell the dotted name', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const walk = (nodes: ReturnType<typeof treeOf>, above: string[]): void => {
          for (const node of nodes) {
            const path = node.kind === 'folder' && node.isGroup ? above : [...above, node.label];
            if (node.kind === 'folder') {
              expect(node.isGroup || node.children.length > 1).toBe(true);
              walk([...node.children], path);
            } else expect(path.join('.')).toBe(node.entry.name);
          }
        };
        walk(compacted(treeOf(all)), []);
      }),
    );
  });

  it('groups appear only where there are several, weights first', () => {
    expect(treeOf([entry('a'), entry('b')]).map(({ label }) => label)).toEqual(['a', 'b']);
    expect(treeOf([entry('s', 'optimizer'), entry('r', 'other'), entry('w')]).map(({ label }) => label)).toEqual([
      'Weights',
      'Optimizer state',
      'Other',
    ]);
  });

  it('tied memory is counted where it was seen first', () => {
    const [folder] = foldersOf(
      treeOf([entry('t.a', 'model', 40), { ...entry('t.b', 'model', 40), sharedWith: 't.a' }]),
    );
    expect(folder).toMatchObject({ tensors: 2, bytes: 40, elements: 10 });
  });

  it('filters by all words in name, type or shape, and an empty filter leaves everything', () => {
    fc.assert(
      fc.property(entries, part, part, (all, one, other) => {
        const left = tensorsOf(filtered(treeOf(all), `${one} ${other}`));
        const expected = all.filter((each) =>
          [one, other].every((word) => `${each.name} float32 ${each.shape.join('x')}`.includes(word)),
        );
        expect(left.map(({ name }) => name).sort()).toEqual(expected.map(({ name }) => name).sort());
      }),
    );
  });

  it('sorts numbers in names as numbers, and sizes from the largest', () => {
    const tree = treeOf(['l.10.w', 'l.2.w', 'l.1.w'].map((name, i) => entry(name, 'model', 4 * (i + 1))));
    const labels = (by: 'name' | 'size', descending: boolean) => {
      const [folder] = foldersOf(sorted(tree, { by, descending }));
      return folder?.children.map(({ label }) => label);
    };
    expect(labels('name', false)).toEqual(['1', '2', '10']);
    expect(labels('size', true)).toEqual(['1', '2', '10']);
    expect(labels('size', false)).toEqual(['10', '2', '1']);
  });

  it('rows know their level, their place among siblings, and follow their open folder', () => {
    fc.assert(
      fc.property(entries, fc.func(fc.boolean()), (all, choose) => {
        const rows = rowsOf(treeOf(all), ({ id }) => choose(id));
        rows.forEach((row, i) => {
          const next = rows[i + 1];
          if (row.open) expect(next).toMatchObject({ level: row.level + 1, position: 1 });
          else if (next !== undefined) expect(next.level).toBeLessThanOrEqual(row.level);
          expect(row.position).toBeLessThanOrEqual(row.siblings);
        });
      }),
    );
  });

  it('a hundred thousand tensors are laid out and only few rows are open at first', () => {
    const all = Array.from({ length: 100_000 }, (_, i) =>
      entry(`layers.${i % 1000}.block.${Math.floor(i / 1000)}.weight`),
    );
    const tree = compacted(treeOf(all));
    const open = new Set(initiallyOpen(tree));
    expect(rowsOf(tree, ({ id }) => open.has(id)).length).toBeLessThan(2000);
    expect(rowsOf(tree, () => true).length).toBe(1 + 1000 + 100_000);
  });
});
