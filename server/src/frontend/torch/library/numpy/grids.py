"""numpy's grids and walks over indices: r_, c_, s_, mgrid, ogrid, ndindex, ndenumerate, nditer, windows that slide."""

import builtins
import itertools
import math

import numpy
import torch
from numpy._array import _is_scalar, _result, _shape, _tensor, ndarray
from torch._registry import stop


def _steps(part):
    """The points of a slice; an imaginary step counts points, which this interpreter's numbers do not have."""
    start = 0 if part.start is None else part.start
    step = 1 if part.step is None else part.step
    return numpy.arange(start, part.stop, step)


class _Grid:
    def __init__(self, sparse):
        self._sparse = sparse

    def __getitem__(self, key):
        if isinstance(key, slice):
            return _steps(key)
        axes = [_steps(part) for part in key]
        kind = numpy.result_type(*[each.dtype for each in axes])
        made = numpy.meshgrid(*[each.astype(kind) for each in axes], indexing="ij", sparse=self._sparse)
        return made if self._sparse else numpy.stack(made)


mgrid = _Grid(False)
ogrid = _Grid(True)


class _Joined:
    def __init__(self, columns):
        self._columns = columns

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        if builtins.any([isinstance(part, str) for part in parts]):
            return stop("numpy.r_ and numpy.c_ with directions in text are not followed")
        arrays = [_steps(part) if isinstance(part, slice) else numpy.atleast_1d(part) for part in parts]
        if not self._columns:
            return numpy.concatenate(arrays, -1)
        return numpy.concatenate([each.reshape(-1, 1) if each.ndim == 1 else each for each in arrays], -1)


r_ = _Joined(False)
c_ = _Joined(True)


class _Key:
    def __getitem__(self, key):
        return key


s_ = index_exp = _Key()


def ndindex(*shape):
    return iter(list(itertools.product(*[range(length) for length in _shape(shape)])))


def ndenumerate(arr):
    found = numpy.asarray(arr)
    return iter(list(zip(itertools.product(*[range(length) for length in found.shape]), found.reshape(-1).tolist())))


class flatiter:
    """`array.flat`"""

    def __init__(self, array):
        self.base = array

    def __iter__(self):
        return iter(self.base._tensor.reshape(-1).tolist())

    def __len__(self):
        return self.base.size

    def __getitem__(self, key):
        return self.base.reshape(-1)[key]

    def __setitem__(self, key, value):
        flat = self.base.reshape(-1).copy()
        flat[key] = value
        self.base[...] = flat.reshape(self.base.shape)

    def __array__(self, dtype=None, copy=None):
        return self.base.reshape(-1)


class nditer:
    """The elements in order; writing to them is refused."""

    def __init__(self, op, flags=(), op_flags=None, *args, **kwargs):
        arrays = op if isinstance(op, (list, tuple)) and builtins.any([isinstance(each, ndarray) for each in op]) else [op]
        if "external_loop" in flags or "write" in str(op_flags):
            stop("numpy.nditer that writes, or that gives more than one element at a time, is not followed")
        self._arrays = numpy.broadcast_arrays(*arrays)
        self.shape = self._arrays[0].shape
        self.finished = self._arrays[0].size == 0
        self.iterindex = 0
        self._elements = [each.reshape(-1).tolist() for each in self._arrays]
        self._places = list(itertools.product(*[range(length) for length in self.shape]))

    multi_index = property(lambda self: self._places[self.iterindex])
    index = property(lambda self: self.iterindex)
    value = property(lambda self: self[0] if len(self._elements) == 1 else tuple([each[self.iterindex] for each in self._elements]))

    def __getitem__(self, at):
        return self._elements[at][self.iterindex]

    def iternext(self):
        self.iterindex += 1
        self.finished = self.iterindex >= len(self._places)
        return not self.finished

    def __iter__(self):
        while not self.finished:
            yield self.value
            self.iternext()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


class broadcast:
    """The common shape of arrays, and their elements side by side."""

    def __init__(self, *args):
        self._arrays = numpy.broadcast_arrays(*args)
        self.shape = self._arrays[0].shape
        self.ndim = self.nd = len(self.shape)
        self.size = math.prod(self.shape)

    def __iter__(self):
        return iter(list(zip(*[each.reshape(-1).tolist() for each in self._arrays])))


# numpy.lib.stride_tricks


def sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False):
    found = _tensor(x)
    sizes = (window_shape,) if _is_scalar(window_shape) else tuple(window_shape)
    axes = tuple(range(found.dim())) if axis is None else (axis,) if _is_scalar(axis) else tuple(axis)
    if len(sizes) != len(axes):
        raise ValueError("Must provide matching length window_shape and axis")
    for at, length in zip(axes, sizes):
        found = found.unfold(at, length, 1)
    return ndarray(found)


def as_strided(x, shape=None, strides=None, subok=False, writeable=True):
    """Strides in bytes over the elements in order; as a copy."""
    found = numpy.asarray(x)
    sizes = found.shape if shape is None else tuple(shape)
    steps = found.strides if strides is None else tuple(strides)
    places = torch.zeros((), dtype=torch.int64)
    for axis, (length, step) in enumerate(zip(sizes, steps)):
        if step % found.itemsize:
            return stop("strides that are no multiple of an element's bytes are not followed")
        row = torch.arange(length) * (step // found.itemsize)
        places = places + row.reshape((1,) * axis + (-1,) + (1,) * (len(sizes) - 1 - axis))
    return _result(found._tensor.reshape(-1)[places])


class _StrideTricks:
    sliding_window_view = staticmethod(sliding_window_view)
    as_strided = staticmethod(as_strided)


stride_tricks = _StrideTricks()
