"""Models from their configuration, which files of Keras hold in place of code.

Keras 3 writes calls with their arguments (`__keras_tensor__` for symbolic ones), Keras 1 and 2 lists of
[layer, call, output, keywords]. What is code of its own (Lambda, custom classes and functions) is refused by its name.
"""

import inspect
import json

import torch
from torch._registry import is_unknown

import keras
import keras.initializers as initializers_module
import keras.layers as layers_module
import keras.losses as losses_module
import keras.ops as ops_module
import keras.optimizers.schedules as schedules_module
import keras.regularizers as regularizers_module
from keras import _activations as activations
from keras import _optimizers as optimizers
from keras._models import Model, Sequential
from keras._naming import to_snake_case
from keras._structure import flatten
from keras._symbolic import KerasTensor

# -- graphs of calls


class Graph:
    """Calls the layers of a functional model as its configuration lists them. `make` gives a layer, or the tensor of an input."""

    def __init__(self, specs, make):
        self.operations, self.results, self.calls = {}, {}, []
        for spec in specs:
            name = spec["name"] if "name" in spec else spec["config"]["name"]
            made = make(spec)
            self.operations[name] = made
            is_input = isinstance(made, KerasTensor)
            self.results[name] = [made] if is_input else []
            nodes = [] if is_input else spec.get("inbound_nodes", [])
            self.calls += [(name, index, *arguments_of(node)) for index, node in enumerate(nodes)]

    def number_models(self, ends):
        """Keras 2 counts the calls of a nested model from 1: its own outputs are call 0."""
        named = references([self.calls, ends], self.operations)
        for name, operation in self.operations.items():
            indices = [index for other, index, _ in named if other == name]
            if isinstance(operation, Model) and indices and min(indices) > 0:
                self.results[name] = [None] * min(indices)
        self.calls = [(name, index + len(self.results[name]), args, kwargs) for name, index, args, kwargs in self.calls]

    def run(self):
        """Each call is made once all that it is given is there."""
        waiting = self.calls
        while waiting:
            left = []
            for name, index, args, kwargs in waiting:
                if index == len(self.results[name]) and self.has((args, kwargs)):
                    self.results[name].append(self.operations[name](*self.filled(args), **self.filled(kwargs)))
                else:
                    left.append((name, index, args, kwargs))
            if len(left) == len(waiting):
                raise ValueError("the graph of the model has calls whose inputs are never made")
            waiting = left

    def has(self, structure):
        return all([len(self.results[name]) > index for name, index, _ in references(structure, self.operations)])

    def filled(self, structure):
        """Symbolic tensors in place of what names them."""
        reference = reference_of(structure, self.operations)
        if reference is not None:
            name, index, output = reference
            return flatten(self.results[name][index])[output]
        if isinstance(structure, dict):
            if "class_name" in structure:
                return value_of("", structure)
            return {key: self.filled(item) for key, item in structure.items()}
        if isinstance(structure, tuple):
            return tuple([self.filled(item) for item in structure])
        return [self.filled(item) for item in structure] if isinstance(structure, list) else structure


def reference_of(value, operations):
    """(layer, call, output) that a part of the configuration stands for, else None."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return tuple(value["config"]["keras_history"])
    is_list = isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str) and value[0] in operations
    if is_list and isinstance(value[1], int) and isinstance(value[2], int):
        return tuple(value[:3])
    return None


def references(structure, operations):
    found, waiting = [], [structure]
    while waiting:
        value = waiting.pop()
        reference = reference_of(value, operations)
        if reference is not None:
            if reference[0] not in operations:
                raise ValueError(f"the graph of the model names a layer {reference[0]} that it does not have")
            found.append(reference)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
    return found


def arguments_of(node):
    """Positional and keyword arguments of one call."""
    if isinstance(node, dict) and "args" in node:
        return tuple(node["args"]), node.get("kwargs", {})
    entries = node if isinstance(node, list) and node and isinstance(node[0], list) else [node]
    if isinstance(node, dict):
        return (node,), {}
    keywords = entries[0][3] if len(entries[0]) > 3 else {}
    given = [entry[2] if entry[0] == "_CONSTANT_VALUE" else entry[:3] for entry in entries]
    return (given[0] if len(given) == 1 else given,), {key: sliced(item) for key, item in keywords.items()}


def sliced(value):
    """Slices as Keras 2 writes them."""
    if isinstance(value, dict):
        if sorted(value) == ["start", "step", "stop"]:
            return {"class_name": "__slice__", "config": value}
        return {key: sliced(item) for key, item in value.items()}
    return [sliced(item) for item in value] if isinstance(value, list) else value


def ends_of(value):
    """One end may stand without its list."""
    return [value] if isinstance(value, list) and value and isinstance(value[0], str) else value


def functional_of(config, make):
    graph = Graph(config["layers"], make)
    ends = [ends_of(config[key]) for key in ("input_layers", "output_layers")]
    graph.number_models(ends)
    graph.run()
    inputs, outputs = [graph.filled(each) for each in ends]
    inputs, outputs = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in (inputs, outputs)]
    return Model(inputs=inputs, outputs=outputs, name=config.get("name"))


# -- layers

# Layers by their numbers in the file that is read.
_shared = {}
_model_classes = ("Functional", "Model", "Sequential")
# Where a layer keeps its state, how it is computed, and what acts after a step: no part of the function.
_ignored = (
    "implementation unroll stateful time_major ragged sparse optional batch_size type_spec input_dtype dynamic fused "
    "noise_shape synchronized query_shape key_shape value_shape seed lora_rank lora_alpha flash_attention autocast fill_mode fill_value"
).split()
# What changes the function, when it is set.
_unread = ("quantization_config", "use_gate", "sliding_window", "renorm")


def refused(kind, name):
    raise ValueError(f"{kind} {name} is code of its own, which the file does not hold; trace the source of the model")


def not_read(name):
    return ValueError(f"the layer class {name} is code of its own, which the file does not hold, or not read yet")


def is_foreign(spec):
    """Keras 3 says where a class is defined, and the name of one that is not its own."""
    home = spec.get("module")
    if home is None:
        return spec.get("registered_name") is not None
    return home != "builtins" and home.split(".")[0] not in ("keras", "tf_keras", "keras_hub")


def is_operation(spec):
    """HDF5 files do not say where a class is defined, but layers have more settings than functions."""
    home = spec.get("module")
    if home is not None:
        return ".ops." in home or home == "keras.ops"
    config, name = spec["config"], spec["class_name"]
    if name == "InputLayer" or "trainable" in config:
        return False
    return "dtype" not in config or is_unknown(getattr(layers_module, name))


def layer_of(spec):
    """A layer that stands in several places of a file is one layer."""
    number = spec.get("shared_object_id")
    if number not in _shared:
        made = new_layer_of(spec)
        if number is None:
            return made
        _shared[number] = made
    return _shared[number]


def new_layer_of(spec):
    name = spec["class_name"]
    if is_foreign(spec):
        refused("the class", name)
    if name in _model_classes:
        return model_of(spec)
    if name == "Lambda":
        refused("the Lambda layer", spec["config"].get("name"))
    if is_operation(spec):
        return operation_of(spec)
    config = dict(spec["config"])
    if name == "InputLayer":
        return input_of(config)
    if name in ("TFOpLambda", "SlicingOpLambda"):
        return function_of_tensorflow(config["function"])
    layer_class = getattr(layers_module, name)
    if is_unknown(layer_class):
        raise not_read(name)
    return layer_class(**arguments_for(name, layer_class, config))


def arguments_for(name, layer_class, config):
    for key in _unread:
        if config.pop(key, None):
            raise ValueError(f"the layer {config.get('name')} is made with {key}, which is not read")
    known = inspect.signature(layer_class.__init__).parameters
    for key in _ignored:
        if key in config and key not in known:
            config.pop(key)
    if name == "GRU":
        # Keras wrote no `reset_after` before it had one.
        config.setdefault("reset_after", False)
    if name == "BatchNormalization" and isinstance(config.get("axis"), list):
        config["axis"] = config["axis"][0]
    return {key: value_of(key, value) for key, value in config.items() if not key.endswith("_constraint")}


def input_of(config):
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if shape is None:
        raise ValueError("an input of the model has no shape")
    # A model that was built with a number of samples takes any.
    shape = (None,) + tuple(value_of("", shape))[1:]
    return keras.Input(batch_shape=shape, dtype=precision_of(config.get("dtype")), name=config.get("name"))


def precision_of(dtype):
    """Layers compute in the precision of the trace, whatever their policy."""
    name = dtype.get("config", {}).get("name") if isinstance(dtype, dict) else dtype
    if isinstance(name, str) and name.startswith(("int8_from", "int4_from", "float8_from")):
        raise ValueError(f"layers quantised by {name} are not read")
    return name if isinstance(name, str) and not name.startswith("mixed") else "float32"


def operation_of(spec):
    """A function of `keras.ops`: its configuration holds what is not a tensor."""
    name, config = spec["class_name"], {key: value_of("", item) for key, item in spec["config"].items() if key != "name"}
    if name == "GetItem":
        return lambda x, key: x[tuple(key) if isinstance(key, list) else key]
    function = getattr(ops_module, to_snake_case(name))
    if is_unknown(function):
        raise not_read(name)
    if name == "Einsum":
        return lambda *operands: function(config["subscripts"], *operands)
    config.pop("dtype", None) if name != "Cast" else None
    return lambda *args, **kwargs: function(*args, **{**config, **kwargs})


def function_of_tensorflow(path):
    """`math.add`, `nn.relu`, `__operators__.getitem`: functions that graphs of Keras 2 call."""
    import tensorflow as tf

    if path.endswith("__operators__.getitem"):
        return lambda x, slice_spec: x[tuple(slice_spec) if isinstance(slice_spec, (list, tuple)) else slice_spec]
    found = tf
    for part in path.split("."):
        found = getattr(found, part)
    return found


def value_of(key, value):
    """An argument of a layer."""
    if key == "dtype":
        return precision_of(value)
    if isinstance(value, list):
        return [value_of("", item) for item in value]
    if not isinstance(value, dict):
        return value
    name = value.get("class_name")
    if name is None:
        return {inner: value_of(inner, item) for inner, item in value.items()}
    if name == "__tuple__":
        return tuple([value_of("", item) for item in value["items"]])
    if name == "__slice__":
        return slice(*[value["config"].get(part) for part in ("start", "stop", "step")])
    if name in ("__numpy__", "__tensor__"):
        return torch.tensor(value["config"]["value"])
    if name == "__ellipsis__":
        return ...
    if name == "__lambda__":
        refused("the lambda", key)
    if key.endswith("initializer"):
        return initializer_of(value)
    if key.endswith("regularizer"):
        if is_foreign(value) or is_unknown(getattr(regularizers_module, name)):
            refused("the regularizer", name)
        return regularizers_module.get(value)
    if name == "function":
        return function_of(value["config"])
    return layer_of(value)


def function_of(name):
    if name not in activations._names:
        refused("the function", name)
    return activations.get(name)


def initializer_of(spec):
    """Where the file holds the weights the first values are of no use: an unknown rule fills with zeros."""
    found = getattr(initializers_module, spec["class_name"])
    if is_foreign(spec) or is_unknown(found):
        return "zeros"
    known = inspect.signature(found.__init__).parameters
    return found(**{key: value_of("", item) for key, item in spec["config"].items() if key in known})


# -- models


def model_of(spec):
    config = spec["config"]
    if spec["class_name"] != "Sequential":
        return functional_of(config, layer_of)
    specs = config if isinstance(config, list) else config["layers"]
    named = config if isinstance(config, dict) else {}
    model = Sequential(layers=[layer_of(each) for each in specs], name=named.get("name"))
    shape = named.get("build_input_shape") or (spec.get("build_config") or {}).get("input_shape")
    if shape is not None and not model.is_functional:
        model.build((None,) + tuple(shape)[1:])
    return model


def model_from_config(config, custom_objects=None):
    if config.get("class_name") not in _model_classes or is_foreign(config):
        refused("the model class", config.get("class_name"))
    _shared.clear()
    return model_of(config)


def model_from_json(json_string, custom_objects=None):
    return model_from_config(json.loads(json_string))


# -- training


def compiled(model, config):
    """`compile` as a file holds it; what is code of its own is left out, and then the model has no loss."""
    optimizer, loss = config.get("optimizer"), config.get("loss")
    optimizer = optimizer_of(config.get("optimizer_config", optimizer))
    if loss is not None and all([is_known_loss(each) for each in flatten_specs(loss)]):
        model.compile(optimizer=optimizer, loss=loss_of(loss), loss_weights=config.get("loss_weights"))
    return model


def optimizer_of(spec):
    if not isinstance(spec, dict):
        return spec or "rmsprop"
    config = {key: value for key, value in spec["config"].items() if key != "is_legacy_optimizer"}
    rate = config.get("learning_rate", config.get("lr"))
    if isinstance(rate, dict):
        config["learning_rate"] = schedule_of(rate)
    name = spec["class_name"].split(">")[-1]
    if name == "LossScaleOptimizer":
        return optimizer_of(config["inner_optimizer"])
    return optimizers.get({"class_name": name, "config": config})


def schedule_of(spec):
    return getattr(schedules_module, spec["class_name"])(**spec["config"])


def flatten_specs(loss):
    """The parts of a loss for several outputs."""
    if isinstance(loss, dict) and "class_name" not in loss:
        return [each for value in loss.values() for each in flatten_specs(value)]
    return [each for value in loss for each in flatten_specs(value)] if isinstance(loss, list) else [loss]


def is_known_loss(spec):
    if spec is None:
        return True
    name = spec["config" if spec["class_name"] == "function" else "class_name"] if isinstance(spec, dict) else spec
    return not is_unknown(getattr(losses_module, name)) and not (isinstance(spec, dict) and is_foreign(spec))


def loss_of(spec):
    if isinstance(spec, list):
        return [loss_of(each) for each in spec]
    if not isinstance(spec, dict):
        return spec
    if "class_name" not in spec:
        return {key: loss_of(value) for key, value in spec.items()}
    if spec["class_name"] == "function":
        return spec["config"]
    return getattr(losses_module, spec["class_name"])(**spec["config"])
