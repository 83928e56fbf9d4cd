import math

import torch
import torch.nn as nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=16):
        super().__init__()
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0))

    def forward(self, x):
        return x + self.pe[:, : x.size(1)]


class Classifier(nn.Module):
    def __init__(self, vocab=9, d_model=8, nhead=2, layers=1, classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_model)
        self.position = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=12, dropout=0.1, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=layers)
        self.cls = nn.Parameter(torch.randn(1, 1, d_model) * 0.1)
        self.head = nn.Linear(d_model, classes)

    def forward(self, tokens):
        x = self.embed(tokens) * math.sqrt(self.embed.embedding_dim)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), self.position(x)], dim=1)
        return self.head(self.encoder(x)[:, 0])


def example(generator):
    x = torch.randint(0, 9, (10, 5), generator=generator)
    y = torch.randint(0, 3, (10,), generator=generator)
    return Classifier(), {"x": x, "y": y}, "cross_entropy"


MODEL = "Classifier"
