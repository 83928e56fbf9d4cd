"""Small parts that older model files share."""

import functools

import torch
from torch import nn


class Conv1D(nn.Module):
    """A linear layer whose weight is [inputs, outputs], as GPT-2 stores it."""

    def __init__(self, nf, nx):
        super().__init__()
        self.nf = nf
        self.nx = nx
        self.weight = nn.Parameter(torch.empty(nx, nf))
        self.bias = nn.Parameter(torch.zeros(nf))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x):
        return (x @ self.weight + self.bias).view(x.size()[:-1] + (self.nf,))


def apply_chunking_to_forward(forward_fn, chunk_size, chunk_dim, *input_tensors):
    if chunk_size == 0:
        return forward_fn(*input_tensors)
    count = input_tensors[0].shape[chunk_dim] // chunk_size
    parts = zip(*(tensor.chunk(count, dim=chunk_dim) for tensor in input_tensors))
    return torch.cat([forward_fn(*part) for part in parts], dim=chunk_dim)


def find_pruneable_heads_and_indices(heads, n_heads, head_size, already_pruned_heads):
    heads = set(heads) - already_pruned_heads
    kept = [head for head in range(n_heads) if head not in heads]
    return heads, torch.tensor([head * head_size + i for head in kept for i in range(head_size)])


def prune_linear_layer(layer, index, dim=0):
    weight = layer.weight.index_select(dim, index)
    made = nn.Linear(weight.shape[1], weight.shape[0], bias=layer.bias is not None)
    made.weight = nn.Parameter(weight)
    if layer.bias is not None:
        made.bias = nn.Parameter(layer.bias if dim == 1 else layer.bias[index])
    return made


def compile_compatible_method_lru_cache(*args, **kwargs):
    return lambda function: function


def meshgrid(*tensors, indexing=None):
    return torch.meshgrid(*tensors, indexing=indexing or "ij")


def isin_mps_friendly(elements, test_elements):
    return torch.isin(elements, test_elements)


def softmax_backward_data(parent, grad_output, output):
    raise NotImplementedError("a derivative by hand is not followed")


ALL_LAYERNORM_LAYERS = [nn.LayerNorm]
is_torch_greater_or_equal_than_1_13 = is_torch_greater_or_equal_than_2_0 = is_torch_greater_or_equal_than_2_1 = True
is_torch_greater_or_equal_than_2_2 = is_torch_greater_or_equal_than_2_3 = is_torch_greater_or_equal_than_2_4 = True
