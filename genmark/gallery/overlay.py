"""What a parser found, drawn over the photo, so that a person can check it at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from genmark.canvas import crop_slices
from genmark.types import Face, Floats, Photo, Pixels, Regions

TINTS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "hair": (255, 45, 160),
        "skin": (255, 170, 60),
        "clothes": (60, 150, 255),
        "brows": (150, 70, 255),
        "eyes": (0, 220, 255),
        "mouth": (255, 60, 60),
        "hat": (60, 230, 90),
    }
)
"""sRGB of the regions that are tinted; others, the background among them, stay as they are."""

STRENGTH = 0.35
HAIR_STRENGTH = 0.6


def overlay(photo: Photo, regions: Regions) -> Photo:
    """`photo` with its regions tinted, the hair by its matte, and the face's landmarks and box drawn."""
    if regions.index.shape != photo.pixels.shape[:2]:
        raise ValueError(f"regions of {regions.index.shape[::-1]} do not fit a photo of {photo.size}")
    pixels = photo.pixels.copy()
    for name, tint in TINTS.items():
        if name in regions.mattes:
            _tint(pixels, HAIR_STRENGTH * regions.mattes[name].alpha, tint)
        elif name in regions.palette:
            _tint(pixels, np.float32(STRENGTH) * regions.mask(name).inside, tint)
    if regions.face is not None:
        _draw_face(pixels, regions.face)
    return Photo(pixels, photo.name)


def _tint(pixels: Pixels, alpha: Floats, colour: tuple[int, int, int]) -> None:
    """Blend one colour in, in place; `alpha` float32 (H, W) in [0, 1]. Only the part that it touches is worked on."""
    rows, columns = crop_slices(alpha > 0)
    part, share = pixels[rows, columns], alpha[rows, columns, None]
    part[:] = np.rint(part + (np.asarray(colour, np.float32) - part) * share).astype(np.uint8)


def _draw_face(pixels: Pixels, face: Face) -> None:
    box = face.box
    thick = max(1, round(box.height / 160))
    for x in (box.left, box.right):
        _fill(pixels, x, box.top, x, box.bottom, thick)
    for y in (box.top, box.bottom):
        _fill(pixels, box.left, y, box.right, y, thick)
    for x, y in face.landmarks.tolist():
        _fill(pixels, x, y, x, y, thick)


def _fill(pixels: Pixels, left: float, top: float, right: float, bottom: float, margin: int) -> None:
    """Paint a rectangle, grown by `margin` pixels, white with a dark rim; what lies outside the picture is cut off."""
    for grow, shade in ((margin, 0), (max(margin - 1, 0), 255)):
        rows = slice(max(0, round(top) - grow), max(0, round(bottom) + grow + 1))
        columns = slice(max(0, round(left) - grow), max(0, round(right) + grow + 1))
        pixels[rows, columns] = shade
