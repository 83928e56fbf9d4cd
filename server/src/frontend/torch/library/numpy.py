"""numpy, as far as model code uses it: constants, element types, and arrays that follow from the code.

An array wraps a tensor; numbers in give Python numbers out, as numpy's scalars behave.
"""

import builtins
import math

import torch
from torch._registry import is_data, label_classes, unknown

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
euler_gamma = 0.5772156649015329
newaxis = None


class generic:
    """Scalar types: calling one converts; it also names an element type."""

    _dtype = None

    def __new__(cls, value=0):
        if isinstance(value, (ndarray, list, tuple)):
            return array(value, dtype=cls)
        return torch.tensor(value).to(cls._dtype).item()


class number(generic):
    pass


class integer(number):
    pass


class floating(number):
    pass


class signedinteger(integer):
    pass


class float16(floating):
    _dtype = torch.float16


class float32(floating):
    _dtype = torch.float32


class float64(floating):
    _dtype = torch.float64


class int8(signedinteger):
    _dtype = torch.int8


class int16(signedinteger):
    _dtype = torch.int16


class int32(signedinteger):
    _dtype = torch.int32


class int64(signedinteger):
    _dtype = torch.int64


class uint8(integer):
    _dtype = torch.uint8


class bool_(generic):
    _dtype = torch.bool


half = float16
single = float32
double = float_ = float64
int_ = intp = longlong = int64

_named = {
    "float16": torch.float16,
    "float32": torch.float32,
    "float64": torch.float64,
    "float": torch.float64,
    "f4": torch.float32,
    "f8": torch.float64,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "int": torch.int64,
    "uint8": torch.uint8,
    "bool": torch.bool,
    builtins.float: torch.float64,
    builtins.int: torch.int64,
    builtins.bool: torch.bool,
}


def _element_type(dtype):
    if dtype is None or isinstance(dtype, torch.dtype):
        return dtype
    if isinstance(dtype, type) and issubclass(dtype, generic):
        return dtype._dtype
    return _named[dtype]


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
    else:
        found = torch.tensor(x)
    return found if dtype is None else found.to(dtype)


def _promoted(tensors):
    dtype = tensors[0].dtype
    for other in tensors[1:]:
        dtype = torch.promote_types(dtype, other.dtype)
    return [t.to(dtype) for t in tensors]


def _result(tensor):
    """Arrays without axes are numbers; one that follows from data stays an array."""
    return tensor.item() if tensor.dim() == 0 and not is_data(tensor) else ndarray(tensor)


def _floating(x):
    found = _tensor(x)
    return found if found.is_floating_point() else found.to(torch.float64)


def _key(key):
    if isinstance(key, tuple):
        return tuple(_key(part) for part in key)
    return key._tensor if isinstance(key, ndarray) else key


def _is_reversal(part):
    return isinstance(part, slice) and part.step == -1 and part.start is None and part.stop is None


def _reversed_axes(key):
    """Axes that `::-1` reverses, and the key without them."""
    parts = key if isinstance(key, tuple) else (key,)
    if not builtins.any([_is_reversal(part) for part in parts]):
        return [], key
    dots = [place for place, part in enumerate(parts) if part is Ellipsis]
    before = dots[0] if dots else len(parts)
    axes = [at if at < before else at - len(parts) for at, part in enumerate(parts) if _is_reversal(part)]
    return axes, tuple([slice(None) if _is_reversal(part) else part for part in parts])


def _shape(sizes):
    return tuple(sizes[0]) if len(sizes) == 1 and not _is_scalar(sizes[0]) else tuple(sizes)


class ndarray:
    __array_priority__ = 0

    def __init__(self, tensor):
        self._tensor = tensor

    shape = property(lambda self: tuple(self._tensor.shape))
    ndim = property(lambda self: self._tensor.dim())
    size = property(lambda self: self._tensor.numel())
    dtype = property(lambda self: self._tensor.dtype)
    T = property(lambda self: self.transpose())

    def __len__(self):
        return len(self._tensor)

    def __iter__(self):
        return iter([_result(row) for row in self._tensor])

    def __getitem__(self, key):
        axes, forward = _reversed_axes(key)
        return _result((torch.flip(self._tensor, axes) if axes else self._tensor)[_key(forward)])

    def __setitem__(self, key, value):
        self._tensor[_key(key)] = _tensor(value, self._tensor.dtype)

    def __repr__(self):
        return f"array({self.tolist()})"

    def __bool__(self):
        return builtins.bool(self._tensor)

    def __float__(self):
        return builtins.float(self._tensor)

    def __int__(self):
        return builtins.int(self._tensor)

    def __index__(self):
        return builtins.int(self._tensor)

    def __neg__(self):
        return ndarray(-self._tensor)

    def __abs__(self):
        return ndarray(self._tensor.abs())

    def __invert__(self):
        return ndarray(~self._tensor)

    def __add__(self, other):
        return add(self, other)

    def __radd__(self, other):
        return add(other, self)

    def __sub__(self, other):
        return subtract(self, other)

    def __rsub__(self, other):
        return subtract(other, self)

    def __mul__(self, other):
        return multiply(self, other)

    def __rmul__(self, other):
        return multiply(other, self)

    def __truediv__(self, other):
        return divide(self, other)

    def __rtruediv__(self, other):
        return divide(other, self)

    def __floordiv__(self, other):
        return floor_divide(self, other)

    def __rfloordiv__(self, other):
        return floor_divide(other, self)

    def __mod__(self, other):
        return mod(self, other)

    def __pow__(self, other):
        return power(self, other)

    def __rpow__(self, other):
        return power(other, self)

    def __matmul__(self, other):
        return matmul(self, other)

    def __rmatmul__(self, other):
        return matmul(other, self)

    def __eq__(self, other):
        return _binary(torch.eq, self, other)

    def __ne__(self, other):
        return _binary(torch.ne, self, other)

    def __lt__(self, other):
        return _binary(torch.lt, self, other)

    def __le__(self, other):
        return _binary(torch.le, self, other)

    def __gt__(self, other):
        return _binary(torch.gt, self, other)

    def __ge__(self, other):
        return _binary(torch.ge, self, other)

    def __and__(self, other):
        return _binary(torch.bitwise_and, self, other)

    def __or__(self, other):
        return _binary(torch.bitwise_or, self, other)

    def astype(self, dtype, copy=True):
        return ndarray(self._tensor.to(_element_type(dtype)))

    def item(self, *index):
        return self._tensor[index].item() if index else self._tensor.item()

    def tolist(self):
        return self._tensor.tolist()

    def copy(self):
        return ndarray(self._tensor.clone())

    def fill(self, value):
        self._tensor.fill_(value)

    def reshape(self, *sizes):
        return ndarray(self._tensor.reshape(_shape(sizes)))

    def flatten(self):
        return ndarray(self._tensor.flatten())

    def ravel(self):
        return ndarray(self._tensor.flatten())

    def transpose(self, *axes):
        order = _shape(axes) if axes else tuple(reversed(range(self.ndim)))
        return ndarray(self._tensor.permute(order))

    def swapaxes(self, a, b):
        return ndarray(self._tensor.transpose(a, b))

    def squeeze(self, axis=None):
        return ndarray(self._tensor.squeeze() if axis is None else self._tensor.squeeze(axis))

    def repeat(self, count, axis=None):
        return repeat(self, count, axis)

    def sum(self, axis=None, keepdims=False):
        return sum(self, axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        return mean(self, axis, keepdims=keepdims)

    def std(self, axis=None, ddof=0, keepdims=False):
        return std(self, axis, ddof=ddof, keepdims=keepdims)

    def var(self, axis=None, ddof=0, keepdims=False):
        return var(self, axis, ddof=ddof, keepdims=keepdims)

    def max(self, axis=None, keepdims=False):
        return max(self, axis, keepdims=keepdims)

    def min(self, axis=None, keepdims=False):
        return min(self, axis, keepdims=keepdims)

    def prod(self, axis=None):
        return prod(self, axis)

    def cumsum(self, axis=None):
        return cumsum(self, axis)

    def dot(self, other):
        return dot(self, other)

    def all(self):
        return builtins.bool(self._tensor.all())

    def any(self):
        return builtins.bool(self._tensor.any())

    def argmax(self, axis=None):
        return argmax(self, axis)


# Making arrays


def array(data, dtype=None, copy=True, ndmin=0):
    return ndarray(_tensor(data, _element_type(dtype)).clone())


asarray = ascontiguousarray = array


def zeros(shape, dtype=float64):
    return ndarray(torch.zeros(_shape((shape,)), dtype=_element_type(dtype)))


empty = zeros


def ones(shape, dtype=float64):
    return ndarray(torch.ones(_shape((shape,)), dtype=_element_type(dtype)))


def full(shape, value, dtype=None):
    filled = _tensor(value, _element_type(dtype))
    return ndarray(filled.expand(_shape((shape,))).clone())


def zeros_like(x, dtype=None):
    return ndarray(torch.zeros_like(_tensor(x), dtype=_element_type(dtype)))


def ones_like(x, dtype=None):
    return ndarray(torch.ones_like(_tensor(x), dtype=_element_type(dtype)))


def full_like(x, value, dtype=None):
    return ndarray(torch.full_like(_tensor(x), value, dtype=_element_type(dtype)))


def eye(n, m=None, dtype=float64):
    return ndarray(torch.eye(n, n if m is None else m, dtype=_element_type(dtype)))


identity = eye


def arange(*bounds, dtype=None):
    whole = all(isinstance(bound, builtins.int) for bound in bounds)
    return ndarray(torch.arange(*bounds, dtype=_element_type(dtype) or (torch.int64 if whole else torch.float64)))


def tri(N, M=None, k=0, dtype=float64):
    return ndarray(torch.tril(torch.ones(N, N if M is None else M, dtype=_element_type(dtype)), k))


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    points = torch.linspace(start, stop, num if endpoint else num + 1, dtype=torch.float64)[:num]
    return ndarray(points.to(_element_type(dtype) or torch.float64))


def logspace(start, stop, num=50, base=10.0, dtype=None):
    return ndarray(torch.logspace(start, stop, num, base=base, dtype=_element_type(dtype) or torch.float64))


def meshgrid(*axes, indexing="xy"):
    return [ndarray(grid) for grid in torch.meshgrid(*[_tensor(axis) for axis in axes], indexing=indexing)]


def diag(x, k=0):
    return ndarray(torch.diag(_tensor(x), k))


def tril(x, k=0):
    return ndarray(torch.tril(_tensor(x), k))


def triu(x, k=0):
    return ndarray(torch.triu(_tensor(x), k))


# Elementwise


def _unary(function, number=None, keeps_integers=False):
    # Tables are often computed number by number, hence without a call in between.
    def apply(x):
        if isinstance(x, _numbers):
            return _tensor(x).item() if number is None else number(x)
        return _result(function(_tensor(x) if keeps_integers else _floating(x)))

    return apply


def _guarded(function, at_zero):
    """numpy gives -inf or nan with a warning where math raises."""
    return lambda x: function(x) if x > 0 else (at_zero if x == 0 else nan)


sqrt = _unary(torch.sqrt, lambda x: nan if x < 0 else math.sqrt(x))
exp = _unary(torch.exp, math.exp)
expm1 = _unary(torch.expm1, math.expm1)
log = _unary(torch.log, _guarded(math.log, -inf))
log2 = _unary(torch.log2, _guarded(math.log2, -inf))
log10 = _unary(torch.log10, _guarded(math.log10, -inf))
log1p = _unary(torch.log1p, math.log1p)
sin = _unary(torch.sin, math.sin)
cos = _unary(torch.cos, math.cos)
tan = _unary(torch.tan, math.tan)
tanh = _unary(torch.tanh, math.tanh)
arctan = _unary(torch.atan, math.atan)
arctanh = _unary(torch.atanh, math.atanh)
deg2rad = radians = _unary(torch.deg2rad, math.radians)
floor = _unary(torch.floor, lambda x: builtins.float(math.floor(x)))
ceil = _unary(torch.ceil, lambda x: builtins.float(math.ceil(x)))
trunc = _unary(torch.trunc, lambda x: builtins.float(math.trunc(x)))
sign = _unary(torch.sign, lambda x: (x > 0) - (x < 0), keeps_integers=True)
abs = absolute = fabs = _unary(torch.abs, builtins.abs, keeps_integers=True)
square = _unary(torch.square, lambda x: x * x, keeps_integers=True)
isnan = _unary(torch.isnan, math.isnan)
isfinite = _unary(torch.isfinite, math.isfinite)
isinf = _unary(torch.isinf, math.isinf)


def round(x, decimals=0):
    if _is_scalar(x):
        return builtins.round(x, decimals) * 1.0
    return _result(torch.round(_floating(x), decimals=decimals))


around = rint = round


def _binary(function, a, b):
    if torch.is_tensor(a) or torch.is_tensor(b):
        return function(_tensor(a), _tensor(b))
    left, right = _tensor(a), _tensor(b)
    # A number does not widen the array it meets.
    if _is_scalar(a) and not (isinstance(a, builtins.float) and not right.is_floating_point()):
        left = left.to(right.dtype)
    if _is_scalar(b) and not (isinstance(b, builtins.float) and not left.is_floating_point()):
        right = right.to(left.dtype)
    return _result(function(left, right))


def add(a, b):
    return _binary(torch.add, a, b)


def subtract(a, b):
    return _binary(torch.sub, a, b)


def multiply(a, b):
    return _binary(torch.mul, a, b)


def divide(a, b):
    floats = [x if torch.is_tensor(x) else (x * 1.0 if _is_scalar(x) else ndarray(_floating(x))) for x in (a, b)]
    return _binary(torch.div, *floats)


true_divide = divide


def floor_divide(a, b):
    return _binary(torch.floor_divide, a, b)


def mod(a, b):
    return _binary(torch.remainder, a, b)


def power(a, b):
    if isinstance(a, _numbers) and isinstance(b, _numbers):
        return a**b
    return _binary(torch.pow, a, b)


def maximum(a, b):
    return builtins.max(a, b) if _is_scalar(a) and _is_scalar(b) else _binary(torch.maximum, a, b)


def minimum(a, b):
    return builtins.min(a, b) if _is_scalar(a) and _is_scalar(b) else _binary(torch.minimum, a, b)


def clip(x, low, high):
    if _is_scalar(x):
        return minimum(maximum(x, low), high)
    return _result(torch.clamp(_tensor(x), low, high))


def where(condition, a, b):
    return _result(torch.where(_tensor(condition), *_promoted([_tensor(a), _tensor(b)])))


# Reductions


def _reduction(function, x, axis, keepdims):
    found = _tensor(x)
    axes = tuple(range(found.dim())) if axis is None else axis
    return _result(found if axes == () else function(found, axes, keepdims))


def sum(x, axis=None, dtype=None, keepdims=False):
    return _reduction(lambda t, axes, keep: torch.sum(t, axes, keepdim=keep), x, axis, keepdims)


def mean(x, axis=None, dtype=None, keepdims=False):
    return _reduction(lambda t, axes, keep: torch.mean(_floating(t), axes, keepdim=keep), x, axis, keepdims)


average = mean


def var(x, axis=None, ddof=0, keepdims=False):
    return _reduction(lambda t, axes, keep: torch.var(_floating(t), axes, correction=ddof, keepdim=keep), x, axis, keepdims)


def std(x, axis=None, ddof=0, keepdims=False):
    return sqrt(var(x, axis, ddof, keepdims))


def max(x, axis=None, keepdims=False):
    # Of the labels of a known data set the largest is known without its files.
    classes = None if axis is not None or _is_scalar(x) else label_classes(_tensor(x))
    return classes - 1 if classes is not None else _reduction(lambda t, axes, keep: torch.amax(t, axes, keepdim=keep), x, axis, keepdims)


def min(x, axis=None, keepdims=False):
    return _reduction(lambda t, axes, keep: torch.amin(t, axes, keepdim=keep), x, axis, keepdims)


amax = max
amin = min


def prod(x, axis=None, dtype=None):
    found = _tensor(x)
    return _result(torch.prod(found.flatten(), 0) if axis is None else torch.prod(found, axis))


def cumsum(x, axis=None):
    found = _tensor(x)
    return ndarray(torch.cumsum(found.flatten(), 0) if axis is None else torch.cumsum(found, axis))


def cumprod(x, axis=None):
    found = _tensor(x)
    return ndarray(torch.cumprod(found.flatten(), 0) if axis is None else torch.cumprod(found, axis))


def argmax(x, axis=None):
    return _result(torch.argmax(_tensor(x), axis))


def argmin(x, axis=None):
    return _result(torch.argmin(_tensor(x), axis))


def argsort(x, axis=-1):
    return ndarray(torch.argsort(_tensor(x), axis))


def unique(x, return_index=False, return_inverse=False, return_counts=False, axis=None):
    """Of the labels of a known data set, and of arrays that the code makes."""
    tensor = _tensor(x)
    classes = label_classes(tensor)
    if classes is not None and not (return_index or return_inverse or return_counts):
        return arange(classes)
    if is_data(tensor) or return_index or axis is not None:
        return unknown("the different values of an array")
    found = ndarray(torch.unique(tensor))
    values = found.tolist()
    elements = tensor.reshape(-1).tolist()
    inverse = [array([values.index(each) for each in elements])] if return_inverse else []
    counts = [array([elements.count(each) for each in values])] if return_counts else []
    return (found, *inverse, *counts) if inverse or counts else found


def sort(x, axis=-1):
    return ndarray(torch.sort(_tensor(x), axis)[0])


def any(x):
    return builtins.bool(_tensor(x).any())


def all(x):
    return builtins.all(x) if not isinstance(x, (ndarray, torch.Tensor)) else builtins.bool(_tensor(x).all())


# Shapes and products


def shape(x):
    return tuple(_tensor(x).shape)


def ndim(x):
    return _tensor(x).dim()


def reshape(x, sizes):
    return ndarray(_tensor(x).reshape(_shape((sizes,))))


def pad(x, pad_width, mode="constant", constant_values=0):
    """The same amount on both sides of every axis, on every axis, or each by itself."""
    found = _tensor(x)
    widths = [pad_width, pad_width] if _is_scalar(pad_width) else list(pad_width)
    pairs = [widths] * found.dim() if _is_scalar(widths[0]) else [tuple(pair) for pair in widths]
    if len(pairs) == 1:
        pairs = pairs * found.dim()
    if mode != "constant":
        return unknown(f"numpy.pad with mode {mode}")
    flat = [width for before, after in reversed(pairs) for width in (before, after)]
    return ndarray(torch.nn.functional.pad(found, flat, value=constant_values))


def transpose(x, axes=None):
    return ndarray(_tensor(x)).transpose(*(axes or ()))


def expand_dims(x, axis):
    return ndarray(_tensor(x).unsqueeze(axis))


def squeeze(x, axis=None):
    return ndarray(_tensor(x)).squeeze(axis)


def concatenate(arrays, axis=0):
    return ndarray(torch.cat(_promoted([_tensor(x) for x in arrays]), axis))


def stack(arrays, axis=0):
    return ndarray(torch.stack(_promoted([_tensor(x) for x in arrays]), axis))


def vstack(arrays):
    return ndarray(torch.vstack(_promoted([_tensor(x) for x in arrays])))


def hstack(arrays):
    return ndarray(torch.hstack(_promoted([_tensor(x) for x in arrays])))


def tile(x, counts):
    return ndarray(_tensor(x).tile(_shape((counts,))))


def repeat(x, count, axis=None):
    found = _tensor(x)
    return ndarray(torch.repeat_interleave(found.flatten() if axis is None else found, count, 0 if axis is None else axis))


def flip(x, axis=None):
    found = _tensor(x)
    axes = tuple(range(found.dim())) if axis is None else (axis,) if _is_scalar(axis) else axis
    return ndarray(torch.flip(found, axes))


def roll(x, shift, axis=None):
    return ndarray(torch.roll(_tensor(x), shift, axis))


def outer(a, b):
    return ndarray(torch.outer(*_promoted([_tensor(a).flatten(), _tensor(b).flatten()])))


def matmul(a, b):
    return _result(torch.matmul(*_promoted([_tensor(a), _tensor(b)])))


def dot(a, b):
    if _is_scalar(a) or _is_scalar(b):
        return multiply(a, b)
    return matmul(a, b)


def einsum(pattern, *operands):
    return _result(torch.einsum(pattern, *_promoted([_tensor(x) for x in operands])))


def array_equal(a, b):
    return shape(a) == shape(b) and builtins.bool((_tensor(a) == _tensor(b)).all())


# Names that numpy gave up in 1.24, and older code still uses.
float = builtins.float
int = builtins.int
bool = builtins.bool
