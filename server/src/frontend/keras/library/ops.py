"""keras.ops: functions of tensors, of symbolic ones recorded in the graph of the model."""

import torch
from torch.nn import functional as F

from keras import _activations as activations
from keras._layer import as_tensor
from keras._structure import map_structure
from keras._symbolic import KerasTensor, call


def symbolic(function):
    """Lets a function of tensors take arrays and symbolic tensors."""

    def wrapper(*args, **kwargs):
        kwargs.pop("name", None)
        return call(function, *map_structure(as_tensor, args), **map_structure(as_tensor, kwargs))

    wrapper.__name__ = getattr(function, "__name__", "function")
    return wrapper


def dtype_of(dtype):
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None) or str(dtype).replace("torch.", "")
    return getattr(torch, {"float": "float32", "int": "int32", "bool": "bool"}.get(name, name))


def sizes_of(shape):
    if isinstance(shape, torch.Tensor):
        shape = [shape[i] for i in range(shape.numel())] if shape.dim() else [shape]
    return [int(size) for size in (shape if isinstance(shape, (list, tuple)) else [shape])]


def tensor_of(value):
    return value if isinstance(value, torch.Tensor) else torch.as_tensor(value)


@symbolic
def cast(x, dtype):
    wanted = dtype_of(dtype)
    x = tensor_of(x)
    # Floating numbers keep the precision of the trace.
    return x if x.is_floating_point() and wanted in (torch.float32, torch.float64, torch.float16) else x.to(wanted)


@symbolic
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None, dtype_hint=None):
    x = tensor_of(x)
    return x if dtype is None or x.is_floating_point() else x.to(dtype_of(dtype))


def shape(x):
    if isinstance(x, KerasTensor):
        return tuple([size if size is not None else shape_tensor(x)[axis] for axis, size in enumerate(x.shape)])
    return tuple(as_tensor(x).shape)


shape_tensor = symbolic(lambda x: torch.tensor(list(x.shape)))


def ndim(x):
    return len(x.shape)


@symbolic
def reshape(x, newshape):
    return x.reshape(sizes_of(newshape))


@symbolic
def transpose(x, axes=None):
    return x.permute(*(range(x.dim() - 1, -1, -1) if axes is None else sizes_of(axes)))


def _reduction(function, whole=None):
    """A reduction over some axes, or over all of them."""

    def reduce(x, axis=None, keepdims=False):
        x = tensor_of(x)
        if axis is None:
            axis = tuple(range(x.dim()))
        axes = tuple(sizes_of(axis))
        return function(x, axes, keepdims) if axes else x

    return symbolic(reduce)


def _floats(x):
    return x if x.is_floating_point() else x.float()


sum = _reduction(lambda x, axes, keep: torch.sum(x, dim=axes, keepdim=keep))
mean = _reduction(lambda x, axes, keep: torch.mean(_floats(x), dim=axes, keepdim=keep))
max = amax = _reduction(lambda x, axes, keep: torch.amax(x, dim=axes, keepdim=keep))
min = amin = _reduction(lambda x, axes, keep: torch.amin(x, dim=axes, keepdim=keep))
var = _reduction(lambda x, axes, keep: torch.var(x, dim=axes, keepdim=keep, unbiased=False))
std = _reduction(lambda x, axes, keep: torch.sqrt(torch.var(x, dim=axes, keepdim=keep, unbiased=False)))
logsumexp = _reduction(lambda x, axes, keep: torch.logsumexp(x, dim=axes, keepdim=keep))
any = _reduction(lambda x, axes, keep: torch.sum((x != 0).float(), dim=axes, keepdim=keep) > 0)
all = _reduction(lambda x, axes, keep: torch.sum((x == 0).float(), dim=axes, keepdim=keep) == 0)


@symbolic
def prod(x, axis=None, keepdims=False):
    return torch.prod(x) if axis is None else torch.prod(x, dim=axis, keepdim=keepdims)


@symbolic
def argmax(x, axis=None, keepdims=False, **kwargs):
    return torch.argmax(x, dim=axis, keepdim=keepdims)


@symbolic
def argmin(x, axis=None, keepdims=False, **kwargs):
    return torch.argmin(x, dim=axis, keepdim=keepdims)


def _pair(function):
    """Numbers beside tensors become tensors."""
    return symbolic(lambda x1, x2: function(tensor_of(x1), tensor_of(x2)))


def _of_one(function):
    return symbolic(lambda x: function(tensor_of(x)))


add = symbolic(lambda x1, x2: x1 + x2)
subtract = symbolic(lambda x1, x2: x1 - x2)
multiply = symbolic(lambda x1, x2: x1 * x2)
divide = true_divide = symbolic(lambda x1, x2: x1 / x2)
floor_divide = symbolic(lambda x1, x2: x1 // x2)
mod = symbolic(lambda x1, x2: x1 % x2)
power = pow = symbolic(lambda x1, x2: x1**x2)
negative = symbolic(lambda x: -x)
equal = symbolic(lambda x1, x2: x1 == x2)
not_equal = symbolic(lambda x1, x2: x1 != x2)
less = symbolic(lambda x1, x2: x1 < x2)
less_equal = symbolic(lambda x1, x2: x1 <= x2)
greater = symbolic(lambda x1, x2: x1 > x2)
greater_equal = symbolic(lambda x1, x2: x1 >= x2)
maximum = _pair(torch.maximum)
minimum = _pair(torch.minimum)
logical_and = _pair(torch.logical_and)
logical_or = _pair(torch.logical_or)
logical_not = _of_one(torch.logical_not)
abs = absolute = _of_one(torch.abs)
exp = symbolic(lambda x: torch.exp(_floats(tensor_of(x))))
log = symbolic(lambda x: torch.log(_floats(tensor_of(x))))
sqrt = symbolic(lambda x: torch.sqrt(_floats(tensor_of(x))))
rsqrt = _of_one(torch.rsqrt)
log1p = _of_one(torch.log1p)
expm1 = _of_one(torch.expm1)
square = _of_one(torch.square)
sin = symbolic(lambda x: torch.sin(_floats(tensor_of(x))))
cos = symbolic(lambda x: torch.cos(_floats(tensor_of(x))))
tan = _of_one(torch.tan)
sign = _of_one(torch.sign)
floor = _of_one(torch.floor)
ceil = _of_one(torch.ceil)
round = _of_one(torch.round)
erf = _of_one(torch.erf)
reciprocal = _of_one(torch.reciprocal)
arcsin, arccos, arctan = _of_one(torch.asin), _of_one(torch.acos), _of_one(torch.atan)
sinh, cosh, arctan2 = _of_one(torch.sinh), _of_one(torch.cosh), _pair(torch.atan2)
log2, log10 = _of_one(torch.log2), _of_one(torch.log10)
isfinite, isinf = _of_one(torch.isfinite), _of_one(torch.isinf)
logical_xor = _pair(torch.logical_xor)
ravel = symbolic(lambda x: x.reshape(-1))
array = convert_to_numpy = convert_to_tensor
isnan = _of_one(torch.isnan)
stop_gradient = symbolic(lambda x: x.detach())
copy = symbolic(lambda x: x)


@symbolic
def clip(x, x_min, x_max):
    return torch.clamp(x, x_min, x_max)


@symbolic
def where(condition, x1, x2):
    return torch.where(condition, x1, x2)


@symbolic
def matmul(x1, x2):
    return torch.matmul(x1, x2)


def einsum(subscripts, *operands, **kwargs):
    return call(lambda given: torch.einsum(subscripts, *given), list(map_structure(as_tensor, operands)))


@symbolic
def dot(x1, x2):
    # The last axis with the last but one: no axis is one of a batch.
    return torch.tensordot(x1, x2, dims=([-1], [-2])) if x2.dim() > 2 else torch.matmul(x1, x2)


@symbolic
def tensordot(x1, x2, axes=2):
    if isinstance(axes, (list, tuple)):
        axes = [[axis] if isinstance(axis, int) else list(axis) for axis in axes]
    return torch.tensordot(x1, x2, dims=axes)


@symbolic
def concatenate(xs, axis=-1):
    return torch.cat([tensor_of(each) for each in xs], dim=axis)


@symbolic
def stack(xs, axis=0):
    return torch.stack([tensor_of(each) for each in xs], dim=axis)


@symbolic
def split(x, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int):
        return list(torch.split(x, x.shape[axis] // indices_or_sections, dim=axis))
    edges = [0] + sizes_of(indices_or_sections) + [x.shape[axis]]
    return list(torch.split(x, [after - before for before, after in zip(edges, edges[1:])], dim=axis))


@symbolic
def unstack(x, num=None, axis=0):
    return list(torch.unbind(x, dim=axis))


@symbolic
def expand_dims(x, axis):
    x = tensor_of(x)
    for each in sizes_of(axis):
        x = x.unsqueeze(each)
    return x


@symbolic
def squeeze(x, axis=None):
    if axis is None:
        return x.squeeze()
    for each in sorted([each % x.dim() for each in sizes_of(axis)], reverse=True):
        x = x.squeeze(each)
    return x


@symbolic
def tile(x, repeats):
    return x.repeat(*sizes_of(repeats))


@symbolic
def repeat(x, repeats, axis=None):
    return torch.repeat_interleave(x, int(repeats), dim=axis)


@symbolic
def broadcast_to(x, shape):
    return torch.broadcast_to(tensor_of(x), sizes_of(shape))


@symbolic
def flip(x, axis=None):
    return torch.flip(x, sizes_of(range(x.dim()) if axis is None else axis))


@symbolic
def roll(x, shift, axis=None):
    return torch.roll(x, shift, axis)


@symbolic
def swapaxes(x, axis1, axis2):
    return torch.transpose(x, axis1, axis2)


@symbolic
def moveaxis(x, source, destination):
    return torch.movedim(x, source, destination)


@symbolic
def pad(x, pad_width, mode="constant", constant_values=0.0):
    pairs = [sizes_of(pair) for pair in pad_width]
    flat = [amount for pair in reversed(pairs) for amount in pair]
    if mode.lower() == "constant":
        return F.pad(x, flat, value=constant_values or 0.0)
    # Other modes pad the last axes of [batch, channels, …] only.
    if pairs[0] != [0, 0] or pairs[-1] != [0, 0]:
        return F.pad(x, flat, mode=mode.lower())
    inner = [amount for pair in reversed(pairs[1:-1]) for amount in pair]
    return torch.movedim(F.pad(torch.movedim(x, -1, 1), inner, mode=mode.lower()), 1, -1)


@symbolic
def take(x, indices, axis=None):
    indices = tensor_of(indices).long()
    if axis is None:
        return x.reshape(-1)[indices]
    axis = axis % x.dim()
    columns = getattr(x, "_identity_columns", None)
    if columns is not None and axis == 0:
        # Rows of a large identity without the identity.
        return torch.nn.functional.one_hot(indices, columns).to(x.dtype)
    taken = torch.index_select(x, axis, indices.reshape(-1))
    return taken.reshape(tuple(x.shape[:axis]) + tuple(indices.shape) + tuple(x.shape[axis + 1 :]))


@symbolic
def take_along_axis(x, indices, axis=None):
    return torch.gather(x, axis, indices.long())


@symbolic
def one_hot(x, num_classes, axis=-1, dtype=None, **kwargs):
    return torch.movedim(F.one_hot(tensor_of(x).long(), int(num_classes)).float(), -1, axis)


@symbolic
def cumsum(x, axis=0, dtype=None):
    return torch.cumsum(x, dim=axis)


@symbolic
def top_k(x, k, sorted=True):
    return torch.topk(x, k)


@symbolic
def tril(x, k=0):
    return torch.tril(x, k)


@symbolic
def triu(x, k=0):
    return torch.triu(x, k)


@symbolic
def norm(x, ord=None, axis=None, keepdims=False):
    return torch.linalg.norm(x, ord=2 if ord is None and axis is not None else ord, dim=axis, keepdim=keepdims)


@symbolic
def normalize(x, axis=-1, order=2, epsilon=1e-12):
    return x * torch.rsqrt(torch.clamp(torch.sum(x * x, dim=axis, keepdim=True), min=epsilon))


@symbolic
def zeros(shape, dtype="float32"):
    return torch.zeros(sizes_of(shape), dtype=dtype_of(dtype or "float32"))


@symbolic
def ones(shape, dtype="float32"):
    return torch.ones(sizes_of(shape), dtype=dtype_of(dtype or "float32"))


@symbolic
def full(shape, fill_value, dtype=None):
    return torch.full(sizes_of(shape), fill_value)


zeros_like = symbolic(lambda x, dtype=None: torch.zeros_like(x) if dtype is None else torch.zeros_like(x).to(dtype_of(dtype)))
ones_like = symbolic(lambda x, dtype=None: torch.ones_like(x) if dtype is None else torch.ones_like(x).to(dtype_of(dtype)))


@symbolic
def eye(N, M=None, k=0, dtype=None):
    columns = N if M is None else M
    if k != 0:
        return (torch.arange(N).unsqueeze(-1) + k == torch.arange(columns)).float()
    identity = torch.eye(N, columns)
    identity._identity_columns = columns
    return identity


@symbolic
def arange(start, stop=None, step=1, dtype=None):
    first, last = (0, start) if stop is None else (start, stop)
    first, last = [int(each) if isinstance(each, torch.Tensor) else each for each in (first, last)]
    values = torch.arange(first, last, step)
    return values if dtype is None else values.to(dtype_of(dtype))


@symbolic
def linspace(start, stop, num=50, **kwargs):
    return torch.linspace(start, stop, num)


relu, relu6, softmax, log_softmax = activations.relu, activations.relu6, activations.softmax, activations.log_softmax
sigmoid, tanh, softplus, softsign = activations.sigmoid, activations.tanh, activations.softplus, activations.softsign
silu, swish, gelu, elu, selu = activations.silu, activations.silu, activations.gelu, activations.elu, activations.selu
leaky_relu, hard_sigmoid, log_sigmoid = activations.leaky_relu, activations.hard_sigmoid, activations.log_sigmoid
hard_silu, hard_swish, mish, glu = activations.hard_silu, activations.hard_swish, activations.mish, activations.glu


@symbolic
def divide_no_nan(x1, x2):
    safe = torch.where(x2 == 0, torch.ones_like(x2), x2)
    return torch.where(x2 == 0, torch.zeros_like(x1 / safe), x1 / safe)


def is_tensor(x):
    return isinstance(x, (torch.Tensor, KerasTensor))
