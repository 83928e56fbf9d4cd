"""What `fit` is given, as arrays of inputs and targets: noted for what reads the samples afterwards."""

from torch._registry import is_unknown, note_call

from keras._layer import as_tensor
from keras._structure import flatten

_weights = ("sample_weight", "class_weight")


def note_data(model, x=None, y=None, batch_size=None, validation_split=0.0, **kwargs):
    """Arrays, or a data set with samples of its own (`_arranged`)."""
    omitted = [f"{name} not applied" for name in _weights if kwargs.get(name) is not None]
    if is_unknown(x) or not hasattr(x, "_arranged"):
        inputs, targets, steps = x, y, []
    else:
        inputs, targets, steps = x._arranged()
    noted = {"inputs": _flat(inputs), "targets": _flat(targets), "omitted": omitted + steps}
    # The last part is for validation.
    note_call("fit", {**noted, "validation_split": validation_split}, model)


def _flat(structure):
    if is_unknown(structure):
        return [structure]
    return [each if is_unknown(each) else as_tensor(each) for each in flatten(structure) if each is not None]
