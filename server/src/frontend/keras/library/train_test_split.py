"""sklearn.model_selection.train_test_split: rows in the order that numpy draws for the seed, the test part first."""

import math

import torch
from numpy._array import ndarray
from torch._registry import is_unknown, note_call, unknown

from keras._sequences import Sequences
from keras._stored import permutation


def train_test_split(*arrays, test_size=None, train_size=None, random_state=None, shuffle=True, stratify=None):
    """Two parts of each array. Classes are not balanced by `stratify`, since they are values of data; that is noted."""
    known = [each for each in arrays if not is_unknown(each)]
    given = (test_size, train_size, shuffle)
    if not known or any([is_unknown(each) for each in given]):
        return [part for each in arrays for part in _unknown_parts(each)]
    count = len(known[0])
    train, test = _sizes(count, test_size, train_size)
    if not shuffle:
        return _parted(arrays, slice(0, train), slice(train, train + test))
    order = permutation(count, _seed(random_state))
    if is_unknown(order):
        return [order] * (2 * len(arrays))
    if stratify is not None:
        note_call("omitted", {"what": "stratify of train_test_split not applied, the training part has other samples"})
    return _parted(arrays, ndarray(order[test : test + train]), ndarray(order[:test]))


def _unknown_parts(array):
    return [array if is_unknown(array) else unknown("a part of train_test_split with arguments that are not known")] * 2


def _sizes(count, test_size, train_size):
    """Fractions of the test part are rounded up, those of the training part down."""
    if test_size is None and train_size is None:
        test_size = 0.25
    train = math.floor(train_size * count) if isinstance(train_size, float) else train_size
    test = math.ceil(test_size * count) if isinstance(test_size, float) else test_size
    train = count - test if train is None else train
    test = count - train if test is None else test
    if train <= 0 or test < 0 or train + test > count:
        raise ValueError(f"train_test_split of {count} samples into {train} and {test}")
    return train, test


def _seed(random_state):
    if isinstance(random_state, int):
        return random_state
    note_call("omitted", {"what": "train_test_split without a known random_state, split by seed 0"})
    return 0


def _parted(arrays, train, test):
    return [_rows(array, part) for array in arrays for part in (train, test)]


def _rows(array, part):
    if is_unknown(array):
        return array
    if isinstance(part, slice) or isinstance(array, (ndarray, Sequences)):
        return array[part]
    if isinstance(array, torch.Tensor):
        return array[part._tensor]
    if isinstance(array, (list, tuple)):
        return [array[row] for row in part.tolist()]
    return unknown(f"rows of a {type(array).__name__} that train_test_split chooses")
