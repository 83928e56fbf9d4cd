"""What a model is trained with: noted, not done."""

from torch._registry import is_unknown, note_call, unknown

from keras import _optimizers as optimizers
from keras._fitting import note_data
from keras._layer import as_tensor
from keras._structure import flatten
from keras._written_models import note_checkpoints, note_written


class History:
    def __init__(self):
        self.history = unknown("the history of a training that is not run")
        self.epoch = []


class Trainer:
    optimizer = None
    loss = None
    stop_training = False
    # Losses leave out what masks of the outputs do.
    masks_losses = True

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, **kwargs):
        made = optimizer if is_unknown(optimizer) else optimizers.get(optimizer)
        if isinstance(loss_weights, (list, tuple)) and any([not isinstance(each, (int, float)) for each in loss_weights]):
            # The third argument of Keras 1 and 2 names metrics.
            loss_weights = None
        object.__setattr__(self, "optimizer", made)
        object.__setattr__(self, "loss", loss)
        object.__setattr__(self, "loss_weights", loss_weights)
        object.__setattr__(self, "compiled", True)
        note_call("compile", {"optimizer": made, "loss": loss}, self)

    @property
    def metrics_names(self):
        return ["loss"]

    @property
    def metrics(self):
        return []

    def _compiled_losses(self):
        """One loss for each output; None where there is none."""
        loss = self.loss
        if isinstance(loss, dict):
            names = self.output_names
            return [loss.get(name) for name in names]
        if isinstance(loss, (list, tuple)):
            return list(loss)
        return [loss]

    @property
    def output_names(self):
        return [tensor.node.operation.name for tensor in self.outputs]

    # -- training

    def fit(self, *args, **kwargs):
        given = dict(zip(("x", "y", "batch_size"), args))
        given.update(kwargs)
        note_data(self, **given)
        data = given.get("x")
        if not is_unknown(data) and getattr(data, "_batch", None) is not None:
            note_call("DataLoader", {"batch_size": data._batch, "shuffle": data._shuffled, "dataset": data}, self)
        # A data set has its own size of batches.
        if "batch_size" in given or "y" in given:
            size = given.get("batch_size", 32)
            noted = {"batch_size": 32 if size is None else size, "shuffle": True, "dataset": given.get("x")}
            note_call("DataLoader", noted, self)
        self._ensure_built(given.get("x"))
        note_checkpoints(self, given.get("callbacks"))
        return History()

    def fit_generator(self, generator=None, *args, **kwargs):
        return self.fit(generator, **kwargs)

    def _ensure_built(self, x):
        """A model that is not built yet takes its sizes from the data."""
        tensors = [each for each in flatten(as_tensor(x)) if hasattr(each, "shape")]
        if not self.built and tensors and len(tensors) == 1:
            self.build((None,) + tuple(tensors[0].shape[1:]))

    def train_on_batch(self, *args, **kwargs):
        return unknown("the loss of a training that is not run")

    test_on_batch = train_on_batch
    evaluate = train_on_batch
    evaluate_generator = train_on_batch

    def predict(self, *args, **kwargs):
        return unknown("predictions are not computed while a model is read")

    predict_on_batch = predict_generator = predict

    # -- files

    def load_weights(self, filepath, *args, **kwargs):
        note_call("torch.load", {"0": filepath}, self)

    def save_weights(self, filepath, *args, **kwargs):
        note_call("torch.save", {"1": filepath}, self)

    def save(self, filepath, *args, **kwargs):
        note_written(filepath, self)
        self.save_weights(filepath)

    def export(self, *args, **kwargs):
        pass

    # -- text

    def summary(self, *args, **kwargs):
        pass

    def to_json(self, *args, **kwargs):
        return unknown("the text of a model's configuration")

    to_yaml = to_json
