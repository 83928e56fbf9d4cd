"""numpy's functions of shapes: new axes and orders of axes, joining, splitting, repeating, padding."""

import builtins

import torch
from numpy._array import _axis, _is_scalar, _order, _promoted, _result, _shape, _tensor, ndarray
from numpy._elementwise import _placed
from numpy._types import _element_type
from torch._registry import stop


def shape(a):
    return tuple(_tensor(a).shape)


def ndim(a):
    return _tensor(a).dim()


def size(a, axis=None):
    found = _tensor(a)
    return found.numel() if axis is None else found.shape[axis]


def _arrays(sequence):
    return [_tensor(each) for each in sequence]


def reshape(a, /, shape=None, order="C", *, newshape=None, copy=None):
    _order(order)
    return ndarray(_tensor(a).reshape(_shape((newshape if shape is None else shape,))))


def ravel(a, order="C"):
    _order(order)
    return ndarray(_tensor(a).reshape(-1))


def resize(a, new_shape):
    found = _tensor(a).reshape(-1)
    sizes = _shape((new_shape,))
    count = 1
    for each in sizes:
        count *= each
    if found.numel() == 0:
        return ndarray(torch.zeros(sizes, dtype=found.dtype))
    return ndarray(found.repeat(-(-count // found.numel()))[:count].reshape(sizes)) if count else ndarray(found[:0].reshape(sizes))


def transpose(a, axes=None):
    return ndarray(_tensor(a)).transpose(*(() if axes is None else tuple(axes)))


permute_dims = transpose


def matrix_transpose(x):
    return swapaxes(x, -1, -2)


def swapaxes(a, axis1, axis2):
    return ndarray(_tensor(a).transpose(axis1, axis2))


def _several(axis):
    return (axis,) if _is_scalar(axis) else tuple(axis)


def moveaxis(a, source, destination):
    found = _tensor(a)
    sources = [_axis(each, found.dim()) for each in _several(source)]
    targets = [_axis(each, found.dim()) for each in _several(destination)]
    order = [each for each in range(found.dim()) if each not in sources]
    for target, moved in sorted(zip(targets, sources)):
        order.insert(target, moved)
    return ndarray(found.permute(order))


def rollaxis(a, axis, start=0):
    ndim = _tensor(a).dim()
    at = _axis(axis, ndim)
    to = start + ndim if start < 0 else start
    return moveaxis(a, at, to - 1 if at < to else to)


def expand_dims(a, axis):
    found = _tensor(a)
    places = _several(axis)
    total = found.dim() + len(places)
    new = [_axis(each, total) for each in places]
    old = iter(found.shape)
    return ndarray(found.reshape([1 if at in new else next(old) for at in range(total)])) if len(places) > 1 else ndarray(found.unsqueeze(new[0]))


def squeeze(a, axis=None):
    return ndarray(_tensor(a)).squeeze(axis)


def _at_least(count, arrays, widen):
    made = [ndarray(each if each.dim() >= count else widen(each)) for each in _arrays(arrays)]
    return made[0] if len(made) == 1 else tuple(made)


def atleast_1d(*arys):
    return _at_least(1, arys, lambda x: x.reshape(1))


def atleast_2d(*arys):
    return _at_least(2, arys, lambda x: x.reshape(1, -1))


def atleast_3d(*arys):
    return _at_least(3, arys, lambda x: x.unsqueeze(-1) if x.dim() == 2 else x.reshape(1, -1, 1))


def broadcast_to(array, shape, subok=False):
    return ndarray(torch.broadcast_to(_tensor(array), _shape((shape,))))


def broadcast_arrays(*args, subok=False):
    return tuple([ndarray(each) for each in torch.broadcast_tensors(*_arrays(args))])


def broadcast_shapes(*args):
    sizes = [(each,) if _is_scalar(each) else tuple(each) for each in args]
    made = []
    for at in range(builtins.max([len(each) for each in sizes], default=0), 0, -1):
        here = {each[-at] for each in sizes if len(each) >= at} - {1}
        if len(here) > 1:
            raise ValueError("shape mismatch: objects cannot be broadcast to a single shape")
        made.append(here.pop() if here else 1)
    return tuple(made)


def _joined(arrays, dtype, casting="same_kind"):
    if len(arrays) == 0:
        raise ValueError("need at least one array to concatenate")
    tensors = _promoted(_arrays(arrays))
    return tensors if dtype is None else [_tensor(each, _element_type(dtype)) for each in tensors]


def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    tensors = _joined(arrays, dtype)
    if axis is None:
        tensors, axis = [each.reshape(-1) for each in tensors], 0
    if builtins.any([each.dim() == 0 for each in tensors]):
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    if builtins.any([each.dim() != tensors[0].dim() for each in tensors]):
        raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
    return _placed(ndarray(torch.cat(tensors, axis)), out, True, ())


concat = concatenate


def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    return _placed(ndarray(torch.stack(_joined(arrays, dtype), axis)), out, True, ())


def vstack(tup, *, dtype=None, casting="same_kind"):
    return concatenate([atleast_2d(each) for each in tup], 0, dtype=dtype)


row_stack = vstack


def hstack(tup, *, dtype=None, casting="same_kind"):
    arrays = [atleast_1d(each) for each in tup]
    return concatenate(arrays, 0 if arrays and arrays[0].ndim == 1 else 1, dtype=dtype)


def dstack(tup):
    return concatenate([atleast_3d(each) for each in tup], 2)


def column_stack(tup):
    return concatenate([each if ndim(each) > 1 else ndarray(_tensor(each).reshape(-1, 1)) for each in tup], 1)


def block(arrays):
    depth, inner = 0, arrays
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]

    def least(part):
        return builtins.max([least(each) for each in part]) if isinstance(part, list) else ndim(part)

    axes = builtins.max(depth, least(arrays))

    def joined(part, level):
        if not isinstance(part, list):
            found = _tensor(part)
            return ndarray(found.reshape((1,) * (axes - found.dim()) + tuple(found.shape)))
        return concatenate([joined(each, level + 1) for each in part], axes - depth + level)

    return joined(arrays, 0)


def append(arr, values, axis=None):
    if axis is None:
        return concatenate([ravel(arr), ravel(values)], 0)
    return concatenate([arr, values], axis)


def unstack(x, /, *, axis=0):
    return tuple([_result(each) for each in _tensor(x).unbind(axis)])


def _sections(found, given, axis):
    """Ends of all parts but the last."""
    length = found.shape[axis]
    if not _is_scalar(given):
        return [builtins.int(each) for each in given]
    each, more = builtins.divmod(length, given)
    sizes = [each + 1] * more + [each] * (given - more)
    return [builtins.sum(sizes[:n]) for n in range(1, given)]


def array_split(ary, indices_or_sections, axis=0):
    found = _tensor(ary)
    at = _axis(axis, found.dim())
    if _is_scalar(indices_or_sections) and indices_or_sections <= 0:
        raise ValueError("number sections must be larger than 0.")
    ends = _sections(found, indices_or_sections, at)
    key = (slice(None),) * at
    return [ndarray(found[key + (slice(a, b),)]) for a, b in zip([0, *ends], [*ends, None])]


def split(ary, indices_or_sections, axis=0):
    if _is_scalar(indices_or_sections) and _tensor(ary).shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 1 if ndim(ary) > 1 else 0)


def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


def tile(A, reps):
    found = _tensor(A)
    counts = _shape((reps,))
    if len(counts) < found.dim():
        counts = (1,) * (found.dim() - len(counts)) + counts
    return ndarray(found.reshape((1,) * (len(counts) - found.dim()) + tuple(found.shape)).tile(counts))


def repeat(a, repeats, axis=None):
    found = _tensor(a)
    along = found.reshape(-1) if axis is None else found
    counts = repeats if _is_scalar(repeats) else _tensor(repeats)
    if not _is_scalar(counts) and counts.numel() == 1:
        counts = counts.item()
    return ndarray(torch.repeat_interleave(along, counts, 0 if axis is None else axis))


def flip(m, axis=None):
    found = _tensor(m)
    axes = range(found.dim()) if axis is None else _several(axis)
    return ndarray(torch.flip(found, tuple([_axis(each, found.dim()) for each in axes])))


def flipud(m):
    return flip(m, 0)


def fliplr(m):
    return flip(m, 1)


def rot90(m, k=1, axes=(0, 1)):
    return ndarray(torch.rot90(_tensor(m), k, tuple(axes)))


def roll(a, shift, axis=None):
    found = _tensor(a)
    if axis is None:
        total = shift if _is_scalar(shift) else builtins.sum(shift)
        return ndarray(torch.roll(found.reshape(-1), total, 0).reshape(found.shape))
    if not _is_scalar(axis) and _is_scalar(shift):
        shift = (shift,) * len(axis)
    if _is_scalar(axis) and not _is_scalar(shift):
        shift = builtins.sum(shift)
    return ndarray(torch.roll(found, shift, axis))


def delete(arr, obj, axis=None):
    found = _tensor(arr)
    if axis is None:
        found, axis = found.reshape(-1), 0
    at = _axis(axis, found.dim())
    length = found.shape[at]
    if isinstance(obj, slice):
        gone = set(range(*obj.indices(length)))
    else:
        given = _tensor(obj).reshape(-1)
        places = [n for n, each in enumerate(given.tolist()) if each] if given.dtype is torch.bool else given.tolist()
        if builtins.any([not -length <= each < length for each in places]):
            raise IndexError(f"index is out of bounds for axis {at} with size {length}")
        gone = {each % length for each in places}
    kept = [each for each in range(length) if each not in gone]
    return ndarray(torch.index_select(found, at, torch.tensor(kept, dtype=torch.int64)))


def insert(arr, obj, values, axis=None):
    found = _tensor(arr)
    if axis is None:
        found, axis = found.reshape(-1), 0
    at = _axis(axis, found.dim())
    length = found.shape[at]
    places = list(range(*obj.indices(length))) if isinstance(obj, slice) else _tensor(obj).reshape(-1).tolist()
    new = _tensor(values, found.dtype)
    if _is_scalar(obj) or len(places) == 1:
        # One place takes all the values there are along the axis.
        if _is_scalar(obj):
            new = new.reshape((1,) * (found.dim() - new.dim()) + tuple(new.shape)).movedim(0, at) if new.dim() else new
        count = 1 if new.dim() < found.dim() else new.shape[at]
        places = places * count
    inside = list(found.shape)
    inside[at] = len(places)
    new = torch.broadcast_to(new, tuple(inside))
    starts = [each + length if each < 0 else each for each in places]
    if builtins.any([not 0 <= each <= length for each in starts]):
        raise IndexError(f"index is out of bounds for axis {at} with size {length}")
    order = sorted(range(len(starts)), key=lambda n: starts[n])
    source, taken = [], 0
    for place in range(length + 1):
        while taken < len(order) and starts[order[taken]] == place:
            source.append(length + order[taken])
            taken += 1
        if place < length:
            source.append(place)
    both = torch.cat([found, new], at)
    return ndarray(torch.index_select(both, at, torch.tensor(source, dtype=torch.int64)))


def trim_zeros(filt, trim="fb", axis=None):
    values = _tensor(filt).tolist()
    if _tensor(filt).dim() != 1:
        return stop("numpy.trim_zeros of several axes is not followed")
    first, last = 0, len(values)
    while "f" in trim.lower() and first < last and values[first] == 0:
        first += 1
    while "b" in trim.lower() and last > first and values[last - 1] == 0:
        last -= 1
    return filt[first:last]


def _widths(pad_width, ndim, what="pad_width"):
    """(before, after) of every axis."""
    if isinstance(pad_width, dict):
        given = {_axis(axis, ndim): pair for axis, pair in pad_width.items()}
        return [_pair(given.get(axis, 0)) for axis in range(ndim)]
    given = pad_width.tolist() if isinstance(pad_width, ndarray) else pad_width
    if _is_scalar(given):
        return [(given, given)] * ndim
    rows = list(given)
    if _is_scalar(rows[0]):
        return [_pair(rows)] * ndim
    rows = [_pair(row) for row in rows]
    if len(rows) not in (1, ndim):
        raise ValueError(f"operands could not be broadcast together with remapped shapes: {what}")
    return rows * ndim if len(rows) == 1 else rows


def _pair(given):
    if _is_scalar(given):
        return (given, given)
    return tuple(given) if len(given) == 2 else (given[0], given[0])


def pad(array, pad_width, mode="constant", *, stat_length=None, constant_values=0, end_values=0, reflect_type="even"):
    """Axis by axis, as numpy pads."""
    found = _tensor(array)
    if not isinstance(mode, str) or mode not in ("constant", "edge", "reflect", "symmetric", "wrap", "empty") or reflect_type != "even":
        return stop(f"numpy.pad with mode {mode} is not followed")
    pairs = _widths(pad_width, found.dim())
    if builtins.any([each < 0 for pair in pairs for each in pair]):
        raise ValueError("index can't contain negative values")
    fills = _widths(constant_values, found.dim(), "constant_values")
    for axis, (before, after) in enumerate(pairs):
        if (before, after) == (0, 0):
            continue
        if mode in ("constant", "empty"):
            found = _filled(found, axis, before, after, fills[axis])
        else:
            length = found.shape[axis]
            places = [_place(at, length, mode) for at in range(-before, length + after)]
            found = torch.index_select(found, axis, torch.tensor(places, dtype=torch.int64))
    return ndarray(found if pairs and found is not array else found.clone())


def _filled(found, axis, before, after, values):
    if values[0] == values[1]:
        flat = [0, 0] * (found.dim() - 1 - axis) + [before, after]
        return torch.nn.functional.pad(found, flat, value=values[0])
    parts = []
    for count, value in ((before, values[0]), (after, values[1])):
        sizes = list(found.shape)
        sizes[axis] = count
        parts.append(torch.full(tuple(sizes), value, dtype=found.dtype))
    return torch.cat([parts[0], found, parts[1]], axis)


def _place(at, length, mode):
    if mode == "edge":
        return builtins.min(builtins.max(at, 0), length - 1)
    if mode == "wrap":
        return at % length
    if mode == "symmetric":
        at %= 2 * length
        return at if at < length else 2 * length - 1 - at
    if length == 1:
        return 0
    at %= 2 * length - 2
    return at if at < length else 2 * length - 2 - at
