import torch
import torch.nn as nn


class Forecaster(nn.Module):
    """A recurrent regressor with a one-dimensional convolution in front."""

    def __init__(self, features=3, hidden=7):
        super().__init__()
        self.conv = nn.Conv1d(features, 6, kernel_size=3, padding=2, dilation=2, padding_mode="circular")
        self.act = nn.PReLU()
        self.rnn = nn.GRU(6, hidden, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Bilinear(hidden, features, 1)

    def forward(self, x):
        h = self.act(self.conv(x.permute(0, 2, 1))).permute(0, 2, 1)
        h, _ = self.rnn(h)
        return self.out(self.norm(h[:, -1]), x[:, -1]).squeeze(-1)


def example(generator):
    x = torch.randn(12, 7, 3, generator=generator)
    y = torch.randn(12, generator=generator)
    return Forecaster(), {"x": x, "y": y}, "mse"


MODEL = "Forecaster"
