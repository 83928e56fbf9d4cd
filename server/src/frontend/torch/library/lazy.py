"""Lazy layers: they take their input size from the first input they see."""

from torch.nn.modules import batchnorm, conv, linear
from torch.nn.modules.module import Module


def _lazy(name, layer, axis, size_argument):
    """A class that builds `layer` when first called; `axis` of the input gives its first argument."""

    class Lazy(Module):
        def __init__(self, *args, **kwargs):
            super().__init__()
            self._deferred = (args, kwargs)

        def __call__(self, input):
            args, kwargs = self._deferred
            self.__class__ = layer
            layer.__init__(self, input.shape[axis], *args, **kwargs)
            return self(input)

    Lazy.__name__ = name
    return Lazy


LazyLinear = _lazy("LazyLinear", linear.Linear, -1, "in_features")
LazyConv1d = _lazy("LazyConv1d", conv.Conv1d, 1, "in_channels")
LazyConv2d = _lazy("LazyConv2d", conv.Conv2d, 1, "in_channels")
LazyConv3d = _lazy("LazyConv3d", conv.Conv3d, 1, "in_channels")
LazyConvTranspose1d = _lazy("LazyConvTranspose1d", conv.ConvTranspose1d, 1, "in_channels")
LazyConvTranspose2d = _lazy("LazyConvTranspose2d", conv.ConvTranspose2d, 1, "in_channels")
LazyConvTranspose3d = _lazy("LazyConvTranspose3d", conv.ConvTranspose3d, 1, "in_channels")
LazyBatchNorm1d = _lazy("LazyBatchNorm1d", batchnorm.BatchNorm1d, 1, "num_features")
LazyBatchNorm2d = _lazy("LazyBatchNorm2d", batchnorm.BatchNorm2d, 1, "num_features")
LazyBatchNorm3d = _lazy("LazyBatchNorm3d", batchnorm.BatchNorm3d, 1, "num_features")
