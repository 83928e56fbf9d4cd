"""Cells of recurrent layers. Gates lie side by side in the kernels: i, f, c, o of LSTM, z, r, h of GRU."""

import torch
from torch.nn import functional as F

from keras import _activations as activations
from keras import _initializers as initializers
from keras._layer import Layer
from keras._old_names import accepts_old_names


class Cell(Layer):
    gates = 1

    @accepts_old_names()
    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                 kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal", bias_initializer="zeros",
                 kernel_regularizer=None, recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, seed=None,
                 **kwargs):  # fmt: skip
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = int(units)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.initializers = (kernel_initializer, recurrent_initializer, bias_initializer)
        self.regularizers = (kernel_regularizer, recurrent_regularizer, bias_regularizer)
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.masks = {}

    def kernel_shapes(self, input_shape):
        width = self.gates * self.units
        return (input_shape[-1], width), (self.units, width)

    def bias_shape(self):
        return (self.gates * self.units,)

    def build(self, input_shape):
        shapes = (*self.kernel_shapes(input_shape), self.bias_shape())
        names = ("kernel", "recurrent_kernel", "bias")
        wanted = 3 if self.use_bias else 2
        self.bias = None
        self.kernel, self.recurrent_kernel, *rest = [
            self.add_weight(
                shape=shapes[i], initializer=self.initializers[i], regularizer=self.regularizers[i], name=names[i]
            )
            for i in range(wanted)
        ]
        if rest:
            self.bias = rest[0]

    def begin_sequence(self):
        """Dropout masks are the same for all steps of a sequence."""
        self.masks = {}

    def dropped(self, kind, rate, x, training):
        if not training or rate <= 0:
            return x
        if kind not in self.masks:
            self.masks[kind] = F.dropout(torch.ones_like(x), rate, True)
        return x * self.masks[kind]

    def initial_states(self, x):
        return [torch.zeros((x.shape[0], self.units), dtype=x.dtype)]

    def projected(self, inputs, training):
        x = self.dropped("inputs", self.dropout, inputs, training) @ self.kernel
        return x


class SimpleRNNCell(Cell):
    def call(self, inputs, states, training=False):
        state = states[0] if isinstance(states, (list, tuple)) else states
        h = self.projected(inputs, training)
        if self.bias is not None:
            h = h + self.bias
        output = h + self.dropped("state", self.recurrent_dropout, state, training) @ self.recurrent_kernel
        output = self.activation(output)
        return output, [output]


class LSTMCell(Cell):
    gates = 4

    def __init__(self, units, unit_forget_bias=True, **kwargs):
        super().__init__(units, **kwargs)
        self.state_size = [self.units, self.units]
        if unit_forget_bias and self.use_bias:
            kernel, recurrent, bias = self.initializers
            self.initializers = (kernel, recurrent, self.with_forget_bias(initializers.get(bias)))

    def with_forget_bias(self, initializer):
        def values(shape, dtype=None):
            size = self.units
            return torch.cat([initializer((size,)), torch.ones(size), initializer((2 * size,))])

        return values

    def initial_states(self, x):
        return super().initial_states(x) + super().initial_states(x)

    def call(self, inputs, states, training=False):
        h, c = states
        z = self.projected(inputs, training)
        z = z + self.dropped("state", self.recurrent_dropout, h, training) @ self.recurrent_kernel
        if self.bias is not None:
            z = z + self.bias
        i, f, candidate, o = torch.split(z, self.units, dim=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(candidate)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


class GRUCell(Cell):
    gates = 3

    def __init__(self, units, reset_after=True, **kwargs):
        super().__init__(units, **kwargs)
        self.reset_after = reset_after

    def bias_shape(self):
        width = self.gates * self.units
        return (2, width) if self.reset_after else (width,)

    def call(self, inputs, states, training=False):
        h = states[0] if isinstance(states, (list, tuple)) else states
        size = self.units
        biases = (None, None)
        if self.bias is not None:
            biases = (self.bias[0], self.bias[1]) if self.reset_after else (self.bias, None)
        x = self.projected(inputs, training)
        if biases[0] is not None:
            x = x + biases[0]
        seen = self.dropped("state", self.recurrent_dropout, h, training)
        kernel = self.recurrent_kernel if self.reset_after else self.recurrent_kernel[:, : 2 * size]
        inner = seen @ kernel
        if biases[1] is not None:
            inner = inner + biases[1]
        z = self.recurrent_activation(x[:, :size] + inner[:, :size])
        r = self.recurrent_activation(x[:, size : 2 * size] + inner[:, size : 2 * size])
        if self.reset_after:
            candidate = r * inner[:, 2 * size :]
        else:
            candidate = (r * seen) @ self.recurrent_kernel[:, 2 * size :]
        h = z * h + (1 - z) * self.activation(x[:, 2 * size :] + candidate)
        return h, [h]


class StackedRNNCells(Layer):
    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = list(cells)

    @property
    def state_size(self):
        return [cell.state_size for cell in self.cells]

    def begin_sequence(self):
        for cell in self.cells:
            begin_sequence(cell)

    def initial_states(self, x):
        return [initial_states(cell, x) for cell in self.cells]

    def call(self, inputs, states, training=False):
        after = []
        for cell, state in zip(self.cells, states):
            inputs, state = cell(inputs, state)
            after.append(state)
        return inputs, after


def begin_sequence(cell):
    if hasattr(cell, "begin_sequence"):
        cell.begin_sequence()


def initial_states(cell, x):
    if hasattr(cell, "initial_states"):
        return cell.initial_states(x)
    if hasattr(cell, "get_initial_state"):
        state = cell.get_initial_state(batch_size=x.shape[0])
        return list(state) if isinstance(state, (list, tuple)) else [state]
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    return [
        torch.zeros((x.shape[0],) + (tuple(size) if isinstance(size, (list, tuple)) else (size,)), dtype=x.dtype)
        for size in sizes
    ]
