"""torch.nn.utils.parametrize: a tensor of a module computed from others."""

import torch
from torch.nn.modules.container import ModuleDict, ModuleList
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class ParametrizationList(ModuleList):
    """A chain of parametrisations; holds what the first one takes: `original`, or `original0`, `original1`, …"""

    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        value = original
        with torch.no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    value = module.right_inverse(value)
        is_parameter = isinstance(original, Parameter)
        self.is_tensor = isinstance(value, torch.Tensor)
        if self.is_tensor:
            self._keep("original", original if value is original else value, is_parameter)
        else:
            self.ntensors = len(value)
            for index, part in enumerate(value):
                self._keep(f"original{index}", part, is_parameter)

    def _keep(self, name, value, is_parameter):
        if is_parameter:
            self.register_parameter(name, value if isinstance(value, Parameter) else Parameter(value))
        else:
            self.register_buffer(name, value)

    def forward(self):
        modules = list(self)
        if self.is_tensor:
            x = modules[0](self.original)
        else:
            x = modules[0](*[getattr(self, f"original{index}") for index in range(self.ntensors)])
        for module in modules[1:]:
            x = module(x)
        return x


def is_parametrized(module, tensor_name=None):
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    if tensor_name in module._parameters:
        original = module._parameters.pop(tensor_name)
    elif tensor_name in module._buffers:
        original = module._buffers.pop(tensor_name)
    else:
        raise ValueError(f"Module '{type(module).__name__}' does not have a parameter or buffer with name '{tensor_name}'")
    base = type(module)
    if not is_parametrized(module):

        class Parametrized(base):
            pass

        Parametrized.__name__ = "Parametrized" + base.__name__
        module.__class__ = Parametrized
        module.parametrizations = ModuleDict()
    module.parametrizations[tensor_name] = ParametrizationList([parametrization], original)
    setattr(type(module), tensor_name, property(lambda self: self.parametrizations[tensor_name]()))
    return module


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    chain = module.parametrizations[tensor_name]
    value = chain() if leave_parametrized else chain.original
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if len(module.parametrizations) == 0:
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    setattr(module, tensor_name, Parameter(value.detach()))
    return module


class cached:
    def __enter__(self):
        return None

    def __exit__(self, kind, value, trace):
        return False
