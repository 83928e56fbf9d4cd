"""keras.ops.nn: convolutions, poolings, normalisations, losses and attention as functions."""

import math

import torch
from torch.nn import functional as F

from keras import _losses as losses
from keras._image_layout import standardize_data_format
from keras._ops import sizes_of, symbolic, tensor_of
from keras.layers._convolutional import channels_back, channels_second, convolve, outputs_first, per_axis
from keras.layers._pooling import BaseAveragePooling, BaseMaxPooling
from keras.layers._separable import one_channel_each


def _convolved(x, kernel, strides, padding, data_format, dilation):
    """`kernel` in PyTorch's layout."""
    rank, layout = x.dim() - 2, standardize_data_format(data_format)
    y = channels_second(x, layout)
    groups = y.shape[1] // kernel.shape[1]
    y = convolve(y, kernel, None, per_axis(strides, rank), padding.lower(), per_axis(dilation, rank), groups)
    return channels_back(y, layout)


@symbolic
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    return _convolved(inputs, outputs_first(kernel), strides, padding, data_format, dilation_rate)


@symbolic
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    return _convolved(inputs, one_channel_each(kernel), strides, padding, data_format, dilation_rate)


@symbolic
def separable_conv(inputs, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None,
                   dilation_rate=1):  # fmt: skip
    x = _convolved(inputs, one_channel_each(depthwise_kernel), strides, padding, data_format, dilation_rate)
    return _convolved(x, outputs_first(pointwise_kernel), 1, "valid", data_format, 1)


@symbolic
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    return BaseMaxPooling(inputs.dim() - 2, pool_size, strides, padding, data_format).call(inputs)


@symbolic
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    return BaseAveragePooling(inputs.dim() - 2, pool_size, strides, padding, data_format).call(inputs)


# -- normalisations


@symbolic
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    shape = [1] * x.dim()
    shape[axis] = -1
    y = (x - mean.reshape(shape)) * torch.rsqrt(variance.reshape(shape) + epsilon)
    y = y if scale is None else y * scale.reshape(shape)
    return y if offset is None else y + offset.reshape(shape)


@symbolic
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, rms_scaling=False):
    axes = sizes_of(axis)
    centred = x if rms_scaling else x - torch.mean(x, dim=axes, keepdim=True)
    epsilon = 1e-7 if epsilon is None else epsilon
    y = centred * torch.rsqrt(torch.mean(torch.square(centred), dim=axes, keepdim=True) + epsilon)
    y = y if gamma is None else y * gamma
    return y if beta is None else y + beta


@symbolic
def rms_normalization(x, scale=1, axis=-1, epsilon=None):
    square = torch.mean(torch.square(x), dim=sizes_of(axis), keepdim=True)
    return x * torch.rsqrt(square + (1e-7 if epsilon is None else epsilon)) * scale


@symbolic
def moments(x, axes, keepdims=False, synchronized=False):
    axes = sizes_of(axes)
    return torch.mean(x, dim=axes, keepdim=keepdims), torch.var(x, dim=axes, keepdim=keepdims, unbiased=False)


# -- losses of each sample


@symbolic
def binary_crossentropy(target, output, from_logits=False):
    return losses.binary_crossentropy(target.unsqueeze(-1), output.unsqueeze(-1), from_logits)


@symbolic
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    return losses.categorical_crossentropy(target, output, from_logits, axis=axis)


@symbolic
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    return losses.sparse_categorical_crossentropy(target, output, from_logits, axis=axis)


# -- attention


@symbolic
def dot_product_attention(query, key, value, bias=None, mask=None, scale=None, is_causal=False, flash_attention=None,
                          attn_logits_soft_cap=None):  # fmt: skip
    """Of [batch, places, heads, features]."""
    q, k, v = [each.permute(0, 2, 1, 3) for each in (query, key, value)]
    logits = q @ k.transpose(-1, -2) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if attn_logits_soft_cap is not None:
        logits = attn_logits_soft_cap * torch.tanh(logits / attn_logits_soft_cap)
    logits = logits if bias is None else logits + bias
    if is_causal:
        causal = torch.ones((q.shape[2], k.shape[2])).tril() > 0
        mask = causal if mask is None else torch.logical_and(mask.bool(), causal)
    if mask is not None:
        logits = torch.where(mask.bool(), logits, torch.full_like(logits, -1e9))
    return (torch.softmax(logits, dim=-1) @ v).permute(0, 2, 1, 3)


@symbolic
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False):
    return torch.amax(F.one_hot(tensor_of(inputs).long(), num_classes).float(), dim=-2)
