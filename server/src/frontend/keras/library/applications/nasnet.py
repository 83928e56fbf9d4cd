"""NASNet: cells found by search (arXiv:1707.07012)."""

import keras
from keras import layers
from keras._naming import name_scope
from keras.applications._imagenet import classifier, correct_pad, image_input, pooled, source_inputs, with_weights


def _normal(x, name):
    return layers.BatchNormalization(momentum=0.9997, epsilon=1e-3, name=name)(x)


def _point(x, filters, name):
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    return layers.Conv2D(filters, 1, name=name, **options)(layers.Activation("relu")(x))


def _separable(x, filters, kernel, stride, name):
    with name_scope(f"separable_conv_block_{name}"):
        x, padding = layers.Activation("relu")(x), "same"
        if stride == 2:
            x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"separable_conv_1_pad_{name}")(x)
            padding = "valid"
        options = {"strides": stride, "padding": padding, "use_bias": False}
        x = layers.SeparableConv2D(filters, kernel, name=f"separable_conv_1_{name}", **options)(x)
        x = layers.Activation("relu")(_normal(x, f"separable_conv_1_bn_{name}"))
        options = {"padding": "same", "use_bias": False}
        x = layers.SeparableConv2D(filters, kernel, name=f"separable_conv_2_{name}", **options)(x)
        return _normal(x, f"separable_conv_2_bn_{name}")


def _fitted(p, x, filters, block):
    """The result of the cell before the last one, brought to the size and channels of the last one's."""
    if p is None:
        return x
    if p.shape[-2] != x.shape[-2]:
        with name_scope(f"adjust_reduction_block_{block}"):
            p = layers.Activation("relu", name=f"adjust_relu_1_{block}")(p)
            moved = layers.Cropping2D(((1, 0), (1, 0)))(layers.ZeroPadding2D(((0, 1), (0, 1)))(p))
            halves = []
            for i, half in enumerate((p, moved), 1):
                half = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{block}")(half)
                options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
                halves.append(layers.Conv2D(filters // 2, 1, name=f"adjust_conv_{i}_{block}", **options)(half))
            return _normal(layers.concatenate(halves), f"adjust_bn_{block}")
    if p.shape[-1] != filters:
        with name_scope(f"adjust_projection_block_{block}"):
            return _normal(_point(p, filters, f"adjust_conv_projection_{block}"), f"adjust_bn_{block}")
    return p


def _begin(x, p, filters, kind, block):
    with name_scope("adjust_block"):
        p = _fitted(p, x, filters, block)
    return _normal(_point(x, filters, f"{kind}_conv_1_{block}"), f"{kind}_bn_1_{block}"), p


def _average(x, name):
    return layers.AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def _normal_cell(x, p, filters, block):
    def separable(x, kernel, name):
        return _separable(x, filters, kernel, 1, f"normal_{name}_{block}")

    with name_scope(f"normal_A_block_{block}"):
        h, q = _begin(x, p, filters, "normal", block)
        with name_scope("block_1"):
            first = layers.add([separable(h, 5, "left1"), separable(q, 3, "right1")], name=f"normal_add_1_{block}")
        with name_scope("block_2"):
            second = layers.add([separable(q, 5, "left2"), separable(q, 3, "right2")], name=f"normal_add_2_{block}")
        third = layers.add([_average(h, f"normal_left3_{block}"), q], name=f"normal_add_3_{block}")
        twice = [_average(q, f"normal_left4_{block}"), _average(q, f"normal_right4_{block}")]
        fourth = layers.add(twice, name=f"normal_add_4_{block}")
        with name_scope("block_5"):
            fifth = layers.add([separable(h, 3, "left5"), h], name=f"normal_add_5_{block}")
        return layers.concatenate([q, first, second, third, fourth, fifth], name=f"normal_concat_{block}"), x


def _reduction_cell(x, p, filters, block):
    def separable(x, kernel, stride, name):
        return _separable(x, filters, kernel, stride, f"reduction_{name}_{block}")

    with name_scope(f"reduction_A_block_{block}"):
        h, q = _begin(x, p, filters, "reduction", block)
        padded = layers.ZeroPadding2D(correct_pad(h, 3), name=f"reduction_pad_1_{block}")(h)
        with name_scope("block_1"):
            parts = [separable(h, 5, 2, "left1"), separable(q, 7, 2, "right1")]
            first = layers.add(parts, name=f"reduction_add_1_{block}")
        with name_scope("block_2"):
            largest = layers.MaxPooling2D(3, strides=2, name=f"reduction_left2_{block}")(padded)
            second = layers.add([largest, separable(q, 7, 2, "right2")], name=f"reduction_add_2_{block}")
        with name_scope("block_3"):
            mean = layers.AveragePooling2D(3, strides=2, name=f"reduction_left3_{block}")(padded)
            third = layers.add([mean, separable(q, 5, 2, "right3")], name=f"reduction_add3_{block}")
        fourth = layers.add([second, _average(first, f"reduction_left4_{block}")])
        with name_scope("block_5"):
            fifth = separable(first, 3, 1, "left4")
            largest = layers.MaxPooling2D(3, strides=2, name=f"reduction_right5_{block}")(padded)
            fifth = layers.add([fifth, largest], name=f"reduction_add4_{block}")
        return layers.concatenate([second, third, fourth, fifth], name=f"reduction_concat_{block}"), x


def _body(x, width, count, stem_filters, skips):
    filters = width // 24
    x = layers.Conv2D(stem_filters, 3, strides=2, use_bias=False, kernel_initializer="he_normal", name="stem_conv1")(x)
    x = _normal(x, "stem_bn1")
    x, p = _reduction_cell(x, None, filters // 4, "stem_1")
    x, p = _reduction_cell(x, p, filters // 2, "stem_2")
    for stage in range(3):
        if stage > 0:
            x, before = _reduction_cell(x, p, filters * 2**stage, f"reduce_{stage * count}")
            p = p if skips else before
        for i in range(count):
            x, p = _normal_cell(x, p, filters * 2**stage, f"{stage * count + i + min(stage, 1)}")
    return layers.Activation("relu")(x)


def _nasnet(usual_name, side, *sizes):
    def make(input_shape=None, include_top=True, weights="imagenet", input_tensor=None, pooling=None, classes=1000,
             classifier_activation="softmax", name=usual_name):  # fmt: skip
        # Its cells cannot be fitted to each other where sizes are open.
        inputs = image_input(True, weights, input_tensor, input_shape, side, name)
        x = _body(inputs, *sizes)
        x = classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
        model = keras.Model(source_inputs(inputs), x, name=name)
        return with_weights(model, weights, name, f"{usual_name}{'' if include_top else '_no_top'}.h5")

    return make


NASNetMobile = _nasnet("nasnet_mobile", 224, 1056, 4, 32, False)
NASNetLarge = _nasnet("nasnet_large", 331, 4032, 6, 96, True)
