"""Images [batch, channels, height, width] in other sizes, for layers and functions."""

import math

import torch
from torch.nn import functional as F

from keras._resampling import resample


def resized(x, size, method="bilinear", antialias=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False,
            fill_value=0.0):  # fmt: skip
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.")
    size = (int(size[0]), int(size[1]))
    if crop_to_aspect_ratio:
        x = _cropped(x, size)
    if pad_to_aspect_ratio:
        x = _padded(x, size, fill_value)
    return resample(x, size, method, bool(antialias))


def _cropped(x, size):
    """The largest part around the centre that has the proportions of the result."""
    sizes = x.shape[2:]
    for axis in (0, 1):
        fitting = int(sizes[1 - axis] * size[axis] / size[1 - axis])
        fitting = max(min(sizes[axis], fitting), 1)
        x = torch.narrow(x, 2 + axis, int((sizes[axis] - fitting) / 2), fitting)
    return x


def _padded(x, size, fill_value):
    """The smallest frame around the image that has the proportions of the result."""
    sizes = x.shape[2:]
    pads = []
    for axis in (1, 0):
        wanted = max(sizes[axis], int(sizes[1 - axis] * size[axis] / size[1 - axis]))
        before = int((wanted - sizes[axis]) / 2)
        # Both sides are as wide: of an odd difference one place is missing.
        pads += [before, before]
    return F.pad(x, pads, value=fill_value)


def resized_from_corners(x, size, method, align_corners):
    """As TensorFlow 1: corners of the first pixels lie on each other."""
    along = nearest if method == "nearest" else linear
    for axis, after in enumerate(size, 2):
        x = along(x, axis, int(after), align_corners, False)
    return x


# -- along one axis, for places of the result that are those of the source times the ratio of the sizes: their corners are
# the origins, unless the corners or the centres of pixels are asked to lie on each other


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
    found = _places(x.shape[axis], size, align_corners, half_pixel_centers)
    low = [max(0, math.floor(place)) for place in found]
    shares = [place - below for place, below in zip(found, low)]
    shape = [1] * x.dim()
    shape[axis] = size
    before, after = chosen(x, axis, low), chosen(x, axis, [min(last, math.ceil(max(0, place))) for place in found])
    return before + (after - before) * torch.tensor(shares).float().reshape(shape)


def _places(before, after, align_corners, half_pixel_centers):
    """Where along an axis of `before` places each of `after` ones lies."""
    aligned = align_corners and after > 1
    ratio = (before - 1) / (after - 1) if aligned else before / after
    if half_pixel_centers:
        return [ratio * (i + 0.5) - 0.5 for i in range(after)]
    return [ratio * i for i in range(after)]
