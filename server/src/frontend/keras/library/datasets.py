"""keras.datasets: arrays of the sizes that the sets have, and what load_data does to what lies in their files."""

import torch
from numpy._array import ndarray
from torch._registry import is_unknown, unknown

from keras._sequences import Sequences
from keras._stored import described, parameters_of, permutation, stored


def _held(name, args, kwargs):
    """Arrays by name; a word list by what pads it."""
    found = described(name, args, kwargs)
    if is_unknown(found):
        return found
    call, parameters = f"keras.datasets.{name}", parameters_of(name)

    def array(key, shape, dtype, classes):
        return ndarray(stored(call, parameters, args, kwargs, key, shape, getattr(torch, dtype), classes))

    def sequences(key, count):
        def padded(length, **options):
            given = {**kwargs, **options, "sequence_length": length}
            return ndarray(stored(call, parameters, args, given, key, (count, length), torch.int64))

        return Sequences(count, padded)

    return {
        key: sequences(key, shape[0]) if is_list else array(key, shape, dtype, classes)
        for key, (shape, dtype, classes, is_list) in found.items()
    }


def _parts(held):
    return (held["x_train"], held["y_train"]), (held["x_test"], held["y_test"])


def _as_they_are(name):
    def load_data(*args, **kwargs):
        held = _held(name, args, kwargs)
        return held if is_unknown(held) else _parts(held)

    return load_data


def _channels_last(name):
    """Files hold channels first; labels get an axis of one."""

    def load_data(*args, **kwargs):
        held = _held(name, args, kwargs)
        if is_unknown(held):
            return held
        images = {key: held[key].transpose(0, 2, 3, 1) for key in ("x_train", "x_test")}
        labels = {key: held[key].reshape(held[key].shape[0], 1) for key in ("y_train", "y_test")}
        return _parts({**images, **labels})

    return load_data


def _table(name, args, kwargs, count, test_split, seed):
    held = _held(name, args, kwargs)
    if is_unknown(held) or is_unknown(test_split):
        return unknown(f"{name} with arguments that are not known")
    order = permutation(count, seed)
    if is_unknown(order):
        return order
    x, y = (ndarray(held[key]._tensor[:count][order]) for key in ("x", "y"))
    train = int(count * (1 - test_split))
    return (x[:train], y[:train]), (x[train:], y[train:])


def boston_housing(path="boston_housing.npz", test_split=0.2, seed=113):
    return _table("boston_housing", (), {"path": path}, 506, test_split, seed)


def california_housing(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    count = 600 if version == "small" else 20640
    return _table("california_housing", (), {"version": version, "path": path}, count, test_split, seed)


mnist, fashion_mnist = _as_they_are("mnist"), _as_they_are("fashion_mnist")
imdb, reuters = _as_they_are("imdb"), _as_they_are("reuters")
cifar10, cifar100 = _channels_last("cifar10"), _channels_last("cifar100")
