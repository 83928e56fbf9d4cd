"""Trains the character model on corpus.txt: python train.py"""

import numpy as np
import torch

from model import GPT, GPTConfig

batch_size = 32
learning_rate = 3e-3
weight_decay = 0.1
max_steps = 600
seed = 0


def main():
    torch.manual_seed(seed)
    text = open("corpus.txt", encoding="utf-8").read()
    characters = sorted(set(text))
    code = {character: i for i, character in enumerate(characters)}
    data = torch.tensor([code[character] for character in text])

    config = GPTConfig()
    assert config.vocab_size == len(characters), f"the text has {len(characters)} characters"
    model = GPT(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, betas=(0.9, 0.99), weight_decay=weight_decay)

    for step in range(max_steps):
        start = torch.randint(len(data) - config.block_size - 1, (batch_size,))
        x = torch.stack([data[i : i + config.block_size] for i in start])
        y = torch.stack([data[i + 1 : i + 1 + config.block_size] for i in start])
        logits, loss = model(x, y)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0 or step == max_steps - 1:
            print(f"step {step}: loss {loss.item():.4f}")

    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": max_steps}, "chargpt.pt")

    start = np.arange(0, len(data) - config.block_size - 1, config.block_size)[:128]
    x = np.stack([data[i : i + config.block_size].numpy() for i in start])
    y = np.stack([data[i + 1 : i + 1 + config.block_size].numpy() for i in start])
    np.savez_compressed("sequences.npz", x=x, y=y)


if __name__ == "__main__":
    main()
