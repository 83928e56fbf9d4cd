"""keras.utils: what model code uses of it."""

import torch
from torch._registry import label_classes, unknown

from keras._functional_graph import source_inputs as get_source_inputs
from keras._image_layout import standardize_data_format as normalize_data_format
from keras._layer import as_tensor


class Sequence:
    pass


PyDataset = Sequence


def to_categorical(x, num_classes=None, **kwargs):
    labels = as_tensor(x)
    if num_classes is None and isinstance(labels, torch.Tensor):
        num_classes = label_classes(labels)
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


# -- of Keras 1 and 2


def convert_all_kernels_in_model(model):
    pass


convert_dense_weights_data_format = convert_all_kernels_in_model


def normalize_padding(value):
    return value.lower()


def normalize_tuple(value, n, name=None, allow_zero=False):
    return (value,) * n if isinstance(value, int) else tuple([int(each) for each in value])


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """Places of the result of a convolution along one axis."""
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation + 1
    whole = {"same": input_length, "causal": input_length, "valid": input_length - reach + 1}
    whole["full"] = input_length + reach - 1
    return (whole[padding] + stride - 1) // stride


def deconv_length(dim_size, stride_size, kernel_size, padding, output_padding=None, data_format=None, dilation=1):
    """Places of the result of a transposed convolution along one axis."""
    if dim_size is None:
        return None
    reach = (kernel_size - 1) * dilation + 1
    if output_padding is None:
        excess = {"valid": max(reach - stride_size, 0), "full": -(stride_size + reach - 2), "same": 0}[padding]
        return dim_size * stride_size + excess
    pad = {"same": reach // 2, "valid": 0, "full": reach - 1}[padding]
    return (dim_size - 1) * stride_size + reach - 2 * pad + output_padding


deconv_output_length = deconv_length
