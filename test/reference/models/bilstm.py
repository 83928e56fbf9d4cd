import torch
import torch.nn as nn


class SequenceTagger(nn.Module):
    def __init__(self, vocab_size=13, embedding_dim=5, hidden_dim=6, num_classes=3):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, num_layers=2, bidirectional=True, batch_first=True, dropout=0.3)
        self.classifier = nn.Linear(2 * hidden_dim, num_classes)

    def forward(self, tokens):
        embedded = self.embedding(tokens)
        output, (h_n, c_n) = self.lstm(embedded)
        last = torch.cat((h_n[-2], h_n[-1]), dim=1)
        return self.classifier(last + output.mean(dim=1))


def example(generator):
    x = torch.randint(0, 13, (10, 6), generator=generator)
    y = torch.randint(0, 3, (10,), generator=generator)
    return SequenceTagger(), {"x": x, "y": y}, "cross_entropy"


MODEL = "SequenceTagger"
