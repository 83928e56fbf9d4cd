import torch
import torch.nn as nn
import torch.nn.functional as F


class DoubleConv(nn.Module):
    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.GroupNorm(2, mid_channels),
            nn.GELU(),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding="same", padding_mode="reflect"),
            nn.GroupNorm(2, out_channels),
            nn.ELU(),
        )

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear=False):
        super().__init__()
        if bilinear:
            self.up = nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(in_channels, in_channels // 2, 1)
            )
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
        self.conv = DoubleConv(in_channels // 2 + out_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        diff_y = x2.size()[2] - x1.size()[2]
        diff_x = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diff_x // 2, diff_x - diff_x // 2, diff_y // 2, diff_y - diff_y // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


class UNet(nn.Module):
    def __init__(self, n_channels=1, width=2, bilinear=(False, True)):
        super(UNet, self).__init__()
        self.inc = DoubleConv(n_channels, width)
        self.downs = nn.ModuleDict({f"down{i}": DoubleConv(width * 2**i, width * 2 ** (i + 1)) for i in range(2)})
        self.up1 = Up(4 * width, 2 * width, bilinear[0])
        self.up2 = Up(2 * width, width, bilinear[1])
        self.outc = nn.Conv2d(width, 1, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        skips = [x1]
        for name, down in self.downs.items():
            assert name.startswith("down")
            skips.append(down(F.avg_pool2d(skips[-1], 2)))
        x = self.up1(skips[2], skips[1])
        x = self.up2(x, skips[0])
        return self.outc(x)


def example(generator):
    x = torch.randn(4, 1, 10, 10, generator=generator)
    y = (torch.rand(4, 1, 10, 10, generator=generator) > 0.5).float()
    return UNet(), {"x": x, "y": y}, "bce_with_logits"


MODEL = "UNet"
