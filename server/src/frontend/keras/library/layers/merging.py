"""Layers that make one tensor of several."""

import torch

from keras._layer import Layer
from keras.layers._core import Lambda


def _aligned(inputs):
    """Tensors of different ranks: missing axes come after the batch."""
    rank = max([x.dim() for x in inputs])
    return [x.reshape((x.shape[0],) + (1,) * (rank - x.dim()) + tuple(x.shape[1:])) for x in inputs]


class BaseMerge(Layer):
    supports_masking = True

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"A merge layer should be called on a list of inputs. Received: inputs={inputs}")
        return self.merged(_aligned(inputs))

    def merged(self, inputs):
        output = inputs[0]
        for x in inputs[1:]:
            output = self.join(output, x)
        return output


class OwnMerge(BaseMerge):
    """Keras 2's base class `_Merge`: subclasses of the code's own say what they do in `_merge_function`."""

    def call(self, inputs):
        return self._merge_function(inputs)

    def _merge_function(self, inputs):
        raise NotImplementedError


class Add(BaseMerge):
    def join(self, x, y):
        return x + y


class Subtract(BaseMerge):
    def join(self, x, y):
        return x - y


class Multiply(BaseMerge):
    def join(self, x, y):
        return x * y


class Average(Add):
    def merged(self, inputs):
        return super().merged(inputs) / len(inputs)


class Maximum(BaseMerge):
    def join(self, x, y):
        return torch.maximum(x, y)


class Minimum(BaseMerge):
    def join(self, x, y):
        return torch.minimum(x, y)


class Concatenate(BaseMerge):
    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        return torch.cat(list(inputs), dim=self.axis)

    def compute_mask(self, inputs, previous_mask=None):
        if previous_mask is None or any([each is None for each in previous_mask]):
            return None
        return torch.cat(list(previous_mask), dim=self.axis) if self.axis == 1 else previous_mask[0]


def batch_dot(x, y, axes):
    """Contracts one axis of each for every sample; other axes of x come before those of y."""
    first, second = [axis % each.dim() for axis, each in zip(axes, (x, y))]
    kept_x = [i for i in range(1, x.dim()) if i != first]
    kept_y = [i for i in range(1, y.dim()) if i != second]
    sizes = [x.shape[i] for i in kept_x] + [y.shape[i] for i in kept_y]
    left = x.permute(0, *kept_x, first).reshape(x.shape[0], -1, x.shape[first])
    right = y.permute(0, second, *kept_y).reshape(y.shape[0], y.shape[second], -1)
    product = torch.matmul(left, right)
    return product.reshape([x.shape[0]] + sizes) if sizes else product.reshape(x.shape[0], 1)


class Dot(Layer):
    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        self.axes = axes
        self.normalize = normalize

    def call(self, inputs):
        x, y = inputs
        axes = tuple(self.axes) if isinstance(self.axes, (list, tuple)) else (self.axes, self.axes)
        if self.normalize:
            x, y = [
                each * torch.rsqrt(torch.clamp(torch.sum(each * each, dim=axis, keepdim=True), min=1e-12))
                for each, axis in zip((x, y), axes)
            ]
        return batch_dot(x, y, axes)


def add(inputs, **kwargs):
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    return Dot(axes=axes, **kwargs)(inputs)


def merge(inputs, mode="sum", concat_axis=-1, dot_axes=-1, name=None, **kwargs):
    """Keras 1's function for all of them."""
    if callable(mode):
        return Lambda(mode, name=name)(inputs)
    if mode == "concat":
        return Concatenate(axis=concat_axis, name=name)(inputs)
    if mode in ("dot", "cos"):
        return Dot(axes=dot_axes, normalize=mode == "cos", name=name)(inputs)
    return {"sum": Add, "mul": Multiply, "ave": Average, "max": Maximum}[mode](name=name)(inputs)


class Merge(Layer):
    """Keras 1's layer: of tensors, or in a Sequential of models that are given to it."""

    def __init__(self, layers=None, mode="sum", concat_axis=-1, dot_axes=-1, output_shape=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.branches = list(layers or [])
        self.options = {"mode": mode, "concat_axis": concat_axis, "dot_axes": dot_axes}
        self.built = True

    def beginning(self):
        """(symbolic inputs, result) of the models."""
        for branch in self.branches:
            if not branch.is_functional:
                raise ValueError(f"the model {branch.name} that Merge is given does not know the shape of its input")
        ends = [branch.output for branch in self.branches]
        inputs = []
        for branch in self.branches:
            inputs.extend([each for each in branch.inputs if not any([each is other for other in inputs])])
        return inputs, self(ends)

    def call(self, inputs):
        return merge(inputs, **self.options)
