"""numpy's element types: scalar classes, `dtype` objects, their promotion and their limits.

Unsigned types of more than 8 bits are held as int64; complex numbers, text, dates and records are refused.
"""

import builtins

import torch
from torch._registry import stop


class generic:
    """Scalar types: calling one converts; it also names an element type."""

    _dtype = None

    def __new__(cls, value=0):
        import numpy

        if cls._dtype is None:
            raise TypeError(f"cannot create '{cls.__name__}' instances")
        if isinstance(value, (numpy.ndarray, list, tuple)):
            return numpy.array(value, dtype=cls)
        return torch.tensor(value).to(cls._dtype).item()


class number(generic):
    pass


class integer(number):
    pass


class inexact(number):
    pass


class floating(inexact):
    pass


class complexfloating(inexact):
    pass


class signedinteger(integer):
    pass


class unsignedinteger(integer):
    pass


class flexible(generic):
    pass


class character(flexible):
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


class uint8(unsignedinteger):
    _dtype = torch.uint8


class bool_(generic):
    _dtype = torch.bool


half = float16
single = float32
double = float_ = longdouble = float64
int_ = intp = longlong = long = int64
intc = int32
short = int16
byte = int8
ubyte = uint8


class uint16(unsignedinteger):
    # torch has no such types, so that they become int64 before a model sees them.
    _dtype = torch.int64


class uint32(unsignedinteger):
    _dtype = torch.int64


class uint64(unsignedinteger):
    _dtype = torch.int64


ushort = uint16
uintc = uint32
uint = uintp = ulong = ulonglong = uint64

_scalars = {cls._dtype: cls for cls in (float16, float32, float64, int8, int16, int32, int64, uint8, bool_)}
_codes = {
    torch.float16: ("float16", "f", 2, "e"),
    torch.float32: ("float32", "f", 4, "f"),
    torch.float64: ("float64", "f", 8, "d"),
    torch.int8: ("int8", "i", 1, "b"),
    torch.int16: ("int16", "i", 2, "h"),
    torch.int32: ("int32", "i", 4, "i"),
    torch.int64: ("int64", "i", 8, "l"),
    torch.uint8: ("uint8", "u", 1, "B"),
    torch.bool: ("bool", "b", 1, "?"),
}


class dtype:
    """An element type; one object each."""

    def __new__(cls, spec, align=False, copy=False):
        return _dtypes[_element_type(float64 if spec is None else spec)]

    def __eq__(self, other):
        if other is None or isinstance(other, torch.dtype):
            return False
        return isinstance(other, (dtype, str, type)) and _named_type(other) is self._torch

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f"dtype('{self.name}')"

    def __str__(self):
        return self.name

    def newbyteorder(self, order=None):
        return self


def _made(torch_type):
    found = object.__new__(dtype)
    name, kind, size, char = _codes[torch_type]
    found._torch = torch_type
    found.name = name
    found.kind = kind
    found.itemsize = size
    found.char = char
    found.str = ("|" if size == 1 else "<") + kind + str(size)
    found.type = _scalars[torch_type]
    found.shape = ()
    found.ndim = 0
    found.byteorder = "|" if size == 1 else "="
    found.names = found.fields = None
    return found


_dtypes = {torch_type: _made(torch_type) for torch_type in _codes}

_named = {
    "half": torch.float16,
    "float": torch.float64,
    "float_": torch.float64,
    "single": torch.float32,
    "double": torch.float64,
    "int": torch.int64,
    "int_": torch.int64,
    "long": torch.int64,
    "intp": torch.int64,
    "intc": torch.int32,
    "short": torch.int16,
    "byte": torch.int8,
    "ubyte": torch.uint8,
    "bool_": torch.bool,
    "uint": torch.int64,
    "uint16": torch.int64,
    "uint32": torch.int64,
    "uint64": torch.int64,
    "u2": torch.int64,
    "u4": torch.int64,
    "u8": torch.int64,
    "i": torch.int32,
    "q": torch.int64,
    builtins.float: torch.float64,
    builtins.int: torch.int64,
    builtins.bool: torch.bool,
}
for _type, (_name, _kind, _size, _char) in _codes.items():
    _named[_name] = _named[_char] = _named[f"{_kind}{_size}"] = _type


def _named_type(spec):
    """The element type of torch behind a name, a class or a `dtype`; None if it has none."""
    if isinstance(spec, dtype):
        return spec._torch
    if isinstance(spec, type) and issubclass(spec, generic):
        return spec._dtype
    if isinstance(spec, str):
        return _named.get(spec.lstrip("<>=|"))
    return _named.get(spec) if isinstance(spec, type) else None


def _element_type(spec):
    if spec is None or isinstance(spec, torch.dtype):
        return spec
    found = _named_type(spec)
    return stop(f"arrays of the element type {spec} are not followed") if found is None else found


_signed = (torch.int8, torch.int16, torch.int32, torch.int64)
_floats = (torch.float16, torch.float32, torch.float64)


def _promote(a, b):
    """The common element type of two arrays, as numpy has it: int64 and float32 give float64."""
    if a is b or b is torch.bool:
        return a
    if a is torch.bool:
        return b
    if a in _floats and b in _floats:
        return _floats[builtins.max(_floats.index(a), _floats.index(b))]
    if a in _floats or b in _floats:
        real, whole = (a, b) if a in _floats else (b, a)
        bits = _codes[whole][2]
        least = torch.float16 if bits == 1 else torch.float32 if bits == 2 else torch.float64
        return _promote(real, least)
    if torch.uint8 in (a, b):
        other = b if a is torch.uint8 else a
        return torch.int16 if other is torch.int8 else other
    return _signed[builtins.max(_signed.index(a), _signed.index(b))]


def _of_function(torch_type):
    """The type in which a function of real numbers (sqrt, exp, …) is computed."""
    return _promote(torch_type, torch.float16)


def promote_types(a, b):
    return _dtypes[_promote(_element_type(a), _element_type(b))]


def result_type(*operands):
    """Arrays and types by their types; Python numbers by their kind alone."""
    import numpy

    types = []
    weak = []
    for each in operands:
        if isinstance(each, (builtins.bool, builtins.int, builtins.float)):
            weak.append(each)
        else:
            types.append(_element_type(each.dtype if isinstance(each, numpy.ndarray) else each))
    if not types:
        return numpy.array(weak).dtype
    common = types[0]
    for other in types[1:]:
        common = _promote(common, other)
    for each in weak:
        common = _with_number(common, each)
    return _dtypes[common]


def _with_number(torch_type, value):
    """The type of an array that meets a Python number, which does not widen it."""
    if isinstance(value, builtins.bool) or torch_type in _floats:
        return torch_type
    if isinstance(value, builtins.float):
        return torch.float64
    return torch.int64 if torch_type is torch.bool else torch_type


def can_cast(from_, to, casting="safe"):
    source = _element_type(from_.dtype if hasattr(from_, "dtype") else from_)
    target = _element_type(to)
    if casting == "unsafe" or source is target:
        return True
    if casting in ("no", "equiv"):
        return False
    if casting == "same_kind":
        order = "buif"
        source_kind, target_kind = _codes[source][1], _codes[target][1]
        return order.index(source_kind) <= order.index(target_kind) and not (source_kind == "i" and target_kind == "u")
    return _promote(source, target) is target


def min_scalar_type(value):
    if isinstance(value, builtins.bool):
        return _dtypes[torch.bool]
    if isinstance(value, builtins.float):
        return _dtypes[torch.float16]
    return stop("numpy.min_scalar_type of whole numbers is not followed")


def common_type(*arrays):
    found = torch.float16
    for each in arrays:
        given = _element_type(each.dtype)
        found = _promote(found, given if given in _floats else torch.float64)
    return _scalars[found]


def issubdtype(a, b):
    def scalar(spec):
        if isinstance(spec, type) and issubclass(spec, generic):
            return spec
        return _scalars[_element_type(spec)]

    return issubclass(scalar(a), scalar(b))


_kinds = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}


def isdtype(given, kind):
    kinds = kind if isinstance(kind, tuple) else (kind,)
    code = _codes[_element_type(given)][1]
    return builtins.any([code in _kinds[each] if each in _kinds else dtype(each) == given for each in kinds])


def issctype(rep):
    return isinstance(rep, type) and issubclass(rep, generic)


class finfo:
    """Limits of a floating type."""

    def __init__(self, spec):
        torch_type = _element_type(getattr(spec, "dtype", spec))
        if torch_type not in _floats:
            raise ValueError(f"data type {spec!r} not inexact")
        limits = torch.finfo(torch_type)
        self.dtype = _dtypes[torch_type]
        self.bits = 8 * self.dtype.itemsize
        self.eps = limits.eps
        self.max = limits.max
        self.min = limits.min
        self.tiny = self.smallest_normal = limits.tiny
        self.nmant, self.precision = {16: (10, 3), 32: (23, 6), 64: (52, 15)}[self.bits]
        self.resolution = 10.0**-self.precision
        self.epsneg = limits.eps / 2
        self.smallest_subnormal = limits.tiny * limits.eps
        self.iexp = self.bits - 1 - self.nmant
        self.maxexp = 2 ** (self.iexp - 1)
        self.minexp = 2 - self.maxexp


class iinfo:
    """Limits of a whole type; those of the wide unsigned ones by their names."""

    def __init__(self, spec):
        wide = {"uint16": 16, "uint32": 32, "uint64": 64}.get(getattr(spec, "__name__", spec))
        torch_type = _element_type(getattr(spec, "dtype", spec))
        if torch_type in _floats or torch_type is torch.bool:
            raise ValueError(f"Invalid integer data type {_codes[torch_type][1]!r}.")
        self.dtype = _dtypes[torch_type]
        self.kind = "u" if wide else self.dtype.kind
        self.bits = wide or 8 * self.dtype.itemsize
        signs = 0 if self.kind == "u" else 1
        self.max = 2 ** (self.bits - signs) - 1
        self.min = -(2 ** (self.bits - 1)) if signs else 0
