"""VGG: blocks of convolutions between poolings (arXiv:1409.1556)."""

from keras import layers
from keras.applications._imagenet import architecture


def _body(counts):
    def body(x):
        for block, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512, 512)), 1):
            for i in range(1, count + 1):
                x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
            x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
        return x

    return body


def _top(x, classes, activation):
    x = layers.Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = layers.Dense(4096, activation="relu", name=name)(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)


VGG16 = architecture("vgg16", 224, _body((2, 2, 3, 3, 3)), _top)
VGG19 = architecture("vgg19", 224, _body((2, 2, 4, 4, 4)), _top)
