"""numpy's arrays: they wrap a tensor; numbers in give Python numbers out, as numpy's scalars behave."""

import builtins

import numpy
import torch
from numpy._types import _dtypes, _element_type, _floats, _promote
from torch._registry import is_data, is_unknown, stop

_numbers = (builtins.int, builtins.float, builtins.bool)


def _is_scalar(x):
    return isinstance(x, _numbers)


def _only_numbers(x):
    for item in x:
        if not isinstance(item, _numbers):
            if not isinstance(item, (list, tuple)) or len(item) == 0 or not _only_numbers(item):
                return False
    return True


def _tensor(x, dtype=None):
    """float64 for Python floats, as numpy has it."""
    if isinstance(x, ndarray):
        found = x._tensor
    elif torch.is_tensor(x):
        found = x
    elif isinstance(x, (list, tuple)) and len(x) > 0 and _only_numbers(x):
        found = torch.tensor(x)
        if found.is_floating_point():
            found = torch.tensor(x, dtype=torch.float64)
    elif isinstance(x, (list, tuple, range)):
        items = [_tensor(item) for item in x]
        found = torch.stack(_promoted(items)) if items else torch.zeros(0, dtype=torch.float64)
    elif isinstance(x, builtins.float):
        found = torch.tensor(x, dtype=torch.float64)
    elif hasattr(x, "__array__"):
        found = _tensor(x.__array__())
    elif hasattr(x, "__next__"):
        return stop("numpy makes an array of one object of an iterator, which is not followed; make it a list")
    else:
        found = torch.tensor(x)
    return found if dtype is None else _cast(found, dtype)


_spans = {torch.uint8: (0, 256), torch.int8: (-128, 256), torch.int16: (-32768, 65536)}


def _cast(tensor, dtype):
    """Conversion of elements; whole numbers wrap round in narrow types."""
    if tensor.dtype is dtype:
        return tensor
    found = tensor.to(dtype)
    if dtype in _spans and tensor.dtype is not torch.bool:
        low, span = _spans[dtype]
        return (torch.remainder(found.to(torch.int64) - low, span) + low).to(dtype)
    return found


def _common(tensors):
    dtype = tensors[0].dtype
    for other in tensors[1:]:
        dtype = _promote(dtype, other.dtype)
    return dtype


def _promoted(tensors):
    dtype = _common(tensors)
    return [t.to(dtype) for t in tensors]


def _result(tensor):
    """Arrays without axes are numbers; one that follows from data stays an array."""
    return tensor.item() if tensor.dim() == 0 and not is_data(tensor) else ndarray(tensor)


def _floating(x):
    found = _tensor(x)
    return found if found.is_floating_point() else found.to(torch.float64)


def _values(x, what):
    """The elements of an array in a flat list: for what a function of tensors does not compute."""
    found = _tensor(x)
    if is_data(found):
        return stop(f"{what} of values that are not known")
    return found.reshape(-1).tolist()


def _shaped(values, shape, dtype):
    """An array of elements in a flat list."""
    if len(values) == 0:
        return ndarray(torch.zeros(shape, dtype=dtype))
    return ndarray(_cast(torch.tensor(values, dtype=torch.float64 if dtype in _floats else None), dtype).reshape(shape))


def _axis(axis, ndim):
    """An axis counted from the front."""
    if not -ndim <= axis < ndim:
        raise numpy.exceptions.AxisError(axis, ndim)
    return axis + ndim if axis < 0 else axis


def _index(part):
    if isinstance(part, ndarray):
        # To torch a mask, to numpy positions.
        return part._tensor.to(torch.int64) if part._tensor.dtype is torch.uint8 else part._tensor
    if isinstance(part, range):
        return list(part)
    if isinstance(part, list) and builtins.any([isinstance(item, (ndarray, list)) for item in part]):
        return _tensor(part)
    if isinstance(part, builtins.float):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices"
        )
    return part


def _key(key):
    return tuple([_index(part) for part in key]) if isinstance(key, tuple) else _index(key)


def _is_backward(part):
    return isinstance(part, slice) and part.step is not None and part.step < 0


def _axes_taken(part):
    """How many axes of the array an element of a key stands for."""
    if part is None or isinstance(part, builtins.bool):
        return 0
    if isinstance(part, ndarray) and part._tensor.dtype is torch.bool:
        return part.ndim
    return 1


def _forward(part, size):
    """The slice of the reversed axis that a slice with a negative step is."""
    step = -part.step
    if part.start is None and part.stop is None:
        return slice(None, None, step)
    start, end, _ = part.indices(size)
    first = size - 1 - start
    return slice(first, first + step * len(range(start, end, part.step)), step)


def _reversed_axes(key, shape):
    """Axes that negative steps reverse, and the key without them."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if not builtins.any([_is_backward(part) for part in parts]):
        return [], key
    taken = builtins.sum([0 if part is Ellipsis else _axes_taken(part) for part in parts])
    axes, axis = [], 0
    for place, part in enumerate(parts):
        if part is Ellipsis:
            axis += len(shape) - taken
            continue
        if _is_backward(part):
            axes.append(axis)
            parts[place] = _forward(part, shape[axis])
        axis += _axes_taken(part)
    return axes, tuple(parts)


def _shape(sizes):
    """Sizes given one by one or in one sequence."""
    if len(sizes) == 1 and isinstance(sizes[0], ndarray):
        return tuple(sizes[0].reshape(-1).tolist())
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list, range)) else tuple(sizes)


def _function(name):
    """A method that is the function of the same name."""

    def method(self, *args, **kwargs):
        return getattr(numpy, name)(self, *args, **kwargs)

    return method


def _swapped(name):
    def method(self, other):
        return NotImplemented if _is_foreign(other) else getattr(numpy, name)(other, self)

    return method


def _is_foreign(other):
    """Of another library, which has the operator itself."""
    return not isinstance(other, (ndarray, list, tuple, *_numbers)) and hasattr(other, "__array_priority__")


def _operator(name):
    def method(self, other):
        return NotImplemented if _is_foreign(other) or other is None else getattr(numpy, name)(self, other)

    return method


def _comparison(name, of_others):
    def method(self, other):
        if other is None or isinstance(other, str):
            return numpy.full(self.shape, of_others)
        return getattr(numpy, name)(self, other)

    return method


def _in_place(name):
    def method(self, other):
        made = _tensor(getattr(numpy, name)(self, other))
        if made.is_floating_point() and not self._tensor.is_floating_point():
            source, target = _dtypes[made.dtype], self.dtype
            raise TypeError(
                f"Cannot cast ufunc '{name}' output from {source!r} to {target!r} with casting rule 'same_kind'"
            )
        self._tensor[...] = _cast(made, self._tensor.dtype)
        return self

    return method


def _order(order):
    if order not in ("C", "K", "A", None):
        return stop(f"the order {order!r} of an array's elements is not followed")


def _strides(shape, step):
    """In bytes, of elements in order: an array of numpy that is a view has others."""
    made = []
    for length in reversed(shape):
        made.append(step)
        step *= length
    return tuple(reversed(made))


class ndarray:
    __array_priority__ = 0

    def __init__(self, tensor):
        self._tensor = tensor

    shape = property(lambda self: tuple(self._tensor.shape), lambda self, shape: self._take_shape(shape))
    ndim = property(lambda self: self._tensor.dim())
    size = property(lambda self: self._tensor.numel())
    dtype = property(lambda self: _dtypes[self._tensor.dtype])
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.dtype.itemsize)
    strides = property(lambda self: _strides(self.shape, self.itemsize))
    T = property(lambda self: self.transpose())
    mT = property(lambda self: self.swapaxes(-1, -2))
    real = property(lambda self: self)
    imag = property(lambda self: numpy.zeros_like(self))
    flat = property(lambda self: numpy.flatiter(self))
    base = None

    def _take_shape(self, shape):
        self._tensor = self._tensor.reshape(_shape((shape,)))

    def __len__(self):
        if self._tensor.dim() == 0:
            raise TypeError("len() of unsized object")
        return len(self._tensor)

    def __iter__(self):
        return iter([_result(row) for row in self._tensor])

    def __contains__(self, value):
        return builtins.bool((self == value).any())

    def __getitem__(self, key):
        axes, forward = _reversed_axes(key, self._tensor.shape)
        return _result((torch.flip(self._tensor, axes) if axes else self._tensor)[_key(forward)])

    def __setitem__(self, key, value):
        axes, _ = _reversed_axes(key, self._tensor.shape)
        if not axes:
            self._tensor[_key(key)] = _tensor(value, self._tensor.dtype)
            return
        places = numpy.arange(self.size).reshape(self.shape)[key]
        flat = self._tensor.reshape(-1).clone()
        flat[_tensor(places).reshape(-1)] = _tensor(numpy.broadcast_to(value, numpy.shape(places)), flat.dtype).reshape(-1)
        self._tensor[...] = flat.reshape(self.shape)

    def __repr__(self):
        return f"array({self.tolist()})"

    def __bool__(self):
        if self.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return builtins.bool(self._tensor)

    def __float__(self):
        return builtins.float(self._tensor)

    def __int__(self):
        return builtins.int(self._tensor)

    def __index__(self):
        return builtins.int(self._tensor)

    def __round__(self, digits=0):
        return numpy.round(self, digits or 0)

    def __array__(self, dtype=None, copy=None):
        return self if dtype is None else self.astype(dtype)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __divmod__(self, other):
        return numpy.divmod(self, other)

    def __pos__(self):
        return self.copy()

    __neg__ = _function("negative")
    __abs__ = _function("absolute")
    __invert__ = _function("invert")
    __add__, __radd__, __iadd__ = _operator("add"), _swapped("add"), _in_place("add")
    __sub__, __rsub__, __isub__ = _operator("subtract"), _swapped("subtract"), _in_place("subtract")
    __mul__, __rmul__, __imul__ = _operator("multiply"), _swapped("multiply"), _in_place("multiply")
    __truediv__, __rtruediv__, __itruediv__ = _operator("divide"), _swapped("divide"), _in_place("divide")
    __floordiv__, __rfloordiv__ = _operator("floor_divide"), _swapped("floor_divide")
    __ifloordiv__ = _in_place("floor_divide")
    __mod__, __rmod__, __imod__ = _operator("remainder"), _swapped("remainder"), _in_place("remainder")
    __pow__, __rpow__, __ipow__ = _operator("power"), _swapped("power"), _in_place("power")
    __matmul__, __rmatmul__, __imatmul__ = _operator("matmul"), _swapped("matmul"), _in_place("matmul")
    __and__, __rand__, __iand__ = _operator("bitwise_and"), _swapped("bitwise_and"), _in_place("bitwise_and")
    __or__, __ror__, __ior__ = _operator("bitwise_or"), _swapped("bitwise_or"), _in_place("bitwise_or")
    __xor__, __rxor__, __ixor__ = _operator("bitwise_xor"), _swapped("bitwise_xor"), _in_place("bitwise_xor")
    __lshift__, __rlshift__, __ilshift__ = _operator("left_shift"), _swapped("left_shift"), _in_place("left_shift")
    __rshift__, __rrshift__, __irshift__ = _operator("right_shift"), _swapped("right_shift"), _in_place("right_shift")
    __eq__, __ne__ = _comparison("equal", False), _comparison("not_equal", True)
    __lt__, __le__ = _operator("less"), _operator("less_equal")
    __gt__, __ge__ = _operator("greater"), _operator("greater_equal")

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        _order(order)
        if not numpy.can_cast(self.dtype, dtype, casting):
            raise TypeError(f"Cannot cast array data from {self.dtype!r} to {numpy.dtype(dtype)!r} according to the rule '{casting}'")
        made = _cast(self._tensor, _element_type(dtype))
        return ndarray(made.clone() if copy and made is self._tensor else made)

    def item(self, *index):
        if not index:
            if self.size != 1:
                raise ValueError("can only convert an array of size 1 to a Python scalar")
            return self._tensor.item()
        place = index[0] if len(index) == 1 else index
        return self._tensor[place].item() if isinstance(place, tuple) else self._tensor.reshape(-1)[place].item()

    def tolist(self):
        return self._tensor.tolist()

    def copy(self, order="C"):
        _order(order)
        return ndarray(self._tensor.clone())

    def fill(self, value):
        self._tensor.fill_(value)

    def reshape(self, *sizes, order="C", copy=None):
        _order(order)
        return ndarray(self._tensor.reshape(_shape(sizes)))

    def resize(self, *sizes, refcheck=True):
        shape = _shape(sizes)
        self._tensor = numpy.resize(self, shape)._tensor if numpy.prod(shape) <= self.size else self._grown(shape)

    def _grown(self, shape):
        zeros = torch.zeros(builtins.int(numpy.prod(shape)) - self.size, dtype=self._tensor.dtype)
        return torch.cat([self._tensor.reshape(-1), zeros]).reshape(shape)

    def flatten(self, order="C"):
        _order(order)
        return ndarray(self._tensor.reshape(-1).clone())

    def ravel(self, order="C"):
        _order(order)
        return ndarray(self._tensor.reshape(-1))

    def transpose(self, *axes):
        order = _shape(axes) if axes and axes != (None,) else tuple(reversed(range(self.ndim)))
        return ndarray(self._tensor.permute(order))

    def squeeze(self, axis=None):
        if axis is None:
            return ndarray(self._tensor.squeeze())
        axes = [_axis(each, self.ndim) for each in ((axis,) if _is_scalar(axis) else axis)]
        if builtins.any([self.shape[each] != 1 for each in axes]):
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
        return self.reshape([size for place, size in enumerate(self.shape) if place not in axes])

    def view(self, dtype=None, type=None):
        if dtype is None or dtype is ndarray or numpy.dtype(dtype) == self.dtype:
            return ndarray(self._tensor[...])
        return stop("other element types of the same bytes (ndarray.view) are not followed")

    def tobytes(self, order="C"):
        return stop("the bytes of an array are not followed")

    tostring = dump = dumps = tofile = tobytes

    def sort(self, axis=-1, kind=None, order=None, stable=None):
        self._tensor[...] = numpy.sort(self, axis, kind, order)._tensor

    def partition(self, kth, axis=-1, kind="introselect", order=None):
        self._tensor[...] = numpy.sort(self, axis)._tensor

    def setflags(self, write=None, align=None, uic=None):
        pass

    def byteswap(self, inplace=False):
        return stop("the order of bytes is not followed")

    swapaxes = _function("swapaxes")
    repeat = _function("repeat")
    sum = _function("sum")
    mean = _function("mean")
    std = _function("std")
    var = _function("var")
    max = _function("max")
    min = _function("min")
    prod = _function("prod")
    cumsum = _function("cumsum")
    cumprod = _function("cumprod")
    dot = _function("dot")
    all = _function("all")
    any = _function("any")
    argmax = _function("argmax")
    argmin = _function("argmin")
    argsort = _function("argsort")
    argpartition = _function("argpartition")
    nonzero = _function("nonzero")
    diagonal = _function("diagonal")
    trace = _function("trace")
    clip = _function("clip")
    round = _function("round")
    take = _function("take")
    put = _function("put")
    searchsorted = _function("searchsorted")
    conj = conjugate = _function("conjugate")
    ptp = _function("ptp")

    def compress(self, condition, axis=None, out=None):
        return numpy.compress(condition, self, axis, out)

    def choose(self, choices, out=None, mode="raise"):
        return numpy.choose(self, choices, out, mode)
