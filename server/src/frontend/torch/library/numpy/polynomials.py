"""numpy's polynomials: lists of coefficients, the highest power first."""

import builtins

import numpy
from numpy._array import _is_scalar
from torch._registry import stop


def polyval(p, x):
    coefficients = numpy.asarray(p.coeffs if isinstance(p, poly1d) else p)
    if not _is_scalar(x):
        x = numpy.asarray(x)
        x = x.astype(numpy.result_type(x.dtype, coefficients.dtype))
    made = 0 if _is_scalar(x) else numpy.zeros_like(x)
    for each in coefficients.tolist():
        made = numpy.add(numpy.multiply(made, x), each)
    return made


def polyadd(a1, a2):
    left, right = numpy.atleast_1d(a1), numpy.atleast_1d(a2)
    length = builtins.max(len(left), len(right))
    return numpy.pad(left, (length - len(left), 0)) + numpy.pad(right, (length - len(right), 0))


def polysub(a1, a2):
    return polyadd(a1, numpy.negative(numpy.atleast_1d(a2)))


def polymul(a1, a2):
    return numpy.convolve(poly1d(a1).coeffs, poly1d(a2).coeffs)


def polyder(p, m=1):
    made = numpy.asarray(p)
    for _ in range(m):
        made = made[:-1] * numpy.arange(len(made) - 1, 0, -1)
    return made


def polyint(p, m=1, k=None):
    if k is not None:
        return stop("numpy.polyint with constants of its own is not followed")
    made = numpy.asarray(p)
    for _ in range(m):
        made = numpy.concatenate([made / numpy.arange(len(made), 0, -1), [0.0]])
    return made


def poly(seq_of_zeros):
    given = numpy.atleast_1d(seq_of_zeros)
    if given.ndim != 1:
        return stop("numpy.poly of a matrix is not followed")
    made = numpy.ones((1,), numpy.result_type(given.dtype, numpy.float64) if given.dtype.kind == "f" else given.dtype)
    for zero in given.tolist():
        made = numpy.convolve(made, [1, -zero])
    return made


def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        return stop("numpy.polyfit with full=True or cov=True is not followed")
    left = numpy.vander(numpy.asarray(x, numpy.float64), deg + 1)
    right = numpy.asarray(y, numpy.float64)
    if w is not None:
        left, right = left * numpy.asarray(w)[:, None], right * (numpy.asarray(w) if right.ndim == 1 else numpy.asarray(w)[:, None])
    scale = numpy.sqrt((left * left).sum(0))
    made = numpy.linalg.lstsq(left / scale, right, rcond=None)[0]
    return (made.T / scale).T


def polydiv(u, v):
    rest = [builtins.float(each) for each in numpy.asarray(u).tolist()]
    divisor = numpy.asarray(v).tolist()
    quotient = []
    for _ in range(len(rest) - len(divisor) + 1):
        factor = rest[0] / divisor[0]
        quotient.append(factor)
        rest = [a - factor * b for a, b in zip(rest, divisor + [0] * len(rest))][1:]
    while len(rest) > 1 and builtins.abs(rest[0]) < 1e-14:
        rest = rest[1:]
    return numpy.array(quotient or [0.0]), numpy.array(rest or [0.0])


def roots(p):
    return stop("roots of polynomials, which may be complex, are not followed")


class poly1d:
    """A polynomial that can be called."""

    def __init__(self, c_or_r, r=False, variable=None):
        given = c_or_r.coeffs if isinstance(c_or_r, poly1d) else c_or_r
        made = poly(given) if r else numpy.atleast_1d(given)
        self.coeffs = self.c = self.coef = self.coefficients = numpy.trim_zeros(made, "f") if len(made) > 1 else made

    order = o = property(lambda self: len(self.coeffs) - 1)

    def __call__(self, x):
        return polyval(self.coeffs, x)

    def __getitem__(self, power):
        return self.coeffs[self.order - power] if 0 <= power <= self.order else 0

    def __len__(self):
        return self.order

    def __add__(self, other):
        return poly1d(polyadd(self.coeffs, _coefficients(other)))

    def __sub__(self, other):
        return poly1d(polysub(self.coeffs, _coefficients(other)))

    def __mul__(self, other):
        return poly1d(polymul(self.coeffs, _coefficients(other)))

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return poly1d(-self.coeffs)

    def deriv(self, m=1):
        return poly1d(polyder(self.coeffs, m))

    def integ(self, m=1, k=0):
        return poly1d(polyint(self.coeffs, m, k or None))


def _coefficients(other):
    return other.coeffs if isinstance(other, poly1d) else other
