"""What `fit` is given, as arrays of inputs and targets: noted for what reads the samples afterwards."""

import torch
from torch._registry import is_unknown, note_call

from keras._layer import as_tensor
from keras._structure import flatten


def note_data(model, x=None, y=None, batch_size=None, validation_split=0.0, class_weight=None, sample_weight=None, **kwargs):
    """Arrays, or a data set with samples of its own (`_arranged`)."""
    if is_unknown(x) or not hasattr(x, "_arranged"):
        inputs, targets, steps = x, y, []
    else:
        inputs, targets, steps = x._arranged()
    omitted = []
    weights, of_classes = as_tensor(sample_weight), known_class_weights(class_weight)
    if weights is not None and not isinstance(weights, torch.Tensor):
        weights = None
        omitted.append("sample_weight not applied")
    if class_weight is not None and of_classes is None:
        omitted.append("class_weight not applied")
    noted = {"inputs": _flat(inputs), "targets": _flat(targets), "omitted": omitted + steps}
    noted.update({"sample_weight": weights, "class_weight": of_classes})
    # The last part is for validation.
    note_call("fit", {**noted, "validation_split": validation_split}, model)


def known_class_weights(weights):
    """Numbers by the numbers of classes; None where they are not known."""
    if is_unknown(weights) or not isinstance(weights, dict):
        return None
    entries = [entry for pair in weights.items() for entry in pair]
    return dict(weights) if all([not is_unknown(each) and isinstance(each, (int, float)) for each in entries]) else None


def _flat(structure):
    if is_unknown(structure):
        return [structure]
    return [each if is_unknown(each) else as_tensor(each) for each in flatten(structure) if each is not None]
