"""MobileNets: V1 (arXiv:1704.04861) and V2 (arXiv:1801.04381)."""

import keras
from keras import layers
from keras.applications._imagenet import (
    classifier,
    correct_pad,
    divisible,
    image_input,
    pooled,
    published_side,
    source_inputs,
    with_weights,
)


def _normal_relu6(x, name):
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


# Channels and stride of each block.
_blocks = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)) + ((512, 1),) * 5 + ((1024, 2), (1024, 1))


def MobileNet(input_shape=None, alpha=1.0, depth_multiplier=1, dropout=1e-3, include_top=True, weights="imagenet",
              input_tensor=None, pooling=None, classes=1000, classifier_activation="softmax", name=None):  # fmt: skip
    inputs = image_input(include_top, weights, input_tensor, input_shape, 224, "MobileNet")
    x = layers.Conv2D(int(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="conv1")(inputs)
    x = _normal_relu6(x, "conv1")
    for block, (channels, stride) in enumerate(_blocks, 1):
        padding = "same"
        if stride == 2:
            x, padding = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{block}")(x), "valid"
        options = {"strides": stride, "padding": padding, "depth_multiplier": depth_multiplier, "use_bias": False}
        x = _normal_relu6(layers.DepthwiseConv2D(3, name=f"conv_dw_{block}", **options)(x), f"conv_dw_{block}")
        x = layers.Conv2D(int(channels * alpha), 1, padding="same", use_bias=False, name=f"conv_pw_{block}")(x)
        x = _normal_relu6(x, f"conv_pw_{block}")
    if include_top:
        x = layers.Dropout(dropout, name="dropout")(layers.GlobalAveragePooling2D(keepdims=True)(x))
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Activation(classifier_activation, name="predictions")(layers.Reshape((classes,))(x))
    else:
        x = pooled(x, pooling)
    model = keras.Model(source_inputs(inputs), x, name=name or f"mobilenet_{alpha:0.2f}_224")
    width = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0"}.get(alpha, "2_5")
    side = published_side(inputs, (128, 160, 192, 224))
    return with_weights(model, weights, "MobileNet", f"mobilenet_{width}_{side}_tf{'' if include_top else '_no_top'}.h5")


def _inverted_residual(x, filters, stride, expansion, prefix):
    def normal(x, part):
        return layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=f"{prefix}{part}_BN")(x)

    inputs, channels = x, x.shape[-1]
    if expansion > 1:
        x = layers.Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = layers.ReLU(6.0, name=f"{prefix}expand_relu")(normal(x, "expand"))
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, 3), name=f"{prefix}pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(3, strides=stride, padding=padding, use_bias=False, name=f"{prefix}depthwise")(x)
    x = layers.ReLU(6.0, name=f"{prefix}depthwise_relu")(normal(x, "depthwise"))
    x = normal(layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x), "project")
    return layers.Add(name=f"{prefix}add")([inputs, x]) if channels == filters and stride == 1 else x


# Expansion, channels, blocks and stride of each stage.
_stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def MobileNetV2(input_shape=None, alpha=1.0, include_top=True, weights="imagenet", input_tensor=None, pooling=None,
                classes=1000, classifier_activation="softmax", name=None):  # fmt: skip
    inputs = image_input(include_top, weights, input_tensor, input_shape, 224, "MobileNetV2")
    x = layers.Conv2D(divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")(inputs)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name="bn_Conv1")(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(x)
    block = 0
    for expansion, channels, count, stride in _stages:
        for i in range(count):
            prefix = f"block_{block}_" if block else "expanded_conv_"
            x = _inverted_residual(x, divisible(int(channels * alpha)), stride if i == 0 else 1, expansion, prefix)
            block += 1
    x = layers.Conv2D(divisible(1280 * alpha) if alpha > 1.0 else 1280, 1, use_bias=False, name="Conv_1")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name="Conv_1_bn")(x)
    x = layers.ReLU(6.0, name="out_relu")(x)
    x = classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    model = keras.Model(source_inputs(inputs), x, name=name or f"mobilenetv2_{alpha:0.2f}_224")
    side = published_side(inputs, (96, 128, 160, 192, 224))
    size = f"{float(alpha)}_{side}{'' if include_top else '_no_top'}"
    return with_weights(model, weights, "MobileNetV2", f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{size}.h5")
