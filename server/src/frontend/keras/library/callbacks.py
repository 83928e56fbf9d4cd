"""Callbacks: those that change the learning rate or write files are noted."""

from torch._registry import note_call

from keras._schedules import note_schedule


class Callback:
    def __init__(self, *args, **kwargs):
        self.model = None

    def set_model(self, model):
        self.model = model


class LearningRateScheduler(Callback):
    def __init__(self, schedule=None, verbose=0, **kwargs):
        super().__init__()
        self.schedule = schedule
        note_schedule("LearningRateScheduler")


class ReduceLROnPlateau(Callback):
    def __init__(self, *args, **kwargs):
        super().__init__()
        note_schedule("ReduceLROnPlateau")


class ModelCheckpoint(Callback):
    def __init__(self, filepath=None, *args, save_weights_only=False, **kwargs):
        super().__init__()
        self.filepath = filepath
        self.save_weights_only = save_weights_only
        note_call("torch.save", {"1": filepath})


class EarlyStopping(Callback):
    pass


class TensorBoard(Callback):
    pass


class CSVLogger(Callback):
    pass


class History(Callback):
    pass


class LambdaCallback(Callback):
    pass


class TerminateOnNaN(Callback):
    pass


class ProgbarLogger(Callback):
    pass


class BackupAndRestore(Callback):
    pass


class RemoteMonitor(Callback):
    pass
