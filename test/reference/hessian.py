"""Writes checkpoint, data and the dense float64 truth of one reference model.

Usage: hessian.py MODEL.py FOLDER
Writes FOLDER/checkpoint.pt, FOLDER/data.npz and FOLDER/expected.json.
"""

import importlib.util
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

# PyTorch has no second derivative of hardsigmoid; this is the same function out of parts that have one.
F.hardsigmoid = lambda x, inplace=False: F.relu6(x + 3) / 6

LOSSES = {
    "cross_entropy": F.cross_entropy,
    "nll_loss": F.nll_loss,
    "mse": F.mse_loss,
    "bce_with_logits": F.binary_cross_entropy_with_logits,
}


def warm_up_statistics(model, x):
    """Gives the running statistics values other than their initial 0 and 1."""
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(x)
    model.eval()


def full_hessian(loss, parameters):
    gradient = torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, parameters, create_graph=True)])
    rows = []
    for g in gradient:
        row = torch.autograd.grad(g, parameters, retain_graph=True, allow_unused=True)
        rows.append(torch.cat([(torch.zeros_like(p) if r is None else r).reshape(-1) for r, p in zip(row, parameters)]))
    return gradient.detach(), torch.stack(rows)


def train_sharpness(model, loss_of):
    """Largest eigenvalue in train mode with batch statistics but without dropout; None where the mode changes nothing."""
    if not any("running_var" in name for name, _ in model.named_buffers()):
        return None
    model.train()
    for name in ("dropout", "dropout2d"):
        setattr(F, name, lambda x, p=0.5, training=True, inplace=False: x)
    parameters = [p for p in model.parameters() if p.requires_grad]
    _, hessian = full_hessian(loss_of(), parameters)
    return torch.linalg.eigvalsh((hessian + hessian.T) / 2)[-1].item()


def main():
    source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    spec = importlib.util.spec_from_file_location(source.stem, source)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name.
    sys.modules[source.stem] = module
    spec.loader.exec_module(module)

    torch.manual_seed(1)
    model, data, loss_name = module.example(torch.Generator().manual_seed(2))
    warm_up_statistics(model, data["x"])
    torch.save({"epoch": 3, "model_state_dict": model.state_dict()}, folder / "checkpoint.pt")
    np.savez(folder / "data.npz", **{name: value.numpy() for name, value in data.items()})

    model = model.double()
    x, y = (value.double() if value.is_floating_point() else value for value in (data["x"], data["y"]))

    def loss_of():
        return model(x, y)[1] if loss_name is None else LOSSES[loss_name](model(x), y)

    loss = loss_of()
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradient, hessian = full_hessian(loss, parameters)
    asymmetry = (hessian - hessian.T).abs().max().item()
    eigenvalues = torch.linalg.eigvalsh((hessian + hessian.T) / 2)

    offset, layer_traces = 0, {}
    for name, p in model.named_parameters():
        layer_traces[name] = hessian.diagonal()[offset : offset + p.numel()].sum().item()
        offset += p.numel()

    (folder / "expected.json").write_text(
        json.dumps(
            {
                "model": module.MODEL,
                "loss": loss_name,
                "lossValue": loss.item(),
                "gradientNorm": gradient.norm().item(),
                "top": eigenvalues.flip(0)[:3].tolist(),
                "bottom": eigenvalues[0].item(),
                "trace": hessian.diagonal().sum().item(),
                "layerTraces": layer_traces,
                "frobenius": hessian.norm().item(),
                "asymmetry": asymmetry,
                "trainSharpness": train_sharpness(model, loss_of),
                "parameters": [[name, list(p.shape)] for name, p in model.named_parameters()],
                "stateKeys": list(model.state_dict()),
                "total": sum(p.numel() for p in model.parameters()),
            }
        )
    )


if __name__ == "__main__":
    main()
