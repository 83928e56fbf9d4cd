"""Pooling. With padding "same" an average counts the places of the data only."""

import torch
from torch.nn import functional as F

from keras._image_layout import standardize_data_format
from keras._layer import Layer
from keras._old_names import accepts_old_names
from keras.layers._convolutional import channels_back, channels_second, pad_spatial, per_axis, same_padding

_maximum = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_average = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


class BasePooling(Layer):
    @accepts_old_names()
    def __init__(self, rank, pool_size, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.rank = rank
        self.pool_size = per_axis(pool_size, rank)
        self.strides = self.pool_size if strides is None else per_axis(strides, rank)
        self.padding = padding.lower()
        self.data_format = standardize_data_format(data_format)

    def pairs(self, sizes):
        if self.padding != "same":
            return [(0, 0)] * self.rank
        return [same_padding(sizes[i], self.pool_size[i], self.strides[i]) for i in range(self.rank)]

    def call(self, inputs):
        x = channels_second(inputs, self.data_format)
        return channels_back(self.pool(x, self.pairs(x.shape[2:])), self.data_format)


class BaseMaxPooling(BasePooling):
    def pool(self, x, pairs):
        x = pad_spatial(x, pairs, float("-inf"))
        return _maximum[self.rank](x, self.pool_size, self.strides)


class BaseAveragePooling(BasePooling):
    def pool(self, x, pairs):
        average = _average[self.rank]
        means = average(pad_spatial(x, pairs), self.pool_size, self.strides)
        if not any([amount for pair in pairs for amount in pair]):
            return means
        places = pad_spatial(torch.ones((1, 1) + tuple(x.shape[2:]), dtype=x.dtype), pairs)
        return means / average(places, self.pool_size, self.strides)


class MaxPooling1D(BaseMaxPooling):
    @accepts_old_names()
    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(1, pool_size, strides, padding, data_format, **kwargs)


class MaxPooling2D(BaseMaxPooling):
    @accepts_old_names()
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(2, pool_size, strides, padding, data_format, **kwargs)


class MaxPooling3D(BaseMaxPooling):
    @accepts_old_names()
    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(3, pool_size, strides, padding, data_format, **kwargs)


class AveragePooling1D(BaseAveragePooling):
    @accepts_old_names()
    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(1, pool_size, strides, padding, data_format, **kwargs)


class AveragePooling2D(BaseAveragePooling):
    @accepts_old_names()
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(2, pool_size, strides, padding, data_format, **kwargs)


class AveragePooling3D(BaseAveragePooling):
    @accepts_old_names()
    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(3, pool_size, strides, padding, data_format, **kwargs)


class GlobalPooling(Layer):
    @accepts_old_names()
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims

    def axes(self, x):
        return tuple(range(2, x.dim())) if self.data_format == "channels_first" else tuple(range(1, x.dim() - 1))


class GlobalMaxPooling(GlobalPooling):
    def call(self, inputs):
        return torch.amax(inputs, dim=self.axes(inputs), keepdim=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    def call(self, inputs):
        return torch.mean(inputs, dim=self.axes(inputs), keepdim=self.keepdims)


class GlobalMaxPooling1D(GlobalMaxPooling):
    pass


class GlobalMaxPooling2D(GlobalMaxPooling):
    pass


class GlobalMaxPooling3D(GlobalMaxPooling):
    pass


class GlobalAveragePooling1D(GlobalAveragePooling):
    supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return super().call(inputs)
        steps = 2 if self.data_format == "channels_first" else 1
        weights = mask.to(inputs.dtype).unsqueeze(3 - steps)
        return torch.sum(inputs * weights, dim=steps, keepdim=self.keepdims) / torch.sum(
            weights, dim=steps, keepdim=self.keepdims
        )

    def compute_mask(self, inputs, mask=None):
        return None


class GlobalAveragePooling2D(GlobalAveragePooling):
    pass


class GlobalAveragePooling3D(GlobalAveragePooling):
    pass


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)


class AdaptivePooling(Layer):
    """As many windows as are asked for, as even as they can be."""

    def __init__(self, function, rank, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.output_size = per_axis(output_size, rank)
        self.data_format = standardize_data_format(data_format)

    def call(self, inputs):
        pooled = self.function(channels_second(inputs, self.data_format), self.output_size)
        return channels_back(pooled, self.data_format)


class AdaptiveAveragePooling1D(AdaptivePooling):
    def __init__(self, output_size, **kwargs):
        super().__init__(F.adaptive_avg_pool1d, 1, output_size, **kwargs)


class AdaptiveAveragePooling2D(AdaptivePooling):
    def __init__(self, output_size, **kwargs):
        super().__init__(F.adaptive_avg_pool2d, 2, output_size, **kwargs)


class AdaptiveAveragePooling3D(AdaptivePooling):
    def __init__(self, output_size, **kwargs):
        super().__init__(F.adaptive_avg_pool3d, 3, output_size, **kwargs)


class AdaptiveMaxPooling1D(AdaptivePooling):
    def __init__(self, output_size, **kwargs):
        super().__init__(F.adaptive_max_pool1d, 1, output_size, **kwargs)


class AdaptiveMaxPooling2D(AdaptivePooling):
    def __init__(self, output_size, **kwargs):
        super().__init__(F.adaptive_max_pool2d, 2, output_size, **kwargs)


class AdaptiveMaxPooling3D(AdaptivePooling):
    def __init__(self, output_size, **kwargs):
        super().__init__(F.adaptive_max_pool3d, 3, output_size, **kwargs)
