"""A small convolutional classifier for 8x8 grey digits, in Keras."""

import keras
from keras import layers


def block(x, filters, strides=1):
    """Convolution, batch normalisation, ReLU, with a shortcut when the shape allows one."""
    y = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization()(y)
    y = layers.Activation("relu")(y)
    return layers.add([x, y]) if strides == 1 and x.shape[-1] == filters else y


def digit_net(width=12, classes=10):
    inputs = keras.Input((8, 8, 1))
    x = block(inputs, width)
    x = block(x, width)
    x = block(x, 2 * width, strides=2)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(classes, activation="softmax", kernel_regularizer="l2")(x)
    return keras.Model(inputs, outputs, name="digit_net")
