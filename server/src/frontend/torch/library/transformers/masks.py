"""Attention masks: 0 where a query may see a key, the most negative number where not; shape [batch, 1, queries, keys]."""

import torch


def _additive(allowed, dtype):
    hidden = torch.zeros(allowed.shape, dtype=dtype)
    return hidden.masked_fill(~allowed, torch.finfo(dtype).min)


def _made(states, attention_mask, past_key_values, rule, keys=None):
    """`rule(query, key)`: which positions see which, on index tensors [queries, 1] and [1, keys]; None: all."""
    if attention_mask is not None and attention_mask.ndim == 4:
        return attention_mask
    queries = states.shape[1]
    seen = past_key_values.get_seq_length() if past_key_values is not None else 0
    keys = seen + queries if keys is None else keys
    if rule is None and attention_mask is None:
        return None
    query = torch.arange(seen, seen + queries)[:, None]
    key = torch.arange(keys)[None, :]
    allowed = torch.ones(queries, keys, dtype=torch.bool) if rule is None else rule(query, key)
    allowed = allowed[None, None].expand(states.shape[0], 1, queries, keys)
    if attention_mask is not None:
        allowed = allowed & attention_mask[:, None, None, -keys:].to(torch.bool)
    return _additive(allowed, states.dtype)


def _causal(query, key):
    return key <= query


def _states(inputs_embeds, input_embeds):
    return inputs_embeds if inputs_embeds is not None else input_embeds


def create_causal_mask(
    config, inputs_embeds=None, attention_mask=None, cache_position=None, past_key_values=None, input_embeds=None, **kwargs
):
    rule = _causal if getattr(config, "is_causal", True) is not False else None
    return _made(_states(inputs_embeds, input_embeds), attention_mask, past_key_values, rule)


def create_bidirectional_mask(
    config, inputs_embeds=None, attention_mask=None, encoder_hidden_states=None, input_embeds=None, **kwargs
):
    keys = None if encoder_hidden_states is None else encoder_hidden_states.shape[1]
    return _made(_states(inputs_embeds, input_embeds), attention_mask, None, None, keys)


def create_sliding_window_causal_mask(
    config, inputs_embeds=None, attention_mask=None, cache_position=None, past_key_values=None, input_embeds=None, **kwargs
):
    window = config.sliding_window

    def near(query, key):
        return _causal(query, key) & (key > query - window)

    return _made(_states(inputs_embeds, input_embeds), attention_mask, past_key_values, near)


def create_bidirectional_sliding_window_mask(config, inputs_embeds=None, attention_mask=None, input_embeds=None, **kwargs):
    window = config.sliding_window

    def near(query, key):
        return (query - key).abs() < window

    return _made(_states(inputs_embeds, input_embeds), attention_mask, None, near)


def create_chunked_causal_mask(
    config, inputs_embeds=None, attention_mask=None, cache_position=None, past_key_values=None, input_embeds=None, **kwargs
):
    chunk = config.attention_chunk_size

    def same_chunk(query, key):
        return _causal(query, key) & (query // chunk == key // chunk)

    return _made(_states(inputs_embeds, input_embeds), attention_mask, past_key_values, same_chunk)


def create_recurrent_attention_mask(config, inputs_embeds=None, attention_mask=None, **kwargs):
    return attention_mask


_makers = {
    "full_attention": create_causal_mask,
    "sliding_attention": create_sliding_window_causal_mask,
    "chunked_attention": create_chunked_causal_mask,
}


def create_masks_for_generate(config, **kwargs):
    kinds = getattr(config, "layer_types", None)
    if kinds is None:
        return create_causal_mask(config, **kwargs)
    return {kind: _makers[kind](config, **kwargs) for kind in set(kinds)}


# Helpers of earlier versions (modeling_attn_mask_utils).


def _prepare_4d_causal_attention_mask(
    attention_mask, input_shape, inputs_embeds, past_key_values_length, sliding_window=None
):
    keys = input_shape[-1] + past_key_values_length
    query = torch.arange(past_key_values_length, keys)[:, None]
    key = torch.arange(keys)[None, :]
    allowed = _causal(query, key)
    if sliding_window is not None:
        allowed = allowed & (key > query - sliding_window)
    allowed = allowed[None, None].expand(input_shape[0], 1, input_shape[-1], keys)
    if attention_mask is not None:
        if attention_mask.ndim == 4:
            return attention_mask
        allowed = allowed & attention_mask[:, None, None, :].to(torch.bool)
    return _additive(allowed, inputs_embeds.dtype)


_prepare_4d_causal_attention_mask_for_sdpa = _prepare_4d_causal_attention_mask


def _create_4d_causal_attention_mask(input_shape, dtype, device=None, past_key_values_length=0, sliding_window=None):
    shape = torch.zeros(1, dtype=dtype)
    return _prepare_4d_causal_attention_mask(None, input_shape, shape, past_key_values_length, sliding_window)


def _prepare_4d_attention_mask(mask, dtype, tgt_len=None):
    if mask is None:
        return None
    queries = mask.shape[1] if tgt_len is None else tgt_len
    allowed = mask[:, None, None, :].to(torch.bool).expand(mask.shape[0], 1, queries, mask.shape[1])
    return _additive(allowed, dtype)


_prepare_4d_attention_mask_for_sdpa = _prepare_4d_attention_mask


class AttentionMaskConverter:
    def __init__(self, is_causal, sliding_window=None):
        self.is_causal = is_causal
        self.sliding_window = sliding_window

    def to_4d(self, attention_mask_2d, query_length, dtype, key_value_length=None):
        if not self.is_causal:
            return _prepare_4d_attention_mask(attention_mask_2d, dtype, query_length)
        seen = (key_value_length or query_length) - query_length
        shape = (attention_mask_2d.shape[0], query_length)
        return _prepare_4d_causal_attention_mask(
            attention_mask_2d, shape, torch.zeros(1, dtype=dtype), seen, self.sliding_window
        )

    def to_causal_4d(self, batch_size, query_length, key_value_length, dtype, device=None):
        return _create_4d_causal_attention_mask(
            (batch_size, query_length), dtype, past_key_values_length=key_value_length - query_length
        )
