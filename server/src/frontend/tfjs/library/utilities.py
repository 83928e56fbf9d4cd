"""What surrounds a model: `tf.util`, `tf.callbacks`, `tf.env`."""

import math

import _javascript
from _javascript import Record, text

callbacks = Record({"earlyStopping": lambda *more: None})
serialization = Record({"registerClass": lambda *more: None})


def asserted(condition, message=None, *more):
    if not _javascript.truthy(condition):
        raise _javascript.Error(message() if callable(message) else text(message))


util = Record(
    {
        "assert": asserted,
        "createShuffledIndices": lambda count, *more: list(range(count)),
        "arraysEqual": lambda a, b, *more: list(a) == list(b),
        "flatten": lambda values, *more: _javascript.flat([values], 100),
        "isNumber": lambda value, *more: isinstance(value, (int, float)) and not isinstance(value, bool),
        "isString": lambda value, *more: isinstance(value, str),
        # Another order at every run; sizes and kinds do not depend on it.
        "shuffle": lambda *more: None,
        "shuffleCombo": lambda *more: None,
        "sizeFromShape": lambda shape, *more: math.prod(shape),
    }
)


def env(*more):
    return Record()
