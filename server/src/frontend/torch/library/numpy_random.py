"""numpy.random: numbers of torch's seeded stream; not the ones numpy would draw."""

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
