"""Writes digits.npz from scikit-learn's digits (1,797 images of 8x8 pixels, normalised)."""

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
pixels = digits.images.astype(np.float32) / 16.0
pixels = (pixels - pixels.mean()) / pixels.std()
np.savez_compressed("digits.npz", x=pixels[:, None], y=digits.target.astype(np.int64))
