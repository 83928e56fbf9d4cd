"""numpy's selection of elements: by place, by condition, along axes; indices of diagonals and triangles."""

import builtins

import torch
from numpy._array import _axis, _promoted, _result, _shape, _shaped, _tensor, _values, ndarray
from numpy._elementwise import _placed
from numpy._types import _element_type
from torch._registry import is_data, stop


def nonzero(a):
    found = _tensor(a)
    if found.dim() == 0:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    places = _places(found)
    return tuple([ndarray(places[:, axis]) for axis in range(found.dim())])


def _places(found):
    if is_data(found):
        return stop("how many elements of an array that is not known are not zero")
    return torch.nonzero(found)


def argwhere(a):
    return ndarray(_places(_tensor(a)))


def flatnonzero(a):
    return nonzero(ndarray(_tensor(a).reshape(-1)))[0]


def _within(places, length, mode):
    """Places from the front; outside of the axis an error, the nearest one (clip) or counted round (wrap)."""
    if mode == "wrap":
        return torch.remainder(places, length)
    if mode == "clip":
        return torch.clamp(places, 0, length - 1)
    return places


def take(a, indices, axis=None, out=None, mode="raise"):
    found = _tensor(a)
    along = found.reshape(-1) if axis is None else found
    at = 0 if axis is None else _axis(axis, found.dim())
    places = _tensor(indices).to(torch.int64)
    key = (slice(None),) * at + (_within(places, along.shape[at], mode),)
    return _placed(_result(along[key]), out, True, ())


def take_along_axis(arr, indices, axis=-1):
    found = _tensor(arr)
    places = _tensor(indices)
    if axis is None:
        return ndarray(found.reshape(-1)[places])
    at = _axis(axis, found.dim())
    key = _open_key(places, at)
    return ndarray(found[key])


def _open_key(places, axis):
    """Indices of every axis, open ones but for the given axis."""
    key = []
    for each in range(places.dim()):
        shape = [1] * places.dim()
        shape[each] = -1
        key.append(places if each == axis else torch.arange(places.shape[each]).reshape(shape))
    return tuple(key)


def put_along_axis(arr, indices, values, axis):
    places = _tensor(indices)
    if axis is None:
        put(arr, indices, values)
        return
    key = _open_key(places, _axis(axis, arr.ndim))
    arr._tensor[key] = torch.broadcast_to(_tensor(values, arr._tensor.dtype), tuple(places.shape))


def put(a, ind, v, mode="raise"):
    places = _within(_tensor(ind).to(torch.int64).reshape(-1), a.size, mode)
    values = _tensor(v, a._tensor.dtype).reshape(-1)
    if values.numel() == 0:
        return
    values = values.repeat(-(-places.numel() // values.numel()))[: places.numel()]
    flat = a._tensor.reshape(-1).clone()
    flat[places] = values
    a._tensor[...] = flat.reshape(a.shape)


def putmask(a, mask, values):
    import numpy

    found = _tensor(values, a._tensor.dtype).reshape(-1)
    repeated = found.repeat(-(-a.size // found.numel()))[: a.size].reshape(a.shape)
    a[...] = numpy.where(mask, ndarray(repeated), a)


def place(arr, mask, vals):
    chosen = _tensor(mask).to(torch.bool).reshape(-1).nonzero().reshape(-1)
    put(arr, ndarray(chosen), vals)


def extract(condition, arr):
    mask = _tensor(condition).to(torch.bool).reshape(-1)
    return ndarray(_tensor(arr).reshape(-1)[mask])


def compress(condition, a, axis=None, out=None):
    found = _tensor(a)
    along = found.reshape(-1) if axis is None else found
    at = 0 if axis is None else _axis(axis, found.dim())
    chosen = [n for n, each in enumerate(_values(condition, "numpy.compress")) if each]
    return _placed(ndarray(torch.index_select(along, at, torch.tensor(chosen, dtype=torch.int64))), out, True, ())


def choose(a, choices, out=None, mode="raise"):
    places = _tensor(a).to(torch.int64)
    options = torch.stack(torch.broadcast_tensors(places, *_promoted([_tensor(each) for each in choices]))[1:])
    place = torch.broadcast_to(_within(places, len(options), mode), tuple(options.shape[1:]))
    if mode == "raise" and not is_data(place) and builtins.bool(torch.logical_or(place < 0, place >= len(options)).any()):
        raise ValueError("invalid entry in choice array")
    return _placed(_result(options[_open_key(place.unsqueeze(0), 0)][0]), out, True, ())


def diagonal(a, offset=0, axis1=0, axis2=1):
    return ndarray(torch.diagonal(_tensor(a), offset, axis1, axis2))


def fill_diagonal(a, val, wrap=False):
    if wrap and a.ndim == 2 and a.shape[0] > a.shape[1]:
        return stop("numpy.fill_diagonal with wrap=True is not followed")
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    count = builtins.min(a.shape)
    places = ndarray(torch.arange(count))
    values = _tensor(val, a._tensor.dtype).reshape(-1)
    values = values.repeat(-(-count // values.numel()))[:count]
    a[(places,) * a.ndim] = ndarray(values)


def diag_indices(n, ndim=2):
    return (ndarray(torch.arange(n)),) * ndim


def diag_indices_from(arr):
    return diag_indices(arr.shape[0], arr.ndim)


def _triangle(keep, n, k, m):
    pairs = [(row, column) for row in range(n) for column in range(n if m is None else m) if keep(column - row, k)]
    return tuple([ndarray(torch.tensor([pair[at] for pair in pairs], dtype=torch.int64)) for at in (0, 1)])


def tril_indices(n, k=0, m=None):
    return _triangle(lambda offset, k: offset <= k, n, k, m)


def triu_indices(n, k=0, m=None):
    return _triangle(lambda offset, k: offset >= k, n, k, m)


def tril_indices_from(arr, k=0):
    return tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr, k=0):
    return triu_indices(arr.shape[0], k, arr.shape[1])


def mask_indices(n, mask_func, k=0):
    import numpy

    return nonzero(mask_func(numpy.ones((n, n), int), k) != 0)


def indices(dimensions, dtype=builtins.int, sparse=False):
    sizes = _shape((dimensions,))
    kind = _element_type(dtype)
    open_axes = []
    for axis, length in enumerate(sizes):
        shape = [1] * len(sizes)
        shape[axis] = length
        open_axes.append(torch.arange(length).reshape(shape).to(kind))
    if sparse:
        return tuple([ndarray(each) for each in open_axes])
    if not sizes:
        return ndarray(torch.zeros((0,), dtype=kind))
    return ndarray(torch.stack([torch.broadcast_to(each, sizes) for each in open_axes]))


def ix_(*args):
    made = []
    for axis, each in enumerate(args):
        found = _tensor(each)
        if found.dtype is torch.bool:
            found = torch.nonzero(found).reshape(-1)
        made.append(ndarray((found if found.numel() else found.to(torch.int64)).reshape((1,) * axis + (-1,) + (1,) * (len(args) - 1 - axis))))
    return tuple(made)


def unravel_index(indices, shape, order="C"):
    if order != "C":
        return stop("numpy.unravel_index in another order is not followed")
    rest = _tensor(indices).to(torch.int64)
    made = []
    for length in reversed(_shape((shape,))):
        made.append(_result(torch.remainder(rest, length)))
        rest = torch.floor_divide(rest, length)
    if not is_data(rest) and builtins.bool((rest != 0).any()):
        raise ValueError(f"index is out of bounds for array with size {shape}")
    return tuple(reversed(made))


def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    if order != "C":
        return stop("numpy.ravel_multi_index in another order is not followed")
    sizes = _shape((dims,))
    total = 0
    for axis, length in enumerate(sizes):
        each = _tensor(multi_index[axis]).to(torch.int64)
        each = _within(each, length, mode if isinstance(mode, str) else mode[axis])
        if not is_data(each) and builtins.bool(torch.logical_or(each < 0, each >= length).any()):
            raise ValueError("invalid entry in coordinates array")
        total = total * length + each
    return _result(total)


def searchsorted(a, v, side="left", sorter=None):
    """Places by halving, one value after the other."""
    values = _values(a, "numpy.searchsorted")
    if sorter is not None:
        values = [values[place] for place in _values(sorter, "numpy.searchsorted")]
    found = _tensor(v)
    made = [_halved(values, each, side == "right") for each in _values(v, "numpy.searchsorted")]
    return _result(_shaped(made, tuple(found.shape), torch.int64)._tensor)


def _halved(values, value, after):
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value or (after and values[middle] == value):
            low = middle + 1
        else:
            high = middle
    return low


def digitize(x, bins, right=False):
    edges = _values(bins, "numpy.digitize")
    found = _tensor(x)
    falling = len(edges) > 1 and edges[0] > edges[-1]
    if right:
        count = (lambda x: len([e for e in edges if e >= x])) if falling else (lambda x: len([e for e in edges if e < x]))
    else:
        count = (lambda x: len([e for e in edges if e > x])) if falling else (lambda x: len([e for e in edges if e <= x]))
    made = [count(each) for each in _values(x, "numpy.digitize")]
    return _result(_shaped(made, tuple(found.shape), torch.int64)._tensor)
