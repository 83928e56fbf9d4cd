"""keras.random: draws. What is drawn is noise to an analysis, whatever its seed."""

import torch
from torch.nn import functional as F

from keras._ops import sizes_of, symbolic


class SeedGenerator:
    def __init__(self, seed=None, name=None, **kwargs):
        self.seed = seed

    def next(self, ordered=True):
        return self


@symbolic
def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    return mean + stddev * torch.randn(sizes_of(shape))


truncated_normal = normal


@symbolic
def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    return minval + (maxval - minval) * torch.rand(sizes_of(shape))


@symbolic
def randint(shape, minval, maxval, dtype="int32", seed=None):
    return torch.randint(int(minval), int(maxval), tuple(sizes_of(shape)))


def dropout(inputs, rate, noise_shape=None, seed=None):
    """Drops in inference, too: it is a function, which knows no mode."""
    return _dropped(inputs, rate, noise_shape)


@symbolic
def _dropped(inputs, rate, noise_shape):
    if rate == 0:
        return inputs
    sizes = tuple(inputs.shape)
    if noise_shape is not None:
        sizes = tuple([sizes[i] if size is None else size for i, size in enumerate(noise_shape)])
    return inputs * F.dropout(torch.ones(sizes, dtype=inputs.dtype), rate, True)
