import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

// Expected values are what each script says when it is read by a person.

const sources = { read: () => undefined, resolveModule: () => undefined };
const read = (source: string) => readTrainingFacts({ file: 'train.py', source, sources });

const net = `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.fc = nn.Linear(4, cfg.model.width)
    def forward(self, x):
        return self.fc(x)
`;

describe('scripts that train by the helpers of timm', () => {
  const script = `import argparse
import torch
from timm.models import create_model
from timm.loss import LabelSmoothingCrossEntropy
from timm.optim import create_optimizer
from timm.scheduler import create_scheduler

parser = argparse.ArgumentParser()
parser.add_argument('--opt', default='adamw')
parser.add_argument('--opt-eps', default=1e-7, type=float)
parser.add_argument('--opt-betas', default=None)
parser.add_argument('--lr', default=5e-4, type=float)
parser.add_argument('--weight-decay', default=0.05, type=float)
parser.add_argument('--momentum', default=0.9, type=float)
parser.add_argument('--sched', default='cosine')
parser.add_argument('--epochs', default=30, type=int)
args = parser.parse_args()
model = create_model('deit_tiny_patch16_224', pretrained=False, num_classes=10)
criterion = LabelSmoothingCrossEntropy(smoothing=0.2)
args.lr = args.lr * 256 / 512
optimizer = create_optimizer(args, model)
scheduler, _ = create_scheduler(args, optimizer)
loss = criterion(model(torch.randn(8, 3, 224, 224)), torch.randint(0, 10, (8,)))
loss.backward()
optimizer.step()
`;
  const facts = read(script);

  it('have the optimizer that the options name, without decay of biases', () => {
    const [optimizer] = facts.optimizers;
    expect(optimizer?.kind).toBe('AdamW');
    expect(optimizer?.arguments['lr']?.value).toBeCloseTo(2.5e-4, 12);
    expect(optimizer?.arguments['eps']?.value).toBe(1e-7);
    expect(optimizer?.groups.map((group) => group['weight_decay'])).toEqual([0, 0.05]);
  });

  it('have its schedule, loss and model', () => {
    expect(facts.schedules.map(({ kind }) => kind)).toEqual(['CosineAnnealingLR']);
    expect(facts.loss?.value).toContain('nn.CrossEntropyLoss(label_smoothing=0.2');
    expect(facts.model?.value).toMatchObject({ call: 'model', file: 'train.py' });
  });
});

describe('configuration objects as arguments of a model', () => {
  it.each([
    ['of yacs', "from yacs.config import CfgNode\ncfg = CfgNode()\ncfg.model = CfgNode({'width': 6})"],
    [
      'of a class that derives from dict',
      'class Attributes(dict):\n    def __getattr__(self, name):\n        return self[name]\ncfg = Attributes(model=Attributes(width=6))',
    ],
    [
      'of a class of the code',
      'class Config:\n    def __init__(self, **kwargs):\n        self.__dict__.update(kwargs)\ncfg = Config(model=Config(width=6))',
    ],
  ])('are written so that they can be made again: %s', (_, configuration) => {
    const source = `${net}${configuration}\nnet = Net(cfg)\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)\noptimizer.step()\n`;
    const call = read(source).model?.value.call;
    expect(call).toBeDefined();
    const traced = traceModel({ file: 'net.py', source: net, sources, ...(call === undefined ? {} : { model: call }) });
    expect(traced.stopped).toBeNull();
    expect(traced.totalParameters).toBe(4 * 6 + 6);
  });
});

describe('loaders and processes', () => {
  const training = `
def train(gpu, lr):
    net = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    dataset = torch.utils.data.TensorDataset(torch.randn(90, 4), torch.randint(0, 3, (90,)))
    sampler = torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(dataset), batch_size=30, drop_last=True)
    for x, y in torch.utils.data.DataLoader(dataset, batch_sampler=sampler):
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
`;

  it('have the batch size of a sampler of batches, and what the first of several processes does', () => {
    const start = 'torch.multiprocessing.spawn(train, (0.25,), nprocs=torch.cuda.device_count())\n';
    const facts = read(`import torch\nfrom torch import nn\n${training}\nif __name__ == '__main__':\n    ${start}`);
    expect(facts.optimizers[0]?.arguments['lr']?.value).toBe(0.25);
    expect(facts.batchSize?.value).toBe(30);
  });
});

describe('a model that returns its loss before its prediction', () => {
  it('has that loss, where no other result is a number', () => {
    const source = `import torch
from torch import nn
class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        y = self.fc(x)
        return ((y - x) ** 2).mean(), y, y > 0
`;
    const traced = traceModel({ file: 'm.py', source, sources, inputs: [{ kind: 'shape', sample: [4] }] });
    expect(traced.loss?.description).toBe('returned by Masked.forward');
    expect(traced.outputNode?.shape).toEqual([2, 4]);
  });
});
