import torch
from torch import nn


def _make_divisible(v, divisor, min_value=None):
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return new_v


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        hidden = _make_divisible(channels / reduction, 2)
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, hidden), nn.Softplus(), nn.Linear(hidden, channels), nn.Hardsigmoid()
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        return x * self.fc(self.avg_pool(x).view(b, c)).view(b, c, 1, 1)


class ConvBNAct(nn.Sequential):
    def __init__(self, c_in, c_out, kernel=3, stride=1, groups=1, act=nn.Hardswish):
        super().__init__(
            nn.Conv2d(c_in, c_out, kernel, stride, padding=(kernel - 1) // 2, groups=groups, bias=False),
            nn.BatchNorm2d(c_out),
            act() if act is not None else nn.Identity(),
        )


class InvertedResidual(nn.Module):
    def __init__(self, c_in, c_out, stride, expand, use_se):
        super().__init__()
        hidden = c_in * expand
        self.use_res_connect = stride == 1 and c_in == c_out
        layers = []
        if expand != 1:
            layers.append(ConvBNAct(c_in, hidden, kernel=1))
        layers.extend([ConvBNAct(hidden, hidden, stride=stride, groups=hidden)])
        if use_se:
            layers.append(SqueezeExcite(hidden))
        layers.append(ConvBNAct(hidden, c_out, kernel=1, act=None))
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNet(nn.Module):
    settings = [
        # out, stride, expand, squeeze-excite
        [4, 1, 1, False],
        [6, 2, 2, True],
        [6, 1, 2, True],
    ]

    def __init__(self, num_classes=4, width_mult=1.0):
        super().__init__()
        channels = _make_divisible(4 * width_mult, 2)
        features = [ConvBNAct(3, channels, stride=1)]
        for out, stride, expand, se in self.settings:
            out = _make_divisible(out * width_mult, 2)
            features.append(InvertedResidual(channels, out, stride, expand, se))
            channels = out
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(p=0.2), nn.Linear(channels, num_classes))
        self._initialize_weights()

    def _initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, (2.0 / n) ** 0.5)
                if m.bias is not None:
                    m.bias.data.zero_()
            elif isinstance(m, nn.BatchNorm2d):
                m.weight.data.fill_(1)
                m.bias.data.zero_()

    def forward(self, x):
        x = self.features(x)
        x = x.mean([2, 3])
        return self.classifier(x)


def example(generator):
    x = torch.randn(8, 3, 8, 8, generator=generator)
    y = torch.randint(0, 4, (8,), generator=generator)
    return MobileNet(), {"x": x, "y": y}, "cross_entropy"


MODEL = "MobileNet"
