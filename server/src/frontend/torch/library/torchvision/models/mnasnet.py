"""MnasNet B1 (Tan et al. 2019)."""

import torch
from torch import nn
from torchvision.models._weights import __getattr__, builder

# TensorFlow's momentum 0.9997.
MOMENTUM = 1 - 0.9997
# Channels, kernel, stride, expansion, blocks.
STACKS = ((24, 3, 2, 3, 3), (40, 5, 2, 3, 3), (80, 5, 2, 6, 3), (96, 3, 1, 6, 2), (192, 5, 2, 6, 4), (320, 3, 1, 6, 1))


def _norm(channels):
    return nn.BatchNorm2d(channels, momentum=MOMENTUM)


class _InvertedResidual(nn.Module):
    def __init__(self, in_ch, out_ch, kernel_size, stride, expansion_factor, bn_momentum=0.1):
        super().__init__()
        inner = in_ch * expansion_factor
        self.apply_residual = in_ch == out_ch and stride == 1
        self.layers = nn.Sequential(
            nn.Conv2d(in_ch, inner, 1, bias=False),
            nn.BatchNorm2d(inner, momentum=bn_momentum),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, inner, kernel_size, padding=kernel_size // 2, stride=stride, groups=inner, bias=False),
            nn.BatchNorm2d(inner, momentum=bn_momentum),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, out_ch, 1, bias=False),
            nn.BatchNorm2d(out_ch, momentum=bn_momentum),
        )

    def forward(self, input):
        return self.layers(input) + input if self.apply_residual else self.layers(input)


def _stack(inputs, outputs, kernel, stride, expansion, count):
    first = _InvertedResidual(inputs, outputs, kernel, stride, expansion, MOMENTUM)
    rest = [_InvertedResidual(outputs, outputs, kernel, 1, expansion, MOMENTUM) for _ in range(1, count)]
    return nn.Sequential(first, *rest)


def _scaled(width, alpha):
    """The multiple of eight next to it, rounded up unless it is within a tenth."""
    rounded = max(8, int(width * alpha + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * width * alpha else rounded + 8


class MNASNet(nn.Module):
    def __init__(self, alpha, num_classes=1000, dropout=0.2):
        super().__init__()
        if alpha <= 0.0:
            raise ValueError(f"alpha should be greater than 0.0 instead of {alpha}")
        self.alpha = alpha
        self.num_classes = num_classes
        stem, width = _scaled(32, alpha), _scaled(16, alpha)
        layers = [
            nn.Conv2d(3, stem, 3, padding=1, stride=2, bias=False),
            _norm(stem),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem, stem, 3, padding=1, groups=stem, bias=False),
            _norm(stem),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem, width, 1, bias=False),
            _norm(width),
        ]
        for channels, kernel, stride, expansion, count in STACKS:
            out = _scaled(channels, alpha)
            layers.append(_stack(width, out, kernel, stride, expansion, count))
            width = out
        layers += [nn.Conv2d(width, 1280, 1, bias=False), _norm(1280), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(1280, num_classes))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, nn.Linear):
                nn.init.kaiming_uniform_(m.weight, mode="fan_out", nonlinearity="sigmoid")
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.classifier(self.layers(x).mean([2, 3]))


@builder
def mnasnet0_5(**kwargs):
    return MNASNet(0.5, **kwargs)


@builder
def mnasnet0_75(**kwargs):
    return MNASNet(0.75, **kwargs)


@builder
def mnasnet1_0(**kwargs):
    return MNASNet(1.0, **kwargs)


@builder
def mnasnet1_3(**kwargs):
    return MNASNet(1.3, **kwargs)
