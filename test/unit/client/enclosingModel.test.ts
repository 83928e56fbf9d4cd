import { describe, expect, it } from 'vitest';
import { enclosingModel } from '../../../client/src/enclosingModel';

const lines = `import torch.nn as nn

class First(
    nn.Module,
):
    def forward(self, x):

        return x

helper = 1

class Second(nn.Module):
    pass
`.split('\n');

const at = (line: number) => ({ file: 'm.py', line, column: 7, endLine: line, endColumn: 12 });
const models = [
  { name: 'First', place: at(3) },
  { name: 'Second', place: at(12) },
];
const nameAt = (line: number): string | undefined => enclosingModel(models, lines, line)?.name;

describe('the model around the cursor', () => {
  it('is the one whose body holds the line, blank lines and closing brackets included', () => {
    expect([3, 4, 5, 6, 7, 8].map(nameAt)).toEqual(Array(6).fill('First'));
    expect([12, 13].map(nameAt)).toEqual(['Second', 'Second']);
  });

  it('is none before the first and none outside of a body', () => {
    expect(nameAt(1)).toBeUndefined();
    expect(nameAt(10)).toBeUndefined();
    expect(nameAt(11)).toBeUndefined();
  });

  it('is found wherever the list has it', () => {
    expect(enclosingModel([...models].reverse(), lines, 6)?.name).toBe('First');
  });

  it('is none in a file without models', () => {
    expect(enclosingModel<(typeof models)[number]>([], lines, 6)).toBeUndefined();
  });
});
