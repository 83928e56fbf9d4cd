"""Convolutions of every channel by itself, alone and followed by one that mixes channels."""

from keras._old_names import accepts_old_names
from keras.layers._convolutional import BaseConv, channels_back, channels_second, convolve, outputs_first


def one_channel_each(kernel):
    """[*spatial, channels, multiplier] → [channels · multiplier, 1, *spatial]."""
    rank = kernel.dim() - 2
    sizes = kernel.shape
    return kernel.permute(rank, rank + 1, *range(rank)).reshape(sizes[-2] * sizes[-1], 1, *sizes[:rank])


class BaseDepthwiseConv(BaseConv):
    def __init__(self, rank, kernel_size, strides=1, padding="valid", depth_multiplier=1,
                 depthwise_initializer="glorot_uniform", depthwise_regularizer=None, depthwise_constraint=None,
                 **kwargs):  # fmt: skip
        # Keras 2 takes what convolutions take; its depthwise kernel is made without it.
        for unused in ("kernel_initializer", "kernel_regularizer", "kernel_constraint"):
            kwargs.pop(unused, None)
        super().__init__(
            rank,
            None,
            kernel_size,
            strides,
            padding,
            kernel_initializer=depthwise_initializer,
            kernel_regularizer=depthwise_regularizer,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier

    def build(self, input_shape):
        channels = self.input_channels(input_shape)
        self.kernel = self.add_weight(
            shape=self.kernel_size + (channels, self.depth_multiplier),
            initializer=self.initializers[0],
            regularizer=self.regularizers[0],
            name="kernel",
        )
        self.add_bias(channels * self.depth_multiplier)

    def call(self, inputs):
        x = channels_second(inputs, self.data_format)
        weight = one_channel_each(self.kernel)
        x = convolve(x, weight, self.bias, self.strides, self.padding, self.dilation_rate, x.shape[1])
        return self._activated(channels_back(x, self.data_format))


class DepthwiseConv1D(BaseDepthwiseConv):
    def __init__(self, kernel_size, strides=1, padding="valid", depth_multiplier=1, **kwargs):
        super().__init__(1, kernel_size, strides, padding, depth_multiplier, **kwargs)


class DepthwiseConv2D(BaseDepthwiseConv):
    @accepts_old_names()
    def __init__(self, kernel_size, strides=(1, 1), padding="valid", depth_multiplier=1, **kwargs):
        super().__init__(2, kernel_size, strides, padding, depth_multiplier, **kwargs)


class BaseSeparableConv(BaseConv):
    def __init__(self, rank, filters, kernel_size, strides=1, padding="valid", depth_multiplier=1,
                 depthwise_initializer="glorot_uniform", pointwise_initializer="glorot_uniform",
                 depthwise_regularizer=None, pointwise_regularizer=None, depthwise_constraint=None,
                 pointwise_constraint=None, **kwargs):  # fmt: skip
        super().__init__(rank, filters, kernel_size, strides, padding, **kwargs)
        self.depth_multiplier = depth_multiplier
        self.parts = (
            ("depthwise_kernel", depthwise_initializer, depthwise_regularizer),
            ("pointwise_kernel", pointwise_initializer, pointwise_regularizer),
        )

    def build(self, input_shape):
        channels = self.input_channels(input_shape)
        shapes = (
            self.kernel_size + (channels, self.depth_multiplier),
            (1,) * self.rank + (channels * self.depth_multiplier, self.filters),
        )
        self.depthwise_kernel, self.pointwise_kernel = [
            self.add_weight(shape=shape, initializer=initializer, regularizer=regularizer, name=name)
            for shape, (name, initializer, regularizer) in zip(shapes, self.parts)
        ]
        self.add_bias(self.filters)

    def call(self, inputs):
        x = channels_second(inputs, self.data_format)
        depthwise = one_channel_each(self.depthwise_kernel)
        x = convolve(x, depthwise, None, self.strides, self.padding, self.dilation_rate, x.shape[1])
        ones = (1,) * self.rank
        x = convolve(x, outputs_first(self.pointwise_kernel), self.bias, ones, "valid", ones, 1)
        return self._activated(channels_back(x, self.data_format))


class SeparableConv1D(BaseSeparableConv):
    @accepts_old_names()
    def __init__(self, filters, kernel_size, strides=1, padding="valid", **kwargs):
        super().__init__(1, filters, kernel_size, strides, padding, **kwargs)


class SeparableConv2D(BaseSeparableConv):
    @accepts_old_names()
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(2, filters, kernel_size, strides, padding, **kwargs)


SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D
