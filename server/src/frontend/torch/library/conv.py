"""Convolutions and transposed convolutions in one, two and three dimensions."""

import math

import torch
from torch.nn import functional as F
from torch.nn import init
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


def _tuple(value, rank):
    if isinstance(value, (tuple, list, torch.Size)):
        return tuple(value)
    return (value,) * rank


class _ConvNd(Module):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        bias,
        padding_mode,
        device=None,
        dtype=None,
    ):
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of 'valid', 'same'")
            if padding == "same" and any(step != 1 for step in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', "
                f"but got padding_mode='{padding_mode}'"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        if padding == "valid":
            around = [0, 0] * len(kernel_size)
        elif padding == "same":
            around = []
            for size, step in zip(reversed(kernel_size), reversed(dilation)):
                total = step * (size - 1)
                around += [total // 2, total - total // 2]
        else:
            around = []
            for size in reversed(padding):
                around += [size, size]
        self._reversed_padding_repeated_twice = around
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        self.weight = Parameter(torch.empty((first, second // groups, *kernel_size), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = self.weight.size(1)
            for size in self.kernel_size:
                fan_in *= size
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self):
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"

    def _convolve(self, convolution, input, weight, bias):
        if self.padding_mode != "zeros":
            padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            return convolution(padded, weight, bias, self.stride, 0, self.dilation, self.groups)
        return convolution(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)


def _plain(self, rank, arguments):
    (in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, mode, device, dtype) = arguments
    _ConvNd.__init__(
        self,
        in_channels,
        out_channels,
        _tuple(kernel_size, rank),
        _tuple(stride, rank),
        padding if isinstance(padding, str) else _tuple(padding, rank),
        _tuple(dilation, rank),
        False,
        (0,) * rank,
        groups,
        bias,
        mode,
        device,
        dtype,
    )


class Conv1d(_ConvNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        _plain(
            self,
            1,
            (in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype),
        )

    def _conv_forward(self, input, weight, bias):
        return self._convolve(F.conv1d, input, weight, bias)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class Conv2d(_ConvNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        _plain(
            self,
            2,
            (in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype),
        )

    def _conv_forward(self, input, weight, bias):
        return self._convolve(F.conv2d, input, weight, bias)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class Conv3d(_ConvNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        _plain(
            self,
            3,
            (in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype),
        )

    def _conv_forward(self, input, weight, bias):
        return self._convolve(F.conv3d, input, weight, bias)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class _ConvTransposeNd(_ConvNd):
    def _output_padding(self, input, output_size):
        """The padding at the far end that makes the spatial sizes `output_size`."""
        if output_size is None:
            return self.output_padding
        rank = len(self.kernel_size)
        wanted = list(output_size)[-rank:]
        extra = []
        for axis in range(rank):
            smallest = (
                (input.size(axis - rank) - 1) * self.stride[axis]
                - 2 * self.padding[axis]
                + self.dilation[axis] * (self.kernel_size[axis] - 1)
                + 1
            )
            largest = smallest + self.stride[axis] - 1
            if not smallest <= wanted[axis] <= largest:
                raise ValueError(
                    f"requested an output size of {wanted}, but valid sizes of axis {axis} range from {smallest} to {largest}"
                )
            extra.append(wanted[axis] - smallest)
        return tuple(extra)

    def _transpose(self, convolution, input, output_size):
        if self.padding_mode != "zeros":
            raise ValueError(f"Only `zeros` padding mode is supported for {type(self).__name__}")
        return convolution(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


def _transposed(self, rank, arguments):
    (
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        output_padding,
        groups,
        bias,
        dilation,
        mode,
        device,
        dtype,
    ) = arguments
    _ConvNd.__init__(
        self,
        in_channels,
        out_channels,
        _tuple(kernel_size, rank),
        _tuple(stride, rank),
        _tuple(padding, rank),
        _tuple(dilation, rank),
        True,
        _tuple(output_padding, rank),
        groups,
        bias,
        mode,
        device,
        dtype,
    )


class ConvTranspose1d(_ConvTransposeNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        sizes = (in_channels, out_channels, kernel_size, stride, padding, output_padding)
        _transposed(self, 1, (*sizes, groups, bias, dilation, padding_mode, device, dtype))

    def forward(self, input, output_size=None):
        return self._transpose(F.conv_transpose1d, input, output_size)


class ConvTranspose2d(_ConvTransposeNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        sizes = (in_channels, out_channels, kernel_size, stride, padding, output_padding)
        _transposed(self, 2, (*sizes, groups, bias, dilation, padding_mode, device, dtype))

    def forward(self, input, output_size=None):
        return self._transpose(F.conv_transpose2d, input, output_size)


class ConvTranspose3d(_ConvTransposeNd):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        sizes = (in_channels, out_channels, kernel_size, stride, padding, output_padding)
        _transposed(self, 3, (*sizes, groups, bias, dilation, padding_mode, device, dtype))

    def forward(self, input, output_size=None):
        return self._transpose(F.conv_transpose3d, input, output_size)
