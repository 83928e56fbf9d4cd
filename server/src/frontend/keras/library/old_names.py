"""Spellings of Keras 1 and 2 that old code still has."""

import functools

_common = {
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "U_regularizer": "recurrent_regularizer",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "forget_bias_init": None,
    "bias": "use_bias",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "dim_ordering": "data_format",
    "output_dim": "units",
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "stride": "strides",
    "p": "rate",
    "lr": "learning_rate",
}
_formats = {"tf": "channels_last", "th": "channels_first", "default": None}


def accepts_old_names(**more):
    """Decorates `__init__`: keywords of earlier versions stand for those of today."""
    renamed = dict(_common)
    renamed.update(more)

    def decorate(function):
        @functools.wraps(function)
        def wrapper(self, *args, **kwargs):
            given = {}
            for name, value in kwargs.items():
                name = renamed.get(name, name)
                if name == "data_format" and value in _formats:
                    value = _formats[value]
                if name is not None:
                    given[name] = value
            return function(self, *args, **given)

        return wrapper

    return decorate
