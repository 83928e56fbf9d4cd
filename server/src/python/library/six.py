"""six: what code for Python 2 and 3 asks for."""

import functools
import itertools

PY2, PY3 = False, True
string_types, integer_types, text_type, binary_type = (str,), (int,), str, bytes
range = xrange = range
zip = izip = zip
map, filter, input = map, filter, input
reduce = functools.reduce
zip_longest = itertools.zip_longest


def iteritems(mapping):
    return iter(mapping.items())


def iterkeys(mapping):
    return iter(mapping.keys())


def itervalues(mapping):
    return iter(mapping.values())


def with_metaclass(meta, *bases):
    return bases[0] if bases else object


def add_metaclass(meta):
    return lambda cls: cls


def python_2_unicode_compatible(cls):
    return cls
