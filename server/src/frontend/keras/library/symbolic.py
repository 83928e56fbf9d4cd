"""KerasTensor: the value of a functional graph under construction, and the calls that made it.

Its shape is found by running every call on tensors of real sizes ("probes"). The batch has a size that no other axis
has; other open axes have one size in the first probe and another in the second, so that what differs is open.
"""

import torch

from keras._open_axes import of_images, of_sequences
from keras._structure import flatten, map_structure

# A prime: sizes that the batch takes part in are its multiples.
BATCH = 10007


class TensorShape(tuple):
    def __getitem__(self, index):
        found = super().__getitem__(index)
        return TensorShape(found) if isinstance(index, slice) else found

    def as_list(self):
        return list(self)

    @property
    def rank(self):
        return len(self)

    ndims = rank

    def num_elements(self):
        count = 1
        for size in self:
            if size is None:
                return None
            count *= size
        return count


class Node:
    """One call of a layer or function on symbolic tensors."""

    def __init__(self, operation, args, kwargs):
        self.operation = operation
        # Code goes on with lists that it has given to a call.
        self.args = map_structure(lambda leaf: leaf, args)
        self.kwargs = map_structure(lambda leaf: leaf, kwargs)
        self.inputs = symbols_in((args, kwargs))
        self.outputs = []

    @property
    def parents(self):
        return [tensor.node for tensor in self.inputs]


class KerasTensor:
    __array_priority__ = 1000

    def __init__(self, probes, node=None, name=None):
        self.probes = probes
        self.node = node
        self.name = name or "keras_tensor"

    @property
    def shape(self):
        first = self.probes[0].shape
        last = self.probes[-1].shape
        return TensorShape(
            [None if size % BATCH == 0 or size != last[axis] else size for axis, size in enumerate(first)]
        )

    @property
    def dtype(self):
        return str(self.probes[0].dtype).replace("torch.", "")

    @property
    def ndim(self):
        return self.probes[0].dim()

    rank = ndim
    # Names of Keras 1 and of TensorFlow.
    _keras_shape = _shape_val = shape

    def get_shape(self):
        return self.shape

    def set_shape(self, shape):
        pass

    def __len__(self):
        size = self.shape[0]
        if size is None:
            raise TypeError("the length of a symbolic tensor with an open first axis is not known")
        return size

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __bool__(self):
        raise TypeError("A symbolic KerasTensor cannot be used as a boolean.")

    def __repr__(self):
        return f"<KerasTensor shape={tuple(self.shape)}, dtype={self.dtype}, name={self.name}>"

    def __getitem__(self, key):
        return call(lambda x, at: x[at], self, key)

    def __neg__(self):
        return call(lambda x: -x, self)

    def __abs__(self):
        return call(lambda x: abs(x), self)

    def __add__(self, other):
        return call(lambda x, y: x + y, self, other)

    def __radd__(self, other):
        return call(lambda x, y: y + x, self, other)

    def __sub__(self, other):
        return call(lambda x, y: x - y, self, other)

    def __rsub__(self, other):
        return call(lambda x, y: y - x, self, other)

    def __mul__(self, other):
        return call(lambda x, y: x * y, self, other)

    def __rmul__(self, other):
        return call(lambda x, y: y * x, self, other)

    def __truediv__(self, other):
        return call(lambda x, y: x / y, self, other)

    def __rtruediv__(self, other):
        return call(lambda x, y: y / x, self, other)

    def __floordiv__(self, other):
        return call(lambda x, y: x // y, self, other)

    def __mod__(self, other):
        return call(lambda x, y: x % y, self, other)

    def __pow__(self, other):
        return call(lambda x, y: x**y, self, other)

    def __rpow__(self, other):
        return call(lambda x, y: y**x, self, other)

    def __matmul__(self, other):
        return call(lambda x, y: x @ y, self, other)

    def __rmatmul__(self, other):
        return call(lambda x, y: y @ x, self, other)

    def __lt__(self, other):
        return call(lambda x, y: x < y, self, other)

    def __le__(self, other):
        return call(lambda x, y: x <= y, self, other)

    def __gt__(self, other):
        return call(lambda x, y: x > y, self, other)

    def __ge__(self, other):
        return call(lambda x, y: x >= y, self, other)


def symbols_in(structure):
    return [leaf for leaf in flatten(structure) if isinstance(leaf, KerasTensor)]


def probe(structure, index):
    """The structure with every symbolic tensor replaced by one of its probes."""

    def replaced(leaf):
        return leaf.probes[min(index, len(leaf.probes) - 1)] if isinstance(leaf, KerasTensor) else leaf

    return map_structure(replaced, structure)


def record(operation, args, kwargs, run):
    """Runs an operation on all probes and gives its symbolic results."""
    node = Node(operation, args, kwargs)
    count = max([len(tensor.probes) for tensor in node.inputs])
    results = [run(probe(args, i), probe(kwargs, i)) for i in range(count)]
    leaves = [flatten(result) for result in results]
    made = iter([KerasTensor([leaf[i] for leaf in leaves], node) for i in range(len(leaves[0]))])
    outputs = map_structure(
        lambda leaf: next(made) if isinstance(leaf, torch.Tensor) else (next(made), leaf)[1], results[0]
    )
    node.outputs = symbols_in(outputs)
    if hasattr(operation, "_inbound_nodes"):
        operation._inbound_nodes.append(node)
    return outputs


def call(function, *args, **kwargs):
    """A function of tensors, applied now or, to symbolic ones, when the model runs."""
    if not symbols_in((args, kwargs)):
        return function(*args, **kwargs)
    return record(function, args, kwargs, lambda given, named: function(*given, **named))


def new_input(shape, dtype="float32", name=None, layer=None):
    """A symbolic input of a shape with its batch axis; None leaves an axis open."""
    sizes = list(shape)
    open_axes = [axis for axis, size in enumerate(sizes) if size is None and axis > 0]
    small, large = of_images if len(sizes) > 3 else of_sequences

    def made(fill):
        filled = [BATCH if axis == 0 and size is None else fill if size is None else int(size) for axis, size in enumerate(sizes)]
        return torch.zeros(filled, dtype=getattr(torch, dtype, torch.float32))

    probes = [made(small), made(large)] if open_axes else [made(small)]
    node = Node(layer, (), {})
    tensor = KerasTensor(probes, node, name)
    node.outputs = [tensor]
    if layer is not None:
        layer._inbound_nodes.append(node)
    return tensor
