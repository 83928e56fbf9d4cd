"""Models from their configuration, as `model.json` holds it."""

import keras
from _tfjs_layers import classes, made, other_classes

_model_names = ("Sequential", "Model", "Functional")
_layer_names = list(classes.values()) + list(other_classes)


# What a layer and its cell both have.
_of_every_layer = ("batch_input_shape", "dtype", "name", "trainable")


def configured(value):
    """Parts of a configuration that are objects of their own."""
    if isinstance(value, list):
        return [configured(each) for each in value]
    if isinstance(value, dict) and "class_name" in value and "config" in value:
        if value["class_name"] in _layer_names or value["class_name"] in _model_names:
            return layer_of(value)
    return value


def layer_of(spec):
    class_name, config = spec["class_name"], dict(spec["config"])
    if class_name in _model_names:
        return model_of(spec)
    if class_name not in _layer_names:
        raise ValueError(f"the layer class {class_name} is code of its own, which the file does not hold")
    for key in [key for key in config if key.endswith("_constraint")]:
        config.pop(key)
    if "cell" in config:
        # What a cell is made of stands beside it, too.
        of_cell = config["cell"]["config"]
        config = {key: value for key, value in config.items() if key not in of_cell or key in _of_every_layer}
    if class_name == "InputLayer":
        shape = config.get("batch_input_shape", config.get("batch_shape"))
        return keras.Input(batch_shape=tuple(shape), dtype=config.get("dtype") or "float32", name=config.get("name"))
    return made(class_name, {key: configured(value) for key, value in config.items()})


def model_of(spec):
    config = spec["config"]
    if spec["class_name"] == "Sequential":
        specs = config if isinstance(config, list) else config["layers"]
        name = None if isinstance(config, list) else config.get("name")
        return keras.Sequential(layers=[layer_of(each) for each in specs], name=name)
    made, results = {}, {}
    waiting = list(config["layers"])
    for each in waiting:
        made[each["name"]] = layer_of(each)
        results[each["name"]] = [made[each["name"]]] if each["class_name"] == "InputLayer" else []
    # Calls of a layer are listed with the layer: each is made once everything that it is given is there.
    calls = [(each["name"], index, node) for each in waiting for index, node in enumerate(each.get("inbound_nodes", []))]
    ends = [listed(config[key]) for key in ("input_layers", "output_layers")]
    named = [each for *_, node in calls for each in node] + ends[0] + ends[1]
    first = {each["name"]: first_call(each, named) for each in waiting}
    results = {name: found or [None] * first[name] for name, found in results.items()}
    calls = [(name, index + first[name], node) for name, index, node in calls]
    while calls:
        ready = [call for call in calls if call[1] == len(results[call[0]]) and is_ready(call[2], results)]
        if not ready:
            raise ValueError("the graph of the model has calls whose inputs are never made")
        for name, index, node in ready:
            given = [picked(each, results) for each in node]
            results[name].append(made[name](given[0] if len(given) == 1 else given))
        calls = [call for call in calls if call not in ready]
    tensors = [[picked(each, results) for each in places] for places in ends]
    inputs, outputs = [each[0] if len(each) == 1 else each for each in tensors]
    return keras.Model(inputs=inputs, outputs=outputs, name=config.get("name"))


def first_call(spec, named):
    """The number of a layer's first call. A nested model's own outputs are its call 0, so that the calls of it count from 1."""
    indices = [each[1] for each in named if each[0] == spec["name"]]
    return min(indices) if indices and spec["class_name"] in _model_names else 0


def listed(ends):
    """One end may stand without its list."""
    return [ends] if ends and isinstance(ends[0], str) else ends


def is_ready(node, results):
    return all([len(results[each[0]]) > each[1] for each in node])


def picked(reference, results):
    output = results[reference[0]][reference[1]]
    return output[reference[2]] if isinstance(output, (list, tuple)) else output


def model_from_topology(topology):
    """`modelTopology` of a layers model, as TensorFlow.js and its converter write it."""
    return model_of(topology.get("model_config", topology))
