"""Functions of `tf` on tensors, which are methods of tensors, too."""

import torch
from torch.nn import functional as F

from _javascript import Record
from _tfjs_neural import neural, prelu
from _tfjs_resizing import resize_bilinear, resize_nearest
from _tfjs_tensors import as_tensor, creating, sizes
from keras import _ops as ops

# -- values


def axes(axis):
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis


def unary(function):
    return lambda x, *more: function(as_tensor(x))


def binary(function):
    return lambda a, b, *more: function(as_tensor(a), as_tensor(b))


def quotient_or_zero(a, b):
    return torch.where(b == 0, torch.zeros_like(b), a / torch.where(b == 0, torch.ones_like(b), b))


elementwise = {
    "abs": torch.abs,
    "acos": torch.acos,
    "acosh": torch.acosh,
    "asin": torch.asin,
    "asinh": torch.asinh,
    "atan": torch.atan,
    "atanh": torch.atanh,
    "ceil": torch.ceil,
    "cos": torch.cos,
    "cosh": torch.cosh,
    "elu": F.elu,
    "erf": torch.erf,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "floor": torch.floor,
    "isFinite": torch.isfinite,
    "isInf": torch.isinf,
    "isNaN": torch.isnan,
    "log": torch.log,
    "log1p": torch.log1p,
    "logSigmoid": F.logsigmoid,
    "logicalNot": torch.logical_not,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "relu": F.relu,
    "relu6": F.relu6,
    "round": torch.round,
    "rsqrt": torch.rsqrt,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "sin": torch.sin,
    "sinh": torch.sinh,
    "softplus": F.softplus,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "tan": torch.tan,
    "tanh": torch.tanh,
}

pairwise = {
    "add": torch.add,
    "atan2": torch.atan2,
    "div": torch.div,
    "divNoNan": quotient_or_zero,
    "equal": torch.eq,
    "floorDiv": torch.floor_divide,
    "greater": torch.gt,
    "greaterEqual": torch.ge,
    "less": torch.lt,
    "lessEqual": torch.le,
    "logicalAnd": torch.logical_and,
    "logicalOr": torch.logical_or,
    "logicalXor": torch.logical_xor,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "mod": torch.remainder,
    "mul": torch.mul,
    "notEqual": torch.ne,
    "pow": torch.pow,
    "squaredDifference": lambda a, b: (a - b) ** 2,
    "sub": torch.sub,
}


def step(x, alpha=0.0, *more):
    """1 above zero, `alpha` below."""
    return torch.where(x > 0, torch.ones_like(x), torch.ones_like(x) * alpha)


def softmax(x, axis=-1, *more):
    return torch.softmax(x, axis)


def dropped(x, rate, *more):
    """TensorFlow.js drops whenever it is called."""
    return F.dropout(x, rate, True)


def total(tensors, *more):
    first, *others = tensors
    for each in others:
        first = first + each
    return first


valued = {
    "addN": total,
    "cast": lambda x, dtype, *more: ops.cast(x, dtype),
    "clipByValue": lambda x, low, high, *more: torch.clamp(x, low, high),
    "dropout": dropped,
    "leakyRelu": lambda x, alpha=0.2, *more: F.leaky_relu(x, alpha),
    "logSoftmax": lambda x, axis=-1, *more: torch.log_softmax(x, axis),
    "prelu": prelu,
    "softmax": softmax,
    "step": step,
    "toBool": lambda x, *more: x != 0,
    "toFloat": lambda x, *more: x.float(),
    "toInt": lambda x, *more: x.int(),
    "where": lambda condition, a, b, *more: torch.where(condition != 0, as_tensor(a), as_tensor(b)),
}

# -- products


def multiplied(a, b, transpose_a=False, transpose_b=False, *more):
    a, b = as_tensor(a), as_tensor(b)
    a = a.transpose(-1, -2) if transpose_a else a
    return torch.matmul(a, b.transpose(-1, -2) if transpose_b else b)


products = {
    "dot": multiplied,
    "einsum": lambda equation, *tensors: torch.einsum(equation, *tensors),
    "matMul": multiplied,
    "outerProduct": lambda a, b, *more: as_tensor(a).reshape(-1, 1) * as_tensor(b).reshape(1, -1),
}

# -- reductions


def reducing(function):
    def reduce(x, axis=None, keep_dims=False, *more):
        x = as_tensor(x)
        axis = tuple(range(x.dim())) if axis is None else axes(axis)
        return function(x, dim=axis, keepdim=bool(keep_dims)) if x.dim() else x

    return reduce


def moments(x, axis=None, keep_dims=False, *more):
    axis = tuple(range(x.dim())) if axis is None else axes(axis)
    mean = torch.mean(x, dim=axis, keepdim=True)
    variance = torch.mean((x - mean) ** 2, dim=axis, keepdim=bool(keep_dims))
    return Record({"mean": torch.mean(x, dim=axis, keepdim=bool(keep_dims)), "variance": variance})


def norm(x, order="euclidean", axis=None, keep_dims=False, *more):
    axis = tuple(range(x.dim())) if axis is None else axes(axis)
    kept = bool(keep_dims)
    if order == 1:
        return torch.sum(torch.abs(x), dim=axis, keepdim=kept)
    if order in (2, "euclidean", "fro"):
        return torch.sqrt(torch.sum(x * x, dim=axis, keepdim=kept))
    bound = torch.amax if order == float("inf") else torch.amin
    return bound(torch.abs(x), dim=axis, keepdim=kept)


def product(x, axis=None, keep_dims=False, *more):
    x = as_tensor(x)
    for each in sorted(range(x.dim()) if axis is None else [at % x.dim() for at in sizes(axis)], reverse=True):
        x = torch.prod(x, each, keepdim=bool(keep_dims))
    return x


def running(function):
    def run(x, axis=0, exclusive=False, reverse=False, *more):
        if exclusive:
            raise NotImplementedError("a running total without its own place")
        return torch.flip(function(torch.flip(x, [axis]), axis), [axis]) if reverse else function(x, axis)

    return run


reductions = {
    "all": reducing(lambda x, dim, keepdim: torch.amin(x.float(), dim=dim, keepdim=keepdim) != 0),
    "any": reducing(lambda x, dim, keepdim: torch.amax(x.float(), dim=dim, keepdim=keepdim) != 0),
    "argMax": lambda x, axis=0, *more: torch.argmax(x, dim=axis),
    "argMin": lambda x, axis=0, *more: torch.argmin(x, dim=axis),
    "cumprod": running(torch.cumprod),
    "cumsum": running(torch.cumsum),
    "euclideanNorm": lambda x, axis=None, keep_dims=False, *more: norm(x, 2, axis, keep_dims),
    "logSumExp": reducing(torch.logsumexp),
    "max": reducing(torch.amax),
    "mean": reducing(torch.mean),
    "min": reducing(torch.amin),
    "moments": moments,
    "norm": norm,
    "prod": product,
    "sum": reducing(torch.sum),
}

# -- places


def permuted(x, order=None, *more):
    return x.permute(tuple(reversed(range(x.dim()))) if order is None else tuple(order))


def concatenated(first, *others):
    if isinstance(first, (list, tuple)):
        return torch.cat([as_tensor(each) for each in first], others[0] if others and others[0] is not None else 0)
    other, axis = others[0], others[1] if len(others) > 1 else 0
    return torch.cat([first] + (list(other) if isinstance(other, (list, tuple)) else [other]), axis)


def stacked(first, *others):
    if isinstance(first, (list, tuple)):
        return torch.stack([as_tensor(each) for each in first], others[0] if others and others[0] is not None else 0)
    other, axis = others[0], others[1] if len(others) > 1 else 0
    return torch.stack([first] + (list(other) if isinstance(other, (list, tuple)) else [other]), axis)


def unstacked(x, axis=0, *more):
    return [x.select(axis, i) for i in range(x.shape[axis])]


def part(x, begin, size=None, *more):
    begin = begin if isinstance(begin, (list, tuple)) else [begin]
    size = size if isinstance(size, (list, tuple)) or size is None else [size]
    for axis, start in enumerate(begin):
        length = -1 if size is None or axis >= len(size) else size[axis]
        x = x.narrow(axis, start, x.shape[axis] - start if length == -1 else length)
    return x


def pieces(x, sections, axis=0, *more):
    """A number of equal pieces, or their sizes; −1 is the rest."""
    if not isinstance(sections, (list, tuple)):
        return list(torch.split(x, x.shape[axis] // sections, dim=axis))
    rest = x.shape[axis] - sum([each for each in sections if each != -1])
    return list(torch.split(x, [rest if each == -1 else each for each in sections], dim=axis))


def strided(x, begin, end, strides=None, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_mask=0, *more):
    if ellipsis_mask or new_axis_mask:
        raise NotImplementedError("masks of strided slices for an ellipsis or a new axis")
    steps = [1] * len(begin) if strides is None else strides
    key = []
    for axis, step_size in enumerate(steps):
        first = None if begin_mask >> axis & 1 else begin[axis]
        last = None if end_mask >> axis & 1 else end[axis]
        key.append(begin[axis] if shrink_mask >> axis & 1 else slice(first, last, step_size))
    return x[tuple(key)]


def gathered(x, index, axis=0, batch_dims=0, *more):
    if batch_dims:
        raise NotImplementedError("gathering by batch")
    index = as_tensor(index)
    picked = torch.index_select(x, axis, index.reshape(-1).long())
    axis = axis % x.dim()
    return picked.reshape(tuple(x.shape[:axis]) + tuple(index.shape) + tuple(x.shape[axis + 1 :]))


def padded(x, pairs, value=0, *more):
    """A pair per axis; one pair for a tensor of one axis."""
    pairs = pairs if isinstance(pairs[0], (list, tuple)) else [pairs]
    return F.pad(x, [amount for pair in reversed(pairs) for amount in pair], value=value)


def mirrored(x, pairs, mode, *more):
    for axis, (before, after) in enumerate(pairs):
        skipped = 1 if mode == "reflect" else 0
        size = x.shape[axis]
        index = [before - 1 - i + skipped for i in range(before)] + list(range(size))
        index = index + [size - 1 - skipped - i for i in range(after)]
        x = torch.index_select(x, axis, torch.tensor(index))
    return x


def reversed_along(x, axis=None, *more):
    return torch.flip(x, list(range(x.dim())) if axis is None else list(sizes(axis)))


def squeezed(x, axis=None, *more):
    return x.squeeze() if axis is None else x.squeeze(sizes(axis))


def one_hot(index, depth, on=1, off=0, *more):
    hot = F.one_hot(as_tensor(index).long(), depth).float()
    return hot if on == 1 and off == 0 else hot * (on - off) + off


def blocks_of_depth(x, size, data_format="NHWC", *more):
    if data_format == "NCHW":
        raise NotImplementedError("blocks of channels that come first")
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, size, size, channels // (size * size))
    return x.permute(0, 1, 3, 2, 4, 5).reshape(batch, height * size, width * size, -1)


def largest(x, k=1, *more):
    values, indices = torch.topk(x, k)
    return Record({"values": values, "indices": indices})


structure = {
    "broadcastTo": lambda x, shape, *more: torch.broadcast_to(x, sizes(shape)),
    "concat": concatenated,
    "concat1d": concatenated,
    "concat2d": concatenated,
    "concat3d": concatenated,
    "concat4d": concatenated,
    "depthToSpace": blocks_of_depth,
    "diag": lambda x, *more: torch.diag(x),
    "ensureShape": lambda x, *more: x,
    "expandDims": lambda x, axis=0, *more: x.unsqueeze(axis),
    "flatten": lambda x, *more: x.reshape(-1),
    "gather": gathered,
    "mirrorPad": mirrored,
    "oneHot": one_hot,
    "pad": padded,
    "pad1d": padded,
    "pad2d": padded,
    "pad3d": padded,
    "pad4d": padded,
    "reshape": lambda x, shape, *more: as_tensor(x).reshape(sizes(shape)),
    "reverse": reversed_along,
    "reverse1d": reversed_along,
    "reverse2d": reversed_along,
    "reverse3d": reversed_along,
    "reverse4d": reversed_along,
    "slice": part,
    "slice1d": part,
    "slice2d": part,
    "slice3d": part,
    "slice4d": part,
    "split": pieces,
    "squeeze": squeezed,
    "stack": stacked,
    "stridedSlice": strided,
    "tile": lambda x, repeats, *more: x.repeat(tuple(repeats)),
    "topk": largest,
    "transpose": permuted,
    "unstack": unstacked,
}

# -- images


image = {
    "flipLeftRight": lambda x, *more: torch.flip(x, [2]),
    "grayscaleToRGB": lambda x, *more: x.repeat((1,) * (x.dim() - 1) + (3,)),
    "resizeBilinear": resize_bilinear,
    "resizeNearestNeighbor": resize_nearest,
    "rgbToGrayscale": lambda x, *more: torch.sum(x * torch.tensor([0.2989, 0.587, 0.114]), -1, keepdim=True),
}

functions = {
    **creating,
    **{name: unary(function) for name, function in elementwise.items()},
    **{name: binary(function) for name, function in pairwise.items()},
    **valued,
    **products,
    **reductions,
    **structure,
    **neural,
}

# -- members of tensors

_as_shaped = ("as1D", "as2D", "as3D", "as4D", "as5D")


def tensor_member(value, name):
    if name == "shape":
        return list(value.shape)
    if name == "rank":
        return len(value.shape)
    if name == "size":
        return value.numel()
    if name == "dtype":
        return dtype_of(value)
    if name in ("dispose", "print", "assign"):
        return lambda *more: None
    if name == "read":
        return lambda *more: value
    if name == "asType":
        return lambda dtype, *more: ops.cast(value, dtype)
    if name in _as_shaped:
        return lambda *shape: value.reshape(shape if shape else (-1,))
    if name == "asScalar":
        return lambda *more: value.reshape(())
    if name == "reshapeAs":
        return lambda other, *more: value.reshape(tuple(other.shape))
    if name in ("resizeBilinear", "resizeNearestNeighbor"):
        return lambda *given: image[name](value, *given)
    if name in functions:
        return lambda *given: functions[name](value, *given)
    return getattr(value, name, None)


def dtype_of(value):
    name = str(value.dtype).replace("torch.", "")
    return {"float64": "float32", "int64": "int32"}.get(name, name)
