"""torch.fft: discrete Fourier transforms as products with their matrices.

For the sizes that models have this is exact to rounding and differentiable any number of times; a transform of n points
costs n² multiplications.
"""

import math

import torch
from torch._complex import ComplexTensor, complex

_LARGEST = 8192


def _check(n):
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    if n > _LARGEST:
        raise NotImplementedError(f"a Fourier transform of {n} points is not followed; {_LARGEST} are the most")


def _waves(rows, columns, n, like):
    """cos and sin of 2π·row·column/n, [rows, columns]; the phase is reduced first, so that it is exact."""
    phase = torch.outer(torch.arange(rows), torch.arange(columns)) % n
    angle = phase.to(torch.float64) * (2 * math.pi / n)
    return torch.cos(angle).to(like.dtype), torch.sin(angle).to(like.dtype)


def _factor(norm, n, inverse):
    if norm == "ortho":
        return 1 / math.sqrt(n)
    return 1 / n if (norm in (None, "backward")) == inverse else 1.0


def _fit(x, n):
    """The last axis cut or filled with zeros to n."""
    if n < x.shape[-1]:
        return x[..., :n]
    return torch.nn.functional.pad(x, (0, n - x.shape[-1])) if n > x.shape[-1] else x


def _parts(x):
    if isinstance(x, ComplexTensor):
        return x.real, x.imag
    return x if x.is_floating_point() else x.to(torch.get_default_dtype()), None


def _along(parts, dim, n):
    """The axis last, with n points."""
    return [None if part is None else _fit(part.transpose(dim, -1), n) for part in parts]


def rfft(input, n=None, dim=-1, norm=None):
    n = input.shape[dim] if n is None else n
    _check(n)
    x, _ = _along(_parts(input), dim, n)
    cosine, sine = _waves(n, n // 2 + 1, n, x)
    factor = _factor(norm, n, False)
    # Zero minus: the imaginary part of the first frequency is zero, not minus zero, which has another angle.
    return complex((x @ cosine) * factor, 0.0 - (x @ sine) * factor).transpose(dim, -1)


def irfft(input, n=None, dim=-1, norm=None):
    n = 2 * (input.shape[dim] - 1) if n is None else n
    _check(n)
    half = n // 2 + 1
    real, imag = _along(_parts(input), dim, half)
    cosine, sine = _waves(half, n, n, real)
    # All but the first and, of an even number, the last frequency stand for their conjugates, too.
    weight = torch.full((half, 1), 2.0, dtype=real.dtype)
    weight[0] = 1.0
    if n % 2 == 0:
        weight[-1] = 1.0
    result = real @ (cosine * weight)
    if imag is not None:
        result = result - imag @ (sine * weight)
    return (result * _factor(norm, n, True)).transpose(dim, -1)


def _transform(input, n, dim, norm, inverse):
    n = input.shape[dim] if n is None else n
    _check(n)
    real, imag = _along(_parts(input), dim, n)
    cosine, sine = _waves(n, n, n, real)
    if not inverse:
        sine = -sine
    factor = _factor(norm, n, inverse)
    if imag is None:
        return complex((real @ cosine) * factor, (real @ sine) * factor).transpose(dim, -1)
    return complex((real @ cosine - imag @ sine) * factor, (real @ sine + imag @ cosine) * factor).transpose(dim, -1)


def fft(input, n=None, dim=-1, norm=None):
    return _transform(input, n, dim, norm, False)


def ifft(input, n=None, dim=-1, norm=None):
    return _transform(input, n, dim, norm, True)


def hfft(input, n=None, dim=-1, norm=None):
    n = 2 * (input.shape[dim] - 1) if n is None else n
    return irfft(input.conj(), n, dim, None) * (n * _factor(norm, n, False))


def _axes(input, s, dim):
    if dim is None:
        dim = tuple(range(input.ndim)) if s is None else tuple(range(-len(s), 0))
    dim = (dim,) if isinstance(dim, int) else tuple(dim)
    return (None,) * len(dim) if s is None else tuple(s), dim


def fftn(input, s=None, dim=None, norm=None):
    for n, axis in zip(*_axes(input, s, dim)):
        input = fft(input, n, axis, norm)
    return input


def ifftn(input, s=None, dim=None, norm=None):
    for n, axis in zip(*_axes(input, s, dim)):
        input = ifft(input, n, axis, norm)
    return input


def rfftn(input, s=None, dim=None, norm=None):
    sizes, axes = _axes(input, s, dim)
    input = rfft(input, sizes[-1], axes[-1], norm)
    return fftn(input, sizes[:-1], axes[:-1], norm) if len(axes) > 1 else input


def irfftn(input, s=None, dim=None, norm=None):
    sizes, axes = _axes(input, s, dim)
    if len(axes) > 1:
        input = ifftn(input, sizes[:-1], axes[:-1], norm)
    return irfft(input, sizes[-1], axes[-1], norm)


def fft2(input, s=None, dim=(-2, -1), norm=None):
    return fftn(input, s, dim, norm)


def ifft2(input, s=None, dim=(-2, -1), norm=None):
    return ifftn(input, s, dim, norm)


def rfft2(input, s=None, dim=(-2, -1), norm=None):
    return rfftn(input, s, dim, norm)


def irfft2(input, s=None, dim=(-2, -1), norm=None):
    return irfftn(input, s, dim, norm)


def _shifted(input, dim, half):
    dim = tuple(range(input.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    return input.roll(tuple(half(input.shape[axis]) for axis in dim), dim)


def fftshift(input, dim=None):
    return _shifted(input, dim, lambda n: n // 2)


def ifftshift(input, dim=None):
    return _shifted(input, dim, lambda n: (n + 1) // 2)


def fftfreq(n, d=1.0, **options):
    index = torch.cat([torch.arange((n + 1) // 2), torch.arange(-(n // 2), 0)])
    return index.to(torch.get_default_dtype()) / (n * d)


def rfftfreq(n, d=1.0, **options):
    return torch.arange(n // 2 + 1).to(torch.get_default_dtype()) / (n * d)
