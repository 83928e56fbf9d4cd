"""ConvNeXt (arXiv:2201.03545)."""

import torch

import keras
from keras import layers
from keras._initializers import Constant
from keras._layer import Layer
from keras.applications._imagenet import architecture, named_file, pooled


class StochasticDepth(Layer):
    def __init__(self, drop_path_rate, **kwargs):
        super().__init__(**kwargs)
        self.drop_path_rate = drop_path_rate

    def call(self, x, training=None):
        if not training:
            return x
        kept = torch.rand([x.shape[0]] + [1] * (x.dim() - 1)) >= self.drop_path_rate
        return x / (1 - self.drop_path_rate) * kept.to(x.dtype)


class LayerScale(Layer):
    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(self.projection_dim,), initializer=Constant(self.init_values))

    def call(self, x):
        return x * self.gamma


def _normal(name=None):
    return layers.LayerNormalization(epsilon=1e-6, name=name)


def _block(inputs, width, name):
    x = layers.Conv2D(width, 7, padding="same", groups=width, name=f"{name}_depthwise_conv")(inputs)
    x = layers.Dense(4 * width, name=f"{name}_pointwise_conv_1")(_normal(f"{name}_layernorm")(x))
    x = layers.Dense(width, name=f"{name}_pointwise_conv_2")(layers.Activation("gelu", name=f"{name}_gelu")(x))
    x = LayerScale(1e-6, width, name=f"{name}_layer_scale")(x)
    return inputs + layers.Activation("linear", name=f"{name}_identity")(x)


def _standardised(x, name):
    """Pixels from 0 to 255 by mean and variance of ImageNet's."""
    mean = [255 * each for each in (0.485, 0.456, 0.406)]
    variance = [(255 * each) ** 2 for each in (0.229, 0.224, 0.225)]
    return layers.Normalization(mean=mean, variance=variance, name=f"{name}_prestem_normalization")(x)


def _before_stage(i, widths, name):
    if i == 0:
        stem = [layers.Conv2D(widths[0], 4, strides=4, name=f"{name}_stem_conv"), _normal(f"{name}_stem_layernorm")]
        return keras.Sequential(stem, name=f"{name}_stem")
    steps = [
        _normal(f"{name}_downsampling_layernorm_{i - 1}"),
        layers.Conv2D(widths[i], 2, strides=2, name=f"{name}_downsampling_conv_{i - 1}"),
    ]
    return keras.Sequential(steps, name=f"{name}_downsampling_block_{i - 1}")


def _convnext(name, depths, widths):
    def body(x, include_preprocessing=True):
        if include_preprocessing and x.shape[-1] == 3:
            x = _standardised(x, name)
        shrinking = [_before_stage(i, widths, name) for i in range(4)]
        for i, depth in enumerate(depths):
            x = shrinking[i](x)
            for j in range(depth):
                x = _block(x, widths[i], f"{name}_stage_{i}_block_{j}")
        return x

    def top(x, classes, activation):
        x = _normal(f"{name}_head_layernorm")(layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x))
        return layers.Dense(classes, activation=activation, name=f"{name}_head_dense")(x)

    return architecture(name, 224, body, top, lambda x, pooling: _normal()(pooled(x, pooling)), named_file)


ConvNeXtTiny = _convnext("convnext_tiny", (3, 3, 9, 3), (96, 192, 384, 768))
ConvNeXtSmall = _convnext("convnext_small", (3, 3, 27, 3), (96, 192, 384, 768))
ConvNeXtBase = _convnext("convnext_base", (3, 3, 27, 3), (128, 256, 512, 1024))
ConvNeXtLarge = _convnext("convnext_large", (3, 3, 27, 3), (192, 384, 768, 1536))
ConvNeXtXLarge = _convnext("convnext_xlarge", (3, 3, 27, 3), (256, 512, 1024, 2048))
