"""Padding."""

from torch.nn import functional as F
from torch.nn.modules.module import Module


def _sides(padding, rank):
    return tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * rank)


class _Pad(Module):
    _rank = 0
    _mode = "constant"

    def __init__(self, padding):
        super().__init__()
        self.padding = _sides(padding, self._rank)

    def forward(self, input):
        return F.pad(input, self.padding, self._mode)


class _ConstantPad(_Pad):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)


class ConstantPad1d(_ConstantPad):
    _rank = 1


class ConstantPad2d(_ConstantPad):
    _rank = 2


class ConstantPad3d(_ConstantPad):
    _rank = 3


class ZeroPad1d(_Pad):
    _rank = 1


class ZeroPad2d(_Pad):
    _rank = 2


class ZeroPad3d(_Pad):
    _rank = 3


class ReflectionPad1d(_Pad):
    _rank = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    _rank = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    _rank = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    _rank = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    _rank = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    _rank = 3
    _mode = "replicate"


class CircularPad1d(_Pad):
    _rank = 1
    _mode = "circular"


class CircularPad2d(_Pad):
    _rank = 2
    _mode = "circular"


class CircularPad3d(_Pad):
    _rank = 3
    _mode = "circular"
