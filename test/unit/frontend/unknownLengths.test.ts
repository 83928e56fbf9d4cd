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
/** What programs make of the words before they count them. */
const derived: readonly (readonly [name: string, length: string])[] = [
  ['a list', 'len(list(collected))'],
  ['a sorted list', 'len(sorted(collected))'],
  ['a tuple', 'len(tuple(collected))'],
  ['a set of its keys', 'len(set(collected.keys()))'],
  ['a frozen set', 'len(frozenset(collected))'],
  ['a reversed list', 'len(list(reversed(list(collected))))'],
  ['a list comprehension', 'len([word for word in collected if word])'],
  ['a comprehension of a dictionary', 'len({word: i for i, word in enumerate(sorted(collected))})'],
  ['a comprehension of a set', 'len({word.upper() for word in collected})'],
  ['pairs', 'len(dict(zip(collected, range(1000))))'],
  ['a mapped list', 'len(list(map(str.upper, filter(None, collected))))'],
  ['a list with more', "len(['<pad>'] + list(collected))"],
  ['a spread list', "len(['<pad>', *collected])"],
  ['a part of a list', 'len(list(collected)[1:])'],
  ['a copy', 'len(collected.copy())'],
  ['a dictionary from keys', 'len(dict.fromkeys(collected))'],
  ['a sum', 'sum(1 for _ in collected)'],
  ['the largest index', 'max(i for i, _ in enumerate(collected)) + 1'],
  ['a generator function', 'len(list(indexed(collected)))'],
  ['an array', 'np.array(list(collected.values())).shape[0]'],
];
const derivedSource = (length: string, words: string): string =>
  [
    'import numpy as np',
    'def indexed(words):\n    for i, word in enumerate(words):\n        yield i, word',
    source('{}', 'collected[word] = len(collected)', length, words),
  ].join('\n');

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

const input = { kind: 'shape', sample: [4] } as const;

test.each(derived)('nor is it known of what is made of them: %s', (_, length) => {
  const { stopped } = traceText(derivedSource(length, FROM_FILE), { model: 'Net', inputs: [input] });
  expect(stopped?.reason).toMatch(/unknown length|the source does not determine|it is not known how often/);
});

test.each(derived)('of words in the code it is: %s', (_, length) => {
  const { totalParameters } = traceText(derivedSource(length, IN_CODE), { model: 'Net', inputs: [input] });
  const sizes: Record<string, number> = {
    "len(['<pad>'] + list(collected))": 4,
    "len(['<pad>', *collected])": 4,
    'len(list(collected)[1:])': 2,
  };
  expect(totalParameters).toBe(5 * (sizes[length] ?? 3));
});

test('layers made in a loop over them are not counted', () => {
  const text = `${derivedSource('3', FROM_FILE)}
class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList()
        for word in sorted(collected):
            self.heads.append(nn.Linear(4, 1))

    def forward(self, x):
        return sum(head(x) for head in self.heads)
`;
  const { stopped } = traceText(text, { model: 'Heads', inputs: [input] });
  expect(stopped?.reason).toContain('this loop runs over a collection of unknown length');
});

test('what is emptied has a length again', () => {
  const text = derivedSource('len(collected)', FROM_FILE).replace(
    'class Net',
    "collected.clear()\ncollected['a'] = 1\n\nclass Net",
  );
  expect(traceText(text, { model: 'Net', inputs: [input] }).totalParameters).toBe(5);
});
