"""Swin transformers (Liu et al. 2021) and their second version (Liu et al. 2022): attention in shifted windows."""

from functools import partial
import math

import torch
from torch import nn
import torch.nn.functional as F
from torchvision.models._weights import __getattr__, builder
from torchvision.ops.misc import MLP, Permute
from torchvision.ops.stochastic_depth import StochasticDepth


def _even(x):
    """[…, H, W, C] padded to even H and W."""
    height, width = x.shape[-3:-1]
    return F.pad(x, (0, 0, 0, width % 2, 0, height % 2))


def _neighbours(x):
    """The four pixels of each 2 × 2 square side by side in the channels."""
    x = _even(x)
    return torch.cat([x[..., i::2, j::2, :] for j in (0, 1) for i in (0, 1)], -1)


class PatchMerging(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(4 * dim)

    def forward(self, x):
        return self.reduction(self.norm(_neighbours(x)))


class PatchMergingV2(nn.Module):
    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(2 * dim)

    def forward(self, x):
        return self.norm(self.reduction(_neighbours(x)))


def _windows(x, window):
    """[B, H, W, C] → [B · windows, pixels of a window, C]."""
    batch, height, width, channels = x.shape
    rows, columns = height // window[0], width // window[1]
    x = x.view(batch, rows, window[0], columns, window[1], channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(batch * rows * columns, window[0] * window[1], channels)


def _image(x, window, batch, height, width):
    """The inverse of `_windows`."""
    x = x.view(batch, height // window[0], width // window[1], window[0], window[1], x.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, x.shape[-1])


def _shift_mask(height, width, window, shift):
    """−100 between pixels that are neighbours only because of the cyclic shift: [windows, pixels, pixels]."""
    edges = [
        # An axis without shift is one band.
        [(0, size)] if s == 0 else [(0, size - w), (size - w, size - s), (size - s, size)]
        for s, w, size in zip(shift, window, (height, width))
    ]
    region = torch.zeros(height, width)
    label = 0
    for top, bottom in edges[0]:
        for left, right in edges[1]:
            region[top:bottom, left:right] = label
            label += 1
    region = _windows(region.view(1, height, width, 1), window).squeeze(-1)
    difference = region.unsqueeze(1) - region.unsqueeze(2)
    return difference.masked_fill(difference != 0, -100.0).masked_fill(difference == 0, 0.0)


class ShiftedWindowAttention(nn.Module):
    def __init__(
        self,
        dim,
        window_size,
        shift_size,
        num_heads,
        qkv_bias=True,
        proj_bias=True,
        attention_dropout=0.0,
        dropout=0.0,
    ):
        super().__init__()
        if len(window_size) != 2 or len(shift_size) != 2:
            raise ValueError("window_size and shift_size must be of length 2")
        self.window_size = window_size
        self.shift_size = shift_size
        self.num_heads = num_heads
        self.attention_dropout = attention_dropout
        self.dropout = dropout
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)
        self.define_relative_position_bias_table()
        self.define_relative_position_index()

    def define_relative_position_bias_table(self):
        rows, columns = self.window_size
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * rows - 1) * (2 * columns - 1), self.num_heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def define_relative_position_index(self):
        rows, columns = self.window_size
        grid = torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")).flatten(1)
        down, right = grid[:, :, None] - grid[:, None, :]
        index = (down + rows - 1) * (2 * columns - 1) + right + columns - 1
        self.register_buffer("relative_position_index", index.flatten())

    def get_relative_position_bias(self):
        """[1, heads, pixels, pixels]."""
        count = self.window_size[0] * self.window_size[1]
        bias = self.relative_position_bias_table[self.relative_position_index].view(count, count, -1)
        return bias.permute(2, 0, 1).contiguous().unsqueeze(0)

    def _projected(self, x):
        """Queries, keys and values: each [windows, heads, pixels, channels of a head]."""
        qkv = F.linear(x, self.qkv.weight, self.qkv.bias)
        qkv = qkv.reshape(x.size(0), x.size(1), 3, self.num_heads, x.size(2) // self.num_heads)
        return qkv.permute(2, 0, 3, 1, 4).unbind(0)

    def _scores(self, q, k):
        return (q * q.shape[-1] ** -0.5).matmul(k.transpose(-2, -1))

    def forward(self, x):
        batch, height, width, channels = x.shape
        window = self.window_size
        x = F.pad(x, (0, 0, 0, -width % window[1], 0, -height % window[0]))
        _, padded_height, padded_width, _ = x.shape
        # One window covers the whole axis: nothing to shift.
        shift = [0 if w >= size else s for s, w, size in zip(self.shift_size, window, (padded_height, padded_width))]
        if sum(shift) > 0:
            x = torch.roll(x, shifts=(-shift[0], -shift[1]), dims=(1, 2))
        x = _windows(x, window)
        q, k, v = self._projected(x)
        scores = self._scores(q, k) + self.get_relative_position_bias()
        if sum(shift) > 0:
            mask = _shift_mask(padded_height, padded_width, window, shift)
            count = mask.shape[0]
            scores = scores.view(x.size(0) // count, count, self.num_heads, x.size(1), x.size(1))
            scores = (scores + mask.unsqueeze(1).unsqueeze(0)).view(-1, self.num_heads, x.size(1), x.size(1))
        weights = F.dropout(F.softmax(scores, dim=-1), p=self.attention_dropout, training=self.training)
        x = weights.matmul(v).transpose(1, 2).reshape(x.size(0), x.size(1), channels)
        x = F.dropout(F.linear(x, self.proj.weight, self.proj.bias), p=self.dropout, training=self.training)
        x = _image(x, window, batch, padded_height, padded_width)
        if sum(shift) > 0:
            x = torch.roll(x, shifts=(shift[0], shift[1]), dims=(1, 2))
        return x[:, :height, :width, :].contiguous()


class ShiftedWindowAttentionV2(ShiftedWindowAttention):
    """Cosine attention with a learned temperature; position bias from a small network of log distances."""

    def __init__(
        self,
        dim,
        window_size,
        shift_size,
        num_heads,
        qkv_bias=True,
        proj_bias=True,
        attention_dropout=0.0,
        dropout=0.0,
    ):
        super().__init__(dim, window_size, shift_size, num_heads, qkv_bias, proj_bias, attention_dropout, dropout)
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones((num_heads, 1, 1))))
        self.cpb_mlp = nn.Sequential(
            nn.Linear(2, 512, bias=True), nn.ReLU(inplace=True), nn.Linear(512, num_heads, bias=False)
        )
        if qkv_bias:
            third = self.qkv.bias.numel() // 3
            self.qkv.bias[third : 2 * third].data.zero_()

    def define_relative_position_bias_table(self):
        axes = [torch.arange(-(size - 1), size, dtype=torch.float32) / (size - 1) for size in self.window_size]
        table = torch.stack(torch.meshgrid(*axes, indexing="ij")).permute(1, 2, 0).contiguous().unsqueeze(0) * 8
        self.register_buffer("relative_coords_table", torch.sign(table) * torch.log2(torch.abs(table) + 1.0) / 3.0)

    def get_relative_position_bias(self):
        count = self.window_size[0] * self.window_size[1]
        table = self.cpb_mlp(self.relative_coords_table).view(-1, self.num_heads)
        bias = table[self.relative_position_index].view(count, count, -1).permute(2, 0, 1).contiguous()
        return 16 * torch.sigmoid(bias.unsqueeze(0))

    def _projected(self, x):
        # Keys have no bias.
        bias = self.qkv.bias
        if bias is not None:
            bias = bias.clone()
            third = bias.numel() // 3
            bias[third : 2 * third].zero_()
        qkv = F.linear(x, self.qkv.weight, bias)
        qkv = qkv.reshape(x.size(0), x.size(1), 3, self.num_heads, x.size(2) // self.num_heads)
        return qkv.permute(2, 0, 3, 1, 4).unbind(0)

    def _scores(self, q, k):
        cosine = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
        return cosine * torch.clamp(self.logit_scale, max=math.log(100.0)).exp()


class SwinTransformerBlock(nn.Module):
    def __init__(
        self,
        dim,
        num_heads,
        window_size,
        shift_size,
        mlp_ratio=4.0,
        dropout=0.0,
        attention_dropout=0.0,
        stochastic_depth_prob=0.0,
        norm_layer=nn.LayerNorm,
        attn_layer=ShiftedWindowAttention,
    ):
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = attn_layer(
            dim, window_size, shift_size, num_heads, attention_dropout=attention_dropout, dropout=dropout
        )
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.norm2 = norm_layer(dim)
        self.mlp = MLP(dim, [int(dim * mlp_ratio), dim], activation_layer=nn.GELU, inplace=None, dropout=dropout)
        for m in self.mlp.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.normal_(m.bias, std=1e-6)

    def forward(self, x):
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformerBlockV2(SwinTransformerBlock):
    def __init__(self, *args, attn_layer=ShiftedWindowAttentionV2, **kwargs):
        super().__init__(*args, attn_layer=attn_layer, **kwargs)

    def forward(self, x):
        x = x + self.stochastic_depth(self.norm1(self.attn(x)))
        return x + self.stochastic_depth(self.norm2(self.mlp(x)))


class SwinTransformer(nn.Module):
    def __init__(
        self,
        patch_size,
        embed_dim,
        depths,
        num_heads,
        window_size,
        mlp_ratio=4.0,
        dropout=0.0,
        attention_dropout=0.0,
        stochastic_depth_prob=0.1,
        num_classes=1000,
        norm_layer=None,
        block=None,
        downsample_layer=PatchMerging,
    ):
        super().__init__()
        self.num_classes = num_classes
        block = block or SwinTransformerBlock
        norm_layer = norm_layer or partial(nn.LayerNorm, eps=1e-5)
        patches = nn.Conv2d(3, embed_dim, kernel_size=tuple(patch_size), stride=tuple(patch_size))
        layers = [nn.Sequential(patches, Permute([0, 2, 3, 1]), norm_layer(embed_dim))]
        total = sum(depths)
        position = 0
        for i, depth in enumerate(depths):
            dim = embed_dim * 2**i
            stage = []
            for j in range(depth):
                stage.append(
                    block(
                        dim,
                        num_heads[i],
                        window_size=window_size,
                        shift_size=[0 if j % 2 == 0 else w // 2 for w in window_size],
                        mlp_ratio=mlp_ratio,
                        dropout=dropout,
                        attention_dropout=attention_dropout,
                        stochastic_depth_prob=stochastic_depth_prob * float(position) / (total - 1),
                        norm_layer=norm_layer,
                    )
                )
                position += 1
            layers.append(nn.Sequential(*stage))
            if i < len(depths) - 1:
                layers.append(downsample_layer(dim, norm_layer))
        self.features = nn.Sequential(*layers)
        width = embed_dim * 2 ** (len(depths) - 1)
        self.norm = norm_layer(width)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten(1)
        self.head = nn.Linear(width, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.trunc_normal_(m.weight, std=0.02)
                if m.bias is not None:
                    nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.permute(self.norm(self.features(x)))
        return self.head(self.flatten(self.avgpool(x)))


SECOND = {"block": SwinTransformerBlockV2, "downsample_layer": PatchMergingV2}


def _swin(embed_dim, depths, num_heads, window, depth_prob, kwargs):
    shared = {"patch_size": [4, 4], "window_size": [window, window], "stochastic_depth_prob": depth_prob}
    return SwinTransformer(**{"embed_dim": embed_dim, "depths": depths, "num_heads": num_heads, **shared, **kwargs})


@builder
def swin_t(**kwargs):
    return _swin(96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 0.2, kwargs)


@builder
def swin_s(**kwargs):
    return _swin(96, [2, 2, 18, 2], [3, 6, 12, 24], 7, 0.3, kwargs)


@builder
def swin_b(**kwargs):
    return _swin(128, [2, 2, 18, 2], [4, 8, 16, 32], 7, 0.5, kwargs)


@builder
def swin_v2_t(**kwargs):
    return _swin(96, [2, 2, 6, 2], [3, 6, 12, 24], 8, 0.2, {**SECOND, **kwargs})


@builder
def swin_v2_s(**kwargs):
    return _swin(96, [2, 2, 18, 2], [3, 6, 12, 24], 8, 0.3, {**SECOND, **kwargs})


@builder
def swin_v2_b(**kwargs):
    return _swin(128, [2, 2, 18, 2], [4, 8, 16, 32], 8, 0.5, {**SECOND, **kwargs})
