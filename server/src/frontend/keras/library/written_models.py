"""Files that a program writes whole models to, and reads them from again later on: the model is the one that it made."""

from torch._registry import is_unknown, note_call, unknown

_written = {}


def note_written(filepath, model):
    if not is_unknown(filepath):
        _written[str(filepath)] = model


def note_checkpoints(model, callbacks):
    """Callbacks of `fit` that keep the whole model."""
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        path = getattr(callback, "filepath", None)
        if path is not None and not getattr(callback, "save_weights_only", False):
            note_written(path, model)


def load_model(filepath, *args, **kwargs):
    if is_unknown(filepath):
        return filepath
    model = _written.get(str(filepath))
    if model is None:
        return unknown(f"the model of the file {filepath} is not of this program: name the file itself as the model")
    note_call("torch.load", {"0": filepath}, model)
    return model
