"""What models use of tensorflow_addons and keras_contrib, which add to Keras 2."""

import torch

from keras import _optimizers as optimizers
from keras.layers._normalization import Affine, GroupNormalization


class InstanceNormalization(GroupNormalization):
    """Of tensorflow_addons: every channel is a group. Both packages have the same name for it, and different rules."""

    def __init__(self, groups=None, **kwargs):
        super().__init__(groups=-1, **kwargs)


class ContribInstanceNormalization(Affine):
    """Of keras_contrib: over all axes but the batch and `axis`; without one, one scale and offset for everything."""

    def __init__(self, axis=None, epsilon=1e-3, **kwargs):
        super().__init__(axis, epsilon, **kwargs)

    def build(self, input_shape):
        self.add_affine((1,) if self.axis is None else (input_shape[self.axis],))

    def call(self, inputs, training=None):
        axes = [axis for axis in range(1, inputs.dim()) if self.axis is None or axis != self.axis % inputs.dim()]
        mean = torch.mean(inputs, dim=axes, keepdim=True)
        deviation = torch.sqrt(torch.mean((inputs - mean) ** 2, dim=axes, keepdim=True)) + self.epsilon
        shape = [1] * inputs.dim()
        if self.axis is not None:
            shape[self.axis] = inputs.shape[self.axis]
        return self.scaled((inputs - mean) / deviation, shape)


def AdamW(weight_decay, learning_rate=0.001, *args, **kwargs):
    """Of tensorflow_addons, where the decay comes first."""
    return optimizers.AdamW(learning_rate, weight_decay, **kwargs)
