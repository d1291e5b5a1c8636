"""Pictures of any mode as 8-bit sRGB, upright: what every other part of genmark may take for granted.

Pillow images in, Pillow images out. Pillow's own `convert("RGB")` clips 16-bit to white, drops colour profiles and
forgets what was transparent; these functions do not.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from genmark.guard import LEAKS

_ORIENTATION = 0x0112
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF 6.0 tags
_UPRIGHT = {  # EXIF 2.32, table 6: how to undo each orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ROWS = 256
_PROFILE_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or it cannot be read."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except LEAKS:  # a broken EXIF block does not spoil the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(image: Image.Image) -> Image.Image:
    """Turn and mirror a loaded picture as its EXIF orientation says."""
    turn = _UPRIGHT.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert a loaded picture of any mode to mode "RGB" in sRGB, over white where it is transparent.

    An embedded ICC profile is honoured (perceptual intent, which is relative colorimetric for cameras' and phones'
    matrix profiles) and ignored where it is broken or made for another kind of picture.
    """
    profile = image.info.get("icc_profile")
    colour, alpha = _split(_eight_bits(image))
    colour = _through(profile, colour) or _plain(colour)
    if alpha is None or alpha.getextrema()[0] == 255:
        return colour
    white = Image.new("RGB", colour.size, "white")
    white.paste(colour, mask=alpha)
    return white


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Part colours (1, L, RGB, CMYK, YCbCr, LAB) from opacity (L, or None where all is opaque)."""
    if image.mode in ("La", "RGBa"):  # premultiplied
        image = image.convert(image.mode.upper())
    if image.mode == "PA" or (image.mode in ("1", "L", "P", "RGB") and "transparency" in image.info):
        image = _keyed(image)
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A")
    if image.mode == "RGBA":
        return image.convert("RGB"), image.getchannel("A")
    return (image.convert("RGB") if image.mode in ("P", "RGBX") else image), None


def _keyed(image: Image.Image) -> Image.Image:
    """Apply a palette's opacities or the one transparent colour of a PNG or GIF."""
    key = image.info.get("transparency")
    if isinstance(key, tuple) and max(key) > 255:  # a 16-bit key; the pixels were already cut to their upper 8 bits
        image.info["transparency"] = tuple(part >> 8 for part in key)
    return image.convert("RGBA")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale the deep greyscale modes to 8 bits (mode "L"); other modes pass."""
    if image.mode.startswith("I;16"):
        return Image.fromarray(_from_16_bits(image))
    if image.mode == "I":
        return Image.fromarray(_from_range(_unsigned(image), (255, 65_535, 2**31 - 1, 2**32 - 1)))
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image), nan=0.0, posinf=0.0, neginf=0.0)
        return Image.fromarray(_inverted(image, _from_range(values, (1.0, 255.0, 65_535.0, float(values.max())))))
    return image


def _tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {})


def _inverted(image: Image.Image, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo TIFF's "white is zero", which Pillow undoes for 8 bits but not for deeper greys."""
    return 255 - grey if _tags(image).get(_PHOTOMETRIC) == 0 else grey


def _from_16_bits(image: Image.Image) -> NDArray[np.uint8]:
    """Scale 12 or 16 bits through a table, rounding to nearest; PNG's transparent grey becomes white."""
    peak = 4095 if tuple(_tags(image).get(_BITS, ())) == (12,) else 65_535
    table = np.rint(np.arange(65_536) * (255.0 / peak)).clip(0, 255).astype(np.uint8)
    key = image.info.get("transparency")
    if isinstance(key, int) and 0 <= key <= 65_535:
        table[key] = 255
    values = np.asarray(image)
    grey = np.empty(values.shape, np.uint8)
    for top in range(0, len(grey), _ROWS):  # numpy needs 8 bytes a pixel for a look-up
        grey[top : top + _ROWS] = table[values[top : top + _ROWS]]
    return _inverted(image, grey)


def _unsigned(image: Image.Image) -> NDArray[Any]:
    """Mode "I" is signed, but TIFF also keeps unsigned 32-bit greys in it."""
    values = np.asarray(image)
    return values.view(np.uint32) if tuple(_tags(image).get(_SAMPLE_FORMAT, (1,))) == (1,) else values


def _from_range(values: NDArray[Any], peaks: tuple[float, ...]) -> NDArray[np.uint8]:
    """Scale to 8 bits by the smallest usual range, 0 to one of `peaks`, that holds the brightest pixel."""
    brightest = float(values.max())
    peak = next((p for p in peaks if brightest <= p), peaks[-1])
    scaled = values.astype(np.float32)
    scaled *= 255.0 / peak
    return np.rint(scaled.clip(0, 255, out=scaled), out=scaled).astype(np.uint8)


def _through(profile: object, image: Image.Image) -> Image.Image | None:
    """Convert by an ICC profile; None where it is absent, broken or for another kind of picture.

    A profile that moves no colour by more than one level is sRGB, and leaves the pixels as they are.
    """
    try:
        source = _profile(profile, image)
        if source is None:
            return None
        mode = _PROFILE_MODES[source.profile.xcolor_space]
        if image.mode != mode:
            image = _plain(image)
        if image.mode != mode:
            return None
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.PERCEPTUAL
        )
        if mode == "RGB" and _changes_little(transform):
            return image
        return ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, *LEAKS):
        return None


def _profile(profile: object, image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    if isinstance(profile, bytes) and profile:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")) if image.mode == "LAB" else None


def _changes_little(transform: ImageCms.ImageCmsTransform) -> bool:
    axis = np.linspace(0, 255, 9).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(27, 27, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), transform))
    return bool(np.abs(moved.astype(int) - colours).max() <= 1)


def _plain(image: Image.Image) -> Image.Image:
    """Convert without a profile: CMYK by (255 - ink)(255 - black) / 255."""
    if image.mode == "LAB":
        return _through(None, image) or image.getchannel("L").convert("RGB")
    return image.convert("RGB")
