"""Stochastic depth (Huang et al. 2016): residual branches left out at random while training."""

import torch
from torch import nn


def stochastic_depth(input, p, mode, training=True):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability between 0 and 1 is needed, not {p}")
    if mode not in ("batch", "row"):
        raise ValueError(f"mode is 'batch' or 'row', not '{mode}'")
    if not training or p == 0.0:
        return input
    count = input.shape[0] if mode == "row" else 1
    kept = torch.empty([count] + [1] * (input.ndim - 1), dtype=input.dtype).bernoulli_(1.0 - p)
    return input * (kept / (1.0 - p) if p < 1.0 else kept)


class StochasticDepth(nn.Module):
    def __init__(self, p, mode):
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, input):
        return stochastic_depth(input, self.p, self.mode, self.training)
