"""Data classes. Methods are made from text, so that calls bind and fail exactly as hand-written ones."""

import copy as _copy


class _Missing:
    def __repr__(self):
        return "<dataclasses._MISSING_TYPE object>"


MISSING = _Missing()
KW_ONLY = object()


class FrozenInstanceError(AttributeError):
    pass


class InitVar:
    def __class_getitem__(cls, item):
        return cls


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only
        self.init_only = False


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _own_fields(cls, kw_only):
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        if annotation.startswith(("ClassVar", "typing.ClassVar", "t.ClassVar", '"ClassVar', "'ClassVar")):
            continue
        if annotation in ("KW_ONLY", "dataclasses.KW_ONLY"):
            kw_only = True
            continue
        default = cls.__dict__.get(name, MISSING)
        made = default if isinstance(default, Field) else field(default=default)
        if type(made.default) in (list, dict, set):
            raise ValueError(f"mutable default {type(made.default)} for field {name} is not allowed: use default_factory")
        made.name = name
        made.type = annotation
        if made.kw_only is MISSING:
            made.kw_only = kw_only
        made.init_only = annotation.startswith(("InitVar", "dataclasses.InitVar"))
        if isinstance(default, Field):
            if made.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, made.default)
        yield made


def _parameter(item):
    if item.default is not MISSING or item.default_factory is not MISSING:
        return f"{item.name}=_default_{item.name}"
    return item.name


def _make_init(cls, items, frozen):
    given = [item for item in items if item.init]
    plain = [item for item in given if not item.kw_only]
    keyword = [item for item in given if item.kw_only]
    seen_default = False
    for item in plain:
        has_default = item.default is not MISSING or item.default_factory is not MISSING
        if seen_default and not has_default:
            raise TypeError(f"non-default argument '{item.name}' follows default argument")
        seen_default = seen_default or has_default
    parameters = ["self"] + [_parameter(item) for item in plain]
    if keyword:
        parameters += ["*"] + [_parameter(item) for item in keyword]
    namespace = {"_factory_made": MISSING, "_set": object.__setattr__ if frozen else setattr}
    lines = []
    for item in items:
        if item.default_factory is not MISSING:
            namespace[f"_default_{item.name}"] = MISSING
            namespace[f"_factory_{item.name}"] = item.default_factory
            value = f"_factory_{item.name}()"
            if item.init:
                value = f"{value} if {item.name} is _factory_made else {item.name}"
        else:
            if item.default is not MISSING:
                namespace[f"_default_{item.name}"] = item.default
            if not item.init:
                if item.default is MISSING:
                    continue
                value = f"_default_{item.name}"
            else:
                value = item.name
        if not item.init_only:
            lines.append(f"_set(self, '{item.name}', {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(f"self.__post_init__({', '.join(item.name for item in given if item.init_only)})")
    body = "\n    ".join(lines or ["pass"])
    exec(f"def __init__({', '.join(parameters)}):\n    {body}", namespace)
    made = namespace["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _refuse_set(self, name, value):
    raise FrozenInstanceError(f"cannot assign to field '{name}'")


def _refuse_delete(self, name):
    raise FrozenInstanceError(f"cannot delete field '{name}'")


def _values(obj):
    return tuple(getattr(obj, item.name) for item in fields(obj) if item.compare)


def _repr(self):
    shown = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.repr)
    return f"{type(self).__qualname__}({shown})"


def _eq(self, other):
    if type(other) is not type(self):
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self):
    return hash(_values(self))


def _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only):
    collected = {}
    for base in reversed(cls.__mro__[1:]):
        for name, item in base.__dict__.get("__dataclass_fields__", {}).items():
            collected[name] = item
    for item in _own_fields(cls, kw_only):
        collected[item.name] = item
    cls.__dataclass_fields__ = collected
    items = list(collected.values())
    own = cls.__dict__
    if init and "__init__" not in own:
        cls.__init__ = _make_init(cls, items, frozen)
    if repr and "__repr__" not in own:
        cls.__repr__ = _repr
    if eq and "__eq__" not in own:
        cls.__eq__ = _eq
        if frozen or unsafe_hash:
            cls.__hash__ = _hash
    if order:
        cls.__lt__ = lambda self, other: _values(self) < _values(other)
        cls.__le__ = lambda self, other: _values(self) <= _values(other)
        cls.__gt__ = lambda self, other: _values(self) > _values(other)
        cls.__ge__ = lambda self, other: _values(self) >= _values(other)
    if frozen:
        cls.__setattr__ = _refuse_set
        cls.__delattr__ = _refuse_delete
    if match_args and "__match_args__" not in own:
        cls.__match_args__ = tuple(item.name for item in items if item.init and not item.kw_only)
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True,
              kw_only=False, slots=False, weakref_slot=False):
    def wrap(made):
        return _process(made, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only)

    return wrap if cls is None else wrap(cls)


def is_dataclass(obj):
    return hasattr(obj if isinstance(obj, type) else type(obj), "__dataclass_fields__")


def fields(obj):
    try:
        found = obj.__dataclass_fields__
    except AttributeError:
        raise TypeError("must be called with a dataclass type or instance") from None
    return tuple(item for item in found.values() if not item.init_only)


def _convert(value, dict_factory, as_dict):
    if is_dataclass(value) and not isinstance(value, type):
        pairs = [(item.name, _convert(getattr(value, item.name), dict_factory, as_dict)) for item in fields(value)]
        return dict_factory(pairs) if as_dict else dict_factory([v for _, v in pairs])
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[_convert(item, dict_factory, as_dict) for item in value])
    if isinstance(value, (list, tuple)):
        return type(value)([_convert(item, dict_factory, as_dict) for item in value])
    if isinstance(value, dict):
        return {k: _convert(v, dict_factory, as_dict) for k, v in value.items()}
    return _copy.deepcopy(value)


def asdict(obj, *, dict_factory=dict):
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("asdict() should be called on dataclass instances")
    return _convert(obj, dict_factory, True)


def astuple(obj, *, tuple_factory=tuple):
    if isinstance(obj, type) or not is_dataclass(obj):
        raise TypeError("astuple() should be called on dataclass instances")
    return _convert(obj, tuple_factory, False)


def replace(obj, /, **changes):
    values = {}
    for item in obj.__dataclass_fields__.values():
        if not item.init:
            if item.name in changes:
                raise TypeError(f"field {item.name} is declared with init=False, it cannot be specified with replace()")
            continue
        if item.name in changes:
            values[item.name] = changes.pop(item.name)
        elif not item.init_only:
            values[item.name] = getattr(obj, item.name)
    return type(obj)(**values, **changes)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, **options):
    attributes = dict(namespace or {})
    annotations = {}
    for item in fields:
        if isinstance(item, str):
            annotations[item] = "Any"
        else:
            annotations[item[0]] = str(item[1])
            if len(item) == 3:
                attributes[item[0]] = item[2]
    attributes["__annotations__"] = annotations
    return dataclass(type(cls_name, tuple(bases), attributes), **options)
