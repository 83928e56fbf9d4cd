"""Folders of images, a folder for each class, and generators of images: their sizes as the arguments say them, their samples from the files."""

import torch
from torch._registry import is_unknown, note_call, unknown

from keras._layer import as_tensor
from keras._stored import stored, unknown_extent
from keras._tf_data import Dataset

_channels = {"rgb": 3, "rgba": 4, "grayscale": 1}


def _directory(call, given, size, color_mode, label_mode, class_names, batch_size, shuffle):
    channels = None if is_unknown(color_mode) else _channels.get(color_mode)
    if channels is None or is_unknown(size) or is_unknown(label_mode):
        return unknown(f"{call} with arguments that are not known")
    count = unknown_extent()

    def array(name, shape, dtype):
        return stored(call, (), (), given, name, (count,) + shape, dtype)

    images = array("images", (size[0], size[1], channels), torch.float32)
    if label_mode is None:
        return Dataset(images, batch_size, shuffle)
    if label_mode == "categorical":
        classes = count if class_names is None or is_unknown(class_names) else len(class_names)
        labels = array("labels", (classes,), torch.float32)
    elif label_mode == "binary":
        labels = array("labels", (1,), torch.float32)
    else:
        labels = array("labels", (), torch.int32)
    return Dataset((images, labels), batch_size, shuffle)


def image_dataset_from_directory(directory, labels="inferred", label_mode="int", class_names=None, color_mode="rgb",
                                 batch_size=32, image_size=(256, 256), shuffle=True, seed=None, validation_split=None,
                                 subset=None, interpolation="bilinear", follow_links=False, crop_to_aspect_ratio=False,
                                 **kwargs):  # fmt: skip
    call = "keras.utils.image_dataset_from_directory"
    if is_unknown(subset) or is_unknown(labels) or isinstance(labels, (list, tuple)):
        return unknown(f"{call} with labels of its own, or a part that is not known")
    mode = None if labels is None else label_mode
    given = {"directory": directory, "label_mode": mode, "class_names": class_names, "color_mode": color_mode,
             "image_size": image_size, "shuffle": shuffle, "seed": seed, "validation_split": validation_split,
             "interpolation": interpolation, "crop_to_aspect_ratio": crop_to_aspect_ratio}  # fmt: skip

    def part(name):
        named = {**given, "subset": name}
        return _directory(call, named, image_size, color_mode, mode, class_names, batch_size, shuffle)

    return (part("training"), part("validation")) if subset == "both" else part(subset)


_random = ("rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range", "zoom_range",
           "channel_shift_range", "horizontal_flip", "vertical_flip")  # fmt: skip


class ImageDataGenerator:
    """Rescaling and standardising are applied; random changes are left out, which is noted."""

    def __init__(self, featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False,
                 samplewise_std_normalization=False, zca_whitening=False, rescale=None, preprocessing_function=None,
                 validation_split=0.0, **kwargs):  # fmt: skip
        self.centred = (featurewise_center, samplewise_center)
        self.scaled = (featurewise_std_normalization, samplewise_std_normalization)
        self.whitened = zca_whitening
        self.rescale = rescale
        self.function = preprocessing_function
        self.validation_split = validation_split
        self.statistics = None
        for name in _random:
            if name in kwargs and not is_unknown(kwargs[name]) and kwargs[name]:
                note_call("omitted", {"what": f"{name} of ImageDataGenerator not applied"})

    def fit(self, x, *args, **kwargs):
        pixels = as_tensor(x).float()
        mean = pixels.mean((0, 1, 2), keepdim=True)
        # Keras centres before it takes the deviation.
        centred = pixels - mean if self.centred[0] else pixels
        self.statistics = (mean, torch.std(centred, (0, 1, 2), correction=0, keepdim=True))

    def _prepared(self, images):
        """In Keras's order."""
        featurewise = self.centred[0] or self.scaled[0]
        if self.whitened or self.function is not None or (featurewise and self.statistics is None):
            return unknown("an ImageDataGenerator with a function of its own, whitening, or statistics that are not taken")
        pixels = as_tensor(images).float()
        axes = (1, 2, 3)
        if self.rescale:
            pixels = pixels * self.rescale
        if self.centred[1]:
            pixels = pixels - pixels.mean(axes, keepdim=True)
        if self.scaled[1]:
            pixels = pixels / (torch.std(pixels, axes, correction=0, keepdim=True) + 1e-6)
        if self.centred[0]:
            pixels = pixels - self.statistics[0]
        if self.scaled[0]:
            pixels = pixels / (self.statistics[1] + 1e-6)
        return pixels

    def flow(self, x, y=None, batch_size=32, shuffle=True, sample_weight=None, seed=None, subset=None, **kwargs):
        if subset is not None:
            return unknown("a part of an ImageDataGenerator")
        images = self._prepared(x)
        if is_unknown(images):
            return images
        return Dataset(images if y is None else (images, as_tensor(y)), batch_size, shuffle)

    def flow_from_directory(self, directory, target_size=(256, 256), color_mode="rgb", classes=None,
                            class_mode="categorical", batch_size=32, shuffle=True, seed=None, subset=None,
                            interpolation="nearest", **kwargs):  # fmt: skip
        call = "keras.ImageDataGenerator.flow_from_directory"
        mode = {"sparse": "int", "input": None}.get(class_mode, class_mode)
        given = {"directory": directory, "label_mode": mode, "class_names": classes, "color_mode": color_mode,
                 "image_size": target_size, "shuffle": False, "interpolation": f"pillow {interpolation}",
                 "validation_split": self.validation_split or None, "subset": subset}  # fmt: skip
        if subset is not None:
            return unknown("a part of a folder of images of an ImageDataGenerator")
        found = _directory(call, given, target_size, color_mode, mode, classes, batch_size, shuffle)
        if is_unknown(found):
            return found
        images = self._prepared(found._structure[0] if mode is not None else found._structure)
        if is_unknown(images):
            return images
        return Dataset(images if mode is None else (images, found._structure[1]), batch_size, shuffle)
