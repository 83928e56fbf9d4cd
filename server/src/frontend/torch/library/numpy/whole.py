"""Whole numbers in arrays: narrow types wrap round as numpy's do; what leaves 32 bits is refused, since a graph holds no more."""

import torch
from numpy._array import _cast, _spans
from torch._registry import is_input, stop

_HIGHEST = 2**31 - 1


def _kept_whole(function, tensors, dtype):
    """`function` of tensors of one type. Of known whole numbers it is computed with 53 bits first."""
    if dtype.is_floating_point or dtype is torch.bool:
        return function(*tensors)
    if any([is_input(each) for each in tensors]):
        made = function(*[each.to(torch.int32) for each in tensors]) if dtype in _spans else function(*tensors)
        return _cast(made, dtype) if dtype in _spans else made
    return _narrowed(torch.round(function(*[each.to(torch.float64) for each in tensors])), dtype)


def _narrowed(exact, dtype):
    """Whole numbers held as floats, in a whole type."""
    if dtype in _spans:
        low, span = _spans[dtype]
        return (torch.remainder(exact - low, span) + low).to(dtype)
    if exact.numel() > 0 and torch.abs(exact).max().item() > _HIGHEST:
        if dtype is not torch.int32:
            return stop("whole numbers of more than 32 bits in arrays are not followed; make the array one of floats")
        exact = torch.remainder(exact + 2**31, 2**32) - 2**31
    return exact.to(dtype)
