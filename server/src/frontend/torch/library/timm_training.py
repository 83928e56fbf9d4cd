"""timm's optimizers, schedules and losses by the options of its training scripts, as PyTorch's own where these are the same."""

from torch import nn, optim
from torch._registry import unknown
from torch.optim import lr_scheduler


def _groups(model, weight_decay):
    """Biases and the weights of normalisations do not decay."""
    kept = set(model.no_weight_decay()) if hasattr(model, "no_weight_decay") else set()
    decaying, others = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            plain = parameter.ndim <= 1 or name.endswith(".bias") or name in kept
            (others if plain else decaying).append(parameter)
    return [{"params": others, "weight_decay": 0.0}, {"params": decaying, "weight_decay": weight_decay}]


def create_optimizer_v2(
    model_or_params, opt="sgd", lr=None, weight_decay=0.0, momentum=0.9, filter_bias_and_bn=True, **kwargs
):
    params = model_or_params
    if isinstance(params, nn.Module):
        filters = weight_decay and filter_bias_and_bn
        params = _groups(params, weight_decay) if filters else params.parameters()
    kinds = {
        "sgd": (optim.SGD, {"momentum": momentum, "nesterov": True}),
        "nesterov": (optim.SGD, {"momentum": momentum, "nesterov": True}),
        "momentum": (optim.SGD, {"momentum": momentum}),
        "adam": (optim.Adam, {}),
        "adamw": (optim.AdamW, {}),
        "nadam": (optim.NAdam, {}),
        "radam": (optim.RAdam, {}),
        "adamax": (optim.Adamax, {}),
        "adadelta": (optim.Adadelta, {}),
        "adagrad": (optim.Adagrad, {}),
        "rmsprop": (optim.RMSprop, {"alpha": 0.9, "momentum": momentum}),
    }
    kind = opt.lower().split("_")[-1]
    if kind not in kinds:
        return unknown(f"timm's optimizer {opt}")
    cls, options = kinds[kind]
    if lr is not None:
        options["lr"] = lr
    if kind.startswith("ada") or kind.endswith("adam"):
        options.update({name: value for name, value in kwargs.items() if name in ("eps", "betas")})
    return cls(params, weight_decay=weight_decay, **options)


def optimizer_kwargs(cfg):
    found = {"opt": cfg.opt, "lr": cfg.lr, "weight_decay": cfg.weight_decay, "momentum": cfg.momentum}
    if getattr(cfg, "opt_eps", None) is not None:
        found["eps"] = cfg.opt_eps
    if getattr(cfg, "opt_betas", None) is not None:
        found["betas"] = cfg.opt_betas
    return found


def create_optimizer(args, model, filter_bias_and_bn=True):
    return create_optimizer_v2(model, **optimizer_kwargs(args), filter_bias_and_bn=filter_bias_and_bn)


def create_scheduler(args, optimizer):
    if args.sched == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, args.epochs, getattr(args, "min_lr", 0)), args.epochs
    if args.sched == "step":
        return lr_scheduler.StepLR(optimizer, args.decay_epochs, args.decay_rate), args.epochs
    return unknown(f"timm's schedule {args.sched}"), args.epochs


def LabelSmoothingCrossEntropy(smoothing=0.1):
    return nn.CrossEntropyLoss(label_smoothing=smoothing)


def SoftTargetCrossEntropy():
    return nn.CrossEntropyLoss()
