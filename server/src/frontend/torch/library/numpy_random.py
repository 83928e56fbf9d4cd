"""numpy.random: numbers of torch's seeded stream; not the ones numpy would draw."""

import math

import torch
from _numpy import _is_scalar, _result, _shape, ndarray


def seed(value=None):
    pass


def _drawn(draw, size):
    return draw(()).item() if size is None else ndarray(draw(_shape((size,))))


def uniform(low=0.0, high=1.0, size=None):
    return _drawn(lambda shape: low + (high - low) * torch.rand(shape, dtype=torch.float64), size)


def normal(loc=0.0, scale=1.0, size=None):
    return _drawn(lambda shape: loc + scale * torch.randn(shape, dtype=torch.float64), size)


def random(size=None):
    return uniform(size=size)


random_sample = random


def standard_normal(size=None):
    return normal(size=size)


def rand(*sizes):
    return uniform(size=sizes or None)


def randn(*sizes):
    return normal(size=sizes or None)


def randint(low, high=None, size=None):
    bounds = (0, low) if high is None else (low, high)
    return _drawn(lambda shape: torch.randint(*bounds, shape), size)


def permutation(x):
    if _is_scalar(x):
        return ndarray(torch.randperm(x))
    rows = x._tensor if isinstance(x, ndarray) else torch.tensor(x)
    return ndarray(rows[torch.randperm(len(rows))])


def choice(a, size=None, replace=True, p=None):
    if p is not None:
        raise NotImplementedError("numpy.random.choice with probabilities is not followed")
    values = torch.arange(a) if _is_scalar(a) else a._tensor if isinstance(a, ndarray) else torch.tensor(a)
    if replace or size is None:
        return _drawn(lambda shape: values[torch.randint(0, len(values), shape)], size)
    shape = _shape((size,))
    count = math.prod(shape)
    if count > len(values):
        raise ValueError("Cannot take a larger sample than population when replace is False")
    return ndarray(values[torch.randperm(len(values))[:count]].reshape(shape))
