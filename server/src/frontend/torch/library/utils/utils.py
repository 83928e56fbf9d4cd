"""torch.nn.utils: reparametrisations of a weight in the older style (a hook before forward), and gradient tools."""

import torch
from torch._registry import note_gradient_clipping
from torch.nn import functional as F
from torch.nn.parameter import Parameter


def _norm_except(v, dim):
    """‖v‖ over all axes but `dim` (all of them for None), kept as axes of size one."""
    if dim is None:
        return v.norm()
    axes = [axis for axis in range(v.dim()) if axis != dim % v.dim()]
    return v.pow(2).sum(axes, keepdim=True).sqrt() if axes else v.abs()


def weight_norm(module, name="weight", dim=0):
    """w = g · v / ‖v‖ with parameters `name_g` and `name_v` (Salimans and Kingma 2016)."""
    weight = getattr(module, name)
    del module._parameters[name]
    with torch.no_grad():
        magnitude = _norm_except(weight.detach(), dim)
    module.register_parameter(name + "_g", Parameter(magnitude))
    module.register_parameter(name + "_v", Parameter(weight.detach()))

    def compute(owner, inputs):
        g = getattr(owner, name + "_g")
        v = getattr(owner, name + "_v")
        setattr(owner, name, v * (g / _norm_except(v, dim)))

    compute(module, None)
    module.register_forward_pre_hook(compute)
    return module


def remove_weight_norm(module, name="weight"):
    g = module._parameters.pop(name + "_g")
    v = module._parameters.pop(name + "_v")
    module._forward_pre_hooks.clear()
    module.__dict__.pop(name, None)
    dim = next((axis for axis in range(g.dim()) if g.size(axis) != 1), 0)
    setattr(module, name, Parameter((v * (g / _norm_except(v, dim))).detach()))
    return module


def _as_matrix(weight, dim):
    if dim != 0:
        weight = weight.permute(dim, *[axis for axis in range(weight.dim()) if axis != dim])
    return weight.reshape(weight.size(0), -1)


def _default_dim(module, dim):
    if dim is not None:
        return dim
    from torch.nn.modules.conv import _ConvTransposeNd

    return 1 if isinstance(module, _ConvTransposeNd) else 0


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """w / σ(w), σ from the vectors u and v that training keeps (Miyato et al. 2018)."""
    dim = _default_dim(module, dim)
    weight = module._parameters[name]
    with torch.no_grad():
        matrix = _as_matrix(weight.detach(), dim)
        u = F.normalize(torch.randn(matrix.size(0)), dim=0, eps=eps)
        v = F.normalize(torch.randn(matrix.size(1)), dim=0, eps=eps)
    del module._parameters[name]
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)

    def compute(owner, inputs):
        original = getattr(owner, name + "_orig")
        matrix = _as_matrix(original, dim)
        left = getattr(owner, name + "_u")
        right = getattr(owner, name + "_v")
        if owner.training:
            fixed = matrix.detach()
            for _ in range(n_power_iterations):
                right = F.normalize(torch.mv(fixed.t(), left), dim=0, eps=eps)
                left = F.normalize(torch.mv(fixed, right), dim=0, eps=eps)
        sigma = torch.dot(left, torch.mv(matrix, right))
        setattr(owner, name, original / sigma)

    module.register_forward_pre_hook(compute)
    return module


def remove_spectral_norm(module, name="weight"):
    weight = module._parameters.pop(name + "_orig")
    module._buffers.pop(name + "_u")
    module._buffers.pop(name + "_v")
    module._forward_pre_hooks.clear()
    module.__dict__.pop(name, None)
    setattr(module, name, weight)
    return module


def parameters_to_vector(parameters):
    return torch.cat([parameter.view(-1) for parameter in parameters])


def vector_to_parameters(vec, parameters):
    start = 0
    for parameter in parameters:
        size = parameter.numel()
        parameter.data = vec[start : start + size].view_as(parameter).data
        start += size


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    return note_gradient_clipping("norm", max_norm, norm_type)


def clip_grad_norm(parameters, max_norm, norm_type=2.0):
    return note_gradient_clipping("norm", max_norm, norm_type)


def clip_grad_value_(parameters, clip_value, foreach=None):
    note_gradient_clipping("value", clip_value, None)


def skip_init(module_cls, *args, **kwargs):
    return module_cls(*args, **kwargs)
