"""keras.ops.image: sizes, crops and patches of images."""

import torch

from keras._image_layout import standardize_data_format
from keras._ops import sizes_of, symbolic
from keras._resizing import resized
from keras.layers._convolutional import channels_back, channels_second, pad_spatial, per_axis, same_padding


@symbolic
def resize(images, size, interpolation="bilinear", antialias=False, crop_to_aspect_ratio=False,
           pad_to_aspect_ratio=False, fill_mode="constant", fill_value=0.0, data_format=None):  # fmt: skip
    layout = standardize_data_format(data_format)
    single = images.dim() == 3
    x = channels_second(images.unsqueeze(0) if single else images, layout)
    options = (antialias, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_value)
    y = channels_back(resized(x, sizes_of(size), interpolation, *options), layout)
    return y.squeeze(0) if single else y


@symbolic
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """Every window of an image as a vector, rows first, the channels of a place together."""
    layout = standardize_data_format(data_format)
    x = channels_second(images, layout)
    rows, columns = per_axis(size, 2)
    steps = (rows, columns) if strides is None else per_axis(strides, 2)
    dilation = per_axis(dilation_rate, 2)
    if padding == "same":
        x = pad_spatial(x, [same_padding(x.shape[2 + i], (rows, columns)[i], steps[i], dilation[i]) for i in range(2)])
    reach = [(size - 1) * dilation[i] for i, size in enumerate((rows, columns))]
    counts = [(x.shape[2 + i] - reach[i] - 1) // steps[i] + 1 for i in range(2)]
    places = [(i * dilation[0], j * dilation[1]) for i in range(rows) for j in range(columns)]
    ends = [(counts[i] - 1) * steps[i] + 1 for i in range(2)]
    windows = [x[:, :, i : i + ends[0] : steps[0], j : j + ends[1] : steps[1]] for i, j in places]
    return channels_back(torch.cat(windows, dim=1), layout)


@symbolic
def pad_images(images, top_padding=None, left_padding=None, bottom_padding=None, right_padding=None,
               target_height=None, target_width=None, data_format=None):  # fmt: skip
    layout = standardize_data_format(data_format)
    x = channels_second(images, layout)
    pairs = []
    for before, after, target, size in (
        (top_padding, bottom_padding, target_height, x.shape[2]),
        (left_padding, right_padding, target_width, x.shape[3]),
    ):
        before = target - size - after if before is None else before
        pairs.append((before, target - size - before if after is None else after))
    return channels_back(pad_spatial(x, pairs), layout)


@symbolic
def crop_images(images, top_cropping=None, left_cropping=None, bottom_cropping=None, right_cropping=None,
                target_height=None, target_width=None, data_format=None):  # fmt: skip
    layout = standardize_data_format(data_format)
    x = channels_second(images, layout)
    for axis, (before, after, target) in enumerate(
        ((top_cropping, bottom_cropping, target_height), (left_cropping, right_cropping, target_width)), 2
    ):
        size = x.shape[axis]
        before = size - target - after if before is None else before
        x = torch.narrow(x, axis, before, target if after is None else size - before - after)
    return channels_back(x, layout)


@symbolic
def rgb_to_grayscale(images, data_format=None):
    layout = standardize_data_format(data_format)
    x = channels_second(images, layout)
    grey = 0.2989 * x[:, 0:1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:3]
    return channels_back(grey, layout)
