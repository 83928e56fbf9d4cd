"""Generation is no part of what a loss sees: its names are there, its methods are not followed."""

from torch._registry import stop


class GenerationMixin:
    def generate(self, *args, **kwargs):
        return stop("generation is not followed")

    def prepare_inputs_for_generation(self, input_ids, **kwargs):
        return {"input_ids": input_ids, **kwargs}


class GenerationConfig:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    @classmethod
    def from_model_config(cls, config):
        return cls()


class LogitsProcessorList(list):
    pass


class StoppingCriteriaList(list):
    pass
