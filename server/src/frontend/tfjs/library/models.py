"""`tf.sequential`, `tf.model` and what their models can do; what training would do is noted."""

import torch

import _javascript
import keras
from _javascript import Record, get, is_unread, missing
from _tfjs_arguments import arguments_of, numbered, words
from _tfjs_inputs import input_shape
from _tfjs_functions import functions, tensor_member
from _tfjs_losses import loss_named
from _tfjs_training import minimised_models, optimizer_members, optimizer_named
from keras import _optimizers as optimizers_module
from keras._layer import Layer as KerasLayer
from keras._symbolic import KerasTensor


def input(config, *more):
    given = arguments_of(config)
    shape = given.pop("shape", None)
    batch_shape = given.pop("batch_shape", None)
    dtype = given.pop("dtype", None) or "float32"
    if batch_shape is None or is_unread(batch_shape):
        shape = [None] + list(input_shape(shape if batch_shape is None else batch_shape))
    else:
        shape = list(batch_shape[:1]) + list(input_shape(batch_shape[1:]))
    return keras.Input(batch_shape=tuple(shape), dtype=dtype, name=given.pop("name", None) or f"input{numbered('InputLayer')[-1]}")


class Sequential(keras.Sequential):
    """As `new tf.Sequential(…)` makes it, and as code extends it."""

    def __init__(self, config=None, *more):
        given = arguments_of(config)
        super().__init__(layers=given.get("layers"), name=given.get("name"))


def sequential(config=None, *more):
    return Sequential(config)


LayersModel = keras.Model
Tensor, SymbolicTensor = torch.Tensor, KerasTensor


def model(config, *more):
    inputs, outputs = get(config, "inputs"), get(config, "outputs")
    for ends in (inputs, outputs):
        # A part of a model that is not read makes one that is not known either.
        unread = [each for each in ([ends] if is_unread(ends) or not isinstance(ends, (list, tuple)) else ends) if is_unread(each)]
        if unread:
            return unread[0]
    return keras.Model(inputs=inputs, outputs=outputs, name=get(config, "name"))


# -- members


def compiled(model, config, *more):
    optimizer, loss = get(config, "optimizer"), get(config, "loss")
    model.compile(optimizer=optimizer_named(optimizer), loss=loss_named(loss))
    object.__setattr__(model, "masks_losses", False)


def fitted(model, x=None, y=None, config=None, *more):
    given = {} if config is None else config.fields
    # The last part is for validation.
    split = given.get("validationSplit") or 0.0
    model.fit(x, y, batch_size=given.get("batchSize", 32), epochs=given.get("epochs", 1), validation_split=split)
    return _javascript.unread("the history of a training that is not run")


def fitted_to_data(model, data=None, config=None, *more):
    """A data set has its own size of batches."""
    model.fit(data)
    return _javascript.unread("the history of a training that is not run")


def predicted(model, x):
    minimised_models.append(model)
    return x if is_unread(x) else model(x)


def applied(layer, inputs, config=None, *more):
    if isinstance(layer, keras.Model):
        return predicted(layer, inputs)
    given = arguments_of(config)
    given.pop("training", None)
    return layer(inputs, **given)


model_members = {
    "add": lambda model, layer, *more: model.add(layer),
    "compile": compiled,
    "fit": fitted,
    "fitDataset": fitted_to_data,
    "summary": lambda model, *more: None,
    "getLayer": lambda model, name=None, index=None, *more: layer_of_model(model, name, index),
    "predict": lambda model, x, *more: predicted(model, x),
    "predictOnBatch": lambda model, x, *more: predicted(model, x),
    "save": lambda model, *more: _javascript.unread("the result of saving a model"),
}


def layer_of_model(model, name, index):
    if isinstance(name, int):
        name, index = None, name
    return model.get_layer(name, index)


def layer_member(layer, name):
    """Members that have other names, or that Python makes of other kinds."""
    if name == "apply":
        return lambda inputs, *more: applied(layer, inputs, *more)
    if name == "getWeights":
        return lambda *more: layer.weights
    if name == "dispose":
        return lambda *more: None
    if name in model_members and isinstance(layer, keras.Model):
        return lambda *given: model_members[name](layer, *given)
    if name == "inputs" or name == "outputs":
        return list(getattr(layer, name))
    for each in (name, words(name)):
        if hasattr(layer, each):
            found = getattr(layer, each)
            return list(found) if name == "outputShape" else found
    return None


def member(value, name):
    if isinstance(value, (torch.Tensor, KerasTensor)):
        return tensor_member(value, name)
    if isinstance(value, optimizers_module.Optimizer):
        return optimizer_members.get(name, lambda *more: None)(value)
    return layer_member(value, name) if isinstance(value, KerasLayer) else missing


_javascript.kinds.append(member)
