import torch
import torch.nn as nn
import torch.nn.functional as F


class Autoencoder(nn.Module):
    """Encoder and decoder with transposed convolutions, instance normalisation and a mean-squared error."""

    def __init__(self, latent=4):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.InstanceNorm2d(4, affine=True), nn.LeakyReLU(0.2),
            nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), nn.Mish(), nn.Flatten(),
        )
        self.fc = nn.Linear(6 * 2 * 2, latent)
        self.decode_fc = nn.Linear(latent, 6 * 2 * 2)
        self.decoder = nn.Sequential(
            nn.Unflatten(1, (6, 2, 2)), nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1), nn.SELU(),
            nn.Conv2d(4, 4, 3, padding=1), nn.PixelShuffle(2), nn.Sigmoid(),
        )

    def forward(self, x):
        z = F.normalize(self.fc(self.encoder(x)), dim=-1)
        return self.decoder(self.decode_fc(z))


def example(generator):
    x = torch.rand(6, 1, 8, 8, generator=generator)
    return Autoencoder(), {"x": x, "y": x.clone()}, "mse"


MODEL = "Autoencoder"
