"""torch.nn.utils.parametrizations: weight and spectral norm in the newer style."""

import torch
from torch._registry import stop
from torch.nn import functional as F
from torch.nn.modules.module import Module
from torch.nn.utils.parametrize import register_parametrization
from torch.nn.utils.utils import _as_matrix, _default_dim, _norm_except


class _WeightNorm(Module):
    def __init__(self, dim=0):
        super().__init__()
        self.dim = None if dim is None or dim == -1 else dim

    def forward(self, weight_g, weight_v):
        return weight_v * (weight_g / _norm_except(weight_v, self.dim))

    def right_inverse(self, weight):
        return _norm_except(weight.detach(), self.dim), weight.detach()


def weight_norm(module, name="weight", dim=0):
    return register_parametrization(module, name, _WeightNorm(dim))


class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations=1, dim=0, eps=1e-12):
        super().__init__()
        self.dim = dim if dim >= 0 else dim + weight.dim()
        self.eps = eps
        self.n_power_iterations = n_power_iterations
        if weight.dim() > 1:
            with torch.no_grad():
                matrix = _as_matrix(weight.detach(), self.dim)
                u = F.normalize(torch.randn(matrix.size(0)), dim=0, eps=eps)
                v = F.normalize(torch.randn(matrix.size(1)), dim=0, eps=eps)
                u, v = self._iterate(matrix, u, v, 15)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)

    def _iterate(self, matrix, u, v, count):
        for _ in range(count):
            u = F.normalize(torch.mv(matrix, v), dim=0, eps=self.eps)
            v = F.normalize(torch.mv(matrix.t(), u), dim=0, eps=self.eps)
        return u, v

    def forward(self, weight):
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = _as_matrix(weight, self.dim)
        u, v = self._u, self._v
        if self.training:
            u, v = self._iterate(matrix.detach(), u, v, self.n_power_iterations)
        return weight / torch.dot(u, torch.mv(matrix, v))

    def right_inverse(self, value):
        return value


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    weight = getattr(module, name)
    norm = _SpectralNorm(weight, n_power_iterations, _default_dim(module, dim), eps)
    return register_parametrization(module, name, norm)


def orthogonal(module, name="weight", orthogonal_map=None, *, use_trivialization=True):
    stop("the orthogonal parametrisation is not followed: use the weight itself, or its values as a parameter")
