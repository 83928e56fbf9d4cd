"""Recurrent networks, unrolled over time."""

import math

import torch
from torch._registry import stop
from torch.nn import functional as F
from torch.nn import init
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


def _tanh_cell(gates, h, weight, bias, activation):
    return activation(gates + F.linear(h, weight, bias))


def _lstm_cell(gates, h, c, weight, bias):
    """Gates in the order input, forget, cell, output."""
    i, f, g, o = (gates + F.linear(h, weight, bias)).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def _gru_cell(gates, h, weight, bias):
    """Gates in the order reset, update, new; the reset gate acts on the hidden product with its bias."""
    xr, xz, xn = gates.chunk(3, dim=-1)
    hr, hz, hn = F.linear(h, weight, bias).chunk(3, dim=-1)
    z = torch.sigmoid(xz + hz)
    n = torch.tanh(xn + torch.sigmoid(xr + hr) * hn)
    return (1 - z) * n + z * h


class RNNBase(Module):
    def __init__(
        self,
        mode,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        if not isinstance(hidden_size, int):
            raise TypeError(f"hidden_size should be of type int, got: {type(hidden_size).__name__}")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        gate_size = {"LSTM": 4, "GRU": 3}.get(mode, 1) * hidden_size
        output_size = proj_size if proj_size > 0 else hidden_size
        directions = 2 if bidirectional else 1
        self._flat_weights_names = []
        self._all_weights = []
        for layer in range(num_layers):
            layer_input = input_size if layer == 0 else output_size * directions
            for direction in range(directions):
                ending = f"_l{layer}" + ("_reverse" if direction == 1 else "")
                shapes = {"weight_ih": (gate_size, layer_input), "weight_hh": (gate_size, output_size)}
                if bias:
                    shapes["bias_ih"] = (gate_size,)
                    shapes["bias_hh"] = (gate_size,)
                if proj_size > 0:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = []
                for name, shape in shapes.items():
                    setattr(self, name + ending, Parameter(torch.empty(shape, device=device, dtype=dtype)))
                    names.append(name + ending)
                self._flat_weights_names.extend(names)
                self._all_weights.append(names)
        self.reset_parameters()

    def reset_parameters(self):
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self):
        pass

    @property
    def all_weights(self):
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self):
        return [getattr(self, name) for name in self._flat_weights_names]

    def _direction(self, sequence, layer, direction, states):
        """Runs one layer one way over [T, N, I]: the outputs in time order, and the last states."""
        ending = f"_l{layer}" + ("_reverse" if direction == 1 else "")
        bias_ih = getattr(self, "bias_ih" + ending) if self.bias else None
        bias_hh = getattr(self, "bias_hh" + ending) if self.bias else None
        weight = getattr(self, "weight_hh" + ending)
        # The inputs' share of the gates is one product for all times.
        gates = F.linear(sequence, getattr(self, "weight_ih" + ending), bias_ih).unbind(0)
        times = range(len(gates))
        outputs = [None] * len(gates)
        h = states[0]
        c = states[1] if self.mode == "LSTM" else None
        for t in reversed(times) if direction == 1 else times:
            if self.mode == "LSTM":
                h, c = _lstm_cell(gates[t], h, c, weight, bias_hh)
                if self.proj_size > 0:
                    h = F.linear(h, getattr(self, "weight_hr" + ending))
            elif self.mode == "GRU":
                h = _gru_cell(gates[t], h, weight, bias_hh)
            else:
                h = _tanh_cell(gates[t], h, weight, bias_hh, torch.relu if self.mode == "RNN_RELU" else torch.tanh)
            outputs[t] = h
        return torch.stack(outputs), h, c

    def _run(self, input, h0, c0):
        """[T, N, I] and the initial states [layers * directions, N, H] → outputs and the last states."""
        directions = 2 if self.bidirectional else 1
        last_h = []
        last_c = []
        sequence = input
        for layer in range(self.num_layers):
            parts = []
            for direction in range(directions):
                row = layer * directions + direction
                states = (h0[row], None if c0 is None else c0[row])
                output, h, c = self._direction(sequence, layer, direction, states)
                parts.append(output)
                last_h.append(h)
                last_c.append(c)
            sequence = parts[0] if directions == 1 else torch.cat(parts, dim=-1)
            if self.dropout > 0 and layer < self.num_layers - 1:
                sequence = F.dropout(sequence, self.dropout, self.training)
        return sequence, torch.stack(last_h), torch.stack(last_c) if self.mode == "LSTM" else None

    def forward(self, input, hx=None):
        if not isinstance(input, torch.Tensor):
            stop(f"{type(self).__name__} of a packed sequence is not followed: its steps depend on the lengths in the data")
        if input.dim() not in (2, 3):
            raise ValueError(f"{self.mode}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched = input.dim() == 3
        if not batched:
            sequence = input.unsqueeze(1)
        else:
            sequence = input.transpose(0, 1) if self.batch_first else input
        if sequence.size(-1) != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {sequence.size(-1)}"
            )
        rows = self.num_layers * (2 if self.bidirectional else 1)
        samples = sequence.size(1)
        output_size = self.proj_size if self.proj_size > 0 else self.hidden_size
        h0 = c0 = None
        if hx is None:
            h0 = torch.zeros((rows, samples, output_size), dtype=input.dtype)
            if self.mode == "LSTM":
                c0 = torch.zeros((rows, samples, self.hidden_size), dtype=input.dtype)
        else:
            h0, c0 = hx if self.mode == "LSTM" else (hx, None)
            if not batched:
                h0 = h0.unsqueeze(1)
                c0 = None if c0 is None else c0.unsqueeze(1)
            if tuple(h0.shape) != (rows, samples, output_size):
                raise RuntimeError(
                    f"Expected hidden size {(rows, samples, output_size)}, got {list(h0.shape)}"
                )
            if c0 is not None and tuple(c0.shape) != (rows, samples, self.hidden_size):
                raise RuntimeError(f"Expected hidden[1] size {(rows, samples, self.hidden_size)}, got {list(c0.shape)}")
        output, h, c = self._run(sequence, h0, c0)
        if not batched:
            output = output.squeeze(1)
            h = h.squeeze(1)
            c = None if c is None else c.squeeze(1)
        elif self.batch_first:
            output = output.transpose(0, 1)
        return output, ((h, c) if self.mode == "LSTM" else h)


class RNN(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        mode = "RNN_TANH" if nonlinearity == "tanh" else "RNN_RELU"
        super().__init__(
            mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )


class GRU(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype
        )


class RNNCellBase(Module):
    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(torch.empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(torch.empty((rows, hidden_size), device=device, dtype=dtype))
        if bias:
            self.bias_ih = Parameter(torch.empty(rows, device=device, dtype=dtype))
            self.bias_hh = Parameter(torch.empty(rows, device=device, dtype=dtype))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self):
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _start(self, input):
        return torch.zeros((*input.shape[:-1], self.hidden_size), dtype=input.dtype)

    def _gates(self, input):
        return F.linear(input, self.weight_ih, self.bias_ih)


class RNNCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        h = self._start(input) if hx is None else hx
        activation = torch.relu if self.nonlinearity == "relu" else torch.tanh
        return _tanh_cell(self._gates(input), h, self.weight_hh, self.bias_hh, activation)


class LSTMCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        h, c = (self._start(input), self._start(input)) if hx is None else hx
        return _lstm_cell(self._gates(input), h, c, self.weight_hh, self.bias_hh)


class GRUCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        h = self._start(input) if hx is None else hx
        return _gru_cell(self._gates(input), h, self.weight_hh, self.bias_hh)
