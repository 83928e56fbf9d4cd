"""Constraints act after a step, not on the loss: the classes are there to be named and to derive from."""


class Constraint:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, w):
        return w


class MaxNorm(Constraint):
    pass


class NonNeg(Constraint):
    pass


class UnitNorm(Constraint):
    pass


class MinMaxNorm(Constraint):
    pass


max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm


def get(identifier):
    if isinstance(identifier, str):
        return globals()[identifier]()
    return identifier() if isinstance(identifier, type) else identifier


def serialize(constraint):
    return None
