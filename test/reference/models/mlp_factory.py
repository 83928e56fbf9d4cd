import torch
import torch.nn as nn


def make_net(sizes=(6, 12, 10, 3), activation=nn.Tanh, final_bias=True):
    layers = []
    for i, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:])):
        last = i == len(sizes) - 2
        layers.append(nn.Linear(fan_in, fan_out, bias=final_bias or not last))
        if not last:
            layers += [activation()]
    return nn.Sequential(*layers)


def example(generator):
    x = torch.randn(40, 6, generator=generator)
    y = torch.randint(0, 3, (40,), generator=generator)
    return make_net(), {"x": x, "y": y}, "cross_entropy"


MODEL = "make_net"
