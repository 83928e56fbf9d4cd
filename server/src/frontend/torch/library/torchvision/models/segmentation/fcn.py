"""Fully convolutional networks (Long et al. 2015)."""

from torch import nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models._weights import __getattr__, builder
from torchvision.models.resnet import resnet50, resnet101
from torchvision.models.segmentation._utils import _SimpleSegmentationModel

DILATED = {"replace_stride_with_dilation": [False, True, True]}


class FCN(_SimpleSegmentationModel):
    pass


class FCNHead(nn.Sequential):
    def __init__(self, in_channels, channels):
        inner = in_channels // 4
        super().__init__(
            nn.Conv2d(in_channels, inner, 3, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(inner, channels, 1),
        )


def _on_resnet(model, head, resnet, num_classes, aux_loss):
    layers = {"layer4": "out", "layer3": "aux"} if aux_loss else {"layer4": "out"}
    backbone = IntermediateLayerGetter(resnet(**DILATED), return_layers=layers)
    auxiliary = FCNHead(1024, num_classes) if aux_loss else None
    return model(backbone, head(2048, num_classes), auxiliary)


@builder
def fcn_resnet50(num_classes=None, aux_loss=None):
    return _on_resnet(FCN, FCNHead, resnet50, num_classes or 21, aux_loss)


@builder
def fcn_resnet101(num_classes=None, aux_loss=None):
    return _on_resnet(FCN, FCNHead, resnet101, num_classes or 21, aux_loss)
