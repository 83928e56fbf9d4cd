"""What a program can ask about its own functions and classes."""

import _host
from types import FunctionType, GeneratorType, MethodType, ModuleType

_empty = type("_empty", (), {})


class Parameter:
    empty = _empty
    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional or keyword"
    VAR_POSITIONAL = "variadic positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "variadic keyword"

    def __init__(self, name, kind, default=_empty, annotation=_empty):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation

    def __repr__(self):
        return f'<Parameter "{self.name}">'


_kinds = {
    "positionalOnly": Parameter.POSITIONAL_ONLY,
    "positional": Parameter.POSITIONAL_OR_KEYWORD,
    "star": Parameter.VAR_POSITIONAL,
    "keywordOnly": Parameter.KEYWORD_ONLY,
    "doubleStar": Parameter.VAR_KEYWORD,
}


class Signature:
    empty = _empty

    def __init__(self, parameters):
        self.parameters = {parameter.name: parameter for parameter in parameters}


class FullArgSpec:
    def __init__(self, parameters):
        positional = [p for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
        self.args = [p.name for p in positional]
        self.defaults = tuple(p.default for p in positional if p.default is not _empty) or None
        self.varargs = next((p.name for p in parameters if p.kind == Parameter.VAR_POSITIONAL), None)
        self.varkw = next((p.name for p in parameters if p.kind == Parameter.VAR_KEYWORD), None)
        keywords = [p for p in parameters if p.kind == Parameter.KEYWORD_ONLY]
        self.kwonlyargs = [p.name for p in keywords]
        self.kwonlydefaults = {p.name: p.default for p in keywords if p.default is not _empty} or None


def _parameters(function):
    """Of an unbound function: all parameters, `self` included."""
    return [
        Parameter(name, _kinds[kind], *default) for name, kind, default in _host.parameters(function)
    ]


def signature(function):
    if isclass(function):
        return Signature(_parameters(function.__init__)[1:])
    if ismethod(function):
        return Signature(_parameters(function.__func__)[1:])
    if isfunction(function) or isbuiltin(function):
        return Signature(_parameters(function))
    return Signature(_parameters(type(function).__call__)[1:])


def getfullargspec(function):
    target = function.__init__ if isclass(function) else function.__func__ if ismethod(function) else function
    return FullArgSpec(_parameters(target))


def isclass(value):
    return isinstance(value, type)


def isfunction(value):
    return isinstance(value, FunctionType)


def ismethod(value):
    return isinstance(value, MethodType)


def isbuiltin(value):
    return isinstance(value, type(len))


def isroutine(value):
    return isfunction(value) or ismethod(value) or isbuiltin(value)


def ismodule(value):
    return isinstance(value, ModuleType)


def isgenerator(value):
    return isinstance(value, GeneratorType)


def isabstract(value):
    return isclass(value) and bool(getattr(value, "__abstractmethods__", None))


def getdoc(value):
    return value.__doc__


def getmembers(value, predicate=None):
    pairs = [(name, getattr(value, name)) for name in sorted(dir(value))]
    return [pair for pair in pairs if predicate is None or predicate(pair[1])]
