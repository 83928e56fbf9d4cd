"""keras.ops: functions that take functions. What they loop over has known sizes in a trace, so the loops are run."""

import torch

from keras._ops import stack, symbolic
from keras._structure import flatten, map_structure, pack_like
from keras._symbolic import BATCH

_LONGEST_MAP = 512


@symbolic
def map(f, xs):
    """A function of every row, one after the other."""
    rows = flatten(xs)[0].shape[0]
    if rows % BATCH == 0:
        # Of symbolic tensors only the shape of the result is asked for.
        return _repeated(f(map_structure(lambda x: x[0], xs)), rows)
    if rows > _LONGEST_MAP:
        raise ValueError(f"a function of each of {rows} rows is not followed; write it for all rows at once")
    return _stacked([f(map_structure(lambda x: x[i], xs)) for i in range(rows)])


vectorized_map = map


def _repeated(result, rows):
    return map_structure(lambda leaf: torch.broadcast_to(leaf.unsqueeze(0), (rows,) + tuple(leaf.shape)), result)


def _stacked(results):
    leaves = [flatten(result) for result in results]
    return pack_like(results[0], iter([stack([leaf[i] for leaf in leaves]) for i in range(len(leaves[0]))]))


def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """(last state, results of all steps) of a function of (state, row)."""
    count = length if xs is None else flatten(xs)[0].shape[0]
    state, results = init, []
    for i in reversed(range(count)) if reverse else range(count):
        state, result = f(state, None if xs is None else map_structure(lambda x: x[i], xs))
        results.append(result)
    results = list(reversed(results)) if reverse else results
    return state, None if results[0] is None else _stacked(results)


def fori_loop(lower, upper, body_fun, init_val):
    value = init_val
    for i in range(lower, upper):
        value = body_fun(i, value)
    return value


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    values, steps = loop_vars, 0
    while (maximum_iterations is None or steps < maximum_iterations) and bool(cond(*values)):
        result = body(*values)
        values, steps = tuple(result) if isinstance(result, (list, tuple)) else (result,), steps + 1
    return values


def cond(pred, true_fn, false_fn):
    """Of a number the one branch; of a tensor both, and what is chosen."""
    if not hasattr(pred, "shape"):
        return true_fn() if pred else false_fn()
    return _chosen(pred, true_fn(), false_fn())


@symbolic
def _chosen(pred, first, second):
    leaves = [torch.where(pred, a, b) for a, b in zip(flatten(first), flatten(second))]
    return pack_like(first, iter(leaves))


def switch(index, branches, *operands):
    return branches[int(index)](*operands)
