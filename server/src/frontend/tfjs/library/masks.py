"""Masks of sequences as TensorFlow.js hands them on: to all that follows, whether a layer supports them or not, and used by recurrent layers alone."""

import keras.layers as keras_layers
from keras._layer import Layer as KerasLayer
from keras._layer import mask_of
from keras._structure import flatten

_hand_on_supported = KerasLayer._hand_on_mask


def hand_on(layer, inputs, mask, outputs):
    """What one run has masked stays in what every later layer is given, until another mask takes its place."""
    _hand_on_supported(layer, inputs, mask, outputs)
    last = next((each for each in flatten(mask) if each is not None), None)
    for output in flatten(outputs):
        if last is not None and mask_of(output) is None:
            output._keras_mask = last


KerasLayer._hand_on_mask = hand_on


def fitting(mask, sequences, go_backwards):
    """A mask for the steps that the sequences have: of a longer one the first that are run."""
    mask = next((each for each in flatten(mask) if each is not None), None)
    if mask is None:
        return None
    more = mask.shape[1] - sequences.shape[1]
    if more < 0:
        raise ValueError(f"a mask of {mask.shape[1]} steps meets a sequence of {sequences.shape[1]}, where TensorFlow.js fails")
    return mask[:, more:] if go_backwards else mask[:, : sequences.shape[1]]


_run_steps = keras_layers.RNN.call


def run_steps(layer, sequences, initial_state=None, mask=None, training=False):
    return _run_steps(layer, sequences, initial_state, fitting(mask, sequences, layer.go_backwards), training)


keras_layers.RNN.call = run_steps


class GlobalAveragePooling1D(keras_layers.GlobalAveragePooling1D):
    """The mean of all steps, masked or not."""

    def call(self, inputs, mask=None):
        return super().call(inputs)


class Softmax(keras_layers.Softmax):
    def call(self, inputs, mask=None):
        return super().call(inputs)


class BatchNormalization(keras_layers.BatchNormalization):
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=training)
