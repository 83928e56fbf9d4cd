"""Models by name."""

import fnmatch

import torchvision.models


def register_model(name=None):
    return lambda function: function


def _packages(module=None):
    if module is not None:
        return [module]
    return [torchvision.models, torchvision.models.segmentation]


def get_model_builder(name):
    for package in _packages():
        found = getattr(package, name.lower(), None)
        if callable(found):
            return found
    raise ValueError(f"Unknown model {name}")


find_model = get_model_builder


def get_model(name, **config):
    return get_model_builder(name)(**config)


def get_model_weights(name):
    from torchvision.models._weights import weights_of

    return weights_of(name if isinstance(name, str) else name.__name__)


def get_weight(name):
    family, _, entry = name.partition(".")
    return getattr(torchvision.models, family)[entry]


def list_models(module=None, include=None, exclude=None):
    names = {name for package in _packages(module) for name, value in vars(package).items() if hasattr(value, "builds_model")}
    patterns = [include] if isinstance(include, str) else include
    if patterns:
        names = {name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)}
    for pattern in [exclude] if isinstance(exclude, str) else exclude or []:
        names = {name for name in names if not fnmatch.fnmatch(name, pattern)}
    return sorted(names)
