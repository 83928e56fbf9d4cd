"""Size arguments given as one number or one for each axis."""

from collections import abc


def _ntuple(count, name="parse"):
    def parse(value):
        if isinstance(value, abc.Iterable):
            return tuple(value)
        return (value,) * count

    return parse


_single = _ntuple(1)
_pair = _ntuple(2)
_triple = _ntuple(3)
_quadruple = _ntuple(4)


def _reverse_repeat_tuple(values, count):
    return tuple(value for value in reversed(values) for _ in range(count))


def consume_prefix_in_state_dict_if_present(state_dict, prefix):
    for key in list(state_dict.keys()):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)
