"""Layers that move, repeat, cut or pad values."""

import math

import torch
from torch.nn import functional as F

from keras._image_layout import standardize_data_format
from keras._layer import Layer
from keras._old_names import accepts_old_names
from keras._resizing import resized
from keras.layers._convolutional import channels_back, channels_second, pad_spatial, per_axis


class Flatten(Layer):
    @accepts_old_names()
    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)

    def call(self, inputs):
        # Channels go last before they are flattened, whatever the layout of the data.
        x = torch.movedim(inputs, 1, -1) if self.data_format == "channels_first" and inputs.dim() > 1 else inputs
        return x.reshape(x.shape[0], -1)


class Reshape(Layer):
    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape) if isinstance(target_shape, (list, tuple)) else (target_shape,)

    def call(self, inputs):
        return inputs.reshape((inputs.shape[0],) + tuple([-1 if size is None else int(size) for size in self.target_shape]))


class Permute(Layer):
    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)

    def call(self, inputs):
        return inputs.permute(0, *self.dims)


class RepeatVector(Layer):
    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n = n

    def call(self, inputs):
        return inputs.unsqueeze(1).expand(-1, self.n, -1)


def _pairs(amounts, rank):
    """One number, one per axis, or a pair per axis."""
    if isinstance(amounts, (list, tuple)):
        if rank == 1 and not isinstance(amounts[0], (list, tuple)):
            return [tuple(amounts)]
        return [tuple(each) if isinstance(each, (list, tuple)) else (each, each) for each in amounts]
    return [(amounts, amounts)] * rank


class Spatial(Layer):
    """A change of the spatial axes alone."""

    def __init__(self, rank, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.rank = rank
        self.data_format = standardize_data_format(data_format)

    def call(self, inputs):
        return channels_back(self.change(channels_second(inputs, self.data_format)), self.data_format)


class ZeroPadding(Spatial):
    def __init__(self, rank, padding, data_format=None, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self.padding = _pairs(padding, rank)

    def change(self, x):
        return pad_spatial(x, self.padding)


class ZeroPadding1D(ZeroPadding):
    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(1, padding, data_format, **kwargs)


class ZeroPadding2D(ZeroPadding):
    @accepts_old_names()
    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(2, padding, data_format, **kwargs)


class ZeroPadding3D(ZeroPadding):
    def __init__(self, padding=(1, 1, 1), data_format=None, **kwargs):
        super().__init__(3, padding, data_format, **kwargs)


class Cropping(Spatial):
    def __init__(self, rank, cropping, data_format=None, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self.cropping = _pairs(cropping, rank)

    def change(self, x):
        for axis, (before, after) in enumerate(self.cropping):
            x = torch.narrow(x, 2 + axis, before, x.shape[2 + axis] - before - after)
        return x


class Cropping1D(Cropping):
    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(1, cropping, "channels_last", **kwargs)


class Cropping2D(Cropping):
    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(2, cropping, data_format, **kwargs)


class Cropping3D(Cropping):
    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(3, cropping, data_format, **kwargs)


class UpSampling(Spatial):
    def __init__(self, rank, size, data_format=None, interpolation="nearest", **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self.size = per_axis(size, rank)
        self.interpolation = interpolation

    def change(self, x):
        if self.interpolation != "nearest":
            sizes = [x.shape[2 + axis] * factor for axis, factor in enumerate(self.size)]
            return resized(x, sizes, self.interpolation)
        for axis, factor in enumerate(self.size):
            x = torch.repeat_interleave(x, factor, dim=2 + axis)
        return x


class UpSampling1D(UpSampling):
    @accepts_old_names(length="size")
    def __init__(self, size=2, **kwargs):
        super().__init__(1, size, "channels_last", **kwargs)


class UpSampling2D(UpSampling):
    @accepts_old_names()
    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(2, size, data_format, interpolation, **kwargs)


class UpSampling3D(UpSampling):
    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(3, size, data_format, **kwargs)


class Resizing(Spatial):
    def __init__(self, height, width, interpolation="bilinear", crop_to_aspect_ratio=False, pad_to_aspect_ratio=False,
                 fill_mode="constant", fill_value=0.0, antialias=False, data_format=None, **kwargs):  # fmt: skip
        super().__init__(2, data_format, **kwargs)
        self.height = height
        self.width = width
        self.interpolation = interpolation
        self.options = (antialias, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_value)

    def change(self, x):
        return resized(x, (self.height, self.width), self.interpolation, *self.options)


class CenterCrop(Spatial):
    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(2, data_format, **kwargs)
        self.sizes = (height, width)

    def change(self, x):
        # What is smaller than the crop is enlarged.
        if any([x.shape[2 + axis] < size for axis, size in enumerate(self.sizes)]):
            return resized(x, self.sizes, crop_to_aspect_ratio=True)
        for axis, size in enumerate(self.sizes):
            x = torch.narrow(x, 2 + axis, math.floor((x.shape[2 + axis] - size) / 2), size)
        return x


class Rescaling(Layer):
    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs):
        scale, offset = [
            torch.as_tensor(each) if isinstance(each, (list, tuple)) else each for each in (self.scale, self.offset)
        ]
        return inputs * scale + offset


class CategoryEncoding(Layer):
    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        self.num_tokens = num_tokens
        self.output_mode = output_mode

    def call(self, inputs, count_weights=None):
        hot = F.one_hot(inputs.long(), self.num_tokens).float()
        if self.output_mode == "one_hot":
            return hot.squeeze(-2) if inputs.dim() > 1 and inputs.shape[-1] == 1 else hot
        return torch.amax(hot, dim=-2) if self.output_mode == "multi_hot" else torch.sum(hot, dim=-2)
