"""Configurations of transformers' models, written as data classes or with an `__init__` of their own."""

import copy
import json

from dataclasses import Field, MISSING

from huggingface_hub.dataclasses import strict


def _declared(cls):
    """Fields of a configuration that is written as a data class, of all its bases: (name, default)."""
    for each in reversed(cls.__mro__):
        for name, annotation in each.__dict__.get("__annotations__", {}).items():
            if "ClassVar" not in str(annotation):
                yield name, getattr(cls, name, None)


def _value(default):
    if not isinstance(default, Field):
        return copy.deepcopy(default) if isinstance(default, (dict, list)) else default
    if default.default_factory is not MISSING:
        return default.default_factory()
    return None if default.default is MISSING else default.default


class PretrainedConfig:
    model_type = ""
    base_config_key = ""
    sub_configs = {}
    attribute_map = {}
    keys_to_ignore_at_inference = []
    base_model_tp_plan = None
    base_model_pp_plan = None
    is_composition = False
    default_theta = 10000.0
    default_rope_type = "default"
    ignore_keys_at_rope_validation = None
    _attn_implementation = "eager"
    _experts_implementation = "eager"
    _auto_class = None

    def __init__(self, **kwargs):
        declared = {"id2label": None, "label2id": None, **dict(_declared(type(self)))}
        for name, default in declared.items():
            setattr(self, name, kwargs.pop(name) if name in kwargs else _value(default))
        self.__post_init__(**kwargs)

    def __post_init__(self, **kwargs):
        for name, default in _common.items():
            if name not in self.__dict__:
                setattr(self, name, kwargs.pop(name, _value(default)))
        self.dtype = kwargs.pop("torch_dtype", getattr(self, "dtype", None))
        self._set_labels(kwargs)
        if hasattr(self, "rope_parameters"):
            kwargs = self.convert_rope_params_to_dict(**kwargs)
        for name in ("attn_implementation", "_attn_implementation", "experts_implementation"):
            kwargs.pop(name, None)
        self.name_or_path = str(kwargs.pop("name_or_path", ""))
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        object.__setattr__(self, type(self).attribute_map.get(name, name), value)

    def __getattr__(self, name):
        other = type(self).attribute_map.get(name)
        if other is None or other == name:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return getattr(self, other)

    def _set_labels(self, given):
        labels, count = given.pop("id2label", self.__dict__.get("id2label")), given.pop("num_labels", None)
        self.label2id = given.pop("label2id", self.__dict__.get("label2id"))
        if labels is None:
            self.num_labels = 2 if count is None else count
        else:
            self.id2label = {int(index): label for index, label in labels.items()}

    @property
    def num_labels(self):
        return len(self.id2label)

    @num_labels.setter
    def num_labels(self, count):
        self.id2label = {index: f"LABEL_{index}" for index in range(count)}
        self.label2id = {label: index for index, label in self.id2label.items()}

    @property
    def use_return_dict(self):
        return self.return_dict

    @property
    def torch_dtype(self):
        return self.dtype

    @property
    def rope_scaling(self):
        return self.rope_parameters

    @rope_scaling.setter
    def rope_scaling(self, value):
        self.rope_parameters = value

    def get_text_config(self, *args, **kwargs):
        for name in ("text_config", "decoder", "generator", "text_encoder"):
            found = self.__dict__.get(name)
            if isinstance(found, PretrainedConfig):
                return found
        return self

    def convert_rope_params_to_dict(self, ignore_keys_at_rope_validation=None, **kwargs):
        """Rotary settings under the one name `rope_parameters`, whichever names they were given under."""
        rope = dict(kwargs.pop("rope_scaling", None) or self.rope_parameters or {})
        theta = kwargs.pop("rope_theta", self.__dict__.get("rope_theta", self.default_theta))
        partial = kwargs.get("partial_rotary_factor", self.__dict__.get("partial_rotary_factor"))
        self.rope_parameters = self._completed_rope(rope, theta, partial)
        return kwargs

    def standardize_rope_params(self):
        own = self.__dict__
        theta = own.get("rope_theta", self.default_theta)
        self.rope_parameters = self._completed_rope(
            dict(own.get("rope_parameters") or {}), theta, own.get("partial_rotary_factor")
        )

    def _completed_rope(self, rope, theta, partial):
        by_layer = [part for part in rope.values() if isinstance(part, dict)]
        for part in by_layer or [rope]:
            part.setdefault("rope_type", part.get("type", self.default_rope_type))
            part.setdefault("rope_theta", theta)
            if partial is not None:
                part.setdefault("partial_rotary_factor", partial)
            if part["rope_type"] in ("llama3", "yarn", "longrope"):
                length = self.__dict__.get("original_max_position_embeddings", self.max_position_embeddings)
                part.setdefault("original_max_position_embeddings", length)
        return rope

    def validate_rope(self, *args, **kwargs):
        pass

    def validate_architecture(self):
        pass

    def update(self, values):
        for name, value in values.items():
            setattr(self, name, value)

    def to_dict(self):
        return {**copy.deepcopy(self.__dict__), "model_type": type(self).model_type}

    def to_diff_dict(self):
        return self.to_dict()

    def to_json_string(self, use_diff=True):
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, config_dict, return_unused_kwargs=False, **kwargs):
        given = {name: value for name, value in config_dict.items() if name not in ("model_type", "_name_or_path")}
        made = cls(**{**given, **kwargs})
        return (made, {}) if return_unused_kwargs else made

    @classmethod
    def get_config_dict(cls, path, **kwargs):
        from transformers._published import configuration_of

        return configuration_of(path), kwargs

    @classmethod
    def from_pretrained(cls, path, *args, return_unused_kwargs=False, **kwargs):
        for name in ("cache_dir", "force_download", "local_files_only", "revision", "token", "trust_remote_code"):
            kwargs.pop(name, None)
        values, kwargs = cls.get_config_dict(path, **kwargs)
        return cls.from_dict(values, return_unused_kwargs, **kwargs)

    @classmethod
    def from_json_file(cls, path):
        with open(path) as file:
            return cls(**json.load(file))

    def save_pretrained(self, *args, **kwargs):
        pass

    @classmethod
    def register_for_auto_class(cls, *args, **kwargs):
        pass


PreTrainedConfig = PretrainedConfig

_common = {
    "output_hidden_states": False,
    "output_attentions": False,
    "return_dict": True,
    "torchscript": False,
    "use_bfloat16": False,
    "pruned_heads": {},
    "tie_word_embeddings": True,
    "chunk_size_feed_forward": 0,
    "is_encoder_decoder": False,
    "is_decoder": False,
    "cross_attention_hidden_size": None,
    "add_cross_attention": False,
    "tie_encoder_decoder": False,
    "architectures": None,
    "finetuning_task": None,
    "problem_type": None,
    "tokenizer_class": None,
    "prefix": None,
    "bos_token_id": None,
    "pad_token_id": None,
    "eos_token_id": None,
    "sep_token_id": None,
    "decoder_start_token_id": None,
}


def layer_type_validation(*args, **kwargs):
    pass


remap_legacy_layer_types = layer_type_validation
