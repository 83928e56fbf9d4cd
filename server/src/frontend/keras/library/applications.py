"""keras.applications: published architectures under their names of layers. Published weights are not here; they are noted."""

from torch._registry import note_call

import keras
from keras import layers


def _input(include_top, weights, input_tensor, input_shape, usual, name):
    """The symbolic input, of the size that the published weights have where the code says none."""
    if weights is not None:
        note_call("pretrained", {"model": name})
    if input_tensor is not None:
        return input_tensor
    return keras.Input(tuple(input_shape) if input_shape is not None else (usual, usual, 3) if include_top else (None, None, 3))


def _end(x, include_top, pooling, classes, activation, name):
    """The classifier, or what stands in its place."""
    if include_top:
        return layers.Dense(classes, activation=activation, name="predictions")(layers.GlobalAveragePooling2D(name=name)(x))
    if pooling is None:
        return x
    return layers.GlobalAveragePooling2D()(x) if pooling == "avg" else layers.GlobalMaxPooling2D()(x)


def _vgg(counts, name, include_top, weights, input_tensor, input_shape, pooling, classes, activation):
    inputs = x = _input(include_top, weights, input_tensor, input_shape, 224, name)
    for block, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512, 512)), 1):
        for i in range(1, count + 1):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if include_top:
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(4096, activation="relu", name="fc1")(x)
        x = layers.Dense(4096, activation="relu", name="fc2")(x)
        x = layers.Dense(classes, activation=activation, name="predictions")(x)
    else:
        x = _end(x, False, pooling, classes, activation, None)
    return keras.Model(inputs, x, name=name)


def VGG16(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000,
          classifier_activation="softmax", name="vgg16"):  # fmt: skip
    given = (include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _vgg((2, 2, 3, 3, 3), name, *given)


def VGG19(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000,
          classifier_activation="softmax", name="vgg19"):  # fmt: skip
    given = (include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _vgg((2, 2, 4, 4, 4), name, *given)


def _bottleneck(x, filters, stride, has_projection, name):
    def normal(x, part):
        return layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_{part}_bn")(x)

    shortcut = x
    if has_projection:
        shortcut = normal(layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x), 0)
    x = normal(layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x), 1)
    x = layers.Activation("relu", name=f"{name}_1_relu")(x)
    x = normal(layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x), 2)
    x = layers.Activation("relu", name=f"{name}_2_relu")(x)
    x = normal(layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x), 3)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _resnet(counts, name, include_top, weights, input_tensor, input_shape, pooling, classes, activation):
    inputs = _input(include_top, weights, input_tensor, input_shape, 224, name)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name="conv1_bn")(x)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512)), 2):
        for block in range(1, count + 1):
            stride = 2 if block == 1 and stage > 2 else 1
            x = _bottleneck(x, filters, stride, block == 1, f"conv{stage}_block{block}")
    return keras.Model(inputs, _end(x, include_top, pooling, classes, activation, "avg_pool"), name=name)


def ResNet50(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000,
             classifier_activation="softmax", name="resnet50"):  # fmt: skip
    given = (include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _resnet((3, 4, 6, 3), name, *given)


def ResNet101(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000,
              classifier_activation="softmax", name="resnet101"):  # fmt: skip
    given = (include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _resnet((3, 4, 23, 3), name, *given)


def ResNet152(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000,
              classifier_activation="softmax", name="resnet152"):  # fmt: skip
    given = (include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
    return _resnet((3, 8, 36, 3), name, *given)


def _divisible(value, divisor=8):
    """The nearest multiple, but never less than nine tenths."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def _inverted_residual(x, filters, stride, expansion, prefix):
    def normal(x, part):
        return layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=f"{prefix}{part}_BN")(x)

    inputs, channels = x, x.shape[-1]
    if expansion > 1:
        x = normal(layers.Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x), "expand")
        x = layers.ReLU(6.0, name=f"{prefix}expand_relu")(x)
    if stride == 2:
        # One zero before the data only where their size is odd: the windows then end with the data.
        pads = [(0 if size is not None and size % 2 == 0 else 1, 1) for size in x.shape[1:3]]
        x = layers.ZeroPadding2D(pads, name=f"{prefix}pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(3, strides=stride, padding=padding, use_bias=False, name=f"{prefix}depthwise")(x)
    x = layers.ReLU(6.0, name=f"{prefix}depthwise_relu")(normal(x, "depthwise"))
    x = normal(layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x), "project")
    return layers.Add(name=f"{prefix}add")([inputs, x]) if channels == filters and stride == 1 else x


# Expansion, channels, blocks and stride of each stage.
_mobile_stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def MobileNetV2(input_shape=None, alpha=1.0, include_top=True, weights="imagenet", input_tensor=None, pooling=None,
                classes=1000, classifier_activation="softmax", name=None):  # fmt: skip
    inputs = _input(include_top, weights, input_tensor, input_shape, 224, "MobileNetV2")
    x = layers.Conv2D(_divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")(inputs)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name="bn_Conv1")(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(x)
    block = 0
    for expansion, channels, count, stride in _mobile_stages:
        for i in range(count):
            prefix = f"block_{block}_" if block else "expanded_conv_"
            x = _inverted_residual(x, _divisible(int(channels * alpha)), stride if i == 0 else 1, expansion, prefix)
            block += 1
    x = layers.Conv2D(_divisible(1280 * alpha) if alpha > 1.0 else 1280, 1, use_bias=False, name="Conv_1")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name="Conv_1_bn")(x)
    x = layers.ReLU(6.0, name="out_relu")(x)
    name = name or f"mobilenetv2_{alpha:0.2f}_224"
    return keras.Model(inputs, _end(x, include_top, pooling, classes, classifier_activation, None), name=name)
