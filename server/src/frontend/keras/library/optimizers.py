"""Optimizers: what they were made with, under the names that PyTorch has for the same numbers."""

from torch._registry import note_call, note_gradient_clipping, note_optimizer

from keras._schedules import LearningRateSchedule, initial_rate, note_schedule


class Optimizer:
    def __init__(self, learning_rate=0.001, own=None, weight_decay=None, clipnorm=None, clipvalue=None,
                 global_clipnorm=None, use_ema=False, ema_momentum=0.99, gradient_accumulation_steps=None,
                 lr=None, decay=0.0, name=None, **kwargs):  # fmt: skip
        rate = learning_rate if lr is None else lr
        self.learning_rate = self.lr = rate
        if isinstance(rate, LearningRateSchedule):
            note_schedule(type(rate).__name__)
        elif decay:
            note_schedule("InverseTimeDecay")
        self.weight_decay = weight_decay
        self.clipnorm = global_clipnorm if clipnorm is None else clipnorm
        self.clipvalue = clipvalue
        noted = {"lr": initial_rate(rate), **(own or {}), "weight_decay": weight_decay or 0.0}
        note_optimizer(self, type(self).__name__, [], noted)
        limits = (("norm", "global_clipnorm", global_clipnorm), ("tensorNorm", "clipnorm", clipnorm))
        for kind, keyword, limit in limits + (("value", "clipvalue", clipvalue),):
            if limit is not None:
                note_gradient_clipping(kind, limit, keyword=keyword)
        if gradient_accumulation_steps is not None:
            note_call("accumulation", {"gradient_accumulation_steps": gradient_accumulation_steps})
        if use_ema:
            note_call("weight_average", {"decay": ema_momentum})

    def apply_gradients(self, *args, **kwargs):
        pass

    apply = minimize = apply_gradients

    def get_updates(self, *args, **kwargs):
        """Keras 1 and 2 have a graph of updates, which training code makes functions of."""
        return []

    def get_config(self):
        return {"learning_rate": self.learning_rate}


class SGD(Optimizer):
    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        super().__init__(learning_rate, {"momentum": momentum, "dampening": 0.0, "nesterov": nesterov}, **kwargs)


class Adam(Optimizer):
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **kwargs):
        own = {"betas": (beta_1, beta_2), "eps": epsilon or 1e-7, "amsgrad": amsgrad}
        super().__init__(learning_rate, own, **kwargs)


class AdamW(Adam):
    def __init__(self, learning_rate=0.001, weight_decay=0.004, **kwargs):
        super().__init__(learning_rate, weight_decay=weight_decay, **kwargs)


class Nadam(Adam):
    pass


class Adamax(Adam):
    pass


class Lion(Optimizer):
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **kwargs):
        super().__init__(learning_rate, {"betas": (beta_1, beta_2)}, **kwargs)


class RMSprop(Optimizer):
    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, **kwargs):
        own = {"alpha": rho, "momentum": momentum, "eps": epsilon or 1e-7, "centered": centered}
        super().__init__(learning_rate, own, **kwargs)


class Adagrad(Optimizer):
    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **kwargs):
        own = {"lr_decay": 0.0, "initial_accumulator_value": initial_accumulator_value, "eps": epsilon or 1e-7}
        super().__init__(learning_rate, own, **kwargs)


class Adadelta(Optimizer):
    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, {"rho": rho, "eps": epsilon or 1e-7}, **kwargs)


class Ftrl(Optimizer):
    def __init__(self, learning_rate=0.001, **kwargs):
        super().__init__(learning_rate, {})


class Adafactor(Optimizer):
    def __init__(self, learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=1e-3, clip_threshold=1.0,
                 relative_step=True, **kwargs):  # fmt: skip
        super().__init__(learning_rate, {}, **kwargs)


class Lamb(Optimizer):
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, {"betas": (beta_1, beta_2), "eps": epsilon}, **kwargs)


class Muon(Optimizer):
    pass


class ScheduleFreeAdamW(AdamW):
    pass


class LossScaleOptimizer(Optimizer):
    """Scales the loss for float16, and the steps back: what counts is the optimizer inside."""

    def __new__(cls, inner_optimizer=None, *args, **kwargs):
        return inner_optimizer


_named = {cls.__name__.lower(): cls for cls in (SGD, Adam, AdamW, Nadam, Adamax, Lion, RMSprop, Adagrad, Adadelta, Ftrl)}
_named.update({cls.__name__.lower(): cls for cls in (Adafactor, Lamb, Muon, ScheduleFreeAdamW)})
sgd, adam, rmsprop = SGD, Adam, RMSprop


def get(identifier):
    if isinstance(identifier, str):
        found = _named.get(identifier.lower())
        if found is None:
            raise ValueError(f"Could not interpret optimizer identifier: {identifier}")
        made = found()
        made.by_name = True
        return made
    if isinstance(identifier, dict):
        return _named[identifier["class_name"].lower()](**identifier.get("config", {}))
    return identifier
