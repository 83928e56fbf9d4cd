"""torch.optim.lr_scheduler: what a schedule was made with. Nothing here changes a learning rate."""

from torch._registry import note_call


class LRScheduler:
    # Of the constructor after the optimizer, in order.
    _parameters = ()

    def __init__(self, optimizer, *args, **kwargs):
        self.optimizer = optimizer
        made = dict(zip(self._parameters, args))
        made.update(kwargs)
        self._made = made
        note_call("scheduler", {"class": type(self).__name__, "arguments": made}, self)

    def step(self, *args, **kwargs):
        pass

    def get_last_lr(self):
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass


_LRScheduler = LRScheduler


class LambdaLR(LRScheduler):
    _parameters = ("lr_lambda", "last_epoch")


class MultiplicativeLR(LRScheduler):
    _parameters = ("lr_lambda", "last_epoch")


class StepLR(LRScheduler):
    _parameters = ("step_size", "gamma", "last_epoch")


class MultiStepLR(LRScheduler):
    _parameters = ("milestones", "gamma", "last_epoch")


class ConstantLR(LRScheduler):
    _parameters = ("factor", "total_iters", "last_epoch")


class LinearLR(LRScheduler):
    _parameters = ("start_factor", "end_factor", "total_iters", "last_epoch")


class ExponentialLR(LRScheduler):
    _parameters = ("gamma", "last_epoch")


class PolynomialLR(LRScheduler):
    _parameters = ("total_iters", "power", "last_epoch")


class CosineAnnealingLR(LRScheduler):
    _parameters = ("T_max", "eta_min", "last_epoch")


class CosineAnnealingWarmRestarts(LRScheduler):
    _parameters = ("T_0", "T_mult", "eta_min", "last_epoch")


class ReduceLROnPlateau(LRScheduler):
    _parameters = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps")


class CyclicLR(LRScheduler):
    _parameters = ("base_lr", "max_lr", "step_size_up", "step_size_down", "mode", "gamma")


class OneCycleLR(LRScheduler):
    _parameters = ("max_lr", "total_steps", "epochs", "steps_per_epoch", "pct_start", "anneal_strategy", "cycle_momentum", "base_momentum", "max_momentum", "div_factor", "final_div_factor", "three_phase")


class SequentialLR(LRScheduler):
    _parameters = ("schedulers", "milestones", "last_epoch")


class ChainedScheduler(LRScheduler):
    def __init__(self, schedulers, optimizer=None):
        super().__init__(optimizer, schedulers=schedulers)


class SWALR(LRScheduler):
    _parameters = ("swa_lr", "anneal_epochs", "anneal_strategy", "last_epoch")


class AveragedModel:
    def __init__(self, model, *args, **kwargs):
        self.module = model

    def __call__(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def update_parameters(self, model):
        pass


def update_bn(*args, **kwargs):
    pass
