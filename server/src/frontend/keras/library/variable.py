"""keras.Variable: what layers and training code keep beside `add_weight`."""

import torch
from torch.nn import Parameter

from keras import _initializers as initializers
from keras._layer import as_tensor, first_values
from keras._naming import auto_name, current_path, join


def Variable(initializer, shape=None, dtype=None, trainable=True, autocast=True, aggregation=None,
             synchronization=None, name=None):  # fmt: skip
    name = name or auto_name("Variable")
    if isinstance(initializer, str):
        initializer = initializers.get(initializer)
    if callable(initializer):
        if shape is None:
            raise ValueError("When creating a Variable from an initializer, the `shape` argument should be specified.")
        initializer = first_values(initializer, tuple(shape), name)
    value = torch.as_tensor(as_tensor(initializer))
    floating = value.is_floating_point() or (dtype is not None and "float" in str(dtype))
    made = Parameter(value.float()) if trainable and (floating or dtype is None) else value.clone()
    object.__setattr__(made, "path", join(current_path(), name))
    # Layers own what is no parameter, too.
    object.__setattr__(made, "_is_state", not isinstance(made, Parameter))
    return made
