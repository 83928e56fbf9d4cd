"""Losses as objects with options, and by their names."""

from torch._registry import unknown

from keras._loss_functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    cosine_similarity,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)
from keras._reductions import both_masks, reduced

Circle = circle = unknown("the loss Circle compares samples with one another, it is no mean over samples")
CTC = ctc = unknown("the loss CTC sums over alignments of sequences, which is not read")


def reduced_loss(function, y_true, y_pred, sample_weight=None, reduction="sum_over_batch_size", masked=True):
    """A number of losses of samples; places that a mask of the predictions or of the function leaves out do not count."""
    values = function(y_true, y_pred)
    mask = both_masks(getattr(y_pred, "_keras_mask", None), getattr(values, "_keras_mask", None)) if masked else None
    return reduced(values, reduction, sample_weight, mask)


class Loss:
    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name
        self.reduction = reduction

    def __call__(self, y_true, y_pred, sample_weight=None):
        return reduced_loss(self.call, y_true, y_pred, sample_weight, self.reduction)

    def call(self, y_true, y_pred):
        raise NotImplementedError

    def get_config(self):
        return {"name": self.name, "reduction": self.reduction}


class LossFunctionWrapper(Loss):
    function = None

    def __init__(self, *args, **kwargs):
        options = {key: kwargs.pop(key) for key in ("name", "reduction", "dtype") if key in kwargs}
        super().__init__(**options)
        self.options = dict(zip(self.positional, args))
        self.options.update(kwargs)

    positional = ()

    def expression(self):
        options = dict(self.options)
        if self.reduction != "sum_over_batch_size":
            options["reduction"] = self.reduction
        return f"keras.losses.{type(self).__name__}({', '.join([f'{key}={value!r}' for key, value in options.items()])})"

    def call(self, y_true, y_pred):
        return type(self).function(y_true, y_pred, **self.options)


class MeanSquaredError(LossFunctionWrapper):
    function = staticmethod(mean_squared_error)


class MeanAbsoluteError(LossFunctionWrapper):
    function = staticmethod(mean_absolute_error)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    function = staticmethod(mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    function = staticmethod(mean_squared_logarithmic_error)


class CosineSimilarity(LossFunctionWrapper):
    function = staticmethod(cosine_similarity)
    positional = ("axis",)


class Huber(LossFunctionWrapper):
    function = staticmethod(huber)
    positional = ("delta",)


class LogCosh(LossFunctionWrapper):
    function = staticmethod(log_cosh)


class Hinge(LossFunctionWrapper):
    function = staticmethod(hinge)


class SquaredHinge(LossFunctionWrapper):
    function = staticmethod(squared_hinge)


class CategoricalHinge(LossFunctionWrapper):
    function = staticmethod(categorical_hinge)


class KLDivergence(LossFunctionWrapper):
    function = staticmethod(kl_divergence)


class Poisson(LossFunctionWrapper):
    function = staticmethod(poisson)


class BinaryCrossentropy(LossFunctionWrapper):
    function = staticmethod(binary_crossentropy)
    positional = ("from_logits", "label_smoothing", "axis")


class BinaryFocalCrossentropy(LossFunctionWrapper):
    function = staticmethod(binary_focal_crossentropy)
    positional = ("apply_class_balancing", "alpha", "gamma", "from_logits", "label_smoothing", "axis")


class CategoricalCrossentropy(LossFunctionWrapper):
    function = staticmethod(categorical_crossentropy)
    positional = ("from_logits", "label_smoothing", "axis")


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    function = staticmethod(categorical_focal_crossentropy)
    positional = ("alpha", "gamma", "from_logits", "label_smoothing", "axis")


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    function = staticmethod(sparse_categorical_crossentropy)
    positional = ("from_logits", "ignore_class")


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    def __init__(self, q=0.5, **kwargs):
        super().__init__(q=q, **kwargs)

    function = staticmethod(categorical_generalized_cross_entropy)


class Dice(LossFunctionWrapper):
    function = staticmethod(dice)


class Tversky(LossFunctionWrapper):
    function = staticmethod(tversky)
    positional = ("alpha", "beta")


class Reduction:
    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    SUM = "sum"
    NONE = None


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
bce = BCE = binary_crossentropy
cosine = cosine_proximity = cosine_similarity


def get(identifier):
    if isinstance(identifier, str):
        found = globals().get(identifier)
        if found is None or identifier.startswith("_"):
            raise ValueError(f"Could not interpret loss identifier: {identifier}")
        return found() if isinstance(found, type) else found
    if isinstance(identifier, dict):
        return globals()[identifier["class_name"]](**identifier.get("config", {}))
    return identifier() if isinstance(identifier, type) else identifier
