"""Activations by the names that configurations use."""

import math
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F


class GELUActivation(nn.Module):
    def __init__(self, use_gelu_python=False):
        super().__init__()

    def forward(self, input):
        return F.gelu(input)


class GELUTanh(nn.Module):
    """The approximation by tanh (Hendrycks and Gimpel 2016)."""

    def __init__(self, use_gelu_tanh_python=False):
        super().__init__()

    def forward(self, input):
        return F.gelu(input, approximate="tanh")


class NewGELUActivation(nn.Module):
    def forward(self, input):
        return F.gelu(input, approximate="tanh")


PytorchGELUTanh = GELUTanh


class FastGELUActivation(nn.Module):
    def forward(self, input):
        return 0.5 * input * (1 + torch.tanh(0.7978845608 * input * (1 + 0.044715 * input * input)))


class AccurateGELUActivation(nn.Module):
    def forward(self, input):
        return F.gelu(input, approximate="tanh")


class QuickGELUActivation(nn.Module):
    def forward(self, input):
        return input * torch.sigmoid(1.702 * input)


class ClippedGELUActivation(nn.Module):
    def __init__(self, min, max):
        super().__init__()
        self.min = min
        self.max = max

    def forward(self, x):
        return torch.clip(F.gelu(x), self.min, self.max)


class SiLUActivation(nn.Module):
    def forward(self, input):
        return F.silu(input)


class MishActivation(nn.Module):
    def forward(self, input):
        return F.mish(input)


class LinearActivation(nn.Module):
    def forward(self, input):
        return input


class LaplaceActivation(nn.Module):
    """The normal distribution function of mean √½ and deviation 1/√(4π) (Ma et al. 2022)."""

    def forward(self, input, mu=0.707107, sigma=0.282095):
        return 0.5 * (1 + torch.erf((input - mu) / (sigma * math.sqrt(2))))


class ReLUSquaredActivation(nn.Module):
    def forward(self, input):
        return torch.square(F.relu(input))


class SqrtSoftplusActivation(nn.Module):
    def forward(self, input):
        return F.softplus(input).sqrt()


class ClassInstantier(OrderedDict):
    """Gives a new layer for a name."""

    def __getitem__(self, key):
        made = OrderedDict.__getitem__(self, key)
        kind, options = made if isinstance(made, tuple) else (made, {})
        return kind(**options)


ACT2CLS = {
    "gelu": GELUActivation,
    "gelu_10": (ClippedGELUActivation, {"min": -10, "max": 10}),
    "gelu_accurate": AccurateGELUActivation,
    "gelu_fast": FastGELUActivation,
    "gelu_new": NewGELUActivation,
    "gelu_python": GELUActivation,
    "gelu_python_tanh": GELUTanh,
    "gelu_pytorch_tanh": GELUTanh,
    "hardswish": nn.Hardswish,
    "laplace": LaplaceActivation,
    "leaky_relu": nn.LeakyReLU,
    "linear": LinearActivation,
    "mish": MishActivation,
    "prelu": nn.PReLU,
    "quick_gelu": QuickGELUActivation,
    "relu": nn.ReLU,
    "relu2": ReLUSquaredActivation,
    "relu6": nn.ReLU6,
    "sigmoid": nn.Sigmoid,
    "silu": SiLUActivation,
    "sqrtsoftplus": SqrtSoftplusActivation,
    "swish": nn.SiLU,
    "tanh": nn.Tanh,
}
ACT2FN = ClassInstantier(ACT2CLS)


def get_activation(activation_string):
    if activation_string not in ACT2FN:
        raise KeyError(f"function {activation_string} not found in ACT2FN mapping {list(ACT2FN.keys())}")
    return ACT2FN[activation_string]


gelu = get_activation("gelu")
gelu_python = gelu
gelu_new = get_activation("gelu_new")
gelu_fast = get_activation("gelu_fast")
gelu_pytorch_tanh = get_activation("gelu_pytorch_tanh")
quick_gelu = get_activation("quick_gelu")
silu = get_activation("silu")
mish = get_activation("mish")
linear_act = get_activation("linear")
