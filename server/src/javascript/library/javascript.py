"""What translated JavaScript runs on: members of values, operators that differ from Python's, and the usual globals.

`undefined` and `null` are None. Objects are instances of `Record`, arrays are lists, numbers are int or float.
"""

import functools
import math

from _javascript_host import (
    add, both, call_require, default, default_of, divide, either, get, given, global_of, host_member, import_scripts, include, is_left_out,
    is_unread, item, library_module, modulo, parse_json, same, truthy, type_name, unread,
)  # fmt: skip

undefined = None


class Record:
    """A plain object: its fields by name."""

    def __init__(self, fields=None):
        object.__setattr__(self, "fields", {} if fields is None else fields)

    def exported(self):
        """What a module put into its `module.exports`; None if nothing."""
        given = self.fields.get("exports")
        return None if isinstance(given, Record) and not given.fields else given

    def __repr__(self):
        return "{" + ", ".join([f"{key}: {value!r}" for key, value in self.fields.items()]) + "}"


class Method:
    """A function in an object that is called on it."""

    def __init__(self, function):
        self.function = function


class Getter(Method):
    """A field that is computed when it is asked for."""


def method_of(function):
    return Method(function)


def getter_of(function):
    return Getter(function)


class Datum:
    """A number that every sample of some data has for itself: `value` stands for all of them. It is computed with, and decides nothing."""

    def __init__(self, value):
        self.value = value

    def __neg__(self):
        return Datum(-self.value)

    def __str__(self):
        raise Error("a number of the data as text")

    def undecided(self, *more):
        return unread("a condition on numbers of the data")

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __bool__ = undecided


def of_data(function):
    """An operator for numbers of data, of which one side may be plain."""
    return lambda a, b: Datum(function(*[each.value if isinstance(each, Datum) else each for each in (a, b)]))


_operators = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}
for _name, _function in _operators.items():
    _operator = of_data(_function)
    setattr(Datum, f"__{_name}__", _operator)
    setattr(Datum, f"__r{_name}__", lambda a, b, operator=_operator: operator(b, a))


# Functions of (value, name) that know the members of further kinds of values; `missing` means that they do not.
missing = object()
kinds = []


def object_of(fields):
    return Record({text(key): value for key, value in fields.items()})


def fields(value):
    """What `...value` puts into an object."""
    if is_left_out(value) or value is None:
        return {}
    return dict(value.fields) if isinstance(value, Record) else {str(i): item for i, item in enumerate(value)}


# -- members


def get_member(value, name):
    """For `get`, of what it does not know by itself."""
    found = host_member(value, name)
    if is_unread(found):
        return found
    if found is NotImplemented:
        # A promise of nothing is nothing here.
        found = None if value is None and name in promise_methods else member(value, name)
        if is_unread(found):
            return found
    return functools.partial(promise_methods[name], value) if found is None and name in promise_methods else found


def member(value, name):
    if value is None:
        raise TypeError(f"Cannot read properties of undefined (reading '{name}')")
    if isinstance(value, Record):
        return object_member(value, name)
    if isinstance(value, (list, tuple)):
        return array_member(value, name)
    if isinstance(value, str):
        return string_member(value, name)
    if isinstance(value, (bool, int, float)):
        return functools.partial(number_methods[name], value) if name in number_methods else None
    for known in kinds:
        found = known(value, name)
        if found is not missing:
            return found
    if name in ("call", "apply", "bind") and callable(value) and not hasattr(value, name):
        return functools.partial(function_methods[name], value)
    if name == "constructor":
        return type(value)
    try:
        return getattr(value, name, None)
    except Exception as error:
        # A getter that refuses or fails: what it would give comes from a program that ran further.
        return unread(f"'{name}' ({error})")


def object_member(value, name):
    if name in value.fields:
        found = value.fields[name]
        if isinstance(found, Getter):
            return found.function(value)
        return functools.partial(found.function, value) if isinstance(found, Method) else found
    if name == "hasOwnProperty":
        return lambda key, *more: key in value.fields
    return None


def maybe(value, name):
    return None if value is None else get(value, name)


def maybe_call(function, *given):
    return None if function is None else function(*given)


def set(value, name, content):
    if is_unread(value):
        # `window.onload = …` is given to the page as the arguments of a call would be.
        value(content)
        return content
    if isinstance(value, Record):
        value.fields[name] = content
    else:
        setattr(value, name, content)
    return content


def set_field(value, name, content):
    """Of a constructor. Derived classes without one declare their fields as the class's, and have the last word."""
    for each in type(value).__mro__:
        if "__init__" in each.__dict__:
            break
        if name in each.__dict__:
            return content
    return set(value, name, content)


def get_item(value, index):
    if isinstance(value, str) and isinstance(index, int):
        return value[index] if 0 <= index < len(value) else None
    return get(value, text(index))


def set_item(value, index, content):
    if not isinstance(value, list):
        return set(value, text(index), content)
    while len(value) <= index:
        value.append(None)
    value[index] = content
    return content


def known_class(module, *settings):
    """A decorator: a class of which a module of ours knows what its methods give."""
    return lambda cls: library_module(module).known(cls, *settings)


# -- operators


def added(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return text(a) + text(b)
    return a + b


def divided(a, b):
    if isinstance(a, Datum) or isinstance(b, Datum):
        return a / b
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a)
    quotient = a / b
    return int(quotient) if isinstance(quotient, float) and quotient == math.floor(quotient) and abs(quotient) < 2**53 else quotient


def remainder(a, b):
    """The remainder has the sign of the dividend."""
    if isinstance(a, Datum) or isinstance(b, Datum):
        return unread("a remainder of numbers of the data")
    if isinstance(a, int) and isinstance(b, int) and b != 0:
        rest = abs(a) % abs(b)
        return -rest if a < 0 else rest
    return math.fmod(a, b)


def type_of(value):
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float, Datum)):
        return "number"
    if isinstance(value, str):
        return "string"
    return type_name(value)


def text(*parts):
    return "".join([text_of(part) for part in parts])


def text_of(value):
    if isinstance(value, str):
        return value
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float):
        return str(int(value)) if value == math.floor(value) and abs(value) < 1e21 else str(value)
    if isinstance(value, (list, tuple)):
        return ",".join(["" if each is None else text_of(each) for each in value])
    if isinstance(value, Record):
        return "[object Object]"
    return str(value)


def iterate(value):
    if isinstance(value, Record):
        raise TypeError("object is not iterable")
    return list(value)


def keys_of(value):
    if isinstance(value, Record):
        return list(value.fields)
    return [str(i) for i in range(len(value))]


def rest_of(value, taken):
    if isinstance(value, Record):
        return Record({key: each for key, each in value.fields.items() if key not in taken})
    return list(value)[taken:]


class Error(Exception):
    def __init__(self, message="", *more):
        super().__init__(message)
        self.message = message


class RangeError(Error):
    pass


# The global of this name is an error of JavaScript; Python's stays for what this module raises itself.
PythonTypeError = TypeError


def thrown(value):
    return value if isinstance(value, BaseException) else Error(text(value))


# -- arrays


def reduced(array, function, *initial):
    items = list(enumerate(array))
    if initial:
        result = initial[0]
    else:
        result = items[0][1]
        items = items[1:]
    for index, each in items:
        result = function(result, each, index, array)
    return result


def spliced(array, start, count=None, *added):
    start = max(0, start + len(array)) if start < 0 else min(start, len(array))
    end = len(array) if count is None else start + max(0, count)
    removed = array[start:end]
    array[start:end] = list(added)
    return removed


def sorted_in_place(array, compare=None, *more):
    key = functools.cmp_to_key(compare) if compare is not None else text_of
    array.sort(key=key)
    return array


def pushed(array, *items):
    array.extend(items)
    return len(array)


def put_first(array, *items):
    array[0:0] = list(items)
    return len(array)


def flat(array, depth=1, *more):
    result = []
    for each in array:
        if isinstance(each, list) and depth > 0:
            result.extend(flat(each, depth - 1))
        else:
            result.append(each)
    return result


def index_of(array, wanted, *more):
    for index, each in enumerate(array):
        if same(each, wanted):
            return index
    return -1


def found_index(array, test, *more):
    for index, each in enumerate(array):
        if truthy(test(each, index, array)):
            return index
    return -1


def last_index_of(array, wanted, *more):
    for index in range(len(array) - 1, -1, -1):
        if same(array[index], wanted):
            return index
    return -1


def last_found_index(array, test, *more):
    for index in range(len(array) - 1, -1, -1):
        if truthy(test(array[index], index, array)):
            return index
    return -1


def last_found(array, test, *more):
    index = last_found_index(array, test)
    return None if index < 0 else array[index]


def reduced_from_right(array, function, *initial):
    items = list(enumerate(array))[::-1]
    result = initial[0] if initial else items[0][1]
    for index, each in items if initial else items[1:]:
        result = function(result, each, index, array)
    return result


def put_at(array, source, offset=0, *more):
    """`set` of typed arrays."""
    array[offset : offset + len(source)] = list(source)


def with_spliced(array, *given):
    result = list(array)
    spliced(result, *given)
    return result


def with_item(array, index, value, *more):
    result = list(array)
    result[index] = value
    return result


def found(array, test, *more):
    index = found_index(array, test)
    return None if index < 0 else array[index]


def each_of(array, function, *more):
    for index, each in enumerate(list(array)):
        function(each, index, array)


def filled(array, value=None, start=0, end=None, *more):
    for index in range(len(array))[start:end]:
        array[index] = value
    return array


def joined_arrays(array, *others):
    result = list(array)
    for other in others:
        result.extend(other if isinstance(other, (list, tuple)) else [other])
    return result


def reversed_in_place(array, *more):
    array.reverse()
    return array


array_methods = {
    "push": pushed,
    "pop": lambda array, *more: array.pop() if array else None,
    "shift": lambda array, *more: array.pop(0) if array else None,
    "unshift": put_first,
    "map": lambda array, function, *more: [function(each, i, array) for i, each in enumerate(array)],
    "filter": lambda array, test, *more: [each for i, each in enumerate(array) if truthy(test(each, i, array))],
    "forEach": each_of,
    "reduce": reduced,
    "some": lambda array, test, *more: found_index(array, test) >= 0,
    "every": lambda array, test, *more: all([truthy(test(each, i, array)) for i, each in enumerate(array)]),
    "find": found,
    "findIndex": found_index,
    "findLast": last_found,
    "findLastIndex": last_found_index,
    "lastIndexOf": last_index_of,
    "reduceRight": reduced_from_right,
    "toSorted": lambda array, compare=None, *more: sorted_in_place(list(array), compare),
    "toReversed": lambda array, *more: list(array)[::-1],
    "toSpliced": lambda array, *given: with_spliced(array, *given),
    "with": with_item,
    "set": put_at,
    "subarray": lambda array, start=None, end=None, *more: array[start:end],
    "toString": lambda array, *more: text_of(array),
    "indexOf": index_of,
    "includes": lambda array, wanted, *more: index_of(array, wanted) >= 0,
    "join": lambda array, separator=",", *more: separator.join(["" if each is None else text_of(each) for each in array]),
    "slice": lambda array, start=None, end=None, *more: list(array)[start:end],
    "splice": spliced,
    "concat": joined_arrays,
    "reverse": reversed_in_place,
    "sort": sorted_in_place,
    "flat": flat,
    "flatMap": lambda array, function, *more: flat([function(each, i, array) for i, each in enumerate(array)]),
    "fill": filled,
    "keys": lambda array, *more: list(range(len(array))),
    "entries": lambda array, *more: [[i, each] for i, each in enumerate(array)],
    "values": lambda array, *more: list(array),
    "at": lambda array, index, *more: array[index] if -len(array) <= index < len(array) else None,
}


def array_member(array, name):
    if name == "length":
        return len(array)
    return functools.partial(array_methods[name], array) if name in array_methods else None


# -- text and numbers

def split_text(value, separator=None, limit=None, *more):
    if separator is not None and not isinstance(separator, str):
        return unread("what a regular expression splits")
    parts = [value] if separator is None else list(value) if separator == "" else value.split(separator)
    return parts[:limit]


def part_of(value, start=0, end=None, *more):
    """`substring`: bounds in either order, none of them counted from the end."""
    bounds = [min(max(each, 0), len(value)) for each in (start, len(value) if end is None else end)]
    return value[min(bounds) : max(bounds)]


def beginning_at(value, start, length=None, *more):
    start = max(0, start + len(value)) if start < 0 else start
    return value[start:] if length is None else value[start : start + max(0, length)]


def plain_pattern(pattern):
    """A text that stands for itself as a regular expression; others are not read."""
    return isinstance(pattern, str) and not any([each in "\\^$.|?*+()[]{}" for each in pattern])


def matched(value, pattern="", *more):
    if not plain_pattern(pattern):
        return unread("what a regular expression matches")
    return [pattern] if pattern in value else None


def searched(value, pattern="", *more):
    return value.find(pattern) if plain_pattern(pattern) else unread("what a regular expression matches")


def replaced(value, old, new, times):
    if not isinstance(old, str) or not isinstance(new, str):
        return unread("what a regular expression or a function replaces")
    return value.replace(old, new, times)


def code_at(value, index=0, *more):
    return ord(value[index]) if 0 <= index < len(value) else math.nan


string_methods = {
    "toUpperCase": lambda value, *more: value.upper(),
    "toLowerCase": lambda value, *more: value.lower(),
    "toLocaleUpperCase": lambda value, *more: value.upper(),
    "toLocaleLowerCase": lambda value, *more: value.lower(),
    "trim": lambda value, *more: value.strip(),
    "trimStart": lambda value, *more: value.lstrip(),
    "trimEnd": lambda value, *more: value.rstrip(),
    "split": split_text,
    "startsWith": lambda value, start, *more: value.startswith(start),
    "endsWith": lambda value, end, *more: value.endswith(end),
    "includes": lambda value, part, *more: part in value,
    "indexOf": lambda value, part, start=0, *more: value.find(part, start),
    "lastIndexOf": lambda value, part, *more: value.rfind(part),
    "slice": lambda value, start=None, end=None, *more: value[start:end],
    "substring": part_of,
    "substr": beginning_at,
    "concat": lambda value, *parts: value + text(*parts),
    "repeat": lambda value, count, *more: value * count,
    "replace": lambda value, old, new, *more: replaced(value, old, new, 1),
    "replaceAll": lambda value, old, new, *more: replaced(value, old, new, -1),
    "match": matched,
    "search": searched,
    "matchAll": lambda value, *more: unread("what a regular expression matches"),
    "localeCompare": lambda value, other, *more: (value > other) - (value < other) if value.isalpha() and value.islower() == other.islower() else unread("the order of texts in a language"),
    "normalize": lambda value, *more: value if all([each < "\x80" for each in value]) else unread("a normal form of text"),
    "charAt": lambda value, index=0, *more: value[index] if 0 <= index < len(value) else "",
    "charCodeAt": code_at,
    "codePointAt": lambda value, index=0, *more: code_at(value, index) if 0 <= index < len(value) else None,
    "at": lambda value, index, *more: value[index] if -len(value) <= index < len(value) else None,
    "toString": lambda value, *more: value,
    "valueOf": lambda value, *more: value,
    "padStart": lambda value, width, fill=" ", *more: padding(value, width, fill) + value,
    "padEnd": lambda value, width, fill=" ", *more: value + padding(value, width, fill),
}


def padding(value, width, fill):
    missing = max(0, width - len(value))
    return (fill * missing)[:missing]


def string_member(value, name):
    if name == "length":
        return len(value)
    return functools.partial(string_methods[name], value) if name in string_methods else None


number_methods = {
    "toFixed": lambda value, digits=0, *more: f"{value:.{digits}f}",
    "toString": lambda value, *more: text_of(value),
    "toPrecision": lambda value, *more: text_of(value) if not more else unread("a number's text"),
    "toLocaleString": lambda value, *more: unread("a number's text in a language"),
    "valueOf": lambda value, *more: value,
}

function_methods = {
    "call": lambda function, this, *given: function(*given),
    "apply": lambda function, this, given=(), *more: function(*given),
    "bind": lambda function, this, *given: functools.partial(function, *given),
}


def number_of(value=0, *more):
    if value is None:
        return math.nan
    if isinstance(value, str):
        return number_in(value.strip())
    return int(value) if isinstance(value, bool) else value


def number_in(written):
    if written == "":
        return 0
    base = {"0x": 16, "0b": 2, "0o": 8}.get(written[:2].lower())
    try:
        parsed = float(written) if base is None else int(written[2:], base)
    except ValueError:
        return math.nan
    return int(parsed) if math.isfinite(parsed) and parsed == math.floor(parsed) else parsed


def beginning_of(written, allowed):
    """What comes before the first sign that is not allowed."""
    end = 0
    while end < len(written) and (written[end] in allowed or (end == 0 and written[end] in "+-")):
        end += 1
    return written[:end]


def parse_float(value, *more):
    if not isinstance(value, str):
        return number_of(value)
    written = beginning_of(value.strip(), "0123456789.eE+-")
    while written:
        number = number_in(written)
        if number == number:
            return number
        written = written[:-1]
    return math.nan


def parse_int(value, base=10, *more):
    if not isinstance(value, str):
        number = number_of(value)
        return math.trunc(number) if math.isfinite(number) else math.nan
    written = value.strip()
    if written[:2].lower() == "0x" and base in (10, 16):
        written, base = written[2:], 16
    digits = beginning_of(written, "0123456789abcdefghijklmnopqrstuvwxyz"[:base] + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: max(0, base - 10)])
    try:
        return int(digits, base)
    except ValueError:
        return math.nan


def is_whole(value, *more):
    if isinstance(value, Datum):
        return value.undecided()
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value == math.floor(value)


def is_finite(value, *more):
    if isinstance(value, Datum):
        return value.undecided()
    return isinstance(value, (int, float)) and math.isfinite(value)


class Number:
    """`Number(x)` gives a number, `Number.x` a member."""

    MAX_SAFE_INTEGER = 2**53 - 1
    EPSILON = 2.0**-52
    POSITIVE_INFINITY = math.inf
    NEGATIVE_INFINITY = -math.inf
    MAX_VALUE = 1.7976931348623157e308
    MIN_SAFE_INTEGER = 1 - 2**53
    NaN = math.nan
    isSafeInteger = staticmethod(lambda value, *more: is_whole(value) and abs(value) < 2**53)
    isInteger = staticmethod(is_whole)
    isFinite = staticmethod(is_finite)
    isNaN = staticmethod(lambda value, *more: value != value)
    parseFloat = staticmethod(parse_float)
    parseInt = staticmethod(parse_int)

    def __new__(cls, value=0, *more):
        return number_of(value)


class String:
    def __new__(cls, value="", *more):
        return text(value)


class Boolean:
    def __new__(cls, value=None, *more):
        return truthy(value)


def made_array(length=None, *more):
    return [None] * length if isinstance(length, int) and not more else [each for each in (length,) + more if each is not None]


class Array:
    isArray = staticmethod(lambda value, *more: isinstance(value, list))

    def __new__(cls, *given):
        return made_array(*given)

    @staticmethod
    def of(*items):
        return list(items)

    @staticmethod
    def from_(source, function=None, *more):
        length = get(source, "length") if isinstance(source, Record) else None
        items = [None] * length if length is not None else list(source)
        return items if function is None else [function(each, i) for i, each in enumerate(items)]


setattr(Array, "from", staticmethod(Array.from_))


class TypedArray:
    def __new__(cls, source=0, *more):
        return [0] * source if isinstance(source, int) else list(source)


Float32Array = Float64Array = Int32Array = Uint8Array = Uint8ClampedArray = Uint16Array = TypedArray


class Map:
    """Keys are compared by what they are: texts and numbers by value."""

    def __init__(self, entries=None, *more):
        self.held = {}
        for key, value in entries or []:
            self.held[key] = value

    def get(self, key, *more):
        return self.held.get(key)

    def set(self, key, value, *more):
        self.held[key] = value
        return self

    def has(self, key, *more):
        return key in self.held

    def delete(self, key, *more):
        return self.held.pop(key, missing) is not missing

    def clear(self, *more):
        self.held.clear()

    @property
    def size(self):
        return len(self.held)

    def keys(self, *more):
        return list(self.held)

    def values(self, *more):
        return list(self.held.values())

    def entries(self, *more):
        return [[key, value] for key, value in self.held.items()]

    def forEach(self, function, *more):
        for key, value in list(self.held.items()):
            function(value, key, self)

    def __iter__(self):
        return iter(self.entries())


class Set(Map):
    def __init__(self, values=None, *more):
        super().__init__([[value, value] for value in values or []])

    def add(self, value, *more):
        self.held[value] = value
        return self

    def __iter__(self):
        return iter(self.values())

numbers = (int, float)


def rounded(value, *more):
    return math.floor(value + 0.5)


Math = Record(
    {
        "PI": math.pi,
        "E": math.e,
        "LN2": math.log(2),
        "SQRT2": math.sqrt(2),
        "floor": lambda value, *more: math.floor(value),
        "ceil": lambda value, *more: math.ceil(value),
        "round": rounded,
        "trunc": lambda value, *more: math.trunc(value),
        "abs": lambda value, *more: abs(value),
        "sqrt": lambda value, *more: math.sqrt(value),
        "cbrt": lambda value, *more: value ** (1 / 3),
        "pow": lambda base, exponent, *more: base**exponent,
        "exp": lambda value, *more: math.exp(value),
        "log": lambda value, *more: math.log(value),
        "log2": lambda value, *more: math.log2(value),
        "log10": lambda value, *more: math.log10(value),
        "sin": lambda value, *more: math.sin(value),
        "cos": lambda value, *more: math.cos(value),
        "tan": lambda value, *more: math.tan(value),
        "tanh": lambda value, *more: math.tanh(value),
        "asin": lambda value, *more: math.asin(value),
        "acos": lambda value, *more: math.acos(value),
        "atan": lambda value, *more: math.atan(value),
        "sinh": lambda value, *more: math.sinh(value),
        "cosh": lambda value, *more: math.cosh(value),
        "log1p": lambda value, *more: math.log1p(value),
        "expm1": lambda value, *more: math.expm1(value),
        "LN10": math.log(10),
        "LOG2E": 1 / math.log(2),
        "LOG10E": 1 / math.log(10),
        "SQRT1_2": math.sqrt(0.5),
        "atan2": lambda y, x, *more: math.atan2(y, x),
        "sign": lambda value, *more: (value > 0) - (value < 0),
        "hypot": lambda *values: math.hypot(*values),
        "max": lambda *values: max(values) if values else -math.inf,
        "min": lambda *values: min(values) if values else math.inf,
        "random": lambda *more: unread("Math.random()"),
    }
)


def assigned(target, *sources):
    for source in sources:
        for key, value in fields(source).items():
            set(target, key, value)
    return target


class Object:
    """`Object` as code names it."""

    keys = staticmethod(lambda value, *more: keys_of(value))
    values = staticmethod(lambda value, *more: list(fields(value).values()))
    entries = staticmethod(lambda value, *more: [[key, each] for key, each in fields(value).items()])
    assign = staticmethod(assigned)
    freeze = staticmethod(lambda value, *more: value)
    seal = staticmethod(lambda value, *more: value)
    hasOwn = staticmethod(lambda value, name, *more: name in fields(value))
    getOwnPropertyNames = staticmethod(lambda value, *more: keys_of(value))
    fromEntries = staticmethod(lambda pairs, *more: Record({key: value for key, value in pairs}))

    def __new__(cls, *more):
        return Record()


JSON = Record(
    {
        "stringify": lambda value, *more: text_of(value),
        "parse": lambda value, *more: parse_json(value),
    }
)


def nothing(*more):
    return None


console = Record({name: nothing for name in ("log", "warn", "error", "info", "debug", "time", "timeEnd", "table")})
process = Record({"argv": [], "env": Record(), "exit": nothing, "nextTick": nothing})


def importScripts(*addresses):
    for address in addresses:
        if isinstance(address, str):
            import_scripts(address)


performance = Record({"now": lambda *more: unread("a time")})
window = globalThis = unread("the browser's window")
navigator = unread("the browser")
setTimeout = setInterval = nothing
isNaN = lambda value, *more: number_of(value) != number_of(value)
isFinite = is_finite
parseFloat = parse_float
parseInt = parse_int


class Promise:
    """What it is settled with, since everything that is waited for is there at once."""

    all = staticmethod(lambda values, *more: values)
    resolve = staticmethod(lambda value=None, *more: value)

    def __new__(cls, executor, *more):
        settled = []
        executor(lambda value=None, *more: settled.append(value), lambda *more: None)
        return settled[0] if settled else unread("what a promise is settled with later")


# Of everything that is waited for.
promise_methods = {
    "then": lambda value, function=None, *more: value if function is None else function(value),
    "catch": lambda value, *more: value,
    "finally": lambda value, function=None, *more: value if function is None else (function(), value)[1],
}

# At the end, since it needs what stands above.
from _javascript_page import document  # noqa: E402
from _javascript_workers import URL, Worker  # noqa: E402
