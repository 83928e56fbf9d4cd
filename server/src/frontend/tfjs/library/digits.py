"""`MnistData` of TensorFlow.js's examples: what its methods give of the digits, which it fetches and draws on a page."""

import torch

from _javascript import Record
from keras._stored import stored

TOGETHER = 65000


def arrays(train, part, count):
    pixels, labels = [
        stored("MnistData", (), (), {"train": train}, f"{name}_{part}", (count, width), torch.float32)
        for name, width in (("x", 784), ("y", 10))
    ]
    return pixels, labels


def known(cls, train):
    def batch(part, count, all_of_them):
        """Of digits in an order of chance the first ones are as good as others."""
        pixels, labels = arrays(train, part, all_of_them)
        return Record({"xs": pixels[:count], "labels": labels[:count]})

    def whole(part, all_of_them, count=None):
        pixels, labels = arrays(train, part, all_of_them)
        return Record({"xs": pixels.reshape((all_of_them, 28, 28, 1))[:count], "labels": labels[:count]})

    test = TOGETHER - train
    methods = {
        "load": lambda this, *more: None,
        "nextTrainBatch": lambda this, count, *more: batch("train", count, train),
        "nextTestBatch": lambda this, count, *more: batch("test", count, test),
        "getTrainData": lambda this, *more: whole("train", train),
        "getTestData": lambda this, count=None, *more: whole("test", test, count),
    }
    for name, method in methods.items():
        if hasattr(cls, name):
            setattr(cls, name, method)
    return cls
