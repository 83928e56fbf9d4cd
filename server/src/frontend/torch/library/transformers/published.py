"""Configurations behind names of published models, where they are not what the configuration's class has by default."""

import json

from torch._registry import unknown
from transformers._find import text_of

_bert = {"model_type": "bert"}
_bert_large = {
    **_bert,
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}
_gpt2 = {"model_type": "gpt2"}
_roberta = {
    "model_type": "roberta",
    "vocab_size": 50265,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
_distilbert = {"model_type": "distilbert", "vocab_size": 30522}

_configurations = {
    "bert-base-uncased": _bert,
    "bert-base-cased": {**_bert, "vocab_size": 28996},
    "bert-base-chinese": {**_bert, "vocab_size": 21128},
    "bert-base-multilingual-cased": {**_bert, "vocab_size": 119547},
    "bert-base-multilingual-uncased": {**_bert, "vocab_size": 105879},
    "bert-large-uncased": _bert_large,
    "bert-large-cased": {**_bert_large, "vocab_size": 28996},
    "distilbert-base-uncased": _distilbert,
    "distilbert-base-cased": {**_distilbert, "vocab_size": 28996},
    "roberta-base": _roberta,
    "roberta-large": {**_roberta, "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
    "gpt2": _gpt2,
    "gpt2-medium": {**_gpt2, "n_embd": 1024, "n_layer": 24, "n_head": 16},
    "gpt2-large": {**_gpt2, "n_embd": 1280, "n_layer": 36, "n_head": 20},
    "gpt2-xl": {**_gpt2, "n_embd": 1600, "n_layer": 48, "n_head": 25},
    "distilgpt2": {**_gpt2, "n_layer": 6},
    "vit-base-patch16-224": {"model_type": "vit", "num_labels": 1000},
    "vit-base-patch16-224-in21k": {"model_type": "vit"},
}


def configuration_of(path):
    """What `config.json` says: of a folder of the project, or behind a name that is known here."""
    text = str(path)
    found = text_of(text if text.endswith(".json") else f"{text}/config.json")
    if found is not None:
        return json.loads(found)
    owner, _, name = text.rpartition("/")
    if name in _configurations and owner in ("", "google", "google-bert", "openai-community", "distilbert", "FacebookAI"):
        return dict(_configurations[name])
    return unknown(f"the configuration of '{text}', which is not in the project,")
