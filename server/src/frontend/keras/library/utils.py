"""keras.utils: what model code uses of it."""

import torch
from torch._registry import unknown

from keras._layer import as_tensor


class Sequence:
    pass


PyDataset = Sequence


def to_categorical(x, num_classes=None, **kwargs):
    labels = as_tensor(x)
    if num_classes is None or not isinstance(labels, torch.Tensor):
        return unknown("class vectors of data that are not read")
    if labels.dim() > 1 and labels.shape[-1] == 1:
        labels = labels.squeeze(-1)
    return torch.nn.functional.one_hot(labels.long(), int(num_classes)).float()


def register_keras_serializable(package="Custom", name=None):
    return lambda cls: cls


def set_random_seed(seed):
    pass


def plot_model(*args, **kwargs):
    pass


def multi_gpu_model(model, *args, **kwargs):
    return model


class CustomObjectScope:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        pass


custom_object_scope = CustomObjectScope


def get_custom_objects():
    return {}
