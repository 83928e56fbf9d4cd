"""einops: rearrangements written as patterns (Rogozhnikov 2022)."""

import torch


class EinopsError(RuntimeError):
    pass


def _groups(text, pattern):
    """`b (h w) ... 1` → [['b'], ['h', 'w'], '...', ['1']]: one entry for each axis; a bare ellipsis is several."""
    groups = []
    inside = None
    for token in text.replace("(", " ( ").replace(")", " ) ").replace("…", "...").split():
        if token == "(":
            if inside is not None:
                raise EinopsError(f"nested parentheses in the pattern '{pattern}'")
            inside = []
        elif token == ")":
            if inside is None:
                raise EinopsError(f"unbalanced parentheses in the pattern '{pattern}'")
            groups.append(inside)
            inside = None
        elif inside is not None:
            inside.append(token)
        else:
            groups.append(token if token == "..." else [token])
    if inside is not None:
        raise EinopsError(f"unbalanced parentheses in the pattern '{pattern}'")
    return groups


def _sides(pattern):
    left, arrow, right = pattern.partition("->")
    if not arrow:
        raise EinopsError(f"the pattern '{pattern}' has no arrow")
    return _groups(left, pattern), _groups(right, pattern)


def _spread(groups, rank):
    """The ellipsis as `rank` axes; inside parentheses they join the group."""
    axes = [f"...{i}" for i in range(rank)]
    spread = []
    for group in groups:
        if group == "...":
            spread.extend([axis] for axis in axes)
        else:
            spread.append([name for token in group for name in (axes if token == "..." else [token])])
    return spread


def _named(groups, prefix):
    """Numbers are axes without a name: each gets one of its own."""
    named = []
    sizes = {}
    for position, group in enumerate(groups):
        names = []
        for index, token in enumerate(group):
            if token.isdigit():
                name = f"{prefix}{position}.{index}"
                sizes[name] = int(token)
                token = name
            names.append(token)
        named.append(names)
    return named, sizes


def _product(values):
    result = 1
    for value in values:
        result *= value
    return result


def _apply(x, pattern, lengths, reduction, may_repeat):
    if isinstance(x, (list, tuple)):
        x = torch.stack(list(x))
    shape = list(x.shape)
    left, right = _sides(pattern)
    plain = len([group for group in left if group != "..."])
    has_ellipsis = any("..." in group for group in left)
    if len(shape) < plain or (len(shape) != plain and not has_ellipsis):
        raise EinopsError(f"the pattern '{pattern}' has {plain} axes, the tensor {len(shape)}: {shape}")
    rank = len(shape) - plain if has_ellipsis else 0
    left, sizes = _named(_spread(left, rank), "<")
    right, right_sizes = _named(_spread(right, rank), ">")
    sizes.update(right_sizes)
    sizes.update({name: int(length) for name, length in lengths.items()})
    for names, size in zip(left, shape):
        missing = [name for name in names if name not in sizes]
        known = _product(sizes[name] for name in names if name in sizes)
        if len(missing) > 1:
            raise EinopsError(f"the sizes of {missing} in the pattern '{pattern}' do not follow from {shape}")
        if missing:
            if known == 0 or size % known != 0:
                raise EinopsError(f"an axis of size {size} does not divide into {known} parts in '{pattern}' of {shape}")
            sizes[missing[0]] = size // known
        elif known != size:
            raise EinopsError(f"an axis of size {size} is {known} in the pattern '{pattern}' of a tensor of shape {shape}")
    axes = [name for names in left for name in names]
    wanted = [name for names in right for name in names]
    x = x.reshape([sizes[name] for name in axes])
    dropped = [name for name in axes if name not in wanted]
    # Axes of size one without a name come and go freely.
    reduced = [name for name in dropped if not (reduction is None and sizes[name] == 1)]
    if reduced and reduction is None:
        raise EinopsError(f"{reduced} of the pattern '{pattern}' are missing on its right side")
    if dropped:
        positions = [axes.index(name) for name in dropped]
        if reduction is None:
            x = x.reshape([sizes[name] for name in axes if name in wanted])
        elif callable(reduction):
            x = reduction(x, tuple(positions))
        elif reduction == "mean":
            x = x.mean(positions)
        elif reduction == "sum":
            x = x.sum(positions)
        elif reduction == "max":
            x = x.amax(positions)
        elif reduction == "min":
            x = x.amin(positions)
        elif reduction == "prod":
            for position in sorted(positions, reverse=True):
                x = x.prod(position)
        else:
            raise EinopsError(f"'{reduction}' is no reduction: mean, sum, max, min or prod")
        axes = [name for name in axes if name in wanted]
    added = [name for name in wanted if name not in axes]
    for name in added:
        if name not in sizes:
            raise EinopsError(f"the size of {name} in the pattern '{pattern}' is not given")
        if sizes[name] != 1 and not may_repeat:
            raise EinopsError(f"{name} of the pattern '{pattern}' is missing on its left side")
    x = x.permute([axes.index(name) for name in wanted if name in axes])
    if added:
        kept = [name for name in wanted if name in axes]
        x = x.reshape([sizes[name] if name in kept else 1 for name in wanted])
        x = x.expand([sizes[name] for name in wanted])
    return x.reshape([_product(sizes[name] for name in names) for names in right])


def rearrange(tensor, pattern, **axes_lengths):
    return _apply(tensor, pattern, axes_lengths, None, False)


def repeat(tensor, pattern, **axes_lengths):
    return _apply(tensor, pattern, axes_lengths, None, True)


def reduce(tensor, pattern, reduction, **axes_lengths):
    return _apply(tensor, pattern, axes_lengths, reduction, False)


def einsum(*tensors_and_pattern):
    *tensors, pattern = tensors_and_pattern
    letters = {}

    def letter(name):
        if name == "...":
            return name
        if name not in letters:
            letters[name] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(letters)]
        return letters[name]

    left, _, right = pattern.partition("->")
    operands = ["".join(letter(name) for name in part.split()) for part in left.split(",")]
    return torch.einsum(",".join(operands) + "->" + "".join(letter(name) for name in right.split()), *tensors)


def parse_shape(x, pattern):
    groups = _groups(pattern, pattern)
    if any(group != "..." and len(group) != 1 for group in groups):
        raise EinopsError(f"a shape has no axes in parentheses: '{pattern}'")
    plain = len([group for group in groups if group != "..."])
    rank = len(x.shape) - plain
    if rank < 0 or (rank > 0 and "..." not in groups):
        raise EinopsError(f"the pattern '{pattern}' has {plain} axes, the tensor {len(x.shape)}: {list(x.shape)}")
    names = []
    for group in groups:
        names.extend(["_"] * rank if group == "..." else group)
    return {name: size for name, size in zip(names, x.shape) if name != "_"}


def _packed_axis(pattern):
    names = pattern.split()
    if names.count("*") != 1:
        raise EinopsError(f"the pattern '{pattern}' needs exactly one *")
    return names.index("*"), len(names)


def pack(tensors, pattern):
    before, count = _packed_axis(pattern)
    after = count - before - 1
    shapes = []
    flat = []
    for tensor in tensors:
        shape = list(tensor.shape)
        end = len(shape) - after
        if end < before:
            raise EinopsError(f"the pattern '{pattern}' has {count - 1} axes beside *, a tensor {len(shape)}: {shape}")
        shapes.append(torch.Size(shape[before:end]))
        flat.append(tensor.reshape(shape[:before] + [-1] + shape[end:]))
    return torch.cat(flat, dim=before), shapes


def unpack(tensor, packed_shapes, pattern):
    axis, count = _packed_axis(pattern)
    shape = list(tensor.shape)
    if len(shape) != count:
        raise EinopsError(f"the pattern '{pattern}' has {count} axes, the tensor {len(shape)}: {shape}")
    sizes = [_product(packed) for packed in packed_shapes]
    open_sizes = [i for i, packed in enumerate(packed_shapes) if -1 in packed]
    if len(open_sizes) == 1:
        [i] = open_sizes
        known = -sizes[i]
        sizes[i] = (shape[axis] - sum(sizes[:i] + sizes[i + 1 :])) // known * known
    parts = tensor.split(sizes, dim=axis)
    return [
        part.reshape(shape[:axis] + list(packed) + shape[axis + 1 :]) for part, packed in zip(parts, packed_shapes)
    ]


def asnumpy(tensor):
    return tensor.numpy()
