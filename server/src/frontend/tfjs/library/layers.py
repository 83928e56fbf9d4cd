"""`tf.layers`: Keras's, by the names, arguments and defaults of TensorFlow.js."""

import torch
from torch.nn import functional as F

import keras._layer as layer_module
import keras._models as models_module
import keras.layers as keras_layers
from _javascript import Record
from _tfjs_arguments import arguments_of, hard_sigmoid, numbered, own_activations, pass_over_unknown, unknown_shape
from _tfjs_masks import BatchNormalization, GlobalAveragePooling1D, Softmax
from _tfjs_resizing import CenterCrop, Resizing, UpSampling2D
from keras._layer import Layer as KerasLayer
from keras._naming import current_path, join, path_scope
from keras.layers._conv_recurrent import ConvLSTMCell
from keras.layers._merging import batch_dot
from keras.layers._recurrent_cells import Cell
from keras.layers._recurrent_cells import StackedRNNCells as KerasStackedRNNCells

# What this library changes of Keras counts for the whole interpreter, which reads no file of Keras then.
layer_module.auto_name = numbered
layer_module.require_no_arguments = pass_over_unknown
models_module.auto_name = numbered


def own_scope(layer):
    """The scope of weights that are named by what is around the layer, not by it."""
    return path_scope(current_path())


Cell._scope = models_module.Model._scope = own_scope

# -- layers of code


class TfjsMembers:
    """Members of layers and models under their names in TensorFlow.js."""

    def apply(self, inputs, kwargs=None, *more):
        return self(inputs)

    def addWeight(self, name, shape, dtype=None, initializer=None, regularizer=None, trainable=True, *more):
        return self.add_weight(
            name=name, shape=tuple(shape), initializer=initializer, regularizer=regularizer, trainable=trainable is not False
        )

    def computeOutputShape(self, input_shape, *more):
        return list(self.compute_output_shape(input_shape))

    def invokeCallHook(self, inputs, kwargs=None, *more):
        pass

    def getConfig(self, *more):
        return Record(self.get_config())


_taken_by_all = ("batch_input_shape", "batch_size", "dtype", "input_dtype", "input_shape", "name", "trainable", "weights")


class Layer(TfjsMembers, KerasLayer):
    """The base of layers that code writes itself. Their `call` gets a list of tensors, and whether it trains."""

    def __init__(self, config=None, *more):
        # The rest of a configuration is the class's own, also where layers of TensorFlow.js have settings of that name.
        super().__init__(**{key: value for key, value in arguments_of(config).items() if key in _taken_by_all})

    def _call(self, args, kwargs):
        inputs = list(args[0]) if isinstance(args[0], (list, tuple)) else [args[0]]
        training = layer_module._training[-1] if layer_module._training else self.training
        options = dict(args[1].fields) if len(args) > 1 and isinstance(args[1], Record) else {}
        options.setdefault("training", training)
        return super()._call((inputs, Record(options)), {})


# -- layers that differ


class Dense(keras_layers.Dense):
    """Whole numbers become others where they meet the kernel."""

    def call(self, inputs, training=None):
        return super().call(inputs if inputs.is_floating_point() else inputs.float())


class DepthwiseConv2D(keras_layers.DepthwiseConv2D):
    """TensorFlow.js passes over the dilation of this layer."""

    def __init__(self, *args, dilation_rate=1, **kwargs):
        super().__init__(*args, **kwargs)

    def add_weight(self, *args, **kwargs):
        if kwargs.get("name") == "kernel":
            kwargs["name"] = "depthwise_kernel"
        return super().add_weight(*args, **kwargs)


class SeparableConv2D(keras_layers.SeparableConv2D):
    def build(self, input_shape):
        super().build(input_shape)
        if self.data_format == "channels_first" and self.use_bias and self.filters > 1:
            raise NotImplementedError(
                "TensorFlow.js adds the bias of separableConv2d with channelsFirst along rows, not channels: use useBias: false, or channelsLast"
            )


class TimeDistributed(keras_layers.TimeDistributed):
    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        object.__setattr__(layer, "_scope", lambda: own_scope(layer))


class StackedRNNCells(KerasStackedRNNCells):
    """Weights are named by the place of their cell."""

    _scope = own_scope

    def build(self, input_shape):
        for index, cell in enumerate(self.cells):
            with path_scope(join(current_path(), f"RNNCell_{index}")):
                cell.build(input_shape)
            size = cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
            input_shape = (input_shape[0], size)


class RNN(keras_layers.RNN):
    def __init__(self, cell, **kwargs):
        super().__init__(StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell, **kwargs)


class Dot(keras_layers.Dot):
    """Vectors are made of unit length with Keras's fuzz below the root."""

    def call(self, inputs):
        axes = tuple(self.axes) if isinstance(self.axes, (list, tuple)) else (self.axes, self.axes)
        x, y = [unit(each, axis) if self.normalize else each for each, axis in zip(inputs, axes)]
        return batch_dot(x, y, axes)


def unit(x, axis):
    return x / torch.sqrt(torch.clamp(torch.sum(x * x, dim=axis, keepdim=True), min=1e-7))


class CategoryEncoding(keras_layers.CategoryEncoding):
    """A row of numbers of any output mode becomes one row of counts or marks."""

    def call(self, inputs, count_weights=None):
        hot = F.one_hot(inputs.long(), self.num_tokens).float()
        if self.output_mode == "one_hot":
            return hot.squeeze(-2) if inputs.shape[-1] == 1 else hot
        return torch.amax(hot, dim=-2) if self.output_mode == "multi_hot" else torch.sum(hot, dim=-2)


def random_width(*args, **kwargs):
    raise NotImplementedError("randomWidth draws another size of its output at every call")


own_classes = {
    "BatchNormalization": BatchNormalization,
    "CategoryEncoding": CategoryEncoding,
    "CenterCrop": CenterCrop,
    "ConvLSTM2DCell": ConvLSTMCell,
    "Dense": Dense,
    "DepthwiseConv2D": DepthwiseConv2D,
    "Dot": Dot,
    "GlobalAveragePooling1D": GlobalAveragePooling1D,
    "RNN": RNN,
    "RandomWidth": random_width,
    "Resizing": Resizing,
    "SeparableConv2D": SeparableConv2D,
    "Softmax": Softmax,
    "StackedRNNCells": StackedRNNCells,
    "TimeDistributed": TimeDistributed,
    "UpSampling2D": UpSampling2D,
}

# -- functions that make layers

# The names of `tf.layers`, and the classes behind them.
classes = {
    "activation": "Activation",
    "add": "Add",
    "alphaDropout": "AlphaDropout",
    "average": "Average",
    "averagePooling1d": "AveragePooling1D",
    "averagePooling2d": "AveragePooling2D",
    "averagePooling3d": "AveragePooling3D",
    "avgPool1d": "AveragePooling1D",
    "avgPool2d": "AveragePooling2D",
    "avgPool3d": "AveragePooling3D",
    "avgPooling1d": "AveragePooling1D",
    "avgPooling2d": "AveragePooling2D",
    "avgPooling3d": "AveragePooling3D",
    "batchNormalization": "BatchNormalization",
    "bidirectional": "Bidirectional",
    "categoryEncoding": "CategoryEncoding",
    "centerCrop": "CenterCrop",
    "concatenate": "Concatenate",
    "conv1d": "Conv1D",
    "conv2d": "Conv2D",
    "conv2dTranspose": "Conv2DTranspose",
    "conv3d": "Conv3D",
    "conv3dTranspose": "Conv3DTranspose",
    "convLstm2d": "ConvLSTM2D",
    "convLstm2dCell": "ConvLSTM2DCell",
    "cropping2D": "Cropping2D",
    "dense": "Dense",
    "depthwiseConv2d": "DepthwiseConv2D",
    "dot": "Dot",
    "dropout": "Dropout",
    "elu": "ELU",
    "embedding": "Embedding",
    "flatten": "Flatten",
    "gaussianDropout": "GaussianDropout",
    "gaussianNoise": "GaussianNoise",
    "globalAveragePooling1d": "GlobalAveragePooling1D",
    "globalAveragePooling2d": "GlobalAveragePooling2D",
    "globalMaxPool1d": "GlobalMaxPooling1D",
    "globalMaxPool2d": "GlobalMaxPooling2D",
    "globalMaxPooling1d": "GlobalMaxPooling1D",
    "globalMaxPooling2d": "GlobalMaxPooling2D",
    "gru": "GRU",
    "gruCell": "GRUCell",
    "inputLayer": "InputLayer",
    "layerNormalization": "LayerNormalization",
    "leakyReLU": "LeakyReLU",
    "lstm": "LSTM",
    "lstmCell": "LSTMCell",
    "masking": "Masking",
    "maxPool1d": "MaxPooling1D",
    "maxPool2d": "MaxPooling2D",
    "maxPooling1d": "MaxPooling1D",
    "maxPooling2d": "MaxPooling2D",
    "maxPooling3d": "MaxPooling3D",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "multiply": "Multiply",
    "permute": "Permute",
    "prelu": "PReLU",
    "randomWidth": "RandomWidth",
    "reLU": "ReLU",
    "repeatVector": "RepeatVector",
    "rescaling": "Rescaling",
    "reshape": "Reshape",
    "resizing": "Resizing",
    "rnn": "RNN",
    "separableConv2d": "SeparableConv2D",
    "simpleRNN": "SimpleRNN",
    "simpleRNNCell": "SimpleRNNCell",
    "softmax": "Softmax",
    "spatialDropout1d": "SpatialDropout1D",
    "stackedRNNCells": "StackedRNNCells",
    "thresholdedReLU": "ThresholdedReLU",
    "timeDistributed": "TimeDistributed",
    "upSampling2d": "UpSampling2D",
    "zeroPadding2d": "ZeroPadding2D",
}
# Layers of configurations alone.
other_classes = ("SpatialDropout2D", "ZeroPadding1D", "UpSampling1D", "Subtract", "Cropping1D")

_hard = {"recurrent_activation": hard_sigmoid}
# Arguments that stand when the code gives none, where TensorFlow.js differs from Keras 3.
defaults = {
    "ConvLSTM2D": _hard,
    "ConvLSTM2DCell": _hard,
    "Dropout": {"rate": 0.0},
    "LSTM": _hard,
    "LSTMCell": _hard,
    "GRU": {**_hard, "reset_after": False},
    "GRUCell": {**_hard, "reset_after": False},
    "LeakyReLU": {"negative_slope": 0.3},
}
# Arguments with other names in Keras 3.
spelt = {"LeakyReLU": {"alpha": "negative_slope"}}
# What configurations hold that Keras 3 has no argument for, and that changes nothing here.
ignored = ("input_dtype", "implementation", "unroll", "stateful", "batch_size", "noise_shape", "sparse", "ragged", "fused")


def made(class_name, given):
    """A layer of a class from Keras's arguments."""
    given = {key: value for key, value in given.items() if key not in ignored}
    for old, new in spelt.get(class_name, {}).items():
        if old in given:
            given[new] = given.pop(old)
    for key, value in defaults.get(class_name, {}).items():
        given.setdefault(key, value)
    for key in ("activation", "recurrent_activation"):
        if given.get(key) in own_activations:
            given[key] = own_activations[given[key]]
    return own_classes.get(class_name, getattr(keras_layers, class_name))(**given)


def maker(class_name):
    def make(config=None, *more):
        layer = made(class_name, arguments_of(config))
        object.__setattr__(layer, "_unknown_shape", unknown_shape(config))
        return layer

    return make


layers = Record({name: maker(class_name) for name, class_name in classes.items()})
layers.fields["Layer"] = layers.fields["RNNCell"] = Layer
layers.fields["RNN"] = RNN
