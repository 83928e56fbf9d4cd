"""numpy's functions of elements (ufuncs): one rule of types, broadcasting, `out=` and `where=` for all of them."""

import builtins
import math

import torch
from numpy._array import _cast, _is_scalar, _numbers, _result, _spans, _tensor, ndarray
from numpy._numbers import call_ufunc
from numpy._types import _codes, _element_type, _of_function, _promote, _with_number
from numpy._whole import _kept_whole
from torch._registry import is_input, stop


class ufunc:
    """A function of elements: `call(*operands, dtype)` without `out=` and `where=`."""

    def __init__(self, name, call, nin, identity=None, nout=1, number=None):
        self.__name__ = name
        self._call = call
        self._number = number
        self.nin = nin
        self.nout = nout
        self.nargs = nin + nout
        self.identity = identity

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"

    __call__ = call_ufunc

    def _general(self, operands, options):
        return self._call(*operands) if not options and len(operands) == self.nin else self._placed(operands, **options)

    def _placed(self, operands, out=None, where=True, dtype=None, casting="same_kind", order="K", subok=True):
        if len(operands) > self.nin:
            out = operands[self.nin]
            operands = operands[: self.nin]
        if len(operands) < self.nin:
            raise TypeError(f"{self.__name__}() takes from {self.nin} to {self.nargs} positional arguments but {len(operands)} were given")
        return _placed(self._call(*operands, dtype), out, where, operands)

    def outer(self, a, b, **options):
        left, right = _tensor(a), _tensor(b)
        return self(ndarray(left.reshape(tuple(left.shape) + (1,) * right.dim())), ndarray(right), **options)

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
        import numpy

        named = _reductions.get(self.__name__)
        if named is not None and where is True:
            extra = {} if initial is None else {"initial": initial}
            if named in ("sum", "prod"):
                extra["dtype"] = dtype
            return getattr(numpy, named)(array, axis=axis, out=out, keepdims=keepdims, **extra)
        if where is not True or out is not None or keepdims or not (axis is None or _is_scalar(axis)):
            return stop(f"numpy.{self.__name__}.reduce with these arguments is not followed")
        rows = self._rows(array, axis)
        if initial is not None:
            rows.insert(0, initial)
        if not rows:
            if self.identity is None:
                raise ValueError(f"zero-size array to reduction operation {self.__name__} which has no identity")
            return self.identity
        total = rows[0]
        for row in rows[1:]:
            total = self(total, row)
        return total

    def accumulate(self, array, axis=0, dtype=None, out=None):
        import numpy

        if self.__name__ in ("add", "multiply"):
            return (numpy.cumsum if self.__name__ == "add" else numpy.cumprod)(array, axis, dtype, out)
        rows = self._rows(array, axis)
        totals = [self(rows[0], rows[0])] if self.__name__.startswith("logical") else rows[:1]
        for row in rows[1:]:
            totals.append(self(totals[-1], row))
        return _placed(numpy.stack(totals, axis), out, True, ())

    def _rows(self, array, axis):
        found = _tensor(array)
        return [_result(row) for row in (found.reshape(-1) if axis is None else found.movedim(axis, 0))]

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        return stop(f"numpy.{self.__name__}.reduceat is not followed")

    def at(self, array, indices, b=None):
        """Changes elements one after the other, so that repeated places count each time."""
        import numpy

        key = indices if isinstance(indices, tuple) else (indices,)
        places = numpy.arange(array.size).reshape(array.shape)[key]
        others = None if b is None else numpy.broadcast_to(b, numpy.shape(places)).reshape(-1).tolist()
        flat = array.reshape(-1).copy()
        for n, place in enumerate(numpy.ravel(places).tolist()):
            flat[place] = self(flat[place]) if b is None else self(flat[place], others[n])
        array[...] = flat.reshape(array.shape)


_reductions = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}


def _placed(made, out, where, operands):
    """A result written to `out`, where `where` holds."""
    import numpy

    if isinstance(out, tuple):
        if len(out) > 1:
            return tuple([_placed(each, place, where, operands) for each, place in zip(made, out)])
        out = out[0]
    if out is None:
        # Elements that are not computed are what memory holds; they are unknown to numpy's own documentation.
        return stop("numpy's where= without out= leaves elements that nobody has set") if where is not True else made
    if where is True:
        out[...] = made
    else:
        out[...] = numpy.where(where, made, out)
    return out


def _unary(name, function, number=None, kind="float"):
    """kind: float (computed in a floating type), same (keeps the type), rounds (whole numbers as they are), bool."""

    def apply(x, dtype=None):
        if isinstance(x, _numbers) and dtype is None:
            return _tensor(x).item() if number is None else number(x)
        if hasattr(x, "_complex"):
            return x.elementwise(name)
        found = _tensor(x, _element_type(dtype))
        if kind == "float" and not found.is_floating_point():
            found = found.to(_of_function(found.dtype))
        if kind == "rounds" and not found.is_floating_point():
            return _result(found)
        return _result(function(found))

    return ufunc(name, apply, 1, number=number)


def _guarded(function, at_zero):
    """numpy gives -inf or nan with a warning where math raises."""
    return lambda x: function(x) if x > 0 else (at_zero if x == 0 else nan)


def _within(function):
    """math raises outside of a function's domain, where numpy gives nan, and where the result is too large."""

    def safe(x):
        try:
            return function(x)
        except ValueError:
            return nan
        except OverflowError:
            return inf

    return safe


inf = math.inf
nan = math.nan


def _rounded(function):
    # Whole numbers stay whole since numpy 2.1; before, they became floats.
    return lambda x: x if isinstance(x, builtins.int) or not math.isfinite(x) else builtins.float(function(x))


sqrt = _unary("sqrt", torch.sqrt, lambda x: nan if x < 0 else math.sqrt(x))
cbrt = _unary("cbrt", lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3), lambda x: math.copysign(abs(x) ** (1 / 3), x))
exp = _unary("exp", torch.exp, _within(math.exp))
exp2 = _unary("exp2", torch.exp2, _within(lambda x: 2.0**x))
expm1 = _unary("expm1", torch.expm1, _within(math.expm1))
log = _unary("log", torch.log, _guarded(math.log, -inf))
log2 = _unary("log2", torch.log2, _guarded(math.log2, -inf))
log10 = _unary("log10", torch.log10, _guarded(math.log10, -inf))
log1p = _unary("log1p", torch.log1p, lambda x: math.log1p(x) if x > -1 else (-inf if x == -1 else nan))
sin = _unary("sin", torch.sin, _within(math.sin))
cos = _unary("cos", torch.cos, _within(math.cos))
tan = _unary("tan", torch.tan, _within(math.tan))
arcsin = asin = _unary("arcsin", torch.asin, _within(math.asin))
arccos = acos = _unary("arccos", torch.acos, _within(math.acos))
arctan = atan = _unary("arctan", torch.atan, math.atan)
sinh = _unary("sinh", torch.sinh, _within(math.sinh))
cosh = _unary("cosh", torch.cosh, _within(math.cosh))
tanh = _unary("tanh", torch.tanh, math.tanh)
arcsinh = asinh = _unary("arcsinh", torch.asinh, math.asinh)
arccosh = acosh = _unary("arccosh", torch.acosh, _within(math.acosh))
arctanh = atanh = _unary("arctanh", torch.atanh, lambda x: math.atanh(x) if abs(x) < 1 else (x * inf if abs(x) == 1 else nan))
deg2rad = radians = _unary("deg2rad", torch.deg2rad, math.radians)
rad2deg = degrees = _unary("rad2deg", torch.rad2deg, math.degrees)
floor = _unary("floor", torch.floor, _rounded(math.floor), "rounds")
ceil = _unary("ceil", torch.ceil, _rounded(math.ceil), "rounds")
trunc = _unary("trunc", torch.trunc, _rounded(math.trunc), "rounds")
rint = _unary("rint", torch.round, lambda x: builtins.float(builtins.round(x)) if math.isfinite(x) else x)
fabs = _unary("fabs", torch.abs, lambda x: builtins.float(builtins.abs(x)))
abs = absolute = _unary("absolute", torch.abs, builtins.abs, "same")
conjugate = conj = _unary("conjugate", lambda x: x.to(torch.int8) if x.dtype is torch.bool else x, lambda x: x, "same")
isnan = _unary("isnan", torch.isnan, math.isnan)
isfinite = _unary("isfinite", torch.isfinite, math.isfinite)
isinf = _unary("isinf", torch.isinf, math.isinf)
signbit = _unary("signbit", torch.signbit, lambda x: math.copysign(1, x) < 0)
logical_not = _unary("logical_not", torch.logical_not, lambda x: not x, "same")


def _arithmetic(name, function, number, exact=None):
    """Keeps the type of whole numbers, which wrap round as numpy's do."""

    def apply(x, dtype=None):
        if isinstance(x, _numbers) and dtype is None:
            return number(x)
        found = _tensor(x, _element_type(dtype))
        return _result(_kept_whole(function, [found], found.dtype))

    return ufunc(name, apply, 1)


def _sign_of(x):
    return x if x != x else type(x)((x > 0) - (x < 0))


def _bool_refused(x):
    if x.dtype is torch.bool:
        raise TypeError("The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.")
    return -x


sign = _unary("sign", lambda x: torch.where(torch.isnan(x), x, torch.sign(x)) if x.is_floating_point() else torch.sign(x), _sign_of, "same")
square = _arithmetic("square", lambda x: x * x, lambda x: x * x)
negative = _arithmetic("negative", _bool_refused, lambda x: -x)
positive = _arithmetic("positive", lambda x: x if x.dtype is not torch.bool else _bool_refused(x), lambda x: x)


def _inverse(x):
    if x.is_floating_point():
        return torch.reciprocal(x)
    if x.dtype is not torch.bool and not is_input(x) and builtins.bool((x == 0).any()):
        return stop("numpy.reciprocal of the whole number 0, which has no value, is not followed")
    # Of whole numbers the quotient without its fraction.
    whole = x.to(torch.int8) if x.dtype is torch.bool else x
    return torch.where(torch.abs(whole) == 1, whole, torch.zeros_like(whole))


def _number_inverse(x):
    return (1.0 / x if x else inf) if isinstance(x, builtins.float) else _inverse(torch.tensor(x)).item()


reciprocal = _unary("reciprocal", _inverse, _number_inverse, "same")
invert = bitwise_not = bitwise_invert = _unary(
    "invert", lambda x: torch.logical_not(x) if x.dtype is torch.bool else _cast(-1 - x.to(torch.int64), x.dtype), lambda x: (not x) if isinstance(x, builtins.bool) else ~x, "same"
)


def _fits(value, torch_type):
    """numpy 2 refuses a whole number that the array's type does not hold; numpy 1 took a wider type."""
    if torch_type in _spans and isinstance(value, builtins.int):
        low, span = _spans[torch_type]
        if not low <= value < low + span:
            raise OverflowError(f"Python integer {value} out of bounds for {_codes[torch_type][0]}")
    return torch_type


def _operands(a, b, of_floats=False):
    """Two operands in their common type. A number does not widen the array it meets."""
    if torch.is_tensor(a) or torch.is_tensor(b):
        return _tensor(a), _tensor(b)
    left, right = _tensor(a), _tensor(b)
    if _is_scalar(a) and not _is_scalar(b):
        common = _with_number(right.dtype, a) if of_floats else _fits(a, _with_number(right.dtype, a))
    elif _is_scalar(b) and not _is_scalar(a):
        common = _with_number(left.dtype, b) if of_floats else _fits(b, _with_number(left.dtype, b))
    else:
        common = _promote(left.dtype, right.dtype)
    return left.to(common), right.to(common)


def _typed(a, b, dtype, of_floats=False):
    if dtype is None:
        return _operands(a, b, of_floats)
    given = _element_type(dtype)
    return _tensor(a, given), _tensor(b, given)


def _binary(name, function, number=None, kind="same", identity=None):
    """kind: same (in the common type), float (whole numbers become floats), within (same, and cannot grow)."""

    def apply(a, b, dtype=None):
        if number is not None and dtype is None and isinstance(a, _numbers) and isinstance(b, _numbers):
            return number(a, b)
        left, right = _typed(a, b, dtype, kind == "float")
        if kind == "float" and not left.is_floating_point():
            floating = _of_function(left.dtype) if name != "divide" else torch.float64
            left, right = left.to(floating), right.to(floating)
        if torch.is_tensor(a) or torch.is_tensor(b):
            return function(left, right)
        made = function(left, right) if kind != "same" else _kept_whole(function, [left, right], left.dtype)
        return _result(made)

    return ufunc(name, apply, 2, identity, number=number)


def _divided(a, b):
    if b == 0:
        return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1, b)
    return a / b


def _whole_quotient(a, b):
    if b == 0:
        return 0 if isinstance(a, builtins.int) and isinstance(b, builtins.int) else _divided(a, b)
    return a // b


def _remainder(a, b):
    if b == 0:
        return 0 if isinstance(a, builtins.int) and isinstance(b, builtins.int) else nan
    return a % b


def _by_elements(whole, floating):
    """A division with a rule for floats; whole numbers by zero give zero, as numpy has it, and truth values are narrow whole numbers."""

    def divided(a, b):
        if a.dtype is torch.bool:
            a, b = a.to(torch.int8), b.to(torch.int8)
        if a.is_floating_point():
            return floating(a, b)
        return torch.where(b == 0, torch.zeros_like(a + b), whole(a, _without_zeros(b)))

    return divided


def _without_zeros(b):
    return torch.where(b == 0, torch.ones_like(b), b)


def _floored(a, b):
    return torch.where(b == 0, a / b, torch.floor(a / _without_zeros(b)))


def _power(a, b, dtype=None):
    if isinstance(a, _numbers) and isinstance(b, _numbers):
        return _number_power(a, b)
    left, right = _typed(a, b, dtype)
    if torch.is_tensor(a) or torch.is_tensor(b):
        return torch.pow(left, right)
    if left.dtype is torch.bool:
        left, right = left.to(torch.int8), right.to(torch.int8)
    if not left.is_floating_point() and not is_input(right) and builtins.bool((right < 0).any()):
        raise ValueError("Integers to negative integer powers are not allowed.")
    return _result(_kept_whole(torch.pow, [left, right], left.dtype))


def _number_power(a, b):
    if b < 0:
        if isinstance(a, builtins.int) and isinstance(b, builtins.int):
            raise ValueError("Integers to negative integer powers are not allowed.")
        if a == 0:
            return inf
    if a < 0 and b != math.floor(b):
        return nan
    try:
        return a**b
    except OverflowError:
        return inf


def _not_of_bools(a, b):
    if a.dtype is torch.bool:
        raise TypeError("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.")
    return torch.sub(a, b)


def _one_of(a, b, first):
    """The chosen one of two numbers, in their common type."""
    chosen = a if first else b
    return builtins.float(chosen) if isinstance(a, builtins.float) or isinstance(b, builtins.float) else chosen


def _larger(a, b):
    return _one_of(a, b, a != a or (b == b and a > b))


def _smaller(a, b):
    return _one_of(a, b, a != a or (b == b and a < b))


def _known_larger(a, b):
    return torch.where(torch.isnan(a), b, torch.where(torch.isnan(b), a, torch.maximum(a, b)))


def _known_smaller(a, b):
    return torch.where(torch.isnan(a), b, torch.where(torch.isnan(b), a, torch.minimum(a, b)))


add = _binary("add", lambda a, b: torch.logical_or(a, b) if a.dtype is torch.bool else torch.add(a, b), lambda a, b: a + b, identity=0)
subtract = _binary("subtract", _not_of_bools, lambda a, b: a - b)
multiply = _binary("multiply", lambda a, b: torch.logical_and(a, b) if a.dtype is torch.bool else torch.mul(a, b), lambda a, b: a * b, identity=1)
divide = true_divide = _binary("divide", torch.div, _divided, "float")
floor_divide = _binary("floor_divide", _by_elements(torch.floor_divide, _floored), _whole_quotient, "within")
remainder = mod = _binary("remainder", _by_elements(torch.remainder, torch.remainder), _remainder, "within")
fmod = _binary("fmod", _by_elements(torch.fmod, torch.fmod), None, "within")
power = pow = ufunc("power", _power, 2, number=_number_power)
float_power = _binary("float_power", lambda a, b: torch.pow(a.to(torch.float64), b.to(torch.float64)), lambda a, b: builtins.float(a) ** b, "float")
maximum = _binary("maximum", torch.maximum, _larger, "within")
minimum = _binary("minimum", torch.minimum, _smaller, "within")
fmax = _binary("fmax", _known_larger, None, "within")
fmin = _binary("fmin", _known_smaller, None, "within")
arctan2 = atan2 = _binary("arctan2", torch.atan2, math.atan2, "float")
hypot = _binary("hypot", torch.hypot, math.hypot, "float", identity=0)
copysign = _binary("copysign", torch.copysign, math.copysign, "float")
logaddexp = _binary("logaddexp", torch.logaddexp, None, "float", identity=-inf)
logaddexp2 = _binary("logaddexp2", lambda a, b: torch.logaddexp(a * math.log(2), b * math.log(2)) / math.log(2), None, "float", identity=-inf)
heaviside = _binary("heaviside", lambda a, b: torch.where(a == 0, b, (a > 0).to(a.dtype)), None, "float")


def _comparing(name, function, number):
    def apply(a, b, dtype=None):
        if isinstance(a, _numbers) and isinstance(b, _numbers):
            return number(a, b)
        # Whole numbers are compared as they are, whatever their types hold.
        made = function(_tensor(a), _tensor(b))
        return made if torch.is_tensor(a) or torch.is_tensor(b) else _result(made)

    return ufunc(name, apply, 2)


equal = _comparing("equal", torch.eq, lambda a, b: a == b)
not_equal = _comparing("not_equal", torch.ne, lambda a, b: a != b)
less = _comparing("less", torch.lt, lambda a, b: a < b)
less_equal = _comparing("less_equal", torch.le, lambda a, b: a <= b)
greater = _comparing("greater", torch.gt, lambda a, b: a > b)
greater_equal = _comparing("greater_equal", torch.ge, lambda a, b: a >= b)


def _logical(name, function, identity=None):
    def apply(a, b, dtype=None):
        return _result(function(_tensor(a).to(torch.bool), _tensor(b).to(torch.bool)))

    return ufunc(name, apply, 2, identity)


logical_and = _logical("logical_and", torch.logical_and, True)
logical_or = _logical("logical_or", torch.logical_or, False)
logical_xor = _logical("logical_xor", torch.logical_xor, False)
