"""nn.Module: registration of parameters, buffers and submodules, traversal in PyTorch's order, modes.

Attribute access and the call itself are native (see moduleRegistry.ts): they run for every layer of every model.
"""

from collections import OrderedDict, namedtuple

import torch
from torch._registry import (
    begin_module,
    call_module,
    delete_member,
    get_member,
    new_module,
    note_loaded_state,
    set_member,
)

IncompatibleKeys = namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])


class RemovableHandle:
    def __init__(self, hooks, key):
        self.hooks = hooks
        self.id = key

    def remove(self):
        self.hooks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.remove()


def _attach(hooks, hook):
    key = len(hooks)
    while key in hooks:
        key += 1
    hooks[key] = hook
    return RemovableHandle(hooks, key)


def _join(prefix, name):
    return prefix + "." + name if prefix else name


class Module:
    dump_patches = False
    call_super_init = False

    def __init__(self, *args, **kwargs):
        begin_module(self)

    __new__ = new_module
    __setattr__ = set_member
    __getattr__ = get_member
    __delattr__ = delete_member
    __call__ = call_module

    def forward(self, *args):
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    # -- registration

    def register_buffer(self, name, tensor, persistent=True):
        if hasattr(self, name) and name not in self._buffers:
            raise KeyError(f"attribute '{name}' already exists")
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name, param):
        if hasattr(self, name) and name not in self._parameters:
            raise KeyError(f"attribute '{name}' already exists")
        self._parameters[name] = param

    def add_module(self, name, module):
        if hasattr(self, name) and name not in self._modules:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'module name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError('module name can\'t be empty string ""')
        self._modules[name] = module

    def register_module(self, name, module):
        self.add_module(name, module)

    # -- traversal

    def named_children(self):
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self):
        for _, module in self.named_children():
            yield module

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        if memo is None:
            memo = set()
        if self not in memo:
            if remove_duplicate:
                memo.add(self)
            yield prefix, self
            for name, module in self._modules.items():
                if module is not None:
                    for found in module.named_modules(memo, _join(prefix, name), remove_duplicate):
                        yield found

    def modules(self):
        for _, module in self.named_modules():
            yield module

    def _named_members(self, get_members_fn, prefix="", recurse=True, remove_duplicate=True):
        seen = set()
        owners = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        )
        for owner, module in owners:
            for name, member in get_members_fn(module):
                if member is None or member in seen:
                    continue
                if remove_duplicate:
                    seen.add(member)
                yield _join(owner, name), member

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        return self._named_members(
            lambda module: module._parameters.items(), prefix, recurse, remove_duplicate
        )

    def parameters(self, recurse=True):
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        return self._named_members(
            lambda module: module._buffers.items(), prefix, recurse, remove_duplicate
        )

    def buffers(self, recurse=True):
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target):
        module = self
        if target == "":
            return module
        for name in target.split("."):
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target, module, strict=False):
        path, _, name = target.rpartition(".")
        setattr(self.get_submodule(path), name, module)

    def get_parameter(self, target):
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._parameters[name]

    def get_buffer(self, target):
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._buffers[name]

    def apply(self, fn):
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # -- modes; devices and element types do not change what is computed here

    def train(self, mode=True):
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        pass

    def to(self, *args, **kwargs):
        return self

    def _apply(self, fn, recurse=True):
        return self

    def cuda(self, device=None):
        return self

    def cpu(self):
        return self

    def xpu(self, device=None):
        return self

    def half(self):
        return self

    def bfloat16(self):
        return self

    def float(self):
        return self

    def double(self):
        return self

    def type(self, dst_type):
        return self

    def to_empty(self, *, device, recurse=True):
        return self

    def share_memory(self):
        return self

    def compile(self, *args, **kwargs):
        pass

    # -- hooks

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        return _attach(self._forward_hooks, (hook, with_kwargs))

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        return _attach(self._forward_pre_hooks, (hook, with_kwargs))

    def register_backward_hook(self, hook):
        return _attach({}, hook)

    def register_full_backward_hook(self, hook, prepend=False):
        return _attach({}, hook)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        return _attach({}, hook)

    def _register_load_state_dict_pre_hook(self, hook, with_module=False):
        return _attach({}, hook)

    def register_load_state_dict_pre_hook(self, hook):
        return _attach({}, hook)

    def register_load_state_dict_post_hook(self, hook):
        return _attach({}, hook)

    def _register_state_dict_hook(self, hook):
        return _attach({}, hook)

    def register_state_dict_post_hook(self, hook):
        return _attach({}, hook)

    def register_state_dict_pre_hook(self, hook):
        return _attach({}, hook)

    # -- state

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
        if args:
            destination = args[0]
        if destination is None:
            destination = OrderedDict()
        for name, parameter in self._parameters.items():
            if parameter is not None:
                destination[prefix + name] = parameter if keep_vars else parameter.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
        return destination

    def load_state_dict(self, state_dict, strict=True, assign=False):
        note_loaded_state(self, state_dict)
        if isinstance(state_dict, dict):
            own = self.state_dict(keep_vars=True)
            for name, value in state_dict.items():
                target = own.get(name)
                if isinstance(target, torch.Tensor) and isinstance(value, torch.Tensor):
                    if target.shape != value.shape:
                        raise RuntimeError(
                            f"Error(s) in loading state_dict for {type(self).__name__}: size mismatch for {name}: "
                            f"copying a param with shape {tuple(value.shape)} from checkpoint, "
                            f"the shape in current model is {tuple(target.shape)}."
                        )
                    target.data.copy_(value)
        return IncompatibleKeys([], [])

    # -- text

    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        return ""

    def __repr__(self):
        lines = []
        for name, module in self._modules.items():
            lines.append(f"  ({name}): " + repr(module).replace("\n", "\n  "))
        if not lines:
            return f"{self._get_name()}({self.extra_repr()})"
        return self._get_name() + "(\n" + "\n".join(lines) + "\n)"

    def __dir__(self):
        return list(self._parameters) + list(self._buffers) + list(self._modules)
