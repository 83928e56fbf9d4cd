"""Iterators for loops; all lazy."""


class chain:
    def __init__(self, *iterables):
        self._items = _chained(iterables)

    def __iter__(self):
        return self._items

    def __next__(self):
        return next(self._items)

    @classmethod
    def from_iterable(cls, iterables):
        made = cls()
        made._items = _chained(iterables)
        return made


def _chained(iterables):
    for iterable in iterables:
        yield from iterable


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(iterable):
    saved = []
    for item in iterable:
        yield item
        saved.append(item)
    while saved:
        yield from saved


def repeat(object, times=None):
    if times is None:
        while True:
            yield object
    for _ in range(times):
        yield object


def accumulate(iterable, func=None, *, initial=None):
    items = iter(iterable)
    total = initial
    if initial is None:
        for total in items:
            break
        else:
            return
    yield total
    for item in items:
        total = total + item if func is None else func(total, item)
        yield total


def compress(data, selectors):
    return (item for item, chosen in zip(data, selectors) if chosen)


def dropwhile(predicate, iterable):
    items = iter(iterable)
    for item in items:
        if not predicate(item):
            yield item
            break
    yield from items


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            return
        yield item


def filterfalse(predicate, iterable):
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def groupby(iterable, key=None):
    group, current = [], None
    for item in iterable:
        value = item if key is None else key(item)
        if group and value != current:
            yield current, iter(group)
            group = []
        current = value
        group.append(item)
    if group:
        yield current, iter(group)


def islice(iterable, *bounds):
    limits = slice(*bounds)
    start, stop, step = limits.start or 0, limits.stop, limits.step or 1
    wanted = start
    if stop is not None and stop <= 0:
        return
    for position, item in enumerate(iterable):
        if stop is not None and position >= stop:
            return
        if position == wanted:
            yield item
            wanted += step
        if stop is not None and position + 1 >= stop:
            return


def pairwise(iterable):
    items = iter(iterable)
    previous = next(items, None)
    for item in items:
        yield previous, item
        previous = item


def batched(iterable, n):
    batch = []
    for item in iterable:
        batch.append(item)
        if len(batch) == n:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def tee(iterable, n=2):
    items = list(iterable)
    return tuple(iter(items) for _ in range(n))


def zip_longest(*iterables, fillvalue=None):
    iterators = [iter(iterable) for iterable in iterables]
    ended = object()
    while True:
        row = [next(iterator, ended) for iterator in iterators]
        if all(item is ended for item in row):
            return
        yield tuple(fillvalue if item is ended else item for item in row)


def product(*iterables, repeat=1):
    pools = [tuple(iterable) for iterable in iterables] * repeat

    def combine(index):
        if index == len(pools):
            yield ()
            return
        for item in pools[index]:
            for rest in combine(index + 1):
                yield (item,) + rest

    return combine(0)


def permutations(iterable, r=None):
    pool = tuple(iterable)
    length = len(pool) if r is None else r

    def extend(chosen):
        if len(chosen) == length:
            yield tuple(pool[i] for i in chosen)
            return
        for i in range(len(pool)):
            if i not in chosen:
                yield from extend(chosen + (i,))

    return extend(())


def combinations(iterable, r):
    pool = tuple(iterable)

    def extend(start, chosen):
        if len(chosen) == r:
            yield chosen
            return
        for i in range(start, len(pool)):
            yield from extend(i + 1, chosen + (pool[i],))

    return extend(0, ())


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)

    def extend(start, chosen):
        if len(chosen) == r:
            yield chosen
            return
        for i in range(start, len(pool)):
            yield from extend(i, chosen + (pool[i],))

    return extend(0, ())
