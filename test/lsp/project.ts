/** A small project whose training goes wrong, for tests that analyse for real. */
export const modelText = `import torch
import torch.nn as nn


# hessian-lens: input=4 loss=cross_entropy
class Net(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.first = nn.Linear(4, hidden)
        self.second = nn.Linear(hidden, 3)

    def forward(self, x):
        hidden = torch.tanh(self.first(x))
        return self.second(hidden)
`;

export const trainText = `import torch
import torch.nn as nn

from model import Net

model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=80.0, momentum=0.5)

for step in range(100):
    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
`;

export const project = { 'model.py': modelText, 'train.py': trainText, 'pyproject.toml': '[project]\nname = "p"\n' };

/** Settings with which an analysis takes about a second. */
export const quick = { analysis: { engine: 'reference', precision: 'float64', samples: 24, top: 2 } };

/** A checkpoint of `Net` in safetensors form: every weight is `weight`. */
export function checkpointOf(weight: number): Uint8Array {
  const shapes: Record<string, number[]> = {
    'first.weight': [6, 4],
    'first.bias': [6],
    'second.weight': [3, 6],
    'second.bias': [3],
  };
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, Buffer.from(new Float32Array(end / 4).fill(weight).buffer)]);
}
