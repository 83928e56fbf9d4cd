"""Random changes of images while training. A trace is of the images as they are."""

from keras._layer import Layer
from keras._resizing import resized
from keras.layers._reshaping import CenterCrop


class Augmentation(Layer):
    def __init__(self, *args, **kwargs):
        super().__init__(name=kwargs.get("name"))

    def call(self, inputs, training=None):
        return inputs


class RandomFlip(Augmentation):
    pass


class RandomRotation(Augmentation):
    pass


class RandomZoom(Augmentation):
    pass


class RandomTranslation(Augmentation):
    pass


class RandomShear(Augmentation):
    pass


class RandomPerspective(Augmentation):
    pass


class RandomElasticTransform(Augmentation):
    pass


class RandomContrast(Augmentation):
    pass


class RandomBrightness(Augmentation):
    pass


class RandomHue(Augmentation):
    pass


class RandomSaturation(Augmentation):
    pass


class RandomColorJitter(Augmentation):
    pass


class RandomColorDegeneration(Augmentation):
    pass


class RandomGrayscale(Augmentation):
    pass


class RandomInvert(Augmentation):
    pass


class RandomPosterization(Augmentation):
    pass


class RandomSharpness(Augmentation):
    pass


class RandomGaussianBlur(Augmentation):
    pass


class RandomErasing(Augmentation):
    pass


class AugMix(Augmentation):
    pass


class RandAugment(Augmentation):
    pass


RandomHeight = RandomWidth = Augmentation


class RandomCrop(CenterCrop):
    """Outside of training the largest part of its proportions, in its size, as Keras documents it."""

    def change(self, x):
        return resized(x, self.sizes, crop_to_aspect_ratio=True)


class Pipeline(Layer):
    """Layers one after another."""

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self.steps = list(layers)

    def call(self, inputs, training=True):
        for step in self.steps:
            inputs = step(inputs)
        return inputs
