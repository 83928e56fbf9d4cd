"""A small convolutional classifier for 8x8 grey digits."""

import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """Convolution, group normalisation, ReLU, with a shortcut when the shape allows one."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.GroupNorm(4, out_channels)
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x):
        out = F.relu(self.norm(self.conv(x)))
        return out + x if self.shortcut else out


class DigitNet(nn.Module):
    def __init__(self, width=16, classes=10):
        super().__init__()
        self.blocks = nn.Sequential(
            Block(1, width),
            Block(width, width),
            Block(width, 2 * width, stride=2),
            Block(2 * width, 2 * width),
        )
        self.head = nn.Linear(2 * width, classes)

    def forward(self, x):
        x = self.blocks(x)
        x = x.mean(dim=(2, 3))
        return self.head(x)
