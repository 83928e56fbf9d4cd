"""numpy.linalg: norms and products of any arrays; decompositions of known matrices, in Python's numbers.

Eigenvalues of matrices that are not symmetric may be complex and are refused, as are decompositions of large matrices.
"""

import builtins
import math

import numpy
import torch
from numpy._array import _axis, _floating, _is_scalar, _result, _tensor, ndarray
from numpy._products import cross, matmul, outer, tensordot, trace, vecdot
from numpy._shapes import matrix_transpose
from torch._registry import is_data, stop

# Rows times columns times the smaller of both, in an interpreter.
_LARGEST = 60_000


class LinAlgError(ValueError):
    pass


def _matrices(a, name, square=True):
    """The matrices of a stack in lists of rows, and the axes of the stack."""
    found = _floating(a)
    if found.dim() < 2:
        raise LinAlgError(f"{found.dim()}-dimensional array given. Array must be at least two-dimensional")
    rows, columns = found.shape[-2], found.shape[-1]
    if square and rows != columns:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    if is_data(found):
        return stop(f"numpy.linalg.{name} of values that are not known")
    if found.numel() * builtins.min(rows, columns) > _LARGEST:
        return stop(f"numpy.linalg.{name} of matrices of {rows} × {columns} elements is not followed")
    return found.reshape(-1, rows, columns).tolist(), tuple(found.shape[:-2]), found.dtype


def _stacked(made, outer_shape, dtype):
    """Results for each matrix of a stack in one array."""
    whole = torch.tensor(made, dtype=torch.float64).to(dtype)
    return _result(whole.reshape(outer_shape + tuple(whole.shape[1:])))


def _eliminated(rows, others):
    """Solves rows · x = others with pivots; the determinant and x."""
    rows, others = [list(row) for row in rows], [list(row) for row in others]
    size, determinant = len(rows), 1.0
    for at in range(size):
        pivot = builtins.max(range(at, size), key=lambda n: builtins.abs(rows[n][at]))
        if rows[pivot][at] == 0:
            return 0.0, None
        if pivot != at:
            rows[at], rows[pivot] = rows[pivot], rows[at]
            others[at], others[pivot] = others[pivot], others[at]
            determinant = -determinant
        head = rows[at][at]
        determinant *= head
        for n in range(at + 1, size):
            factor = rows[n][at] / head
            if factor:
                rows[n] = [x - factor * y for x, y in zip(rows[n], rows[at])]
                others[n] = [x - factor * y for x, y in zip(others[n], others[at])]
    for at in range(size - 1, -1, -1):
        others[at] = [x / rows[at][at] for x in others[at]]
        for n in range(at):
            factor = rows[n][at]
            if factor:
                others[n] = [x - factor * y for x, y in zip(others[n], others[at])]
    return determinant, others


def det(a):
    matrices, stack, dtype = _matrices(a, "det")
    return _stacked([_eliminated(rows, [[]] * len(rows))[0] for rows in matrices], stack, dtype)


def slogdet(a):
    found = det(a)
    return numpy.sign(found), numpy.log(numpy.absolute(found))


def _unit(size):
    return [[1.0 if row == column else 0.0 for column in range(size)] for row in range(size)]


def _solved(rows, others):
    made = _eliminated(rows, others)[1]
    if made is None:
        raise LinAlgError("Singular matrix")
    return made


def inv(a):
    matrices, stack, dtype = _matrices(a, "inv")
    return _stacked([_solved(rows, _unit(len(rows))) for rows in matrices], stack, dtype)


def solve(a, b):
    matrices, stack, dtype = _matrices(a, "solve")
    right = _floating(b)
    if right.dim() == 1:
        return numpy.squeeze(solve(a, ndarray(right.reshape(-1, 1))), -1)
    right = right.expand(stack + tuple(right.shape[-2:])).reshape(-1, right.shape[-2], right.shape[-1]).tolist()
    return _stacked([_solved(rows, others) for rows, others in zip(matrices, right)], stack, dtype)


def matrix_power(a, n):
    base = inv(a) if n < 0 else numpy.asarray(a)
    made = numpy.eye(base.shape[-1], dtype=base.dtype)
    for _ in range(builtins.abs(n)):
        made = matmul(made, base)
    return made


def cholesky(a, /, *, upper=False):
    matrices, stack, dtype = _matrices(a, "cholesky")
    found = _stacked([_root(rows) for rows in matrices], stack, dtype)
    return matrix_transpose(found) if upper else found


def _root(rows):
    size = len(rows)
    made = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = rows[i][j] - builtins.sum([made[i][k] * made[j][k] for k in range(j)])
            if i == j:
                if rest <= 0:
                    raise LinAlgError("Matrix is not positive definite")
                made[i][i] = math.sqrt(rest)
            else:
                made[i][j] = rest / made[j][j]
    return made


def _rotations(rows):
    """Jacobi's method on the columns: rows · V has orthogonal columns. Columns of both, as lists."""
    columns = [list(column) for column in zip(*rows)]
    size = len(columns)
    turned = _unit(size)
    for _ in range(60):
        changed = False
        for p in range(size - 1):
            for q in range(p + 1, size):
                alpha = builtins.sum([x * x for x in columns[p]])
                beta = builtins.sum([x * x for x in columns[q]])
                gamma = builtins.sum([x * y for x, y in zip(columns[p], columns[q])])
                if builtins.abs(gamma) <= 1e-15 * math.sqrt(alpha * beta) or gamma == 0:
                    continue
                changed = True
                zeta = (beta - alpha) / (2 * gamma)
                t = math.copysign(1, zeta) / (builtins.abs(zeta) + math.sqrt(1 + zeta * zeta))
                c = 1 / math.sqrt(1 + t * t)
                s = c * t
                for pair in (columns, turned):
                    a, b = pair[p], pair[q]
                    pair[p] = [c * x - s * y for x, y in zip(a, b)]
                    pair[q] = [s * x + c * y for x, y in zip(a, b)]
        if not changed:
            break
    return columns, turned


def _singular(rows):
    """Singular values, falling, with columns of U and V; of a matrix with at least as many rows as columns."""
    columns, turned = _rotations(rows)
    values = [math.sqrt(builtins.sum([x * x for x in column])) for column in columns]
    order = sorted(range(len(values)), key=lambda n: -values[n])
    left = [[x / values[n] if values[n] else 0.0 for x in columns[n]] for n in order]
    return [values[n] for n in order], left, [turned[n] for n in order]


def _transposed(rows):
    return [list(column) for column in zip(*rows)]


def _completed(columns, length, count):
    """Orthonormal columns, with more of them; columns of zeros are replaced."""
    made = [column for column in columns if builtins.any(column)]
    for at in range(length):
        if len(made) == count:
            break
        new = [1.0 if n == at else 0.0 for n in range(length)]
        for _ in range(2):
            for column in made:
                part = builtins.sum([x * y for x, y in zip(column, new)])
                new = [x - part * y for x, y in zip(new, column)]
        size = math.sqrt(builtins.sum([x * x for x in new]))
        if size > 1e-8:
            made.append([x / size for x in new])
    return made


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """The signs of singular vectors are those of this method; any are right."""
    matrices, stack, dtype = _matrices(a, "svd", False)
    left, values, right = [], [], []
    for rows in matrices:
        wide = len(rows) < len(rows[0])
        found, first, second = _singular(_transposed(rows) if wide else rows)
        if wide:
            first, second = second, first
        count = builtins.min(len(rows), len(rows[0]))
        height, width = len(rows), len(rows[0])
        values.append(found)
        left.append(_transposed(_completed(first, height, height if full_matrices else count)))
        right.append(_completed(second, width, width if full_matrices else count))
    if not compute_uv:
        return _stacked(values, stack, dtype)
    return _stacked(left, stack, dtype), _stacked(values, stack, dtype), _stacked(right, stack, dtype)


def svdvals(x, /):
    return svd(x, compute_uv=False)


def _symmetric(rows):
    """Eigenvalues, rising, and the vectors: singular vectors of the matrix with its spectrum moved above zero."""
    shift = 1.0 + builtins.max([builtins.sum([builtins.abs(x) for x in row]) for row in rows])
    lower = [[rows[builtins.max(i, j)][builtins.min(i, j)] + (shift if i == j else 0.0) for j in range(len(rows))] for i in range(len(rows))]
    values, _, vectors = _singular(lower)
    return [value - shift for value in reversed(values)], _transposed(list(reversed(vectors)))


def eigh(a, UPLO="L"):
    matrices, stack, dtype = _matrices(a, "eigh")
    pairs = [_symmetric(rows if UPLO == "L" else _transposed(rows)) for rows in matrices]
    return _stacked([pair[0] for pair in pairs], stack, dtype), _stacked([pair[1] for pair in pairs], stack, dtype)


def eigvalsh(a, UPLO="L"):
    return eigh(a, UPLO)[0]


def eig(a):
    found = numpy.asarray(a)
    if not numpy.array_equal(found, numpy.swapaxes(found, -1, -2)):
        return stop("eigenvalues of a matrix that is not symmetric, which may be complex, are not followed")
    return eigh(a)


def eigvals(a):
    return eig(a)[0]


def qr(a, mode="reduced"):
    """With Householder's reflections, as LAPACK has the signs."""
    matrices, stack, dtype = _matrices(a, "qr", False)
    if mode not in ("reduced", "complete", "r"):
        return stop(f"numpy.linalg.qr with mode={mode!r} is not followed")
    left, right = [], []
    for rows in matrices:
        q, r = _reflected(rows)
        count = len(rows) if mode == "complete" else builtins.min(len(rows), len(rows[0]))
        left.append([row[:count] for row in q])
        right.append(r[:count])
    return _stacked(right, stack, dtype) if mode == "r" else (_stacked(left, stack, dtype), _stacked(right, stack, dtype))


def _reflected(rows):
    height, width = len(rows), len(rows[0])
    r, q = [list(row) for row in rows], _unit(height)
    for at in range(builtins.min(height - 1, width)):
        column = [r[n][at] for n in range(at, height)]
        if not builtins.any(column[1:]):
            continue
        size = math.sqrt(builtins.sum([x * x for x in column]))
        column[0] += math.copysign(size, column[0])
        scale = 2 / builtins.sum([x * x for x in column])
        for n in range(width):
            part = scale * builtins.sum([column[k] * r[at + k][n] for k in range(height - at)])
            for k in range(height - at):
                r[at + k][n] -= part * column[k]
        for row in q:
            part = scale * builtins.sum([column[k] * row[at + k] for k in range(height - at)])
            for k in range(height - at):
                row[at + k] -= part * column[k]
        for n in range(at + 1, height):
            r[n][at] = 0.0
    return q, r


def pinv(a, rcond=None, hermitian=False, *, rtol=None):
    found = _floating(a)
    limit = rcond if rcond is not None else rtol if rtol is not None else 1e-15
    u, s, vt = svd(ndarray(found), False)
    largest = numpy.max(s, -1, keepdims=True)
    turned = numpy.where(s > limit * largest, 1 / numpy.where(s == 0, 1, s), 0)
    return matmul(matrix_transpose(vt), turned[..., None] * matrix_transpose(u))


def matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    found = _floating(A)
    if found.dim() < 2:
        return builtins.int(builtins.bool((found != 0).any()))
    values = svdvals(ndarray(found))
    eps = numpy.finfo(values.dtype).eps
    limit = tol if tol is not None else numpy.max(values, -1, keepdims=True) * (rtol or builtins.max(found.shape[-2:]) * eps)
    return numpy.count_nonzero(values > limit, -1)


def lstsq(a, b, rcond=None):
    left, right = _floating(a), _floating(b)
    values = svdvals(ndarray(left))
    limit = numpy.finfo(values.dtype).eps * builtins.max(left.shape) if rcond is None else rcond
    made = matmul(pinv(ndarray(left), limit), ndarray(right))
    rank = builtins.int(numpy.count_nonzero(values > limit * numpy.max(values)))
    rest = numpy.sum((matmul(ndarray(left), made) - ndarray(right)) ** 2, 0)
    full = rank == left.shape[1] and left.shape[0] > left.shape[1]
    return made, numpy.atleast_1d(rest) if full else numpy.zeros((0,)), rank, values


def cond(x, p=None):
    if p in (None, 2):
        values = svdvals(x)
        return numpy.divide(values[..., 0], values[..., -1])
    return numpy.multiply(norm(x, p, (-2, -1)), norm(inv(x), p, (-2, -1)))


def norm(x, ord=None, axis=None, keepdims=False):
    found = _floating(x)
    if axis is None and ord is None:
        made = torch.sqrt((found * found).sum())
        return _result(made.reshape((1,) * found.dim()) if keepdims else made)
    axes = tuple(range(found.dim())) if axis is None else (axis,) if _is_scalar(axis) else tuple(axis)
    axes = tuple([_axis(each, found.dim()) for each in axes])
    if len(axes) == 1:
        return _vector_norm(ndarray(found), 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    return _matrix_norm(ndarray(found), ord, axes, keepdims)


def _vector_norm(x, ord, axis, keepdims):
    size = numpy.absolute(x)
    if ord == math.inf:
        return numpy.max(size, axis, keepdims=keepdims)
    if ord == -math.inf:
        return numpy.min(size, axis, keepdims=keepdims)
    if ord == 0:
        return numpy.sum((x != 0).astype(x.dtype), axis, keepdims=keepdims)
    if ord == 1:
        return numpy.sum(size, axis, keepdims=keepdims)
    if ord == 2:
        return numpy.sqrt(numpy.sum(x * x, axis, keepdims=keepdims))
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    return numpy.power(numpy.sum(numpy.power(size, builtins.float(ord)), axis, keepdims=keepdims), 1.0 / ord)


def _matrix_norm(x, ord, axes, keepdims):
    row, column = axes
    if ord in (None, "fro"):
        return numpy.sqrt(numpy.sum(x * x, axes, keepdims=keepdims))
    if ord in (1, -1, math.inf, -math.inf):
        along, across = (row, column) if ord in (1, -1) else (column, row)
        sums = numpy.sum(numpy.absolute(x), along, keepdims=True)
        made = (numpy.max if ord > 0 else numpy.min)(sums, across, keepdims=True)
    elif ord in (2, -2, "nuc"):
        values = svdvals(numpy.moveaxis(x, (row, column), (-2, -1)))
        made = numpy.sum(values, -1) if ord == "nuc" else numpy.asarray(values)[..., 0 if ord == 2 else -1]
        for axis in sorted(axes):
            made = numpy.expand_dims(made, axis)
    else:
        raise ValueError("Invalid norm order for matrices.")
    return made if keepdims else _result(_tensor(numpy.squeeze(made, axes)))


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    found = _floating(x)
    if axis is None:
        made = _vector_norm(ndarray(found.reshape(-1)), ord, 0, False)
        return numpy.reshape(made, (1,) * found.dim()) if keepdims else made
    if not _is_scalar(axis):
        return stop("numpy.linalg.vector_norm over several axes is not followed")
    return _vector_norm(ndarray(found), ord, axis, keepdims)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    found = _floating(x)
    return _matrix_norm(ndarray(found), ord, (found.dim() - 2, found.dim() - 1), keepdims)


def multi_dot(arrays, *, out=None):
    made = arrays[0]
    for each in arrays[1:]:
        made = numpy.dot(made, each)
    return made


def diagonal(x, /, *, offset=0):
    return numpy.diagonal(x, offset, -2, -1)


def tensorinv(a, ind=2):
    return stop("numpy.linalg.tensorinv is not followed")


tensorsolve = tensorinv
