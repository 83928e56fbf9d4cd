"""TensorFlow.js as model code uses it: its layers are Keras's with their arguments in one object, its names and its defaults."""

import math

import torch
from torch.nn import functional as F

import _javascript
import keras
import keras._layer as layer_module
import keras._models as models_module
import keras.layers as keras_layers
from _javascript import Record, get, is_unread, missing, text
from keras import _initializers as initializers_module
from keras import _losses as losses_module
from keras import _ops as ops
from keras import _optimizers as optimizers_module
from keras import _regularizers as regularizers_module
from torch._registry import note_call
from keras._layer import Layer as KerasLayer
from keras._naming import current_path, path_scope, to_snake_case
from keras._symbolic import KerasTensor
from keras.layers._recurrent_cells import Cell

# -- names: `conv2d_Conv2D1`, numbered per class

_counts = {}


def numbered(class_name):
    count = _counts.get(class_name, 0) + 1
    _counts[class_name] = count
    return f"{snake(class_name)}_{class_name}{count}"


def snake(name):
    """`Conv2D` → conv2d, `BatchNormalization` → batch_normalization."""
    return to_snake_case(name)


# What this library changes of Keras counts for the whole interpreter, which reads no file of Keras then.
layer_module.auto_name = numbered
models_module.auto_name = numbered
# Weights are named by their layer alone, not by the model or the cell around it.
Cell._scope = models_module.Model._scope = lambda self: path_scope(current_path())

# -- arguments

# Keys whose texts are names of functions or classes.
_named = ("activation", "recurrentActivation", "dataFormat", "interpolation")
_own_names = {
    "leCunNormal": "lecun_normal",
    "leCunUniform": "lecun_uniform",
    "hardSigmoid": "hard_sigmoid",
    "l1l2": "l1_l2",
}


def words(name):
    """`categoricalCrossentropy` → categorical_crossentropy"""
    if name in _own_names:
        return _own_names[name]
    return "".join(["_" + letter.lower() if letter.isupper() else letter for letter in name])


def hard_sigmoid(x):
    """TensorFlow.js keeps the straight line of Keras 2: 0.2x + 0.5."""
    return torch.clamp(x * 0.2 + 0.5, 0.0, 1.0)


def argument(key, value):
    if is_unread(value):
        return value
    if isinstance(value, str):
        if "ctivation" in key and words(value) == "hard_sigmoid":
            return hard_sigmoid
        if key in _named or key.endswith("Initializer") or key.endswith("Regularizer") or key.endswith("Constraint"):
            return words(value)
        return value
    if isinstance(value, Record):
        return {name: argument(name, each) for name, each in value.fields.items()}
    return value


_renamed = {"inputDType": "input_dtype", "alpha": "alpha"}


def is_known(value):
    if is_unread(value):
        return False
    return all([is_known(each) for each in value]) if isinstance(value, (list, tuple)) else True


def arguments_of(config):
    """Arguments for Keras. An input shape that the code does not determine is that of the data."""
    if config is None:
        return {}
    if not is_known(config.fields.get("inputShape")):
        config.fields.pop("inputShape")
    return {_renamed.get(key, words(key)): argument(key, value) for key, value in config.fields.items() if value is not None}


# -- layers


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


class Layer(TfjsMembers, KerasLayer):
    """The base of layers that code writes itself."""

    def __init__(self, config=None, *more):
        super().__init__(**arguments_of(config))

    def _call(self, args, kwargs):
        kwargs.pop("training", None)
        kwargs.pop("mask", None)
        return super()._call(args, kwargs)


def member(value, name):
    """Members of layers and tensors that have other names here."""
    if isinstance(value, (torch.Tensor, KerasTensor)):
        return tensor_member(value, name)
    if isinstance(value, Variable):
        return tensor_member(value.value, name)
    if isinstance(value, optimizers_module.Optimizer):
        return optimizer_members.get(name, lambda *more: None)(value)
    if not isinstance(value, KerasLayer):
        return missing
    if name == "apply":
        return lambda inputs, *more: predicted(value, inputs) if isinstance(value, keras.Model) else value(inputs)
    if name == "getWeights":
        return lambda *more: value.weights
    if name in model_members and isinstance(value, keras.Model):
        return lambda *given: model_members[name](value, *given)
    if name == "inputs" or name == "outputs":
        return list(getattr(value, name))
    if name == "output" or name == "input":
        return getattr(value, name)
    for each in (name, words(name)):
        if hasattr(value, each):
            found = getattr(value, each)
            return list(found) if name == "outputShape" else found
    return None


_javascript.kinds.append(member)

# Names of the functions of `tf.layers`, and the classes of Keras behind them.
_classes = {
    "activation": "Activation",
    "add": "Add",
    "alphaDropout": "AlphaDropout",
    "average": "Average",
    "averagePooling1d": "AveragePooling1D",
    "averagePooling2d": "AveragePooling2D",
    "averagePooling3d": "AveragePooling3D",
    "avgPool1d": "AveragePooling1D",
    "avgPool2d": "AveragePooling2D",
    "avgPooling1d": "AveragePooling1D",
    "avgPooling2d": "AveragePooling2D",
    "batchNormalization": "BatchNormalization",
    "concatenate": "Concatenate",
    "conv1d": "Conv1D",
    "conv2d": "Conv2D",
    "conv2dTranspose": "Conv2DTranspose",
    "conv3d": "Conv3D",
    "conv3dTranspose": "Conv3DTranspose",
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
    "globalMaxPooling1d": "GlobalMaxPooling1D",
    "globalMaxPooling2d": "GlobalMaxPooling2D",
    "gru": "GRU",
    "inputLayer": "InputLayer",
    "layerNormalization": "LayerNormalization",
    "leakyReLU": "LeakyReLU",
    "lstm": "LSTM",
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
    "reLU": "ReLU",
    "repeatVector": "RepeatVector",
    "rescaling": "Rescaling",
    "reshape": "Reshape",
    "separableConv2d": "SeparableConv2D",
    "simpleRNN": "SimpleRNN",
    "softmax": "Softmax",
    "spatialDropout1d": "SpatialDropout1D",
    "thresholdedReLU": "ThresholdedReLU",
    "upSampling2d": "UpSampling2D",
    "zeroPadding2d": "ZeroPadding2D",
}

# Arguments that stand when the code gives none, where TensorFlow.js differs from Keras 3.
_defaults = {
    "LSTM": {"recurrent_activation": hard_sigmoid},
    "GRU": {"recurrent_activation": hard_sigmoid, "reset_after": False},
    "LeakyReLU": {"negative_slope": 0.3},
}
# Arguments with other names in Keras 3.
_spelt = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "Reshape": {"target_shape": "target_shape"},
    "RepeatVector": {"n": "n"},
}


class DepthwiseConv2D(keras_layers.DepthwiseConv2D):
    def add_weight(self, *args, **kwargs):
        if kwargs.get("name") == "kernel":
            kwargs["name"] = "depthwise_kernel"
        return super().add_weight(*args, **kwargs)


_own_classes = {"DepthwiseConv2D": DepthwiseConv2D}


def make(class_name, config):
    given = arguments_of(config)
    given.pop("input_dtype", None)
    for old, new in _spelt.get(class_name, {}).items():
        if old in given:
            given[new] = given.pop(old)
    for key, value in _defaults.get(class_name, {}).items():
        given.setdefault(key, value)
    return _own_classes.get(class_name, getattr(keras_layers, class_name))(**given)


def maker(class_name):
    return lambda config=None, *more: make(class_name, config)


def bidirectional(config, *more):
    given = arguments_of(config)
    return keras_layers.Bidirectional(given.pop("layer"), **given)


def time_distributed(config, *more):
    return keras_layers.TimeDistributed(**arguments_of(config))


layers = Record({name: maker(class_name) for name, class_name in _classes.items()})
layers.fields["bidirectional"] = bidirectional
layers.fields["timeDistributed"] = time_distributed
layers.fields["Layer"] = Layer


def input(config, *more):
    given = arguments_of(config)
    shape = given.pop("shape", None)
    batch_shape = given.pop("batch_shape", None)
    dtype = given.pop("dtype", None) or "float32"
    shape = batch_shape if batch_shape is not None else [None] + list(shape)
    return keras.Input(batch_shape=tuple(shape), dtype=dtype, name=given.pop("name", None) or f"input{numbered('InputLayer')[-1]}")


# -- models


def sequential(config=None, *more):
    given = arguments_of(config)
    return keras.Sequential(layers=given.get("layers"), name=given.get("name"))


def model(config, *more):
    inputs, outputs = get(config, "inputs"), get(config, "outputs")
    return keras.Model(inputs=inputs, outputs=outputs, name=get(config, "name"))


def compiled(model, config, *more):
    optimizer, loss = get(config, "optimizer"), get(config, "loss")
    model.compile(optimizer=optimizer_named(optimizer), loss=loss_named(loss))


def optimizer_named(optimizer):
    """A name stands for TensorFlow.js's own usual rates, which are not Keras 3's."""
    if not isinstance(optimizer, str):
        return optimizer
    rate = _usual_rates.get(optimizer.lower())
    if rate is None:
        return optimizers_module.get(optimizer)
    made = getattr(optimizers_module, optimizer.capitalize())(learning_rate=rate)
    made.by_name = True
    return made


_usual_rates = {"adagrad": 0.01, "adadelta": 1.0, "adamax": 0.002}


def loss_named(loss):
    if isinstance(loss, str):
        return words(loss)
    if isinstance(loss, (list, tuple)):
        return [loss_named(each) for each in loss]
    if isinstance(loss, Record):
        return {key: loss_named(each) for key, each in loss.fields.items()}
    for name, function in losses.fields.items():
        if function is loss:
            return _losses_of_keras[name]()
    return loss


def fitted(model, x=None, y=None, config=None, *more):
    given = {} if config is None else config.fields
    model.fit(x, y, batch_size=given.get("batchSize", 32), epochs=given.get("epochs", 1))
    return _javascript.unread("the history of a training that is not run")


def fitted_to_data(model, data=None, config=None, *more):
    """A data set has its own size of batches."""
    model.fit(data)
    return _javascript.unread("the history of a training that is not run")


def predicted(model, x):
    _minimised.append(model)
    return x if is_unread(x) else model(x)


model_members = {
    "add": lambda model, layer, *more: model.add(layer),
    "compile": compiled,
    "fit": fitted,
    "fitDataset": fitted_to_data,
    "summary": lambda model, *more: None,
    "getLayer": lambda model, name=None, index=None, *more: model.get_layer(name, index),
    "predict": lambda model, x, *more: predicted(model, x),
}

# -- optimizers, losses, and functions by name

train = Record(
    {
        "sgd": lambda learning_rate, *more: optimizers_module.SGD(learning_rate=learning_rate),
        "momentum": lambda learning_rate, momentum, nesterov=False, *more: optimizers_module.SGD(
            learning_rate=learning_rate, momentum=momentum, nesterov=bool(nesterov)
        ),
        "adam": lambda learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7, *more: optimizers_module.Adam(
            learning_rate=learning_rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon
        ),
        "adamax": lambda learning_rate=0.002, *more: optimizers_module.Adamax(learning_rate=learning_rate),
        "adagrad": lambda learning_rate, *more: optimizers_module.Adagrad(learning_rate=learning_rate),
        "adadelta": lambda learning_rate=0.001, *more: optimizers_module.Adadelta(learning_rate=learning_rate),
        "rmsprop": lambda learning_rate, decay=0.9, momentum=0.0, *more: optimizers_module.RMSprop(
            learning_rate=learning_rate, rho=decay, momentum=momentum
        ),
    }
)


def minimised(optimizer, function):
    """Steps of the code's own say what `compile` would: which model, and which loss."""
    del _minimised[:]
    value = function()
    models = [each for each in _minimised if not isinstance(each, str)]
    names = [each for each in _minimised if isinstance(each, str)]
    if models:
        models[0].compile(optimizer=optimizer, loss=_losses_of_keras[names[0]]() if names else None)
    return value


optimizer_members = {
    "minimize": lambda optimizer: lambda function, *more: minimised(optimizer, function),
    "computeGradients": lambda optimizer: lambda function, *more: Record({"value": minimised(optimizer, function)}),
    "applyGradients": lambda optimizer: lambda *more: None,
    "learningRate": lambda optimizer: optimizer.learning_rate,
}


def by_class(module, names):
    return Record({name: class_maker(module, class_name) for name, class_name in names.items()})


def class_maker(module, class_name):
    return lambda config=None, *more: getattr(module, class_name)(**arguments_of(config))


initializers = by_class(
    initializers_module,
    {
        "zeros": "Zeros",
        "ones": "Ones",
        "constant": "Constant",
        "randomNormal": "RandomNormal",
        "randomUniform": "RandomUniform",
        "truncatedNormal": "TruncatedNormal",
        "glorotNormal": "GlorotNormal",
        "glorotUniform": "GlorotUniform",
        "heNormal": "HeNormal",
        "heUniform": "HeUniform",
        "leCunNormal": "LecunNormal",
        "leCunUniform": "LecunUniform",
        "orthogonal": "Orthogonal",
        "identity": "Identity",
    },
)
regularizers = by_class(regularizers_module, {"l1": "L1", "l2": "L2", "l1l2": "L1L2"})
constraints = Record({name: lambda *more: None for name in ("maxNorm", "minMaxNorm", "nonNeg", "unitNorm")})


def noting(name, function):
    """A loss that tells what is minimised, should it be called in `minimize`."""

    def noted(labels, predictions, *more):
        _minimised.append(name)
        return function(labels, predictions)

    return noted


# What one call of `minimize` computes: models that predict, and names of losses.
_minimised = []

losses = Record(
    {
        name: noting(name, function)
        for name, function in {
            "meanSquaredError": lambda labels, predictions: torch.mean((labels - predictions) ** 2),
            "absoluteDifference": lambda labels, predictions: torch.mean(torch.abs(labels - predictions)),
            "softmaxCrossEntropy": lambda labels, logits: torch.mean(-torch.sum(labels * F.log_softmax(logits, -1), -1)),
            "sigmoidCrossEntropy": lambda labels, logits: F.binary_cross_entropy_with_logits(logits, labels),
            "huberLoss": lambda labels, predictions: F.huber_loss(predictions, labels),
            "logLoss": lambda labels, predictions: F.binary_cross_entropy(predictions, labels),
        }.items()
    }
)
_losses_of_keras = {
    "meanSquaredError": lambda: "mean_squared_error",
    "absoluteDifference": lambda: "mean_absolute_error",
    "softmaxCrossEntropy": lambda: losses_module.CategoricalCrossentropy(from_logits=True),
    "sigmoidCrossEntropy": lambda: losses_module.BinaryCrossentropy(from_logits=True),
    "huberLoss": lambda: losses_module.Huber(),
    "logLoss": lambda: "binary_crossentropy",
}
metrics = Record(
    {
        name: getattr(losses_module, words(name))
        for name in ("binaryCrossentropy", "categoricalCrossentropy", "meanAbsoluteError", "meanSquaredError")
    }
)


class Dataset:
    """`tf.data`: what is in it is not read, the size of its batches is."""

    def batch(self, size, *more):
        note_call("DataLoader", {"batch_size": size, "shuffle": True, "dataset": None}, None)
        return self

    def unchanged(self, *more):
        return self

    map = mapAsync = filter = shuffle = prefetch = repeat = take = skip = concatenate = unchanged


data = Record({name: lambda *more: Dataset() for name in ("array", "csv", "generator", "zip", "image")})
callbacks = Record({"earlyStopping": lambda *more: None})
serialization = Record({"registerClass": lambda *more: None})
util = Record(
    {
        "assert": lambda condition, message=None, *more: asserted(condition, message),
        "sizeFromShape": lambda shape, *more: math.prod(shape),
    }
)
env = lambda *more: Record()


def asserted(condition, message):
    if not _javascript.truthy(condition):
        raise _javascript.Error(message() if callable(message) else text(message))


# -- tensors


class Variable:
    def __init__(self, value):
        self.value = value


def variable(value, *more):
    return value


def as_tensor(value):
    return torch.tensor(value) if isinstance(value, (list, tuple, int, float, bool)) else value


def floats(value, *more):
    made = torch.tensor(value)
    return made.float()


def filled_from(values, shape=None, *more):
    made = floats(values)
    return made if shape is None else made.reshape(tuple(shape))


tensor = tensor1d = tensor2d = tensor3d = tensor4d = filled_from
scalar = floats
zeros = lambda shape, *more: torch.zeros(tuple(shape))
ones = lambda shape, *more: torch.ones(tuple(shape))
fill = lambda shape, value, *more: torch.full(tuple(shape), float(value))
randomNormal = lambda shape, mean=0.0, stddev=1.0, *more: torch.randn(tuple(shape)) * stddev + mean
randomUniform = lambda shape, low=0.0, high=1.0, *more: torch.rand(tuple(shape)) * (high - low) + low
tidy = lambda first, second=None, *more: second() if isinstance(first, str) else first()
keep = lambda value, *more: value
dispose = disposeVariables = ready = setBackend = lambda *more: None


def axes(axis):
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis


def reducing(function):
    def reduce(x, axis=None, keep_dims=False, *more):
        if axis is None:
            return function(x)
        return function(x, dim=axes(axis), keepdim=bool(keep_dims))

    return reduce


def transposed(x, order=None, *more):
    return x.permute(tuple(reversed(range(x.dim()))) if order is None else tuple(order))


def softmax(x, axis=-1, *more):
    return torch.softmax(x, axis)


def multiplied(a, b, transpose_a=False, transpose_b=False, *more):
    a = a.transpose(-1, -2) if transpose_a else a
    return torch.matmul(a, b.transpose(-1, -2) if transpose_b else b)


def concatenated(first, *others):
    if isinstance(first, (list, tuple)):
        return torch.cat(list(first), others[0] if others else 0)
    other, axis = others[0], others[1] if len(others) > 1 else 0
    return torch.cat([first] + (list(other) if isinstance(other, (list, tuple)) else [other]), axis)


def part(x, begin, size=None, *more):
    begin = begin if isinstance(begin, (list, tuple)) else [begin]
    size = size if isinstance(size, (list, tuple)) or size is None else [size]
    for axis, start in enumerate(begin):
        length = -1 if size is None or axis >= len(size) else size[axis]
        x = x.narrow(axis, start, x.shape[axis] - start if length == -1 else length)
    return x


def cast(x, dtype, *more):
    return ops.cast(x, dtype)


def unary(function):
    return lambda x, *more: function(as_tensor(x))


def binary(function):
    return lambda a, b, *more: function(as_tensor(a), as_tensor(b))


functions = {
    "add": binary(torch.add),
    "sub": binary(torch.sub),
    "mul": binary(torch.mul),
    "div": binary(torch.div),
    "pow": binary(torch.pow),
    "maximum": binary(torch.maximum),
    "minimum": binary(torch.minimum),
    "squaredDifference": binary(lambda a, b: (a - b) ** 2),
    "matMul": multiplied,
    "dot": multiplied,
    "neg": unary(torch.neg),
    "abs": unary(torch.abs),
    "exp": unary(torch.exp),
    "log": unary(torch.log),
    "log1p": unary(torch.log1p),
    "sqrt": unary(torch.sqrt),
    "rsqrt": unary(torch.rsqrt),
    "square": unary(torch.square),
    "reciprocal": unary(torch.reciprocal),
    "sin": unary(torch.sin),
    "cos": unary(torch.cos),
    "tanh": unary(torch.tanh),
    "sigmoid": unary(torch.sigmoid),
    "relu": unary(torch.relu),
    "relu6": unary(F.relu6),
    "elu": unary(F.elu),
    "selu": unary(F.selu),
    "softplus": unary(F.softplus),
    "erf": unary(torch.erf),
    "sign": unary(torch.sign),
    "floor": unary(torch.floor),
    "softmax": softmax,
    "logSoftmax": lambda x, axis=-1, *more: torch.log_softmax(x, axis),
    "leakyRelu": lambda x, alpha=0.2, *more: F.leaky_relu(x, alpha),
    "clipByValue": lambda x, low, high, *more: torch.clamp(x, low, high),
    "sum": reducing(torch.sum),
    "mean": reducing(torch.mean),
    "max": reducing(torch.amax),
    "min": reducing(torch.amin),
    "reshape": lambda x, shape, *more: x.reshape(tuple(shape)),
    "flatten": lambda x, *more: x.reshape(-1),
    "expandDims": lambda x, axis=0, *more: x.unsqueeze(axis),
    "squeeze": lambda x, axis=None, *more: x.squeeze() if axis is None else x.squeeze(tuple(axis)),
    "transpose": transposed,
    "concat": concatenated,
    "stack": lambda parts, axis=0, *more: torch.stack(list(parts), axis),
    "tile": lambda x, repeats, *more: x.repeat(tuple(repeats)),
    "slice": part,
    "gather": lambda x, index, axis=0, *more: torch.index_select(x, axis, index),
    "cast": cast,
    "toFloat": lambda x, *more: x.float(),
    "toInt": lambda x, *more: x.int(),
    "zerosLike": unary(torch.zeros_like),
    "onesLike": unary(torch.ones_like),
    "where": lambda condition, a, b, *more: torch.where(condition, a, b),
    "oneHot": lambda index, depth, *more: F.one_hot(index.long(), depth).float(),
    "greater": binary(torch.gt),
    "less": binary(torch.lt),
    "equal": binary(torch.eq),
}
for _name, _function in functions.items():
    globals()[_name] = _function


def tensor_member(value, name):
    if name == "shape":
        return list(value.shape)
    if name == "rank":
        return len(value.shape)
    if name in ("dispose", "print"):
        return lambda *more: None
    if name in functions:
        return lambda *given: functions[name](value, *given)
    return getattr(value, name, None)


# -- models from their configuration

# What configurations hold that Keras 3 has no argument for, and that changes nothing here.
_model_names = ("Sequential", "Model", "Functional")
_layer_names = list(_classes.values()) + ["Bidirectional", "TimeDistributed", "SpatialDropout2D", "ZeroPadding1D", "UpSampling1D"]
_ignored = ("input_dtype", "implementation", "unroll", "stateful", "batch_size", "noise_shape", "sparse", "ragged", "fused")


def configured(value):
    """Parts of a configuration that are objects of their own."""
    if isinstance(value, dict) and "class_name" in value and "config" in value:
        class_name = value["class_name"]
        if class_name in _layer_names or class_name in _model_names:
            return layer_of(value)
    return value


def layer_of(spec):
    class_name, config = spec["class_name"], dict(spec["config"])
    if class_name in _model_names:
        return model_of(spec)
    if class_name not in _layer_names:
        raise ValueError(f"the layer class {class_name} is code of its own, which the file does not hold")
    for key in _ignored:
        config.pop(key, None)
    for old, new in _spelt.get(class_name, {}).items():
        if old in config:
            config[new] = config.pop(old)
    for key in ("activation", "recurrent_activation"):
        if config.get(key) == "hard_sigmoid":
            config[key] = hard_sigmoid
    for key in [key for key in config if key.endswith("_constraint")]:
        config.pop(key)
    if class_name == "InputLayer":
        shape = config.get("batch_input_shape", config.get("batch_shape"))
        return keras.Input(batch_shape=tuple(shape), dtype=config.get("dtype") or "float32", name=config.get("name"))
    if class_name == "GRU":
        config.setdefault("reset_after", False)
    config = {key: configured(value) for key, value in config.items()}
    return _own_classes.get(class_name, getattr(keras_layers, class_name))(**config)


def model_of(spec):
    config = spec["config"]
    if spec["class_name"] == "Sequential":
        specs = config if isinstance(config, list) else config["layers"]
        name = None if isinstance(config, list) else config.get("name")
        return keras.Sequential(layers=[layer_of(each) for each in specs], name=name)
    made, results = {}, {}
    waiting = list(config["layers"])
    for each in waiting:
        made[each["name"]] = layer_of(each)
        results[each["name"]] = [made[each["name"]]] if each["class_name"] == "InputLayer" else []
    # Calls of a layer are listed with the layer: each is made once everything that it is given is there.
    calls = [(each["name"], index, node) for each in waiting for index, node in enumerate(each.get("inbound_nodes", []))]
    while calls:
        ready = [call for call in calls if call[1] == len(results[call[0]]) and is_ready(call[2], results)]
        if not ready:
            raise ValueError("the graph of the model has calls whose inputs are never made")
        for name, index, node in ready:
            given = [picked(each, results) for each in node]
            results[name].append(made[name](given[0] if len(given) == 1 else given))
        calls = [call for call in calls if call not in ready]
    ends = [[picked(each, results) for each in listed(config[key])] for key in ("input_layers", "output_layers")]
    inputs, outputs = [each[0] if len(each) == 1 else each for each in ends]
    return keras.Model(inputs=inputs, outputs=outputs, name=config.get("name"))


def listed(ends):
    """One end may stand without its list."""
    return [ends] if ends and isinstance(ends[0], str) else ends


def is_ready(node, results):
    return all([len(results[each[0]]) > each[1] for each in node])


def picked(reference, results):
    output = results[reference[0]][reference[1]]
    return output[reference[2]] if isinstance(output, (list, tuple)) else output


def model_from_topology(topology):
    """`modelTopology` of a layers model, as TensorFlow.js and its converter write it."""
    return model_of(topology.get("model_config", topology))
