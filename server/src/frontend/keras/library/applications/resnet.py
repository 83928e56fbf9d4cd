"""Residual networks of bottlenecks (arXiv:1512.03385), and with normalisation before convolutions (arXiv:1603.05027)."""

from keras import layers
from keras.applications._imagenet import architecture


def _normal(x, name):
    return layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)


def _active(x, name):
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _bottleneck(x, filters, stride, has_projection, name):
    shortcut = x
    if has_projection:
        shortcut = _normal(layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x), f"{name}_0")
    x = _normal(layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x), f"{name}_1")
    x = _active(x, f"{name}_1")
    x = _normal(layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x), f"{name}_2")
    x = _active(x, f"{name}_2")
    x = _normal(layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x), f"{name}_3")
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _bottleneck_v2(x, filters, stride, has_projection, name):
    before = _active(_normal(x, f"{name}_preact"), f"{name}_preact")
    if has_projection:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(before)
    else:
        shortcut = layers.MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(before)
    x = _active(_normal(x, f"{name}_1"), f"{name}_1")
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = _active(_normal(x, f"{name}_2"), f"{name}_2")
    return layers.Add(name=f"{name}_out")([shortcut, layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)])


def _stages(counts):
    return enumerate(zip(counts, (64, 128, 256, 512)), 2)


def _stem(x, is_normal):
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if is_normal:
        x = _active(_normal(x, "conv1"), "conv1")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    return layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def _resnet(name, counts):
    def body(x):
        x = _stem(x, True)
        for stage, (count, filters) in _stages(counts):
            for block in range(1, count + 1):
                stride = 2 if block == 1 and stage > 2 else 1
                x = _bottleneck(x, filters, stride, block == 1, f"conv{stage}_block{block}")
        return x

    return architecture(name, 224, body)


def _resnet_v2(name, counts):
    """The last block of a stage has the stride."""

    def body(x):
        x = _stem(x, False)
        for stage, (count, filters) in _stages(counts):
            for block in range(1, count + 1):
                stride = 2 if block == count and stage < 5 else 1
                x = _bottleneck_v2(x, filters, stride, block == 1, f"conv{stage}_block{block}")
        return _active(_normal(x, "post"), "post")

    return architecture(name, 224, body)


ResNet50 = _resnet("resnet50", (3, 4, 6, 3))
ResNet101 = _resnet("resnet101", (3, 4, 23, 3))
ResNet152 = _resnet("resnet152", (3, 8, 36, 3))
ResNet50V2 = _resnet_v2("resnet50v2", (3, 4, 6, 3))
ResNet101V2 = _resnet_v2("resnet101v2", (3, 4, 23, 3))
ResNet152V2 = _resnet_v2("resnet152v2", (3, 8, 36, 3))
