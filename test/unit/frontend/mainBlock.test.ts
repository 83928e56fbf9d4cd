import { expect, it } from 'vitest';
import { traceText } from './nnFixtures';

const source = (block: string): string => `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(x)

if __name__ == '__main__':
${block.replace(/^/gm, '    ')}
`;
const trace = (block: string) => traceText(source(block), { model: 'Net', inputs: [{ kind: 'shape', sample: [4] }] });

it('sizes that only the program itself sets are those of its model', () => {
  const { stopped, totalParameters } = trace(
    "words = 'a b a c'.split()\nwidth, unused = 7, 8\nwidth = 2 * 2\nclasses = len(set(words))\nmodel = Net()\nopen_the_door()",
  );
  expect(stopped).toBeNull();
  expect(totalParameters).toBe(4 * 3 + 3);
});

it('a size that cannot be followed is as undefined as it is for who imports the file', () => {
  expect(trace('width = 4\nclasses = ask()').stopped?.reason).toBe("NameError: name 'classes' is not defined");
  expect(trace('def classes(): pass\nwidth = 4').stopped?.reason).toBe("NameError: name 'classes' is not defined");
});
