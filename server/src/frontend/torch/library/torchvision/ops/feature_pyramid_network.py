"""Feature pyramids (Lin et al. 2017): every level with the context of the coarser ones."""

from collections import OrderedDict

import torch.nn.functional as F
from torch import nn
from torchvision.ops.misc import Conv2dNormActivation


class ExtraFPNBlock(nn.Module):
    """Makes further levels of the results `x`, the inputs `y` and their names."""

    def forward(self, results, x, names):
        pass


class FeaturePyramidNetwork(nn.Module):
    def __init__(self, in_channels_list, out_channels, extra_blocks=None, norm_layer=None):
        super().__init__()
        if 0 in in_channels_list:
            raise ValueError("in_channels=0 is currently not supported")

        def convolution(channels, kernel):
            return Conv2dNormActivation(
                channels, out_channels, kernel, padding=kernel // 2, norm_layer=norm_layer, activation_layer=None
            )

        self.inner_blocks = nn.ModuleList([convolution(channels, 1) for channels in in_channels_list])
        self.layer_blocks = nn.ModuleList([convolution(out_channels, 3) for _ in in_channels_list])
        _initialise(self)
        self.extra_blocks = extra_blocks

    def forward(self, x):
        names, levels = list(x.keys()), list(x.values())
        above = None
        results = []
        for level, inner, layer in reversed(list(zip(levels, self.inner_blocks, self.layer_blocks))):
            inside = inner(level)
            if above is not None:
                inside = inside + F.interpolate(above, size=inside.shape[-2:], mode="nearest")
            results.insert(0, layer(inside))
            above = inside
        if self.extra_blocks is not None:
            results, names = self.extra_blocks(results, levels, names)
        return OrderedDict(zip(names, results))


class LastLevelMaxPool(ExtraFPNBlock):
    def forward(self, x, y, names):
        return x + [F.max_pool2d(x[-1], kernel_size=1, stride=2, padding=0)], names + ["pool"]


class LastLevelP6P7(ExtraFPNBlock):
    """Two coarser levels, as RetinaNet has them."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.p6 = nn.Conv2d(in_channels, out_channels, 3, 2, 1)
        self.p7 = nn.Conv2d(out_channels, out_channels, 3, 2, 1)
        _initialise(self)
        self.use_P5 = in_channels == out_channels

    def forward(self, p, c, names):
        p6 = self.p6(p[-1] if self.use_P5 else c[-1])
        return p + [p6, self.p7(F.relu(p6))], names + ["p6", "p7"]


def _initialise(owner):
    for module in owner.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, a=1)
            if module.bias is not None:
                nn.init.constant_(module.bias, 0)
