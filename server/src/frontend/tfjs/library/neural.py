"""Convolutions, pooling and normalisation as functions. Images are [batch, height, width, channels], or one without its batch."""

import torch
from torch.nn import functional as F

from keras.layers._convolutional import Conv2DTranspose, Conv3DTranspose, convolve, outputs_first, pad_spatial, per_axis
from keras.layers._convolutional import same_padding
from keras.layers._separable import one_channel_each
from _tfjs_tensors import as_tensor

_activations = {
    "elu": F.elu,
    "linear": lambda x: x,
    "relu": F.relu,
    "relu6": F.relu6,
    "sigmoid": torch.sigmoid,
}


def is_first(data_format):
    return data_format is not None and data_format[:2] == "NC"


def batched(x, rank, function):
    """Adds the axis of the batch where it is missing, and takes it away again."""
    x = as_tensor(x)
    return function(x) if x.dim() == rank + 2 else function(x.unsqueeze(0)).squeeze(0)


def in_front(x, data_format):
    return x if is_first(data_format) else torch.movedim(x, -1, 1)


def behind(x, data_format):
    return x if is_first(data_format) else torch.movedim(x, 1, -1)


def explicitly_padded(x, pad, value=0.0):
    """Numbers of places: one for all sides, or a pair per axis, batch and channels included. Returns what is left to do."""
    if isinstance(pad, str):
        return x, pad.lower()
    rank = x.dim() - 2
    pairs = [tuple(pair) for pair in pad[1:-1]] if isinstance(pad, (list, tuple)) else [(pad, pad)] * rank
    return pad_spatial(x, pairs, value), "valid"


def convolved(rank, x, weight, strides, pad, data_format, dilations, groups=1):
    def run(images):
        images, padding = explicitly_padded(in_front(images, data_format), pad)
        options = (per_axis(strides, rank), padding, per_axis(1 if dilations is None else dilations, rank), groups)
        return behind(convolve(images, weight, None, *options), data_format)

    return batched(x, rank, run)


def convolution(rank):
    def convolve_function(x, kernel, strides, pad, data_format=None, dilations=None, *more):
        return convolved(rank, x, outputs_first(as_tensor(kernel)), strides, pad, data_format, dilations)

    return convolve_function


def depthwise(x, kernel, strides, pad, data_format=None, dilations=None, *more):
    kernel = as_tensor(kernel)
    return convolved(2, x, one_channel_each(kernel), strides, pad, data_format, dilations, groups=kernel.shape[2])


def separable(x, depth_kernel, point_kernel, strides, pad, dilation=None, data_format=None, *more):
    between = depthwise(x, depth_kernel, strides, pad, data_format, dilation)
    return convolution(2)(between, point_kernel, 1, "valid", data_format)


def transposed(layer_class, rank):
    def convolve_back(x, kernel, output_shape, strides, pad, *more):
        kernel = as_tensor(kernel)
        layer = layer_class(kernel.shape[rank], tuple(kernel.shape[:rank]), strides=strides, padding=pad, use_bias=False)
        wanted = list(output_shape)[-rank - 1 : -1]

        def run(images):
            layer.kernel, layer.bias, layer.built = kernel, None, True
            found = layer.call(images)
            if list(found.shape[1:-1]) != wanted:
                raise ValueError(f"the output shape {list(output_shape)} of a transposed convolution is not {list(found.shape)}")
            return found

        return batched(x, rank, run)

    return convolve_back


def fused_convolution(function):
    def run(config, *more):
        given = config.fields
        x = function(
            given["x"], given["filter"], given["strides"], given["pad"], given.get("dataFormat"), given.get("dilations")
        )
        return finished(x, given)

    return run


def finished(x, given):
    """The bias and the activation of a fused operation."""
    bias, activation = given.get("bias"), given.get("activation") or "linear"
    x = x if bias is None else x + bias
    if activation == "leakyrelu":
        return F.leaky_relu(x, given.get("leakyreluAlpha", 0.2))
    if activation == "prelu":
        return prelu(x, given["preluActivationWeights"])
    return _activations[activation](x)


def fused_product(config, *more):
    given = config.fields
    a, b = as_tensor(given["a"]), as_tensor(given["b"])
    a = a.transpose(-1, -2) if given.get("transposeA") else a
    return finished(torch.matmul(a, b.transpose(-1, -2) if given.get("transposeB") else b), given)


def prelu(x, alpha, *more):
    return torch.where(x >= 0, x, x * alpha)


# -- pooling

_maximum = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_average = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def pooled(rank, x, size, strides, pad, takes_maximum, data_format=None):
    """Averages count the places of the data alone."""
    size = per_axis(size, rank)
    strides = size if strides is None else per_axis(strides, rank)

    def run(images):
        images = in_front(images, data_format)
        pairs = [(0, 0)] * rank
        if pad == "same":
            pairs = [same_padding(images.shape[2 + i], size[i], strides[i]) for i in range(rank)]
        elif not isinstance(pad, str):
            pairs = [tuple(pair) for pair in pad[1:-1]] if isinstance(pad, (list, tuple)) else [(pad, pad)] * rank
        if takes_maximum:
            return behind(_maximum[rank](pad_spatial(images, pairs, float("-inf")), size, strides), data_format)
        means = _average[rank](pad_spatial(images, pairs), size, strides)
        if any([amount for pair in pairs for amount in pair]):
            ones = torch.ones((1, 1) + tuple(images.shape[2:]))
            means = means / _average[rank](pad_spatial(ones, pairs), size, strides)
        return behind(means, data_format)

    return batched(x, rank, run)


def pooling(rank, takes_maximum):
    def pool(x, size, strides=None, pad="valid", rounding=None, data_format=None, *more):
        return pooled(rank, x, size, strides, pad, takes_maximum, data_format)

    return pool


def pool_by_kind(x, window, kind, pad, dilations=None, strides=None, *more):
    if dilations is not None and max(per_axis(dilations, 2)) > 1:
        raise NotImplementedError("pooling with dilation")
    return pooled(2, x, window, 1 if strides is None else strides, pad, kind == "max")


# -- normalisation


def batch_norm(x, mean, variance, offset=None, scale=None, epsilon=None, *more):
    epsilon = 0.001 if epsilon is None else epsilon
    mean, variance, offset, scale = [as_tensor(each) for each in (mean, variance, offset, scale)]
    normal = (x - mean) * torch.rsqrt(variance + epsilon)
    normal = normal if scale is None else normal * scale
    return normal if offset is None else normal + offset


def local_response_normalization(x, radius=5, bias=1.0, alpha=1.0, beta=0.5, *more):
    """Over the channels of a place, `radius` of them on either side."""
    squares = F.pad(x * x, (radius, radius))
    count = x.shape[-1]
    total = sum([squares.narrow(-1, i, count) for i in range(2 * radius + 1)])
    return x * (bias + alpha * total) ** -beta


def basic_lstm_cell(forget_bias, kernel, bias, x, c, h, *more):
    i, j, f, o = torch.chunk(torch.cat([x, h], 1) @ kernel + bias, 4, dim=1)
    c = c * torch.sigmoid(f + forget_bias) + torch.sigmoid(i) * torch.tanh(j)
    return [c, torch.tanh(c) * torch.sigmoid(o)]


def multi_rnn_cell(cells, x, c, h, *more):
    states, outputs = [], []
    for index, cell in enumerate(cells):
        state, x = cell(x, c[index], h[index])
        states.append(state)
        outputs.append(x)
    return [states, outputs]


neural = {
    "avgPool": pooling(2, False),
    "avgPool3d": pooling(3, False),
    "basicLSTMCell": basic_lstm_cell,
    "batchNorm": batch_norm,
    "batchNorm2d": batch_norm,
    "batchNorm3d": batch_norm,
    "batchNorm4d": batch_norm,
    "conv1d": convolution(1),
    "conv2d": convolution(2),
    "conv2dTranspose": transposed(Conv2DTranspose, 2),
    "conv3d": convolution(3),
    "conv3dTranspose": transposed(Conv3DTranspose, 3),
    "depthwiseConv2d": depthwise,
    "localResponseNormalization": local_response_normalization,
    "maxPool": pooling(2, True),
    "maxPool3d": pooling(3, True),
    "multiRNNCell": multi_rnn_cell,
    "pool": pool_by_kind,
    "prelu": prelu,
    "separableConv2d": separable,
}
fused = {
    "conv2d": fused_convolution(convolution(2)),
    "depthwiseConv2d": fused_convolution(depthwise),
    "matMul": fused_product,
}
