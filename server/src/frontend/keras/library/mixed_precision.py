"""mixed_precision: policies of types. What is traced is of single precision, whatever a policy says of activations."""

_policy = []


class DTypePolicy:
    def __init__(self, name="float32", **kwargs):
        self.name = name
        self.compute_dtype = name.replace("mixed_", "")
        self.variable_dtype = "float32" if name.startswith("mixed_") else name

    def get_config(self):
        return {"name": self.name}


Policy = DTypePolicy


def set_dtype_policy(policy):
    _policy.append(policy if isinstance(policy, DTypePolicy) else DTypePolicy(policy))


def dtype_policy():
    return _policy[-1] if _policy else DTypePolicy()


set_global_policy = set_dtype_policy
set_policy = set_dtype_policy
global_policy = dtype_policy


class LossScaleOptimizer:
    """The optimizer that it is around: losses are not scaled here."""

    def __new__(cls, inner_optimizer, *args, **kwargs):
        return inner_optimizer


def type_name(dtype):
    """Of weights, by a name, a policy or nothing."""
    return "float32" if dtype is None else getattr(dtype, "variable_dtype", dtype)


class Typed:
    """The types of a layer."""

    dtype_policy = property(lambda self: DTypePolicy(self.dtype))
    compute_dtype = property(lambda self: self.dtype)
    variable_dtype = property(lambda self: self.dtype)
