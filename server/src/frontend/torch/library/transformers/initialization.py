"""Initial values as transformers names them."""

import contextlib
import math

from torch.nn.init import *
from torch.nn.init import _calculate_fan_in_and_fan_out, constant_, normal_, trunc_normal_, uniform_


def copy_(tensor, other):
    tensor.data.copy_(other)
    return tensor


def _scaled_by_inputs(tensor, draw):
    fan_in, _ = _calculate_fan_in_and_fan_out(tensor)
    return draw(1 / math.sqrt(fan_in))


def lecun_normal_(tensor):
    # 0.8796…: deviation of a normal distribution that is cut at two deviations.
    return _scaled_by_inputs(tensor, lambda std: trunc_normal_(tensor, std=std / 0.87962566103423978))


def default_flax_embed_init_(tensor):
    return _scaled_by_inputs(tensor, lambda std: normal_(tensor, std=std))


@contextlib.contextmanager
def _nothing():
    yield


guard_torch_init_functions = no_init_weights = no_tie_weights = meta_device_safe_creation_ops = _nothing
