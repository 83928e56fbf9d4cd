"""What model code uses of TensorFlow beside its Keras and the functions of _tf_functions and _tf_nn."""

import torch
from torch.nn import Parameter

from keras import _ops as ops
from keras import _tf_data as data
from keras import _tf_functions as functions
from keras._initializers import (
    constant_initializer,
    ones_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    zeros_initializer,
)
from keras._layer import as_tensor
from keras._naming import current_path, join
from keras._naming import graph_scope as name_scope
from keras._ops import sizes_of, symbolic
from keras._symbolic import TensorShape
from keras._tf_image import image
from keras._tf_nn import nn
from keras._utils import CustomObjectScope as _NoScope

newaxis = None
float16, float32, float64, bfloat16 = "float16", "float32", "float64", "bfloat16"
int8, int16, int32, int64, uint8, bool, string = "int8", "int16", "int32", "int64", "uint8", "bool", "string"
Tensor = torch.Tensor


def Variable(initial_value=None, trainable=True, name="Variable", dtype=None, **kwargs):
    value = as_tensor(initial_value() if callable(initial_value) else initial_value)
    value = torch.as_tensor(value).float()
    made = Parameter(value) if trainable else value.clone()
    object.__setattr__(made, "path", join(current_path(), name))
    return made


def function(func=None, **kwargs):
    return func if func is not None else (lambda inner: inner)


def as_dtype(type_value):
    return type_value if isinstance(type_value, str) else str(type_value).replace("torch.", "")


def no_op(*args, **kwargs):
    pass


class _Functions:
    """Names under which the functions of the top level are used, too."""

    def __init__(self, names, **more):
        for name in names.split():
            setattr(self, name, getattr(functions, name))
        for name, function in more.items():
            setattr(self, name, function)


math = _Functions(
    """
    abs acos add add_n argmax argmin asin atan ceil cos cosh cumsum divide divide_no_nan equal erf exp expm1 floor
    floordiv floormod greater greater_equal is_finite is_inf is_nan less less_equal log log1p log_sigmoid logical_and
    logical_not logical_or logical_xor maximum minimum mod multiply multiply_no_nan negative not_equal pow reciprocal
    reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod
    reduce_std reduce_sum reduce_variance round rsqrt scalar_mul sigmoid sign sin sinh sqrt square squared_difference
    subtract tan tanh top_k truediv
    """,
    l2_normalize=nn.l2_normalize,
    softplus=nn.softplus,
    softmax=nn.softmax,
    log_softmax=nn.log_softmax,
)


@symbolic
def _band_part(input, num_lower, num_upper):
    upper = torch.tril(input, num_upper) if num_upper >= 0 else input
    return torch.triu(upper, -num_lower if num_lower >= 0 else -input.shape[-2])


class _LowerTriangular:
    def __init__(self, tril, *args, **kwargs):
        self.tril = tril

    def to_dense(self, name=None):
        return ops.tril(self.tril)


linalg = _Functions(
    "matmul matvec norm einsum tensordot eye",
    l2_normalize=nn.l2_normalize,
    band_part=_band_part,
    diag=functions.renamed(symbolic(torch.diag_embed), diagonal="input"),
    diag_part=symbolic(lambda input: torch.diagonal(input, 0, -2, -1)),
    trace=symbolic(lambda x: torch.sum(torch.diagonal(x, 0, -2, -1), dim=-1)),
    transpose=functions.renamed(symbolic(lambda a: a.transpose(-1, -2)), matrix="a"),
    inv=symbolic(lambda input: torch.linalg.inv(input)),
    det=symbolic(lambda input: torch.linalg.det(input)),
    cholesky=symbolic(lambda input: torch.linalg.cholesky(input)),
    LinearOperatorLowerTriangular=_LowerTriangular,
)
depth_to_space, space_to_depth = nn.depth_to_space, nn.space_to_depth

class random:
    normal = staticmethod(
        symbolic(lambda shape, mean=0.0, stddev=1.0, **kwargs: mean + stddev * torch.randn(sizes_of(shape)))
    )
    uniform = staticmethod(
        symbolic(
            lambda shape, minval=0.0, maxval=1.0, **kwargs: minval + (maxval - minval) * torch.rand(sizes_of(shape))
        )
    )
    truncated_normal = normal
    set_seed = staticmethod(no_op)


class _Scope(_NoScope):
    """A device, a strategy, a tape: where a program runs or what it notes is no part of the function."""

    def scope(self):
        return self

    num_replicas_in_sync = 1


device = control_dependencies = Graph = _Scope


class distribute:
    Strategy = MirroredStrategy = OneDeviceStrategy = MultiWorkerMirroredStrategy = TPUStrategy = _Scope
    get_strategy = _Scope


class config:
    list_physical_devices = list_logical_devices = staticmethod(lambda *args: [])
    run_functions_eagerly = set_visible_devices = staticmethod(no_op)

    class experimental:
        list_physical_devices = staticmethod(lambda *args: [])
        set_memory_growth = enable_tensor_float_32_execution = staticmethod(no_op)


class test:
    is_gpu_available = is_built_with_cuda = staticmethod(lambda *args, **kwargs: False)


class debugging:
    assert_equal = assert_less = assert_greater = assert_rank = check_numerics = staticmethod(lambda x, *args, **kwargs: x)


class errors:
    InvalidArgumentError = ValueError
