"""Dense, embedding and the layers that hold no weights of their own kind."""

import torch
from torch.nn import functional as F

from keras import _activations as activations
from keras._layer import Layer
from keras._old_names import accepts_old_names
from keras._stated_shapes import input_shape as stated_shape
from keras._symbolic import new_input


class InputLayer(Layer):
    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, input_tensor=None,
                 optional=False, name=None, input_shape=None, batch_input_shape=None, **kwargs):  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        shape = stated_shape(shape)
        batch_shape = stated_shape(batch_shape, True) or stated_shape(batch_input_shape, True)
        if batch_shape is None:
            shape = stated_shape(input_shape) if shape is None else shape
            if shape is None:
                raise ValueError("You must pass a `shape` argument.")
            batch_shape = (batch_size,) + (tuple(shape) if isinstance(shape, (list, tuple)) else (shape,))
        self.batch_shape = tuple(batch_shape)
        new_input(self.batch_shape, self.dtype, self.name, self)
        self.built = True

    def call(self, inputs=None):
        return inputs


def Input(shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, name=None, tensor=None, **kwargs):
    if tensor is not None:
        return tensor
    return InputLayer(
        shape=shape, batch_size=batch_size, dtype=dtype, batch_shape=batch_shape, name=name, **kwargs
    ).output


class Dense(Layer):
    @accepts_old_names()
    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, **kwargs):  # fmt: skip
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.initializers = (kernel_initializer, bias_initializer)
        self.regularizers = (kernel_regularizer, bias_regularizer)
        self.supports_masking = True

    def build(self, input_shape):
        size = input_shape[-1]
        if size is None:
            raise ValueError(f"The last axis of the input of {self.name} must be known; it is of shape {input_shape}")
        self.kernel = self.add_weight(
            shape=(size, self.units), initializer=self.initializers[0], regularizer=self.regularizers[0], name="kernel"
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.units,), initializer=self.initializers[1], regularizer=self.regularizers[1], name="bias"
            )

    def call(self, inputs, training=None):
        return self._activated(F.linear(inputs, self.kernel.t(), self.bias))


class EinsumDense(Layer):
    def __init__(self, equation, output_shape, activation=None, bias_axes=None, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, **kwargs):  # fmt: skip
        super().__init__(**kwargs)
        self.equation = equation
        self.partial_output_shape = tuple(output_shape) if isinstance(output_shape, (list, tuple)) else (output_shape,)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.initializers = (kernel_initializer, bias_initializer)
        self.regularizers = (kernel_regularizer, bias_regularizer)

    def build(self, input_shape):
        sides, output = self.equation.replace(" ", "").split("->")
        inputs, kernel = sides.split(",")
        inputs, output = inputs.replace("...", ""), output.replace("...", "")
        sizes = dict(zip(reversed(output), reversed(self.partial_output_shape)))
        sizes.update({label: size for label, size in zip(reversed(inputs), reversed(input_shape)) if size is not None})
        shape = [sizes[label] for label in kernel]
        self.kernel = self.add_weight(
            shape=shape, initializer=self.initializers[0], regularizer=self.regularizers[0], name="kernel"
        )
        self.bias = None
        if self.bias_axes:
            first = min([output.index(axis) for axis in self.bias_axes])
            shape = [sizes[label] if label in self.bias_axes else 1 for label in output[first:]]
            self.bias = self.add_weight(
                shape=shape, initializer=self.initializers[1], regularizer=self.regularizers[1], name="bias"
            )

    def call(self, inputs, training=None):
        outputs = torch.einsum(self.equation, inputs, self.kernel)
        return self._activated(outputs if self.bias is None else outputs + self.bias)


class Embedding(Layer):
    @accepts_old_names(output_dim="output_dim", init="embeddings_initializer", W_regularizer="embeddings_regularizer")
    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", embeddings_regularizer=None,
                 embeddings_constraint=None, mask_zero=False, weights=None, input_length=None, dropout=0.0,
                 **kwargs):  # fmt: skip
        super().__init__(input_length=input_length, weights=weights, **kwargs)
        self.input_dim = int(input_dim)
        self.output_dim = int(output_dim)
        self.initializer = embeddings_initializer
        self.regularizer = embeddings_regularizer
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        # Of whole words, in Keras 1.
        self.dropout = dropout

    def build(self, input_shape=None):
        self.embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim),
            initializer=self.initializer,
            regularizer=self.regularizer,
            name="embeddings",
        )

    def call(self, inputs, training=None):
        table = self.embeddings
        if training and self.dropout > 0:
            table = table * F.dropout(torch.ones((self.input_dim, 1), dtype=table.dtype), self.dropout, True)
        return F.embedding(inputs.long(), table)

    def compute_mask(self, inputs, mask=None):
        return inputs != 0 if self.mask_zero else None


class ReversibleEmbedding(Embedding):
    """Also gives, for vectors, the logits of the indices (`reverse=True`)."""

    def __init__(self, input_dim, output_dim, tie_weights=True, reverse_dtype=None, logit_soft_cap=None, **kwargs):
        super().__init__(input_dim, output_dim, **kwargs)
        self.tie_weights = tie_weights
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape=None):
        super().build(input_shape)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            self.reverse_embeddings = self.add_weight(shape=shape, initializer=self.initializer, name="reverse_embeddings")

    def call(self, inputs, reverse=False):
        if not reverse:
            return super().call(inputs)
        logits = torch.matmul(inputs, self.embeddings.t() if self.tie_weights else self.reverse_embeddings)
        cap = self.logit_soft_cap
        return logits if cap is None else cap * torch.tanh(logits / cap)

    def compute_mask(self, inputs, mask=None):
        return super().compute_mask(inputs, mask) if "int" in str(inputs.dtype) else mask


class Activation(Layer):
    supports_masking = True

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs):
        return self._activated(inputs)


class Identity(Layer):
    supports_masking = True

    def call(self, inputs):
        return inputs


class Masking(Layer):
    supports_masking = True

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs, mask=None):
        return torch.any(inputs != self.mask_value, dim=-1)

    def call(self, inputs):
        return inputs * torch.any(inputs != self.mask_value, dim=-1, keepdim=True)


class Lambda(Layer):
    @accepts_old_names()
    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.arguments = arguments or {}

    def call(self, inputs, mask=None, training=None):
        return self.function(inputs, **self.arguments)


class ActivityRegularization(Layer):
    supports_masking = True

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer={"class_name": "L1L2", "config": {"l1": l1, "l2": l2}}, **kwargs)

    def call(self, inputs):
        return inputs


class Wrapper(Layer):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer
