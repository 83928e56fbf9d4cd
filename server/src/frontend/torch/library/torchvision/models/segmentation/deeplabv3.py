"""DeepLabv3 (Chen et al. 2017): a pyramid of dilated convolutions."""

import torch
from torch import nn
import torch.nn.functional as F
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models._weights import __getattr__, builder
from torchvision.models.mobilenetv3 import mobilenet_v3_large
from torchvision.models.resnet import resnet50, resnet101
from torchvision.models.segmentation._utils import _SimpleSegmentationModel
from torchvision.models.segmentation.fcn import FCNHead, _on_resnet


class DeepLabV3(_SimpleSegmentationModel):
    pass


class ASPPConv(nn.Sequential):
    def __init__(self, in_channels, out_channels, dilation):
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )


class ASPPPooling(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )

    def forward(self, x):
        return F.interpolate(super().forward(x), size=x.shape[-2:], mode="bilinear", align_corners=False)


class ASPP(nn.Module):
    def __init__(self, in_channels, atrous_rates, out_channels=256):
        super().__init__()
        plain = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()
        )
        dilated = [ASPPConv(in_channels, out_channels, rate) for rate in atrous_rates]
        self.convs = nn.ModuleList([plain, *dilated, ASPPPooling(in_channels, out_channels)])
        self.project = nn.Sequential(
            nn.Conv2d(len(self.convs) * out_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Dropout(0.5),
        )

    def forward(self, x):
        return self.project(torch.cat([conv(x) for conv in self.convs], dim=1))


class DeepLabHead(nn.Sequential):
    def __init__(self, in_channels, num_classes, atrous_rates=(12, 24, 36)):
        super().__init__(
            ASPP(in_channels, atrous_rates),
            nn.Conv2d(256, 256, 3, padding=1, bias=False),
            nn.BatchNorm2d(256),
            nn.ReLU(),
            nn.Conv2d(256, num_classes, 1),
        )


@builder
def deeplabv3_resnet50(num_classes=None, aux_loss=None):
    return _on_resnet(DeepLabV3, DeepLabHead, resnet50, num_classes or 21, aux_loss)


@builder
def deeplabv3_resnet101(num_classes=None, aux_loss=None):
    return _on_resnet(DeepLabV3, DeepLabHead, resnet101, num_classes or 21, aux_loss)


@builder
def deeplabv3_mobilenet_v3_large(num_classes=None, aux_loss=None):
    num_classes = num_classes or 21
    features = mobilenet_v3_large(dilated=True).features
    # The layers before each reduction of the resolution, and the last one.
    stages = [0] + [i for i, layer in enumerate(features) if getattr(layer, "_is_cn", False)] + [len(features) - 1]
    last, earlier = stages[-1], stages[-4]
    layers = {str(last): "out", str(earlier): "aux"} if aux_loss else {str(last): "out"}
    backbone = IntermediateLayerGetter(features, return_layers=layers)
    auxiliary = FCNHead(features[earlier].out_channels, num_classes) if aux_loss else None
    return DeepLabV3(backbone, DeepLabHead(features[last].out_channels, num_classes), auxiliary)
