"""VGG (Simonyan and Zisserman 2015): stages of 3×3 convolutions between max pools."""

import torch
from torch import nn
from torchvision.models._weights import __getattr__, builder

WIDTHS = (64, 128, 256, 512, 512)
# Convolutions in each stage.
DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


class VGG(nn.Module):
    def __init__(self, features, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            self._initialise()

    def _initialise(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(m.bias)
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def make_layers(cfg, batch_norm=False):
    """`cfg`: widths of convolutions, "M" for a pool."""
    layers = []
    channels = 3
    for entry in cfg:
        if entry == "M":
            layers.append(nn.MaxPool2d(2, 2))
            continue
        layers.append(nn.Conv2d(channels, entry, 3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(entry))
        layers.append(nn.ReLU(inplace=True))
        channels = entry
    return nn.Sequential(*layers)


def _configuration(depth):
    return [entry for width, count in zip(WIDTHS, DEPTHS[depth]) for entry in [width] * count + ["M"]]


cfgs = {name: _configuration(depth) for name, depth in zip("ABDE", DEPTHS)}


def _vgg(depth, batch_norm, kwargs):
    return VGG(make_layers(_configuration(depth), batch_norm), **kwargs)


@builder
def vgg11(**kwargs):
    return _vgg(11, False, kwargs)


@builder
def vgg11_bn(**kwargs):
    return _vgg(11, True, kwargs)


@builder
def vgg13(**kwargs):
    return _vgg(13, False, kwargs)


@builder
def vgg13_bn(**kwargs):
    return _vgg(13, True, kwargs)


@builder
def vgg16(**kwargs):
    return _vgg(16, False, kwargs)


@builder
def vgg16_bn(**kwargs):
    return _vgg(16, True, kwargs)


@builder
def vgg19(**kwargs):
    return _vgg(19, False, kwargs)


@builder
def vgg19_bn(**kwargs):
    return _vgg(19, True, kwargs)
