"""tf.image: what prepares images, of one image or a batch. Random changes are left out, which is noted."""

import torch
from torch._registry import note_call

from keras import _ops_image as ops_image
from keras._ops import sizes_of, symbolic
from keras._resizing import resized, resized_from_corners


def _batched(function):
    """Lets a function of [batch, height, width, channels] take a single image."""

    def apply(images, *args, **kwargs):
        single = images.dim() == 3
        result = function(images.unsqueeze(0) if single else images, *args, **kwargs)
        return result.squeeze(0) if single else result

    return apply


@symbolic
@_batched
def _resized(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None):
    size = sizes_of(size)
    if preserve_aspect_ratio:
        sizes = images.shape[1:3]
        scale = min([after / before for after, before in zip(size, sizes)])
        size = [round(scale * before) for before in sizes]
    return torch.movedim(resized(torch.movedim(images, -1, 1), size, method, antialias), 1, -1)


def _of_first_version(method):
    @symbolic
    @_batched
    def resize(images, size, align_corners=False, name=None, half_pixel_centers=False):
        x = torch.movedim(images, -1, 1)
        size = sizes_of(size)
        y = resized(x, size, method) if half_pixel_centers else resized_from_corners(x, size, method, align_corners)
        return torch.movedim(y, 1, -1)

    return staticmethod(resize)


@symbolic
def _standardised(image):
    axes = (-3, -2, -1)
    pixels = image.float()
    count = image.shape[-1] * image.shape[-2] * image.shape[-3]
    deviation = torch.std(pixels, axes, correction=0, keepdim=True)
    return (pixels - pixels.mean(axes, keepdim=True)) / torch.clamp(deviation, min=count**-0.5)


@symbolic
def _of_dtype(image, dtype, saturate=False):
    if image.is_floating_point() or "float" not in str(dtype):
        return image
    return image.float() / 255


def _left_out(name):
    def unchanged(image, *args, **kwargs):
        note_call("omitted", {"what": f"tf.image.{name} not applied"})
        return image

    return staticmethod(unchanged)


class image:
    @staticmethod
    def resize(images, size, method="bilinear", *args, **kwargs):
        # Numbers of the first version.
        method = method.lower() if isinstance(method, str) else ("bilinear", "nearest", "bicubic", "area")[method]
        return _resized(images, size, method, *args, **kwargs)

    class ResizeMethod:
        BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = "bilinear", "nearest", "bicubic", "area"
        LANCZOS3, LANCZOS5, GAUSSIAN, MITCHELLCUBIC = "lanczos3", "lanczos5", "gaussian", "mitchellcubic"

    resize_images = resize
    resize_bilinear = _of_first_version("bilinear")
    resize_nearest_neighbor = _of_first_version("nearest")
    extract_patches = staticmethod(
        lambda images, sizes, strides, rates, padding: ops_image.extract_patches(
            images, tuple(sizes[1:3]), tuple(strides[1:3]), tuple(rates[1:3]), padding.lower()
        )
    )
    per_image_standardization = staticmethod(_standardised)
    convert_image_dtype = staticmethod(_of_dtype)
    rgb_to_grayscale = staticmethod(symbolic(_batched(ops_image.rgb_to_grayscale)))
    grayscale_to_rgb = staticmethod(symbolic(lambda images, name=None: torch.cat([images] * 3, -1)))
    flip_left_right = staticmethod(symbolic(lambda images: torch.flip(images, (-2,))))
    flip_up_down = staticmethod(symbolic(lambda images: torch.flip(images, (-3,))))
    random_flip_left_right = _left_out("random_flip_left_right")
    random_flip_up_down = _left_out("random_flip_up_down")
    random_brightness = _left_out("random_brightness")
    random_contrast = _left_out("random_contrast")
    random_saturation = _left_out("random_saturation")
    random_hue = _left_out("random_hue")
    random_jpeg_quality = _left_out("random_jpeg_quality")
