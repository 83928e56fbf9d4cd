"""Decorators, records and questions about the environment that model files import from `transformers.utils`."""

import contextlib
from dataclasses import dataclass
from functools import wraps
from typing import TypedDict

import torch

from transformers.modeling_outputs import ModelOutput

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "pytorch_model.bin"
SAFE_WEIGHTS_NAME = "model.safetensors"
DUMMY_INPUTS = [[7, 6, 0, 0, 1], [1, 2, 3, 0, 0], [0, 0, 0, 4, 5]]
DUMMY_MASK = [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 0, 1, 1]]
Unpack = TensorType = PushToHubMixin = object


class TransformersKwargs(TypedDict, total=False):
    pass


LossKwargs = FlashAttentionKwargs = KwargsForCausalLM = TransformersKwargs


class _Log:
    """What a model prints is no part of it."""

    def get_logger(self, name=None):
        return _Silent()

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


class _Silent:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None


logging = _Log()
get_logger = logging.get_logger


def _decorating(*args, **kwargs):
    """A decorator that changes nothing, with or without options."""
    if len(args) == 1 and not kwargs and (callable(args[0]) or isinstance(args[0], type)):
        return args[0]
    return lambda decorated: decorated


auto_docstring = add_start_docstrings = add_end_docstrings = add_start_docstrings_to_model_forward = _decorating
add_code_sample_docstrings = replace_return_docstrings = requires = requires2 = deprecate_kwarg = _decorating
filter_out_non_signature_kwargs = force_accelerate_hooks = _decorating
use_experts_implementation = accepts_precomputed_kwargs = _decorating
requires_backends = torch_compilable_check = check_torch_load_is_safe = _decorating


def use_kernelized_func(*args, **kwargs):
    """Other kernels compute the same function."""
    return lambda decorated: decorated


use_kernel_forward_from_hub = use_kernel_func_from_hub_with_fallback = use_kernelized_func


def can_return_tuple(function):
    """A tuple instead of a record where the call or the configuration asks for it."""

    @wraps(function)
    def forward(self, *args, **kwargs):
        return_dict = kwargs.pop("return_dict", None)
        if return_dict is None:
            return_dict = getattr(getattr(self, "config", None), "return_dict", True)
        result = function(self, *args, **kwargs)
        return result if return_dict or isinstance(result, tuple) else result.to_tuple()

    return forward


def merge_with_config_defaults(function):
    """Arguments that are not given have the configuration's values."""

    @wraps(function)
    def forward(self, *args, **kwargs):
        if kwargs.get("use_cache") is None and getattr(self.config, "use_cache", None) is not None:
            kwargs["use_cache"] = self.config.use_cache
        return function(self, *args, **kwargs)

    return forward


@dataclass
class OutputRecorder:
    target_class: object = None
    index: int = 0
    layer_name: str = None
    class_name: str = None
    capture_initial_hidden_state: bool = True


def _recorders(model):
    for key, found in (getattr(model, "_can_record_outputs", None) or {}).items():
        for each in found if isinstance(found, list) else [found]:
            if not isinstance(each, OutputRecorder):
                named = {"class_name": each} if isinstance(each, str) else {"target_class": each}
                each = OutputRecorder(index=0 if "hidden_states" in key else 1, **named)
            yield key, each


def _records(recorder, path, module):
    kind = recorder.target_class is not None and isinstance(module, recorder.target_class)
    named = recorder.class_name is not None and path.endswith(recorder.class_name)
    inside = recorder.layer_name is None or f".{recorder.layer_name.strip('.')}." in f".{path}."
    return (kind or named) and inside


def _recording(kept, key, recorder):
    def note(module, args, result):
        if key == "hidden_states" and not kept[key] and recorder.capture_initial_hidden_state and args:
            kept[key].append(args[0])
        value = result[recorder.index] if isinstance(result, tuple) else result
        if value is not None:
            kept[key].append(value)

    return note


def capture_outputs(function=None, tie_last_hidden_states=True):
    """Adds what inner layers give, where it is asked for: `output_hidden_states=True` and the like."""
    if function is None:
        return lambda decorated: capture_outputs(decorated, tie_last_hidden_states)

    @wraps(function)
    def forward(self, *args, **kwargs):
        return_dict = kwargs.pop("return_dict", None)
        if return_dict is None:
            return_dict = getattr(self.config, "return_dict", True)

        def wanted(key):
            asked = "attentions" if key.endswith("attentions") else key
            return kwargs.get(f"output_{asked}", getattr(self.config, f"output_{asked}", False))

        recorders = [(key, each) for key, each in _recorders(self) if wanted(key)]
        kept = {key: [] for key, _ in recorders}
        hooks = [
            module.register_forward_hook(_recording(kept, key, each))
            for key, each in recorders
            for path, module in self.named_modules()
            if _records(each, path, module)
        ]
        result = function(self, *args, **kwargs)
        for hook in hooks:
            hook.remove()
        for key, values in kept.items():
            if key == "hidden_states" and tie_last_hidden_states and hasattr(result, "last_hidden_state"):
                values[-1:] = [result.last_hidden_state]
            result[key] = tuple(values)
        return result if return_dict else result.to_tuple()

    return forward


def check_model_inputs(function=None, tie_last_hidden_states=True):
    if function is None:
        return lambda decorated: check_model_inputs(decorated, tie_last_hidden_states)
    return merge_with_config_defaults(capture_outputs(function, tie_last_hidden_states))


@contextlib.contextmanager
def maybe_autocast(*args, **kwargs):
    yield


class ContextManagers:
    def __init__(self, context_managers):
        self.context_managers = context_managers

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


class cached_property(property):
    pass


def torch_int(x):
    return int(x)


def torch_float(x):
    return float(x)


def is_tensor(x):
    return isinstance(x, torch.Tensor)


def split_attention_implementation(implementation):
    return None, implementation


def get_max_seqlen(cu_seqlens):
    return (cu_seqlens[1:] - cu_seqlens[:-1]).max()


def _no(*args, **kwargs):
    return False


def _yes(*args, **kwargs):
    return True


is_torch_available = is_torch_greater_or_equal = is_torch_greater_or_equal_than_2_0 = _yes


def __getattr__(name):
    """Of optional packages none is there, and the model runs by itself."""
    if name.startswith("is_"):
        return _no
    raise AttributeError(f"module 'transformers.utils' has no attribute '{name}'")
