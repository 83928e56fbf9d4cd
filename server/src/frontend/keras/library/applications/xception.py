"""Xception: separable convolutions with residual connections (arXiv:1610.02357)."""

from keras import layers
from keras.applications._imagenet import architecture


def _active(x, name):
    return layers.Activation("relu", name=f"{name}_act")(x)


def _separable(x, filters, name):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(name=f"{name}_bn")(x)


def _shrinking(x, block, first, second):
    residual = layers.Conv2D(second, 1, strides=2, padding="same", use_bias=False)(x)
    residual = layers.BatchNormalization()(residual)
    name = f"block{block}_sepconv"
    # The stem ends with an activation of its own.
    x = _separable(_active(x, f"{name}1") if block > 2 else x, first, f"{name}1")
    x = _separable(_active(x, f"{name}2"), second, f"{name}2")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return layers.add([x, residual])


def _body(x):
    for i, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"block1_conv{i}")(x)
        x = layers.BatchNormalization(name=f"block1_conv{i}_bn")(x)
        x = _active(x, f"block1_conv{i}")
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _shrinking(x, block, filters, filters)
    for block in range(5, 13):
        y = x
        for i in range(1, 4):
            y = _separable(_active(y, f"block{block}_sepconv{i}"), 728, f"block{block}_sepconv{i}")
        x = layers.add([y, x])
    x = _shrinking(x, 13, 728, 1024)
    for i, filters in enumerate((1536, 2048), 1):
        x = _active(_separable(x, filters, f"block14_sepconv{i}"), f"block14_sepconv{i}")
    return x


Xception = architecture("xception", 299, _body)
