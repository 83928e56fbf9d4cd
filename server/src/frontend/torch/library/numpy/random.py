"""numpy.random: numbers of torch's seeded stream; not the ones numpy would draw. What is not written here is unknown."""

import builtins
import math

import torch
from numpy._array import _is_scalar, _result, _shape, _tensor, ndarray
from numpy._types import _element_type
from torch._registry import stop


def seed(value=None):
    pass


def get_state(legacy=True):
    return None


def set_state(state):
    pass


def _parameters(size, *given):
    """Parameters as tensors, and the shape of what is drawn: `size`, or what the parameters' shapes give."""
    tensors = [_tensor(each).to(torch.float64) for each in given]
    if size is not None:
        return _shape((size,)), tensors
    return (tuple(torch.broadcast_tensors(*tensors)[0].shape) if tensors else ()), tensors


def _drawn(draw, size, *given):
    shape, tensors = _parameters(size, *given)
    if size is None and builtins.all([_is_scalar(each) for each in given]):
        return draw((), *tensors).item()
    return ndarray(draw(shape, *tensors))


def _unit(shape):
    return torch.rand(shape, dtype=torch.float64)


def uniform(low=0.0, high=1.0, size=None):
    return _drawn(lambda shape, a, b: a + (b - a) * _unit(shape), size, low, high)


def normal(loc=0.0, scale=1.0, size=None):
    return _drawn(lambda shape, a, b: a + b * torch.randn(shape, dtype=torch.float64), size, loc, scale)


def random(size=None):
    return uniform(size=size)


random_sample = ranf = sample = random


def standard_normal(size=None):
    return normal(size=size)


def rand(*sizes):
    return uniform(size=sizes or None)


def randn(*sizes):
    return normal(size=sizes or None)


def randint(low, high=None, size=None, dtype=builtins.int):
    first, last = (0, low) if high is None else (low, high)
    kind = _element_type(dtype)
    if _is_scalar(first) and _is_scalar(last):
        if size is None:
            return torch.randint(builtins.int(first), builtins.int(last), ()).item()
        return ndarray(torch.randint(builtins.int(first), builtins.int(last), _shape((size,))).to(kind))
    made = _drawn(lambda shape, a, b: torch.floor(a + (b - a) * _unit(shape)), size, first, last)
    return made.astype(kind)


def random_integers(low, high=None, size=None):
    first, last = (1, low) if high is None else (low, high)
    return randint(first, last + 1, size)


def exponential(scale=1.0, size=None):
    return _drawn(lambda shape, a: -a * torch.log(1 - _unit(shape)), size, scale)


def laplace(loc=0.0, scale=1.0, size=None):
    def draw(shape, a, b):
        half = _unit(shape) - 0.5
        return a - b * torch.sign(half) * torch.log(1 - 2 * torch.abs(half))

    return _drawn(draw, size, loc, scale)


def logistic(loc=0.0, scale=1.0, size=None):
    def draw(shape, a, b):
        part = _unit(shape)
        return a + b * (torch.log(part) - torch.log(1 - part))

    return _drawn(draw, size, loc, scale)


def gumbel(loc=0.0, scale=1.0, size=None):
    return _drawn(lambda shape, a, b: a - b * torch.log(-torch.log(_unit(shape))), size, loc, scale)


def lognormal(mean=0.0, sigma=1.0, size=None):
    return _drawn(lambda shape, a, b: torch.exp(a + b * torch.randn(shape, dtype=torch.float64)), size, mean, sigma)


def rayleigh(scale=1.0, size=None):
    return _drawn(lambda shape, a: a * torch.sqrt(-2 * torch.log(1 - _unit(shape))), size, scale)


def standard_exponential(size=None):
    return exponential(size=size)


def standard_cauchy(size=None):
    return _drawn(lambda shape: torch.tan(math.pi * (_unit(shape) - 0.5)), size)


def _counted(n, p, size):
    """Successes of n trials, each drawn."""
    if not _is_scalar(n):
        return stop("numpy.random.binomial of several numbers of trials is not followed")
    made = _drawn(lambda shape, a: (_unit((n, *shape)) < a).sum(0), size, p)
    return made if _is_scalar(made) else made.astype(builtins.int)


def binomial(n, p, size=None):
    return _counted(n, p, size)


def multivariate_normal(mean, cov, size=None, check_valid="warn", tol=1e-8):
    import numpy

    root = numpy.linalg.cholesky(cov)
    shape = () if size is None else _shape((size,))
    drawn = ndarray(torch.randn((*shape, len(root)), dtype=torch.float64))
    return numpy.asarray(mean) + numpy.matmul(drawn, root.T)


def permutation(x):
    if _is_scalar(x):
        return ndarray(torch.randperm(x))
    rows = _tensor(x)
    return ndarray(rows[torch.randperm(len(rows))])


def shuffle(x):
    if isinstance(x, ndarray):
        x._tensor[...] = x._tensor[torch.randperm(len(x))]
        return
    rows = list(x)
    for at, place in enumerate(torch.randperm(len(rows)).tolist()):
        x[at] = rows[place]


def choice(a, size=None, replace=True, p=None, axis=0, shuffle=True):
    if axis != 0:
        return stop("numpy.random.choice along another axis is not followed")
    if p is not None:
        return _weighted(a, size, replace, p)
    values = torch.arange(a) if _is_scalar(a) else _tensor(a)
    if replace or size is None:
        shape = () if size is None else _shape((size,))
        return _result(values[torch.randint(0, len(values), shape)])
    shape = _shape((size,))
    count = math.prod(shape)
    if count > len(values):
        raise ValueError("Cannot take a larger sample than population when replace is False")
    return ndarray(values[torch.randperm(len(values))[:count]].reshape(shape + tuple(values.shape[1:])))


def _weighted(a, size, replace, p):
    values = torch.arange(a) if _is_scalar(a) else _tensor(a)
    weights = _tensor(p).to(torch.float64)
    shape = () if size is None else _shape((size,))
    # Places in the order of numbers whose exponents the probabilities are.
    if replace:
        ends = torch.cumsum(weights, 0)
        places = (_unit((*shape, 1)) >= ends).sum(-1).clamp(0, len(values) - 1)
    else:
        count = math.prod(shape)
        places = torch.argsort(torch.log(_unit((len(values),))) / weights, 0).flip(0)[:count].reshape(shape)
    return _result(values[places])


class Generator:
    """`default_rng()`; `RandomState()` has the older names."""

    def __init__(self, *args, **kwargs):
        pass

    def integers(self, low, high=None, size=None, dtype=builtins.int, endpoint=False):
        first, last = (0, low) if high is None else (low, high)
        return randint(first, last + 1 if endpoint else last, size, dtype)

    def random(self, size=None, dtype=builtins.float, out=None):
        return random(size) if _element_type(dtype) is torch.float64 else random(size).astype(dtype)

    def standard_normal(self, size=None, dtype=builtins.float, out=None):
        return standard_normal(size) if _element_type(dtype) is torch.float64 else standard_normal(size).astype(dtype)

    def permuted(self, x, *, axis=None, out=None):
        return stop("numpy.random.Generator.permuted is not followed")

    def spawn(self, n_children):
        return [Generator() for _ in range(n_children)]

    seed = staticmethod(seed)
    get_state = staticmethod(get_state)
    set_state = staticmethod(set_state)
    uniform = staticmethod(uniform)
    normal = staticmethod(normal)
    random_sample = staticmethod(random_sample)
    rand = staticmethod(rand)
    randn = staticmethod(randn)
    randint = staticmethod(randint)
    random_integers = staticmethod(random_integers)
    exponential = staticmethod(exponential)
    laplace = staticmethod(laplace)
    logistic = staticmethod(logistic)
    gumbel = staticmethod(gumbel)
    lognormal = staticmethod(lognormal)
    binomial = staticmethod(binomial)
    multivariate_normal = staticmethod(multivariate_normal)
    permutation = staticmethod(permutation)
    shuffle = staticmethod(shuffle)
    choice = staticmethod(choice)


class RandomState(Generator):
    pass


def default_rng(seed=None):
    return seed if isinstance(seed, Generator) else Generator()


class SeedSequence:
    def __init__(self, *args, **kwargs):
        pass

    def spawn(self, n_children):
        return [SeedSequence() for _ in range(n_children)]


MT19937 = PCG64 = Philox = SFC64 = SeedSequence
