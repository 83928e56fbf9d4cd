"""Images in other sizes. Places of the result are places of the source times the ratio of the sizes: their corners are
the origins, unless the corners or the centres of pixels are asked to lie on each other."""

import math

import torch

from keras.layers._reshaping import Spatial
from keras.layers._convolutional import per_axis


def places(before, after, align_corners, half_pixel_centers):
    """Where along an axis of `before` places each of `after` ones lies."""
    aligned = align_corners and after > 1
    ratio = (before - 1) / (after - 1) if aligned else before / after
    if half_pixel_centers:
        return [ratio * (i + 0.5) - 0.5 for i in range(after)]
    return [ratio * i for i in range(after)]


def chosen(x, axis, indices):
    return torch.index_select(x, axis, torch.tensor(indices))


def nearest(x, axis, size, align_corners, half_pixel_centers):
    last = x.shape[axis] - 1
    ratio = last / (size - 1) if align_corners and size > 1 else x.shape[axis] / size
    found = [ratio * (i + 0.5 if half_pixel_centers else i) for i in range(size)]
    whole = [math.floor(place + 0.5) if align_corners else math.floor(place) for place in found]
    return chosen(x, axis, [max(0, min(last, each)) for each in whole])


def linear(x, axis, size, align_corners, half_pixel_centers):
    if size == x.shape[axis]:
        return x
    last = x.shape[axis] - 1
    found = places(x.shape[axis], size, align_corners, half_pixel_centers)
    low = [max(0, math.floor(place)) for place in found]
    shares = [place - below for place, below in zip(found, low)]
    shape = [1] * x.dim()
    shape[axis] = size
    before, after = chosen(x, axis, low), chosen(x, axis, [min(last, math.ceil(max(0, place))) for place in found])
    return before + (after - before) * torch.tensor(shares).float().reshape(shape)


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
