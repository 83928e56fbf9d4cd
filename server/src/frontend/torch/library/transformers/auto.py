"""Models by the class of their configuration."""

from torch._registry import note_call, stop

from transformers._find import class_named, configuration_named


class AutoConfig:
    @classmethod
    def from_pretrained(cls, path, **kwargs):
        from transformers._published import configuration_of

        values = configuration_of(path)
        found = configuration_named(values["model_type"])
        if found is None:
            return stop(f"the configuration of models '{values['model_type']}' of transformers is not read")
        return found.from_dict({**values, **{name: value for name, value in kwargs.items() if name not in _loading}})

    @classmethod
    def for_model(cls, model_type, *args, **kwargs):
        return configuration_named(model_type)(*args, **kwargs)

    @classmethod
    def register(cls, *args, **kwargs):
        pass


_loading = ("cache_dir", "revision", "token", "trust_remote_code", "force_download", "local_files_only")


def _auto(name, *endings):
    class Auto:
        @classmethod
        def from_config(cls, config, **kwargs):
            return cls._class_of(config)(config)

        @classmethod
        def from_pretrained(cls, path, *args, config=None, **kwargs):
            made = AutoConfig.from_pretrained(path) if config is None else config
            return cls._class_of(made).from_pretrained(path, *args, config=made, **kwargs)

        @classmethod
        def _class_of(cls, config):
            prefix = type(config).__name__.removesuffix("Config")
            for ending in endings:
                found = class_named(prefix + ending)
                if found is not None:
                    return found
            return stop(f"{name} of {prefix} is not read: the sources of transformers are not there")

        @classmethod
        def register(cls, *args, **kwargs):
            pass

    Auto.__name__ = Auto.__qualname__ = name
    return Auto


AutoModel = _auto("AutoModel", "Model")
AutoModelForPreTraining = _auto("AutoModelForPreTraining", "ForPreTraining", "ForMaskedLM", "LMHeadModel", "ForCausalLM")
AutoModelForCausalLM = _auto("AutoModelForCausalLM", "ForCausalLM", "LMHeadModel")
AutoModelWithLMHead = _auto("AutoModelWithLMHead", "ForMaskedLM", "LMHeadModel", "ForCausalLM")
AutoModelForMaskedLM = _auto("AutoModelForMaskedLM", "ForMaskedLM")
AutoModelForSeq2SeqLM = _auto("AutoModelForSeq2SeqLM", "ForConditionalGeneration")
AutoModelForSequenceClassification = _auto("AutoModelForSequenceClassification", "ForSequenceClassification")
AutoModelForTokenClassification = _auto("AutoModelForTokenClassification", "ForTokenClassification")
AutoModelForQuestionAnswering = _auto("AutoModelForQuestionAnswering", "ForQuestionAnswering")
AutoModelForMultipleChoice = _auto("AutoModelForMultipleChoice", "ForMultipleChoice")
AutoModelForImageClassification = _auto("AutoModelForImageClassification", "ForImageClassification")
AutoModelForAudioClassification = _auto("AutoModelForAudioClassification", "ForSequenceClassification")
AutoBackbone = _auto("AutoBackbone", "Backbone")
