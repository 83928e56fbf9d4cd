"""numpy.fft: transforms through torch.fft; results are complex, of which parts, sizes, angles and products are followed."""

import math

import numpy
import torch
import torch.fft
from numpy._array import _floating, _is_scalar, _tensor, ndarray
from torch._complex import ComplexTensor
from torch._registry import stop


class ComplexArray:
    """An array of complex numbers."""

    __array_priority__ = 1

    def __init__(self, tensor):
        self._complex = tensor

    real = property(lambda self: ndarray(self._complex.real))
    imag = property(lambda self: ndarray(self._complex.imag))
    shape = property(lambda self: tuple(self._complex.real.shape))
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))

    def __len__(self):
        return self.shape[0]

    def __abs__(self):
        return numpy.sqrt(self.real**2 + self.imag**2)

    def __getitem__(self, key):
        return _pair(numpy.asarray(self.real[key]), numpy.asarray(self.imag[key]))

    def elementwise(self, name):
        """A function of numpy of every element."""
        if name == "absolute":
            return abs(self)
        if name == "conjugate":
            return self.conj()
        return stop(f"numpy.{name} of complex numbers is not followed")

    def conj(self):
        return _pair(self.real, -self.imag)

    conjugate = conj

    def __neg__(self):
        return _pair(-self.real, -self.imag)

    def __add__(self, other):
        return _pair(self.real + _real(other), self.imag + _imag(other))

    __radd__ = __add__

    def __sub__(self, other):
        return _pair(self.real - _real(other), self.imag - _imag(other))

    def __mul__(self, other):
        a, b, c, d = self.real, self.imag, _real(other), _imag(other)
        return _pair(a * c - b * d, a * d + b * c)

    __rmul__ = __mul__

    def __truediv__(self, other):
        if not isinstance(other, ComplexArray):
            return _pair(self.real / other, self.imag / other)
        return self * other.conj() / (other.real**2 + other.imag**2)


def _real(x):
    return x.real if isinstance(x, ComplexArray) else x


def _imag(x):
    return x.imag if isinstance(x, ComplexArray) else 0.0


def _pair(real, imag):
    return ComplexArray(torch.complex(_tensor(real), _tensor(imag)))


def _input(a):
    return a._complex if isinstance(a, ComplexArray) else _floating(a)


def _output(found):
    return ComplexArray(found) if isinstance(found, ComplexTensor) else ndarray(found)


def _one(name):
    def transform(a, n=None, axis=-1, norm=None, out=None):
        return _output(getattr(torch.fft, name)(_input(a), n, axis, norm))

    return transform


def _many(name, two):
    def transform(a, s=None, axes=(-2, -1) if two else None, norm=None, out=None):
        return _output(getattr(torch.fft, name)(_input(a), s, axes, norm))

    return transform


fft, ifft, rfft, irfft = _one("fft"), _one("ifft"), _one("rfft"), _one("irfft")
hfft, ihfft = _one("hfft"), _one("ihfft")
fft2, ifft2, rfft2, irfft2 = _many("fft2", True), _many("ifft2", True), _many("rfft2", True), _many("irfft2", True)
fftn, ifftn, rfftn, irfftn = _many("fftn", False), _many("ifftn", False), _many("rfftn", False), _many("irfftn", False)


def fftfreq(n, d=1.0, device=None):
    places = numpy.concatenate([numpy.arange(0, (n - 1) // 2 + 1), numpy.arange(-(n // 2), 0)])
    return places * (1.0 / (n * d))


def rfftfreq(n, d=1.0, device=None):
    return numpy.arange(0, n // 2 + 1) * (1.0 / (n * d))


def _shifted(x, axes, sign):
    if isinstance(x, ComplexArray):
        return _pair(_shifted(x.real, axes, sign), _shifted(x.imag, axes, sign))
    found = numpy.asarray(x)
    chosen = range(found.ndim) if axes is None else (axes,) if _is_scalar(axes) else axes
    for axis in chosen:
        length = found.shape[axis]
        found = numpy.roll(found, length // 2 if sign > 0 else -(length // 2), axis)
    return found


def fftshift(x, axes=None):
    return _shifted(x, axes, 1)


def ifftshift(x, axes=None):
    return _shifted(x, axes, -1)
