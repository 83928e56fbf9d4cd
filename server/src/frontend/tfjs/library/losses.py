"""`tf.losses` and `tf.metrics`, and losses by their names in `compile`."""

import torch
from torch.nn import functional as F

from _javascript import Record
from _tfjs_arguments import words
from keras import _loss_functions as loss_functions
from keras import _losses as losses_module

# Probabilities are compared as such: a softmax has no logits for a binary loss, and what is said to be logits is taken for them.
loss_functions.takes_logits = lambda of, wanted, from_logits: of == wanted and not from_logits

Reduction = Record({"NONE": 0, "MEAN": 1, "SUM": 2, "SUM_BY_NONZERO_WEIGHTS": 3})


def weighted(values, weights=None, reduction=3, *more):
    """The mean over elements, unless weights or a reduction are given."""
    reduction = 3 if reduction is None else reduction
    sums = values if weights is None else values * weights
    if reduction == 0:
        return sums
    if reduction == 2:
        return torch.sum(sums)
    if weights is None:
        return torch.mean(sums)
    weights = torch.broadcast_to(torch.as_tensor(weights), values.shape)
    return torch.sum(sums) / torch.sum(weights if reduction == 1 else (weights != 0).float())


def absolute_difference(labels, predictions, weights=None, reduction=None, *more):
    return weighted(torch.abs(labels - predictions), weights, reduction)


def mean_squared_error(labels, predictions, weights=None, reduction=None, *more):
    return weighted((labels - predictions) ** 2, weights, reduction)


def cosine_distance(labels, predictions, axis, weights=None, reduction=None, *more):
    return weighted(1.0 - torch.sum(labels * predictions, dim=axis, keepdim=True), weights, reduction)


def hinge_loss(labels, predictions, weights=None, reduction=None, *more):
    """Labels are 0 and 1."""
    return weighted(F.relu(1.0 - (2.0 * labels - 1.0) * predictions), weights, reduction)


def huber_loss(labels, predictions, weights=None, delta=1.0, reduction=None, *more):
    delta = 1.0 if delta is None else delta
    return weighted(F.huber_loss(predictions, labels, reduction="none", delta=delta), weights, reduction)


def log_loss(labels, predictions, weights=None, epsilon=1e-7, reduction=None, *more):
    epsilon = 1e-7 if epsilon is None else epsilon
    values = -labels * torch.log(predictions + epsilon) - (1.0 - labels) * torch.log(1.0 - predictions + epsilon)
    return weighted(values, weights, reduction)


def sigmoid_cross_entropy(labels, logits, weights=None, label_smoothing=0, reduction=None, *more):
    if label_smoothing:
        labels = labels * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return weighted(F.binary_cross_entropy_with_logits(logits, labels, reduction="none"), weights, reduction)


def softmax_cross_entropy(labels, logits, weights=None, label_smoothing=0, reduction=None, *more):
    if label_smoothing:
        labels = labels * (1.0 - label_smoothing) + label_smoothing / labels.shape[-1]
    return weighted(-torch.sum(labels * F.log_softmax(logits, -1), -1), weights, reduction)


# Names of the losses that a call of `minimize` computes.
minimised_losses = []


def noting(name, function):
    """A loss that tells what is minimised."""

    def noted(*given):
        minimised_losses.append(name)
        return function(*given)

    return noted


losses = Record(
    {
        name: noting(name, function)
        for name, function in {
            "absoluteDifference": absolute_difference,
            "cosineDistance": cosine_distance,
            "hingeLoss": hinge_loss,
            "huberLoss": huber_loss,
            "logLoss": log_loss,
            "meanSquaredError": mean_squared_error,
            "sigmoidCrossEntropy": sigmoid_cross_entropy,
            "softmaxCrossEntropy": softmax_cross_entropy,
        }.items()
    }
)
losses.fields["computeWeightedLoss"] = weighted

# What a loss of `tf.losses` is for `compile`: the loss of Keras with the same values, or the function itself.
losses_of_keras = {
    "absoluteDifference": lambda: "mean_absolute_error",
    "cosineDistance": lambda: None,
    "hingeLoss": lambda: hinge_loss,
    "huberLoss": lambda: losses_module.Huber(),
    "logLoss": lambda: log_loss,
    "meanSquaredError": lambda: "mean_squared_error",
    "sigmoidCrossEntropy": lambda: losses_module.BinaryCrossentropy(from_logits=True),
    "softmaxCrossEntropy": lambda: losses_module.CategoricalCrossentropy(from_logits=True),
}


# -- by name


def hinge(labels, predictions):
    """Labels are −1 and 1; Keras takes 0 for −1, too."""
    return torch.mean(F.relu(1.0 - labels * predictions), dim=-1)


def squared_hinge(labels, predictions):
    return torch.mean(F.relu(1.0 - labels * predictions) ** 2, dim=-1)


_by_name = {
    "cosineProximity": "cosine_similarity",
    "hinge": hinge,
    "kullbackLeiblerDivergence": "kl_divergence",
    "logcosh": "log_cosh",
    "squaredHinge": squared_hinge,
}


def loss_named(loss):
    if isinstance(loss, str):
        return _by_name.get(loss, words(loss))
    if isinstance(loss, (list, tuple)):
        return [loss_named(each) for each in loss]
    if isinstance(loss, Record):
        return {key: loss_named(each) for key, each in loss.fields.items()}
    for name, function in losses.fields.items():
        if function is loss and name in losses_of_keras:
            return losses_of_keras[name]()
    return loss


_metrics = {
    "MAPE": "mean_absolute_percentage_error",
    "MSE": "mean_squared_error",
    "binaryCrossentropy": "binary_crossentropy",
    "categoricalCrossentropy": "categorical_crossentropy",
    "cosineProximity": "cosine_similarity",
    "mape": "mean_absolute_percentage_error",
    "meanAbsoluteError": "mean_absolute_error",
    "meanAbsolutePercentageError": "mean_absolute_percentage_error",
    "meanSquaredError": "mean_squared_error",
    "mse": "mean_squared_error",
}
# Metrics that no loss can be: they count.
_counts = ("binaryAccuracy", "categoricalAccuracy", "precision", "r2Score", "recall", "sparseCategoricalAccuracy")
metrics = Record({name: getattr(losses_module, function) for name, function in _metrics.items()})
for _name in _counts:
    metrics.fields[_name] = lambda *more: None
