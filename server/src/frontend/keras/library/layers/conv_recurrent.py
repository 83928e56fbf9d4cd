"""Recurrent layers whose gates are convolutions."""

import torch

from keras._image_layout import standardize_data_format
from keras._old_names import accepts_old_names
from keras.layers._convolutional import channels_back, channels_second, convolve, outputs_first, per_axis
from keras.layers._recurrent import OneCell
from keras.layers._recurrent_cells import LSTMCell


class ConvLSTMCell(LSTMCell):
    """One step: the input is convolved as the layer says, the state with padding "same"."""

    def __init__(self, filters, rank=2, kernel_size=3, strides=1, padding="valid", data_format=None, dilation_rate=1,
                 **kwargs):  # fmt: skip
        super().__init__(filters, **kwargs)
        self.rank = rank
        self.kernel_size = per_axis(kernel_size, rank)
        self.strides = per_axis(strides, rank)
        self.padding = padding.lower()
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = per_axis(dilation_rate, rank)

    def kernel_shapes(self, input_shape):
        channels = input_shape[1 if self.data_format == "channels_first" else -1]
        width = self.gates * self.units
        return self.kernel_size + (channels, width), self.kernel_size + (self.units, width)

    def convolved(self, x, kernel, strides, padding, dilation, bias=None):
        return convolve(x, outputs_first(kernel), bias, strides, padding, dilation, 1)

    def initial_states(self, x):
        """Zeros of the size that convolved steps have."""
        sample = self.from_input(channels_second(x[:, 0], self.data_format))
        zeros = torch.zeros_like(channels_back(sample[:, : self.units], self.data_format))
        return [zeros, zeros]

    def from_input(self, x):
        return self.convolved(x, self.kernel, self.strides, self.padding, self.dilation_rate, self.bias)

    def call(self, inputs, states, training=False):
        h, c = [channels_second(each, self.data_format) for each in states]
        x = self.dropped("inputs", self.dropout, channels_second(inputs, self.data_format), training)
        one = (1,) * self.rank
        seen = self.dropped("state", self.recurrent_dropout, h, training)
        z = self.from_input(x) + self.convolved(seen, self.recurrent_kernel, one, "same", one)
        i, f, candidate, o = torch.split(z, self.units, dim=1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(candidate)
        h = self.recurrent_activation(o) * self.activation(c)
        h, c = [channels_back(each, self.data_format) for each in (h, c)]
        return h, [h, c]


class ConvLSTM(OneCell):
    def __init__(self, rank, filters, kernel_size, kwargs):
        options = {"rank": rank, "kernel_size": kernel_size, **kwargs}
        super().__init__(ConvLSTMCell, "conv_lstm_cell", filters, options)


class ConvLSTM1D(ConvLSTM):
    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(1, filters, kernel_size, kwargs)


class ConvLSTM2D(ConvLSTM):
    @accepts_old_names()
    def __init__(self, filters, kernel_size=None, **kwargs):
        if kernel_size is None:
            kernel_size = (kwargs.pop("nb_row"), kwargs.pop("nb_col"))
        super().__init__(2, filters, kernel_size, kwargs)


class ConvLSTM3D(ConvLSTM):
    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(3, filters, kernel_size, kwargs)
