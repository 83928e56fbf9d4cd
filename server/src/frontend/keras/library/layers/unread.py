"""Layers that are not read, and why; docs/keras.md lists them."""

from torch._registry import unknown

TextVectorization = StringLookup = IntegerLookup = unknown(
    "the vocabulary of a lookup is made of data; begin the model with the numbers that the layer gives"
)
Hashing = HashedCrossing = unknown("hashes of text or numbers; begin the model with the numbers that the layer gives")
Discretization = unknown("bins are made of data; begin the model with the numbers that the layer gives")
MelSpectrogram = STFTSpectrogram = unknown("spectrograms of sound; begin the model with the spectrogram")
AutoContrast = Equalization = Solarization = ContrastLimitedAdaptiveHistogramEqualization = unknown(
    "a change of images by their histogram; begin the model with the changed images"
)
CutMix = MixUp = MaxNumBoundingBoxes = unknown("a layer of images together with their targets, of data rather than of a model")
JaxLayer = FlaxLayer = TorchModuleWrapper = TFSMLayer = unknown("code of another library inside a layer of Keras")
