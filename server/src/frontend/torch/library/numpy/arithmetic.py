"""numpy's further functions of elements: bits, divisors, parts of numbers, limits, choices, closeness."""

import builtins
import math

import torch
from numpy._array import _floating, _is_scalar, _numbers, _result, _shaped, _tensor, _values, ndarray
from numpy._elementwise import _operands, _placed, arctan2, floor_divide, maximum, minimum, remainder, ufunc
from numpy._types import _element_type, _of_function
from numpy._whole import _narrowed


def _whole_operands(a, b, name):
    left, right = _operands(a, b)
    if left.is_floating_point():
        raise TypeError(f"ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced")
    return left, right


def _bits(name, number, of_bools, identity=None):
    def apply(a, b, dtype=None):
        if isinstance(a, builtins.int) and isinstance(b, builtins.int):
            return number(a, b)
        left, right = _whole_operands(a, b, name)
        if left.dtype is torch.bool:
            return _result(of_bools(left, right))
        shape = torch.broadcast_tensors(left, right)
        pairs = zip(_values(shape[0], f"numpy.{name}"), _values(shape[1], f"numpy.{name}"))
        return _back(_shaped([number(x, y) for x, y in pairs], tuple(shape[0].shape), left.dtype))

    return ufunc(name, apply, 2, identity)


def _back(array):
    return _result(array._tensor)


bitwise_and = _bits("bitwise_and", lambda a, b: a & b, torch.logical_and, -1)
bitwise_or = _bits("bitwise_or", lambda a, b: a | b, torch.logical_or, 0)
bitwise_xor = _bits("bitwise_xor", lambda a, b: a ^ b, torch.logical_xor, 0)


def _of_pairs(name, number):
    """Of pairs of known whole numbers, one by one."""

    def apply(a, b, dtype=None):
        if isinstance(a, builtins.int) and isinstance(b, builtins.int):
            return number(builtins.int(a), builtins.int(b))
        left, right = _whole_operands(a, b, name)
        if left.dtype is torch.bool:
            left, right = left.to(torch.int8), right.to(torch.int8)
        x, y = torch.broadcast_tensors(left, right)
        made = [builtins.float(number(p, q)) for p, q in zip(_values(x, f"numpy.{name}"), _values(y, f"numpy.{name}"))]
        return _result(_narrowed(torch.tensor(made, dtype=torch.float64).reshape(tuple(x.shape)), left.dtype))

    return ufunc(name, apply, 2)


left_shift = bitwise_left_shift = _of_pairs("left_shift", lambda a, b: a << b)
right_shift = bitwise_right_shift = _of_pairs("right_shift", lambda a, b: a >> b)
gcd = _of_pairs("gcd", math.gcd)
lcm = _of_pairs("lcm", lambda a, b: builtins.abs(a * b) // math.gcd(a, b) if a and b else 0)


def bitwise_count(x):
    if isinstance(x, builtins.int):
        return builtins.abs(x).bit_count()
    return _shaped([builtins.abs(n).bit_count() for n in _values(x, "numpy.bitwise_count")], x.shape, torch.uint8)


def _divmod(a, b, dtype=None):
    return floor_divide(a, b), remainder(a, b)


divmod = ufunc("divmod", _divmod, 2, nout=2)


def _modf(x, dtype=None):
    whole = torch.trunc(_of_floats(x))
    return _result(torch.where(torch.isinf(whole), torch.zeros_like(whole), _of_floats(x) - whole)), _result(whole)


def _of_floats(x):
    found = _tensor(x)
    return found if found.is_floating_point() else found.to(_of_function(found.dtype))


modf = ufunc("modf", _modf, 1, nout=2)


def _frexp(x, dtype=None):
    parts = [math.frexp(each) for each in _values(_of_floats(x), "numpy.frexp")]
    found = _of_floats(x)
    fractions = _shaped([part[0] for part in parts], tuple(found.shape), found.dtype)
    return _back(fractions), _back(_shaped([part[1] for part in parts], tuple(found.shape), torch.int32))


frexp = ufunc("frexp", _frexp, 1, nout=2)


def _ldexp(a, b, dtype=None):
    left = _of_floats(a)
    return _result(left * torch.pow(torch.tensor(2.0, dtype=torch.float64), _tensor(b).to(torch.float64)).to(left.dtype))


ldexp = ufunc("ldexp", _ldexp, 2)


def sinc(x):
    found = _floating(x)
    return _result(torch.sinc(found))


def round(x, decimals=0, out=None):
    if _is_scalar(x):
        if isinstance(x, builtins.int):
            return builtins.round(x, decimals) if decimals < 0 else x
        # numpy scales, rounds and scales back; Python rounds the decimal digits.
        factor = 10.0 ** builtins.abs(decimals)
        if not math.isfinite(x):
            return x
        return builtins.round(x * factor) / factor if decimals >= 0 else builtins.round(x / factor) * factor
    found = _tensor(x)
    if not found.is_floating_point():
        scaled = found if decimals >= 0 else torch.round(found.to(torch.float64) / 10**-decimals) * 10**-decimals
        return _placed(_result(scaled.to(found.dtype)), out, True, ())
    if decimals == 0:
        return _placed(_result(torch.round(found)), out, True, ())
    factor = 10.0 ** builtins.abs(decimals)
    made = torch.round(found * factor) / factor if decimals > 0 else torch.round(found / factor) * factor
    return _placed(_result(made), out, True, ())


around = round


def fix(x, out=None):
    found = _tensor(x)
    return _placed(_result(torch.trunc(found) if found.is_floating_point() else found), out, True, ())


def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None, dtype=None):
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    found = a if dtype is None else ndarray(_tensor(a, _element_type(dtype)))
    if low is not None:
        found = maximum(found, low)
    if high is not None:
        found = minimum(found, high)
    if low is None and high is None:
        found = _result(_tensor(a).clone())
    return _placed(found, out, True, ())


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    found = _tensor(x)
    if not found.is_floating_point():
        return _result(found)
    made = torch.nan_to_num(found, nan=nan, posinf=posinf, neginf=neginf)
    if not copy and isinstance(x, ndarray):
        x[...] = ndarray(made)
        return x
    return _result(made)


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    left, right = torch.broadcast_tensors(_tensor(a).to(torch.float64), _tensor(b).to(torch.float64))
    near = torch.abs(left - right) <= atol + rtol * torch.abs(right)
    finite = torch.logical_and(torch.isfinite(left), torch.isfinite(right))
    made = torch.logical_or(torch.logical_and(near, finite), left == right)
    if equal_nan:
        made = torch.logical_or(made, torch.logical_and(torch.isnan(left), torch.isnan(right)))
    return _result(made)


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return builtins.bool(_tensor(isclose(a, b, rtol, atol, equal_nan)).all())


def array_equal(a1, a2, equal_nan=False):
    left, right = _tensor(a1), _tensor(a2)
    if tuple(left.shape) != tuple(right.shape):
        return False
    same = left == right
    if equal_nan and left.is_floating_point() and right.is_floating_point():
        same = torch.logical_or(same, torch.logical_and(torch.isnan(left), torch.isnan(right)))
    return builtins.bool(same.all())


def array_equiv(a1, a2):
    left, right = _tensor(a1), _tensor(a2)
    try:
        return builtins.bool((left == right).all())
    except RuntimeError:
        return False


def isposinf(x, out=None):
    return _placed(_result(_tensor(x) == math.inf), out, True, ())


def isneginf(x, out=None):
    return _placed(_result(_tensor(x) == -math.inf), out, True, ())


def isreal(x):
    return _result(torch.ones_like(_tensor(x), dtype=torch.bool))


def iscomplex(x):
    return _result(torch.zeros_like(_tensor(x), dtype=torch.bool))


def isrealobj(x):
    return not hasattr(x, "_complex")


def iscomplexobj(x):
    return hasattr(x, "_complex")


def isscalar(x):
    return _is_scalar(x) or isinstance(x, str)


def real(x):
    if hasattr(x, "_complex"):
        return x.real
    return x if _is_scalar(x) else _result(_tensor(x))


def imag(x):
    if hasattr(x, "_complex"):
        return x.imag
    return 0 if _is_scalar(x) else _result(torch.zeros_like(_tensor(x)))


def real_if_close(x, tol=100):
    return _result(_tensor(x))


def angle(z, deg=False):
    if hasattr(z, "_complex"):
        found = arctan2(z.imag, z.real)
        return found * (180.0 / math.pi) if deg else found
    found = _floating(z) if _tensor(z).dtype is torch.bool else _of_floats(z)
    turned = torch.where(found < 0, torch.full_like(found, 180.0 if deg else math.pi), torch.zeros_like(found))
    return _result(turned)


def where(condition, x=None, y=None):
    import numpy

    if x is None and y is None:
        return numpy.nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    return _result(torch.where(_tensor(condition).to(torch.bool), *_operands(x, y)))


def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    made = default
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        made = where(condition, choice, made)
    return made


def piecewise(x, condlist, funclist, *args, **kw):
    found = x if isinstance(x, ndarray) else ndarray(_tensor(x))
    conditions = [ndarray(_tensor(each)) for each in (condlist if isinstance(condlist, (list, tuple)) else [condlist])]
    made = ndarray(torch.zeros_like(found._tensor))
    functions = list(funclist)
    if len(functions) == len(conditions) + 1:
        rest = ndarray(torch.ones_like(conditions[0]._tensor))
        for each in conditions:
            rest = ndarray(torch.logical_and(rest._tensor, torch.logical_not(each._tensor)))
        conditions.append(rest)
    for condition, function in zip(conditions, functions):
        made = where(condition, function(found, *args, **kw) if callable(function) else function, made)
    return ndarray(_tensor(made, found._tensor.dtype))


def unwrap(p, discont=None, axis=-1, *, period=2 * math.pi):
    import numpy

    found = ndarray(_floating(p))
    limit = period / 2 if discont is None else builtins.max(discont, period / 2)
    step = numpy.diff(found, axis=axis)
    near = numpy.mod(step + period / 2, period) - period / 2
    near = numpy.where(numpy.logical_and(near == -period / 2, step > 0), period / 2, near)
    change = numpy.where(numpy.absolute(step) < limit, 0.0, near - step)
    first = numpy.zeros_like(numpy.take(found, [0], axis))
    return found + numpy.concatenate([first, numpy.cumsum(change, axis)], axis)
