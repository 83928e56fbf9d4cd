"""Penalties on weights and outputs: sums of absolute values and of squares."""

import torch


class Regularizer:
    def __call__(self, x):
        return 0.0


class L1L2(Regularizer):
    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = l1 or 0.0
        self.l2 = l2 or 0.0

    def __call__(self, x):
        penalty = 0.0
        if self.l1:
            penalty = penalty + self.l1 * torch.sum(torch.abs(x))
        if self.l2:
            penalty = penalty + self.l2 * torch.sum(torch.square(x))
        return penalty


class L1(L1L2):
    def __init__(self, l1=0.01, **kwargs):
        super().__init__(l1=kwargs.get("l", l1))


class L2(L1L2):
    def __init__(self, l2=0.01, **kwargs):
        super().__init__(l2=kwargs.get("l", l2))


class OrthogonalRegularizer(Regularizer):
    def __init__(self, factor=0.01, mode="rows"):
        self.factor = factor
        self.mode = mode

    def __call__(self, x):
        rows = x if self.mode == "rows" else x.t()
        rows = rows / torch.sqrt(torch.clamp(torch.sum(rows * rows, dim=1, keepdim=True), min=1e-12))
        products = rows @ rows.t()
        size = products.shape[0]
        off_diagonal = products * (1 - torch.eye(size))
        return self.factor * 0.5 * torch.sum(torch.abs(off_diagonal)) / (size * (size - 1) / 2.0)


def l1(l1=0.01, **kwargs):
    return L1(l1, **kwargs)


def l2(l2=0.01, **kwargs):
    return L2(l2, **kwargs)


def l1_l2(l1=0.01, l2=0.01):
    return L1L2(l1, l2)


l1l2 = L1L2_ = l1_l2
orthogonal_regularizer = OrthogonalRegularizer
_named = {"l1": L1, "L1": L1, "l2": L2, "L2": L2, "l1_l2": l1_l2, "L1L2": l1_l2}


def get(identifier):
    if isinstance(identifier, str):
        return _named[identifier]()
    if isinstance(identifier, dict):
        config = identifier.get("config", {})
        return globals()[identifier["class_name"]](**config)
    return identifier
