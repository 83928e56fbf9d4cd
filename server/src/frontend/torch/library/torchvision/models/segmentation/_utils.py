"""A backbone, a head on its features, and the result at the size of the input."""

from collections import OrderedDict

from torch import nn
import torch.nn.functional as F


class _SimpleSegmentationModel(nn.Module):
    def __init__(self, backbone, classifier, aux_classifier=None):
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier
        self.aux_classifier = aux_classifier

    def forward(self, x):
        size = x.shape[-2:]
        features = self.backbone(x)
        heads = {"out": self.classifier}
        if self.aux_classifier is not None:
            heads["aux"] = self.aux_classifier
        result = OrderedDict()
        for name, head in heads.items():
            result[name] = F.interpolate(head(features[name]), size=size, mode="bilinear", align_corners=False)
        return result
