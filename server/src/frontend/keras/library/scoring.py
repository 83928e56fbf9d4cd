"""The loss of a compiled model: what each output is compared with, and the number that training would lower."""

import torch

from keras import _losses as losses
from keras._reductions import class_weights
from keras._structure import flatten
from keras._symbolic import KerasTensor, new_input

_classes = (losses.sparse_categorical_crossentropy, losses.categorical_crossentropy, losses.categorical_focal_crossentropy)
_probabilities = (losses.binary_crossentropy, losses.binary_focal_crossentropy)


def _function(loss):
    return type(loss).function if isinstance(loss, losses.LossFunctionWrapper) else loss


def target_kind(loss):
    """`classes`, `probabilities` or `values`."""
    function = _function(losses.get(loss))
    if any([function is each for each in _classes]):
        return "classes"
    return "probabilities" if any([function is each for each in _probabilities]) else "values"


def _dense(loss, target, output):
    """Whole numbers where a loss compares probabilities of classes mean the classes."""
    function = _function(loss)
    one_hot = function is losses.categorical_crossentropy or function is losses.categorical_focal_crossentropy
    if one_hot and (target.dim() < output.dim() or target.shape[-1] == 1 != output.shape[-1]):
        labels = target.squeeze(-1) if target.dim() == output.dim() else target
        return torch.nn.functional.one_hot(labels.long(), output.shape[-1])
    return target


def _compared(model, loss, target, output):
    """A loss of the code's own may also use symbolic tensors of the model's graph; then it is a part of that graph."""
    if isinstance(loss, losses.Loss):
        return loss.call(target, output)
    try:
        value = loss(target, output)
    except (AttributeError, RuntimeError, TypeError, ValueError):
        if not model.is_functional:
            raise
        given = [(new_input((None,) + tuple(each.shape[1:])), each) for each in (target, output)]
        return model.value_of(loss(*[symbol for symbol, _ in given]), given)
    return model.value_of(value) if isinstance(value, KerasTensor) else value


def _one(model, loss, target, output, weights):
    """Losses of keras and the code's own are mean values over whatever they leave."""
    loss = losses.get(loss)
    reduction = loss.reduction if isinstance(loss, losses.Loss) else "sum_over_batch_size"

    def values(given, predicted):
        return _compared(model, loss, given, predicted)

    value = losses.reduced_loss(values, _dense(loss, target, output), output, weights, reduction, model.masks_losses)
    return value if value.dim() == 0 else torch.mean(value)


def _weights(target, class_weight, sample_weight):
    """Of the samples; those of classes stand back where samples have their own."""
    if sample_weight is not None or class_weight is None:
        return sample_weight
    return class_weights(target, class_weight)


def wanted(model, outputs, given=None):
    """(index of the output, loss, weight) for each output that is compared with something."""
    tensors = flatten(outputs)
    chosen = [given] if given is not None else model._compiled_losses()
    if given is None and len(chosen) == 1 and len(tensors) > 1 and not isinstance(model.loss, (list, tuple, dict)):
        chosen = chosen * len(tensors)
    weights = getattr(model, "loss_weights", None)
    if isinstance(weights, dict):
        weights = [weights.get(name, 1.0) for name in model.output_names]
    return [
        (index, loss, 1.0 if weights is None else weights[index])
        for index, loss in enumerate(chosen)
        if loss is not None and index < len(tensors)
    ]


def score(model, outputs, targets, given=None, class_weight=None, sample_weight=None):
    """The scalar: weighted losses of the outputs and what the layers add (regularisers, add_loss)."""
    tensors = flatten(outputs)
    total = 0.0
    for (index, loss, weight), target in zip(wanted(model, outputs, given), targets):
        part = _one(model, loss, target, tensors[index], _weights(target, class_weight, sample_weight))
        total = total + (part if weight == 1.0 else weight * part)
    for penalty in model.losses:
        total = total + (penalty if getattr(penalty, "ndim", 0) == 0 else torch.mean(penalty))
    return total


def likely(model):
    """(loss, why) for a model that nobody compiled: from the activation of its output."""
    layers = [layer for layer in model.layers_below if hasattr(layer, "activation") or type(layer).__name__ == "Softmax"]
    last = layers[-1] if layers else None
    name = "softmax" if type(last).__name__ == "Softmax" else getattr(getattr(last, "activation", None), "__name__", "")
    if name == "softmax":
        return ("sparse_categorical_crossentropy", "a softmax ends the model")
    if name == "sigmoid":
        return ("binary_crossentropy", "a sigmoid ends the model")
    return ("mean_squared_error", "the output is a number of any size")
