"""Recurrent layers: a cell along the time axis, and wrappers of them."""

import torch

from keras._layer import Layer
from keras._old_names import accepts_old_names
from keras._stated_shapes import is_given
from keras._structure import map_structure
from keras.layers._core import Wrapper
from keras.layers._recurrent_cells import (
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
    begin_sequence,
    initial_states,
)


def _kept(mask, new, old):
    """Where the mask is false, a sequence stays as it was."""
    if isinstance(new, (list, tuple)):
        return [_kept(mask, each, before) for each, before in zip(new, old)]
    shape = (mask.shape[0],) + (1,) * (new.dim() - 1)
    return torch.where(mask.reshape(shape), new, old)


class RNN(Layer):
    supports_masking = True

    def __init__(self, cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False,
                 unroll=False, zero_output_for_mask=False, activity_regularizer=None, time_major=False,
                 **kwargs):  # fmt: skip
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.zero_output_for_mask = zero_output_for_mask

    @property
    def states(self):
        return None

    def reset_states(self, states=None):
        pass

    reset_state = reset_states

    def __call__(self, sequences, *args, initial_state=None, **kwargs):
        if isinstance(sequences, (list, tuple)):
            sequences, initial_state = sequences[0], list(sequences[1:])
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        return super().__call__(sequences, *args, **kwargs)

    def build(self, sequences_shape, initial_state_shape=None):
        if not self.cell.built:
            self.cell.build((sequences_shape[0],) + tuple(sequences_shape[2:]))

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if initial_state is None:
            states = initial_states(self.cell, sequences)
        else:
            states = list(initial_state) if isinstance(initial_state, (list, tuple)) else [initial_state]
        steps = list(range(sequences.shape[1]))
        if self.go_backwards:
            steps.reverse()
        begin_sequence(self.cell)
        outputs, output = [], None
        for step in steps:
            new, after = self.cell(sequences[:, step], states)
            after = list(after) if isinstance(after, (list, tuple)) else [after]
            if mask is not None:
                keep = mask[:, step]
                blank = output is None or self.zero_output_for_mask
                new = _kept(keep, new, torch.zeros_like(new) if blank else output)
                after = _kept(keep, after, states)
            output, states = new, after
            if self.return_sequences:
                outputs.append(output)
        result = torch.stack(outputs, dim=1) if self.return_sequences else output
        return tuple([result] + list(states)) if self.return_state else result

    def compute_mask(self, inputs, mask=None):
        return mask if self.return_sequences else None


class OneCell(RNN):
    """A recurrent layer that makes its own cell."""

    def __init__(self, make, cell_name, units, kwargs):
        own = {
            key: kwargs.pop(key)
            for key in ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "activity_regularizer",
                        "name", "input_shape", "batch_input_shape", "input_dim", "input_length", "weights", "time_major",
                        "zero_output_for_mask")
            if key in kwargs
        }  # fmt: skip
        for unused in ("use_cudnn", "implementation", "consume_less"):
            kwargs.pop(unused, None)
        cell_options = {key: value for key, value in kwargs.items() if key not in ("dtype", "trainable")}
        options = {key: value for key, value in kwargs.items() if key in ("dtype", "trainable")}
        super().__init__(make(units, name=cell_name, **cell_options), **own, **options)
        self.units = units

    def build(self, sequences_shape, initial_state_shape=None):
        super().build(sequences_shape)


class SimpleRNN(OneCell):
    @accepts_old_names()
    def __init__(self, units, activation="tanh", **kwargs):
        super().__init__(SimpleRNNCell, "simple_rnn_cell", units, {"activation": activation, **kwargs})


class LSTM(OneCell):
    @accepts_old_names()
    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", **kwargs):
        given = {"activation": activation, "recurrent_activation": recurrent_activation, **kwargs}
        super().__init__(LSTMCell, "lstm_cell", units, given)


class GRU(OneCell):
    @accepts_old_names()
    def __init__(self, units, activation="tanh", recurrent_activation="sigmoid", **kwargs):
        given = {"activation": activation, "recurrent_activation": recurrent_activation, **kwargs}
        super().__init__(GRUCell, "gru_cell", units, given)


class CuDNNLSTM(LSTM):
    pass


class CuDNNGRU(GRU):
    pass


def _twin(layer, **changes):
    """Another layer of the same class, made from the same arguments."""
    args, kwargs = layer._made_from
    return type(layer)(*args, **{**kwargs, **changes})


class Bidirectional(Wrapper):
    supports_masking = True

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        Layer.__init__(self, **kwargs)
        # A layer out of a configuration has its prefix already.
        name = layer.name.removeprefix("forward_")
        self.forward_layer = _twin(layer, name=f"forward_{name}")
        self.backward_layer = backward_layer or _twin(
            layer, name=f"backward_{name}", go_backwards=not layer.go_backwards
        )
        # Outputs of the two directions are aligned, whatever the last unmasked ones are.
        self.forward_layer.zero_output_for_mask = self.forward_layer.return_sequences
        self.backward_layer.zero_output_for_mask = self.backward_layer.return_sequences
        self.merge_mode = merge_mode
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        if not is_given(self._input_shape_arg):
            object.__setattr__(self, "_input_shape_arg", layer._input_shape_arg)

    def __call__(self, sequences, initial_state=None, **kwargs):
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        return super().__call__(sequences, **kwargs)

    def build(self, sequences_shape, initial_state_shape=None):
        self.forward_layer.build(sequences_shape)
        self.backward_layer.build(sequences_shape)

    def call(self, sequences, initial_state=None, mask=None, training=None):
        states = [{}, {}]
        if initial_state is not None:
            half = len(initial_state) // 2
            states = [{"initial_state": initial_state[:half]}, {"initial_state": initial_state[half:]}]
        ahead = self.forward_layer(sequences, mask=mask, **states[0])
        back = self.backward_layer(sequences, mask=mask, **states[1])
        after = ()
        if self.return_state:
            after = tuple(ahead[1:]) + tuple(back[1:])
            ahead, back = ahead[0], back[0]
        if self.return_sequences:
            back = torch.flip(back, [1])
        merged = self.merged(ahead, back)
        if not self.return_state:
            return merged
        return (tuple(merged) if isinstance(merged, list) else (merged,)) + after

    def merged(self, ahead, back):
        if self.merge_mode == "concat":
            return torch.cat([ahead, back], dim=-1)
        if self.merge_mode is None:
            return [ahead, back]
        return {"sum": ahead + back, "ave": (ahead + back) / 2, "mul": ahead * back}[self.merge_mode]

    def compute_mask(self, inputs, mask=None):
        return mask if self.return_sequences else None


class TimeDistributed(Wrapper):
    """The same layer at every step: steps are samples of it."""

    supports_masking = True

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        if not is_given(self._input_shape_arg):
            object.__setattr__(self, "_input_shape_arg", layer._input_shape_arg)

    def build(self, input_shape):
        if not self.layer.built:
            self.layer.build((input_shape[0],) + tuple(input_shape[2:]))

    def call(self, inputs, training=None, mask=None):
        batch, steps = inputs.shape[:2]
        outputs = self.layer(inputs.reshape((batch * steps,) + tuple(inputs.shape[2:])))
        return map_structure(lambda each: each.reshape((batch, steps) + tuple(each.shape[1:])), outputs)
