"""einops.layers.torch: the functions as modules, and the linear layer written as a pattern."""

import torch
from einops import EinopsError, _product, _sides, einsum, rearrange, reduce
from torch.nn.modules.module import Module


class Rearrange(Module):
    def __init__(self, pattern, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return rearrange(input, self.pattern, **self.axes_lengths)


class Reduce(Module):
    def __init__(self, pattern, reduction, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.reduction = reduction
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return reduce(input, self.pattern, self.reduction, **self.axes_lengths)


def _flat(groups):
    return [name for group in groups for name in ([group] if isinstance(group, str) else group)]


def _is_grouped(groups):
    return any(group != "..." and len(group) != 1 for group in groups)


def _refuse(axes, complaint, pattern):
    if axes:
        raise EinopsError(f"{', '.join(sorted(axes))}: {complaint} in the EinMix '{pattern}'")


class EinMix(Module):
    """y = einsum(x, weight) + bias, axes split before and joined after it (Rogozhnikov 2022)."""

    def __init__(self, pattern, weight_shape, bias_shape=None, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        left, right = _sides(pattern)
        inputs, outputs = _flat(left), _flat(right)
        weights, biases = weight_shape.split(), (bias_shape or "").split()
        _refuse(set(outputs) - set(inputs) - set(weights), "neither an axis of the input nor of the weight", pattern)
        _refuse(set(weights + biases) - set(axes_lengths), "no size is given", pattern)
        _refuse(set(axes_lengths) - set(inputs) - set(weights), "a size is given for an axis that is not there", pattern)
        _refuse(set(weights) - set(inputs) - set(outputs), "an axis of the weight alone", pattern)
        _refuse(set(biases) - set(outputs), "an axis of the bias that the output does not have", pattern)
        if "(" in weight_shape or "..." in weight_shape:
            raise EinopsError(f"the weight of an EinMix has plain axes only, not '{weight_shape}'")
        given = {name: size for name, size in axes_lengths.items() if name in inputs}
        before, _, after = pattern.partition("->")
        self.split = (f"{before} -> {' '.join(inputs)}", given) if _is_grouped(left) else None
        self.join = f"{' '.join(outputs)} -> {after}" if _is_grouped(right) else None
        self.product = f"{' '.join(inputs)}, {weight_shape} -> {' '.join(outputs)}"
        mixed = _product(axes_lengths[name] for name in weights if name not in outputs)
        self.weight = self._uniform([axes_lengths[name] for name in weights], (3 / mixed) ** 0.5)
        shape = [axes_lengths[name] if name in biases else 1 for name in outputs if name != "..."]
        self.bias = None if bias_shape is None else self._uniform(shape, (1 / mixed) ** 0.5)

    @staticmethod
    def _uniform(shape, bound):
        return torch.nn.Parameter(torch.zeros(shape).uniform_(-bound, bound))

    def forward(self, input):
        if self.split is not None:
            pattern, sizes = self.split
            input = rearrange(input, pattern, **sizes)
        result = einsum(input, self.weight, self.product)
        if self.bias is not None:
            result = result + self.bias
        return result if self.join is None else rearrange(result, self.join)
