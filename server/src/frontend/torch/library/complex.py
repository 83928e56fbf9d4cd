"""Complex tensors as pairs of real ones: the last axis of `_pair` holds the real and the imaginary part.

Functions of torch that meet one call `_torch_<name>` of its class with their arguments by name, else its method of
that name. Views and stores go through to the pair, as PyTorch's go through to the memory.
"""

import torch


class ComplexType:
    """torch.complex64 and torch.complex128: in place of an element type, they make complex tensors."""

    is_complex = True
    is_floating_point = False

    def __init__(self, name, part):
        self._name = name
        self._part = part

    def __repr__(self):
        return f"torch.{self._name}"

    def to_real(self):
        return self._part

    def _torch_zeros(self, size, **options):
        return _made(torch.zeros(*_flat(size), 2, dtype=self._part))

    _torch_empty = _torch_zeros

    def _torch_ones(self, size, **options):
        return complex(torch.ones(*_flat(size), dtype=self._part), torch.zeros(*_flat(size), dtype=self._part))

    def _torch_randn(self, size, **options):
        return _made(torch.randn(*_flat(size), 2, dtype=self._part) * 0.5**0.5)

    def _torch_rand(self, size, **options):
        return _made(torch.rand(*_flat(size), 2, dtype=self._part))

    def _torch_zeros_like(self, input, **options):
        return self._torch_zeros(tuple(input.shape))

    def _torch_ones_like(self, input, **options):
        return self._torch_ones(tuple(input.shape))

    def _torch_to(self, input, **options):
        return _complex(input)

    _torch_type = _torch_to


def _flat(size):
    """`zeros(2, 3)` and `zeros((2, 3))`."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else tuple(size)


def _made(pair):
    return ComplexTensor(pair)


def _complex(x):
    if isinstance(x, ComplexTensor):
        return x
    if not torch.is_tensor(x):
        x = torch.tensor(float(x))
    return complex(x, torch.zeros_like(x))


def _axis(dim):
    """Axes counted from the end step over the pair's own."""
    return dim - 1 if dim < 0 else dim


def _axes(dims):
    return tuple(_axis(dim) for dim in dims)


class ComplexTensor:
    is_leaf = False
    requires_grad = False

    def __init__(self, pair):
        self._pair = pair

    real = property(lambda self: self._pair[..., 0])
    imag = property(lambda self: self._pair[..., 1])
    shape = property(lambda self: torch.Size(self._pair.shape[:-1]))
    ndim = property(lambda self: self._pair.dim() - 1)
    dtype = property(lambda self: complex128 if self._pair.dtype == torch.float64 else complex64)
    device = property(lambda self: self._pair.device)
    T = property(lambda self: self.transpose(0, 1))
    mT = property(lambda self: self.transpose(-2, -1))
    H = property(lambda self: self.transpose(0, 1).conj())

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return self.ndim

    def numel(self):
        return self._pair.numel() // 2

    def __len__(self):
        return self.shape[0]

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def is_complex(self):
        return True

    def is_floating_point(self):
        return False

    # Parts

    def __getitem__(self, key):
        return _made(self._pair[self._key(key)])

    def __setitem__(self, key, value):
        value = _complex(value)._pair
        self._pair[self._key(key)] = value.to(self._pair.dtype)

    def _key(self, key):
        key = key if isinstance(key, tuple) else (key,)
        return key + (slice(None),) if any(part is Ellipsis for part in key) else key

    # Arithmetic

    def __add__(self, other):
        return _made(self._pair + _complex(other)._pair)

    def __sub__(self, other):
        return _made(self._pair - _complex(other)._pair)

    def __rsub__(self, other):
        return _made(_complex(other)._pair - self._pair)

    def __neg__(self):
        return _made(-self._pair)

    def __mul__(self, other):
        if not isinstance(other, ComplexTensor):
            return complex(self.real * other, self.imag * other)
        return _bilinear(torch.mul, self, other)

    def __truediv__(self, other):
        if not isinstance(other, ComplexTensor):
            return complex(self.real / other, self.imag / other)
        size = other.real**2 + other.imag**2
        return self * complex(other.real / size, -other.imag / size)

    def __rtruediv__(self, other):
        return _complex(other) / self

    def __matmul__(self, other):
        return _bilinear(torch.matmul, self, _complex(other))

    def __rmatmul__(self, other):
        return _bilinear(torch.matmul, _complex(other), self)

    def __pow__(self, exponent):
        if exponent == 2:
            return self * self
        size, angle = self.abs(), self.angle()
        return polar(size**exponent, angle * exponent)

    __radd__ = __add__
    __rmul__ = __mul__
    add = __add__
    sub = __sub__
    mul = __mul__
    div = __truediv__
    matmul = __matmul__

    # Functions

    def conj(self):
        return complex(self.real, -self.imag)

    conj_physical = conj

    def resolve_conj(self):
        return self

    def abs(self):
        square = self.real**2 + self.imag**2
        # The derivative at zero is zero, as in PyTorch.
        positive = square > 0
        return torch.where(positive, torch.where(positive, square, 1.0).sqrt(), 0.0)

    absolute = abs
    __abs__ = abs

    def angle(self):
        return torch.atan2(self.imag, self.real)

    def exp(self):
        return polar(self.real.exp(), self.imag)

    def sum(self, dim=None, keepdim=False, **options):
        dims = tuple(range(self.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
        return _made(self._pair.sum(_axes(dims), keepdim=keepdim))

    def mean(self, dim=None, keepdim=False, **options):
        total = self.sum(dim, keepdim)
        return total / (self.numel() // total.numel())

    # Shape

    def view(self, *shape):
        return _made(self._pair.reshape(*_flat(shape), 2))

    reshape = view

    def flatten(self, start_dim=0, end_dim=-1):
        return _made(self._pair.flatten(start_dim, _axis(end_dim)))

    def permute(self, *dims):
        order = [dim % self.ndim for dim in _flat(dims)]
        return _made(self._pair.permute(*order, self.ndim))

    def transpose(self, dim0, dim1):
        return _made(self._pair.transpose(_axis(dim0), _axis(dim1)))

    swapaxes = transpose

    def unsqueeze(self, dim):
        return _made(self._pair.unsqueeze(_axis(dim)))

    def squeeze(self, dim):
        return _made(self._pair.squeeze(_axis(dim)))

    def expand(self, *sizes):
        return _made(self._pair.expand(*_flat(sizes), 2))

    def repeat(self, *sizes):
        return _made(self._pair.repeat(*_flat(sizes), 1))

    def roll(self, shifts, dims):
        dims = (dims,) if isinstance(dims, int) else tuple(dims)
        return _made(self._pair.roll(shifts, _axes(dims)))

    def flip(self, *dims):
        return _made(self._pair.flip(_axes(_flat(dims))))

    def split(self, split_size, dim=0):
        return tuple(_made(part) for part in self._pair.split(split_size, _axis(dim)))

    def chunk(self, chunks, dim=0):
        return tuple(_made(part) for part in self._pair.chunk(chunks, _axis(dim)))

    def index_select(self, dim, index):
        return _made(self._pair.index_select(_axis(dim), index))

    # What makes no difference here

    def to(self, *args, **kwargs):
        return self

    type = type_as = cpu = cuda = contiguous = to

    def clone(self):
        return _made(self._pair.clone())

    def detach(self):
        return _made(self._pair.detach())

    # Functions of torch, with their arguments by name

    @staticmethod
    def _torch_view_as_real(input):
        return input._pair

    @staticmethod
    def _torch_real(input):
        return input.real

    @staticmethod
    def _torch_mul(input, other, **options):
        return _complex(input) * other

    _torch_multiply = _torch_mul

    @staticmethod
    def _torch_add(input, other, alpha=1, **options):
        return _complex(input) + (other if alpha == 1 else other * alpha)

    @staticmethod
    def _torch_sub(input, other, alpha=1, **options):
        return _complex(input) - (other if alpha == 1 else other * alpha)

    @staticmethod
    def _torch_div(input, other, **options):
        return _complex(input) / other

    @staticmethod
    def _torch_matmul(input, other, **options):
        return _complex(input) @ _complex(other)

    @staticmethod
    def _torch_bmm(input, mat2, **options):
        return _complex(input) @ _complex(mat2)

    @staticmethod
    def _torch_einsum(equation, operands):
        first, *rest = [_complex(x) for x in _flat(operands)]
        if len(rest) != 1:
            raise NotImplementedError("einsum of more or fewer than two complex tensors is not followed")
        return _bilinear(lambda a, b: torch.einsum(equation, a, b), first, rest[0])

    @staticmethod
    def _torch_cat(tensors, dim=0, **options):
        return _made(torch.cat([_complex(x)._pair for x in tensors], _axis(dim)))

    _torch_concat = _torch_cat

    @staticmethod
    def _torch_stack(tensors, dim=0, **options):
        return _made(torch.stack([_complex(x)._pair for x in tensors], _axis(dim)))

    @staticmethod
    def _torch_where(condition, input, other, **options):
        return _made(torch.where(condition.unsqueeze(-1), _complex(input)._pair, _complex(other)._pair))

    @staticmethod
    def _torch_zeros_like(input, **options):
        return _made(torch.zeros_like(input._pair))

    @staticmethod
    def _torch_is_complex(input):
        return True


def _bilinear(product, a, b):
    """A product that is linear in both operands, of their parts."""
    return complex(
        product(a.real, b.real) - product(a.imag, b.imag),
        product(a.real, b.imag) + product(a.imag, b.real),
    )


def complex(real, imag):
    return _made(torch.stack(torch.broadcast_tensors(real, imag), -1))


def polar(abs, angle):
    return complex(abs * torch.cos(angle), abs * torch.sin(angle))


def view_as_complex(input):
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return _made(input)


def conj(input):
    return input.conj()


conj_physical = conj


def imag(input):
    return input.imag


def angle(input):
    return input.angle() if isinstance(input, ComplexTensor) else torch.where(input < 0, torch.pi, 0.0)


complex64 = cfloat = ComplexType("complex64", torch.float32)
complex128 = cdouble = ComplexType("complex128", torch.float64)
