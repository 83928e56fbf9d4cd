"""What model code uses of TensorFlow beside its Keras."""

import torch
from torch.nn import functional as F

from keras import _ops as ops
from keras import _ops_image as ops_image
from keras import _ops_loops as ops_loops
from keras import _ops_nn as ops_nn
from keras import _tf_data as data
from keras._initializers import (
    constant_initializer,
    ones_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    zeros_initializer,
)
from keras._layer import as_tensor
from keras._naming import current_path, join, name_scope
from keras._ops import (
    abs,
    cast,
    concatenate,
    convert_to_tensor,
    cos,
    cumsum,
    dtype_of,
    einsum,
    equal,
    exp,
    expand_dims,
    eye,
    greater,
    greater_equal,
    is_tensor,
    less,
    less_equal,
    linspace,
    logical_and,
    logical_not,
    logical_or,
    matmul as _matmul,
    maximum,
    minimum,
    not_equal,
    ones,
    ones_like,
    reshape,
    round,
    sigmoid,
    sign,
    sin,
    sizes_of,
    sqrt,
    square,
    squeeze,
    stop_gradient,
    symbolic,
    tanh,
    tensordot,
    tile,
    transpose,
    zeros,
    zeros_like,
)
from keras._symbolic import TensorShape
from keras._tf_image import image
from keras._utils import CustomObjectScope as _NoScope
from torch.nn import Parameter

newaxis = None
float16, float32, float64, bfloat16 = "float16", "float32", "float64", "bfloat16"
int8, int16, int32, int64, uint8, bool, string = "int8", "int16", "int32", "int64", "uint8", "bool", "string"
add, subtract, multiply, divide, pow = ops.add, ops.subtract, ops.multiply, ops.divide, ops.power
negative, floor = ops.negative, ops.floor
reduce_sum, reduce_mean, reduce_max, reduce_min = ops.sum, ops.mean, ops.max, ops.min
reduce_prod, reduce_any, reduce_all, reduce_logsumexp = ops.prod, ops.any, ops.all, ops.logsumexp
reduce_std, reduce_variance = ops.std, ops.var
identity = ops.copy
Tensor = torch.Tensor
shape = ops.shape_tensor


def rank(x):
    return len(x.shape)


def concat(values, axis, name=None):
    return concatenate(values, axis)


def stack(values, axis=0, name=None):
    return ops.stack(values, axis)


def unstack(value, num=None, axis=0, name=None):
    return ops.unstack(value, num, axis)


@symbolic
def split(value, num_or_size_splits, axis=0, num=None):
    if isinstance(num_or_size_splits, int):
        return list(torch.split(value, value.shape[axis] // num_or_size_splits, dim=axis))
    return list(torch.split(value, sizes_of(num_or_size_splits), dim=axis))


@symbolic
def matmul(a, b, transpose_a=False, transpose_b=False):
    a = a.transpose(-1, -2) if transpose_a else a
    return _matmul(a, b.transpose(-1, -2) if transpose_b else b)


@symbolic
def gather(params, indices, axis=None, batch_dims=0, **kwargs):
    if batch_dims:
        return torch.stack([ops.take(row, at, axis=(axis or batch_dims) - 1) for row, at in zip(params, indices)])
    return ops.take(params, indices, axis=0 if axis is None else axis)


@symbolic
def where(condition, x=None, y=None):
    return torch.where(condition, x, y)


@symbolic
def pad(tensor, paddings, mode="CONSTANT", constant_values=0):
    return ops.pad(tensor, paddings, mode, constant_values)


def range(start, limit=None, delta=1, dtype=None, name=None):
    return ops.arange(start, limit, delta, dtype)


def constant(value, dtype=None, shape=None, name=None):
    made = torch.as_tensor(as_tensor(value))
    made = made if shape is None else torch.broadcast_to(made, tuple(shape))
    return made if dtype is None else made.to(dtype_of(dtype))


def fill(dims, value):
    return ops.full(dims, value)


def one_hot(indices, depth, on_value=None, off_value=None, axis=-1, dtype=None, name=None):
    return ops.one_hot(indices, depth, axis)


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    return ops.clip(t, clip_value_min, clip_value_max)


def argmax(input, axis=None, output_type=None, name=None):
    return ops.argmax(input, 0 if axis is None else axis)


def repeat(input, repeats, axis=None, name=None):
    return ops.repeat(input, repeats, axis)


def reverse(tensor, axis, name=None):
    return ops.flip(tensor, axis)


def norm(tensor, ord="euclidean", axis=None, keepdims=False):
    return ops.sqrt(ops.sum(ops.square(tensor), axis, keepdims))


@symbolic
def broadcast_to(input, shape):
    return torch.broadcast_to(input, sizes_of(shape))


def Variable(initial_value=None, trainable=True, name="Variable", dtype=None, **kwargs):
    value = as_tensor(initial_value() if callable(initial_value) else initial_value)
    value = torch.as_tensor(value).float()
    made = Parameter(value) if trainable else value.clone()
    object.__setattr__(made, "path", join(current_path(), name))
    return made


def function(func=None, **kwargs):
    return func if func is not None else (lambda inner: inner)


def no_op(*args, **kwargs):
    pass


class nn:
    relu, relu6, softmax, log_softmax = ops.relu, ops.relu6, ops.softmax, ops.log_softmax
    sigmoid, tanh, softplus, gelu, elu, selu = ops.sigmoid, ops.tanh, ops.softplus, ops.gelu, ops.elu, ops.selu
    silu = swish = ops.silu
    leaky_relu = staticmethod(lambda features, alpha=0.2, name=None: ops.leaky_relu(features, alpha))
    dropout = staticmethod(symbolic(lambda x, rate, **kwargs: F.dropout(x, rate, True)))
    l2_normalize = staticmethod(lambda x, axis=None, epsilon=1e-12, name=None: ops.normalize(x, axis, 2, epsilon))
    embedding_lookup = staticmethod(symbolic(lambda params, ids: F.embedding(ids.long(), params)))
    softmax_cross_entropy_with_logits = staticmethod(
        symbolic(lambda labels, logits, axis=-1: -torch.sum(labels * torch.log_softmax(logits, axis), dim=axis))
    )
    sparse_softmax_cross_entropy_with_logits = staticmethod(
        symbolic(lambda labels, logits: F.cross_entropy(logits.movedim(-1, 1), labels.long(), reduction="none"))
    )
    sigmoid_cross_entropy_with_logits = staticmethod(
        symbolic(
            lambda labels, logits: F.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype), reduction="none")
        )
    )
    moments = staticmethod(
        lambda x, axes, keepdims=False: (ops.mean(x, axes, keepdims), ops.var(x, axes, keepdims))
    )
    bias_add = staticmethod(ops.add)
    conv1d = staticmethod(lambda x, filters, stride, padding: ops_nn.conv(x, filters, stride, padding.lower()))
    conv2d = staticmethod(
        lambda x, filters, strides, padding, data_format="NHWC", dilations=1, name=None: ops_nn.conv(
            x, filters, _inner(strides), padding.lower(), None, _inner(dilations)
        )
    )
    depthwise_conv2d = staticmethod(
        lambda x, filter, strides, padding, data_format=None, dilations=1, name=None: ops_nn.depthwise_conv(
            x, filter, _inner(strides), padding.lower(), None, _inner(dilations)
        )
    )
    max_pool = max_pool2d = staticmethod(
        lambda x, ksize, strides, padding, name=None: ops_nn.max_pool(x, _inner(ksize), _inner(strides), padding.lower())
    )
    avg_pool = avg_pool2d = staticmethod(
        lambda x, ksize, strides, padding, name=None: ops_nn.average_pool(
            x, _inner(ksize), _inner(strides), padding.lower()
        )
    )
    space_to_depth = staticmethod(symbolic(lambda x, block_size: _space_to_depth(x, block_size)))
    depth_to_space = staticmethod(
        symbolic(lambda x, block_size: _depth_to_space(x, block_size))
    )


def _inner(sizes):
    """Of [1, rows, columns, 1] the two in the middle."""
    return tuple(sizes[1:3]) if isinstance(sizes, (list, tuple)) and len(sizes) == 4 else sizes


def _space_to_depth(x, block):
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // block, block, width // block, block, channels).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, height // block, width // block, channels * block**2)


def _depth_to_space(x, block):
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, block, block, channels // block**2).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(batch, height * block, width * block, channels // block**2)


class math:
    add, subtract, multiply, divide, pow = ops.add, ops.subtract, ops.multiply, ops.divide, ops.power
    reduce_sum, reduce_mean, reduce_max, reduce_min = ops.sum, ops.mean, ops.max, ops.min
    reduce_prod, reduce_any, reduce_all, reduce_logsumexp = ops.prod, ops.any, ops.all, ops.logsumexp
    reduce_std, reduce_variance = ops.std, ops.var
    abs, exp, log, sqrt, rsqrt, square, sign = ops.abs, ops.exp, ops.log, ops.sqrt, ops.rsqrt, ops.square, ops.sign
    sin, cos, tanh, sigmoid, softplus, erf = ops.sin, ops.cos, ops.tanh, ops.sigmoid, ops.softplus, ops.erf
    log1p, expm1, floor, ceil, maximum, minimum = ops.log1p, ops.expm1, ops.floor, ops.ceil, ops.maximum, ops.minimum
    equal, not_equal, less, greater = ops.equal, ops.not_equal, ops.less, ops.greater
    less_equal, greater_equal = ops.less_equal, ops.greater_equal
    logical_and, logical_or, logical_not = ops.logical_and, ops.logical_or, ops.logical_not
    argmax, argmin, cumsum, l2_normalize = ops.argmax, ops.argmin, ops.cumsum, nn.l2_normalize
    softmax, log_softmax = ops.softmax, ops.log_softmax
    top_k = ops.top_k


log, rsqrt = ops.log, ops.rsqrt
depth_to_space, space_to_depth = nn.depth_to_space, nn.space_to_depth


class linalg:
    matmul = staticmethod(matmul)
    norm = staticmethod(norm)
    einsum = staticmethod(einsum)
    l2_normalize = nn.l2_normalize
    band_part = staticmethod(
        symbolic(
            lambda x, num_lower, num_upper: torch.triu(
                torch.tril(x, num_upper) if num_upper >= 0 else x, -num_lower if num_lower >= 0 else -x.shape[-2]
            )
        )
    )

    class LinearOperatorLowerTriangular:
        def __init__(self, tril, *args, **kwargs):
            self.tril = tril

        def to_dense(self, name=None):
            return ops.tril(self.tril)


class random:
    normal = staticmethod(
        symbolic(lambda shape, mean=0.0, stddev=1.0, **kwargs: mean + stddev * torch.randn(sizes_of(shape)))
    )
    uniform = staticmethod(
        symbolic(
            lambda shape, minval=0.0, maxval=1.0, **kwargs: minval + (maxval - minval) * torch.rand(sizes_of(shape))
        )
    )
    truncated_normal = normal
    set_seed = staticmethod(no_op)


to_float = symbolic(lambda x, name=None: x.float())
to_int32 = symbolic(lambda x, name=None: x.int())
size = symbolic(lambda x: torch.tensor(x.numel()))
truediv, logical_xor, roll = ops.divide, ops.logical_xor, ops.roll
floordiv, boolean_mask = ops.floor_divide, symbolic(lambda x, mask: x[mask])
cond, while_loop, map_fn, vectorized_map = ops_loops.cond, ops_loops.while_loop, ops_loops.map, ops_loops.map


@symbolic
def add_n(inputs, name=None):
    total = inputs[0]
    for each in inputs[1:]:
        total = total + each
    return total


@symbolic
def sequence_mask(lengths, maxlen=None, dtype=None):
    mask = torch.arange(maxlen) < lengths.unsqueeze(-1)
    return mask if dtype is None else mask.to(dtype_of(dtype))


def ensure_shape(x, shape, name=None):
    return x


class _Scope(_NoScope):
    """A device, a strategy, a tape: where a program runs or what it notes is no part of the function."""

    def scope(self):
        return self

    num_replicas_in_sync = 1


device = control_dependencies = Graph = _Scope


class distribute:
    Strategy = MirroredStrategy = OneDeviceStrategy = MultiWorkerMirroredStrategy = TPUStrategy = _Scope
    get_strategy = _Scope


class config:
    list_physical_devices = list_logical_devices = staticmethod(lambda *args: [])
    run_functions_eagerly = set_visible_devices = staticmethod(no_op)

    class experimental:
        list_physical_devices = staticmethod(lambda *args: [])
        set_memory_growth = enable_tensor_float_32_execution = staticmethod(no_op)


class test:
    is_gpu_available = is_built_with_cuda = staticmethod(lambda *args, **kwargs: False)


class debugging:
    assert_equal = assert_less = assert_greater = assert_rank = check_numerics = staticmethod(lambda x, *args, **kwargs: x)


class errors:
    InvalidArgumentError = ValueError
