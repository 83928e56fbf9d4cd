"""Writes checkpoints in the ways people do into the folder given, and prints what PyTorch says is in them, as JSON.

    python checkpoints.py FOLDER

Printed: the model's tensors with role and values; per file, where its weights are the model's and where an average's
(which are the model's times two); per optimizer, its state in the order of the parameters.
"""

import collections
import copy
import json
import pathlib
import sys
import warnings

import torch
import torch.nn as nn

warnings.filterwarnings("ignore")
folder = pathlib.Path(sys.argv[1])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU())
        self.head = nn.Linear(2, 3)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class Trainer:
    """An object of the user's own that holds the model."""


torch.manual_seed(0)
net = Net()
names = list(net.state_dict())
parameters = list(net.parameters())
twice = copy.deepcopy(net)
with torch.no_grad():
    for tensor in twice.parameters():
        tensor.mul_(2)
averages = list(twice.parameters())


def prefixed(prefix, state):
    return {prefix + name: tensor for name, tensor in state.items()}


def dotless(prefix, module):
    return {prefix + name.replace(".", ""): tensor for name, tensor in module.named_parameters()}


def compiled_state(module):
    # Before PyTorch 2 there was no compile; its prefix is the same since.
    if hasattr(torch, "compile"):
        return torch.compile(module).state_dict()
    return prefixed("_orig_mod.", module.state_dict())


def write_models():
    trainer = Trainer()
    trainer.model, trainer.epoch = net, 4
    state = net.state_dict()
    files = {
        "bare.pt": state,
        "module.pt": net,
        "data_parallel.pt": nn.DataParallel(net),
        "compiled.pt": compiled_state(net),
        "graph_module.pt": torch.fx.symbolic_trace(net),
        "object.pt": trainer,
        "wrapped_twice.pt": {"net": prefixed("module._orig_mod.", state)},
        "lightning.ckpt": {
            "epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.4.0", "state_dict": prefixed("net.", state),
            "loops": {}, "callbacks": {}, "optimizer_states": [torch.optim.SGD(parameters, 0.1).state_dict()],
            "lr_schedulers": [], "hyper_parameters": {"width": 2},
        },
        "mp_rank_00_model_states.pt": {
            "module": state, "buffer_names": [], "optimizer": None, "lr_scheduler": {"last_epoch": 3}, "global_steps": 77,
            "param_shapes": [collections.OrderedDict((name, p.shape) for name, p in net.named_parameters())],
            "sparse_tensor_module_names": set(), "skipped_steps": 0, "dp_world_size": 1, "ds_config": {"zero": {"stage": 1}},
        },
    }
    for name, value in files.items():
        torch.save(value, folder / name)
    torch.save(net, folder / "legacy_module.pt", _use_new_zipfile_serialization=False)
    torch.jit.script(net).save(folder / "scripted.pt")
    torch.jit.trace(net.eval(), torch.randn(1, 1, 6, 6)).save(folder / "traced.pt")
    net.train()
    return [*files, "legacy_module.pt", "scripted.pt", "traced.pt"]


def write_averages():
    state, average = net.state_dict(), twice.state_dict()
    shadow = {"decay": 0.9, "num_updates": 5, "shadow_params": averages, "collected_params": None}
    averaged = torch.optim.swa_utils.AveragedModel(twice)
    files = {
        "dict.pt": {"model": state, "model_ema": average},
        "params.pt": {"params": state, "params_ema": average},
        "list.pt": {"net": state, "ema": averages},
        "shadow.pt": {"model": state, "ema": shadow},
        "half_module.pt": {"model": net, "ema": copy.deepcopy(twice).half(), "updates": 9},
        "averaged.pt": {"model": state, "swa_state_dict": averaged.state_dict()},
        "online.pt": {"model": {**prefixed("online_model.", state), **prefixed("ema_model.", average)}},
        "buffers.ckpt": {"state_dict": {**prefixed("model.", state), **dotless("model_ema.", twice)}},
    }
    for name, value in files.items():
        torch.save(value, folder / name)
    return list(files)


def write_shards():
    state = list(net.state_dict().items())
    place = folder / "shards"
    place.mkdir()
    weight_map = {}
    for shard, part in enumerate((state[:4], state[4:]), 1):
        name = f"pytorch_model-{shard:05}-of-00002.bin"
        torch.save(dict(part), place / name)
        weight_map.update({key: name for key, _ in part})
    (place / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}))
    (place / "config.json").write_text(json.dumps({"architectures": ["Net"], "model_type": "net"}))


def write_optimizers():
    written = {}
    for name in ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "Rprop", "ASGD"]:
        more = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
        optimizer = getattr(torch.optim, name)(parameters, lr=1e-3, **more)
        for _ in range(2):
            optimizer.zero_grad()
            net(torch.randn(4, 1, 6, 6)).square().sum().backward()
            optimizer.step()
        torch.save({"model": net.state_dict(), "optimizer": optimizer.state_dict()}, folder / f"{name}.pt")
        state = optimizer.state_dict()["state"]
        written[name] = [
            {key: values(value) for key, value in state[i].items() if value is not None} for i in range(len(parameters))
        ]
    return written


def values(value):
    return value.to(torch.float64).reshape(-1).tolist() if torch.is_tensor(value) else [float(value)]


def wanted(module):
    own = dict(module.named_parameters())
    return [
        {"name": name, "shape": list(t.shape), "role": "trained parameter" if name in own else "buffer", "values": values(t)}
        for name, t in module.state_dict().items()
    ]


result = {"models": write_models(), "averages": write_averages()}
write_shards()
result["model"], result["average"] = wanted(net), wanted(twice)
result["optimizers"] = write_optimizers()
print(json.dumps(result))
