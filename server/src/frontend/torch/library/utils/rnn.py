"""torch.nn.utils.rnn: sequences of different lengths."""

import torch
from torch._registry import stop


def _packed(*args, **kwargs):
    stop("packed sequences are not followed: their steps depend on the lengths in the data")


pack_padded_sequence = _packed
pad_packed_sequence = _packed
pack_sequence = _packed
unpack_sequence = _packed


class PackedSequence:
    def __init__(self, *args, **kwargs):
        _packed()


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    longest = max(sequence.size(0) for sequence in sequences)
    padded = []
    for sequence in sequences:
        missing = longest - sequence.size(0)
        filling = torch.full((missing, *sequence.shape[1:]), padding_value, dtype=sequence.dtype)
        parts = [sequence, filling] if padding_side == "right" else [filling, sequence]
        padded.append(torch.cat(parts) if missing > 0 else sequence)
    return torch.stack(padded, 0 if batch_first else 1)
