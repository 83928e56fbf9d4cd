"""tf.nn under TensorFlow's names of parameters. Windows and strides are of the images, or with the axes of samples and channels."""

import torch
from torch.nn import functional as F

from keras import _ops as ops
from keras import _ops_nn as ops_nn
from keras._ops import symbolic, tensor_of
from keras._tf_functions import log_sigmoid, renamed, sigmoid, tanh, top_k
from keras.layers._convolutional import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose


def _layout(data_format):
    """`NHWC`, `NCW`: "channels_first", or None for channels at the end."""
    return "channels_first" if data_format is not None and data_format.startswith("NC") else None


def _inner(sizes, rank, layout):
    """Of [1, rows, columns, 1] the two in the middle."""
    if not isinstance(sizes, (list, tuple)):
        return sizes
    first = 2 if layout else 1
    return tuple(sizes[first : first + rank]) if len(sizes) == rank + 2 else sizes[0] if len(sizes) == 1 else tuple(sizes)


def _padding(padding):
    if not isinstance(padding, str):
        raise NotImplementedError("padding by numbers is not read; pad with tf.pad")
    return padding.lower()


def _convolution(rank):
    @symbolic
    def conv(input, filters, strides, padding, data_format=None, dilations=1):
        layout = _layout(data_format)
        dilations = _inner(1 if dilations is None else dilations, rank, layout)
        return ops_nn.conv(input, filters, _inner(strides, rank, layout), _padding(padding), layout, dilations)

    return renamed(conv, value="input", filter="filters", stride="strides")


def _transposed(rank, layer):
    """The layer's computation with a kernel that is given; `output_shape` has to be the one that it gives."""

    @symbolic
    def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=1):
        layout = _layout(data_format)
        dilations = _inner(1 if dilations is None else dilations, rank, layout)
        made = layer(1, tuple(filters.shape[:rank]), _inner(strides, rank, layout), _padding(padding), use_bias=False,
                     data_format=layout or "channels_last", dilation_rate=dilations)  # fmt: skip
        object.__setattr__(made, "kernel", filters)
        object.__setattr__(made, "bias", None)
        result = made.call(input)
        wanted = ops.sizes_of(output_shape)
        if list(result.shape[1:]) != wanted[1:] and len(wanted) == rank + 2:
            raise NotImplementedError(f"the output shape {wanted} of a transposed convolution is not read")
        return result

    return renamed(conv_transpose, value="input", filter="filters")


def _pooling(rank, function):
    @symbolic
    def pool(input, ksize, strides, padding, data_format=None):
        layout = _layout(data_format)
        sizes = _inner(ksize, rank, layout), _inner(strides, rank, layout)
        return function(input, *sizes, _padding(padding), layout)

    return renamed(pool, value="input")


@symbolic
def _depthwise(input, filter, strides, padding, data_format=None, dilations=1):
    layout = _layout(data_format)
    dilations = _inner(1 if dilations is None else dilations, 2, layout)
    return ops_nn.depthwise_conv(input, filter, _inner(strides, 2, layout), _padding(padding), layout, dilations)


@symbolic
def _separable(input, depthwise_filter, pointwise_filter, strides, padding, data_format=None, dilations=1):
    layout = _layout(data_format)
    x = _depthwise(input, depthwise_filter, strides, padding, data_format, dilations)
    return ops_nn.conv(x, pointwise_filter, 1, "valid", layout)


@symbolic
def _local_response(input, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    squares = F.pad(torch.square(input), (depth_radius, depth_radius))
    sums = sum([torch.narrow(squares, -1, first, input.shape[-1]) for first in range(2 * depth_radius + 1)])
    return input / torch.pow(bias + alpha * sums, beta)


@symbolic
def _dropout(x, rate=None, noise_shape=None, seed=None, keep_prob=None):
    rate = 1 - keep_prob if keep_prob is not None else rate
    if noise_shape is not None:
        raise NotImplementedError("tf.nn.dropout with noise_shape is not read")
    return F.dropout(x, rate, True)


@symbolic
def _batch_normalised(x, mean, variance, offset, scale, variance_epsilon):
    y = (x - mean) * torch.rsqrt(variance + variance_epsilon)
    y = y if scale is None else y * scale
    return y if offset is None else y + offset


@symbolic
def _cross_entropy(labels, logits, axis=-1):
    return -torch.sum(labels * torch.log_softmax(logits, axis), dim=axis)


@symbolic
def _sparse_cross_entropy(labels, logits):
    return F.cross_entropy(logits.movedim(-1, 1), tensor_of(labels).long(), reduction="none")


@symbolic
def _binary_cross_entropy(labels, logits):
    return F.binary_cross_entropy_with_logits(logits, tensor_of(labels).to(logits.dtype), reduction="none")


@symbolic
def _space_to_depth(input, block_size):
    batch, height, width, channels = input.shape
    block = block_size
    x = input.reshape(batch, height // block, block, width // block, block, channels).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, height // block, width // block, channels * block**2)


@symbolic
def _depth_to_space(input, block_size):
    batch, height, width, channels = input.shape
    block = block_size
    x = input.reshape(batch, height, width, block, block, channels // block**2).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, height * block, width * block, channels // block**2)


def _of_features(function):
    return staticmethod(renamed(function, features="x"))


class nn:
    relu, relu6, softplus, elu = [_of_features(each) for each in (ops.relu, ops.relu6, ops.softplus, ops.elu)]
    selu, softsign = _of_features(ops.selu), _of_features(ops.softsign)
    gelu = _of_features(lambda x, approximate=False: ops.gelu(x, approximate))
    silu = swish = _of_features(ops.silu)
    crelu = _of_features(symbolic(lambda x, axis=-1: torch.cat([F.relu(x), F.relu(-x)], dim=axis)))
    leaky_relu = staticmethod(lambda features, alpha=0.2, name=None: ops.leaky_relu(features, alpha))
    softmax = staticmethod(renamed(ops.softmax, logits="x", dim="axis"))
    log_softmax = staticmethod(renamed(ops.log_softmax, logits="x", dim="axis"))
    sigmoid, tanh, log_sigmoid, top_k = [staticmethod(each) for each in (sigmoid, tanh, log_sigmoid, top_k)]
    dropout = staticmethod(_dropout)
    l2_normalize = staticmethod(
        lambda x, axis=None, epsilon=1e-12, name=None, dim=None: _unit(x, dim if axis is None else axis, epsilon)
    )
    l2_loss = staticmethod(symbolic(lambda t: torch.sum(t * t) / 2))
    embedding_lookup = staticmethod(symbolic(lambda params, ids: F.embedding(tensor_of(ids).long(), params)))
    softmax_cross_entropy_with_logits = softmax_cross_entropy_with_logits_v2 = staticmethod(
        renamed(_cross_entropy, dim="axis")
    )
    sparse_softmax_cross_entropy_with_logits = staticmethod(_sparse_cross_entropy)
    sigmoid_cross_entropy_with_logits = staticmethod(_binary_cross_entropy)
    moments = staticmethod(
        renamed(lambda x, axes, shift=None, keepdims=False: ops_nn.moments(x, axes, keepdims), keep_dims="keepdims")
    )
    batch_normalization = staticmethod(_batch_normalised)
    local_response_normalization = lrn = staticmethod(_local_response)
    bias_add = staticmethod(renamed(lambda value, bias, data_format=None: _biased(value, bias, _layout(data_format))))
    conv1d, conv2d, conv3d = [staticmethod(_convolution(rank)) for rank in (1, 2, 3)]
    conv1d_transpose = staticmethod(_transposed(1, Conv1DTranspose))
    conv2d_transpose = staticmethod(_transposed(2, Conv2DTranspose))
    conv3d_transpose = staticmethod(_transposed(3, Conv3DTranspose))
    depthwise_conv2d, separable_conv2d = staticmethod(_depthwise), staticmethod(_separable)
    max_pool = max_pool2d = staticmethod(_pooling(2, ops_nn.max_pool))
    avg_pool = avg_pool2d = staticmethod(_pooling(2, ops_nn.average_pool))
    max_pool1d, avg_pool1d = staticmethod(_pooling(1, ops_nn.max_pool)), staticmethod(_pooling(1, ops_nn.average_pool))
    max_pool3d, avg_pool3d = staticmethod(_pooling(3, ops_nn.max_pool)), staticmethod(_pooling(3, ops_nn.average_pool))
    space_to_depth, depth_to_space = staticmethod(_space_to_depth), staticmethod(_depth_to_space)


@symbolic
def _unit(x, axis, epsilon):
    axes = range(x.dim()) if axis is None else axis
    return x * torch.rsqrt(torch.clamp(ops.sum(x * x, axes, True), min=epsilon))


@symbolic
def _biased(value, bias, layout):
    return value + (bias.reshape([-1] + [1] * (value.dim() - 2)) if layout else bias)
