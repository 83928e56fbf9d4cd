"""Types of the interpreter's own objects, and SimpleNamespace."""


class SimpleNamespace:
    def __init__(self, mapping=None, /, **kwargs):
        if mapping is not None:
            kwargs = {**dict(mapping), **kwargs}
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __repr__(self):
        return f"namespace({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"

    def __eq__(self, other):
        return isinstance(other, SimpleNamespace) and vars(self) == vars(other)


def _function():
    yield


class _Method:
    def method(self):
        pass


FunctionType = LambdaType = type(_function)
MethodType = type(_Method().method)
BuiltinFunctionType = BuiltinMethodType = type(len)
GeneratorType = type(_function())
NoneType = type(None)
EllipsisType = type(...)
import sys as _sys
ModuleType = type(_sys)
UnionType = type("UnionType", (), {})
GenericAlias = type("GenericAlias", (), {})
TracebackType = type("traceback", (), {})
MappingProxyType = dict
