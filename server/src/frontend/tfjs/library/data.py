"""`tf.data`: data sets, each by one element that stands for all of them.

In an element numbers are `Numbers`, texts `Texts`, tensors have an axis for the samples before their own. What maps elements is run once,
with numbers of the data; where texts decide, once for each of their values.
"""

import itertools

import torch
from torch._registry import note_call

from _javascript import Datum, Record, get, is_unread, unread
from _tfjs_tables import csv_columns
from _tfjs_tensors import floats
from keras._stored import lifted, sample_of

# Runs of a function that is given texts.
MOST_RUNS = 256
# Numbers in one element of a list.
MOST_NUMBERS = 1024


class Numbers:
    def __init__(self, values, positions=None, known=()):
        self.values = values
        # Of few different values.
        self.positions, self.known = positions, known


class Texts:
    def __init__(self, positions, known):
        self.positions, self.known = positions, known


# -- elements


def leaves_of(element):
    if is_unread(element):
        return [element]
    if isinstance(element, Record):
        return [leaf for part in element.fields.values() for leaf in leaves_of(part)]
    return [leaf for part in element for leaf in leaves_of(part)] if isinstance(element, (list, tuple)) else [element]


def replaced(element, leaves):
    """The element with other leaves, from an iterator."""
    if is_unread(element):
        return next(leaves)
    if isinstance(element, Record):
        return Record({name: replaced(part, leaves) for name, part in element.fields.items()})
    return [replaced(part, leaves) for part in element] if isinstance(element, (list, tuple)) else next(leaves)


def by_leaf(function, element):
    return element if is_unread(element) else replaced(element, iter([function(leaf) for leaf in leaves_of(element)]))


def is_known(element):
    return not any([is_unread(leaf) for leaf in leaves_of(element)])


def unread_in(element):
    return [leaf for leaf in leaves_of(element) if is_unread(leaf)][0]


def rows_of(leaf):
    return leaf.positions if isinstance(leaf, Texts) else leaf.values if isinstance(leaf, Numbers) else leaf


def with_rows(leaf, function):
    """The leaf of other samples, which `function` takes from arrays."""
    if isinstance(leaf, Texts):
        return Texts(function(leaf.positions), leaf.known)
    if isinstance(leaf, Numbers):
        return Numbers(function(leaf.values), None if leaf.positions is None else function(leaf.positions), leaf.known)
    return function(leaf)


def batched(value):
    """What a batch makes of a part of an element: lists of numbers are tensors then, objects stay such."""
    if is_unread(value):
        return value
    if isinstance(value, Record):
        return Record({name: batched(part) for name, part in value.fields.items()})
    if isinstance(value, Texts):
        return unread("a text among the data")
    if isinstance(value, (list, tuple)):
        parts = [batched(part) for part in value]
        return torch.stack(parts, 1) if is_known(parts) else unread_in(parts)
    return rows_of(value)


# -- what maps elements


def mapped(function, element):
    """Texts, and numbers of few values, count as decided where the result is not known otherwise."""
    leaves = leaves_of(element)
    samples = [None if is_unread(leaf) else sample_of(rows_of(leaf)) for leaf in leaves]
    choices = [i for i, leaf in enumerate(leaves) if is_choice(leaf)]

    def run(decided):
        """`decided`: values by the numbers of leaves."""
        given = [decided[i] if i in decided else undecided(leaf, sample) for i, (leaf, sample) in enumerate(zip(leaves, samples))]
        return called(function, replaced(element, iter(given)))

    usual = {i: leaves[i].known[0] for i in choices}
    needed = [i for i in choices if not is_known(run({j: value for j, value in usual.items() if j != i}))]
    for decided in (needed, choices):
        result = joined_runs(run, decided, leaves, samples)
        if is_known(result):
            break
    return result


def is_choice(leaf):
    return not is_unread(leaf) and not isinstance(leaf, torch.Tensor) and leaf.positions is not None


def undecided(leaf, sample):
    if is_unread(leaf):
        return leaf
    if isinstance(leaf, Texts):
        return unread("a text among the data")
    return sample if isinstance(leaf, torch.Tensor) else Datum(sample)


def joined_runs(run, decided, leaves, samples):
    runs = 1
    for i in decided:
        runs = runs * len(leaves[i].known)
    if runs > MOST_RUNS:
        return unread(f"a function of samples that has {runs} cases")
    cases = list(itertools.product(*[leaves[i].known for i in decided]))
    results = [run(dict(zip(decided, case))) for case in cases]
    values = [[value_of(leaf) for leaf in leaves_of(result)] for result in results]
    if not is_known(values):
        return unread_in(values)
    if any([len(each) != len(values[0]) for each in values]):
        return unread("samples of different sizes")
    used = [i for i, leaf in enumerate(leaves) if not is_unread(leaf)]
    rows = [lifted(each, [samples[i] for i in used], [rows_of(leaves[i]) for i in used]) for each in values]
    chosen = [[leaves[i].positions == leaves[i].known.index(value) for i, value in zip(decided, case)] for case in cases]
    joined = [of_cases(list(parts), chosen) for parts in zip(*rows)]
    kinds = [not isinstance(leaf, torch.Tensor) for leaf in leaves_of(results[0])]
    return replaced(results[0], iter([Numbers(each) if is_number else each for is_number, each in zip(kinds, joined)]))


def called(function, element):
    try:
        return function(element)
    except Exception as error:
        return unread(f"what maps the samples ({error})")


def value_of(leaf):
    """One sample as a tensor."""
    if is_unread(leaf) or isinstance(leaf, torch.Tensor):
        return leaf
    if isinstance(leaf, Datum):
        return leaf.value
    return torch.tensor(float(leaf)) if isinstance(leaf, (bool, int, float)) else unread("a sample with parts that are no numbers")


def of_cases(parts, chosen):
    """The rows of each case from its own part."""
    result = parts[0]
    for part, conditions in list(zip(parts, chosen))[1:]:
        here = conditions[0]
        for condition in conditions[1:]:
            here = torch.logical_and(here, condition)
        result = torch.where(here.reshape((-1,) + (1,) * (part.dim() - 1)), part, result)
    return result


# -- data sets


class Dataset:
    def __init__(self, element, batch=None, shuffled=False, names=None):
        self.element = element
        self._batch, self._shuffled = batch, shuffled
        self.names = names

    def _like(self, element):
        return Dataset(element, self._batch, self._shuffled, self.names)

    def batch(self, size, *more):
        note_call("DataLoader", {"batch_size": size, "shuffle": True, "dataset": None}, None)
        return Dataset(batched(self.element), size, self._shuffled)

    rowMajorBatch = columnMajorBatch = batch

    def map(self, function, *more):
        if is_unread(self.element):
            return self
        if self._batch is None:
            return self._like(mapped(function, self.element))
        return self._like(called(function, self.element))

    mapAsync = map

    def filter(self, *more):
        return self._like(unread("which samples a filter leaves"))

    def shuffle(self, *more):
        return Dataset(self.element, self._batch, True, self.names)

    def prefetch(self, *more):
        return self

    repeat = prefetch

    def _count(self, elements):
        return elements if self._batch is None else elements * self._batch

    def take(self, count, *more):
        # All of them.
        if count is None or (not is_unread(count) and count < 0):
            return self
        end = self._count(count)
        return self._like(by_leaf(lambda leaf: with_rows(leaf, lambda rows: rows[:end]), self.element))

    def skip(self, count, *more):
        begin = self._count(count)
        return self._like(by_leaf(lambda leaf: with_rows(leaf, lambda rows: rows[begin:]), self.element))

    def concatenate(self, other, *more):
        return self._like(unread("data sets one after the other"))

    def columnNames(self, *more):
        return self.names

    def forEachAsync(self, *more):
        return None

    def toArray(self, *more):
        return unread("the samples of a data set")

    iterator = toArray

    @property
    def size(self):
        return unread("the number of samples")

    def _arranged(self):
        """Inputs, targets, and what is left out."""
        element = batched(self.element) if self._batch is None else self.element
        if is_unread(element):
            return element, element, []
        inputs, targets = part_of(element, "xs", 0), part_of(element, "ys", 1)
        return by_name_alone(inputs), [] if targets is None else by_name_alone(targets), []


def part_of(element, name, position):
    if isinstance(element, Record):
        return element.fields.get(name)
    return element[position] if isinstance(element, (list, tuple)) and position < len(element) else None


def by_name_alone(part):
    """Of an object with one field that."""
    if is_unread(part) or not isinstance(part, Record):
        return part
    parts = list(part.fields.values())
    return parts[0] if len(parts) == 1 else unread("inputs by their names")


# -- where samples come from


def csv(path, config=None, *more):
    columns = csv_columns(path, config)
    if is_unread(columns):
        return Dataset(columns, names=given_names(config, columns))
    parts = {True: {}, False: {}}
    for name, is_label, values, positions, known in columns:
        is_text = values is None
        if is_text and positions is None:
            parts[is_label][name] = unread(f"the column '{name}', which has many texts")
        else:
            parts[is_label][name] = Texts(positions, known) if is_text else Numbers(values, positions, known or ())
    inputs, targets = Record(parts[False]), Record(parts[True])
    names = [column[0] for column in columns]
    return Dataset(Record({"xs": inputs, "ys": targets}) if parts[True] else inputs, names=names)


def given_names(config, unknown):
    names = None if config is None else get(config, "columnNames")
    return unknown if names is None else names


def array(items, *more):
    if is_unread(items) or not isinstance(items, (list, tuple)) or not items:
        return Dataset(unread("a list of samples that is not known"))
    leaves = [leaves_of(item) for item in items]
    if len(leaves[0]) > MOST_NUMBERS or any([len(each) != len(leaves[0]) for each in leaves]):
        return Dataset(unread("samples of different sizes, or of many numbers"))
    return Dataset(replaced(items[0], iter([column_of(list(parts)) for parts in zip(*leaves)])))


def column_of(parts):
    """A leaf of all samples from those of each."""
    if not is_known(parts):
        return unread_in(parts)
    if isinstance(parts[0], torch.Tensor):
        return torch.stack(parts)
    if isinstance(parts[0], str):
        known = list(dict.fromkeys(parts))
        return Texts(floats([known.index(part) for part in parts]), known)
    return Numbers(floats(parts))


def zipped(parts, *more):
    sets = leaves_of(parts)
    if any([not isinstance(each, Dataset) for each in sets]):
        return Dataset(unread("a data set that is not followed, joined with others"))
    joined = Dataset(replaced(parts, iter([each.element for each in sets])), sets[0]._batch, any([each._shuffled for each in sets]))
    return joined if is_known(joined.element) else joined._like(unread_in(joined.element))


def not_followed(what):
    return lambda *more: Dataset(unread(f"tf.data.{what} is not followed"))


data = Record(
    {
        "array": array,
        "csv": csv,
        "zip": zipped,
        **{name: not_followed(name) for name in ("func", "generator", "image", "webcam", "microphone")},
    }
)
