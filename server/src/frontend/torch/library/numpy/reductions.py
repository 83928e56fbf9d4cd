"""numpy's reductions and scans: sums, products, extremes, means, spreads, places of extremes."""

import builtins
import math

import torch
from numpy._array import _axis, _cast, _is_scalar, _result, _tensor, ndarray
from numpy._elementwise import _placed
from numpy._types import _element_type
from numpy._whole import _narrowed
from torch._registry import is_data, is_input, label_classes, stop

_unset = object()


def _axes(axis, ndim):
    if axis is None:
        return tuple(range(ndim))
    return tuple([_axis(each, ndim) for each in ((axis,) if _is_scalar(axis) else axis)])


def _reduced(function, tensor, axis, keepdims):
    """`function(tensor, axes, keepdim)`; without axes the tensor as it is."""
    axes = _axes(axis, tensor.dim())
    return tensor if axes == () else function(tensor, axes, keepdims)


def _masked(tensor, where, neutral):
    if where is True:
        return tensor
    mask = _tensor(where).to(torch.bool)
    return torch.where(mask, tensor, torch.full_like(tensor, neutral))


def _total_type(found, dtype):
    """Whole numbers and bools add up as int64."""
    if dtype is not None:
        return _element_type(dtype)
    return found.dtype if found.is_floating_point() else torch.int64


def _accumulated(function, found, kind, axis, keepdims):
    """A sum or product. Whole numbers are added up with 53 bits."""
    if kind.is_floating_point or is_input(found):
        return _result(_reduced(function, _cast(found, kind), axis, keepdims))
    exact = _reduced(function, _cast(found, kind).to(torch.float64), axis, keepdims)
    if exact.dim() == 0:
        value = exact.item()
        if builtins.abs(value) > 2**53:
            return stop("whole numbers of more than 53 bits are not followed; make the array one of floats")
        return builtins.int(value)
    return ndarray(_narrowed(exact, kind))


def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    if isinstance(a, (list, tuple)) and len(a) == 0:
        return 0.0 + initial
    found = _masked(_tensor(a), where, 0)
    kind = _total_type(found, dtype)
    made = _accumulated(lambda t, axes, keep: torch.sum(t, axes, keepdim=keep), found, kind, axis, keepdims)
    return _placed(made if initial == 0 else made + initial, out, True, ())


def _products(tensor, axes, keep):
    for axis in sorted(axes, reverse=True):
        tensor = torch.prod(tensor, axis, keep)
    return tensor


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    if isinstance(a, (list, tuple)) and builtins.all([isinstance(each, builtins.int) for each in a]) and axis is None and dtype is None and where is True and out is None and not keepdims:
        # Products of sizes, in Python's whole numbers.
        return math.prod(a) * initial if len(a) else 1.0 * initial
    found = _masked(_tensor(a), where, 1)
    made = _accumulated(_products, found, _total_type(found, dtype), axis, keepdims)
    return _placed(made if initial == 1 else made * initial, out, True, ())


def _mean_type(found, dtype):
    if dtype is not None:
        return _element_type(dtype)
    return found.dtype if found.is_floating_point() else torch.float64


def _count(found, axis, where, keepdims):
    ones = torch.ones_like(found, dtype=torch.float64)
    return _reduced(lambda t, axes, keep: torch.sum(t, axes, keepdim=keep), _masked(ones, where, 0), axis, keepdims)


def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    given = _tensor(a)
    found = given.to(_mean_type(given, dtype))
    if where is True:
        made = _reduced(lambda t, axes, keep: torch.mean(t, axes, keepdim=keep), found, axis, keepdims)
    else:
        total = _reduced(lambda t, axes, keep: torch.sum(t, axes, keepdim=keep), _masked(found, where, 0), axis, keepdims)
        made = (total / _count(found, axis, where, keepdims)).to(found.dtype)
    return _placed(_result(made), out, True, ())


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    given = _tensor(a)
    found = given.to(_mean_type(given, dtype))
    freedom = ddof if correction is None else correction
    count = _count(found, axis, where, True)
    adding = lambda t, axes, keep: torch.sum(t, axes, keepdim=keep)
    middle = _reduced(adding, _masked(found, where, 0), axis, True) / count if mean is None else _tensor(mean)
    squares = _masked((found - middle) ** 2, where, 0)
    rest = torch.clamp(_count(found, axis, where, keepdims) - freedom, 0)
    made = (_reduced(adding, squares, axis, keepdims) / rest).to(found.dtype)
    return _placed(_result(made), out, True, ())


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    made = var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    return _placed(_result(torch.sqrt(_tensor(made))), out, True, ())


def _extreme(a, axis, out, keepdims, initial, where, function, between):
    found = _tensor(a)
    if where is not True:
        if initial is _unset:
            raise ValueError("reduction operation 'maximum' does not have an identity, so to use a where mask one has to specify 'initial'")
        found = _masked(found, where, initial)
    if found.numel() == 0 and initial is _unset and not is_data(found):
        raise ValueError("zero-size array to reduction operation maximum which has no identity")
    made = _result(_reduced(function, found, axis, keepdims))
    return _placed(made if initial is _unset else between(made, _result(_tensor(initial, found.dtype))), out, True, ())


def max(a, axis=None, out=None, keepdims=False, initial=_unset, where=True):
    import numpy

    # Of the labels of a known data set the largest is known without its files.
    classes = None if axis is not None or _is_scalar(a) else label_classes(_tensor(a))
    if classes is not None:
        return classes - 1
    return _extreme(a, axis, out, keepdims, initial, where, lambda t, axes, keep: torch.amax(t, axes, keepdim=keep), numpy.maximum)


def min(a, axis=None, out=None, keepdims=False, initial=_unset, where=True):
    import numpy

    return _extreme(a, axis, out, keepdims, initial, where, lambda t, axes, keep: torch.amin(t, axes, keepdim=keep), numpy.minimum)


amax = max
amin = min


def ptp(a, axis=None, out=None, keepdims=False):
    import numpy

    return _placed(numpy.subtract(max(a, axis, keepdims=keepdims), min(a, axis, keepdims=keepdims)), out, True, ())


def _scanned(function, a, axis, dtype, out):
    found = _tensor(a)
    kind = _total_type(found, dtype)
    along = found.reshape(-1) if axis is None else found
    at = 0 if axis is None else _axis(axis, found.dim())
    if kind.is_floating_point or is_input(found):
        made = ndarray(function(along.to(kind), at))
    else:
        made = ndarray(_narrowed(function(along.to(torch.float64), at), kind))
    return _placed(made, out, True, ())


def cumsum(a, axis=None, dtype=None, out=None):
    return _scanned(torch.cumsum, a, axis, dtype, out)


def cumprod(a, axis=None, dtype=None, out=None):
    return _scanned(torch.cumprod, a, axis, dtype, out)


def _cumulative(function, x, axis, dtype, out, include_initial, first):
    import numpy

    if axis is None:
        if numpy.ndim(x) != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        axis = 0
    made = function(x, axis, dtype, out)
    if not include_initial:
        return made
    return numpy.concatenate([numpy.full_like(numpy.take(made, [0], axis), first), made], axis)


def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    return _cumulative(cumsum, x, axis, dtype, out, include_initial, 0)


def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    return _cumulative(cumprod, x, axis, dtype, out, include_initial, 1)


def _place_of(function, a, axis, out, keepdims):
    found = _tensor(a)
    if found.dtype is torch.bool:
        found = found.to(torch.uint8)
    if axis is None:
        made = function(found.reshape(-1), 0)
        return _placed(_result(made.reshape((1,) * found.dim()) if keepdims else made), out, True, ())
    return _placed(_result(function(found, _axis(axis, found.dim()), keepdims)), out, True, ())


def argmax(a, axis=None, out=None, *, keepdims=False):
    return _place_of(torch.argmax, a, axis, out, keepdims)


def argmin(a, axis=None, out=None, *, keepdims=False):
    return _place_of(torch.argmin, a, axis, out, keepdims)


def _whether(function, a, axis, out, keepdims, where, neutral):
    found = _masked(_tensor(a).to(torch.bool), where, neutral)
    axes = _axes(axis, found.dim())
    for each in sorted(axes, reverse=True):
        found = function(found, each, keepdims)
    return _placed(_result(found), out, True, ())


def any(a, axis=None, out=None, keepdims=False, *, where=True):
    return _whether(torch.any, a, axis, out, keepdims, where, False)


def all(a, axis=None, out=None, keepdims=False, *, where=True):
    return _whether(torch.all, a, axis, out, keepdims, where, True)


def count_nonzero(a, axis=None, *, keepdims=False):
    return sum(_result(_tensor(a).to(torch.bool)), axis, keepdims=keepdims)


# Without the elements that are not a number


def _numbers_of(a, neutral):
    found = _tensor(a)
    if not found.is_floating_point():
        return found, None
    missing = torch.isnan(found)
    return torch.where(missing, torch.full_like(found, neutral), found), ndarray(torch.logical_not(missing))


def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    return sum(ndarray(_numbers_of(a, 0)[0]), axis, dtype, out, keepdims, initial, where)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    return prod(ndarray(_numbers_of(a, 1)[0]), axis, dtype, out, keepdims, initial, where)


def nancumsum(a, axis=None, dtype=None, out=None):
    return cumsum(ndarray(_numbers_of(a, 0)[0]), axis, dtype, out)


def nancumprod(a, axis=None, dtype=None, out=None):
    return cumprod(ndarray(_numbers_of(a, 1)[0]), axis, dtype, out)


def _present(a, where):
    import numpy

    found, present = _numbers_of(a, 0)
    if present is None:
        return ndarray(found), where
    return ndarray(found), present if where is True else numpy.logical_and(present, where)


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    found, present = _present(a, where)
    return mean(found, axis, dtype, out, keepdims, where=present)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    found, present = _present(a, where)
    return var(found, axis, dtype, out, ddof, keepdims, where=present, mean=mean, correction=correction)


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    found, present = _present(a, where)
    return std(found, axis, dtype, out, ddof, keepdims, where=present, mean=mean, correction=correction)


def _nan_extreme(function, a, axis, out, keepdims, initial, where, edge):
    found, present = _numbers_of(a, edge)
    made = function(ndarray(found), axis, None, keepdims, initial, where)
    if present is None:
        return _placed(made, out, True, ())
    some = any(present, axis, keepdims=keepdims)
    whole = torch.where(_tensor(some), _tensor(made), torch.full_like(_tensor(made), math.nan))
    return _placed(_result(whole), out, True, ())


def nanmax(a, axis=None, out=None, keepdims=False, initial=_unset, where=True):
    return _nan_extreme(max, a, axis, out, keepdims, initial, where, -math.inf)


def nanmin(a, axis=None, out=None, keepdims=False, initial=_unset, where=True):
    return _nan_extreme(min, a, axis, out, keepdims, initial, where, math.inf)


def nanargmax(a, axis=None, out=None, *, keepdims=False):
    return argmax(ndarray(_numbers_of(a, -math.inf)[0]), axis, out, keepdims=keepdims)


def nanargmin(a, axis=None, out=None, *, keepdims=False):
    return argmin(ndarray(_numbers_of(a, math.inf)[0]), axis, out, keepdims=keepdims)
