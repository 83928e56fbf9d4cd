import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, channels=(1, 5, 7), classes=4, dropout=0.25):
        super(Net, self).__init__()
        self.features = nn.ModuleList()
        for c_in, c_out in zip(channels, channels[1:]):
            self.features.append(nn.Conv2d(c_in, c_out, kernel_size=3, padding=1))
            self.features.append(nn.BatchNorm2d(c_out))
        self.drop = nn.Dropout2d(dropout)
        self.fc1 = nn.Linear(channels[-1] * 2 * 2, 12)
        self.fc2 = nn.Linear(12, classes)

    def num_flat_features(self, x):
        size = 1
        for s in x.size()[1:]:
            size *= s
        return size

    def forward(self, x):
        for i in range(0, len(self.features), 2):
            x = self.features[i + 1](self.features[i](x))
            x = F.max_pool2d(F.softplus(x), 2)
        x = self.drop(x)
        x = x.view(-1, self.num_flat_features(x))
        x = F.dropout(torch.tanh(self.fc1(x)), p=0.5, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


def example(generator):
    x = torch.randn(16, 1, 8, 8, generator=generator)
    y = torch.randint(0, 4, (16,), generator=generator)
    return Net(), {"x": x, "y": y}, "nll_loss"


MODEL = "Net"
