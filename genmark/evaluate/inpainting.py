"""OpenCV's inpainting, which the under layer has to beat. OpenCV is an extra and is imported only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import numpy as np

from genmark.canvas import crop_slices
from genmark.errors import UsageError
from genmark.types import Bools, Pixels

Fill = Callable[[Pixels, Bools], Pixels]
"""A photo uint8 (H, W, 3) and what is hidden in it (H, W) -> the photo with something else there."""

LARGEST = 640
"""Longer side of the crop that is filled, pixels: cost grows with the area, and what is filled in is smooth anyway."""
_RADIUS = 3
"""Of the neighbourhood that a pixel is guessed from. With 8, five times slower, fills look the same, only softer."""
_MARGIN = 24
"""Pixels around what is hidden that are looked at."""


def opencv_fill(importer: Callable[[str], ModuleType] = import_module) -> Fill:
    """The fast marching method of Telea (2004), "An image inpainting technique based on the fast marching method".

    Of OpenCV's two it looks better here: its Navier-Stokes draws stripes across faces (Bertalmio et al. 2001). Pixels
    that are not hidden stay bit for bit. Raises UsageError "missing_extra" where OpenCV is not installed.
    """
    try:
        cv2 = importer("cv2")
    except ImportError as error:
        raise UsageError(
            "the method inpaint needs an extra: pip install 'genmark[eval]', or ask for other methods", "missing_extra"
        ) from error

    def fill(pixels: Pixels, hidden: Bools) -> Pixels:
        filled = pixels.copy()
        if hidden.any():
            box = crop_slices(hidden, _MARGIN)
            filled[box] = np.where(hidden[box][..., None], _telea(cv2, pixels[box], hidden[box]), pixels[box])
        return filled

    return fill


def _telea(cv2: ModuleType, pixels: Pixels, hidden: Bools) -> Pixels:
    """A crop (h, w, 3) filled where `hidden`; a large one at a smaller size."""
    high, wide = hidden.shape
    shrunk = min(1.0, LARGEST / max(high, wide))
    mask = hidden.astype(np.uint8)
    if shrunk == 1.0:
        return np.asarray(cv2.inpaint(pixels, mask, _RADIUS, cv2.INPAINT_TELEA))
    size = (max(1, round(wide * shrunk)), max(1, round(high * shrunk)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    touched = cv2.resize(mask * np.float32(255), size, interpolation=cv2.INTER_AREA) > 0  # hair in any part of a pixel
    filled = cv2.inpaint(small, touched.astype(np.uint8), _RADIUS, cv2.INPAINT_TELEA)
    return np.asarray(cv2.resize(filled, (wide, high), interpolation=cv2.INTER_LINEAR))
