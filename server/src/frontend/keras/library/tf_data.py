"""tf.data.Dataset over arrays of data: every element is a row of them. What maps elements is run once, on arrays of all rows.

Shuffling, caching, repeating and prefetching change no sample; batches are remembered by their size.
"""

import torch
from torch._registry import is_unknown, unknown

from keras._layer import as_tensor
from keras._stored import lifted, sample_of
from keras._structure import flatten, map_structure, pack_like

AUTOTUNE = -1


class Options:
    pass


def _unread_source(name):
    return staticmethod(lambda *args, **kwargs: unknown(f"tf.data.Dataset.{name} is not followed"))


class Dataset:
    def __init__(self, structure, batch=None, shuffled=False):
        self._structure = structure
        self._batch = batch
        self._shuffled = shuffled

    def __getattr__(self, name):
        return unknown(f"tf.data.Dataset.{name} is not followed")

    # -- sources

    @staticmethod
    def from_tensor_slices(tensors, name=None):
        if any([not isinstance(as_tensor(each), torch.Tensor) for each in flatten(tensors)]):
            return unknown("slices of values that are no arrays of data")
        return Dataset(map_structure(as_tensor, tensors))

    @staticmethod
    def from_tensors(tensors, name=None):
        return Dataset(map_structure(lambda each: as_tensor(each).unsqueeze(0), tensors))

    from_generator, list_files = _unread_source("from_generator"), _unread_source("list_files")
    range, random = _unread_source("range"), _unread_source("random")
    sample_from_datasets, choose_from_datasets = (
        _unread_source("sample_from_datasets"),
        _unread_source("choose_from_datasets"),
    )

    @staticmethod
    def zip(*datasets, name=None):
        given = datasets[0] if len(datasets) == 1 else datasets
        parts = flatten(given)
        if any([is_unknown(part) or not isinstance(part, Dataset) for part in parts]):
            return unknown("a data set that is not followed, joined with others")
        joined = map_structure(lambda part: part._structure, tuple(given))
        return Dataset(joined, parts[0]._batch, parts[0]._shuffled)

    # -- the same samples

    def _like(self, structure=None, batch=None, shuffled=None):
        return Dataset(
            self._structure if structure is None else structure,
            self._batch if batch is None else batch,
            self._shuffled if shuffled is None else shuffled,
        )

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=None, name=None):
        return self._like(shuffled=True)

    def prefetch(self, *args, **kwargs):
        return self

    cache = repeat = with_options = prefetch

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        return self._like(batch=batch_size)

    def padded_batch(self, batch_size, *args, **kwargs):
        return self._like(batch=batch_size)

    def unbatch(self, name=None):
        return Dataset(self._structure, None, self._shuffled)

    # -- parts

    def _count(self, elements):
        return elements if self._batch is None else elements * self._batch

    def take(self, count, name=None):
        # All of them.
        if isinstance(count, int) and count < 0:
            return self
        end = self._count(count)
        return self._like(map_structure(lambda each: each[:end], self._structure))

    def skip(self, count, name=None):
        begin = self._count(count)
        return self._like(map_structure(lambda each: each[begin:], self._structure))

    def concatenate(self, dataset, name=None):
        others = iter(flatten(dataset._structure))
        return self._like(map_structure(lambda each: torch.cat([each, next(others)]), self._structure))

    # -- changes of samples

    def map(self, map_func, num_parallel_calls=None, deterministic=None, name=None):
        if self._batch is not None:
            return self._like(_called(map_func, self._structure))
        arrays = flatten(self._structure)
        samples = [sample_of(each) for each in arrays]
        result = _called(map_func, pack_like(self._structure, iter(samples)))
        leaves = [torch.as_tensor(as_tensor(each)) for each in flatten(result)]
        return self._like(pack_like(result, iter(lifted(leaves, samples, arrays))))

    def __iter__(self):
        size = 1 if self._batch is None else self._batch
        first = map_structure(lambda each: each[0] if self._batch is None else each[:size], self._structure)
        return iter([first])

    as_numpy_iterator = __iter__

    def _arranged(self):
        """Inputs, targets, and what is left out."""
        given = self._structure
        if not isinstance(given, tuple):
            return given, [], []
        return given[0], given[1] if len(given) > 1 else [], ["sample weights not applied"] if len(given) > 2 else []


def _called(function, structure):
    return function(*structure) if isinstance(structure, tuple) else function(structure)
