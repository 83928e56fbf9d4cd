"""keras.initializations of Keras 1: functions of a shape, of which users make initialisers of their own."""

from keras import _initializers as initializers


def _function(make):
    def draw(shape, scale=None, name=None, dim_ordering="th", **kwargs):
        return make(scale)(tuple(shape))

    return draw


uniform = _function(lambda scale: initializers.RandomUniform(-(scale or 0.05), scale or 0.05))
normal = _function(lambda scale: initializers.RandomNormal(0.0, scale or 0.05))
zero = _function(lambda scale: initializers.Zeros())
one = _function(lambda scale: initializers.Ones())
orthogonal = _function(lambda scale: initializers.Orthogonal(scale or 1.1))
identity = _function(lambda scale: initializers.Identity(scale or 1.0))
lecun_uniform = _function(lambda scale: initializers.LecunUniform())
glorot_normal = _function(lambda scale: initializers.GlorotNormal())
glorot_uniform = _function(lambda scale: initializers.GlorotUniform())
he_normal = _function(lambda scale: initializers.HeNormal())
he_uniform = _function(lambda scale: initializers.HeUniform())
get = initializers.get
