/** Lightning modules: models like others, and their training as a `Trainer` would set it up. */
import { describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';

const source = `import os

import torch
from torch import nn
import pytorch_lightning as pl
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, TensorDataset


class Lit(pl.LightningModule):
    def __init__(self, width=8, lr=0.02):
        super().__init__()
        self.save_hyperparameters()
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 3))
        self.loss = nn.CrossEntropyLoss(label_smoothing=0.1)

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, index):
        x, y = batch
        loss = self.loss(self(x), y)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


class Data(pl.LightningDataModule):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def train_dataloader(self):
        return DataLoader(TensorDataset(torch.randn(100, 4), torch.randint(0, 3, (100,))), batch_size=self.size, shuffle=True)


if __name__ == "__main__":
    logger = TensorBoardLogger("logs")
    trainer = Trainer(max_epochs=3, callbacks=[ModelCheckpoint(dirpath=os.path.join(logger.log_dir, "best"))])
    trainer.fit(Lit(), datamodule=Data(20))
`;
const sources = { read: () => undefined, resolveModule: () => undefined };

describe('a Lightning module', () => {
  it.each(['pytorch_lightning', 'lightning.pytorch'])('of %s is read as a model', (name) => {
    const { totalParameters, stateKeys, outputNode, stopped } = traceModel({
      file: 'light.py',
      source: source.replaceAll('pytorch_lightning', name),
      sources,
      model: 'Lit',
    });
    expect(stopped).toBeNull();
    expect(totalParameters).toBe(67);
    expect(stateKeys.map(({ key }) => key)).toEqual(['net.0.weight', 'net.0.bias', 'net.2.weight', 'net.2.bias']);
    expect(outputNode?.shape).toEqual([2, 3]);
  });

  it('tells its optimizer, loss and batch size when it is given to a trainer', () => {
    const { optimizers, batchSize, loss, model } = readTrainingFacts({ file: 'light.py', source, sources });
    expect(optimizers).toMatchObject([{ kind: 'SGD', arguments: { lr: { value: 0.02 }, momentum: { value: 0.9 } } }]);
    expect(batchSize?.value).toBe(20);
    expect(loss?.value).toBe('nn.CrossEntropyLoss(label_smoothing=0.1)');
    expect(model?.value).toMatchObject({ name: 'Lit', call: 'Lit()' });
  });

  it('that is given its model stands for that model', () => {
    const wrapping = source
      .replace(
        'class Lit(pl',
        `class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(4, width)

    def forward(self, x):
        return self.first(x)


class Lit(pl`,
      )
      .replace('width=8, lr=0.02', 'net, lr=0.02')
      .replace(/self\.net = .*/, 'self.net = net')
      .replace('Lit()', 'Lit(Net(3))');
    const { model, optimizers } = readTrainingFacts({ file: 'light.py', source: wrapping, sources });
    expect(model?.value).toMatchObject({ name: 'Net', call: 'Net(3)' });
    expect(optimizers[0]?.kind).toBe('SGD');
  });
});

describe("timm's create_model", () => {
  it('makes what the code has registered', () => {
    const script = `import torch
from torch import nn
from timm.models import create_model
from timm.models.registry import register_model


class Net(nn.Module):
    def __init__(self, width, classes=10):
        super().__init__()
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(x)


@register_model
def net_small(pretrained=False, **kwargs):
    return Net(width=5, **kwargs)


model = create_model('net_small', classes=7, drop_rate=None)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
other = create_model('resnet18')
`;
    const { model, optimizers } = readTrainingFacts({ file: 'train.py', source: script, sources });
    expect(model).toMatchObject({ value: { name: 'Net', call: 'Net(width=5, classes=7)' }, certain: true });
    expect(optimizers[0]?.arguments['lr']?.value).toBe(0.1);
  });
});
