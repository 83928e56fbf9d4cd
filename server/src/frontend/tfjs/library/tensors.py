"""Functions of `tf` that make tensors, and those that look after memory, which change nothing here."""

import torch

import _javascript
from _javascript import Datum, Record


def as_tensor(value):
    return torch.tensor(value) if isinstance(value, (list, tuple, int, float, bool)) else value


def has_data(value):
    return isinstance(value, Datum) or (isinstance(value, (list, tuple)) and any([has_data(each) for each in value]))


def stacked(value):
    """Lists in which numbers of data stand among others."""
    if isinstance(value, (list, tuple)):
        return torch.stack([stacked(each) for each in value])
    return value.value if isinstance(value, Datum) else torch.tensor(float(value))


def floats(value, dtype=None, *more):
    if isinstance(value, torch.Tensor):
        return value
    made = stacked(value) if has_data(value) else torch.tensor(value)
    return made.to(torch.int32) if dtype == "int32" else made != 0 if dtype == "bool" else made.float()


def filled_from(values, shape=None, dtype=None, *more):
    made = floats(values, dtype)
    return made if shape is None else made.reshape(tuple(shape))


def in_one_row(values, dtype=None, *more):
    return floats(values, dtype)


def sizes(shape):
    return tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)


def normal(shape, mean=0.0, deviation=1.0, *more):
    return torch.randn(sizes(shape)) * deviation + mean


def cut_normal(shape, mean=0.0, deviation=1.0, *more):
    return torch.nn.init.trunc_normal_(torch.empty(sizes(shape)), mean, deviation, mean - 2 * deviation, mean + 2 * deviation)


def uniform(shape, low=0.0, high=1.0, *more):
    return torch.rand(sizes(shape)) * (high - low) + low


def counted(start, stop, step=None, dtype=None, *more):
    made = torch.arange(start, stop, (1 if stop > start else -1) if step is None else step)
    return made.to(torch.int32) if dtype == "int32" else made.float()


def variable(value, *more):
    return value


def unchanged(value, *more):
    return value


def nothing(*more):
    return None


def tidied(first, second=None, *more):
    return second() if isinstance(first, str) else first()


creating = {
    "clone": unchanged,
    "eye": lambda rows, columns=None, *more: torch.eye(rows, rows if columns is None else columns),
    "fill": lambda shape, value, *more: torch.full(sizes(shape), float(value)),
    "linspace": lambda start, stop, count, *more: torch.linspace(start, stop, count),
    "ones": lambda shape, *more: torch.ones(sizes(shape)),
    "onesLike": lambda x, *more: torch.ones_like(as_tensor(x)),
    "randomNormal": normal,
    "randomStandardNormal": normal,
    "randomUniform": uniform,
    "range": counted,
    "scalar": in_one_row,
    "tensor": filled_from,
    "tensor1d": in_one_row,
    "tensor2d": filled_from,
    "tensor3d": filled_from,
    "tensor4d": filled_from,
    "tensor5d": filled_from,
    "tensor6d": filled_from,
    "truncatedNormal": cut_normal,
    "variable": variable,
    "zeros": lambda shape, *more: torch.zeros(sizes(shape)),
    "zerosLike": lambda x, *more: torch.zeros_like(as_tensor(x)),
}

# What a program does around its tensors.
surrounding = {
    "dispose": nothing,
    "disposeVariables": nothing,
    "enableDebugMode": nothing,
    "enableProdMode": nothing,
    "keep": unchanged,
    "memory": lambda *more: Record({"numTensors": 0, "numBytes": 0, "numDataBuffers": 0}),
    "nextFrame": nothing,
    "print": nothing,
    "ready": nothing,
    "setBackend": nothing,
    "tidy": tidied,
    "time": lambda *more: _javascript.unread("a time"),
}
