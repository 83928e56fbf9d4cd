"""numpy's orders and sets: sorting, different values, membership."""

import builtins

import torch
from numpy._array import _axis, _promoted, _result, _shaped, _tensor, _values, ndarray
from torch._registry import is_data, label_classes, stop, unknown


def _plain(order):
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields.")


def _sortable(a, axis):
    found = _tensor(a)
    along = found.reshape(-1) if axis is None else found
    return along, (0 if axis is None else _axis(axis, along.dim()))


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    _plain(order)
    found, at = _sortable(a, axis)
    if found.dtype is torch.bool:
        return ndarray(torch.sort(found.to(torch.uint8), at)[0].to(torch.bool))
    return ndarray(torch.sort(found, at)[0])


def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    _plain(order)
    found, at = _sortable(a, axis)
    return ndarray(torch.argsort(found.to(torch.uint8) if found.dtype is torch.bool else found, at, stable=True))


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """Sorted: every place then holds what a partition asks of it."""
    return sort(a, axis)


def argpartition(a, kth, axis=-1, kind="introselect", order=None):
    return argsort(a, axis)


def sort_complex(a):
    return stop("complex numbers in arrays of numpy are not followed")


def lexsort(keys, axis=-1):
    arrays = [_tensor(each) for each in keys]
    if arrays[0].dim() == 0:
        return 0
    order = torch.argsort(arrays[0], axis, stable=True)
    for each in arrays[1:]:
        again = torch.argsort(torch.take_along_dim(each, order, axis), axis, stable=True)
        order = torch.take_along_dim(order, again, axis)
    return ndarray(order)


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True):
    """Of the labels of a known data set, and of arrays that the code makes."""
    tensor = _tensor(ar)
    more = return_index or return_inverse or return_counts
    classes = label_classes(tensor)
    if classes is not None and not more:
        import numpy

        return numpy.arange(classes)
    if is_data(tensor):
        return unknown("the different values of an array")
    if axis is None:
        rows, inside = tensor.reshape(-1).tolist(), None
    else:
        moved = tensor.movedim(axis, 0)
        inside = tuple(moved.shape[1:])
        rows = [tuple(row.reshape(-1).tolist()) for row in moved]
    values, first, inverse, counts = _different(rows, equal_nan)
    if axis is None:
        found = _shaped(values, (len(values),), tensor.dtype)
    else:
        flat = [each for row in values for each in row]
        found = ndarray(_shaped(flat, (len(values), *inside), tensor.dtype)._tensor.movedim(0, axis))
    if not more:
        return found
    whole = torch.int64
    made = [found]
    if return_index:
        made.append(_shaped(first, (len(first),), whole))
    if return_inverse:
        made.append(_shaped(inverse, tuple(tensor.shape) if axis is None else (len(rows),), whole))
    if return_counts:
        made.append(_shaped(counts, (len(counts),), whole))
    return tuple(made)


def _different(rows, equal_nan):
    """Different rows in order, where each comes first, which of them each row is, and how often."""
    order = builtins.sorted(range(len(rows)), key=lambda at: (rows[at] != rows[at], rows[at]) if not isinstance(rows[at], tuple) else (False, rows[at]))
    values, first, counts, inverse = [], [], [], [0] * len(rows)
    for at in order:
        row = rows[at]
        same = bool(values) and (values[-1] == row or (equal_nan and row != row and values[-1] != values[-1]))
        if not same:
            values.append(row)
            first.append(at)
            counts.append(0)
        counts[-1] += 1
        inverse[at] = len(values) - 1
    return values, first, inverse, counts


def unique_values(x):
    return unique(x, equal_nan=False)


def unique_counts(x):
    return unique(x, return_counts=True, equal_nan=False)


def unique_inverse(x):
    return unique(x, return_inverse=True, equal_nan=False)


def unique_all(x):
    return unique(x, True, True, True, equal_nan=False)


def _of_both(ar1, ar2, choose):
    left, right = _promoted([_tensor(ar1).reshape(-1), _tensor(ar2).reshape(-1)])
    first, second = _values(left, "a set"), _values(right, "a set")
    made = builtins.sorted(set(choose(first, second)))
    return _shaped(made, (len(made),), left.dtype)


def union1d(ar1, ar2):
    return _of_both(ar1, ar2, lambda a, b: a + b)


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    def common(a, b):
        others = set(b)
        return [each for each in a if each in others]

    found = _of_both(ar1, ar2, common)
    if not return_indices:
        return found
    first, second = _values(ar1, "a set"), _values(ar2, "a set")
    values = found.tolist()
    places = [_shaped([each.index(value) for value in values], (len(values),), torch.int64) for each in (first, second)]
    return found, places[0], places[1]


def setdiff1d(ar1, ar2, assume_unique=False):
    left = _tensor(ar1).reshape(-1)
    others = set(_values(ar2, "a set"))
    kept = [each for each in _values(left, "a set") if each not in others]
    made = kept if assume_unique else builtins.sorted(set(kept))
    return _shaped(made, (len(made),), left.dtype)


def setxor1d(ar1, ar2, assume_unique=False):
    def odd(a, b):
        return list(set(a) ^ set(b))

    return _of_both(ar1, ar2, odd)


def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    found = _tensor(element)
    others = set(_values(test_elements, "numpy.isin"))
    made = [(each in others) != invert for each in _values(element, "numpy.isin")]
    return _result(_shaped(made, tuple(found.shape), torch.bool)._tensor)


def in1d(ar1, ar2, assume_unique=False, invert=False):
    return isin(ndarray(_tensor(ar1).reshape(-1)), ar2, assume_unique, invert)
