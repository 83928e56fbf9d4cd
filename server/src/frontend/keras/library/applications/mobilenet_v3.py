"""MobileNet V3 (arXiv:1905.02244)."""

import keras
from keras import layers
from keras.applications._imagenet import correct_pad, divisible, image_input, pooled, source_inputs, with_weights


def _normal(x, name):
    return layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=name)(x)


def _squeezed(x, filters, prefix):
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}squeeze_excite_avg_pool")(x)
    y = layers.Conv2D(divisible(filters * 0.25), 1, activation="relu", name=f"{prefix}squeeze_excite_conv")(y)
    y = layers.Conv2D(filters, 1, activation="hard_sigmoid", name=f"{prefix}squeeze_excite_conv_1")(y)
    return layers.Multiply(name=f"{prefix}squeeze_excite_mul")([x, y])


def _inverted_residual(x, block, expansion, filters, kernel, stride, is_squeezed, activation):
    inputs, channels = x, x.shape[-1]
    prefix = f"expanded_conv_{block}_" if block else "expanded_conv_"
    wide = divisible(channels * expansion)
    if block:
        x = layers.Conv2D(wide, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = layers.Activation(activation)(_normal(x, f"{prefix}expand_bn"))
    padding = "same"
    if stride == 2:
        x, padding = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{prefix}depthwise_pad")(x), "valid"
    x = layers.DepthwiseConv2D(kernel, strides=stride, padding=padding, use_bias=False, name=f"{prefix}depthwise")(x)
    x = layers.Activation(activation)(_normal(x, f"{prefix}depthwise_bn"))
    if is_squeezed:
        x = _squeezed(x, wide, prefix)
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normal(x, f"{prefix}project_bn")
    return layers.Add(name=f"{prefix}add")([inputs, x]) if stride == 1 and channels == filters else x


# Expansion, channels, kernel, stride, squeeze and whether the activation is hard swish, of each block.
_small = (
    (1, 16, 3, 2, True, False),
    (4.5, 24, 3, 2, False, False),
    (88 / 24, 24, 3, 1, False, False),
    (4, 40, 5, 2, True, True),
    (6, 40, 5, 1, True, True),
    (6, 40, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (6, 96, 5, 2, True, True),
    (6, 96, 5, 1, True, True),
    (6, 96, 5, 1, True, True),
)
_large = (
    (1, 16, 3, 1, False, False),
    (4, 24, 3, 2, False, False),
    (3, 24, 3, 1, False, False),
    (3, 40, 5, 2, True, False),
    (3, 40, 5, 1, True, False),
    (3, 40, 5, 1, True, False),
    (6, 80, 3, 2, False, True),
    (2.5, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (6, 112, 3, 1, True, True),
    (6, 112, 3, 1, True, True),
    (6, 160, 5, 2, True, True),
    (6, 160, 5, 1, True, True),
    (6, 160, 5, 1, True, True),
)


def _mobilenet_v3(usual_name, blocks, last_width):
    def make(input_shape=None, alpha=1.0, minimalistic=False, include_top=True, weights="imagenet", input_tensor=None,
             classes=1000, pooling=None, dropout_rate=0.2, classifier_activation="softmax",
             include_preprocessing=True, name=usual_name):  # fmt: skip
        activation = "relu" if minimalistic else "hard_swish"
        # These take images of any size.
        inputs = image_input(False, weights, input_tensor, input_shape, None, name)
        x = layers.Rescaling(1 / 127.5, offset=-1.0)(inputs) if include_preprocessing else inputs
        x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
        x = layers.Activation(activation)(_normal(x, "conv_bn"))
        for i, (expansion, channels, kernel, stride, is_squeezed, is_hard) in enumerate(blocks):
            size, squeeze = (3, False) if minimalistic else (kernel, is_squeezed)
            active = activation if is_hard else "relu"
            x = _inverted_residual(x, i, expansion, divisible(channels * alpha), size, stride, squeeze, active)
        x = layers.Conv2D(divisible(x.shape[-1] * 6), 1, padding="same", use_bias=False, name="conv_1")(x)
        x = layers.Activation(activation)(_normal(x, "conv_1_bn"))
        if include_top:
            width = divisible(last_width * alpha) if alpha > 1.0 else last_width
            x = layers.Conv2D(width, 1, padding="same", name="conv_2")(layers.GlobalAveragePooling2D(keepdims=True)(x))
            x = layers.Dropout(dropout_rate)(layers.Activation(activation)(x))
            x = layers.Flatten()(layers.Conv2D(classes, 1, padding="same", name="logits")(x))
            x = layers.Activation(classifier_activation, name="predictions")(x)
        else:
            x = pooled(x, pooling)
        model = keras.Model(source_inputs(inputs), x, name=name)
        kind = ("small" if blocks is _small else "large") + ("_minimalistic" if minimalistic else "")
        top = "" if include_top else "_no_top_v2"
        return with_weights(model, weights, name, f"weights_mobilenet_v3_{kind}_224_{alpha}_float{top}.h5")

    return make


MobileNetV3Small = _mobilenet_v3("MobileNetV3Small", _small, 1024)
MobileNetV3Large = _mobilenet_v3("MobileNetV3Large", _large, 1280)
