// Writes the inputs of the editor bench: a long file of model definitions and a workspace of many Python files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const residual = (name, width, bottleneck) => `
class ${name}Block(nn.Module):
    """${bottleneck ? 'Bottleneck' : 'Basic'} residual block."""

    expansion = ${bottleneck ? 4 : 1}

    def __init__(self, in_planes: int, planes: int, stride: int = 1) -> None:
        super().__init__()
${
  bottleneck
    ? `        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)`
    : `        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)`
}
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes * self.expansion:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes * self.expansion, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * self.expansion),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
${
  bottleneck
    ? `        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))`
    : '        out = self.bn2(self.conv2(out))'
}
        out = out + self.shortcut(x)
        return F.relu(out)


# hessian-lens: input=3x32x32
class ${name}(nn.Module):
    """Residual network for small colour images."""

    def __init__(self, num_blocks: tuple[int, ...] = (2, 2, 2, 2), num_classes: int = 10) -> None:
        super().__init__()
        self.in_planes = ${width}
        self.conv1 = nn.Conv2d(3, ${width}, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(${width})
        self.layer1 = self._make_layer(${width}, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(${width * 2}, num_blocks[1], stride=2)
        self.layer3 = self._make_layer(${width * 4}, num_blocks[2], stride=2)
        self.layer4 = self._make_layer(${width * 8}, num_blocks[3], stride=2)
        self.linear = nn.Linear(${width * 8} * ${name}Block.expansion, num_classes)

    def _make_layer(self, planes: int, count: int, stride: int) -> nn.Sequential:
        layers = []
        for step in [stride] + [1] * (count - 1):
            layers.append(${name}Block(self.in_planes, planes, step))
            self.in_planes = planes * ${name}Block.expansion
        return nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = F.adaptive_avg_pool2d(x, 1)
        x = torch.flatten(x, 1)
        return self.linear(x)
`;

const language = (name, width, heads, depth) => `
class ${name}Attention(nn.Module):
    """Causal multi-head self-attention."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        assert width % heads == 0
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).split(width, dim=2)
        q = q.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        k = k.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        v = v.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        weights = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        mask = torch.tril(torch.ones(length, length)).view(1, 1, length, length)
        weights = weights.masked_fill(mask == 0, float("-inf"))
        weights = self.dropout(F.softmax(weights, dim=-1))
        out = (weights @ v).transpose(1, 2).contiguous().view(batch, length, width)
        return self.project(out)


class ${name}Layer(nn.Module):
    """Attention and feed-forward parts, each behind a layer norm."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = ${name}Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        x = x + self.feed(self.norm2(x))
        return x


# hessian-lens: input=torch.randint(0,256,(2,32))
class ${name}(nn.Module):
    """A language model over bytes."""

    def __init__(self, vocabulary: int = 256, length: int = 64, width: int = ${width}, dropout: float = 0.1) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.drop = nn.Dropout(dropout)
        self.layers = nn.ModuleList([${name}Layer(width, ${heads}, dropout) for _ in range(${depth})])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        _, length = tokens.shape
        positions = torch.arange(length)
        x = self.tokens(tokens) + self.positions(positions)
        x = self.drop(x)
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        return self.head(x)
`;

const segmentation = (name, width) => `
class ${name}Double(nn.Module):
    """Two convolutions with normalisation."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
            nn.GroupNorm(4, out_channels),
            nn.SiLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.GroupNorm(4, out_channels),
            nn.SiLU(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


# hessian-lens: input=1x32x32
class ${name}(nn.Module):
    """Encoder and decoder with skip connections."""

    def __init__(self, channels: int = 1, classes: int = 2) -> None:
        super().__init__()
        self.down1 = ${name}Double(channels, ${width})
        self.down2 = ${name}Double(${width}, ${width * 2})
        self.down3 = ${name}Double(${width * 2}, ${width * 4})
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(${width * 4}, ${width * 2}, 2, stride=2)
        self.merge2 = ${name}Double(${width * 4}, ${width * 2})
        self.up1 = nn.ConvTranspose2d(${width * 2}, ${width}, 2, stride=2)
        self.merge1 = ${name}Double(${width * 2}, ${width})
        self.out = nn.Conv2d(${width}, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.down1(x)
        second = self.down2(self.pool(first))
        third = self.down3(self.pool(second))
        x = self.up2(third)
        x = self.merge2(torch.cat([x, second], dim=1))
        x = self.up1(x)
        x = self.merge1(torch.cat([x, first], dim=1))
        return self.out(x)
`;

const perceptron = (name, width) => `
# hessian-lens: input=12
class ${name}(nn.Module):
    """Regression on a dozen features."""

    def __init__(self, features: int = 12, width: int = ${width}) -> None:
        super().__init__()
        self.first = nn.Linear(features, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = torch.tanh(self.first(x))
        hidden = torch.tanh(self.second(hidden))
        return self.third(hidden)
`;

/** A file of at least `lines` lines with residual, language, segmentation and small models of many sizes. */
export function modelFile(lines) {
  let text =
    '"""Models of one laboratory, collected over the years."""\n\nimport math\n\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n';
  for (let index = 0; text.split('\n').length < lines; index++) {
    const made = [
      () => perceptron(`Regressor${index}`, 16 + index),
      () => residual(`ResNet${index}`, 16 + 4 * (index % 3), index % 2 === 0),
      () => language(`Language${index}`, 64 + 32 * (index % 2), 4, 2 + (index % 3)),
      () => segmentation(`Unet${index}`, 8 + 4 * (index % 3)),
    ];
    text += `${made[index % made.length]()}\n`;
  }
  return text;
}

const plainModule = (index) => `"""Part ${index} of the data pipeline."""

import json
from pathlib import Path


class Record${index}:
    def __init__(self, path: Path, weight: float = 1.0) -> None:
        self.path = path
        self.weight = weight

    def load(self) -> dict:
        with self.path.open() as stream:
            return json.load(stream)


def total(records: list[Record${index}]) -> float:
    return sum(record.weight for record in records)
`;

const smallModel = (index) => `import torch
import torch.nn as nn

from lab.blocks import Scale


class Small${index}(nn.Module):
    def __init__(self, width: int = ${8 + (index % 8)}) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        self.scale = Scale(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.scale(self.conv(x)).relu()
        return self.head(x.mean((2, 3)))
`;

const blocks = `import torch
import torch.nn as nn


class Scale(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, channels, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight
`;

/** Fills a folder: `models.py` of 1,500 lines and, with it, `files` Python files, a third of them with models. */
export function writeWorkspace(folder, files, lines) {
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('models.py', modelFile(lines));
  write('lab/__init__.py', '');
  write('lab/blocks.py', blocks);
  for (let index = 0; index < files - 3; index++)
    write(`lab/part${index % 12}/module${index}.py`, index % 3 === 0 ? smallModel(index) : plainModule(index));
}
