"""numpy's products of arrays."""

import builtins

import numpy
import torch
from numpy._array import _common, _is_scalar, _promoted, _result, _tensor, ndarray
from numpy._elementwise import _placed, ufunc
from numpy._types import _element_type
from numpy._whole import _kept_whole


def _product(function, a, b):
    left, right = _promoted([_tensor(a), _tensor(b)])
    if left.dtype is torch.bool:
        return _result(function(left.to(torch.int32), right.to(torch.int32)).to(torch.bool))
    return _result(_kept_whole(function, [left, right], left.dtype))


def _matmul(a, b, dtype=None):
    if _is_scalar(a) or _is_scalar(b):
        raise ValueError("matmul: Input operand does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) requires 1)")
    if dtype is not None:
        a, b = numpy.asarray(a, dtype), numpy.asarray(b, dtype)
    return _product(torch.matmul, a, b)


matmul = ufunc("matmul", _matmul, 2)


def _vecdot(a, b, dtype=None):
    return numpy.sum(numpy.multiply(a, b), -1)


vecdot = ufunc("vecdot", _vecdot, 2)
matvec = ufunc("matvec", lambda a, b, dtype=None: matmul(a, numpy.expand_dims(b, -1))[..., 0], 2)
vecmat = ufunc("vecmat", lambda a, b, dtype=None: matmul(numpy.expand_dims(a, -2), b)[..., 0, :], 2)


def dot(a, b, out=None):
    left, right = _tensor(a), _tensor(b)
    if left.dim() == 0 or right.dim() == 0:
        return _placed(numpy.multiply(a, b), out, True, ())
    if right.dim() > 2:
        return _placed(_product(lambda x, y: torch.tensordot(x, y, ([-1], [y.dim() - 2])), a, b), out, True, ())
    return _placed(_product(torch.matmul, a, b), out, True, ())


def vdot(a, b, /):
    return _product(torch.matmul, ndarray(_tensor(a).reshape(-1)), ndarray(_tensor(b).reshape(-1)))


def inner(a, b, /):
    left, right = _tensor(a), _tensor(b)
    if left.dim() == 0 or right.dim() == 0:
        return numpy.multiply(a, b)
    return _product(lambda x, y: torch.tensordot(x, y, ([-1], [-1])), a, b)


def outer(a, b, out=None):
    left, right = ndarray(_tensor(a).reshape(-1, 1)), ndarray(_tensor(b).reshape(1, -1))
    return _placed(numpy.multiply(left, right), out, True, ())


def tensordot(a, b, axes=2):
    if not _is_scalar(axes):
        axes = tuple([[each] if _is_scalar(each) else list(each) for each in axes])
    return _product(lambda x, y: torch.tensordot(x, y, axes), a, b)


def kron(a, b):
    left, right = _tensor(a), _tensor(b)
    if left.dim() == 0 or right.dim() == 0:
        return numpy.multiply(a, b)
    total = builtins.max(left.dim(), right.dim())
    x = left.reshape((1,) * (total - left.dim()) + tuple(left.shape))
    y = right.reshape((1,) * (total - right.dim()) + tuple(right.shape))
    apart = numpy.multiply(
        ndarray(x.reshape([size for each in x.shape for size in (each, 1)])),
        ndarray(y.reshape([size for each in y.shape for size in (1, each)])),
    )
    return apart.reshape([p * q for p, q in zip(x.shape, y.shape)])


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    left, right = numpy.moveaxis(a, axisa, -1), numpy.moveaxis(b, axisb, -1)
    if left.shape[-1] != 3 or right.shape[-1] != 3:
        raise ValueError("incompatible dimensions for cross product\n(both dimensions must be 3)")

    def part(i, j):
        return numpy.subtract(numpy.multiply(left[..., i], right[..., j]), numpy.multiply(left[..., j], right[..., i]))

    made = numpy.stack([numpy.asarray(each) for each in (part(1, 2), part(2, 0), part(0, 1))], -1)
    return numpy.moveaxis(made, -1, axisc)


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    return numpy.sum(numpy.diagonal(a, offset, axis1, axis2), -1, dtype, out)


def einsum(subscripts, *operands, out=None, dtype=None, order="K", casting="safe", optimize=False):
    tensors = _promoted([_tensor(each) for each in operands])
    kind = _element_type(dtype) or _common(tensors)
    made = _kept_whole(lambda *given: torch.einsum(subscripts, *given), [each.to(kind) for each in tensors], kind)
    return _placed(_result(made), out, True, ())


def einsum_path(subscripts, *operands, optimize="greedy", einsum_call=False):
    return ["einsum_path", tuple(range(len(operands)))], ""
