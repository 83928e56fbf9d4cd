"""PyHessian's way on the network of resnet20.ts, trained for some steps first: double backward in PyTorch. Driven by lines on standard input:
`hvp` times one product, `power VALUE` runs power iteration as PyHessian 0.1 does (it stops at a relative change below 1e-3)
and goes on until its value is within 1e-3 of VALUE."""
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

TRAINING_STEPS = 100


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
        strides = [1, 1, 1, 2, 1, 1, 2, 1, 1]
        self.blocks = nn.Sequential(*(Block(widths[i], widths[i + 1], strides[i]) for i in range(9)))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(x.mean((2, 3)))


def main(folder, batch, threads):
    torch.set_num_threads(threads)
    model = ResNet20().eval()
    parameters = list(model.parameters())
    flat = torch.from_numpy(np.fromfile(f"{folder}/parameters", dtype=np.float32))
    torch.nn.utils.vector_to_parameters(flat, parameters)
    image = torch.from_numpy(np.fromfile(f"{folder}/image", dtype=np.float32)).reshape(batch, 3, 32, 32)
    target = torch.from_numpy(np.fromfile(f"{folder}/target", dtype=np.int32)).long()
    direction = torch.from_numpy(np.fromfile(f"{folder}/direction", dtype=np.float32))

    def train():
        """A spectrum as training leaves it: at initialisation one eigenvalue stands alone and any method finds it at once."""
        model.train()
        optimizer = torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
        for _ in range(TRAINING_STEPS):
            optimizer.zero_grad()
            F.cross_entropy(model(image), target).backward()
            optimizer.step()
        for norm in (m for m in model.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.reset_running_stats()
            norm.momentum = None
        model(image)
        model.eval()

    def gradients():
        loss = F.cross_entropy(model(image), target)
        return torch.autograd.grad(loss, parameters, create_graph=True)

    def product(grads, v):
        return torch.autograd.grad(grads, parameters, grad_outputs=v, retain_graph=True)

    def split(vector):
        return [part.reshape(p.shape) for part, p in zip(vector.split([p.numel() for p in parameters]), parameters)]

    train()
    torch.cat([p.detach().reshape(-1) for p in parameters]).numpy().tofile(f"{folder}/parameters")
    running = [b.reshape(-1) for name, b in model.named_buffers() if "num_batches" not in name]
    torch.cat(running).numpy().tofile(f"{folder}/buffers")
    grads = gradients()
    product(grads, split(direction))
    print("ready", torch.__version__, flat.numel(), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        if line.strip() == "hvp":
            result = product(grads, split(direction))
            seconds = time.perf_counter() - start
            torch.cat([r.reshape(-1) for r in result]).numpy().tofile(f"{folder}/product")
            print(seconds, flush=True)
        elif line.startswith("power"):
            grads = gradients()
            torch.manual_seed(0)
            v = [torch.randint_like(p, high=2) * 2 - 1 for p in parameters]
            accurate = float(line.split()[1])
            previous, stopped, steps = None, None, 0
            while steps < 100:
                steps += 1
                norm = torch.sqrt(sum((x * x).sum() for x in v)) + 1e-6
                v = [x / norm for x in v]
                hv = product(grads, v)
                value = sum((x * y).sum() for x, y in zip(v, hv)).item()
                v = [x.detach() for x in hv]
                seconds = time.perf_counter() - start
                if stopped is None and previous is not None and abs(previous - value) / (abs(previous) + 1e-6) < 1e-3:
                    stopped = (seconds, value, steps)
                if stopped is not None and abs(value / accurate - 1) < 1e-3:
                    break
                previous = value
            print(*stopped, seconds, value, steps, flush=True)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
