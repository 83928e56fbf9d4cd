"""Noise while training: dropout and its variants."""

import torch
from torch.nn import functional as F

from keras._image_layout import standardize_data_format
from keras._layer import Layer
from keras._old_names import accepts_old_names


class Dropout(Layer):
    supports_masking = True

    @accepts_old_names()
    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(f"Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: rate={rate}")
        self.rate = rate
        self.noise_shape = noise_shape

    def noise_sizes(self, inputs):
        if self.noise_shape is None:
            return tuple(inputs.shape)
        return tuple([inputs.shape[i] if size is None else size for i, size in enumerate(self.noise_shape)])

    def call(self, inputs, training=None):
        if not training or self.rate == 0:
            return inputs
        sizes = self.noise_sizes(inputs)
        if sizes == tuple(inputs.shape):
            return F.dropout(inputs, self.rate, True)
        return inputs * F.dropout(torch.ones(sizes, dtype=inputs.dtype), self.rate, True)


class SpatialDropout(Dropout):
    def __init__(self, rate, seed=None, data_format=None, **kwargs):
        super().__init__(rate, seed=seed, **kwargs)
        self.data_format = standardize_data_format(data_format)

    def noise_sizes(self, inputs):
        sizes = tuple(inputs.shape)
        ones = (1,) * (len(sizes) - 2)
        return sizes[:2] + ones if self.data_format == "channels_first" else sizes[:1] + ones + sizes[-1:]


class SpatialDropout1D(SpatialDropout):
    pass


class SpatialDropout2D(SpatialDropout):
    pass


class SpatialDropout3D(SpatialDropout):
    pass


class AlphaDropout(Dropout):
    def call(self, inputs, training=None):
        return F.alpha_dropout(inputs, self.rate, True) if training else inputs


class GaussianNoise(Layer):
    supports_masking = True

    @accepts_old_names(sigma="stddev")
    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs, training=None):
        return inputs + self.stddev * torch.randn_like(inputs) if training else inputs


class GaussianDropout(Layer):
    supports_masking = True

    @accepts_old_names()
    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs, training=None):
        if not training or self.rate == 0:
            return inputs
        return inputs * (1 + (self.rate / (1 - self.rate)) ** 0.5 * torch.randn_like(inputs))
