"""torch.utils.data, as far as a training script's facts need it: what a loader was made with."""

from torch._registry import batch_of, note_call, unknown


class Dataset:
    def __getitem__(self, index):
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other):
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    pass


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        self.tensors = tensors
        note_call("TensorDataset", {"tensors": tensors}, self)

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self):
        return self.tensors[0].size(0)


class ConcatDataset(Dataset):
    def __init__(self, datasets):
        self.datasets = list(datasets)

    def __len__(self):
        return sum(len(dataset) for dataset in self.datasets)


class Subset(Dataset):
    def __init__(self, dataset, indices):
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)


def random_split(dataset, lengths, generator=None):
    return [Subset(dataset, range(length)) for length in lengths]


class Sampler:
    def __init__(self, data_source=None, *args, **kwargs):
        self.data_source = data_source


class RandomSampler(Sampler):
    pass


class SequentialSampler(Sampler):
    pass


class SubsetRandomSampler(Sampler):
    pass


class WeightedRandomSampler(Sampler):
    pass


class BatchSampler(Sampler):
    def __init__(self, sampler, batch_size, drop_last):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last


class DistributedSampler(Sampler):
    def set_epoch(self, epoch):
        pass


class DataLoader:
    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=None,
        sampler=None,
        batch_sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        timeout=0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        **options,
    ):
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.drop_last = drop_last
        self.collate_fn = collate_fn
        if batch_sampler is not None:
            self.batch_size = batch_size = getattr(batch_sampler, "batch_size", None)
            shuffle = isinstance(getattr(batch_sampler, "sampler", None), RandomSampler)
        made = {"dataset": dataset, "batch_size": batch_size, "shuffle": shuffle, "drop_last": drop_last}
        note_call("DataLoader", made, self)

    def __len__(self):
        count = len(self.dataset)
        if self.drop_last:
            return count // self.batch_size
        return (count + self.batch_size - 1) // self.batch_size

    def __iter__(self):
        yield batch_of(self)


def default_collate(batch):
    return unknown("a batch of a data set")


def get_worker_info():
    return None
