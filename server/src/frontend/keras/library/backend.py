"""keras.backend: the functions that layers and losses of older code are written with."""

import torch

from keras import _ops as ops
from keras._layer import shape_of
from keras._losses import binary_crossentropy as _binary
from keras._losses import categorical_crossentropy, sparse_categorical_crossentropy
from keras._naming import clear_session, name_scope
from keras._ops import (
    abs,
    all,
    any,
    arange,
    argmax,
    argmin,
    cast,
    clip,
    concatenate,
    cos,
    cumsum,
    equal,
    expand_dims,
    elu,
    exp,
    eye,
    greater,
    greater_equal,
    hard_sigmoid,
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
    one_hot,
    ones,
    ones_like,
    prod,
    relu,
    repeat,
    reshape,
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
    tile,
    var,
    zeros,
    zeros_like,
)
from keras.layers._merging import batch_dot as _batch_dot

pow = ops.power
permute_dimensions = ops.transpose
gather = symbolic(lambda reference, indices: torch.nn.functional.embedding(indices.long(), reference))
flatten = symbolic(lambda x: x.reshape(-1))
batch_flatten = symbolic(lambda x: x.reshape(x.shape[0], -1))
dot = ops.matmul
shape = ops.shape_tensor
identity = ops.copy
softmax_cross_entropy = categorical_crossentropy


def int_shape(x):
    return tuple(shape_of(x))


def image_data_format():
    return "channels_last"


def image_dim_ordering():
    return "tf"


def set_image_data_format(data_format):
    pass


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
    return torch.as_tensor(value).float()


def get_value(x):
    return x


def set_value(x, value):
    pass


def eval(x):
    return x


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
    return _batch_dot(x, y, (axes, axes) if isinstance(axes, int) else tuple(axes))


@symbolic
def repeat_elements(x, rep, axis):
    return torch.repeat_interleave(x, rep, dim=axis)


@symbolic
def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    return mean + stddev * torch.randn(ops.sizes_of(shape))


@symbolic
def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    return minval + (maxval - minval) * torch.rand(ops.sizes_of(shape))


@symbolic
def switch(condition, then_expression, else_expression):
    return torch.where(condition, then_expression, else_expression)


def in_train_phase(x, alt, training=None):
    chosen = x if training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x, alt, training=None):
    return in_train_phase(alt, x, training)
