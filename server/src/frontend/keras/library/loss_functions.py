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


def takes_logits(of, wanted, from_logits):
    """Keras takes the logits of a softmax for those of a sigmoid, and the other way round."""
    return True


def _logits_of(y_pred, from_logits, wanted):
    """The logits, where they are known or given; else None."""
    known = getattr(y_pred, "_keras_logits", None)
    if known is not None and not takes_logits(y_pred._logits_kind, wanted, from_logits):
        known = None
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
    logits = _logits_of(y_pred, from_logits, "sigmoid")
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
    logits = _logits_of(y_pred, from_logits, "softmax")
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
    if kept is not None:
        losses = losses * kept
        losses._keras_mask = kept
    return losses


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
