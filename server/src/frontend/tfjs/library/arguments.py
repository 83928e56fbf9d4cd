"""Arguments of TensorFlow.js, which come in one object, as arguments of Keras; and the names that layers get."""

import math
import re

import torch
from torch._registry import unknown
from torch.nn import init

from _javascript import Record, is_unread
from keras import _activations as activations
from keras._initializers import VarianceScaling, compute_fans

_counts = {}


def snake(name):
    """`Conv2D` → conv2d, `BatchNormalization` → batch_normalization, `ConvLSTM2D` → conv_lst_m2d."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def numbered(class_name):
    """`conv2d_Conv2D1`: numbered per class."""
    count = _counts.get(class_name, 0) + 1
    _counts[class_name] = count
    return f"{snake(class_name)}_{class_name}{count}"


# Keys whose texts are names of functions or classes.
_named = ("activation", "recurrentActivation", "dataFormat", "interpolation", "outputMode", "mode", "mergeMode")
_suffixes = ("Initializer", "Regularizer", "Constraint")
_own_names = {
    "leCunNormal": "lecun_normal",
    "leCunUniform": "lecun_uniform",
    "hardSigmoid": "hard_sigmoid",
    "l1l2": "l1_l2",
    "L1L2": "l1_l2",
}
_renamed = {"inputDType": "input_dtype"}


def words(name):
    """`categoricalCrossentropy` → categorical_crossentropy"""
    if name in _own_names:
        return _own_names[name]
    return "".join(["_" + letter.lower() if letter.isupper() else letter for letter in name])


def hard_sigmoid(x):
    """TensorFlow.js keeps the straight line of Keras 2: 0.2x + 0.5."""
    return torch.clamp(x * 0.2 + 0.5, 0.0, 1.0)


def gelu_new(x):
    return activations.gelu(x, approximate=True)


# Activations that Keras does not have, or has otherwise.
own_activations = {"hard_sigmoid": hard_sigmoid, "gelu_new": gelu_new}


class CutVarianceScaling(VarianceScaling):
    """Normal numbers are cut at two of their deviations and stay as they are: Keras makes up for what is lost."""

    def __init__(self, scale=1.0, mode="fan_in", distribution="normal", seed=None):
        super().__init__(scale, mode, distribution, seed)

    def fill(self, x):
        if self.distribution != "normal":
            return super().fill(x)
        fan_in, fan_out = compute_fans(tuple(x.shape))
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, fan))
        return init.trunc_normal_(x, 0.0, deviation, -2 * deviation, 2 * deviation)


# Initialisers that Keras has otherwise, by (scale, mode).
cut_normals = {
    "glorot_normal": (1.0, "fan_avg"),
    "he_normal": (2.0, "fan_in"),
    "lecun_normal": (1.0, "fan_in"),
    "variance_scaling": (1.0, "fan_in"),
}


def initializer_named(name):
    return CutVarianceScaling(*cut_normals[name]) if name in cut_normals else name


def argument(key, value):
    if is_unread(value):
        return value
    if isinstance(value, str):
        if "ctivation" in key:
            return own_activations.get(words(value), words(value))
        if key.endswith("Initializer"):
            return initializer_named(words(value[:1].lower() + value[1:]))
        if key in _named or any([key.endswith(suffix) for suffix in _suffixes]):
            return words(value)
        return value
    if isinstance(value, Record):
        return {name: argument(name, each) for name, each in value.fields.items()}
    return value


def sizes(shape):
    """A number alone is the only size: TensorFlow.js appends what it is given to that of the batch."""
    return [shape] if isinstance(shape, (int, float)) and not isinstance(shape, bool) else shape


def unknown_shape(config):
    """What of a layer's `inputShape` the code does not determine."""
    shape = sizes(config.fields.get("inputShape")) if isinstance(config, Record) else None
    if is_unread(shape):
        return shape
    unread = next((each for each in shape or [] if is_unread(each)), None)
    if is_unread(unread) or not shape:
        return unread
    return unknown("its only size is undefined here") if len(shape) == 1 and shape[0] is None else None


def arguments_of(config):
    """Arguments for Keras. An input shape that the code does not determine is that of the data."""
    if not isinstance(config, Record):
        # TensorFlow.js looks for members of whatever it is given.
        return {}
    given = {key: value for key, value in config.fields.items() if is_unread(value) or value is not None}
    for key in ("inputShape", "shape"):
        if key in given and not is_unread(given[key]):
            given[key] = sizes(given[key])
    if is_unread(unknown_shape(config)):
        given.pop("inputShape")
    return {_renamed.get(key, words(key)): argument(key, value) for key, value in given.items()}


# What layers of TensorFlow.js may be given, in any of them.
_taken = (
    "activation activity_regularizer alpha alpha_constraint alpha_initializer alpha_regularizer axes axis batch_input_shape batch_size "
    "beta_constraint beta_initializer beta_regularizer bias_constraint bias_initializer bias_regularizer cell cells center "
    "crop_to_aspect_ratio cropping data_format depth_multiplier depthwise_constraint depthwise_initializer depthwise_regularizer "
    "dilation_rate dims dropout dtype embeddings_constraint embeddings_initializer embeddings_regularizer epsilon filters "
    "gamma_constraint gamma_initializer gamma_regularizer go_backwards height implementation input_dim input_dtype input_length "
    "input_shape interpolation kernel_constraint kernel_initializer kernel_regularizer kernel_size layer mask_value mask_zero max_value "
    "merge_mode mode momentum moving_mean_initializer moving_variance_initializer n name noise_shape normalize num_tokens output_dim "
    "output_mode padding pointwise_constraint pointwise_initializer pointwise_regularizer pool_size rate recurrent_activation "
    "recurrent_constraint recurrent_dropout recurrent_initializer recurrent_regularizer reset_after return_sequences return_state "
    "scale seed shared_axes size stateful stddev strides target_shape theta trainable unit_forget_bias units unroll use_bias weights width"
).split()


def pass_over_unknown(layer, kwargs):
    """TensorFlow.js does not look at what none of its layers takes, as a name that is spelt wrong."""
    refused = [key for key in kwargs if key in _taken]
    if refused:
        raise ValueError(f"{type(layer).__name__} is given {', '.join(refused)}, which is not read")
