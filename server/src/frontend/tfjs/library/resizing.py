"""Images in other sizes, as TensorFlow.js has them: the first corners lie on each other, unless something else is asked for."""

import math

import torch

from keras._resizing import chosen, linear, nearest
from keras.layers._reshaping import Spatial
from keras.layers._convolutional import per_axis


def resized(x, sizes, method, align_corners=False, half_pixel_centers=False):
    """Of [..., height, width, channels]."""
    first = x.dim() - 3
    for axis, size in enumerate(sizes):
        x = method(x, first + axis, int(size), align_corners, half_pixel_centers)
    return x


def resize_bilinear(x, size, align_corners=False, half_pixel_centers=False, *more):
    return resized(x, size, linear, bool(align_corners), bool(half_pixel_centers))


def resize_nearest(x, size, align_corners=False, half_pixel_centers=False, *more):
    return resized(x, size, nearest, bool(align_corners), bool(half_pixel_centers))


class Resize(Spatial):
    """A layer that resizes; images have their channels last while it does."""

    def __init__(self, interpolation="bilinear", data_format=None, **kwargs):
        super().__init__(2, data_format, **kwargs)
        self.method = nearest if interpolation == "nearest" else linear

    def call(self, inputs):
        first = self.data_format == "channels_first"
        x = torch.movedim(inputs, 1, -1) if first else inputs
        x = self.resize(x)
        return torch.movedim(x, -1, 1) if first else x


class UpSampling2D(Resize):
    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(interpolation, data_format, **kwargs)
        self.size = per_axis(size, 2)

    def resize(self, x):
        return resized(x, [x.shape[1] * self.size[0], x.shape[2] * self.size[1]], self.method)


class Resizing(Resize):
    """Corners lie on corners, unless the image is cropped first."""

    def __init__(self, height, width, interpolation="bilinear", crop_to_aspect_ratio=False, **kwargs):
        super().__init__(interpolation, **kwargs)
        self.sizes = (height, width)
        self.align_corners = not crop_to_aspect_ratio

    def resize(self, x):
        return resized(x, self.sizes, self.method, self.align_corners)


class CenterCrop(Resize):
    """Images that are smaller than the crop are enlarged. The nearest places of a crop's box are drawn, from corner to corner."""

    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        self.sizes = (height, width)

    def resize(self, x):
        before = [(x.shape[1 + axis] - size) / 2 for axis, size in enumerate(self.sizes)]
        if min(before) < 0:
            return resized(x, self.sizes, linear)
        before = [math.floor(each) for each in before]
        if x.shape[2] != self.sizes[1] and before[1] == 0:
            before[1] = 1
        for axis, size in enumerate(self.sizes):
            x = chosen(x, 1 + axis, drawn(before[axis], size, x.shape[1 + axis]))
        return x


def drawn(begin, size, whole):
    """Indices of a box whose corners are shares of the whole: its far end is a place beyond the last."""
    low, high = begin / whole * (whole - 1), (begin + size) / whole * (whole - 1)
    if size == 1:
        return [math.floor(0.5 * (low + high) + 0.5)]
    return [math.floor(low + i * (high - low) / (size - 1) + 0.5) for i in range(size)]
