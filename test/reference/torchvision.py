"""Small models of torchvision's classes: parameters, state keys, and loss, gradient norm and output in float64.

Usage: torchvision.py CASES.json → JSON on standard output. A case: {imports, expression, input}.
The values follow the fill rule of test/fixtures/models/generate.py.
"""

import json
import sys
import types

# This file is called like the package it needs.
sys.path.pop(0)
import torch

try:
    import torchvision.models
except RuntimeError:
    # A torchvision without its compiled operators; no model here uses one.
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
    import torchvision.models


def fill(model):
    for k, (name, p) in enumerate(model.named_parameters()):
        i = torch.arange(p.numel(), dtype=torch.float64)
        size = (p.numel() / p.shape[0]) ** -0.5 if p.dim() >= 2 else 0.05
        offset = 1.0 if p.dim() == 1 and name.endswith("weight") else 0.0
        p.data = (size * torch.sin(0.7 * i + 1.3 * k) + offset).reshape(p.shape)


def reference(case):
    namespace = {}
    exec(case["imports"], namespace)
    model = eval(case["expression"], namespace).double().eval()
    fill(model)
    count = 1
    for size in case["input"]:
        count *= size
    x = torch.sin(0.37 * torch.arange(count, dtype=torch.float64)).reshape(case["input"])
    output = model(x)
    if isinstance(output, dict):
        output = next(iter(output.values()))
    loss = output.square().mean() / 2
    gradients = torch.autograd.grad(loss, [p for p in model.parameters()], allow_unused=True)
    return {
        "parameters": [[name, list(p.shape)] for name, p in model.named_parameters()],
        "stateKeys": [[name, list(value.shape)] for name, value in model.state_dict().items()],
        "output": list(output.shape),
        "loss": loss.item(),
        "gradientNorm": sum(g.square().sum() for g in gradients if g is not None).sqrt().item(),
    }


if __name__ == "__main__":
    with open(sys.argv[1]) as cases:
        json.dump([reference(case) for case in json.load(cases)], sys.stdout)
