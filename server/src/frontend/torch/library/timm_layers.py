"""The layers and functions of timm that model files import most."""

import collections.abc

from torch import nn
from torch.nn import init
from torch.nn.modules.module import Module

trunc_normal_ = init.trunc_normal_


def drop_path(x, drop_prob=0.0, training=False, scale_by_keep=True):
    """Drops whole samples of a residual branch (Huang et al. 2016)."""
    if drop_prob == 0.0 or not training:
        return x
    keep = 1 - drop_prob
    kept = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep)
    if keep > 0.0 and scale_by_keep:
        kept = kept / keep
    return x * kept


class DropPath(Module):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop_prob = drop_prob
        self.scale_by_keep = scale_by_keep

    def forward(self, x):
        return drop_path(x, self.drop_prob, self.training, self.scale_by_keep)


def _repeated(count):
    def parse(value):
        if isinstance(value, collections.abc.Iterable) and not isinstance(value, str):
            return tuple(value)
        return (value,) * count

    return parse


to_1tuple = _repeated(1)
to_2tuple = _repeated(2)
to_3tuple = _repeated(3)
to_4tuple = _repeated(4)


def make_divisible(v, divisor=8, min_value=None, round_limit=0.9):
    least = min_value or divisor
    rounded = max(least, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < round_limit * v else rounded


class Mlp(Module):
    def __init__(
        self,
        in_features,
        hidden_features=None,
        out_features=None,
        act_layer=nn.GELU,
        norm_layer=None,
        bias=True,
        drop=0.0,
        use_conv=False,
    ):
        super().__init__()
        out_features = out_features or in_features
        hidden_features = hidden_features or in_features
        bias = to_2tuple(bias)
        drop = to_2tuple(drop)

        def layer(inputs, outputs, with_bias):
            return nn.Conv2d(inputs, outputs, 1, bias=with_bias) if use_conv else nn.Linear(inputs, outputs, bias=with_bias)

        self.fc1 = layer(in_features, hidden_features, bias[0])
        self.act = act_layer()
        self.drop1 = nn.Dropout(drop[0])
        self.norm = norm_layer(hidden_features) if norm_layer is not None else nn.Identity()
        self.fc2 = layer(hidden_features, out_features, bias[1])
        self.drop2 = nn.Dropout(drop[1])

    def forward(self, x):
        x = self.drop1(self.act(self.fc1(x)))
        return self.drop2(self.fc2(self.norm(x)))


class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels of [N, C, H, W]."""

    def __init__(self, num_channels, eps=1e-6, affine=True):
        super().__init__(num_channels, eps=eps, elementwise_affine=affine)

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class SqueezeExcite(Module):
    def __init__(
        self,
        in_chs,
        rd_ratio=0.25,
        rd_channels=None,
        act_layer=nn.ReLU,
        gate_layer=nn.Sigmoid,
        force_act_layer=None,
        rd_round_fn=None,
    ):
        super().__init__()
        reduced = rd_channels or (rd_round_fn or round)(in_chs * rd_ratio)
        self.conv_reduce = nn.Conv2d(in_chs, reduced, 1)
        self.act1 = (force_act_layer or act_layer)(inplace=True)
        self.conv_expand = nn.Conv2d(reduced, in_chs, 1)
        self.gate = gate_layer()

    def forward(self, x):
        scale = self.conv_expand(self.act1(self.conv_reduce(x.mean((2, 3), keepdim=True))))
        return x * self.gate(scale)


# Residual networks whose modules timm names as torchvision does.
_resnets = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
_entry_points = {}


def register_model(fn):
    _entry_points[fn.__name__] = fn
    return fn


def create_model(model_name, pretrained=False, checkpoint_path="", **kwargs):
    """A model that the code itself has registered, or one of those of timm that are written here."""
    given = {name: value for name, value in kwargs.items() if value is not None}
    if model_name not in _entry_points:
        # Registers the models of its family.
        from timm.models._vision_transformer import VisionTransformer

        assert VisionTransformer
    if model_name in _entry_points:
        return _entry_points[model_name](pretrained=pretrained, **given)
    if model_name in _resnets and set(given) <= {"num_classes"}:
        from torchvision import models

        return getattr(models, model_name)(weights="DEFAULT" if pretrained else None, **given)
    from timm.models import models_of_timm

    return models_of_timm(model_name)
