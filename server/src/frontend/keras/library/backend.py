"""keras.backend: the functions that layers and losses of older code are written with."""

import torch
from torch._registry import unknown
from torch.nn import functional as F

from keras import _ops as ops
from keras import _ops_loops as ops_loops
from keras import _ops_nn as ops_nn
from keras._image_layout import image_data_format, image_dim_ordering, set_image_data_format, set_image_dim_ordering
from keras._layer import as_tensor, shape_of
from keras._losses import binary_crossentropy as _binary
from keras._losses import categorical_crossentropy, sparse_categorical_crossentropy
from keras._naming import clear_session
from keras._naming import graph_scope as name_scope
from keras._ops import (
    abs,
    all,
    any,
    arange,
    cast,
    concatenate,
    cos,
    cumsum,
    equal,
    elu,
    exp,
    greater,
    greater_equal,
    is_tensor,
    less,
    less_equal,
    log,
    logsumexp,
    max,
    maximum,
    mean,
    min,
    minimum,
    ndim,
    not_equal,
    ones,
    ones_like,
    prod,
    round,
    sigmoid,
    sign,
    sin,
    softmax,
    softplus,
    softsign,
    sqrt,
    square,
    squeeze,
    stack,
    std,
    stop_gradient,
    sum,
    symbolic,
    tanh,
    var,
    zeros,
    zeros_like,
)
from keras._resizing import resized
from keras._symbolic import KerasTensor, new_input
from keras.layers._convolutional import channels_back, channels_second
from keras.layers._merging import batch_dot as _batch_dot

# -- what keras.ops has under the same names, with other rules


def argmax(x, axis=-1):
    return ops.argmax(x, axis=axis)


def argmin(x, axis=-1):
    return ops.argmin(x, axis=axis)


def clip(x, min_value, max_value):
    return ops.clip(x, min_value, max_value)


def expand_dims(x, axis=-1):
    return ops.expand_dims(x, axis)


def eye(size, dtype=None, name=None):
    return ops.eye(*size) if isinstance(size, (list, tuple)) else ops.eye(size)


@symbolic
def hard_sigmoid(x):
    return torch.clamp(0.2 * x + 0.5, 0.0, 1.0)


def one_hot(indices, num_classes):
    return ops.one_hot(indices, num_classes)


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    return ops.relu(x, alpha, max_value, threshold)


@symbolic
def repeat(x, n):
    if x.dim() != 2:
        raise ValueError(f"Expected input `x` to have rank 2. Received: rank(x)={x.dim()}")
    return torch.tile(x.unsqueeze(1), (1, n, 1))


def reshape(x, shape):
    return ops.reshape(x, shape)


def tile(x, n):
    return ops.tile(x, n)


pow = ops.power
permute_dimensions = ops.transpose
transpose = ops.transpose
update = update_add = update_sub = moving_average_update = lambda x, *args, **kwargs: x
cast_to_floatx = pattern_broadcast = to_dense = print_tensor = lambda x, *args, **kwargs: x
gather = symbolic(lambda reference, indices: torch.nn.functional.embedding(indices.long(), reference))
flatten = symbolic(lambda x: x.reshape(-1))
batch_flatten = symbolic(lambda x: x.reshape(x.shape[0], -1))
dot = ops.dot
shape = ops.shape_tensor
identity = ops.copy
softmax_cross_entropy = categorical_crossentropy


def int_shape(x):
    return tuple(shape_of(x))


def backend():
    return "tensorflow"


def floatx():
    return "float32"


def set_floatx(value):
    pass


def epsilon():
    return 1e-7


def set_epsilon(value):
    pass


def learning_phase():
    return 0


def set_learning_phase(value):
    pass


def set_session(session):
    pass


def get_uid(prefix=""):
    return 1


def constant(value, dtype=None, shape=None, name=None):
    made = torch.as_tensor(value)
    return made if shape is None else made.reshape(tuple(shape))


def variable(value, dtype=None, name=None, constraint=None):
    made = torch.as_tensor(as_tensor(value)).float().clone()
    made.variable_name = name or "variable"
    return made


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    return new_input(shape or (None,) * ndim, dtype or "float32", name)


def is_keras_tensor(x):
    return isinstance(x, KerasTensor)


def dtype(x):
    return str(x.dtype).replace("torch.", "")


def function(inputs, outputs, updates=None, **kwargs):
    return lambda given: unknown("values of a compiled function")


def gradients(loss, variables):
    return unknown("gradients that the code takes itself")


def get_session():
    return unknown("the session of TensorFlow")


def batch_get_value(tensors):
    return list(tensors)


def get_value(x):
    return x


def set_value(x, value):
    pass


def eval(x):
    return x


@symbolic
def binary_crossentropy(target, output, from_logits=False):
    return _binary(target.unsqueeze(-1), output.unsqueeze(-1), from_logits)


@symbolic
def l2_normalize(x, axis=None):
    axes = tuple(range(x.dim())) if axis is None else axis
    return x * torch.rsqrt(torch.clamp(torch.sum(x * x, dim=axes, keepdim=True), min=1e-12))


@symbolic
def batch_dot(x, y, axes=None):
    if axes is None:
        axes = (x.dim() - 1, 1 if y.dim() == 2 else y.dim() - 2)
    if isinstance(axes, int):
        axes = (axes, axes)
    # Axes in lists of one are those of Theano's batched_tensordot.
    return _batch_dot(x, y, tuple([axis[0] if isinstance(axis, (list, tuple)) else axis for axis in axes]))


@symbolic
def repeat_elements(x, rep, axis):
    return torch.repeat_interleave(x, rep, dim=axis)


@symbolic
def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None, std=None):
    return mean + (stddev if std is None else std) * torch.randn(ops.sizes_of(shape))


@symbolic
def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None, low=None, high=None):
    low, high = minval if low is None else low, maxval if high is None else high
    return low + (high - low) * torch.rand(ops.sizes_of(shape))


random_normal_variable = truncated_normal = random_normal
random_uniform_variable = random_uniform


@symbolic
def switch(condition, then_expression, else_expression):
    return torch.where(condition, then_expression, else_expression)


def in_train_phase(x, alt, training=None):
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x, alt, training=None):
    return in_train_phase(alt, x, training)


# -- what layers of the code's own are written with


@symbolic
def temporal_padding(x, padding=(1, 1)):
    return F.pad(x, (0, 0) + tuple(padding))


@symbolic
def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    y = channels_second(x, data_format)
    return channels_back(F.pad(y, tuple(padding[1]) + tuple(padding[0])), data_format)


@symbolic
def bias_add(x, bias, data_format=None):
    if data_format == "channels_first" and x.dim() > 2:
        return x + bias.reshape([-1] + [1] * (x.dim() - 2))
    return x + bias


@symbolic
def reverse(x, axes):
    return torch.flip(x, ops.sizes_of(axes))


@symbolic
def slice(x, start, size):
    for axis, (first, count) in enumerate(zip(ops.sizes_of(start), ops.sizes_of(size))):
        x = torch.narrow(x, axis, first, x.shape[axis] - first if count == -1 else count)
    return x


@symbolic
def dropout(x, level, noise_shape=None, seed=None):
    return F.dropout(x, level, True)


@symbolic
def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    y = channels_second(x, data_format)
    sizes = (y.shape[2] * height_factor, y.shape[3] * width_factor)
    return channels_back(resized(y, sizes, interpolation), data_format)


@symbolic
def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    y = (x - mean) * torch.rsqrt(var + epsilon)
    y = y if gamma is None else y * gamma
    return y if beta is None else y + beta


conv1d = conv2d = conv3d = ops_nn.conv
depthwise_conv2d = ops_nn.depthwise_conv
separable_conv2d = ops_nn.separable_conv


@symbolic
def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    pool = ops_nn.max_pool if pool_mode == "max" else ops_nn.average_pool
    return pool(x, pool_size, strides, padding, data_format)


def rnn(step_function, inputs, initial_states, go_backwards=False, mask=None, constants=None, unroll=False,
        input_length=None, time_major=False, zero_output_for_mask=False, return_all_outputs=True):  # fmt: skip
    """(last output, outputs along time, last states) of a function of (input, states)."""
    steps = list(range(inputs.shape[1]))
    states, outputs, output = list(initial_states), [], None
    for step in reversed(steps) if go_backwards else steps:
        new, after = step_function(inputs[:, step], states + list(constants or []))
        if mask is not None:
            keep = mask[:, step]
            keep = keep if len(keep.shape) == len(new.shape) else ops.expand_dims(keep, -1)
            blank = output is None or zero_output_for_mask
            new = ops.where(keep, new, ops.zeros_like(new) if blank else output)
            after = [ops.where(keep, each, before) for each, before in zip(after, states)]
        output, states = new, list(after)
        outputs.append(output)
    return output, ops.stack(outputs, 1), states


def map_fn(fn, elems, name=None, dtype=None):
    return ops_loops.map(fn, elems)
