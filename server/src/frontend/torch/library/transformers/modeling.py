"""The base class of transformers' models: configuration, initial values, tied weights."""

import re

import torch
from torch import nn
from torch._registry import note_call, stop

from transformers import initialization as init
from transformers.configuration_utils import PretrainedConfig
from transformers.loss.loss_utils import loss_for


class AttentionInterface(dict):
    """Attention by name; all of them are the plain one that a model file has, since they agree in value."""

    def get_interface(self, attn_implementation, default):
        return default

    @classmethod
    def register(cls, key, value):
        pass

    def __missing__(self, key):
        return stop(f"the attention '{key}' of transformers is not followed")


ALL_ATTENTION_FUNCTIONS = AttentionInterface()


class EmbeddingAccessMixin:
    """Where a model keeps the embedding of its inputs, and the layer that gives its scores."""

    def get_input_embeddings(self):
        for owner in (self, getattr(self, "model", None), self.base_model):
            found = getattr(owner, "embed_tokens", None)
            if found is not None:
                return found
        inner = self.base_model
        return None if inner is self or not hasattr(inner, "get_input_embeddings") else inner.get_input_embeddings()

    def set_input_embeddings(self, value):
        inner = self.base_model
        if inner is self:
            self.embed_tokens = value
        else:
            inner.set_input_embeddings(value)

    def get_output_embeddings(self):
        return getattr(self, "lm_head", None)

    def set_output_embeddings(self, new_embeddings):
        if hasattr(self, "lm_head"):
            self.lm_head = new_embeddings


class ModuleUtilsMixin:
    @property
    def device(self):
        return torch.device("cpu")

    @property
    def dtype(self):
        return next((value.dtype for value in self.parameters()), torch.float32)

    def num_parameters(self, only_trainable=False, exclude_embeddings=False):
        return sum(value.numel() for value in self.parameters() if value.requires_grad or not only_trainable)

    def get_head_mask(self, head_mask, num_hidden_layers, is_attention_chunked=False):
        return [None] * num_hidden_layers if head_mask is None else head_mask

    def invert_attention_mask(self, encoder_attention_mask):
        mask = encoder_attention_mask
        mask = mask[:, None, :, :] if mask.dim() == 3 else mask[:, None, None, :]
        return (1.0 - mask.to(self.dtype)) * torch.finfo(self.dtype).min

    def get_extended_attention_mask(self, attention_mask, input_shape, device=None, dtype=None):
        mask = attention_mask
        mask = mask[:, None, :, :] if mask.dim() == 3 else mask[:, None, None, :]
        mask = mask.to(self.dtype)
        if self.config.is_decoder and attention_mask.dim() == 2:
            length = input_shape[1]
            causal = torch.arange(length)[None, :] <= torch.arange(length)[:, None]
            mask = mask * causal[None, None].to(self.dtype)
        return (1.0 - mask) * torch.finfo(self.dtype).min


class PreTrainedModel(nn.Module, EmbeddingAccessMixin, ModuleUtilsMixin):
    config_class = None
    base_model_prefix = ""
    main_input_name = "input_ids"
    is_parallelizable = False
    supports_gradient_checkpointing = False
    _tied_weights_keys = None
    _can_record_outputs = None
    _keys_to_ignore_on_load_missing = None
    _keys_to_ignore_on_load_unexpected = None

    def __init__(self, config, *inputs, **kwargs):
        super().__init__()
        if not isinstance(config, PretrainedConfig) and not hasattr(config, "__dict__"):
            raise ValueError(f"{type(self).__name__} needs a configuration, not {type(config).__name__}")
        self.config = config
        self.loss_type = None
        self.name_or_path = getattr(config, "name_or_path", "")
        self.warnings_issued = {}

    @property
    def base_model(self):
        return getattr(self, self.base_model_prefix, self) if self.base_model_prefix else self

    @property
    def loss_function(self):
        return loss_for(type(self).__name__)

    def post_init(self):
        self.init_weights()

    def init_weights(self):
        _initialise(self, self)
        self.tie_weights()

    initialize_weights = init_weights

    def _init_weights(self, module):
        std = _initial_deviation(self.config)
        if isinstance(module, _weighted):
            if module.weight is not None:
                init.normal_(module.weight, mean=0.0, std=std)
            if module.bias is not None:
                init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            init.normal_(module.weight, mean=0.0, std=std)
            if module.padding_idx is not None:
                module.weight.data[module.padding_idx].zero_()
        elif isinstance(module, nn.MultiheadAttention):
            module._reset_parameters()
        elif isinstance(module, _norms) or re.search("LayerNorm|RMSNorm", type(module).__name__):
            if getattr(module, "weight", None) is not None:
                init.ones_(module.weight)
            if getattr(module, "bias", None) is not None:
                init.zeros_(module.bias)

    def tie_weights(self, *args, **kwargs):
        if getattr(self.config.get_text_config(decoder=True), "tie_word_embeddings", True):
            self._tie_outputs_to_inputs()
        for module in self.modules():
            if hasattr(module, "_tie_weights"):
                module._tie_weights()

    def _tie_outputs_to_inputs(self):
        if isinstance(self._tied_weights_keys, dict):
            for target, source in self._tied_weights_keys.items():
                _tie(self, target, source)
            return
        outputs, inputs = self.get_output_embeddings(), self.get_input_embeddings()
        if outputs is not None and inputs is not None:
            self._tie_or_clone_weights(outputs, inputs)

    def _tie_or_clone_weights(self, output_embeddings, input_embeddings):
        output_embeddings.weight = input_embeddings.weight

    def resize_token_embeddings(self, new_num_tokens=None, *args, **kwargs):
        old = self.get_input_embeddings()
        if new_num_tokens is None or new_num_tokens == old.num_embeddings:
            return old
        self.set_input_embeddings(nn.Embedding(new_num_tokens, old.embedding_dim))
        scores = self.get_output_embeddings()
        if scores is not None:
            self.set_output_embeddings(nn.Linear(scores.in_features, new_num_tokens, bias=scores.bias is not None))
        self.config.vocab_size = new_num_tokens
        self.init_weights()
        return self.get_input_embeddings()

    def warn_if_padding_and_no_attention_mask(self, *args):
        pass

    def can_generate(self):
        return hasattr(self, "generate")

    def gradient_checkpointing_enable(self, *args, **kwargs):
        pass

    gradient_checkpointing_disable = enable_input_require_grads = gradient_checkpointing_enable

    def prune_heads(self, heads_to_prune):
        stop("heads pruned from a model of transformers are not followed")

    def save_pretrained(self, *args, **kwargs):
        pass

    push_to_hub = save_pretrained

    @classmethod
    def _from_config(cls, config, **kwargs):
        return cls(config)

    @classmethod
    def from_pretrained(cls, path, *args, config=None, output_loading_info=False, **kwargs):
        if not isinstance(config, PretrainedConfig):
            config = cls.config_class.from_pretrained(config or path)
        for name, value in kwargs.items():
            if name not in _loading:
                setattr(config, name, value)
        model = cls(config)
        note_call("pretrained", {"model": str(path), "weights": "pretrained"}, model)
        model.eval()
        return (model, {}) if output_loading_info else model

    @classmethod
    def register_for_auto_class(cls, *args, **kwargs):
        pass


_weighted = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d)
_norms = (nn.GroupNorm, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_loading = (
    "attn_implementation cache_dir device_map dtype force_download ignore_mismatched_sizes local_files_only "
    "low_cpu_mem_usage quantization_config revision state_dict subfolder token torch_dtype trust_remote_code "
    "use_auth_token use_safetensors variant"
).split()


def _initial_deviation(config):
    for name in ("initializer_range", "init_std", "initializer_factor"):
        if hasattr(config, name):
            return getattr(config, name) or 0.02
    return getattr(config.get_text_config(), "initializer_range", 0.02)


def _initialise(owner, module):
    """Children first; a model inside another one has its own rule."""
    for child in module.children():
        _initialise(child if isinstance(child, PreTrainedModel) else owner, child)
    owner._init_weights(module)


def _tie(model, target, source):
    """`target` and `source`: full names of parameters, or patterns with the same groups."""
    names = dict(model.named_parameters(remove_duplicate=False))
    pairs = [(target, source)] if target in names and source in names else _matches(names, target, source)
    for to, origin in pairs:
        path, _, name = to.rpartition(".")
        setattr(model.get_submodule(path), name, names[origin])


def _matches(names, target, source):
    targets = [name for name in names if re.search(f"^{target}", name)]
    sources = [name for name in names if re.search(f"^{source}", name)]
    if len(sources) == 1:
        return [(name, sources[0]) for name in targets]
    return list(zip(targets, sources)) if len(targets) == len(sources) else []


def get_parameter_dtype(parameter):
    return next((value.dtype for value in parameter.parameters()), torch.float32)


def get_parameter_device(parameter):
    return torch.device("cpu")


def get_torch_context_manager_or_global_device():
    return torch.device("cpu")


class PreTrainedAudioTokenizerBase(PreTrainedModel):
    pass
