"""Names of layers, numbered per class, and the path of scopes in which a variable is made."""

import re

_counts = {}
# Classes of Keras 1 are those of Keras 3 under another name.
_prefixes = {
    "Convolution1D": "conv1d",
    "Convolution2D": "conv2d",
    "Convolution3D": "conv3d",
    "Deconvolution2D": "conv2d_transpose",
}
_scopes = []


def to_snake_case(name):
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(class_name):
    if class_name not in _prefixes:
        _prefixes[class_name] = to_snake_case(class_name)
    prefix = _prefixes[class_name]
    count = _counts.get(prefix, -1) + 1
    _counts[prefix] = count
    return prefix if count == 0 else f"{prefix}_{count}"


def clear_session(free_memory=True):
    _counts.clear()


def current_path():
    return _scopes[-1] if _scopes else ""


def join(path, name):
    return f"{path}/{name}" if path and name else path or name


class path_scope:
    """Variables made inside are named below `path`."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        _scopes.append(self.path)

    def __exit__(self, kind, value, trace):
        _scopes.pop()


class name_scope:
    def __init__(self, name, *args, **kwargs):
        self.name = name

    def __enter__(self):
        _scopes.append(join(current_path(), self.name))
        return self

    def __exit__(self, kind, value, trace):
        _scopes.pop()


class graph_scope:
    """A scope of TensorFlow's graph: names of operations have it, paths of variables do not."""

    def __init__(self, name=None, *args, **kwargs):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        pass
