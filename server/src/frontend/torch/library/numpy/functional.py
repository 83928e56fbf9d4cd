"""numpy's functions of functions, and its exceptions and checks."""

import builtins

import numpy
from numpy._array import _axis, _is_scalar, _tensor, ndarray
from torch._registry import stop


class vectorize:
    """A function of numbers, called element by element."""

    def __init__(self, pyfunc=None, otypes=None, doc=None, excluded=None, cache=False, signature=None):
        if signature is not None or excluded:
            stop("numpy.vectorize with a signature or excluded arguments is not followed")
        self.pyfunc = pyfunc
        self.otypes = otypes

    def __call__(self, *args, **kwargs):
        if self.pyfunc is None:
            return vectorize(args[0], self.otypes)
        names = list(kwargs)
        arrays = numpy.broadcast_arrays(*args, *[kwargs[name] for name in names])
        columns = [each.reshape(-1).tolist() for each in arrays]
        if arrays[0].size == 0 and self.otypes is None:
            raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
        count = len(args)
        made = [self.pyfunc(*row[:count], **dict(zip(names, row[count:]))) for row in zip(*columns)]
        if made and isinstance(made[0], tuple):
            return tuple([self._shaped([row[at] for row in made], arrays[0].shape, at) for at in range(len(made[0]))])
        return self._shaped(made, arrays[0].shape, 0)

    def _shaped(self, made, shape, at):
        if made and self.otypes is None:
            # The type is that of the first result, as in numpy.
            dtype = numpy.asarray(made[0]).dtype
        else:
            dtype = self.otypes[at]
        return numpy.array(made, dtype).reshape(shape) if made else numpy.zeros(shape, dtype)


class _PythonFunction:
    def __init__(self, func, nin, nout):
        self._func, self.nin, self.nout = func, nin, nout

    def __call__(self, *args):
        return vectorize(self._func)(*args)


def frompyfunc(func, /, nin, nout, *, identity=None):
    return _PythonFunction(func, nin, nout)


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    found = _tensor(arr)
    at = _axis(axis, found.dim())
    moved = found.movedim(at, -1)
    outer = tuple(moved.shape[:-1])
    rows = [numpy.asarray(func1d(ndarray(row), *args, **kwargs)) for row in moved.reshape(-1, moved.shape[-1])]
    made = numpy.stack(rows).reshape(outer + rows[0].shape)
    inner = rows[0].ndim
    order = list(range(len(outer)))
    return made.transpose(order[:at] + [len(outer) + n for n in range(inner)] + order[at:]) if made.ndim else made.item()


def apply_over_axes(func, a, axes):
    made = numpy.asarray(a)
    for axis in (axes,) if _is_scalar(axes) else axes:
        found = numpy.asarray(func(made, axis))
        made = found if found.ndim == made.ndim else numpy.expand_dims(found, axis)
    return made


class AxisError(ValueError, IndexError):
    def __init__(self, axis, ndim=None, msg_prefix=None):
        text = axis if ndim is None else f"axis {axis} is out of bounds for array of dimension {ndim}"
        ValueError.__init__(self, text)


class VisibleDeprecationWarning(UserWarning):
    pass


class ComplexWarning(RuntimeWarning):
    pass


class RankWarning(RuntimeWarning):
    pass


class TooHardError(RuntimeError):
    pass


# numpy.testing


def _failed(message, err_msg):
    raise AssertionError(f"\n{message}\n{err_msg}")


def assert_allclose(actual, desired, rtol=1e-07, atol=0, equal_nan=True, err_msg="", verbose=True, strict=False):
    if not numpy.allclose(actual, desired, rtol, atol, equal_nan):
        _failed(f"Not equal to tolerance rtol={rtol}, atol={atol}", err_msg)


def assert_array_equal(actual, desired, err_msg="", verbose=True, strict=False):
    if not builtins.bool(numpy.all(numpy.equal(actual, desired))):
        _failed("Arrays are not equal", err_msg)


def assert_equal(actual, desired, err_msg="", verbose=True, strict=False):
    if isinstance(actual, ndarray) or isinstance(desired, ndarray):
        assert_array_equal(actual, desired, err_msg)
    elif actual != desired:
        _failed("Items are not equal", err_msg)


def assert_almost_equal(actual, desired, decimal=7, err_msg="", verbose=True):
    if not builtins.bool(numpy.all(numpy.absolute(numpy.subtract(actual, desired)) < 1.5 * 10.0**-decimal)):
        _failed(f"Arrays are not almost equal to {decimal} decimals", err_msg)


assert_array_almost_equal = assert_almost_equal


def assert_array_less(x, y, err_msg="", verbose=True, strict=False):
    if not builtins.bool(numpy.all(numpy.less(x, y))):
        _failed("Arrays are not strictly ordered `x < y`", err_msg)


def assert_(val, msg=""):
    if not val:
        raise AssertionError(msg)


def assert_raises(exception_class, callable=None, *args, **kwargs):
    return stop("numpy.testing.assert_raises is not followed")


def may_share_memory(a, b, max_work=0):
    return a is b


shares_memory = may_share_memory


def iterable(y):
    return hasattr(y, "__iter__")


def get_include():
    return ""
