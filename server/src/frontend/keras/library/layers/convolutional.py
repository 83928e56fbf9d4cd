"""Convolutions. Kernels are [*spatial, inputs, outputs], data are channels-last unless said."""

import math

import torch
from torch.nn import functional as F

from keras import _activations as activations
from keras._image_layout import standardize_data_format
from keras._layer import Layer
from keras._old_names import accepts_old_names

_convolution = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_transposed = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def per_axis(value, rank):
    return tuple([int(each) for each in value]) if isinstance(value, (list, tuple)) else (int(value),) * rank


def same_padding(size, kernel, stride, dilation=1):
    """Zeros before and after one axis, so that the output has ceil(size / stride) places; the odd one comes after."""
    reach = (kernel - 1) * dilation + 1
    total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def channels_second(x, data_format):
    return x if data_format == "channels_first" else torch.movedim(x, -1, 1)


def channels_back(x, data_format):
    return x if data_format == "channels_first" else torch.movedim(x, 1, -1)


def pad_spatial(x, pairs, value=0.0):
    """Pads the spatial axes of [batch, channels, *spatial]."""
    flat = [amount for pair in reversed(pairs) for amount in pair]
    return F.pad(x, flat, value=value) if any(flat) else x


def convolve(x, weight, bias, strides, padding, dilation, groups):
    """Of [batch, channels, *spatial] with weights in PyTorch's layout and Keras's paddings."""
    rank = x.dim() - 2
    sizes, kernel = x.shape[2:], weight.shape[2:]
    if padding == "same":
        pairs = [same_padding(sizes[i], kernel[i], strides[i], dilation[i]) for i in range(rank)]
    elif padding == "causal":
        pairs = [((kernel[i] - 1) * dilation[i], 0) for i in range(rank)]
    else:
        pairs = [(0, 0)] * rank
    even = all([before == after for before, after in pairs])
    x = x if even else pad_spatial(x, pairs)
    inside = tuple([before for before, _ in pairs]) if even else 0
    return _convolution[rank](x, weight, bias, strides, inside, dilation, groups)


def outputs_first(kernel):
    """[*spatial, inputs, outputs] → [outputs, inputs, *spatial]."""
    rank = kernel.dim() - 2
    return kernel.permute(rank + 1, rank, *range(rank))


class BaseConv(Layer):
    def __init__(self, rank, filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1,
                 groups=1, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, **kwargs):  # fmt: skip
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.rank = rank
        self.filters = None if filters is None else int(filters)
        self.kernel_size = per_axis(kernel_size, rank)
        self.strides = per_axis(strides, rank)
        self.padding = padding.lower()
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = per_axis(dilation_rate, rank)
        self.groups = groups
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.initializers = (kernel_initializer, bias_initializer)
        self.regularizers = (kernel_regularizer, bias_regularizer)

    def input_channels(self, input_shape):
        channels = input_shape[1 if self.data_format == "channels_first" else -1]
        if channels is None:
            raise ValueError(f"The channel axis of the input of {self.name} must be known; it is of shape {input_shape}")
        return channels

    def kernel_shape(self, channels):
        return self.kernel_size + (channels // self.groups, self.filters)

    def add_bias(self, size):
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(size,), initializer=self.initializers[1], regularizer=self.regularizers[1], name="bias"
            )

    def build(self, input_shape):
        channels = self.input_channels(input_shape)
        if channels % self.groups != 0:
            raise ValueError(f"{channels} input channels cannot be divided into {self.groups} groups")
        self.kernel = self.add_weight(
            shape=self.kernel_shape(channels),
            initializer=self.initializers[0],
            regularizer=self.regularizers[0],
            name="kernel",
        )
        self.add_bias(self.filters)

    def call(self, inputs):
        x = channels_second(inputs, self.data_format)
        weight = outputs_first(self.kernel)
        x = convolve(x, weight, self.bias, self.strides, self.padding, self.dilation_rate, self.groups)
        return self._activated(channels_back(x, self.data_format))


class Conv1D(BaseConv):
    @accepts_old_names()
    def __init__(self, filters, kernel_size, strides=1, padding="valid", **kwargs):
        super().__init__(1, filters, kernel_size, strides, padding, **kwargs)


class Conv2D(BaseConv):
    @accepts_old_names()
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(2, filters, kernel_size, strides, padding, **kwargs)


class Conv3D(BaseConv):
    @accepts_old_names()
    def __init__(self, filters, kernel_size, strides=(1, 1, 1), padding="valid", **kwargs):
        super().__init__(3, filters, kernel_size, strides, padding, **kwargs)


def _old_kernel(args, kwargs, names):
    """Keras 1 gives every size of the kernel an argument of its own: (nb_filter, nb_row, nb_col)."""
    sizes = [kwargs.pop(name) for name in names if name in kwargs]
    args = list(args)
    while len(sizes) < len(names) and len(args) > 1 and isinstance(args[1], int):
        sizes.append(args.pop(1))
    return args[:1] + ([tuple(sizes)] if sizes else []) + args[1:]


class Convolution2D(Conv2D):
    def __init__(self, *args, **kwargs):
        if (len(args) > 2 and isinstance(args[2], int) and isinstance(args[1], int)) or "nb_row" in kwargs:
            args = _old_kernel(args, kwargs, ("nb_row", "nb_col"))
        super().__init__(*args, **kwargs)


class Convolution1D(Conv1D):
    pass


class Convolution3D(Conv3D):
    def __init__(self, *args, **kwargs):
        if len(args) > 3 and isinstance(args[3], int):
            args = _old_kernel(args, kwargs, ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
        super().__init__(*args, **kwargs)


class BaseConvTranspose(BaseConv):
    """The transpose of a convolution: output sizes are the inputs of that one."""

    def __init__(self, rank, filters, kernel_size, strides=1, padding="valid", output_padding=None, **kwargs):
        super().__init__(rank, filters, kernel_size, strides, padding, **kwargs)
        self.output_padding = None if output_padding is None else per_axis(output_padding, rank)

    def kernel_shape(self, channels):
        return self.kernel_size + (self.filters, channels)

    def cut(self, axis, size):
        """Places before the result and its length in the whole transposed convolution of an axis."""
        stride, reach = self.strides[axis], (self.kernel_size[axis] - 1) * self.dilation_rate[axis] + 1
        if self.output_padding is not None:
            before = reach // 2 if self.padding == "same" else 0
            return before, (size - 1) * stride + reach - 2 * before + self.output_padding[axis]
        if self.padding == "same":
            return max(reach - stride, 0) // 2, size * stride
        return 0, size * stride + max(reach - stride, 0)

    def call(self, inputs):
        x = channels_second(inputs, self.data_format)
        rank = self.rank
        weight = self.kernel.permute(rank + 1, rank, *range(rank))
        whole = _transposed[rank](x, weight, None, self.strides, 0, 0, 1, self.dilation_rate)
        cuts = [self.cut(axis, x.shape[2 + axis]) for axis in range(rank)]
        missing = [max(before + length - whole.shape[2 + i], 0) for i, (before, length) in enumerate(cuts)]
        whole = pad_spatial(whole, [(0, amount) for amount in missing])
        for axis, (before, length) in enumerate(cuts):
            whole = torch.narrow(whole, 2 + axis, before, length)
        if self.bias is not None:
            whole = whole + self.bias.reshape([-1] + [1] * rank)
        return self._activated(channels_back(whole, self.data_format))


class Conv1DTranspose(BaseConvTranspose):
    def __init__(self, filters, kernel_size, strides=1, padding="valid", **kwargs):
        super().__init__(1, filters, kernel_size, strides, padding, **kwargs)


class Conv2DTranspose(BaseConvTranspose):
    @accepts_old_names()
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(2, filters, kernel_size, strides, padding, **kwargs)


class Conv3DTranspose(BaseConvTranspose):
    def __init__(self, filters, kernel_size, strides=(1, 1, 1), padding="valid", **kwargs):
        super().__init__(3, filters, kernel_size, strides, padding, **kwargs)


class Deconvolution2D(Conv2DTranspose):
    """Keras 1 is told the whole shape of the result, which is known without it."""

    def __init__(self, *args, **kwargs):
        kwargs.pop("output_shape", None)
        if (len(args) > 2 and isinstance(args[2], int)) or "nb_row" in kwargs:
            args = _old_kernel(args, kwargs, ("nb_row", "nb_col"))
            args = args[:2] if len(args) > 2 and isinstance(args[2], (list, tuple)) else args
        super().__init__(*args, **kwargs)


Convolution2DTranspose = Deconv2D = Deconvolution2D
Convolution3DTranspose = Deconvolution3D = Conv3DTranspose
Convolution1DTranspose = Conv1DTranspose
AtrousConvolution2D = Convolution2D
