"""Functions of TensorFlow under TensorFlow's names of parameters, those of its first version included."""

import torch

from keras import _ops as ops
from keras import _ops_arrays as ops_arrays
from keras import _ops_loops as ops_loops
from keras._layer import as_tensor
from keras._ops import dtype_of, sizes_of, symbolic, tensor_of


def renamed(function, **names):
    """`function`, whose parameters are called by other names: `renamed(ops.tile, input="x", multiples="repeats")`."""

    def called(*args, **kwargs):
        kwargs.pop("name", None)
        # None under another name says nothing beside what is said under the own one.
        said = {key: value for key, value in kwargs.items() if key not in names or value is not None}
        return function(*args, **{names.get(key, key): value for key, value in said.items()})

    called.__name__ = getattr(function, "__name__", "function")
    return called


def _of_two(function):
    return renamed(function, x="x1", y="x2")


def _reduction(function):
    return renamed(function, input_tensor="x", reduction_indices="axis", keep_dims="keepdims")


# -- of every element

abs, exp, log, sqrt, rsqrt, square = ops.abs, ops.exp, ops.log, ops.sqrt, ops.rsqrt, ops.square
sign, floor, ceil, round, negative = ops.sign, ops.floor, ops.ceil, ops.round, ops.negative
sin, cos, tan, tanh, sinh, cosh = ops.sin, ops.cos, ops.tan, renamed(ops.tanh), ops.sinh, ops.cosh
asin, acos, atan, erf, log1p, expm1 = ops.arcsin, ops.arccos, ops.arctan, ops.erf, ops.log1p, ops.expm1
sigmoid, reciprocal, log_sigmoid = renamed(ops.sigmoid), ops.reciprocal, renamed(ops.log_sigmoid)
is_nan, is_inf, is_finite = ops.isnan, ops.isinf, ops.isfinite
cast, identity = ops.cast, renamed(ops.copy, input="x")
stop_gradient = renamed(ops.stop_gradient, input="x")
add, subtract, multiply, divide = [_of_two(each) for each in (ops.add, ops.subtract, ops.multiply, ops.divide)]
pow, truediv, floordiv, mod = [_of_two(each) for each in (ops.power, ops.divide, ops.floor_divide, ops.mod)]
floormod = mod
maximum, minimum = _of_two(ops.maximum), _of_two(ops.minimum)
divide_no_nan = _of_two(ops.divide_no_nan)
squared_difference = symbolic(lambda x, y: (x - y) * (x - y))
multiply_no_nan = symbolic(lambda x, y: torch.where(y == 0, torch.zeros_like(x * y), x * y))
scalar_mul = symbolic(lambda scalar, x: scalar * x)
equal, not_equal, less, less_equal = [
    _of_two(each) for each in (ops.equal, ops.not_equal, ops.less, ops.less_equal)
]
greater, greater_equal = _of_two(ops.greater), _of_two(ops.greater_equal)
logical_and, logical_or, logical_xor = [_of_two(each) for each in (ops.logical_and, ops.logical_or, ops.logical_xor)]
logical_not = ops.logical_not
to_float = symbolic(lambda x: x.float())
to_int32 = symbolic(lambda x: x.int())


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    return ops.clip(t, clip_value_min, clip_value_max)


@symbolic
def add_n(inputs):
    total = inputs[0]
    for each in inputs[1:]:
        total = total + each
    return total


# -- reductions

reduce_sum, reduce_mean, reduce_max, reduce_min = [_reduction(each) for each in (ops.sum, ops.mean, ops.max, ops.min)]
reduce_prod, reduce_any, reduce_all = _reduction(ops.prod), _reduction(ops.any), _reduction(ops.all)
reduce_logsumexp, reduce_std, reduce_variance = _reduction(ops.logsumexp), _reduction(ops.std), _reduction(ops.var)
_sum_of_squares = symbolic(lambda x, axis=None, keepdims=False: ops.sum(x * x, axis, keepdims))
reduce_euclidean_norm = _reduction(lambda *args, **kwargs: ops.sqrt(_sum_of_squares(*args, **kwargs)))


def argmax(input, axis=None, output_type=None, name=None, dimension=None):
    return ops.argmax(input, dimension or axis or 0)


def argmin(input, axis=None, output_type=None, name=None, dimension=None):
    return ops.argmin(input, dimension or axis or 0)


@symbolic
def cumsum(x, axis=0, exclusive=False, reverse=False):
    x = torch.flip(x, [axis]) if reverse else x
    total = torch.cumsum(x, dim=axis)
    total = total - x if exclusive else total
    return torch.flip(total, [axis]) if reverse else total


def norm(tensor, ord="euclidean", axis=None, keepdims=False, name=None):
    if ord == 1:
        return ops.sum(ops.abs(tensor), axis, keepdims)
    if ord == float("inf"):
        return ops.max(ops.abs(tensor), axis, keepdims)
    if ord not in ("euclidean", 2) or (ord == 2 and isinstance(axis, (list, tuple))):
        raise NotImplementedError(f"tf.norm of the order {ord} is not read")
    return reduce_euclidean_norm(tensor, axis, keepdims)


top_k = renamed(ops.top_k, input="x")


@symbolic
def sort(values, axis=-1, direction="ASCENDING"):
    return torch.sort(values, dim=axis, descending=direction == "DESCENDING").values


@symbolic
def argsort(values, axis=-1, direction="ASCENDING", stable=False):
    return torch.argsort(values, dim=axis, descending=direction == "DESCENDING")


# -- shapes

shape = renamed(lambda x, out_type=None: ops.shape_tensor(x), input="x")
size = renamed(symbolic(lambda x, out_type=None: torch.tensor(x.numel())), input="x")
reshape = renamed(ops.reshape, tensor="x", shape="newshape")
expand_dims = renamed(lambda x, axis=None, dim=None: ops.expand_dims(x, dim if axis is None else axis), input="x")
squeeze = renamed(ops.squeeze, input="x", squeeze_dims="axis")
transpose = renamed(lambda x, axes=None, conjugate=False: ops.transpose(x, axes), a="x", perm="axes")
tile = renamed(ops.tile, input="x", multiples="repeats")
repeat = renamed(ops.repeat, input="x")
reverse = renamed(ops.flip, tensor="x")
roll = renamed(ops.roll, input="x")
broadcast_to = renamed(ops.broadcast_to, input="x")
meshgrid = ops_arrays.meshgrid


def rank(input, name=None):
    return len(input.shape)


def concat(values, axis, name=None):
    # TensorFlow before 1.0 has the axis first.
    return ops.concatenate(axis, values) if isinstance(values, int) else ops.concatenate(values, axis)


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
def slice(input_, begin, size):
    for axis, (first, count) in enumerate(zip(sizes_of(begin), sizes_of(size))):
        input_ = torch.narrow(input_, axis, first, input_.shape[axis] - first if count == -1 else count)
    return input_


@symbolic
def pad(tensor, paddings, mode="CONSTANT", constant_values=0):
    return ops.pad(tensor, paddings, mode, constant_values)


@symbolic
def gather(params, indices, validate_indices=None, axis=None, batch_dims=0):
    if batch_dims:
        return torch.stack([ops.take(row, at, axis=(axis or batch_dims) - 1) for row, at in zip(params, indices)])
    return ops.take(params, indices, axis=0 if axis is None else axis)


@symbolic
def gather_nd(params, indices, batch_dims=0):
    if batch_dims:
        raise NotImplementedError("tf.gather_nd with batch_dims is not read")
    return params[tuple(torch.unbind(tensor_of(indices).long(), dim=-1))]


@symbolic
def boolean_mask(tensor, mask, axis=None):
    return tensor[tensor_of(mask)]


@symbolic
def where(condition, x=None, y=None):
    return torch.where(condition, x, y)


def ensure_shape(x, shape, name=None):
    return x


# -- constants

zeros, ones, convert_to_tensor = ops.zeros, ops.ones, renamed(ops.convert_to_tensor, value="x")
zeros_like = renamed(ops.zeros_like, input="x", tensor="x")
ones_like = renamed(ops.ones_like, input="x", tensor="x")
eye = renamed(ops.eye, num_rows="N", num_columns="M")
linspace, is_tensor = ops.linspace, ops.is_tensor


def fill(dims, value, name=None):
    return ops.full(dims, value)


def range(start, limit=None, delta=1, dtype=None, name=None):
    return ops.arange(start, limit, delta, dtype)


def constant(value, dtype=None, shape=None, name=None):
    made = torch.as_tensor(as_tensor(value))
    made = made if shape is None else torch.broadcast_to(made, tuple(shape))
    return made if dtype is None else made.to(dtype_of(dtype))


def one_hot(indices, depth, on_value=None, off_value=None, axis=-1, dtype=None, name=None):
    hot = ops.one_hot(indices, depth, -1 if axis is None else axis)
    on, off = 1 if on_value is None else on_value, 0 if off_value is None else off_value
    return hot if (on, off) == (1, 0) else off + (on - off) * hot


@symbolic
def sequence_mask(lengths, maxlen=None, dtype=None):
    mask = torch.arange(maxlen) < lengths.unsqueeze(-1)
    return mask if dtype is None else mask.to(dtype_of(dtype))


# -- products


@symbolic
def matmul(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False):
    # TensorFlow packs lists of tensors.
    a, b = [torch.stack(list(each)) if isinstance(each, (list, tuple)) else each for each in (a, b)]
    a = a.transpose(-1, -2) if transpose_a or adjoint_a else a
    return ops.matmul(a, b.transpose(-1, -2) if transpose_b or adjoint_b else b)


matvec = symbolic(lambda a, b: torch.matmul(a, b.unsqueeze(-1)).squeeze(-1))
tensordot = renamed(ops.tensordot, a="x1", b="x2")


def einsum(equation, *inputs, **kwargs):
    return ops.einsum(equation, *inputs)


# -- functions of functions


def map_fn(fn, elems, *args, **kwargs):
    return ops_loops.map(fn, elems)


vectorized_map = map_fn


def cond(pred, true_fn=None, false_fn=None, name=None):
    return ops_loops.cond(tensor_of(pred) if isinstance(pred, torch.Tensor) else pred, true_fn, false_fn)


def while_loop(cond, body, loop_vars, shape_invariants=None, parallel_iterations=10, back_prop=True,
               swap_memory=False, maximum_iterations=None, name=None):  # fmt: skip
    return ops_loops.while_loop(cond, body, loop_vars, maximum_iterations)
