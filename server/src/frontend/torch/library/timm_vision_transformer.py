"""timm's plain vision transformer: the class that repositories derive their own from, and its models by name."""

from functools import partial

import torch
from timm.layers import DropPath, Mlp, register_model, to_2tuple, trunc_normal_
from torch import nn
from torch.nn.modules.module import Module


class PatchEmbed(Module):
    """[N, C, H, W] → [N, patches, width]; with `flatten=False` [N, width, rows, columns]."""

    def __init__(
        self,
        img_size=224,
        patch_size=16,
        in_chans=3,
        embed_dim=768,
        norm_layer=None,
        flatten=True,
        bias=True,
        strict_img_size=True,
    ):
        super().__init__()
        self.img_size = to_2tuple(img_size)
        self.patch_size = to_2tuple(patch_size)
        self.grid_size = tuple(size // patch for size, patch in zip(self.img_size, self.patch_size))
        self.patch_grid = self.grid_size
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.flatten = flatten
        self.strict_img_size = strict_img_size
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=self.patch_size, stride=self.patch_size, bias=bias)
        self.norm = norm_layer(embed_dim) if norm_layer else nn.Identity()

    def forward(self, x):
        size = tuple(x.shape[-2:])
        if self.strict_img_size:
            assert size == self.img_size, f"Input height and width {size} do not match the model's {self.img_size}."
        x = self.proj(x)
        if self.flatten:
            x = x.flatten(2).transpose(1, 2)
        return self.norm(x)


class Attention(Module):
    def __init__(
        self,
        dim,
        num_heads=8,
        qkv_bias=False,
        qk_scale=None,
        qk_norm=False,
        attn_drop=0.0,
        proj_drop=0.0,
        norm_layer=nn.LayerNorm,
    ):
        super().__init__()
        assert dim % num_heads == 0, "dim should be divisible by num_heads"
        self.num_heads = num_heads
        self.head_dim = dim // num_heads
        self.scale = qk_scale or self.head_dim**-0.5
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.q_norm = norm_layer(self.head_dim) if qk_norm else nn.Identity()
        self.k_norm = norm_layer(self.head_dim) if qk_norm else nn.Identity()
        self.attn_drop = nn.Dropout(attn_drop)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x):
        samples, tokens, width = x.shape
        qkv = self.qkv(x).reshape(samples, tokens, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        q, k, v = self.q_norm(qkv[0]), self.k_norm(qkv[1]), qkv[2]
        weights = self.attn_drop((q * self.scale @ k.transpose(-2, -1)).softmax(dim=-1))
        return self.proj_drop(self.proj((weights @ v).transpose(1, 2).reshape(samples, tokens, width)))


class LayerScale(Module):
    def __init__(self, dim, init_values=1e-5, inplace=False):
        super().__init__()
        self.inplace = inplace
        self.gamma = nn.Parameter(init_values * torch.ones(dim))

    def forward(self, x):
        return x * self.gamma


class Block(Module):
    def __init__(
        self,
        dim,
        num_heads,
        mlp_ratio=4.0,
        qkv_bias=False,
        qk_scale=None,
        drop=0.0,
        attn_drop=0.0,
        drop_path=0.0,
        act_layer=nn.GELU,
        norm_layer=nn.LayerNorm,
        qk_norm=False,
        proj_drop=None,
        init_values=None,
        mlp_layer=Mlp,
    ):
        super().__init__()
        drop = drop if proj_drop is None else proj_drop

        def scaling():
            return LayerScale(dim, init_values) if init_values else nn.Identity()

        def dropping():
            return DropPath(drop_path) if drop_path > 0.0 else nn.Identity()

        self.norm1 = norm_layer(dim)
        self.attn = Attention(dim, num_heads, qkv_bias, qk_scale, qk_norm, attn_drop, drop, norm_layer)
        self.ls1 = scaling()
        self.drop_path1 = self.drop_path = dropping()
        self.norm2 = norm_layer(dim)
        self.mlp = mlp_layer(
            in_features=dim, hidden_features=int(dim * mlp_ratio), act_layer=act_layer, drop=drop
        )
        self.ls2 = scaling()
        self.drop_path2 = dropping()

    def forward(self, x):
        x = x + self.drop_path1(self.ls1(self.attn(self.norm1(x))))
        return x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))


class VisionTransformer(Module):
    """Takes the arguments of old and new versions of timm."""

    def __init__(
        self,
        img_size=224,
        patch_size=16,
        in_chans=3,
        num_classes=1000,
        global_pool="token",
        embed_dim=768,
        depth=12,
        num_heads=12,
        mlp_ratio=4.0,
        qkv_bias=True,
        qk_norm=False,
        init_values=None,
        class_token=True,
        fc_norm=None,
        drop_rate=0.0,
        pos_drop_rate=None,
        proj_drop_rate=None,
        attn_drop_rate=0.0,
        drop_path_rate=0.0,
        weight_init="",
        embed_layer=PatchEmbed,
        norm_layer=None,
        act_layer=None,
        block_fn=Block,
        mlp_layer=Mlp,
        qk_scale=None,
        **kwargs,
    ):
        super().__init__()
        norm_layer = norm_layer or partial(nn.LayerNorm, eps=1e-6)
        act_layer = act_layer or nn.GELU
        self.num_classes = num_classes
        self.global_pool = global_pool
        self.num_features = self.embed_dim = embed_dim
        self.num_tokens = self.num_prefix_tokens = 1 if class_token else 0
        self.patch_embed = embed_layer(
            img_size=img_size, patch_size=patch_size, in_chans=in_chans, embed_dim=embed_dim
        )
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dim)) if class_token else None
        self.pos_embed = nn.Parameter(
            torch.randn(1, self.patch_embed.num_patches + self.num_prefix_tokens, embed_dim) * 0.02
        )
        self.pos_drop = nn.Dropout(drop_rate if pos_drop_rate is None else pos_drop_rate)
        depths = [drop_path_rate * i / max(depth - 1, 1) for i in range(depth)]
        proj_drop = drop_rate if proj_drop_rate is None else proj_drop_rate
        self.norm_pre = nn.Identity()
        self.blocks = nn.Sequential(
            *[
                block_fn(
                    dim=embed_dim,
                    num_heads=num_heads,
                    mlp_ratio=mlp_ratio,
                    qkv_bias=qkv_bias,
                    drop=proj_drop,
                    attn_drop=attn_drop_rate,
                    drop_path=depths[i],
                    norm_layer=norm_layer,
                    act_layer=act_layer,
                    **_given(qk_norm=qk_norm, init_values=init_values, qk_scale=qk_scale),
                )
                for i in range(depth)
            ]
        )
        pools_first = global_pool == "avg" if fc_norm is None else fc_norm
        self.norm = nn.Identity() if pools_first else norm_layer(embed_dim)
        self.fc_norm = norm_layer(embed_dim) if pools_first else nn.Identity()
        self.head_drop = nn.Dropout(drop_rate)
        self.head = nn.Linear(embed_dim, num_classes) if num_classes > 0 else nn.Identity()
        if self.cls_token is not None:
            nn.init.normal_(self.cls_token, std=1e-6)
        self.apply(self._init_weights)

    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def no_weight_decay(self):
        return {"pos_embed", "cls_token", "dist_token"}

    def get_classifier(self):
        return self.head

    def reset_classifier(self, num_classes, global_pool=None):
        self.num_classes = num_classes
        self.global_pool = self.global_pool if global_pool is None else global_pool
        self.head = nn.Linear(self.embed_dim, num_classes) if num_classes > 0 else nn.Identity()

    def forward_features(self, x):
        x = self.patch_embed(x)
        if self.cls_token is not None:
            x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        x = self.norm_pre(self.pos_drop(x + self.pos_embed))
        return self.norm(self.blocks(x))

    def forward_head(self, x, pre_logits=False):
        # What a class of the code's own has pooled in forward_features has no axis of tokens any more.
        if x.ndim == 3:
            if self.global_pool == "avg":
                x = x[:, self.num_prefix_tokens :].mean(dim=1)
            elif self.global_pool:
                x = x[:, 0]
            x = self.head_drop(self.fc_norm(x))
        return x if pre_logits else self.head(x)

    def forward(self, x):
        return self.forward_head(self.forward_features(x))


def _given(**options):
    """Those that differ from every block's own default, so that a block of the code's own need not know the others."""
    return {name: value for name, value in options.items() if value}


def _cfg(url="", **kwargs):
    return {"url": url, "num_classes": 1000, "input_size": (3, 224, 224), **kwargs}


_widths = {"tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12), "large": (1024, 24, 16)}


def _named(family, size, patch, image):
    width, depth, heads = _widths[size]

    def make(pretrained=False, **kwargs):
        settings = dict(img_size=image, patch_size=patch, embed_dim=width, depth=depth, num_heads=heads)
        return VisionTransformer(**{**settings, **kwargs})

    make.__name__ = f"{family}_{size}_patch{patch}_{image}"
    return register_model(make)


for _size, _patches in (("tiny", (16,)), ("small", (16, 32)), ("base", (16, 32)), ("large", (16, 32))):
    for _patch in _patches:
        for _image in (224, 384):
            _named("vit", _size, _patch, _image)
for _size, _patch in (("small", 8), ("base", 8), ("large", 14)):
    _named("vit", _size, _patch, 224)
for _size, _image in (("tiny", 224), ("small", 224), ("base", 224), ("base", 384)):
    _named("deit", _size, 16, _image)
