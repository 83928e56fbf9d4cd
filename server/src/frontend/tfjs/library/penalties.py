"""Penalties on weights as TensorFlow.js makes and counts them."""

from _javascript import Record, is_unread
from keras import _models as models_module
from keras import _regularizers as regularizers_module
from keras._layer import Layer as KerasLayer
from keras.layers import TimeDistributed


def counted(layer):
    """
    Penalties that training adds: of a model's layers once for each of their calls, so that a shared layer counts as often as it is shared. Those of recurrent
    cells, of both ways of a sequence and of layers inside layers of the code's own are not added.
    """
    if isinstance(layer, models_module.Model) and layer.is_functional:
        called = [node.operation for node in layer._nodes if isinstance(node.operation, KerasLayer)]
        return [penalty for each in called for penalty in counted(each)]
    if isinstance(layer, TimeDistributed):
        return counted(layer.layer)
    added = [loss() if callable(loss) else loss for loss in layer._added_losses]
    return added + [regularizer(weight) for regularizer, weight in layer._regularized]


KerasLayer.losses = property(counted)


def given(config, *names):
    """The numbers of a penalty, 0.01 where the code does not say them."""
    fields = config.fields if isinstance(config, Record) else {}
    return {name: 0.01 if fields.get(name) is None and not is_unread(fields.get(name)) else fields[name] for name in names}


regularizers = Record(
    {
        "l1": lambda config=None, *more: regularizers_module.L1L2(**given(config, "l1")),
        "l2": lambda config=None, *more: regularizers_module.L1L2(**given(config, "l2")),
        "l1l2": lambda config=None, *more: regularizers_module.L1L2(**given(config, "l1", "l2")),
    }
)
