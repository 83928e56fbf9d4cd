"""Trains digit_net on scikit-learn's digits with any backend of Keras; digits.keras was made by it."""

import keras
import numpy as np

from model import digit_net

data = np.load("digits.npz")
x, y = data["x"], data["y"]

model = digit_net()
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, batch_size=64, epochs=6, validation_split=0.1)
model.save("digits.keras")
