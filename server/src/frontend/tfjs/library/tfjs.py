"""TensorFlow.js as model code names it. Layers are Keras's with their arguments in one object, under its names and with its defaults."""

from _javascript import Record
from _tfjs_arguments import CutVarianceScaling, arguments_of, initializer_named, words
from _tfjs_configurations import model_from_topology
from _tfjs_functions import functions
from _tfjs_functions import image as image_functions
from _tfjs_layers import layers
from _tfjs_losses import Reduction, losses, metrics
from _tfjs_models import LayersModel, Sequential, SymbolicTensor, Tensor, input, model, sequential
from _tfjs_neural import fused as fused_functions
from _tfjs_penalties import regularizers
from _tfjs_pretrained import loadLayersModel, loadModel
from _tfjs_tensors import surrounding
from _tfjs_training import train
from _tfjs_utilities import callbacks, env, serialization, util
from keras import _initializers as initializers_module

layers.fields["input"] = input
image = Record(image_functions)
fused = Record(fused_functions)


def by_class(module, names):
    return Record({name: class_maker(module, class_name) for name, class_name in names.items()})


def class_maker(module, class_name):
    return lambda config=None, *more: getattr(module, class_name)(**arguments_of(config))


def cut_normal(name):
    return lambda config=None, *more: initializer_named(name)


initializers = by_class(
    initializers_module,
    {
        "zeros": "Zeros",
        "ones": "Ones",
        "constant": "Constant",
        "randomNormal": "RandomNormal",
        "randomUniform": "RandomUniform",
        "truncatedNormal": "TruncatedNormal",
        "glorotUniform": "GlorotUniform",
        "heUniform": "HeUniform",
        "leCunUniform": "LecunUniform",
        "orthogonal": "Orthogonal",
        "identity": "Identity",
    },
)
initializers.fields["varianceScaling"] = lambda config=None, *more: CutVarianceScaling(**arguments_of(config))
for _name in ("glorotNormal", "heNormal", "leCunNormal"):
    initializers.fields[_name] = cut_normal(words(_name))
constraints = Record({name: lambda *more: None for name in ("maxNorm", "minMaxNorm", "nonNeg", "unitNorm")})

for _name, _function in {**functions, **surrounding}.items():
    globals()[_name] = _function
