"""Attention layers."""

import math

import torch

from keras._layer import Layer
from keras.layers._activation import Softmax
from keras.layers._core import EinsumDense
from keras.layers._regularization import Dropout

_letters = "abcdefghijklmnopqrstuvwxyz"


def causal_mask(queries, keys):
    return torch.ones((queries, keys)).tril() > 0


class MultiHeadAttention(Layer):
    supports_masking = True

    def __init__(self, num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None,
                 attention_axes=None, flash_attention=None, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, seed=None, **kwargs):  # fmt: skip
        super().__init__(**kwargs)
        self.num_heads = self.num_key_heads = num_heads
        self.key_dim = key_dim
        self.value_dim = value_dim or key_dim
        self.dropout = dropout
        self.use_bias = use_bias
        self.result_shape = (output_shape,) if isinstance(output_shape, int) else output_shape
        self.attention_axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        self.options = {
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
        }

    def projection(self, name, shape, heads, width):
        """From [batch, *axes, features] to [batch, *axes, heads, width]."""
        free = _letters[: len(shape) - 1]
        bias = "yz" if self.use_bias else None
        layer = EinsumDense(
            f"{free}x,xyz->{free}yz",
            output_shape=(None,) * (len(shape) - 2) + (heads, width),
            bias_axes=bias,
            name=name,
            **self.options,
        )
        layer.build(shape)
        return layer

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        self.query_dense = self.projection("query", query_shape, self.num_heads, self.key_dim)
        self.key_dense = self.projection("key", key_shape, self.num_key_heads, self.key_dim)
        self.value_dense = self.projection("value", value_shape, self.num_key_heads, self.value_dim)
        self.axes = self.attention_axes or tuple(range(1, len(query_shape) - 1))
        self.softmax = Softmax(axis=-1)
        self.dropout_layer = Dropout(self.dropout)
        free = _letters[: len(query_shape) - 1]
        result = tuple(self.result_shape or (query_shape[-1],))
        ends = "wvu"[: len(result)]
        self.output_dense = EinsumDense(
            f"{free}yz,yz{ends}->{free}{ends}",
            output_shape=(None,) * (len(query_shape) - 2) + result,
            bias_axes=ends if self.use_bias else None,
            name="attention_output",
            **self.options,
        )
        self.output_dense.build(tuple(query_shape[:-1]) + (self.num_heads, self.value_dim))

    def _build_for(self, args, kwargs):
        if self.built:
            return
        given = dict(zip(("query", "value", "key"), args))
        given.update({name: kwargs[name] for name in ("query", "value", "key") if kwargs.get(name) is not None})
        key = given.get("key")
        self.build(*[tuple(each.shape) for each in (given["query"], given["value"], given["value"] if key is None else key)])

    def call(self, query, value, key=None, query_mask=None, value_mask=None, key_mask=None, attention_mask=None,
             return_attention_scores=False, training=None, use_causal_mask=False):  # fmt: skip
        key = value if key is None else key
        masks = self.combined_mask(query, value, key, attention_mask, use_causal_mask)
        q, k, v = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        outputs, scores = self.attend(q, k, v, masks)
        outputs = self.output_dense(outputs)
        return (outputs, scores) if return_attention_scores else outputs

    def combined_mask(self, query, value, key, given, use_causal_mask):
        """Of [batch or 1, queries, keys]; None where nothing is masked."""
        parts = [given.bool()] if given is not None else []
        query_mask, value_mask, key_mask = [getattr(each, "_keras_mask", None) for each in (query, value, key)]
        if query_mask is not None:
            parts.append(query_mask.unsqueeze(2))
        for mask in (value_mask,) if key is value else (value_mask, key_mask):
            if mask is not None:
                parts.append(mask.unsqueeze(1))
        if use_causal_mask:
            parts.append(causal_mask(query.shape[1], value.shape[1]).unsqueeze(0))
        whole = None
        for part in parts:
            whole = part if whole is None else torch.logical_and(whole, part)
        return whole

    def attend(self, q, k, v, mask):
        """Attended axes are made one, the others belong to the batch."""
        rank = q.dim()
        others = [axis for axis in range(rank - 2) if axis not in self.axes]
        order = others + [rank - 2] + list(self.axes) + [rank - 1]
        q, k, v = [each.permute(*order) for each in (q, k, v)]
        kept = len(others) + 1
        flat = [each.reshape(tuple(each.shape[:kept]) + (-1, each.shape[-1])) for each in (q, k, v)]
        scores = flat[0] @ flat[1].transpose(-1, -2) / math.sqrt(self.key_dim)
        if mask is not None and mask.dim() < scores.dim():
            mask = mask.unsqueeze(-3)
        scores = self.softmax(scores, mask=mask)
        outputs = (self.dropout_layer(scores) @ flat[2]).reshape(tuple(q.shape[:-1]) + (v.shape[-1],))
        back = [order.index(axis) for axis in range(rank)]
        return outputs.permute(*back), scores


class GroupedQueryAttention(MultiHeadAttention):
    """Several heads of queries share one of keys and values."""

    def __init__(self, head_dim, num_query_heads, num_key_value_heads, **kwargs):
        super().__init__(num_query_heads, head_dim, **kwargs)
        self.num_key_heads = num_key_value_heads

    def attend(self, q, k, v, mask):
        times = self.num_heads // self.num_key_heads
        return super().attend(q, *[torch.repeat_interleave(each, times, dim=-2) for each in (k, v)], mask)


GroupQueryAttention = GroupedQueryAttention


class Attention(Layer):
    """Dot-product attention of [query, value, key]."""

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout_layer = Dropout(dropout) if dropout else None

    def build(self, input_shape):
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")

    def scores(self, query, key):
        if self.score_mode == "dot":
            scores = query @ key.transpose(-1, -2)
            return scores if self.scale is None else scores * self.scale
        both = query.unsqueeze(-2) + key.unsqueeze(-3)
        both = both if self.scale is None else both * self.scale
        return self.concat_score_weight * torch.sum(torch.tanh(both), dim=-1)

    def call(self, inputs, mask=None, training=False, return_attention_scores=False, use_causal_mask=False):
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        scores = self.scores(query, key)
        keep = None
        if mask is not None and len(mask) > 1 and mask[1] is not None:
            keep = mask[1].unsqueeze(-2)
        if use_causal_mask:
            causal = causal_mask(query.shape[-2], key.shape[-2]).unsqueeze(0)
            keep = causal if keep is None else torch.logical_and(keep, causal)
        if keep is not None:
            scores = torch.where(keep, scores, torch.full_like(scores, -1e9))
        weights = torch.softmax(scores, dim=-1)
        dropped = weights if self.dropout_layer is None else self.dropout_layer(weights)
        outputs = dropped @ value
        if mask is not None and mask[0] is not None:
            outputs = outputs * mask[0].unsqueeze(-1).to(outputs.dtype)
        return (outputs, weights) if return_attention_scores else outputs

    def _hand_on_mask(self, inputs, mask, outputs):
        query_mask = getattr(inputs[0], "_keras_mask", None)
        if query_mask is not None and isinstance(outputs, torch.Tensor):
            outputs._keras_mask = query_mask


class AdditiveAttention(Attention):
    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform")

    def scores(self, query, key):
        both = torch.tanh(query.unsqueeze(-2) + key.unsqueeze(-3))
        return torch.sum(both if self.scale is None else both * self.scale, dim=-1)
