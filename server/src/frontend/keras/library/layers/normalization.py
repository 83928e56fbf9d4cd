"""Normalisations. Batch statistics are the biased ones; the moving ones belong to the weights but are not trained."""

import torch
from torch.nn import functional as F

from keras._layer import Layer, as_tensor
from keras._old_names import accepts_old_names
from keras.layers._core import Wrapper


class Affine(Layer):
    """What normalisations share: a scale `gamma` and an offset `beta`."""

    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", beta_regularizer=None, gamma_regularizer=None, beta_constraint=None,
                 gamma_constraint=None, **kwargs):  # fmt: skip
        super().__init__(**kwargs)
        self.axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.offset_options = {"initializer": beta_initializer, "regularizer": beta_regularizer}
        self.scale_options = {"initializer": gamma_initializer, "regularizer": gamma_regularizer}
        self.supports_masking = True

    def add_affine(self, shape):
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(shape=shape, name="gamma", **self.scale_options)
        if self.center:
            self.beta = self.add_weight(shape=shape, name="beta", **self.offset_options)

    def scaled(self, x, shape):
        """The normalised values, scaled and moved by weights that are brought to a shape that broadcasts."""
        if self.gamma is not None:
            x = x * self.gamma.reshape(shape)
        return x if self.beta is None else x + self.beta.reshape(shape)


def axes_of(axis, rank):
    return [each % rank for each in (axis if isinstance(axis, (list, tuple)) else [axis])]


class BatchNormalization(Affine):
    @accepts_old_names(mode=None, beta_init="beta_initializer", gamma_init="gamma_initializer")
    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", moving_mean_initializer="zeros", moving_variance_initializer="ones",
                 renorm=False, renorm_clipping=None, renorm_momentum=0.99, synchronized=False, fused=None,
                 virtual_batch_size=None, **kwargs):  # fmt: skip
        super().__init__(axis, epsilon, center, scale, beta_initializer, gamma_initializer, **kwargs)
        self.momentum = momentum
        self.moving_initializers = (moving_mean_initializer, moving_variance_initializer)

    def build(self, input_shape):
        (axis,) = axes_of(self.axis, len(input_shape))
        shape = (input_shape[axis],)
        self.add_affine(shape)
        self.moving_mean, self.moving_variance = [
            self.add_weight(shape=shape, initializer=initializer, trainable=False, name=name)
            for name, initializer in zip(("moving_mean", "moving_variance"), self.moving_initializers)
        ]

    def call(self, inputs, training=None, mask=None):
        (axis,) = axes_of(self.axis, inputs.dim())
        x = torch.movedim(inputs, axis, 1)
        batch = training and self.trainable
        stored = (None, None) if batch else (self.moving_mean, self.moving_variance)
        return torch.movedim(F.batch_norm(x, *stored, self.gamma, self.beta, batch, 0.0, self.epsilon), 1, axis)


class LayerNormalization(Affine):
    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", rms_scaling=False, **kwargs):  # fmt: skip
        super().__init__(axis, epsilon, center, scale, beta_initializer, gamma_initializer, **kwargs)

    def build(self, input_shape):
        self.add_affine(tuple([input_shape[axis] for axis in axes_of(self.axis, len(input_shape))]))

    def call(self, inputs):
        axes = axes_of(self.axis, inputs.dim())
        mean = torch.mean(inputs, dim=axes, keepdim=True)
        variance = torch.mean(torch.square(inputs - mean), dim=axes, keepdim=True)
        shape = [size if axis in axes else 1 for axis, size in enumerate(inputs.shape)]
        return self.scaled((inputs - mean) * torch.rsqrt(variance + self.epsilon), shape)


class GroupNormalization(Affine):
    def __init__(self, groups=32, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", **kwargs):  # fmt: skip
        super().__init__(axis, epsilon, center, scale, beta_initializer, gamma_initializer, **kwargs)
        self.groups = groups

    def build(self, input_shape):
        (axis,) = axes_of(self.axis, len(input_shape))
        channels = input_shape[axis]
        self.count = channels if self.groups == -1 else self.groups
        if channels % self.count != 0:
            raise ValueError(f"Number of groups ({self.count}) must divide the number of channels ({channels})")
        self.add_affine((channels,))

    def call(self, inputs):
        (axis,) = axes_of(self.axis, inputs.dim())
        x = torch.movedim(inputs, axis, 1)
        return torch.movedim(F.group_norm(x, self.count, self.gamma, self.beta, self.epsilon), 1, axis)


class RMSNormalization(Affine):
    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(axis, epsilon, center=False, **kwargs)

    def build(self, input_shape):
        self.gamma = self.add_weight(
            shape=tuple([input_shape[axis] for axis in axes_of(self.axis, len(input_shape))]),
            initializer="ones",
            name="scale",
        )
        self.beta = None

    def call(self, inputs):
        axes = axes_of(self.axis, inputs.dim())
        square = torch.mean(torch.square(inputs), dim=axes, keepdim=True)
        shape = [size if axis in axes else 1 for axis, size in enumerate(inputs.shape)]
        return self.scaled(inputs * torch.rsqrt(square + self.epsilon), shape)


class UnitNormalization(Layer):
    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        square = torch.sum(torch.square(inputs), dim=axes_of(self.axis, inputs.dim()), keepdim=True)
        return inputs * torch.rsqrt(torch.clamp(square, min=1e-12))


class Normalization(Layer):
    """Mean and variance are given or adapted to data; adapted ones are weights that come from a checkpoint."""

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
        self.given = (mean, variance)
        self.invert = invert

    def adapt(self, data, batch_size=None, steps=None):
        data = as_tensor(data)
        if not self.built and isinstance(data, torch.Tensor):
            self.build((None,) + tuple(data.shape[1:]))

    def build(self, input_shape):
        kept = axes_of(self.axis, len(input_shape))
        self.broadcast = [input_shape[axis] if axis in kept else 1 for axis in range(len(input_shape))]
        if self.given[0] is None:
            shape = tuple([input_shape[axis] for axis in kept])
            self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
            self.variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="variance")
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
        else:
            self.mean, self.variance = [torch.as_tensor(as_tensor(value)).float() for value in self.given]

    def call(self, inputs):
        shape = self.broadcast if self.mean.numel() > 1 else [1] * inputs.dim()
        mean = self.mean.reshape(shape)
        deviation = torch.clamp(torch.sqrt(self.variance.reshape(shape)), min=1e-7)
        return mean + inputs * deviation if self.invert else (inputs - mean) / deviation


class SpectralNormalization(Wrapper):
    """Its steps of training set the kernel to itself over its spectral norm; with given weights it is the layer."""

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        self.power_iterations = power_iterations

    def build(self, input_shape):
        if not self.layer.built:
            self.layer.build(input_shape)
        self.kernel = self.layer.kernel if hasattr(self.layer, "kernel") else self.layer.embeddings
        self.vector_u = self.add_weight(
            shape=(1, self.kernel.shape[-1]), initializer="truncated_normal", trainable=False, name="vector_u"
        )

    def call(self, inputs, training=False):
        return self.layer(inputs)
