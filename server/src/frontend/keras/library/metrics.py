"""Metrics do not take part in a loss: the classes are there to derive from."""


class Metric:
    def __init__(self, name=None, dtype=None, **kwargs):
        self.name = name

    def add_weight(self, *args, **kwargs):
        return None

    def update_state(self, *args, **kwargs):
        pass

    def result(self):
        return 0.0

    def reset_state(self):
        pass


class Mean(Metric):
    pass
