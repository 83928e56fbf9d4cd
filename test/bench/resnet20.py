"""ResNet-20 for CIFAR-10 with identity shortcuts (He et al. 2016, section 4.2); run it to time PyTorch: python resnet20.py 512"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Shortcut(nn.Module):
    """Every second pixel, and zeros for the channels that are new."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.missing = outputs - inputs

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.missing // 2, self.missing - self.missing // 2))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity() if stride == 1 else Shortcut(inputs, outputs)

    def forward(self, x):
        residual = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(residual + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self, classes=10, blocks=3):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        layers = []
        width = 16
        for outputs in (16, 32, 64):
            for block in range(blocks):
                stride = 2 if block == 0 and outputs != 16 else 1
                layers.append(Block(width, outputs, stride))
                width = outputs
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(width, classes)

    def forward(self, x):
        x = self.layers(F.relu(self.bn(self.conv(x))))
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


def seconds_of(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main(samples):
    torch.manual_seed(0)
    model = ResNet20().eval()
    x, y = torch.randn(samples, 3, 32, 32), torch.randint(10, (samples,))
    parameters = list(model.parameters())
    vector = [torch.randn_like(p) for p in parameters]

    def gradient(**options):
        return torch.autograd.grad(F.cross_entropy(model(x), y), parameters, **options)

    def product():
        slope = sum((g * v).sum() for g, v in zip(gradient(create_graph=True), vector))
        torch.autograd.grad(slope, parameters)

    gradient()
    times = {name: sorted(seconds_of(run) for _ in range(3))[1] for name, run in (("gradient", gradient), ("product", product))}
    print(json.dumps({**times, "version": torch.__version__}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 512)
