"""`tf.loadLayersModel` of the MobileNets that most transfer learning starts from: published at one address, in several sizes."""

import json
import re

import _javascript
import keras
from _javascript_host import file_text
from _tfjs_configurations import model_from_topology
from keras import layers
from torch._registry import note_call

_published = r"mobilenet_v1_([\d.]+)_(\d+)"
# (channels, stride) of each block, for a width of 1.
_blocks = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip


def loadLayersModel(address, *more):
    found = re.search(_published, address) if isinstance(address, str) else None
    if found is None:
        return of_file(address) if isinstance(address, str) else _javascript.unread("a model that is loaded")
    note_call("pretrained", {"model": found.group(0)})
    return mobilenet(float(found.group(1)), int(found.group(2)))


_fetched = r"^(https?:)?//|^(indexeddb|localstorage):"


def of_file(address):
    """A model of the workspace by its configuration; its weights are those of the checkpoint that is given."""
    if re.search(_fetched, address):
        return _javascript.unread(
            f"the model at {address} (nothing is fetched: save its model.json and weights beside the program and load them by file://, or analyse that model.json itself)"
        )
    content = file_text(address)
    if _javascript.is_unread(content):
        return content
    return model_from_topology(json.loads(content)["modelTopology"])


def normalised(x, name):
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.Activation("relu6", name=f"{name}_relu")(x)


def mobilenet(width, size, classes=1000):
    inputs = keras.Input((size, size, 3), name="input_1")
    x = layers.Conv2D(int(32 * width), 3, strides=2, padding="same", use_bias=False, name="conv1")(inputs)
    x = normalised(x, "conv1")
    for index, (channels, stride) in enumerate(_blocks, 1):
        names = [f"conv_{kind}_{index}" for kind in ("dw", "pw")]
        depthwise = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=names[0])
        x = normalised(depthwise(x), names[0])
        x = layers.Conv2D(int(channels * width), 1, padding="same", use_bias=False, name=names[1])(x)
        x = normalised(x, names[1])
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d_1")(x)
    x = layers.Reshape((1, 1, int(1024 * width)), name="reshape_1")(x)
    x = layers.Dropout(0.001, name="dropout")(x)
    x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
    x = layers.Activation("softmax", name="act_softmax")(x)
    return keras.Model(inputs, layers.Reshape((classes,), name="reshape_2")(x), name="mobilenet")


loadModel = loadLayersModel
