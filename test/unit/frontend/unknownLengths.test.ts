import { expect, test } from 'vitest';
import { traceText } from './nnFixtures';

/** Words of a file that is not there, collected in one of the ways that programs have. */
const source = (
  collected: string,
  collect: string,
  length: string,
  words: string,
): string => `from collections import Counter
from torch import nn

def sentences():
${words.replace(/^/gm, '    ')}

collected = ${collected}
for sentence in sentences():
    for word in sentence:
        ${collect}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, ${length})

    def forward(self, x):
        return self.fc(x)
`;
type Way = readonly [name: string, collected: string, collect: string, length: string];
const FROM_FILE = "with open('corpus.txt') as file:\n    return [line.split() for line in file]";
const IN_CODE = "return [['a', 'b'], ['c', 'a']]";
const ways: readonly Way[] = [
  ['a dictionary', '{}', 'collected[word] = len(collected)', 'len(collected)'],
  ['defaults of a dictionary', '{}', 'collected.setdefault(word, 0)', 'len(collected)'],
  ['updates of a dictionary', '{}', 'collected.update({word: 1})', 'len(collected.keys())'],
  ['a set', 'set()', 'collected.add(word)', 'len(collected)'],
  ['updates of a set', 'set()', 'collected.update([word])', 'len(collected)'],
  ['counts', 'Counter()', 'collected[word] += 1', 'len(collected)'],
];
const trace = (way: Way, words: string): ReturnType<typeof traceText> =>
  traceText(source(way[1], way[2], way[3], words), { model: 'Net', inputs: [{ kind: 'shape', sample: [4] }] });

test.each(ways)('how many words of an absent file there are in %s is not known', (...way) => {
  expect(trace(way, FROM_FILE).stopped?.reason).toContain('a length that the source does not determine');
});

test.each(ways)('words in the code are counted: %s', (...way) => {
  expect(trace(way, IN_CODE).totalParameters).toBe(4 * 3 + 3);
});

test('updates of counts by a whole sentence that is not known', () => {
  const text = source('Counter()', 'pass', 'len(collected)', FROM_FILE).replace(
    /    for word in sentence:\n.*\n/,
    '    collected.update(sentence)\n',
  );
  const { stopped } = traceText(text, { model: 'Net', inputs: [{ kind: 'shape', sample: [4] }] });
  expect(stopped?.reason).toContain('a length that the source does not determine');
});
