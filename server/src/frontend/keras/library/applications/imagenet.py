"""keras.applications: what published architectures share. Published weights are noted with the file in which Keras keeps them."""

import torch
from torch._registry import note_call, unknown

import keras
from keras import layers
from keras._functional_graph import source_inputs
from keras._image_layout import image_data_format
from keras._ops import symbolic


def image_input(include_top, weights, input_tensor, input_shape, usual, name):
    """The symbolic images, of the size that the published weights have where the code says none."""
    if input_tensor is not None:
        return input_tensor
    return keras.Input(tuple(input_shape) if input_shape is not None else (usual, usual, 3) if include_top else (None, None, 3))


def with_weights(model, weights, name, file):
    """The model, with a note of the weights that it starts from. `file`: below the folder `models` of Keras's own, as its source names it."""
    if weights == "imagenet":
        note_call("pretrained", {"model": name, "file": file}, model)
    elif weights is not None:
        note_call("torch.load", {"0": weights}, model)
    return model


def kernels_file(name, include_top):
    return f"{name}_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"


def named_file(name, include_top):
    return f"{name}{'' if include_top else '_notop'}.h5"


def published_side(inputs, sides):
    """The size of images of which there are published weights: that of the code, else 224."""
    rows, columns = inputs.shape[1:3] if image_data_format() == "channels_last" else inputs.shape[2:4]
    return rows if rows == columns and rows in sides else 224


def classifier(x, classes, activation):
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)


def pooled(x, pooling):
    """What stands in the place of a classifier."""
    if pooling is None:
        return x
    return layers.GlobalAveragePooling2D()(x) if pooling == "avg" else layers.GlobalMaxPooling2D()(x)


def architecture(name, usual, body, top=classifier, without_top=pooled, file=kernels_file):
    """A function with the parameters that most of keras.applications have. `body`: from images to features; `file`: of their weights."""
    usual_name = name

    def make(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000,
             classifier_activation="softmax", name=usual_name, **options):  # fmt: skip
        inputs = image_input(include_top, weights, input_tensor, input_shape, usual, name)
        features = body(inputs, **options)
        outputs = top(features, classes, classifier_activation) if include_top else without_top(features, pooling)
        model = keras.Model(source_inputs(inputs), outputs, name=name)
        kept = name if file is named_file else usual_name
        return with_weights(model, weights, name, file(kept, include_top))

    return make


def correct_pad(inputs, kernel_size):
    """
    Zeros for a window with stride 2 that then ends with the data: one less before them where their size is even or open.
    Gives (before, after) for each of the two axes.
    """
    first = 1 if image_data_format() == "channels_last" else 2
    sizes = inputs.shape[first : first + 2]
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    less = [1 if size is None else 1 - size % 2 for size in sizes]
    return tuple([(side // 2 - each, side // 2) for side, each in zip(kernel, less)])


def divisible(value, divisor=8):
    """The nearest multiple, but never less than nine tenths."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


# -- pixels from 0 to 255, as the weights expect them


@symbolic
def scaled_to_one(x, data_format=None):
    return x / 127.5 - 1.0


def _per_channel(values, x, data_format):
    return torch.tensor(values).reshape([-1] + [1] * (2 if data_format == "channels_first" else 0)).to(x.dtype)


@symbolic
def centred_bgr(x, data_format=None):
    x = torch.flip(x, [-3 if data_format == "channels_first" else -1])
    return x - _per_channel([103.939, 116.779, 123.68], x, data_format)


@symbolic
def standardised(x, data_format=None):
    mean, deviation = [_per_channel(each, x, data_format) for each in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    return (x / 255.0 - mean) / deviation


def unchanged(x, data_format=None):
    return x


def preprocess_input(x, data_format=None, mode="caffe"):
    return {"caffe": centred_bgr, "tf": scaled_to_one, "torch": standardised}[mode](x, data_format)


def decode_predictions(preds, top=5):
    return unknown("names of predicted classes")


def obtain_input_shape(input_shape, default_size=224, min_size=32, data_format=None, require_flatten=True, weights=None,
                       include_top=None):  # fmt: skip
    """The shape that code for published architectures builds with; of a model for images."""
    whole = require_flatten if include_top is None else include_top
    channels = input_shape[-1] if input_shape and weights != "imagenet" else 3
    if input_shape:
        return tuple(input_shape)
    return (default_size, default_size, channels) if whole else (None, None, channels)


_obtain_input_shape = obtain_input_shape


def get_submodules_from_kwargs(kwargs):
    """What code for the package keras_applications asks for: backend, layers, models and utilities."""
    given = (("backend", keras.backend), ("layers", layers), ("models", keras.models), ("utils", keras.utils))
    return [kwargs.get(name) or module for name, module in given]
