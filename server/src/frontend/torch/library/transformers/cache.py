"""Keys and values of earlier tokens, kept from call to call."""

import torch


class CacheLayerMixin:
    is_compileable = False
    is_sliding = False

    def __init__(self):
        self.keys = None
        self.values = None
        self.is_initialized = False
        self.conv_states, self.recurrent_states = {}, {}

    def update(self, key_states, value_states, *args, **kwargs):
        if self.is_initialized:
            key_states = torch.cat([self.keys, key_states], dim=-2)
            value_states = torch.cat([self.values, value_states], dim=-2)
        self.keys, self.values, self.is_initialized = key_states, value_states, True
        return key_states, value_states

    def get_seq_length(self):
        return self.keys.shape[-2] if self.is_initialized else 0

    def get_mask_sizes(self, query_length):
        return self.get_seq_length() + query_length, 0


DynamicLayer = DynamicSlidingWindowLayer = StaticLayer = CacheLayerMixin


class Cache:
    is_compileable = False

    def __init__(self, *args, **kwargs):
        self.layers = []

    def _layer(self, index):
        while len(self.layers) <= index:
            self.layers.append(CacheLayerMixin())
        return self.layers[index]

    def update(self, key_states, value_states, layer_idx, *args, **kwargs):
        return self._layer(layer_idx).update(key_states, value_states)

    def has_previous_state(self, layer_idx=None):
        layers = self.layers if layer_idx is None else self.layers[layer_idx : layer_idx + 1]
        return any(layer.conv_states or layer.recurrent_states for layer in layers)

    def update_conv_state(self, conv_states, layer_idx, state_idx=0, **kwargs):
        self._layer(layer_idx).conv_states[state_idx] = conv_states
        return conv_states

    def update_recurrent_state(self, recurrent_states, layer_idx, state_idx=0, **kwargs):
        self._layer(layer_idx).recurrent_states[state_idx] = recurrent_states
        return recurrent_states

    def get_seq_length(self, layer_idx=0):
        return self.layers[layer_idx].get_seq_length() if layer_idx < len(self.layers) else 0

    def get_usable_length(self, new_seq_length, layer_idx=0):
        return self.get_seq_length(layer_idx)

    def get_mask_sizes(self, query_length, layer_idx=0):
        return self.get_seq_length(layer_idx) + query_length, 0

    def get_max_cache_shape(self, *args):
        return None

    get_max_length = get_max_cache_shape

    @classmethod
    def from_legacy_cache(cls, past_key_values=None):
        cache = cls()
        for index, states in enumerate(past_key_values or ()):
            cache.update(states[0], states[1], index)
        return cache

    def to_legacy_cache(self):
        return tuple((layer.keys, layer.values) for layer in self.layers)

    @property
    def key_cache(self):
        return [layer.keys for layer in self.layers]

    @property
    def value_cache(self):
        return [layer.values for layer in self.layers]

    @property
    def is_sliding(self):
        return [False for _ in self.layers]

    def __getitem__(self, index):
        return self.layers[index].keys, self.layers[index].values

    def __iter__(self):
        return iter(self.to_legacy_cache())

    def __len__(self):
        return len(self.layers)


class DynamicCache(Cache):
    pass


class StaticCache(Cache):
    pass


class SlidingWindowCache(Cache):
    pass


class HybridCache(Cache):
    pass


class EncoderDecoderCache(Cache):
    def __init__(self, self_attention_cache=None, cross_attention_cache=None, *args):
        super().__init__()
        self.self_attention_cache = self_attention_cache if self_attention_cache is not None else DynamicCache()
        self.cross_attention_cache = cross_attention_cache if cross_attention_cache is not None else DynamicCache()
        self.is_updated = {}

    def update(self, key_states, value_states, layer_idx, *args, **kwargs):
        return self.self_attention_cache.update(key_states, value_states, layer_idx)

    def get_seq_length(self, layer_idx=0):
        return self.self_attention_cache.get_seq_length(layer_idx)

    def __len__(self):
        return len(self.self_attention_cache)
