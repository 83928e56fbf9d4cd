"""Inception networks: V3 (arXiv:1512.00567), and with residual connections (arXiv:1602.07261)."""

from keras import layers
from keras._layer import Layer
from keras.applications._imagenet import architecture


def _convolution(x, filters, size, strides=1, padding="same", name=None):
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(scale=False, name=name and f"{name}_bn")(x)
    return layers.Activation("relu", name=name and f"{name}_ac")(x)


def _chain(x, *steps):
    """Convolutions one after another, each (filters, size) or with a stride, then without padding."""
    for filters, size, *stride in steps:
        x = _convolution(x, filters, size, *stride, padding="valid" if stride else "same")
    return x


def _averaged(x, filters):
    return _convolution(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1)


def _stem(x):
    x = _chain(x, (32, 3, 2), (32, 3, 1), (64, 3))
    x = layers.MaxPooling2D(3, strides=2)(x)
    return layers.MaxPooling2D(3, strides=2)(_chain(x, (80, 1, 1), (192, 3, 1)))


def _mixed(branches, name=None):
    return layers.Concatenate(name=name)(branches)


# -- V3


def _inception_a(x, pool_filters, name):
    branches = [_chain(x, (64, 1)), _chain(x, (48, 1), (64, 5)), _chain(x, (64, 1), (96, 3), (96, 3))]
    return _mixed(branches + [_averaged(x, pool_filters)], name)


def _inception_b(x, width, name):
    row, column = (1, 7), (7, 1)
    branches = [_chain(x, (192, 1)), _chain(x, (width, 1), (width, row), (192, column))]
    branches.append(_chain(x, (width, 1), (width, column), (width, row), (width, column), (192, row)))
    return _mixed(branches + [_averaged(x, 192)], name)


def _inception_c(x, name, split_name):
    first = _chain(x, (320, 1))
    stem = _chain(x, (384, 1))
    second = _mixed([_chain(stem, (384, (1, 3))), _chain(stem, (384, (3, 1)))], split_name)
    stem = _chain(x, (448, 1), (384, 3))
    third = _mixed([_chain(stem, (384, (1, 3))), _chain(stem, (384, (3, 1)))])
    return _mixed([first, second, third, _averaged(x, 192)], name)


def _v3(x):
    x = _stem(x)
    for i, pool_filters in enumerate((32, 64, 64)):
        x = _inception_a(x, pool_filters, f"mixed{i}")
    branches = [_chain(x, (384, 3, 2)), _chain(x, (64, 1), (96, 3), (96, 3, 2))]
    x = _mixed(branches + [layers.MaxPooling2D(3, strides=2)(x)], "mixed3")
    for i, width in enumerate((128, 160, 160, 192), 4):
        x = _inception_b(x, width, f"mixed{i}")
    branches = [_chain(x, (192, 1), (320, 3, 2)), _chain(x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2))]
    x = _mixed(branches + [layers.MaxPooling2D(3, strides=2)(x)], "mixed8")
    for i in range(2):
        x = _inception_c(x, f"mixed{9 + i}", f"mixed9_{i}")
    return x


InceptionV3 = architecture("inception_v3", 299, _v3)


# -- with residual connections


class CustomScaleLayer(Layer):
    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        return inputs[0] + inputs[1] * self.scale


_branches = {
    "block35": (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
    "block17": (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1)))),
    "block8": (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1)))),
}


def _residual(x, kind, index, scale, is_active=True):
    name = f"{kind}_{index}"
    mixed = _mixed([_chain(x, *steps) for steps in _branches[kind]], f"{name}_mixed")
    up = layers.Conv2D(x.shape[-1], 1, padding="same", name=f"{name}_conv")(mixed)
    x = CustomScaleLayer(scale)([x, up])
    return layers.Activation("relu", name=f"{name}_ac")(x) if is_active else x


def _resnet_v2(x):
    x = _stem(x)
    branches = [_chain(x, (96, 1)), _chain(x, (48, 1), (64, 5)), _chain(x, (64, 1), (96, 3), (96, 3)), _averaged(x, 64)]
    x = _mixed(branches, "mixed_5b")
    for i in range(1, 11):
        x = _residual(x, "block35", i, 0.17)
    branches = [_chain(x, (384, 3, 2)), _chain(x, (256, 1), (256, 3), (384, 3, 2))]
    x = _mixed(branches + [layers.MaxPooling2D(3, strides=2)(x)], "mixed_6a")
    for i in range(1, 21):
        x = _residual(x, "block17", i, 0.1)
    branches = [_chain(x, (256, 1), (384, 3, 2)), _chain(x, (256, 1), (288, 3, 2))]
    branches.append(_chain(x, (256, 1), (288, 3), (320, 3, 2)))
    x = _mixed(branches + [layers.MaxPooling2D(3, strides=2)(x)], "mixed_7a")
    for i in range(1, 11):
        x = _residual(x, "block8", i, 0.2 if i < 10 else 1.0, i < 10)
    return _convolution(x, 1536, 1, name="conv_7b")


InceptionResNetV2 = architecture("inception_resnet_v2", 299, _resnet_v2)
