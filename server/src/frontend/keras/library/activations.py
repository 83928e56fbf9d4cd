"""Activation functions by name. Softmax and sigmoid remember their logits, so that a loss may use these."""

import torch
from torch.nn import functional as F

from keras._symbolic import KerasTensor, call


def _with_logits(outputs, logits, kind):
    outputs._keras_logits = logits
    outputs._logits_kind = kind
    return outputs


def _relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    if threshold != 0:
        y = torch.where(x >= threshold, x, negative_slope * (x - threshold))
    else:
        y = F.leaky_relu(x, negative_slope) if negative_slope else F.relu(x)
    return y if max_value is None else torch.clamp(y, max=max_value)


def linear(x):
    return x


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0, alpha=None):
    return call(_relu, x, negative_slope if alpha is None else alpha, max_value, threshold)


def relu6(x):
    return call(F.relu6, x)


def softmax(x, axis=-1):
    return call(lambda y: _with_logits(torch.softmax(y, axis), y if axis in (-1, y.dim() - 1) else None, "softmax"), x)


def log_softmax(x, axis=-1):
    return call(lambda y: torch.log_softmax(y, axis), x)


def sigmoid(x):
    return call(lambda y: _with_logits(torch.sigmoid(y), y, "sigmoid"), x)


def log_sigmoid(x):
    return call(F.logsigmoid, x)


def hard_sigmoid(x):
    return call(lambda y: F.relu6(y + 3) / 6, x)


def hard_silu(x):
    return call(F.hardswish, x)


def hard_tanh(x):
    return call(F.hardtanh, x)


def tanh(x):
    return call(torch.tanh, x)


def tanh_shrink(x):
    return call(F.tanhshrink, x)


def softplus(x):
    return call(F.softplus, x)


def softsign(x):
    return call(F.softsign, x)


def silu(x):
    return call(F.silu, x)


def gelu(x, approximate=False):
    return call(lambda y: F.gelu(y, approximate="tanh" if approximate else "none"), x)


def elu(x, alpha=1.0):
    return call(lambda y: F.elu(y, alpha), x)


def selu(x):
    return call(F.selu, x)


def celu(x, alpha=1.0):
    return call(lambda y: F.celu(y, alpha), x)


def glu(x, axis=-1):
    return call(lambda y: F.glu(y, axis), x)


def mish(x):
    return call(F.mish, x)


def leaky_relu(x, negative_slope=0.2, alpha=None):
    return call(lambda y: F.leaky_relu(y, negative_slope if alpha is None else alpha), x)


def exponential(x):
    return call(torch.exp, x)


def squareplus(x, b=4):
    return call(lambda y: (y + torch.sqrt(y * y + b)) / 2, x)


def soft_shrink(x, threshold=0.5):
    return call(lambda y: F.softshrink(y, threshold), x)


def hard_shrink(x, threshold=0.5):
    return call(lambda y: F.hardshrink(y, threshold), x)


def threshold(x, threshold, default_value):
    return call(lambda y: torch.where(y > threshold, y, torch.full_like(y, default_value)), x)


def sparse_plus(x):
    return call(lambda y: torch.where(y >= 1, y, torch.square(torch.clamp(y + 1, min=0)) / 4), x)


def sparse_sigmoid(x):
    return call(lambda y: torch.clamp((y + 1) / 2, 0, 1), x)


def _sparsemax(x, axis):
    """After arXiv:1602.02068, but as Keras has it: the threshold is of the sums of all supported sizes, not of the largest's."""
    y = torch.movedim(x, axis, -1)
    ranked = torch.sort(y, dim=-1, descending=True).values
    sums = torch.cumsum(ranked, dim=-1)
    supported = (ranked - (sums - 1) / torch.arange(1, y.shape[-1] + 1) > 0).to(y.dtype)
    threshold = (torch.sum(sums * supported, dim=-1, keepdim=True) - 1) / torch.sum(supported, dim=-1, keepdim=True)
    return torch.movedim(F.relu(y - threshold), -1, axis)


def sparsemax(x, axis=-1):
    return call(lambda y: _sparsemax(y, axis), x)


swish = silu
hard_swish = hard_silu
_names = (
    "linear relu relu6 softmax log_softmax sigmoid log_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh tanh "
    "tanh_shrink softplus softsign silu swish gelu elu selu celu glu mish leaky_relu exponential squareplus "
    "soft_shrink hard_shrink sparse_plus sparse_sigmoid sparsemax threshold"
).split()


def get(identifier):
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        if identifier not in _names:
            raise ValueError(f"Could not interpret activation function identifier: {identifier}")
        return globals()[identifier]
    if isinstance(identifier, dict):
        return get(identifier.get("config", identifier.get("class_name")))
    return identifier


def serialize(activation):
    return activation.__name__


def deserialize(name, custom_objects=None):
    return get(name)
