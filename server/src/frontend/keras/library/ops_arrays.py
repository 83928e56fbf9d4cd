"""keras.ops: what few models use of arrays and of linear algebra."""

import builtins

import torch

from keras import _activations as activations
from keras._ops import dtype_of, sizes_of, symbolic, tensor_of

cbrt = symbolic(lambda x: torch.sign(x) * torch.pow(torch.abs(x), 1 / 3))
fabs = symbolic(torch.abs)
exp2 = symbolic(lambda x: torch.exp(x * 0.6931471805599453))
trunc = fix = symbolic(torch.trunc)
hypot = symbolic(lambda x1, x2: torch.sqrt(x1 * x1 + x2 * x2))
logaddexp = symbolic(torch.logaddexp)
arcsinh, arccosh, arctanh = symbolic(torch.asinh), symbolic(torch.acosh), symbolic(torch.atanh)
deg2rad = symbolic(lambda x: x * 0.017453292519943295)
rad2deg = symbolic(lambda x: x * 57.29577951308232)
fmax, fmin = symbolic(torch.maximum), symbolic(torch.minimum)
identity = symbolic(lambda x: x)
inner = symbolic(lambda x1, x2: torch.sum(x1 * x2) if x1.dim() == 1 else torch.matmul(x1, x2.transpose(-1, -2)))
outer = symbolic(lambda x1, x2: x1.reshape(-1).unsqueeze(1) * x2.reshape(-1))
vdot = symbolic(lambda x1, x2: torch.sum(x1.reshape(-1) * x2.reshape(-1)))
hstack = symbolic(lambda xs: torch.cat(list(xs), dim=0 if xs[0].dim() == 1 else 1))
vstack = symbolic(lambda xs: torch.cat([x.unsqueeze(0) if x.dim() == 1 else x for x in xs], dim=0))
fliplr = symbolic(lambda x: torch.flip(x, [1]))
flipud = symbolic(lambda x: torch.flip(x, [0]))
diag = symbolic(lambda x, k=0: torch.diag(x, k))
diagonal = symbolic(lambda x, offset=0, axis1=0, axis2=1: torch.diagonal(x, offset, axis1, axis2))
trace = symbolic(lambda x, offset=0, axis1=0, axis2=1: torch.sum(torch.diagonal(x, offset, axis1, axis2), dim=-1))
size = symbolic(lambda x: x.numel())
full_like = symbolic(lambda x, fill_value, dtype=None: torch.full_like(x, fill_value))
empty_like = symbolic(lambda x, dtype=None: torch.zeros_like(x))
nan_to_num = symbolic(lambda x, nan=0.0, posinf=None, neginf=None: torch.nan_to_num(x, nan))
saturate_cast = symbolic(lambda x, dtype: x if x.is_floating_point() else x.to(dtype_of(dtype)))
celu, hard_tanh, tanh_shrink = activations.celu, activations.hard_tanh, activations.tanh_shrink
soft_shrink, hard_shrink, squareplus = activations.soft_shrink, activations.hard_shrink, activations.squareplus


@symbolic
def empty(shape, dtype=None):
    return torch.zeros(sizes_of(shape))


@symbolic
def tri(N, M=None, k=0, dtype=None):
    return torch.tril(torch.ones(N, N if M is None else M), k)


@symbolic
def meshgrid(*x, indexing="xy"):
    return list(torch.meshgrid(*x, indexing=indexing))


@symbolic
def average(x, axis=None, weights=None):
    if weights is None:
        return torch.mean(x) if axis is None else torch.mean(x, dim=sizes_of(axis))
    if axis is None:
        return torch.sum(x * weights) / torch.sum(weights)
    shape = tuple(weights.shape) if weights.dim() == x.dim() else [-1 if i == axis % x.dim() else 1 for i in range(x.dim())]
    weights = weights.reshape(shape)
    return torch.sum(x * weights, dim=axis) / torch.sum(torch.broadcast_to(weights, tuple(x.shape)), dim=axis)


@symbolic
def sort(x, axis=-1):
    return torch.sort(x, dim=axis).values


@symbolic
def argsort(x, axis=-1):
    return torch.argsort(x, dim=axis)


@symbolic
def cumprod(x, axis=0, dtype=None):
    return torch.cumprod(x, dim=axis)


@symbolic
def slice(inputs, start_indices, shape):
    for axis, (first, count) in enumerate(zip(sizes_of(start_indices), sizes_of(shape))):
        inputs = torch.narrow(inputs, axis, first, count)
    return inputs


@symbolic
def slice_update(inputs, start_indices, updates):
    key = tuple([_range(first, size) for first, size in zip(sizes_of(start_indices), updates.shape)])
    changed = inputs.clone()
    changed[key] = updates
    return changed


def _range(first, size):
    return builtins.slice(first, first + size)


@symbolic
def get_item(x, key):
    return x[key]


@symbolic
def select(condlist, choicelist, default=0):
    chosen = torch.full_like(choicelist[0], default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        chosen = torch.where(condition, choice, chosen)
    return chosen


@symbolic
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    return torch.abs(x1 - x2) <= atol + rtol * torch.abs(tensor_of(x2))


@symbolic
def count_nonzero(x, axis=None):
    counted = (x != 0).long()
    return torch.sum(counted) if axis is None else torch.sum(counted, dim=sizes_of(axis))


@symbolic
def cdist(x1, x2):
    return torch.cdist(x1, x2)


@symbolic
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    hot = torch.nn.functional.one_hot(segment_ids.long(), num_segments).to(data.dtype)
    return (hot.t() @ data.reshape(data.shape[0], -1)).reshape([num_segments] + list(data.shape[1:]))


# -- linear algebra

det = symbolic(torch.linalg.det)
inv = symbolic(torch.linalg.inv)
solve = symbolic(torch.linalg.solve)
cholesky = symbolic(torch.linalg.cholesky)
