"""Weights & Biases: a program's settings are kept, what it reports is not sent."""

from torch._registry import unknown


class Config:
    """Settings as attributes and entries."""

    def __init__(self, settings=None):
        self.update(settings or {})

    def update(self, settings, allow_val_change=None):
        settings = settings if isinstance(settings, dict) else vars(settings)
        for name, value in settings.items():
            setattr(self, name, value)

    def setdefaults(self, settings):
        self.update({name: value for name, value in settings.items() if name not in vars(self)})

    def __getitem__(self, name):
        return getattr(self, name)

    def __setitem__(self, name, value):
        setattr(self, name, value)

    def __contains__(self, name):
        return name in vars(self)

    def get(self, name, default=None):
        return getattr(self, name, default)

    def keys(self):
        return vars(self).keys()

    def items(self):
        return vars(self).items()

    def as_dict(self):
        return dict(vars(self))


class Run:
    def __init__(self, settings):
        self.config = settings
        self.summary = Config()
        self.name = self.id = self.dir = "run"

    def log(self, *args, **kwargs):
        pass

    watch = save = finish = log_artifact = define_metric = log

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        pass


config = Config()
run = None


def init(project=None, entity=None, config=None, **kwargs):
    """Settings that code has put into `wandb.config` before stay, those given here come on top."""
    global run
    run = Run(_settings)
    if config is not None:
        run.config.update(config)
    return run


_settings = config


def login(*args, **kwargs):
    return True


def log(*args, **kwargs):
    pass


watch = save = finish = alert = define_metric = log_artifact = log
summary = Config()


class WandbCallback:
    def __init__(self, *args, **kwargs):
        pass


WandbMetricsLogger = WandbModelCheckpoint = WandbEvalCallback = WandbCallback


def __getattr__(name):
    return unknown(f"wandb.{name} is not read")
