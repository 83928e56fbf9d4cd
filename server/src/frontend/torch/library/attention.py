"""torch.nn.attention: the choice of a kernel, which does not change what is computed."""

from enum import Enum

from torch._registry import stop


class SDPBackend(Enum):
    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3


class sdpa_kernel:
    def __init__(self, backends=None, set_priority=False):
        self.backends = backends

    def __enter__(self):
        return None

    def __exit__(self, kind, value, trace):
        return False


def flex_attention(*args, **kwargs):
    stop("flex_attention is not followed; write the score function with scaled_dot_product_attention and a mask")


create_block_mask = flex_attention
