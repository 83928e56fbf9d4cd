"""Layer: weights with their paths, building at the first call, training mode and masks handed down."""

import inspect

import torch
from torch._registry import begin_module, call_module, new_module, set_member
from torch.nn import Module, Parameter

from keras import _initializers as initializers
from keras import _regularizers as regularizers
from keras._mixed_precision import Typed, type_name
from keras._naming import auto_name, current_path, join, path_scope
from keras._stated_shapes import is_given, is_unknown
from keras._structure import flatten, map_structure
from keras._symbolic import KerasTensor, TensorShape, new_input, record, symbols_in

# The training mode of the calls that are running, outermost first.
_training = []
_parameter_names = {}


class InputSpec:
    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None, **kwargs):
        self.shape = shape
        self.ndim = ndim
        self.axes = axes


class TrackedList(list):
    """A list of an attribute: layers that are appended belong to the owner."""

    def track(self, owner, name):
        object.__setattr__(self, "owner", owner)
        object.__setattr__(self, "label", name)
        for item in self:
            owner._track(item, name)
        return self

    @property
    def layers(self):
        """As lists of TensorFlow's Keras have it."""
        return [item for item in self if isinstance(item, Layer)]

    def append(self, item):
        super().append(item)
        self.owner._track(item, self.label)

    def extend(self, items):
        for item in items:
            self.append(item)

    def insert(self, index, item):
        super().insert(index, item)
        self.owner._track(item, self.label)

    def __iadd__(self, items):
        self.extend(items)
        return self


def parameter_names(layer, method):
    """Names of the parameters of a method, without self."""
    key = (type(layer), method)
    if key not in _parameter_names:
        parameters = inspect.signature(getattr(type(layer), method)).parameters
        _parameter_names[key] = [name for name in parameters if name != "self"]
    return _parameter_names[key]


def first_values(initializer, shape, name):
    """Functions of Keras 1 are told a name, those of today a type."""
    known = inspect.signature(initializer).parameters if inspect.isfunction(initializer) else {}
    if "name" in known:
        return initializer(shape, name=name)
    return initializer(shape) if known and "dtype" not in known and "kwargs" not in known else initializer(shape, dtype="float32")


def as_tensor(value):
    """Arrays as tensors; everything else as it is."""
    if type(value).__name__ == "ndarray":
        value = value._tensor
        return value.float() if value.dtype == torch.float64 else value
    return value


def shape_of(value):
    if isinstance(value, KerasTensor):
        return value.shape
    if isinstance(value, torch.Tensor):
        sizes = tuple(value.shape)
        # The first axis of a value counts samples, that of a weight (a table that a layer hands on) does not.
        return TensorShape((None,) + sizes[1:] if sizes and not isinstance(value, torch.nn.Parameter) else sizes)
    return None


def shapes_of(structure):
    if isinstance(structure, dict):
        return {key: shapes_of(item) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [shapes_of(item) for item in structure]
    return shape_of(structure)


def mask_of(value):
    return getattr(value, "_keras_mask", None)


def known_input_shape(kwargs):
    """`input_shape`, `input_dim` and their relatives: what a first layer may say of its input, batch axis included."""
    batch_shape = kwargs.pop("batch_input_shape", None)
    shape = kwargs.pop("input_shape", None)
    size = kwargs.pop("input_dim", None)
    length = kwargs.pop("input_length", None)
    whole = batch_shape if is_given(batch_shape) else shape
    if is_unknown(whole):
        return whole
    if batch_shape is not None:
        return tuple(batch_shape)
    if shape is not None:
        return (None,) + (tuple(shape) if isinstance(shape, (list, tuple)) else (shape,))
    if is_given(size):
        return (None, length, size) if is_given(length) else (None, size)
    return (None, length) if is_given(length) else None


def require_no_arguments(layer, kwargs):
    """What no layer takes is a mistake of the program."""
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments passed to {type(layer).__name__}: {kwargs}")


# What an attribute may be that holds layers or variables.
_tracked = (list, tuple, dict, torch.Tensor)


class Layer(Typed, Module):
    supports_masking = False

    def __new__(cls, *args, **kwargs):
        layer = new_module(cls, *args, **kwargs)
        begin_module(layer)
        for name, value in (("_path", None), ("_parent_path", None), ("built", False), ("_trainable", True)):
            object.__setattr__(layer, name, value)
        for name in ("_regularized", "_added_losses", "_symbolic_losses", "_inbound_nodes"):
            object.__setattr__(layer, name, [])
        object.__setattr__(layer, "_input_shape_arg", None)
        object.__setattr__(layer, "_made_from", (args, kwargs))
        build = layer.build
        object.__setattr__(layer, "build", lambda *given, **named: layer._build(build, given, named))
        return layer

    def __init__(self, activity_regularizer=None, trainable=True, dtype=None, autocast=True, name=None, **kwargs):
        self.name = auto_name(type(self).__name__) if name is None else name
        self._trainable = trainable
        self.dtype = type_name(dtype)
        # Layers of Keras 2 may have a property for it.
        if not isinstance(getattr(type(self), "activity_regularizer", None), property):
            self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = None
        object.__setattr__(self, "_input_shape_arg", known_input_shape(kwargs))
        self._initial_weights = kwargs.pop("weights", None)
        for accepted in ("batch_size", "implementation", "consume_less", "dynamic", "sparse", "ragged"):
            kwargs.pop(accepted, None)
        require_no_arguments(self, kwargs)

    # -- state

    def __setattr__(self, name, value):
        if isinstance(value, _tracked):
            if isinstance(value, list) and not isinstance(value, TrackedList) and not name.startswith("__"):
                value = TrackedList(value).track(self, name)
            elif isinstance(value, (tuple, dict)):
                self._track(value, name)
            elif isinstance(value, torch.Tensor) and self._owns(value):
                object.__setattr__(self, name, value)
                return
            elif isinstance(value, torch.Tensor) and getattr(value, "_is_state", False):
                self._buffers[name] = value
                object.__setattr__(self, name, value)
                return
        elif value is None and name in self._modules:
            del self._modules[name]
        set_member(self, name, value)

    def _owns(self, tensor):
        return any([each is tensor for each in list(self._parameters.values()) + list(self._buffers.values())])

    def _track(self, value, label):
        """Layers and variables inside a list, tuple or dictionary belong to the owner."""
        for item in flatten(value):
            if isinstance(item, Module):
                if not any([each is item for each in self._modules.values()]):
                    self._modules[f"{label}.{len(self._modules)}"] = item
            elif isinstance(item, Parameter) and not self._owns(item):
                self._parameters[f"{label}.{len(self._parameters)}"] = item

    def add_weight(self, *args, **kwargs):
        """Keras 1 and 3 begin with the shape, Keras 2 with the name."""
        order = ("shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint")
        if args and isinstance(args[0], str):
            order = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
        kwargs.update(zip(order, args))
        if kwargs.get("initializer") is None:
            kwargs["initializer"] = kwargs.pop("init", None)
        return self._add_weight(**kwargs)

    def _add_weight(self, shape=None, initializer=None, dtype=None, trainable=True, autocast=True, regularizer=None,
                    constraint=None, aggregation=None, overwrite_with_gradient=False, name=None, **kwargs):  # fmt: skip
        shape = () if shape is None else tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)
        name = name or auto_name("variable")
        values = first_values(initializers.get(initializer or "glorot_uniform"), shape, name)
        return self._register(name, as_tensor(values), trainable is not False, regularizers.get(regularizer))

    add_variable = add_weight

    def _register(self, name, values, trainable, regularizer=None):
        # Initialisers may be functions of the code's own that give whole numbers.
        variable = Parameter(values.float()) if trainable else values.clone()
        with self._scope():
            object.__setattr__(variable, "path", join(current_path(), name))
        kind = self._parameters if trainable else self._buffers
        kind[name if name not in kind else f"{name}.{len(kind)}"] = variable
        if regularizer is not None:
            self._regularized.append((regularizer, variable))
        return variable

    @property
    def layers_below(self):
        return [module for module in self.modules() if isinstance(module, Layer)]

    def _weights(self, kinds):
        found = []
        for module in self.modules():
            for kind in kinds:
                for tensor in getattr(module, kind).values():
                    if tensor is not None and not any([each is tensor for each in found]):
                        found.append(tensor)
        return found

    weights = variables = property(lambda self: self._weights(("_parameters", "_buffers")))

    @property
    def trainable_weights(self):
        return [weight for weight in self._weights(("_parameters",)) if weight.requires_grad]

    @trainable_weights.setter
    def trainable_weights(self, weights):
        """Layers of Keras 1 and 2 say which of the tensors they made are theirs."""
        for tensor in weights:
            if not self._owns(tensor):
                own = [name for name, value in vars(self).items() if value is tensor]
                variable = Parameter(tensor)
                object.__setattr__(variable, "path", join(current_path(), getattr(tensor, "variable_name", "variable")))
                self._parameters[own[0] if own else f"variable.{len(self._parameters)}"] = variable
                for name in own:
                    object.__delattr__(self, name)

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self):
        trained = self.trainable_weights
        return [weight for weight in self.weights if not any([each is weight for each in trained])]

    non_trainable_variables = non_trainable_weights

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        for layer in self.layers_below:
            object.__setattr__(layer, "_trainable", bool(value))
            for weight in layer._parameters.values():
                weight.requires_grad = bool(value)

    def count_params(self):
        return sum([weight.numel() for weight in self.weights])

    def get_weights(self):
        return [weight.detach() for weight in self.weights]

    def set_weights(self, weights):
        for weight, value in zip(self.weights, weights):
            value = as_tensor(value)
            if isinstance(value, torch.Tensor):
                weight.data.copy_(value)

    def add_loss(self, losses, inputs=None, **kwargs):
        self._added_losses.extend(losses if isinstance(losses, (list, tuple)) else [losses])

    def add_metric(self, *args, **kwargs):
        pass

    def add_update(self, *args, **kwargs):
        pass

    @property
    def losses(self):
        found = []
        for layer in self.layers_below:
            found.extend(layer._added_losses)
            found.extend([regularizer(weight) for regularizer, weight in layer._regularized])
        return [loss() if callable(loss) else loss for loss in found]

    # -- building

    def build(self, input_shape=None, *args, **kwargs):
        self.built = True

    @property
    def path(self):
        return self._path

    def _set_mode(self, training):
        for module in self.modules():
            object.__setattr__(module, "training", training)

    def _scope(self):
        if self._parent_path is None:
            object.__setattr__(self, "_parent_path", current_path())
        return path_scope(join(self._parent_path, self.name))

    def _build(self, build, args, kwargs):
        with self._scope():
            object.__setattr__(self, "_path", current_path())
            build(*args, **kwargs)
        self.built = True
        if not self._trainable:
            self.trainable = False
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _build_for(self, args, kwargs):
        if self.built:
            return
        wanted = parameter_names(self, "build")
        given = dict(zip(parameter_names(self, "call"), args))
        given.update(kwargs)
        by_name = [name for name in wanted if name.endswith("_shape") and name[:-6] in given]
        if len(wanted) > 1 and len(by_name) == len(wanted):
            self.build(**{name: shapes_of(given[name[:-6]]) for name in wanted})
        else:
            self.build(shapes_of(args[0] if args else next(iter(kwargs.values()), None)))

    # -- calling

    def __call__(self, *args, **kwargs):
        if not symbols_in((args, kwargs)):
            return call_module(self, *map_structure(as_tensor, args), **map_structure(as_tensor, kwargs))
        with self._scope():
            self._build_for(args, kwargs)
        return record(self, args, kwargs, lambda given, named: call_module(self, *given, **named))

    def forward(self, *args, **kwargs):
        with self._scope():
            self._build_for(args, kwargs)
            if self._path is None:
                object.__setattr__(self, "_path", current_path())
            return self._call(args, kwargs)

    def _call(self, args, kwargs):
        names = parameter_names(self, "call")
        given = kwargs["training"] if "training" in kwargs else None
        if given is None and "training" in names[: len(args)]:
            given = args[names.index("training")]
        outer = _training[-1] if _training else self.training
        training = outer if given is None else bool(given)
        if "training" in names[len(args) :]:
            kwargs["training"] = training
        elif "training" in kwargs:
            kwargs.pop("training")
        first = args[0] if args else next(iter(kwargs.values()), None)
        mask = map_structure(mask_of, first)
        if "mask" in names[len(args) :] and kwargs.get("mask") is None:
            kwargs["mask"] = mask
        elif "mask" not in names:
            kwargs.pop("mask", None)
        object.__setattr__(self, "_added_losses", [])
        _training.append(training)
        try:
            outputs = self.call(*args, **kwargs)
        finally:
            _training.pop()
        self._hand_on_mask(first, kwargs.get("mask") if kwargs.get("mask") is not None else mask, outputs)
        if self.activity_regularizer is not None:
            for output in flatten(outputs):
                self._added_losses.append(self.activity_regularizer(output) / output.shape[0])
        return outputs

    def _hand_on_mask(self, inputs, mask, outputs):
        if not isinstance(outputs, torch.Tensor):
            return
        makes = type(self).compute_mask is not Layer.compute_mask
        if makes or (self.supports_masking and any([each is not None for each in flatten(mask)])):
            outputs._keras_mask = self.compute_mask(inputs, mask)

    def _activated(self, outputs):
        """Programs take the activation off layers that were made with one."""
        return outputs if self.activation is None else self.activation(outputs)

    def compute_mask(self, inputs, previous_mask=None):
        masks = [each for each in flatten(previous_mask) if each is not None]
        return masks[0] if masks else None

    def call(self, inputs):
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call()` method implemented.")

    # -- what code asks of layers

    # Symbolic tensors of its calls, in their order.

    def _end_at(self, index, side):
        if len(self._inbound_nodes) <= index:
            raise AttributeError(f"The layer {self.name} has never been called and thus has no defined {side}.")
        node = self._inbound_nodes[index]
        tensors = node.inputs if side == "input" else node.outputs
        return tensors[0] if len(tensors) == 1 else list(tensors)

    def get_input_at(self, node_index):
        return self._end_at(node_index, "input")

    def get_output_at(self, node_index):
        return self._end_at(node_index, "output")

    def get_input_shape_at(self, node_index):
        return map_structure(shape_of, self.get_input_at(node_index))

    def get_output_shape_at(self, node_index):
        return map_structure(shape_of, self.get_output_at(node_index))

    input = property(lambda self: self.get_input_at(0))
    output = property(lambda self: self.get_output_at(0))
    input_shape = property(lambda self: self.get_input_shape_at(0))
    output_shape = property(lambda self: self.get_output_shape_at(0))

    def compute_output_shape(self, input_shape):
        """Found by a call on symbolic tensors, which is none of the calls of a graph."""
        several = isinstance(input_shape, (list, tuple)) and len(input_shape) and isinstance(input_shape[0], (list, tuple))
        given = [new_input(shape) for shape in input_shape] if several else new_input(input_shape)
        result = self(given)
        self._inbound_nodes.pop()
        return map_structure(lambda leaf: tuple(leaf.shape), result)

    def get_config(self):
        return {"name": self.name, "trainable": self._trainable, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
