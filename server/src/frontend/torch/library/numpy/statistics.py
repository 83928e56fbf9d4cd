"""numpy's statistics: orders, averages, correlations, histograms, differences, convolutions, interpolation."""

import builtins
import math

import numpy
import torch
from numpy._array import _axis, _floating, _is_scalar, _promoted, _result, _shaped, _tensor, _values, ndarray
from numpy._elementwise import _placed
from numpy._reductions import _axes, _unset
from numpy._types import _element_type
from torch._registry import is_data, stop


def _gathered(a, axis):
    """The axes that are reduced joined into the last one; the shape that they leave with keepdims."""
    found = _tensor(a)
    axes = _axes(axis, found.dim())
    rest = [each for each in range(found.dim()) if each not in axes]
    kept = [1 if each in axes else found.shape[each] for each in range(found.dim())]
    moved = found.permute([*rest, *axes])
    return moved.reshape([found.shape[each] for each in rest] + [-1]), tuple(kept)


_methods = {
    "linear": lambda low, high, part: low + (high - low) * part,
    "lower": lambda low, high, part: low,
    "higher": lambda low, high, part: high if part > 0 else low,
    "midpoint": lambda low, high, part: (low + high) / 2 if part > 0 else low,
}


def _quantile(a, q, axis, out, method, keepdims, skip_nan=False):
    levels = _tensor(q).to(torch.float64)
    if not is_data(levels) and builtins.bool(torch.logical_or(levels < 0, levels > 1).any()):
        raise ValueError("Quantiles must be in the range [0, 1]")
    if method not in _methods and method != "nearest":
        return stop(f"numpy.quantile with method={method!r} is not followed")
    found, kept = _gathered(a, axis)
    if not found.is_floating_point() or (levels.dim() > 0 and method in ("linear", "midpoint")):
        found = found.to(torch.float64)
    if skip_nan and not is_data(found) and builtins.bool(torch.isnan(found).any()):
        return stop("quantiles of arrays with missing numbers are not followed; take the numbers first")
    ordered = torch.sort(found, -1)[0]
    bad = torch.isnan(found).any(-1)
    length = found.shape[-1]
    made = []
    for level in levels.reshape(-1).tolist():
        place = level * (length - 1)
        below = builtins.int(math.floor(place))
        above = builtins.min(below + 1, length - 1)
        if method == "nearest":
            each = ordered[..., builtins.round(place)]
        else:
            each = _methods[method](ordered[..., below], ordered[..., above], place - below)
        each = torch.where(bad, torch.full_like(each, math.nan), each)
        made.append(each.reshape(kept) if keepdims else each)
    whole = torch.stack(made).reshape(tuple(levels.shape) + tuple(made[0].shape)) if levels.dim() else made[0]
    return _placed(_result(whole), out, True, ())


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None, interpolation=None):
    if weights is not None:
        return stop("numpy.quantile with weights is not followed")
    return _quantile(a, q, axis, out, interpolation or method, keepdims)


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None, interpolation=None):
    if weights is not None:
        return stop("numpy.percentile with weights is not followed")
    return _quantile(a, _tensor(q).to(torch.float64) / 100, axis, out, interpolation or method, keepdims)


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _quantile(a, 0.5, axis, out, "midpoint", keepdims)


def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    return _quantile(a, q, axis, out, method, keepdims, True)


def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    return _quantile(a, _tensor(q).to(torch.float64) / 100, axis, out, method, keepdims, True)


def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _quantile(a, 0.5, axis, out, "midpoint", keepdims, True)


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        made = numpy.mean(a, axis, keepdims=keepdims)
        count = numpy.size(a) / numpy.size(made)
        return (made, numpy.zeros_like(made) + count if not _is_scalar(made) else count) if returned else made
    found, given = _tensor(a), _tensor(weights)
    if given.dim() != found.dim():
        at = _axis(axis, found.dim())
        given = given.reshape([-1 if each == at else 1 for each in range(found.dim())])
    given = given.expand(found.shape)
    total = numpy.sum(ndarray(given), axis, keepdims=keepdims)
    if not is_data(given) and builtins.bool(numpy.any(numpy.equal(total, 0))):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    made = numpy.divide(numpy.sum(numpy.multiply(ndarray(found), ndarray(given)), axis, keepdims=keepdims), total)
    return (made, numpy.multiply(total, 1.0)) if returned else made


def _centred(m, y, rowvar):
    found = _floating(numpy.atleast_2d(m))
    if not rowvar and _tensor(m).dim() > 1:
        found = found.transpose(0, 1)
    if y is not None:
        other = _floating(numpy.atleast_2d(y))
        found = torch.cat(_promoted([found, other if rowvar or other.shape[0] == 1 else other.transpose(0, 1)]), 0)
    return found


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    if fweights is not None or aweights is not None:
        return stop("numpy.cov with weights is not followed")
    found = _centred(m, y, rowvar).to(torch.float64)
    if dtype is not None:
        found = found.to(_element_type(dtype))
    freedom = ddof if ddof is not None else (0 if bias else 1)
    found = found - found.mean(1, keepdim=True)
    return _result((found @ found.transpose(0, 1) / (found.shape[1] - freedom)).squeeze())


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    found = cov(x, y, rowvar, dtype=dtype)
    if _is_scalar(found):
        return found / found
    scale = numpy.sqrt(numpy.diag(found))
    return numpy.clip(found / scale[:, None] / scale[None, :], -1, 1)


def bincount(x, /, weights=None, minlength=0):
    places = _values(x, "numpy.bincount")
    if builtins.any([each < 0 for each in places]):
        raise ValueError("'list' argument must have no negative elements")
    counts = [0] * builtins.max(minlength, builtins.max(places, default=-1) + 1)
    given = None if weights is None else _values(weights, "numpy.bincount")
    for n, each in enumerate(places):
        counts[each] += 1 if given is None else given[n]
    return _shaped(counts, (len(counts),), torch.int64 if weights is None else torch.float64)


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    if isinstance(bins, str):
        return stop("numpy.histogram with bins chosen from the values is not followed")
    if not _is_scalar(bins):
        return ndarray(_tensor(bins))
    values = _values(a, "numpy.histogram") if range is None else []
    low, high = range if range is not None else ((builtins.min(values), builtins.max(values)) if values else (0.0, 1.0))
    if low == high:
        low, high = low - 0.5, high + 0.5
    kind = _tensor(a).dtype
    return numpy.linspace(low, high, bins + 1, dtype=kind if kind.is_floating_point else None)


def histogram(a, bins=10, range=None, density=None, weights=None):
    edges = histogram_bin_edges(a, bins, range)
    ends = edges.tolist()
    values = _values(a, "numpy.histogram")
    given = [1] * len(values) if weights is None else _values(weights, "numpy.histogram")
    counts = [0] * (len(ends) - 1)
    for value, weight in zip(values, given):
        if ends[0] <= value <= ends[-1]:
            counts[_bin_of(value, ends)] += weight
    whole = weights is None or not _tensor(weights).is_floating_point()
    found = _shaped(counts, (len(counts),), torch.int64 if whole else torch.float64)
    if density:
        return found / numpy.diff(edges) / numpy.sum(found), edges
    return found, edges


def _bin_of(value, ends):
    low, high = 0, len(ends) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if value >= ends[middle]:
            low = middle
        else:
            high = middle
    return low


def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    found = numpy.atleast_2d(sample) if isinstance(sample, (list, tuple)) and not _is_scalar(sample[0]) else numpy.asarray(sample)
    columns = [each for each in (found if isinstance(sample, (list, tuple)) else found.T)]
    each_bins = [bins] * len(columns) if _is_scalar(bins) else list(bins)
    edges = [histogram_bin_edges(column, each_bins[n], None if range is None else range[n]) for n, column in enumerate(columns)]
    shape = tuple([len(each) - 1 for each in edges])
    counts = numpy.zeros(shape)
    ends = [each.tolist() for each in edges]
    given = None if weights is None else _values(weights, "numpy.histogramdd")
    for n, row in enumerate(zip(*[column.tolist() for column in columns])):
        if builtins.all([end[0] <= value <= end[-1] for value, end in zip(row, ends)]):
            counts[tuple([_bin_of(value, end) for value, end in zip(row, ends)])] += 1 if given is None else given[n]
    if density:
        return stop("numpy.histogramdd with density=True is not followed")
    return counts, tuple(edges)


def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return counts, edges[0], edges[1]


# Differences, sums and products along an axis


def diff(a, n=1, axis=-1, prepend=_unset, append=_unset):
    found = ndarray(_tensor(a))
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    at = _axis(axis, found.ndim)
    parts = [found]
    for given, before in ((prepend, True), (append, False)):
        if given is _unset:
            continue
        edge = numpy.asarray(given)
        if edge.ndim == 0:
            sizes = list(found.shape)
            sizes[at] = 1
            edge = numpy.broadcast_to(edge, tuple(sizes))
        parts = [edge, *parts] if before else [*parts, edge]
    if len(parts) > 1:
        found = numpy.concatenate(parts, at)
    ahead, behind = (slice(None),) * at + (slice(1, None),), (slice(None),) * at + (slice(None, -1),)
    for _ in range(n):
        found = (numpy.not_equal if found.dtype == "bool" else numpy.subtract)(found[ahead], found[behind])
    return found


def ediff1d(ary, to_end=None, to_begin=None):
    parts = [diff(numpy.ravel(ary))]
    if to_begin is not None:
        parts.insert(0, numpy.ravel(numpy.asarray(to_begin)))
    if to_end is not None:
        parts.append(numpy.ravel(numpy.asarray(to_end)))
    return numpy.concatenate(parts) if len(parts) > 1 else parts[0]


def gradient(f, *varargs, axis=None, edge_order=1):
    found = ndarray(_floating(f))
    axes = _axes(axis, found.ndim)
    if edge_order != 1 or builtins.any([not _is_scalar(each) for each in varargs]):
        return stop("numpy.gradient with edge_order=2 or with places of its own is not followed")
    steps = [1.0] * len(axes) if not varargs else list(varargs) * (len(axes) if len(varargs) == 1 else 1)
    made = []
    for at, step in zip(axes, steps):
        before = (slice(None),) * at

        def part(a, b):
            return found[before + (slice(a, b),)]

        inner = (part(2, None) - part(None, -2)) / (2.0 * step)
        first, last = (part(1, 2) - part(0, 1)) / step, (part(-1, None) - part(-2, -1)) / step
        made.append(numpy.concatenate([first, inner, last], at))
    return made[0] if len(made) == 1 else tuple(made)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    found = numpy.asarray(y)
    at = _axis(axis, found.ndim)
    before = (slice(None),) * at
    if x is None:
        width = dx
    else:
        given = numpy.asarray(x)
        width = diff(given, axis=axis) if given.ndim > 1 else diff(given).reshape([-1 if each == at else 1 for each in range(found.ndim)])
    return numpy.sum(width * (found[before + (slice(1, None),)] + found[before + (slice(None, -1),)]) / 2.0, at)


trapz = trapezoid


def interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        return stop("numpy.interp with a period is not followed")
    places, values = _values(xp, "numpy.interp"), _values(fp, "numpy.interp")
    found = _tensor(x)
    low, high = values[0] if left is None else left, values[-1] if right is None else right
    made = [_interpolated(each, places, values, low, high) for each in _values(x, "numpy.interp")]
    return _result(_shaped(made, tuple(found.shape), torch.float64)._tensor)


def _interpolated(x, places, values, low, high):
    if x < places[0]:
        return low
    if x > places[-1]:
        return high
    if x == places[-1]:
        return values[-1]
    at = _bin_of(x, places)
    slope = (values[at + 1] - values[at]) / (places[at + 1] - places[at])
    return slope * (x - places[at]) + values[at]


def convolve(a, v, mode="full"):
    left, right = numpy.atleast_1d(a), numpy.atleast_1d(v)
    if left.size == 0 or right.size == 0:
        raise ValueError("a cannot be empty" if left.size == 0 else "v cannot be empty")
    if left.size < right.size:
        left, right = right, left
    n, m = left.size, right.size
    total = numpy.zeros(n + m - 1, numpy.result_type(left.dtype, right.dtype))
    # The shorter one, element by element.
    for at in range(m):
        total[at : at + n] = total[at : at + n] + left * right[at]
    if mode == "full":
        return total
    if mode == "same":
        start = (m - 1) // 2
        return total[start : start + n]
    if mode == "valid":
        return total[m - 1 : n]
    raise ValueError("mode must be one of 'valid', 'same', or 'full'")


def correlate(a, v, mode="valid"):
    left, right = numpy.atleast_1d(a), numpy.atleast_1d(v)
    if left.size < right.size:
        return correlate(right, left, mode)[::-1]
    n, m = left.size, right.size
    total = convolve(left, right[::-1], "full")
    if mode == "same":
        start = (m - 1) // 2
        return total[start : start + n]
    return total if mode == "full" else total[m - 1 : n]
