"""numpy's windows."""

import math

import numpy
import torch
from numpy._array import ndarray


def _window(M, value):
    if M < 1:
        return ndarray(torch.zeros(0, dtype=torch.float64))
    if M == 1:
        return ndarray(torch.ones(1, dtype=torch.float64))
    return value(ndarray(torch.arange(1 - M, M, 2).to(torch.float64)))


def bartlett(M):
    return _window(M, lambda n: numpy.where(n <= 0, 1 + n / (M - 1), 1 - n / (M - 1)))


def hanning(M):
    return _window(M, lambda n: 0.5 + 0.5 * numpy.cos(math.pi * n / (M - 1)))


def hamming(M):
    return _window(M, lambda n: 0.54 + 0.46 * numpy.cos(math.pi * n / (M - 1)))


def blackman(M):
    return _window(M, lambda n: 0.42 + 0.5 * numpy.cos(math.pi * n / (M - 1)) + 0.08 * numpy.cos(2 * math.pi * n / (M - 1)))


def kaiser(M, beta):
    def value(n):
        return ndarray(torch.tensor([_bessel(beta * math.sqrt(max(1 - (x / (M - 1)) ** 2, 0))) / _bessel(beta) for x in n.tolist()], dtype=torch.float64))

    return _window(M, value)


def _bessel(x):
    """The modified Bessel function of order 0, by its series."""
    total, term, k = 1.0, 1.0, 1
    while term > 1e-17 * total:
        term *= (x / (2 * k)) ** 2
        total += term
        k += 1
    return total


def i0(x):
    found = numpy.asarray(x, numpy.float64)
    made = numpy.array([_bessel(each) for each in found.reshape(-1).tolist()])
    return made.reshape(found.shape) if found.ndim else made.item()
