"""`tf.train`: optimizers, and loops of the code's own that call them."""

from _javascript import Record
from _tfjs_losses import losses_of_keras, minimised_losses
from keras import _optimizers as optimizers_module

# What one call of `minimize` computes: models that predict.
minimised_models = []


def sgd(learning_rate, *more):
    return optimizers_module.SGD(learning_rate=learning_rate)


def momentum(learning_rate, momentum, nesterov=False, *more):
    return optimizers_module.SGD(learning_rate=learning_rate, momentum=momentum, nesterov=bool(nesterov))


def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7, *more):
    return optimizers_module.Adam(learning_rate=learning_rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon)


def adamax(learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-7, *more):
    return optimizers_module.Adamax(learning_rate=learning_rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon)


def adagrad(learning_rate, initial_accumulator_value=0.1, *more):
    return optimizers_module.Adagrad(learning_rate=learning_rate, initial_accumulator_value=initial_accumulator_value)


def adadelta(learning_rate=0.001, rho=0.95, epsilon=1e-7, *more):
    return optimizers_module.Adadelta(learning_rate=learning_rate, rho=rho, epsilon=epsilon)


def rmsprop(learning_rate, decay=0.9, momentum=0.0, epsilon=1e-7, centered=False, *more):
    return optimizers_module.RMSprop(
        learning_rate=learning_rate, rho=decay, momentum=momentum, epsilon=epsilon, centered=bool(centered)
    )


train = Record(
    {
        "sgd": sgd,
        "momentum": momentum,
        "adam": adam,
        "adamax": adamax,
        "adagrad": adagrad,
        "adadelta": adadelta,
        "rmsprop": rmsprop,
    }
)

# Rates of TensorFlow.js where the name of an optimizer stands alone; others are Keras 3's.
_usual_rates = {"adagrad": 0.01, "adadelta": 1.0, "adamax": 0.002}


def optimizer_named(optimizer):
    if not isinstance(optimizer, str):
        return optimizer
    rate = _usual_rates.get(optimizer.lower())
    if rate is None:
        return optimizers_module.get(optimizer)
    made = getattr(optimizers_module, optimizer.capitalize())(learning_rate=rate)
    made.by_name = True
    return made


def minimised(optimizer, function):
    """Steps of the code's own say what `compile` would: which model, and which loss."""
    del minimised_models[:], minimised_losses[:]
    value = function()
    if minimised_models:
        loss = losses_of_keras[minimised_losses[0]]() if minimised_losses else None
        minimised_models[0].compile(optimizer=optimizer, loss=loss)
    return value


optimizer_members = {
    "minimize": lambda optimizer: lambda function, *more: minimised(optimizer, function),
    "computeGradients": lambda optimizer: lambda function, *more: Record({"value": minimised(optimizer, function)}),
    "applyGradients": lambda optimizer: lambda *more: None,
    "learningRate": lambda optimizer: optimizer.learning_rate,
}
