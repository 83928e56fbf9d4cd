"""Where images have their channels, unless a layer says it: `image_data_format` of Keras 2 and 3, `image_dim_ordering` of Keras 1."""

_layout = {"data_format": "channels_last"}
_orderings = {"tf": "channels_last", "th": "channels_first"}


def image_data_format():
    return _layout["data_format"]


def set_image_data_format(data_format):
    if data_format not in _orderings.values():
        raise ValueError(f"The `data_format` argument must be one of channels_first, channels_last. Received: {data_format}")
    _layout["data_format"] = data_format


def image_dim_ordering():
    return "th" if image_data_format() == "channels_first" else "tf"


def set_image_dim_ordering(dim_ordering):
    set_image_data_format(_orderings[dim_ordering])


def standardize_data_format(data_format):
    """The layout that a layer is asked for, else the one of images."""
    return image_data_format() if data_format is None else _orderings.get(data_format, data_format)
