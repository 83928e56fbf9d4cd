"""EfficientNet (arXiv:1905.11946) and EfficientNetV2 (arXiv:2104.00298)."""

import math

from keras import layers
from keras.applications._imagenet import architecture, correct_pad, named_file, pooled

_kernel = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"}}
_dense = {"class_name": "VarianceScaling", "config": {"scale": 1 / 3, "mode": "fan_out", "distribution": "uniform"}}


def _convolution(x, filters, size, name, **options):
    return layers.Conv2D(
        filters, size, padding="same", use_bias=False, kernel_initializer=_kernel, name=f"{name}_conv", **options
    )(x)


def _squeezed(x, width, name):
    filters = x.shape[-1]
    options = {"padding": "same", "kernel_initializer": _kernel}
    y = layers.Reshape((1, 1, filters), name=f"{name}se_reshape")(layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x))
    y = layers.Conv2D(width, 1, activation="swish", name=f"{name}se_reduce", **options)(y)
    y = layers.Conv2D(filters, 1, activation="sigmoid", name=f"{name}se_expand", **options)(y)
    return layers.multiply([x, y], name=f"{name}se_excite")


def _block(inputs, name, kind, kernel, stride, expansion, filters, is_squeezed, drop, momentum):
    """`kind`: of the first version, of the second, or of the second with the depthwise convolution fused."""

    def active(x, part):
        x = layers.BatchNormalization(momentum=momentum, name=f"{name}{part}bn")(x)
        return layers.Activation("swish", name=f"{name}{part}activation")(x)

    x, channels = inputs, inputs.shape[-1]
    is_fused = kind == "fused"
    if expansion != 1:
        options = {"strides": stride} if is_fused else {}
        x = active(_convolution(x, channels * expansion, kernel if is_fused else 1, f"{name}expand", **options), "expand_")
    if not is_fused:
        padding, depthwise = "same", "dwconv" if kind == "first" else "dwconv2"
        if stride == 2 and kind == "first":
            x, padding = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{name}dwconv_pad")(x), "valid"
        options = {"strides": stride, "padding": padding, "use_bias": False, "depthwise_initializer": _kernel}
        x = active(layers.DepthwiseConv2D(kernel, name=f"{name}{depthwise}", **options)(x), "")
    if is_squeezed:
        x = _squeezed(x, max(1, int(channels * 0.25)), name)
    is_whole = is_fused and expansion == 1
    x = _convolution(x, filters, kernel if is_whole else 1, f"{name}project", strides=stride if is_whole else 1)
    x = layers.BatchNormalization(momentum=momentum, name=f"{name}project_bn")(x)
    if is_whole:
        x = layers.Activation("swish", name=f"{name}project_activation")(x)
    if stride == 1 and channels == filters:
        if drop > 0:
            x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = layers.add([x, inputs], name=f"{name}add")
    return x


def _blocks(x, stages, depth, rounded, momentum, most_drop, count):
    """`stages`: kind, kernel, repeats, channels, expansion, stride and squeeze of each."""
    block = 0
    for stage, (kind, kernel, repeats, channels, expansion, stride, is_squeezed) in enumerate(stages, 1):
        for i in range(math.ceil(depth * repeats)):
            name = f"block{stage}{chr(97 + i)}_"
            drop = most_drop * block / count
            x = _block(x, name, kind, kernel, stride if i == 0 else 1, expansion, rounded(channels), is_squeezed, drop, momentum)
            block += 1
    return x


def _end(x, width, momentum):
    x = _convolution(x, width, 1, "top")
    x = layers.BatchNormalization(momentum=momentum, name="top_bn")(x)
    return layers.Activation("swish", name="top_activation")(x)


def _top(rate):
    def top(x, classes, activation):
        x = layers.Dropout(rate, name="top_dropout")(layers.GlobalAveragePooling2D(name="avg_pool")(x))
        return layers.Dense(classes, activation=activation, kernel_initializer=_dense, name="predictions")(x)

    return top


# -- the first version

_first = (
    ("first", 3, 1, 16, 1, 1, True),
    ("first", 3, 2, 24, 6, 2, True),
    ("first", 5, 2, 40, 6, 2, True),
    ("first", 3, 3, 80, 6, 2, True),
    ("first", 5, 3, 112, 6, 1, True),
    ("first", 5, 4, 192, 6, 2, True),
    ("first", 3, 1, 320, 6, 1, True),
)


def _efficientnet(name, width, depth, side, rate):
    def rounded(filters):
        filters *= width
        nearest = max(8, int(filters + 4) // 8 * 8)
        return nearest + 8 if nearest < 0.9 * filters else nearest

    def body(x):
        x = layers.Normalization(axis=3)(layers.Rescaling(1 / 255)(x))
        x = layers.ZeroPadding2D(correct_pad(x, 3), name="stem_conv_pad")(x)
        options = {"strides": 2, "use_bias": False, "kernel_initializer": _kernel}
        x = layers.Conv2D(rounded(32), 3, name="stem_conv", **options)(x)
        x = layers.Activation("swish", name="stem_activation")(layers.BatchNormalization(name="stem_bn")(x))
        count = sum([math.ceil(depth * repeats) for _, _, repeats, _, _, _, _ in _first])
        return _end(_blocks(x, _first, depth, rounded, 0.99, 0.2, count), rounded(1280), 0.99)

    return architecture(name, side, body, _top(rate), pooled, named_file)


EfficientNetB0 = _efficientnet("efficientnetb0", 1.0, 1.0, 224, 0.2)
EfficientNetB1 = _efficientnet("efficientnetb1", 1.0, 1.1, 240, 0.2)
EfficientNetB2 = _efficientnet("efficientnetb2", 1.1, 1.2, 260, 0.3)
EfficientNetB3 = _efficientnet("efficientnetb3", 1.2, 1.4, 300, 0.3)
EfficientNetB4 = _efficientnet("efficientnetb4", 1.4, 1.8, 380, 0.4)
EfficientNetB5 = _efficientnet("efficientnetb5", 1.6, 2.2, 456, 0.4)
EfficientNetB6 = _efficientnet("efficientnetb6", 1.8, 2.6, 528, 0.5)
EfficientNetB7 = _efficientnet("efficientnetb7", 2.0, 3.1, 600, 0.5)

# -- the second version


def _second(kernel_rows):
    """Three stages are fused, without squeezing."""
    return tuple([("fused" if i < 3 else "second", 3, *row, i >= 3) for i, row in enumerate(kernel_rows)])


# Repeats, channels, expansion and stride of each stage.
_base = _second(((1, 16, 1, 1), (2, 32, 4, 2), (2, 48, 4, 2), (3, 96, 4, 2), (5, 112, 6, 1), (8, 192, 6, 2)))
_s = _second(((2, 24, 1, 1), (4, 48, 4, 2), (4, 64, 4, 2), (6, 128, 4, 2), (9, 160, 6, 1), (15, 256, 6, 2)))
_m = _second(
    ((3, 24, 1, 1), (5, 48, 4, 2), (5, 80, 4, 2), (7, 160, 4, 2), (14, 176, 6, 1), (18, 304, 6, 2), (5, 512, 6, 1))
)
_l = _second(
    ((4, 32, 1, 1), (7, 64, 4, 2), (7, 96, 4, 2), (10, 192, 4, 2), (19, 224, 6, 1), (25, 384, 6, 2), (7, 640, 6, 1))
)


def _efficientnet_v2(name, width, depth, side, stages, stem):
    def rounded(filters):
        return max(8, int(filters * width + 4) // 8 * 8)

    def scaled(x):
        if stages is not _base or x.shape[-1] != 3:
            return layers.Rescaling(1 / 128, offset=-1)(x)
        mean, variance = [0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2]
        return layers.Normalization(mean=mean, variance=variance, axis=3)(layers.Rescaling(1 / 255)(x))

    def body(x, include_preprocessing=True):
        x = scaled(x) if include_preprocessing else x
        x = _convolution(x, rounded(stem), 3, "stem", strides=2)
        x = layers.BatchNormalization(momentum=0.9, name="stem_bn")(x)
        x = layers.Activation("swish", name="stem_activation")(x)
        count = sum([repeats for _, _, repeats, _, _, _, _ in stages])
        return _end(_blocks(x, stages, depth, rounded, 0.9, 0.2, count), rounded(1280), 0.9)

    return architecture(name, side, body, _top(0.2), pooled, named_file)


EfficientNetV2B0 = _efficientnet_v2("efficientnetv2-b0", 1.0, 1.0, 224, _base, 32)
EfficientNetV2B1 = _efficientnet_v2("efficientnetv2-b1", 1.0, 1.1, 240, _base, 32)
EfficientNetV2B2 = _efficientnet_v2("efficientnetv2-b2", 1.1, 1.2, 260, _base, 32)
EfficientNetV2B3 = _efficientnet_v2("efficientnetv2-b3", 1.2, 1.4, 300, _base, 32)
EfficientNetV2S = _efficientnet_v2("efficientnetv2-s", 1.0, 1.0, 384, _s, 24)
EfficientNetV2M = _efficientnet_v2("efficientnetv2-m", 1.0, 1.0, 480, _m, 24)
EfficientNetV2L = _efficientnet_v2("efficientnetv2-l", 1.0, 1.0, 480, _l, 32)
