"""Learning rates that follow the step: their first value and the name of their kind."""

from torch._registry import note_call


def note_schedule(kind):
    note_call("scheduler", {"class": kind})


class LearningRateSchedule:
    pass


class FromInitial(LearningRateSchedule):
    def __init__(self, initial_learning_rate, *args, **kwargs):
        self.initial_learning_rate = initial_learning_rate


class ExponentialDecay(FromInitial):
    pass


class PolynomialDecay(FromInitial):
    pass


class InverseTimeDecay(FromInitial):
    pass


class CosineDecay(FromInitial):
    """With a warm-up the rate to judge is the one that this leads to."""

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name=None, warmup_target=None, warmup_steps=0):
        super().__init__(initial_learning_rate if warmup_target is None else warmup_target)


class CosineDecayRestarts(FromInitial):
    pass


class PiecewiseConstantDecay(LearningRateSchedule):
    def __init__(self, boundaries, values, name=None):
        self.initial_learning_rate = values[0]


def initial_rate(rate):
    """The number that training begins with; what is not known stays as it is."""
    return getattr(rate, "initial_learning_rate", None) if isinstance(rate, LearningRateSchedule) else rate
