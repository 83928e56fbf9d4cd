"""Model: functional graphs, subclasses and Sequential."""

import torch

from keras._functional_graph import calls_from, sorted_calls
from keras._layer import Layer, parameter_names
from keras._naming import auto_name
from keras._stated_shapes import is_given
from keras._structure import flatten, map_structure
from keras._symbolic import KerasTensor, new_input, symbols_in
from keras._training import Trainer
from keras.layers._core import Embedding, Input, InputLayer
from keras.layers._merging import Merge


def _filled(leaf, values):
    if not isinstance(leaf, KerasTensor):
        return leaf
    if id(leaf) not in values:
        raise ValueError(f"Graph disconnected: cannot find parent for tensor {leaf}")
    return values[id(leaf)]


def _compute(nodes, values):
    """Adds the values of the results of calls to those, by id, of symbolic tensors."""

    def filled(leaf):
        return _filled(leaf, values)

    for node in nodes:
        if not node.inputs or all([id(tensor) in values for tensor in node.outputs]):
            continue
        results = node.operation(*map_structure(filled, node.args), **map_structure(filled, node.kwargs))
        results = [leaf for leaf in flatten(results) if isinstance(leaf, torch.Tensor)]
        for tensor, value in zip(node.outputs, results):
            values[id(tensor)] = value


class Model(Trainer, Layer):
    def __init__(self, *args, **kwargs):
        inputs = kwargs.pop("inputs", kwargs.pop("input", None))
        outputs = kwargs.pop("outputs", kwargs.pop("output", None))
        if args and (symbols_in(args) or type(self) is Model):
            inputs, outputs = args[0], args[1] if len(args) > 1 else outputs
            args = args[2:]
        if inputs is None or outputs is None:
            super().__init__(*args, **kwargs)
            return
        name = kwargs.pop("name", None) or (args[0] if args else None)
        if name is None and type(self) is Model:
            name = auto_name("Functional")
        super().__init__(name=name, **kwargs)
        self._make_graph(inputs, outputs)

    def _make_graph(self, inputs, outputs):
        for name, value in (("inputs", inputs), ("outputs", outputs)):
            object.__setattr__(self, f"_{name}_structure", value)
        nodes, operations = sorted_calls(self.inputs, self.outputs)
        object.__setattr__(self, "_nodes", nodes)
        for operation in operations:
            if isinstance(operation, Layer):
                self._modules[operation.name] = operation
        self.built = True

    @property
    def is_functional(self):
        return hasattr(self, "_nodes")

    @property
    def inputs(self):
        return flatten(self._inputs_structure)

    @property
    def outputs(self):
        return flatten(self._outputs_structure)

    @property
    def input(self):
        return self._inputs_structure

    @property
    def output(self):
        return self._outputs_structure

    @property
    def input_shape(self):
        shapes = [tuple(tensor.shape) for tensor in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        shapes = [tuple(tensor.shape) for tensor in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def input_names(self):
        return [tensor.name for tensor in self.inputs]

    @property
    def layers(self):
        return [module for module in self._modules.values() if isinstance(module, Layer)]

    def get_layer(self, name=None, index=None):
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        # Inputs of Keras 1 and 2 count from `input_1`.
        inputs = [layer for layer in self.layers if isinstance(layer, InputLayer) and layer.name.startswith("input_layer")]
        number = name[len("input_") :] if isinstance(name, str) and name.startswith("input_") else ""
        if number.isdigit() and 0 < int(number) <= len(inputs):
            return inputs[int(number) - 1]
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in self.layers]}.")

    def compute_output_shape(self, input_shape):
        return self.output_shape

    def build(self, input_shape=None):
        """A subclass is built by one symbolic call."""
        if self.built or input_shape is None:
            return
        if isinstance(input_shape, dict):
            given = {name: new_input(shape, name=name) for name, shape in input_shape.items()}
        elif input_shape and isinstance(input_shape[0], (list, tuple)):
            given = [new_input(shape) for shape in input_shape]
        else:
            given = new_input(input_shape)
        self.built = True
        object.__setattr__(self, "_built_for", [tensor.shape for tensor in flatten(given)])
        Layer.__call__(self, given)

    def _build_for(self, args, kwargs):
        if self.built:
            return
        shapes = [getattr(each, "shape", None) for each in flatten(args)]
        object.__setattr__(self, "_built_for", shapes)
        if type(self).build is not Model.build and parameter_names(self, "build"):
            super()._build_for(args, kwargs)
        self.built = True

    def forward(self, *args, **kwargs):
        several = len(args) > 1 and all([isinstance(each, torch.Tensor) for each in args])
        if several and len(parameter_names(self, "call")) and (self.is_functional or len(self._call_inputs()) == 1):
            args = (list(args),)
        return super().forward(*args, **kwargs)

    def _call_inputs(self):
        return [name for name in parameter_names(self, "call") if name not in ("training", "mask")]

    def call(self, inputs, training=None, mask=None):
        if not self.is_functional:
            raise NotImplementedError(f"Model {type(self).__name__} does not have a `call()` method implemented.")
        return self._run(self._fed(inputs))

    def _fed(self, inputs):
        """Values of the symbolic inputs, by the order or the names of these."""
        wanted = self.inputs
        if isinstance(inputs, dict):
            if isinstance(self._inputs_structure, dict):
                given = [inputs[key] for key in self._inputs_structure]
            else:
                given = [inputs[tensor.name] for tensor in wanted]
        else:
            given = flatten(inputs)
        if len(given) != len(wanted):
            raise ValueError(f"Model {self.name} expects {len(wanted)} input(s) but received {len(given)}")
        return {id(tensor): self._fitted(value, tensor) for tensor, value in zip(wanted, given)}

    def _fitted(self, value, tensor):
        """Data without their axis of one channel get it."""
        shape = tensor.shape
        if isinstance(value, torch.Tensor) and value.dim() == len(shape) - 1 and shape[-1] == 1:
            value = value.unsqueeze(-1)
        if isinstance(value, torch.Tensor):
            # A number of samples that is given for the sake of states is no property of the function.
            wrong = value.dim() != len(shape) or any(
                [axis > 0 and size is not None and size != value.shape[axis] for axis, size in enumerate(shape)]
            )
            if wrong:
                raise ValueError(
                    f'Input 0 of layer "{self.name}" is incompatible with the layer: expected shape={tuple(shape)}, '
                    f"found shape={tuple(value.shape)}"
                )
        return value

    def _run(self, values):
        _compute(self._nodes, values)
        object.__setattr__(self, "_values", values)
        return map_structure(lambda leaf: _filled(leaf, values), self._outputs_structure)

    def value_of(self, tensor, given=None):
        """What a symbolic tensor of the model's graph was in the last call; `given`: symbolic tensors and their values."""
        values = dict(self._values)
        values.update({id(symbol): value for symbol, value in given or ()})
        _compute(calls_from(values, tensor), values)
        return _filled(tensor, values)

    def add_loss(self, losses, *args, **kwargs):
        for loss in losses if isinstance(losses, (list, tuple)) else [losses]:
            if isinstance(loss, KerasTensor):
                self._symbolic_losses.append(loss)
            else:
                super().add_loss(loss)

    @property
    def losses(self):
        found = super().losses
        for layer in self.layers_below:
            if isinstance(layer, Model):
                found.extend([layer.value_of(loss) for loss in layer._symbolic_losses])
        return found

    # -- what a trace asks

    def _adds_losses(self):
        return any([len(layer._added_losses) + len(layer._symbolic_losses) > 0 for layer in self.layers_below])

    def _input_description(self):
        """(name, sizes with None for open axes, how many indices or None) of each input; None if not known."""
        if self.is_functional:
            return [self._described(tensor) for tensor in self.inputs]
        shapes = getattr(self, "_built_for", None)
        if not shapes or any([shape is None for shape in shapes]):
            return None
        names = self._call_inputs()
        first = next((layer for layer in self.layers_below if isinstance(layer, Embedding)), None)
        indices = first.input_dim if first is not None and len(shapes[0]) == 2 else None
        return [(names[min(i, len(names) - 1)], [None] + list(shape[1:]), indices) for i, shape in enumerate(shapes)]

    def _described(self, tensor):
        users = [node for node in self._nodes if any([each is tensor for each in node.inputs])]
        indices = None
        for node in users:
            operation = node.operation
            if isinstance(operation, Model) and operation.layers:
                operation = next((each for each in operation.layers if not isinstance(each, InputLayer)), operation)
            if isinstance(operation, Embedding):
                indices = operation.input_dim
        if indices is None and "int" in tensor.dtype:
            indices = 2
        return (tensor.name, list(tensor.shape), indices)

    def get_config(self):
        return {"name": self.name}


class Functional(Model):
    pass


class Sequential(Model):
    def __init__(self, layers=None, trainable=True, name=None):
        Layer.__init__(self, name=name, trainable=trainable)
        object.__setattr__(self, "_stack", [])
        object.__setattr__(self, "_ends", None)
        for layer in layers or []:
            self.add(layer)

    is_functional = property(lambda self: self._ends is not None)
    _inputs_structure = property(lambda self: self._ends[0])
    _outputs_structure = property(lambda self: self._ends[1])

    @property
    def layers(self):
        return list(self._stack)

    def add(self, layer, rebuild=True):
        if isinstance(layer, KerasTensor):
            layer = layer.node.operation
        if isinstance(layer, InputLayer):
            self._begin(layer.output)
            return
        if not isinstance(layer, Layer):
            raise ValueError(f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer}")
        if isinstance(layer, Merge) and layer.branches and not self._stack:
            self._begin_merged(layer)
            return
        if not self._stack and self._ends is None:
            own = layer.inputs[0].shape if isinstance(layer, Model) and layer.is_functional else None
            shape = layer._input_shape_arg if own is None else own
            if is_given(shape):
                dtype = "int32" if isinstance(layer, Embedding) else "float32"
                self._begin(Input(batch_shape=shape, dtype=dtype))
        self._stack.append(layer)
        self._modules[layer.name if layer.name not in self._modules else f"{layer.name}.{len(self._modules)}"] = layer
        if self._ends is not None:
            self._extend(layer)

    def _begin(self, tensor):
        object.__setattr__(self, "_ends", (tensor, tensor))
        object.__setattr__(self, "_nodes", [])
        self.built = True
        for layer in self._stack:
            self._extend(layer)

    def _begin_merged(self, layer):
        """Several models, of which the first layer makes one."""
        inputs, output = layer.beginning()
        for part in layer.branches + [layer]:
            self._modules[part.name] = part
        self._stack.append(layer)
        object.__setattr__(self, "_ends", (inputs, output))
        object.__setattr__(self, "_nodes", sorted_calls(inputs, [output])[0])
        self.built = True

    def _extend(self, layer):
        with self._scope():
            output = layer(self._ends[1])
        object.__setattr__(self, "_ends", (self._ends[0], output))
        object.__setattr__(self, "_nodes", sorted_calls(flatten(self._ends[0]), flatten(output))[0])

    def pop(self, rebuild=True):
        layer = self._stack.pop()
        for name in [name for name, module in self._modules.items() if module is layer]:
            del self._modules[name]
        if self._ends is not None:
            first = self._ends[0]
            self._begin(first)
        return layer

    def build(self, input_shape=None):
        if input_shape is None:
            return
        if self._ends is None:
            self._begin(new_input(input_shape, name="input"))

    def _build_for(self, args, kwargs):
        if self._path is None or self._ends is None:
            shape = getattr(args[0], "shape", None) if args else None
            if self._ends is None and isinstance(args[0], KerasTensor):
                self._begin(new_input(shape, args[0].dtype))
        self.built = True

    def call(self, inputs, training=None, mask=None):
        if self._ends is not None and isinstance(self._ends[0], list):
            return self._run(self._fed(inputs))
        for layer in self._stack:
            inputs = layer(inputs)
        return inputs


def clone_model(model, *args, **kwargs):
    made_from = getattr(model, "_made_from", ((), {}))
    return type(model)(*made_from[0], **made_from[1])
