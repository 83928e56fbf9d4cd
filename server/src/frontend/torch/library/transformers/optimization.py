"""Learning-rate schedules of transformers, as factors on the optimizer's own rate."""

import math

from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

Adafactor = AdamW


def _warmed(step, warmup):
    return step / max(1, warmup)


def _share(step, warmup, total):
    """Of the steps after the warm-up, from 0 to 1."""
    return (step - warmup) / max(1, total - warmup)


def _schedule(optimizer, warmup, after, last_epoch):
    def factor(step):
        return _warmed(step, warmup) if step < warmup else after(step)

    return LambdaLR(optimizer, factor, last_epoch)


def get_constant_schedule(optimizer, last_epoch=-1):
    return LambdaLR(optimizer, lambda step: 1.0, last_epoch)


def get_constant_schedule_with_warmup(optimizer, num_warmup_steps, last_epoch=-1):
    return _schedule(optimizer, num_warmup_steps, lambda step: 1.0, last_epoch)


def get_linear_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps, last_epoch=-1):
    def after(step):
        return max(0.0, 1.0 - _share(step, num_warmup_steps, num_training_steps))

    return _schedule(optimizer, num_warmup_steps, after, last_epoch)


def get_cosine_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps, num_cycles=0.5, last_epoch=-1):
    def after(step):
        turn = 2 * math.pi * num_cycles * _share(step, num_warmup_steps, num_training_steps)
        return max(0.0, 0.5 * (1 + math.cos(turn)))

    return _schedule(optimizer, num_warmup_steps, after, last_epoch)


def get_cosine_with_hard_restarts_schedule_with_warmup(
    optimizer, num_warmup_steps, num_training_steps, num_cycles=1, last_epoch=-1
):
    def after(step):
        share = _share(step, num_warmup_steps, num_training_steps)
        return 0.0 if share >= 1 else max(0.0, 0.5 * (1 + math.cos(math.pi * ((num_cycles * share) % 1))))

    return _schedule(optimizer, num_warmup_steps, after, last_epoch)


def get_polynomial_decay_schedule_with_warmup(
    optimizer, num_warmup_steps, num_training_steps, lr_end=1e-7, power=1.0, last_epoch=-1
):
    first = optimizer.defaults["lr"]

    def after(step):
        if step > num_training_steps:
            return lr_end / first
        return ((first - lr_end) * (1 - _share(step, num_warmup_steps, num_training_steps)) ** power + lr_end) / first

    return _schedule(optimizer, num_warmup_steps, after, last_epoch)


_kinds = {
    "constant": get_constant_schedule,
    "constant_with_warmup": get_constant_schedule_with_warmup,
    "linear": get_linear_schedule_with_warmup,
    "cosine": get_cosine_schedule_with_warmup,
    "cosine_with_restarts": get_cosine_with_hard_restarts_schedule_with_warmup,
    "polynomial": get_polynomial_decay_schedule_with_warmup,
}


def get_scheduler(name, optimizer, num_warmup_steps=None, num_training_steps=None, **kwargs):
    name = getattr(name, "value", name)
    if name == "constant":
        return get_constant_schedule(optimizer)
    if name == "constant_with_warmup":
        return get_constant_schedule_with_warmup(optimizer, num_warmup_steps)
    return _kinds[name](optimizer, num_warmup_steps, num_training_steps)
