"""Lightning as far as models and facts about their training need it: what trains is set up, nothing is trained.

Names after https://lightning.ai/docs/pytorch/stable/api_references.html. Members that are not here are unknown values.
"""

from torch.nn.modules.module import Module


class _Hyperparameters(dict):
    """A dictionary whose entries are attributes, too."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(f"'AttributeDict' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        self[name] = value


class _HyperparametersMixin:
    def save_hyperparameters(self, *args, ignore=None, frame=None, logger=True):
        # Without the caller's frame only what is given by value is known.
        for arg in args:
            if isinstance(arg, dict):
                self.hparams.update(arg)
            elif hasattr(arg, "__dict__"):
                self.hparams.update(vars(arg))

    @property
    def hparams(self):
        found = self.__dict__.get("_hparams")
        if found is None:
            found = _Hyperparameters()
            object.__setattr__(self, "_hparams", found)
        return found


class LightningModule(_HyperparametersMixin, Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.example_input_array = None
        self.automatic_optimization = True
        self.current_epoch = 0
        self.global_step = 0

    @property
    def device(self):
        return "cpu"

    def log(self, name, value, *args, **kwargs):
        pass

    def log_dict(self, values, *args, **kwargs):
        pass

    def print(self, *args, **kwargs):
        pass

    def configure_optimizers(self):
        return None


class LightningDataModule(_HyperparametersMixin):
    def __init__(self, *args, **kwargs):
        pass

    def prepare_data(self):
        pass

    def setup(self, stage=None):
        pass


class Trainer:
    def __init__(self, *args, **kwargs):
        self.max_epochs = kwargs.get("max_epochs")
        self.callbacks = kwargs.get("callbacks")

    def fit(
        self,
        model,
        train_dataloaders=None,
        val_dataloaders=None,
        datamodule=None,
        ckpt_path=None,
        train_dataloader=None,
        **options,
    ):
        # First, because it depends on the least: what reads data may not be followed.
        model.configure_optimizers()
        # The name in the singular is of versions before 1.4.
        loaders = [train_dataloader if train_dataloaders is None else train_dataloaders]
        for owner in (datamodule, model):
            if hasattr(owner, "setup"):
                owner.setup("fit")
            if hasattr(owner, "train_dataloader"):
                loaders.append(owner.train_dataloader())
        if hasattr(model, "training_step"):
            # One step shows which loss is used.
            for batch in [loader for loader in loaders if loader is not None][0]:
                model.training_step(batch, 0)
                break


def seed_everything(seed=None, workers=False, verbose=True):
    return seed
