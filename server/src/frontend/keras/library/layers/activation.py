"""Activation functions as layers."""

import torch
from torch.nn import functional as F

from keras import _activations as activations
from keras import _initializers as initializers
from keras._layer import Layer


class Elementwise(Layer):
    supports_masking = True


class ReLU(Elementwise):
    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value = max_value
        self.negative_slope = negative_slope or 0.0
        self.threshold = threshold or 0.0

    def call(self, inputs):
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Elementwise):
    def __init__(self, negative_slope=0.3, alpha=None, **kwargs):
        super().__init__(**kwargs)
        self.negative_slope = negative_slope if alpha is None else alpha

    def call(self, inputs):
        return F.leaky_relu(inputs, self.negative_slope)


class PReLU(Elementwise):
    def __init__(self, alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None,
                 **kwargs):  # fmt: skip
        super().__init__(**kwargs)
        self.alpha_initializer = alpha_initializer
        self.alpha_regularizer = alpha_regularizer
        self.shared_axes = shared_axes if isinstance(shared_axes, (list, tuple)) or shared_axes is None else [shared_axes]

    def build(self, input_shape):
        shape = [1 if axis in (self.shared_axes or ()) else size for axis, size in enumerate(input_shape)][1:]
        initializer = self.alpha_initializer
        self.alpha = self.add_weight(
            shape=shape,
            initializer=initializers.get(initializer.lower() if isinstance(initializer, str) else initializer),
            regularizer=self.alpha_regularizer,
            name="alpha",
        )

    def call(self, inputs):
        return F.relu(inputs) - self.alpha * F.relu(-inputs)


class ELU(Elementwise):
    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs):
        return F.elu(inputs, self.alpha)


class ThresholdedReLU(Elementwise):
    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.theta = theta

    def call(self, inputs):
        return torch.where(inputs > self.theta, inputs, torch.zeros_like(inputs))


class Softmax(Elementwise):
    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs, mask=None):
        if mask is not None:
            inputs = torch.where(mask, inputs, torch.full_like(inputs, -1e9))
        return activations.softmax(inputs, self.axis)
