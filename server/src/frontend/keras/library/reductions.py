"""From losses of samples and places to a number: weights of samples and classes, masks, and what is summed or meant."""

import torch


def _same_rank(values, weights):
    """An axis of one at the end is no difference; weights of samples are those of all of their places."""
    if weights.dim() == values.dim() + 1 and weights.shape[-1] == 1:
        return weights.squeeze(-1)
    while weights.dim() < values.dim():
        weights = weights.unsqueeze(-1)
    return weights


def mask_weights(mask, reduction, dtype):
    """0 where a mask leaves out; the others so that a mean over all places is one over those that are left."""
    kept = mask.to(dtype)
    if reduction in (None, "none", "sum"):
        return kept
    return kept * (mask.numel() / torch.clamp(torch.sum(kept), min=1.0))


def reduced(values, reduction, weights=None, mask=None):
    """`weights`: of samples, or of samples and places. A mean is over the number of values, not over the sum of weights."""
    if reduction == "mean_with_sample_weight" and (weights is not None or mask is not None):
        together = _together(values, weights, None if mask is None else mask.to(values.dtype))
        return torch.sum(values * together) / torch.sum(together)
    if weights is not None or mask is not None:
        values = values * _together(values, weights, None if mask is None else mask_weights(mask, reduction, values.dtype))
    if reduction in (None, "none"):
        return values
    return torch.sum(values) if reduction == "sum" else torch.mean(values)


def _together(values, weights, kept):
    factors = [_same_rank(values, each.to(values.dtype)) for each in (weights, kept) if each is not None]
    return factors[0] if len(factors) == 1 else factors[0] * factors[1]


def class_weights(labels, weights):
    """The weight of each sample: that of its class, one where the class has none. One-hot targets mean their class."""
    if labels.dim() > 1:
        labels = torch.argmax(labels, dim=-1) if labels.shape[-1] != 1 else labels.squeeze(-1)
    labels = torch.round(labels) if labels.is_floating_point() else labels
    found = torch.ones(labels.shape)
    for number, weight in weights.items():
        found = torch.where(labels == int(number), torch.full_like(found, float(weight)), found)
    return found


def both_masks(first, second):
    return second if first is None else first if second is None else torch.logical_and(first, second)
