"""Trains DigitNet on scikit-learn's digits.

The committed digits.pt was made by

    python train.py --lr 0.02 --epochs 8

Afterwards someone raised the default learning rate "to finish faster". Resuming with it goes wrong:

    python train.py --resume digits.pt --epochs 3
"""

import argparse

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

from model import DigitNet

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--momentum", type=float, default=0.9)
parser.add_argument("--weight-decay", type=float, default=5e-4)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--resume", default=None)
parser.add_argument("--out", default="digits.pt")


def main():
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    data = np.load("digits.npz")
    images, labels = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
    loader = DataLoader(TensorDataset(images, labels), batch_size=args.batch_size, shuffle=True)

    model = DigitNet(width=16)
    if args.resume:
        model.load_state_dict(torch.load(args.resume)["model"])
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=args.lr, momentum=args.momentum, weight_decay=args.weight_decay
    )

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        print(f"epoch {epoch + 1}: training loss {total / len(images):.4f}")

    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": args.epochs}, args.out)


if __name__ == "__main__":
    main()
