"""Stand-ins: a drawn portrait, and functions that are backends. They are registered as a plugin is, see `conftest`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from genmark.errors import ModelMissing, SubjectError
from genmark.recipes import Dye, Style
from genmark.types import Box, Face, Matte, Photo, Pose, Regions

PALETTE = ("background", "skin", "hair", "clothes", "brows", "eyes", "mouth", "hat")
COPPER = Style("test-copper", "test copper", "시험 카퍼", dye=Dye((45.0, 30.0, 35.0)))
INK = Style("test-ink", "test ink", "시험 잉크", dye=Dye((20.0, 0.0, -5.0)))

ENTRY_POINTS = """
[genmark.parsers]
drawn = doubles:parse
absent = doubles:Absent
[genmark.restylers]
negative = doubles:negative
noisy = doubles:noisy
[genmark.scorers]
bright = doubles:brightness
"""


def draw_portrait(width: int = 160, height: int = 200, name: str = "drawn") -> Photo:
    """A face-like thing: brown hair around an oval face over a body, on a grey wall, with a little texture."""
    alpha, face, body = _shapes(width, height)
    picture = np.full((height, width, 3), 170.0)
    picture[body] = (60, 80, 140)
    picture[face] = (214, 170, 145)
    strands = 14 * np.sin(np.arange(width) * 1.7)[None, :, None]
    picture += alpha[:, :, None] * (np.array([92, 62, 44.0]) + strands - picture)
    noise = np.random.default_rng(7).normal(0, 2, picture.shape)
    return Photo(np.clip(picture + noise, 0, 255).astype(np.uint8), name)


def _shapes(width: int, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:height, 0:width]
    u, v = (x + 0.5) / width - 0.5, (y + 0.5) / height
    face = (u / 0.17) ** 2 + ((v - 0.45) / 0.2) ** 2 < 1
    around = np.hypot(u / 0.3, (v - 0.4) / 0.34)
    soft = np.clip((1.0 - around) * 8, 0, 1)
    alpha = np.where(face & (v > 0.33), 0.0, soft)
    return alpha, face, (v > 0.72) & (np.abs(u) < 0.36)


def parse(photo: Photo, face: int = 0, /) -> Regions:
    """Regions of `draw_portrait`, wherever it was read from; one face, and none in a flat picture."""
    if int(np.ptp(photo.pixels)) < 20:
        raise SubjectError(f"{photo.name} shows no face", "no_face")
    if face > 0:
        raise SubjectError(f"{photo.name} shows 1 face, there is no face {face}", "no_such_face")
    width, height = photo.size
    alpha, oval, body = _shapes(width, height)
    index = np.zeros((height, width), np.uint8)
    index[body], index[oval], index[alpha > 0.5] = 3, 1, 2
    box = Box(0.33 * width, 0.25 * height, 0.67 * width, 0.65 * height)
    points = np.array([[0.45 * width, 0.42 * height], [0.55 * width, 0.42 * height]], np.float32)
    found = Face(box, points, Pose(1.0, -2.0, 0.5), 0.98)
    return Regions(index, PALETTE, {"hair": Matte(alpha.astype(np.float32))}, "portrait", 0.9, found)


class Absent:
    """A parser whose weights are not here."""

    def __init__(self) -> None:
        raise ModelMissing("the weights are not here; fetch them with this command")


def negative(photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /) -> Iterator[Photo]:
    """The negative of everything, also of what must stay."""
    for _ in seeds:
        yield Photo(255 - photo.pixels, photo.name)


def noisy(photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /) -> Iterator[Photo]:
    """Noise of the seed's own."""
    for seed in seeds:
        yield Photo(np.random.default_rng(seed).integers(0, 256, photo.pixels.shape, np.uint8), photo.name)


def brightness(photos: Sequence[Photo], /) -> list[float]:
    """The mean of all pixels."""
    return [float(photo.pixels.mean()) / 255 for photo in photos]
