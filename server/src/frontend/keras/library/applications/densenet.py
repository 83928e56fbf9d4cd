"""Densely connected networks (arXiv:1608.06993)."""

from keras import layers
from keras.applications._imagenet import architecture

_GROWTH = 32


def _normal(x, bn_name, relu_name):
    x = layers.BatchNormalization(epsilon=1.001e-5, name=bn_name)(x)
    return layers.Activation("relu", name=relu_name)(x)


def _convolution(x, name):
    y = _normal(x, f"{name}_0_bn", f"{name}_0_relu")
    y = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(y)
    y = _normal(y, f"{name}_1_bn", f"{name}_1_relu")
    y = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(y)
    return layers.Concatenate(name=f"{name}_concat")([x, y])


def _transition(x, name):
    x = _normal(x, f"{name}_bn", f"{name}_relu")
    x = layers.Conv2D(x.shape[-1] // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _densenet(name, counts):
    def body(x):
        x = layers.ZeroPadding2D(3)(x)
        x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
        x = _normal(x, "conv1_bn", "conv1_relu")
        x = layers.MaxPooling2D(3, strides=2, name="pool1")(layers.ZeroPadding2D(1)(x))
        for stage, count in enumerate(counts, 2):
            for i in range(1, count + 1):
                x = _convolution(x, f"conv{stage}_block{i}")
            if stage < 5:
                x = _transition(x, f"pool{stage}")
        return _normal(x, "bn", "relu")

    return architecture(name, 224, body)


DenseNet121 = _densenet("densenet121", (6, 12, 24, 16))
DenseNet169 = _densenet("densenet169", (6, 12, 32, 32))
DenseNet201 = _densenet("densenet201", (6, 12, 48, 32))
