"""Initial values by Keras's rules: fans of kernels in channels-last layout, seeded like every draw of a trace."""

import math

import torch
from torch.nn import init


def compute_fans(shape):
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class Initializer:
    def __call__(self, shape, dtype=None, **kwargs):
        return self.fill(torch.empty(tuple(shape)))

    def get_config(self):
        return {}


class Zeros(Initializer):
    def fill(self, x):
        return init.zeros_(x)


class Ones(Initializer):
    def fill(self, x):
        return init.ones_(x)


class Constant(Initializer):
    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None, **kwargs):
        value = getattr(self.value, "_tensor", self.value)
        if isinstance(value, (torch.Tensor, list, tuple)):
            return torch.broadcast_to(torch.as_tensor(value).float(), tuple(shape)).clone()
        return torch.full(tuple(shape), float(value))


class RandomNormal(Initializer):
    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev

    def fill(self, x):
        return init.normal_(x, self.mean, self.stddev)


class TruncatedNormal(RandomNormal):
    def fill(self, x):
        return init.trunc_normal_(x, self.mean, self.stddev, self.mean - 2 * self.stddev, self.mean + 2 * self.stddev)


class RandomUniform(Initializer):
    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval = minval
        self.maxval = maxval

    def fill(self, x):
        return init.uniform_(x, self.minval, self.maxval)


class VarianceScaling(Initializer):
    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None):
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def fill(self, x):
        fan_in, fan_out = compute_fans(tuple(x.shape))
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return init.uniform_(x, -limit, limit)
        if self.distribution == "untruncated_normal":
            return init.normal_(x, 0.0, math.sqrt(variance))
        # A normal distribution cut at two deviations has 0.8796 times the deviation of the whole one.
        deviation = math.sqrt(variance) / 0.87962566103423978
        return init.trunc_normal_(x, 0.0, deviation, -2 * deviation, 2 * deviation)


class GlorotUniform(VarianceScaling):
    def __init__(self, seed=None):
        super().__init__(1.0, "fan_avg", "uniform")


class GlorotNormal(VarianceScaling):
    def __init__(self, seed=None):
        super().__init__(1.0, "fan_avg", "truncated_normal")


class HeNormal(VarianceScaling):
    def __init__(self, seed=None):
        super().__init__(2.0, "fan_in", "truncated_normal")


class HeUniform(VarianceScaling):
    def __init__(self, seed=None):
        super().__init__(2.0, "fan_in", "uniform")


class LecunNormal(VarianceScaling):
    def __init__(self, seed=None):
        super().__init__(1.0, "fan_in", "truncated_normal")


class LecunUniform(VarianceScaling):
    def __init__(self, seed=None):
        super().__init__(1.0, "fan_in", "uniform")


class Orthogonal(Initializer):
    def __init__(self, gain=1.0, seed=None):
        self.gain = gain

    def fill(self, x):
        flat = torch.empty(math.prod(tuple(x.shape)[:-1]), x.shape[-1])
        return init.orthogonal_(flat, self.gain).reshape(tuple(x.shape))


class Identity(Initializer):
    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None, **kwargs):
        return torch.eye(shape[0], shape[1]) * self.gain


OrthogonalInitializer = Orthogonal
IdentityInitializer = Identity
zeros = zeros_initializer = zero = Zeros
ones = ones_initializer = one = Ones
constant = constant_initializer = Constant
normal = random_normal = random_normal_initializer = gaussian = RandomNormal
uniform = random_uniform = random_uniform_initializer = RandomUniform
truncated_normal = truncated_normal_initializer = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = glorot_uniform_initializer = xavier = GlorotUniform
glorot_normal = glorot_normal_initializer = GlorotNormal
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
orthogonal = Orthogonal
identity = Identity


def get(identifier):
    if isinstance(identifier, str):
        found = globals().get(identifier)
        if found is None:
            raise ValueError(f"Could not interpret initializer identifier: {identifier}")
        return found()
    if isinstance(identifier, dict):
        return globals()[identifier["class_name"]](**identifier.get("config", {}))
    return identifier() if isinstance(identifier, type) else identifier
