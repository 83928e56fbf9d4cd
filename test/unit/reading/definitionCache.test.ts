import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileReading } from '../../../server/src/protocol/reading';
import { DefinitionCache } from '../../../server/src/reading/definitionCache';
import { readText, readWhole, worldOf } from './world';

const models = (count: number): string =>
  `import torch\nimport torch.nn as nn\n\nWIDTH = 6\n${Array.from(
    { length: count },
    (_, i) => `

class Part${i}(nn.Module):
    def __init__(self, width=WIDTH):
        super().__init__()
        self.fc = nn.Linear(4, width)

    def forward(self, x):
        y = self.fc(x)
        return y


class Net${i}(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Part${i}()
        self.out = nn.Linear(WIDTH, ${i + 2})

    def forward(self, x):
        x = self.part(x)
        return self.out(x)
`,
  ).join('')}`;

const comparable = ({ reading }: { reading: FileReading }): unknown => ({ ...reading, milliseconds: 0 });

/** Deletes, inserts and pastes as hands do. */
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(12),
    insert: fc.constantFrom('', '\n', '#', '    ', 'x', '(', ' = 3', '\n\n# note\n', '8', '"""'),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('readings that are remembered', () => {
  it('are those of a fresh reader after any edits', async () => {
    const start = models(3);
    await fc.assert(
      fc.asyncProperty(edits, async (strokes) => {
        const cache = new DefinitionCache();
        let text = start;
        await readWhole(text, worldOf({ '/p/model.py': text }, cache));
        for (const { at, remove, insert } of strokes) {
          const position = Math.floor(at * text.length);
          text = text.slice(0, position) + insert + text.slice(position + remove);
          const warm = await readWhole(text, worldOf({ '/p/model.py': text }, cache));
          expect(comparable(warm)).toEqual(comparable(await readText(text)));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('move with their definitions', async () => {
    const cache = new DefinitionCache();
    const before = models(2);
    const first = await readWhole(before, worldOf({ '/p/model.py': before }, cache));
    const after = before.replace('class Part1', '# one\n# two\n\nclass Part1');
    const second = await readWhole(after, worldOf({ '/p/model.py': after }, cache));
    const lineOf = (reading: FileReading, name: string): number =>
      reading.models.find((model) => model.name === name)?.place.line ?? 0;
    expect(lineOf(second.reading, 'Net0')).toBe(lineOf(first.reading, 'Net0'));
    expect(lineOf(second.reading, 'Net1')).toBe(lineOf(first.reading, 'Net1') + 3);
  });

  it('follow a constant that a model depends on', async () => {
    const cache = new DefinitionCache();
    const before = models(2);
    await readWhole(before, worldOf({ '/p/model.py': before }, cache));
    const after = before.replace('WIDTH = 6', 'WIDTH = 11');
    const { reading } = await readWhole(after, worldOf({ '/p/model.py': after }, cache));
    for (const [i, model] of [...reading.models].sort((a, b) => a.name.localeCompare(b.name)).entries())
      expect(model.totalParameters).toBe(4 * 11 + 11 + 11 * (i + 2) + (i + 2));
  });
});
