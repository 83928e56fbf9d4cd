"""SqueezeNet (Iandola et al. 2016)."""

import torch
from torch import nn
from torchvision.models._weights import __getattr__, builder


class Fire(nn.Module):
    def __init__(self, inplanes, squeeze_planes, expand1x1_planes, expand3x3_planes):
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        small = self.expand1x1_activation(self.expand1x1(x))
        large = self.expand3x3_activation(self.expand3x3(x))
        return torch.cat([small, large], 1)


def _pool():
    return nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)


def _fires(*rows):
    """(inputs, squeezed, expanded) of each Fire module; None for a pool."""
    return [_pool() if row is None else Fire(row[0], row[1], row[2], row[2]) for row in rows]


class SqueezeNet(nn.Module):
    def __init__(self, version="1_0", num_classes=1000, dropout=0.5):
        super().__init__()
        self.num_classes = num_classes
        if version == "1_0":
            stem = nn.Conv2d(3, 96, kernel_size=7, stride=2)
            rows = [(96, 16, 64), (128, 16, 64), (128, 32, 128), None, (256, 32, 128), (256, 48, 192)]
            rows += [(384, 48, 192), (384, 64, 256), None, (512, 64, 256)]
        elif version == "1_1":
            stem = nn.Conv2d(3, 64, kernel_size=3, stride=2)
            rows = [(64, 16, 64), (128, 16, 64), None, (128, 32, 128), (256, 32, 128), None]
            rows += [(256, 48, 192), (384, 48, 192), (384, 64, 256), (512, 64, 256)]
        else:
            raise ValueError(f"there is no SqueezeNet {version}: 1_0 and 1_1")
        self.features = nn.Sequential(stem, nn.ReLU(inplace=True), _pool(), *_fires(*rows))
        final = nn.Conv2d(512, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), final, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1)))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                if m is final:
                    nn.init.normal_(m.weight, mean=0.0, std=0.01)
                else:
                    nn.init.kaiming_uniform_(m.weight)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


@builder
def squeezenet1_0(**kwargs):
    return SqueezeNet("1_0", **kwargs)


@builder
def squeezenet1_1(**kwargs):
    return SqueezeNet("1_1", **kwargs)
