"""Losses of (y_true, y_pred). Probabilities of a softmax or sigmoid are compared through the logits these had."""

import functools

import torch
from torch.nn import functional as F

from keras._symbolic import call

EPSILON = 1e-7


def _of_tensors(function):
    """Losses of symbolic tensors, too: code adds such to a model."""

    @functools.wraps(function)
    def loss(y_true, y_pred, *args, **kwargs):
        return call(function, y_true, y_pred, *args, **kwargs)

    return loss


def _fitting(y_true, y_pred):
    """Targets as numbers of the predictions' rank: an axis of one more or less at the end is no difference."""
    y_true = y_true.to(y_pred.dtype)
    if y_true.dim() == y_pred.dim() - 1 and y_pred.shape[-1] == 1:
        return y_true.unsqueeze(-1)
    if y_true.dim() == y_pred.dim() + 1 and y_true.shape[-1] == 1:
        return y_true.squeeze(-1)
    return y_true


def _logits_of(y_pred, from_logits):
    """The logits, where they are known or given; else None."""
    known = getattr(y_pred, "_keras_logits", None)
    return known if known is not None else y_pred if from_logits else None


@_of_tensors
def mean_squared_error(y_true, y_pred):
    return torch.mean(torch.square(y_pred - _fitting(y_true, y_pred)), dim=-1)


@_of_tensors
def mean_absolute_error(y_true, y_pred):
    return torch.mean(torch.abs(y_pred - _fitting(y_true, y_pred)), dim=-1)


@_of_tensors
def mean_absolute_percentage_error(y_true, y_pred):
    y_true = _fitting(y_true, y_pred)
    return 100.0 * torch.mean(torch.abs((y_true - y_pred) / torch.clamp(torch.abs(y_true), min=EPSILON)), dim=-1)


@_of_tensors
def mean_squared_logarithmic_error(y_true, y_pred):
    first, second = [torch.log(torch.clamp(each, min=EPSILON) + 1.0) for each in (y_pred, _fitting(y_true, y_pred))]
    return torch.mean(torch.square(first - second), dim=-1)


@_of_tensors
def cosine_similarity(y_true, y_pred, axis=-1):
    def unit(x):
        return x * torch.rsqrt(torch.clamp(torch.sum(x * x, dim=axis, keepdim=True), min=1e-12))

    return -torch.sum(unit(_fitting(y_true, y_pred)) * unit(y_pred), dim=axis)


@_of_tensors
def huber(y_true, y_pred, delta=1.0):
    return torch.mean(F.huber_loss(y_pred, _fitting(y_true, y_pred), reduction="none", delta=delta), dim=-1)


@_of_tensors
def log_cosh(y_true, y_pred):
    error = y_pred - _fitting(y_true, y_pred)
    return torch.mean(error + F.softplus(-2.0 * error) - 0.6931471805599453, dim=-1)


def _signs(y_true):
    """Targets 0 and 1 mean −1 and 1."""
    binary = torch.all(torch.logical_or(y_true == 0, y_true == 1))
    return torch.where(binary, 2.0 * y_true - 1.0, y_true)


@_of_tensors
def hinge(y_true, y_pred):
    return torch.mean(F.relu(1.0 - _signs(_fitting(y_true, y_pred)) * y_pred), dim=-1)


@_of_tensors
def squared_hinge(y_true, y_pred):
    return torch.mean(torch.square(F.relu(1.0 - _signs(_fitting(y_true, y_pred)) * y_pred)), dim=-1)


@_of_tensors
def categorical_hinge(y_true, y_pred):
    y_true = _fitting(y_true, y_pred)
    positive = torch.sum(y_true * y_pred, dim=-1)
    negative = torch.amax((1.0 - y_true) * y_pred, dim=-1)
    return F.relu(negative - positive + 1.0)


@_of_tensors
def kl_divergence(y_true, y_pred):
    y_true, y_pred = [torch.clamp(each, EPSILON, 1.0) for each in (_fitting(y_true, y_pred), y_pred)]
    return torch.sum(y_true * torch.log(y_true / y_pred), dim=-1)


@_of_tensors
def poisson(y_true, y_pred):
    return torch.mean(y_pred - _fitting(y_true, y_pred) * torch.log(y_pred + EPSILON), dim=-1)


def _binary(y_true, y_pred, from_logits, label_smoothing):
    y_true = _fitting(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    logits = _logits_of(y_pred, from_logits)
    if logits is not None:
        return F.binary_cross_entropy_with_logits(logits, y_true, reduction="none")
    p = torch.clamp(y_pred, EPSILON, 1.0 - EPSILON)
    return -(y_true * torch.log(p) + (1.0 - y_true) * torch.log(1.0 - p))


@_of_tensors
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    return torch.mean(_binary(y_true, y_pred, from_logits, label_smoothing), dim=axis)


@_of_tensors
def binary_focal_crossentropy(y_true, y_pred, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
                              label_smoothing=0.0, axis=-1):  # fmt: skip
    y_true = _fitting(y_true, y_pred)
    entropy = _binary(y_true, y_pred, from_logits, label_smoothing)
    p = torch.sigmoid(y_pred) if from_logits else y_pred
    right = y_true * p + (1.0 - y_true) * (1.0 - p)
    entropy = torch.pow(1.0 - right, gamma) * entropy
    if apply_class_balancing:
        entropy = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * entropy
    return torch.mean(entropy, dim=axis)


def _log_probabilities(y_pred, from_logits, axis):
    logits = _logits_of(y_pred, from_logits)
    if logits is not None:
        return torch.log_softmax(logits, axis)
    p = y_pred / torch.sum(y_pred, dim=axis, keepdim=True)
    return torch.log(torch.clamp(p, EPSILON, 1.0 - EPSILON))


@_of_tensors
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    y_true = y_true.to(y_pred.dtype)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_pred.shape[axis]
    return -torch.sum(y_true * _log_probabilities(y_pred, from_logits, axis), dim=axis)


@_of_tensors
def categorical_focal_crossentropy(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0,
                                   axis=-1):  # fmt: skip
    y_true = y_true.to(y_pred.dtype)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_pred.shape[axis]
    logarithms = _log_probabilities(y_pred, from_logits, axis)
    return torch.sum(-alpha * torch.pow(1.0 - torch.exp(logarithms), gamma) * y_true * logarithms, dim=axis)


@_of_tensors
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    if y_true.dim() == y_pred.dim() and y_true.shape[-1] == 1:
        y_true = y_true.squeeze(-1)
    labels = y_true.long()
    kept = None if ignore_class is None else labels != ignore_class
    if kept is not None:
        labels = labels * kept
    logarithms = torch.movedim(_log_probabilities(y_pred, from_logits, axis), axis, -1)
    losses = -torch.gather(logarithms, -1, labels.unsqueeze(-1)).squeeze(-1)
    return losses if kept is None else losses * kept


@_of_tensors
def categorical_generalized_cross_entropy(y_true, y_pred, q):
    labels = y_true.squeeze(-1) if y_true.dim() == y_pred.dim() else y_true
    p = torch.gather(y_pred, -1, labels.long().unsqueeze(-1)).squeeze(-1)
    return (1.0 - torch.pow(p, q)) / q


def _over(x, axis):
    """Sums over some axes, or all."""
    return torch.sum(x) if axis is None else torch.sum(x, dim=axis)


@_of_tensors
def dice(y_true, y_pred, axis=None, dtype=None):
    y_true = _fitting(y_true, y_pred)
    both, either = _over(y_true * y_pred, axis), _over(y_true, axis) + _over(y_pred, axis)
    return 1.0 - 2.0 * both / (either + EPSILON)


@_of_tensors
def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    y_true = _fitting(y_true, y_pred)
    both = _over(y_true * y_pred, axis)
    wrong, missed = _over((1.0 - y_true) * y_pred, axis), _over(y_true * (1.0 - y_pred), axis)
    return 1.0 - both / (both + missed * alpha + wrong * beta + EPSILON)


class Loss:
    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name
        self.reduction = reduction

    def __call__(self, y_true, y_pred, sample_weight=None):
        return reduced(self.call(y_true, y_pred), self.reduction)

    def call(self, y_true, y_pred):
        raise NotImplementedError

    def get_config(self):
        return {"name": self.name, "reduction": self.reduction}


def reduced(values, reduction):
    if reduction in (None, "none"):
        return values
    return torch.sum(values) if reduction == "sum" else torch.mean(values)


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
