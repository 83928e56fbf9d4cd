"""Published weights by name. Nothing is downloaded: a name only decides how many classes a model has."""

import functools

from torch._registry import note_call, unknown


class Weights:
    """One entry of an enumeration of weights, e.g. `ResNet18_Weights.IMAGENET1K_V1`."""

    def __init__(self, owner, name):
        self.owner = owner
        self.name = name
        self.meta = {"categories": [f"class {i}" for i in range(owner.classes)]}
        self.url = unknown(f"the address of {owner.name}.{name}")

    def transforms(self, **kwargs):
        return unknown(f"the transforms of {self.owner.name}.{self.name}")

    def get_state_dict(self, *args, **kwargs):
        return unknown(f"{self.owner.name}.{self.name} is not downloaded")

    def __repr__(self):
        return f"{self.owner.name}.{self.name}"


class WeightsFamily:
    """The enumeration itself; it has whatever entry is asked for."""

    def __init__(self, name):
        self.name = name
        self.classes = 21 if name.startswith(("FCN", "DeepLabV3", "LRASPP")) else 1000

    def __getattr__(self, entry):
        if entry.startswith("_"):
            raise AttributeError(f"{self.name} has no attribute {entry}")
        return self[entry]

    def __getitem__(self, entry):
        made = Weights(self, entry)
        self.__dict__[entry] = made
        return made

    def verify(self, entry):
        return entry


@functools.cache
def _family(name):
    return WeightsFamily(name)


def __getattr__(name):
    if name.endswith("_Weights"):
        return _family(name)
    raise AttributeError(f"module 'torchvision.models' has no attribute '{name}'")


def weights_of(model):
    return WeightsFamily(model)


def builder(function):
    """A model by name, called the way of today (`weights=`) or of before version 0.13 (`pretrained=`)."""

    @functools.wraps(function)
    def build(*args, weights=None, progress=True, pretrained=None, pretrained_backbone=None, **kwargs):
        if args:
            weights = args[0]
        if pretrained is not None:
            weights = pretrained
        if weights is not None and weights is not False:
            note_call("pretrained", {"model": function.__name__, "weights": str(weights)})
            kwargs = _with_published(function.__name__, weights, kwargs)
        kwargs.pop("weights_backbone", None)
        return function(**kwargs)

    build.builds_model = True
    return build


def _with_published(name, weights, kwargs):
    """The arguments that the published weights prescribe."""
    classes = weights.owner.classes if isinstance(weights, Weights) else 1000
    if name.startswith(("fcn", "deeplabv3", "lraspp")):
        classes = 21
    given = kwargs.get("num_classes", classes)
    if given != classes:
        raise ValueError(f"the weights of {name} are for num_classes={classes}, not {given}")
    prescribed = {"num_classes": classes}
    if name.startswith(("fcn", "deeplabv3")):
        prescribed["aux_loss"] = True
    if name in ("googlenet", "inception_v3"):
        prescribed["transform_input"] = True
    if name == "googlenet":
        prescribed["aux_logits"] = kwargs.get("aux_logits", False)
    return {**kwargs, **prescribed}
