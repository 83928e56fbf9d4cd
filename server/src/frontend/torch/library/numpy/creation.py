"""numpy's makers of arrays."""

import builtins
import math

import torch
from numpy._array import _cast, _is_scalar, _order, _result, _shape, _tensor, ndarray
from numpy._types import _element_type
from torch._registry import stop


def array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0, like=None):
    _order(order)
    found = _tensor(object, _element_type(dtype)).clone()
    return ndarray(found.reshape((1,) * (ndmin - found.dim()) + tuple(found.shape)) if found.dim() < ndmin else found)


def asarray(a, dtype=None, order=None, *, device=None, copy=None, like=None):
    """The array itself where nothing changes."""
    if isinstance(a, ndarray) and copy is not True and (dtype is None or _element_type(dtype) is a._tensor.dtype):
        return a
    return array(a, dtype)


asanyarray = asfarray = asarray


def ascontiguousarray(a, dtype=None, *, like=None):
    found = asarray(a, dtype)
    return found if found.ndim else found.reshape(1)


def asfortranarray(a, dtype=None, *, like=None):
    return asarray(a, dtype)


def asarray_chkfinite(a, dtype=None, order=None):
    return asarray(a, dtype)


def require(a, dtype=None, requirements=None, *, like=None):
    return asarray(a, dtype)


def copy(a, order="K", subok=False):
    return array(a)


def copyto(dst, src, casting="same_kind", where=True):
    import numpy

    dst[...] = src if where is True else numpy.where(where, src, dst)


def _made(maker, shape, dtype, order):
    _order(order)
    return ndarray(maker(_shape((shape,)), dtype=_element_type(builtins.float if dtype is None else dtype)))


def zeros(shape, dtype=None, order="C", *, device=None, like=None):
    return _made(torch.zeros, shape, dtype, order)


def ones(shape, dtype=None, order="C", *, device=None, like=None):
    return _made(torch.ones, shape, dtype, order)


def empty(shape, dtype=None, order="C", *, device=None, like=None):
    return _made(torch.zeros, shape, dtype, order)


def full(shape, fill_value, dtype=None, order="C", *, device=None, like=None):
    _order(order)
    filled = _tensor(fill_value, _element_type(dtype))
    return ndarray(filled.expand(_shape((shape,))).clone())


def _like(maker, a, dtype, shape):
    found = _tensor(a)
    kind = _element_type(dtype) or found.dtype
    return ndarray(maker(found, dtype=kind)) if shape is None else ndarray(maker(torch.zeros(_shape((shape,))), dtype=kind))


def zeros_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    return _like(torch.zeros_like, a, dtype, shape)


def ones_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    return _like(torch.ones_like, a, dtype, shape)


empty_like = zeros_like


def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    made = _like(torch.zeros_like, a, dtype, shape)
    made[...] = fill_value
    return made


def eye(N, M=None, k=0, dtype=builtins.float, order="C", *, device=None, like=None):
    columns = N if M is None else M
    if k == 0:
        return ndarray(torch.eye(N, columns, dtype=_element_type(dtype)))
    rows = torch.arange(N).reshape(-1, 1)
    return ndarray((torch.arange(columns) - rows == k).to(_element_type(dtype)))


def identity(n, dtype=None, *, like=None):
    return eye(n, dtype=builtins.float if dtype is None else dtype)


def arange(*bounds, start=None, stop=None, step=None, dtype=None, device=None, like=None):
    given = list(bounds)
    if len(given) == 4:
        dtype = given.pop()
    if len(given) == 1 and stop is None and start is None:
        first, last, by = 0, given[0], step
    else:
        first = given[0] if given else start or 0
        last = given[1] if len(given) > 1 else stop
        by = given[2] if len(given) > 2 else step
    by = 1 if by is None else by
    whole = builtins.all([isinstance(bound, builtins.int) for bound in (first, last, by)])
    kind = _element_type(dtype) or (torch.int64 if whole else torch.float64)
    if whole:
        return ndarray(torch.arange(first, last, by).to(kind))
    first, last, by = [each if _is_scalar(each) else builtins.float(each) for each in (first, last, by)]
    count = builtins.max(math.ceil((last - first) / by), 0)
    # As numpy computes it: the step is the difference of the first two elements.
    step = (first + by) - first
    if not kind.is_floating_point:
        first, step = builtins.int(first), builtins.int(first + by) - builtins.int(first)
    return ndarray(_cast(torch.arange(count).to(torch.float64) * step + first, kind))


def tri(N, M=None, k=0, dtype=builtins.float, *, like=None):
    return ndarray(torch.tril(torch.ones(N, N if M is None else M, dtype=torch.float64), k).to(_element_type(dtype)))


def _points(start, stop, num, endpoint):
    """Points between, along a new first axis, and their distance."""
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    parts = num - 1 if endpoint else num
    first, last = torch.broadcast_tensors(_tensor(start).to(torch.float64), _tensor(stop).to(torch.float64))
    column = torch.arange(num).to(torch.float64).reshape((-1,) + (1,) * first.dim())
    step = (last - first) / parts if parts > 0 else (last - first) * math.nan
    made = (column * step if parts > 0 else column * (last - first)) + first
    if endpoint and num > 1:
        made = torch.cat([made[:-1], last.unsqueeze(0)])
    return made, step


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    made, step = _points(start, stop, num, endpoint)
    kind = _element_type(dtype) or torch.float64
    if not kind.is_floating_point:
        made = torch.floor(made)
    found = ndarray(_cast(made.movedim(0, axis) if axis != 0 else made, kind))
    return (found, _result(step)) if retstep else found


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    made, _ = _points(start, stop, num, endpoint)
    found = torch.pow(torch.tensor(base, dtype=torch.float64), made.movedim(0, axis) if axis != 0 else made)
    return ndarray(_cast(found, _element_type(dtype) or torch.float64))


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    if not (_is_scalar(start) and _is_scalar(stop)):
        first, last = _tensor(start).to(torch.float64), _tensor(stop).to(torch.float64)
        made, _ = _points(ndarray(torch.log10(first)), ndarray(torch.log10(last)), num, endpoint)
        found = torch.pow(torch.tensor(10.0, dtype=torch.float64), made)
        return ndarray(_cast(found.movedim(0, axis), _element_type(dtype) or torch.float64))
    if start * stop <= 0:
        raise ValueError("Geometric sequence cannot include zero")
    sign = 1.0 if start > 0 else -1.0
    made, _ = _points(0.0, math.log10(stop / start), num, endpoint)
    found = torch.pow(torch.tensor(10.0, dtype=torch.float64), made) * builtins.abs(start) * sign
    if num > 0:
        found[0] = builtins.float(start)
        if endpoint and num > 1:
            found[-1] = builtins.float(stop)
    return ndarray(_cast(found, _element_type(dtype) or torch.float64))


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    axes = [_tensor(axis).reshape(-1) for axis in xi]
    order = list(range(len(axes)))
    if indexing == "xy" and len(axes) > 1:
        order[0], order[1] = 1, 0
    made = [axis.reshape((1,) * at + (-1,) + (1,) * (len(axes) - 1 - at)) for axis, at in zip(axes, order)]
    if not sparse and made:
        made = [each.clone() for each in torch.broadcast_tensors(*made)]
    return tuple([ndarray(each) for each in made])


def diag(v, k=0):
    return ndarray(torch.diag(_tensor(v), k))


def diagflat(v, k=0):
    return ndarray(torch.diag(_tensor(v).reshape(-1), k))


def tril(m, k=0):
    found = _tensor(m)
    return ndarray(torch.tril(found if found.dim() > 1 else found.expand(len(found), len(found)), k))


def triu(m, k=0):
    found = _tensor(m)
    return ndarray(torch.triu(found if found.dim() > 1 else found.expand(len(found), len(found)), k))


def vander(x, N=None, increasing=False):
    found = _tensor(x)
    count = len(found) if N is None else N
    powers = torch.arange(count) if increasing else torch.arange(count - 1, -1, -1)
    made = torch.pow(found.to(torch.float64).reshape(-1, 1), powers.to(torch.float64))
    return ndarray(made if found.is_floating_point() else torch.round(made).to(torch.int64))


def fromfunction(function, shape, *, dtype=builtins.float, like=None, **kwargs):
    import numpy

    return function(*numpy.indices(shape, dtype=dtype), **kwargs)


def fromiter(iter, dtype, count=-1, *, like=None):
    items = list(iter)
    return array(items if count < 0 else items[:count], dtype)


def fromstring(string, dtype=builtins.float, count=-1, *, sep, like=None):
    if not sep:
        return stop("numpy.fromstring of bytes is not followed")
    parts = string.split(sep if sep.strip() else None)
    return array([builtins.float(part) for part in parts if part.strip()][: None if count < 0 else count], dtype)


def frombuffer(buffer, dtype=builtins.float, count=-1, offset=0, *, like=None):
    return stop("numpy.frombuffer is not followed")


from_dlpack = asarray


def bmat(obj, ldict=None, gdict=None):
    return stop("matrices of numpy (numpy.matrix) are not followed; use arrays")


mat = asmatrix = matrix = bmat


def array2string(a, *args, **kwargs):
    return str(asarray(a))


array_repr = array_str = array2string


def set_printoptions(*args, **kwargs):
    pass


def get_printoptions():
    return {}


class printoptions:
    """Also numpy.errstate: what is printed or warned about is nothing here."""

    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False

    def __call__(self, function):
        return function


errstate = printoptions


def seterr(*args, **kwargs):
    return {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


geterr = seterr
