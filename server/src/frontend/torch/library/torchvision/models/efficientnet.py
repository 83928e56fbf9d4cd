"""EfficientNet (Tan and Le 2019) and EfficientNetV2 (Tan and Le 2021)."""

import copy
from functools import partial
import math

import torch
from torch import nn
from torchvision.models._divisible import _make_divisible
from torchvision.models._weights import __getattr__, builder
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation
from torchvision.ops.stochastic_depth import StochasticDepth


class _MBConvConfig:
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block):
        self.expand_ratio = expand_ratio
        self.kernel = kernel
        self.stride = stride
        self.input_channels = input_channels
        self.out_channels = out_channels
        self.num_layers = num_layers
        self.block = block

    @staticmethod
    def adjust_channels(channels, width_mult, min_value=None):
        return _make_divisible(channels * width_mult, 8, min_value)


class MBConvConfig(_MBConvConfig):
    def __init__(
        self,
        expand_ratio,
        kernel,
        stride,
        input_channels,
        out_channels,
        num_layers,
        width_mult=1.0,
        depth_mult=1.0,
        block=None,
    ):
        super().__init__(
            expand_ratio,
            kernel,
            stride,
            self.adjust_channels(input_channels, width_mult),
            self.adjust_channels(out_channels, width_mult),
            self.adjust_depth(num_layers, depth_mult),
            block or MBConv,
        )

    @staticmethod
    def adjust_depth(num_layers, depth_mult):
        return int(math.ceil(num_layers * depth_mult))


class FusedMBConvConfig(_MBConvConfig):
    def __init__(self, expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block=None):
        super().__init__(expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block or FusedMBConv)


class _Residual(nn.Module):
    """A branch with stochastic depth, added to its input where the shapes allow it."""

    def _finish(self, cnf, layers, stochastic_depth_prob):
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.out_channels = cnf.out_channels

    def forward(self, input):
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class MBConv(_Residual):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer, se_layer=SqueezeExcitation):
        super().__init__()
        conv = partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=nn.SiLU)
        inner = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        layers = [] if inner == cnf.input_channels else [conv(cnf.input_channels, inner, kernel_size=1)]
        layers.append(conv(inner, inner, kernel_size=cnf.kernel, stride=cnf.stride, groups=inner))
        squeezed = max(1, cnf.input_channels // 4)
        layers.append(se_layer(inner, squeezed, activation=partial(nn.SiLU, inplace=True)))
        layers.append(conv(inner, cnf.out_channels, kernel_size=1, activation_layer=None))
        self._finish(cnf, layers, stochastic_depth_prob)


class FusedMBConv(_Residual):
    def __init__(self, cnf, stochastic_depth_prob, norm_layer):
        super().__init__()
        conv = partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=nn.SiLU)
        inner = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        if inner == cnf.input_channels:
            layers = [conv(inner, cnf.out_channels, kernel_size=cnf.kernel, stride=cnf.stride)]
        else:
            layers = [
                conv(cnf.input_channels, inner, kernel_size=cnf.kernel, stride=cnf.stride),
                conv(inner, cnf.out_channels, kernel_size=1, activation_layer=None),
            ]
        self._finish(cnf, layers, stochastic_depth_prob)


class EfficientNet(nn.Module):
    def __init__(
        self,
        inverted_residual_setting,
        dropout,
        stochastic_depth_prob=0.2,
        num_classes=1000,
        norm_layer=None,
        last_channel=None,
    ):
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("the list of stages is empty")
        norm_layer = norm_layer or nn.BatchNorm2d
        conv = partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=nn.SiLU)
        stages = [conv(3, inverted_residual_setting[0].input_channels, kernel_size=3, stride=2)]
        total = sum(cnf.num_layers for cnf in inverted_residual_setting)
        position = 0
        for stage in inverted_residual_setting:
            blocks = []
            for i in range(stage.num_layers):
                cnf = copy.copy(stage)
                if i > 0:
                    cnf.input_channels = cnf.out_channels
                    cnf.stride = 1
                blocks.append(cnf.block(cnf, stochastic_depth_prob * float(position) / total, norm_layer))
                position += 1
            stages.append(nn.Sequential(*blocks))
        last = inverted_residual_setting[-1].out_channels
        head = last_channel if last_channel is not None else 4 * last
        stages.append(conv(last, head, kernel_size=1))
        self.features = nn.Sequential(*stages)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(head, num_classes))
        self._initialise()

    def _initialise(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            elif isinstance(m, nn.Linear):
                bound = 1.0 / math.sqrt(m.out_features)
                nn.init.uniform_(m.weight, -bound, bound)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


# Expansion, kernel, stride, inputs, outputs, blocks of the smallest network.
B0 = (
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
)
# A leading True marks fused blocks.
V2 = {
    "s": (
        (True, 1, 3, 1, 24, 24, 2),
        (True, 4, 3, 2, 24, 48, 4),
        (True, 4, 3, 2, 48, 64, 4),
        (False, 4, 3, 2, 64, 128, 6),
        (False, 6, 3, 1, 128, 160, 9),
        (False, 6, 3, 2, 160, 256, 15),
    ),
    "m": (
        (True, 1, 3, 1, 24, 24, 3),
        (True, 4, 3, 2, 24, 48, 5),
        (True, 4, 3, 2, 48, 80, 5),
        (False, 4, 3, 2, 80, 160, 7),
        (False, 6, 3, 1, 160, 176, 14),
        (False, 6, 3, 2, 176, 304, 18),
        (False, 6, 3, 1, 304, 512, 5),
    ),
    "l": (
        (True, 1, 3, 1, 32, 32, 4),
        (True, 4, 3, 2, 32, 64, 7),
        (True, 4, 3, 2, 64, 96, 7),
        (False, 4, 3, 2, 96, 192, 10),
        (False, 6, 3, 1, 192, 224, 19),
        (False, 6, 3, 2, 224, 384, 25),
        (False, 6, 3, 1, 384, 640, 7),
    ),
}


def _efficientnet(width, depth, dropout, kwargs, norm_layer=None):
    setting = [MBConvConfig(*row, width_mult=width, depth_mult=depth) for row in B0]
    return EfficientNet(setting, **{"dropout": dropout, "norm_layer": norm_layer, **kwargs})


def _efficientnet_v2(size, dropout, kwargs):
    setting = [(FusedMBConvConfig if fused else MBConvConfig)(*row) for fused, *row in V2[size]]
    norm_layer = partial(nn.BatchNorm2d, eps=1e-03)
    return EfficientNet(setting, **{"dropout": dropout, "norm_layer": norm_layer, "last_channel": 1280, **kwargs})


@builder
def efficientnet_b0(**kwargs):
    return _efficientnet(1.0, 1.0, 0.2, kwargs)


@builder
def efficientnet_b1(**kwargs):
    return _efficientnet(1.0, 1.1, 0.2, kwargs)


@builder
def efficientnet_b2(**kwargs):
    return _efficientnet(1.1, 1.2, 0.3, kwargs)


@builder
def efficientnet_b3(**kwargs):
    return _efficientnet(1.2, 1.4, 0.3, kwargs)


@builder
def efficientnet_b4(**kwargs):
    return _efficientnet(1.4, 1.8, 0.4, kwargs)


@builder
def efficientnet_b5(**kwargs):
    return _efficientnet(1.6, 2.2, 0.4, kwargs, partial(nn.BatchNorm2d, eps=0.001, momentum=0.01))


@builder
def efficientnet_b6(**kwargs):
    return _efficientnet(1.8, 2.6, 0.5, kwargs, partial(nn.BatchNorm2d, eps=0.001, momentum=0.01))


@builder
def efficientnet_b7(**kwargs):
    return _efficientnet(2.0, 3.1, 0.5, kwargs, partial(nn.BatchNorm2d, eps=0.001, momentum=0.01))


@builder
def efficientnet_v2_s(**kwargs):
    return _efficientnet_v2("s", 0.2, kwargs)


@builder
def efficientnet_v2_m(**kwargs):
    return _efficientnet_v2("m", 0.3, kwargs)


@builder
def efficientnet_v2_l(**kwargs):
    return _efficientnet_v2("l", 0.4, {"norm_layer": partial(nn.BatchNorm2d, eps=1e-03), **kwargs})
