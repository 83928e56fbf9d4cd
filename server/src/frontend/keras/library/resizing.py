"""Images [batch, channels, height, width] in other sizes, for layers and functions."""

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
    size = (int(size[0]), int(size[1]))
    if method == "nearest" and not align_corners:
        return F.interpolate(x, size=size)
    if method == "bilinear" and align_corners:
        return F.interpolate(x, size=size, mode="bilinear", align_corners=True)
    for axis, after in enumerate(size, 2):
        x = _along(x, axis, after, method, align_corners)
    return x


def _along(x, axis, after, method, align_corners):
    before = x.shape[axis]
    ratio = (before - 1) / (after - 1) if align_corners and after > 1 else before / after
    places = [ratio * i for i in range(after)]
    if method == "nearest":
        return torch.index_select(x, axis, torch.tensor([min(before - 1, int(place + 0.5)) for place in places]))
    low = [int(place) for place in places]
    share = torch.tensor([place - below for place, below in zip(places, low)]).reshape([after] + [1] * (x.dim() - axis - 1))
    first = torch.index_select(x, axis, torch.tensor(low))
    second = torch.index_select(x, axis, torch.tensor([min(before - 1, below + 1) for below in low]))
    return first + (second - first) * share
