"""RegNet (Radosavovic et al. 2020): stage widths from a quantised line."""

from collections import OrderedDict
from functools import partial
import math

import torch
from torch import nn
from torchvision.models._divisible import _make_divisible
from torchvision.models._weights import __getattr__, builder
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation


class SimpleStemIN(Conv2dNormActivation):
    def __init__(self, width_in, width_out, norm_layer, activation_layer):
        super().__init__(
            width_in, width_out, kernel_size=3, stride=2, norm_layer=norm_layer, activation_layer=activation_layer
        )


class BottleneckTransform(nn.Sequential):
    def __init__(
        self, width_in, width_out, stride, norm_layer, activation_layer, group_width, bottleneck_multiplier, se_ratio
    ):
        inner = int(round(width_out * bottleneck_multiplier))
        conv = partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=activation_layer)
        layers = OrderedDict()
        layers["a"] = conv(width_in, inner, kernel_size=1)
        layers["b"] = conv(inner, inner, kernel_size=3, stride=stride, groups=inner // group_width)
        if se_ratio:
            layers["se"] = SqueezeExcitation(inner, int(round(se_ratio * width_in)), activation=activation_layer)
        layers["c"] = conv(inner, width_out, kernel_size=1, activation_layer=None)
        super().__init__(layers)


class ResBottleneckBlock(nn.Module):
    def __init__(
        self,
        width_in,
        width_out,
        stride,
        norm_layer,
        activation_layer,
        group_width=1,
        bottleneck_multiplier=1.0,
        se_ratio=None,
    ):
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            self.proj = Conv2dNormActivation(
                width_in, width_out, kernel_size=1, stride=stride, norm_layer=norm_layer, activation_layer=None
            )
        self.f = BottleneckTransform(
            width_in, width_out, stride, norm_layer, activation_layer, group_width, bottleneck_multiplier, se_ratio
        )
        self.activation = activation_layer(inplace=True)

    def forward(self, x):
        return self.activation((x if self.proj is None else self.proj(x)) + self.f(x))


class AnyStage(nn.Sequential):
    def __init__(
        self,
        width_in,
        width_out,
        stride,
        depth,
        block_constructor,
        norm_layer,
        activation_layer,
        group_width,
        bottleneck_multiplier,
        se_ratio=None,
        stage_index=0,
    ):
        super().__init__()
        for i in range(depth):
            block = block_constructor(
                width_in if i == 0 else width_out,
                width_out,
                stride if i == 0 else 1,
                norm_layer,
                activation_layer,
                group_width,
                bottleneck_multiplier,
                se_ratio,
            )
            self.add_module(f"block{stage_index}-{i}", block)


class BlockParams:
    def __init__(self, depths, widths, group_widths, bottleneck_multipliers, strides, se_ratio=None):
        self.depths = depths
        self.widths = widths
        self.group_widths = group_widths
        self.bottleneck_multipliers = bottleneck_multipliers
        self.strides = strides
        self.se_ratio = se_ratio

    @classmethod
    def from_init_params(
        cls, depth, w_0, w_a, w_m, group_width, bottleneck_multiplier=1.0, se_ratio=None, **kwargs
    ):
        """Block j has the width w₀ + w_a·j, moved to the next power of w_m (times w₀), then to a multiple of eight."""
        if w_a < 0 or w_0 <= 0 or w_m <= 1 or w_0 % 8 != 0:
            raise ValueError("Invalid RegNet settings")
        widths = []
        for j in range(depth):
            power = round(math.log((w_0 + w_a * j) / w_0) / math.log(w_m))
            widths.append(int(round(w_0 * w_m**power / 8) * 8))
        stages = sorted(set(widths))
        depths = [widths.count(width) for width in stages]
        groups = []
        fitted = []
        for width in stages:
            inner = int(width * bottleneck_multiplier)
            group = min(group_width, inner)
            groups.append(group)
            fitted.append(int(_make_divisible(inner, group) / bottleneck_multiplier))
        count = len(stages)
        return cls(depths, fitted, groups, [bottleneck_multiplier] * count, [2] * count, se_ratio)

    def _get_expanded_params(self):
        return zip(self.widths, self.strides, self.depths, self.group_widths, self.bottleneck_multipliers)


class RegNet(nn.Module):
    def __init__(
        self,
        block_params,
        num_classes=1000,
        stem_width=32,
        stem_type=None,
        block_type=None,
        norm_layer=None,
        activation=None,
    ):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        activation = activation or nn.ReLU
        self.stem = (stem_type or SimpleStemIN)(3, stem_width, norm_layer, activation)
        width = stem_width
        stages = OrderedDict()
        for i, (out, stride, depth, group, multiplier) in enumerate(block_params._get_expanded_params(), start=1):
            stages[f"block{i}"] = AnyStage(
                width,
                out,
                stride,
                depth,
                block_type or ResBottleneckBlock,
                norm_layer,
                activation,
                group,
                multiplier,
                block_params.se_ratio,
                stage_index=i,
            )
            width = out
        self.trunk_output = nn.Sequential(stages)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(width, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                fan_out = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                nn.init.normal_(m.weight, mean=0.0, std=math.sqrt(2.0 / fan_out))
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0.0, std=0.01)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.trunk_output(self.stem(x))
        return self.fc(self.avgpool(x).flatten(start_dim=1))


# Depth, w₀, w_a, w_m, channels in a group; Y adds a gate of a quarter of the inputs.
SETTINGS = {
    "x_400mf": (22, 24, 24.48, 2.54, 16),
    "x_800mf": (16, 56, 35.73, 2.28, 16),
    "x_1_6gf": (18, 80, 34.01, 2.25, 24),
    "x_3_2gf": (25, 88, 26.31, 2.25, 48),
    "x_8gf": (23, 80, 49.56, 2.88, 120),
    "x_16gf": (22, 216, 55.59, 2.1, 128),
    "x_32gf": (23, 320, 69.86, 2.0, 168),
    "y_400mf": (16, 48, 27.89, 2.09, 8),
    "y_800mf": (14, 56, 38.84, 2.4, 16),
    "y_1_6gf": (27, 48, 20.71, 2.65, 24),
    "y_3_2gf": (21, 80, 42.63, 2.66, 24),
    "y_8gf": (17, 192, 76.82, 2.19, 56),
    "y_16gf": (18, 200, 106.23, 2.48, 112),
    "y_32gf": (20, 232, 115.89, 2.53, 232),
    "y_128gf": (27, 456, 160.83, 2.52, 264),
}


def _regnet(name, kwargs):
    se_ratio = 0.25 if name.startswith("y") else None
    params = BlockParams.from_init_params(*SETTINGS[name], se_ratio=se_ratio)
    norm_layer = kwargs.pop("norm_layer", partial(nn.BatchNorm2d, eps=1e-05, momentum=0.1))
    return RegNet(params, norm_layer=norm_layer, **kwargs)


@builder
def regnet_x_400mf(**kwargs):
    return _regnet("x_400mf", kwargs)


@builder
def regnet_x_800mf(**kwargs):
    return _regnet("x_800mf", kwargs)


@builder
def regnet_x_1_6gf(**kwargs):
    return _regnet("x_1_6gf", kwargs)


@builder
def regnet_x_3_2gf(**kwargs):
    return _regnet("x_3_2gf", kwargs)


@builder
def regnet_x_8gf(**kwargs):
    return _regnet("x_8gf", kwargs)


@builder
def regnet_x_16gf(**kwargs):
    return _regnet("x_16gf", kwargs)


@builder
def regnet_x_32gf(**kwargs):
    return _regnet("x_32gf", kwargs)


@builder
def regnet_y_400mf(**kwargs):
    return _regnet("y_400mf", kwargs)


@builder
def regnet_y_800mf(**kwargs):
    return _regnet("y_800mf", kwargs)


@builder
def regnet_y_1_6gf(**kwargs):
    return _regnet("y_1_6gf", kwargs)


@builder
def regnet_y_3_2gf(**kwargs):
    return _regnet("y_3_2gf", kwargs)


@builder
def regnet_y_8gf(**kwargs):
    return _regnet("y_8gf", kwargs)


@builder
def regnet_y_16gf(**kwargs):
    return _regnet("y_16gf", kwargs)


@builder
def regnet_y_32gf(**kwargs):
    return _regnet("y_32gf", kwargs)


@builder
def regnet_y_128gf(**kwargs):
    return _regnet("y_128gf", kwargs)
