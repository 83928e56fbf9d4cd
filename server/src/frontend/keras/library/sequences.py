"""Lists of words of different lengths, and the functions that make arrays of them."""

from numpy._array import ndarray
from torch._registry import is_unknown, unknown


class Sequences:
    """A list of sequences of a data set: their number is known; their values are, once they have one length."""

    def __init__(self, count, padded):
        self._count = count
        self._padded = padded

    shape = property(lambda self: (self._count,))

    def __len__(self):
        return self._count

    def __getitem__(self, key):
        if isinstance(key, slice):
            count = len(range(*key.indices(self._count)))
            return Sequences(count, lambda length, **options: self._padded(length, **options)[key])
        if isinstance(key, ndarray):
            return Sequences(len(key), lambda length, **options: self._padded(length, **options)[key])
        return unknown("a sequence of a data set")

    def __iter__(self):
        return unknown("the sequences of a data set")


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    known = isinstance(sequences, Sequences) and isinstance(maxlen, int)
    if not known or is_unknown(padding) or is_unknown(truncating) or is_unknown(value):
        return unknown("sequences that are padded to a length that is not known")
    return sequences._padded(maxlen, padding=padding, truncating=truncating, value=value)
