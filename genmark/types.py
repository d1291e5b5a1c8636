"""The nouns of genmark. No models, no torch, no files. (What to make of a photo: `genmark.recipes`.)

One convention each, everywhere, checked once at construction; every noun is frozen and its arrays are read-only:

    pixels      uint8 sRGB, (H, W, 3)
    hard masks  bool, (H, W); True is inside
    mattes      float32 in [0, 1], (H, W); 1 is inside
    index maps  uint8, (H, W); the value is the place of a name in the palette
    points      float32, (N, 2); (x, y) in pixels, pixel centres at whole numbers
    sizes       (width, height) in pixels
    angles      degrees
    scores      float in [0, 1]; higher is better
    colours     CIELAB, D65, 2-degree observer, where they are measured
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Lab = tuple[float, float, float]


def _freeze(owner: object, name: str, dtype: type[np.generic], *shape: int | None) -> None:
    """Check an array field's dtype and shape (None: any length) and make it read-only."""
    array = np.asarray(getattr(owner, name))
    fits = array.ndim == len(shape) and all(want in (None, got) for want, got in zip(shape, array.shape, strict=True))
    if array.dtype != dtype or not fits:
        want = "(" + ", ".join("*" if n is None else str(n) for n in shape) + ")"
        kind = type(owner).__name__
        raise ValueError(f"{kind}.{name} must be {dtype.__name__} {want}, got {array.dtype} {array.shape}")
    view = array.view()
    view.flags.writeable = False
    object.__setattr__(owner, name, view)


def check_shares(owner: object, *names: str) -> None:
    """Raise ValueError where one of these fields is neither None nor in [0, 1]."""
    for name in names:
        value = getattr(owner, name)
        if value is not None and not 0.0 <= value <= 1.0:
            raise ValueError(f"{type(owner).__name__}.{name} must be in [0, 1], got {value}")


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture: `pixels` uint8 sRGB (H, W, 3), and the `name` people know it by (never a path)."""

    pixels: Pixels
    name: str = "photo"

    def __post_init__(self) -> None:
        _freeze(self, "pixels", np.uint8, None, None, 3)
        if 0 in self.pixels.shape:
            raise ValueError("Photo.pixels must not be empty")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True, eq=False)
class Mask:
    """A hard region: `inside` bool (H, W)."""

    inside: Bools

    def __post_init__(self) -> None:
        _freeze(self, "inside", np.bool_, None, None)


@dataclass(frozen=True, eq=False)
class Matte:
    """A soft region: `alpha` float32 (H, W) in [0, 1]."""

    alpha: Floats

    def __post_init__(self) -> None:
        _freeze(self, "alpha", np.float32, None, None)
        if not (np.isfinite(self.alpha).all() and self.alpha.min() >= 0.0 and self.alpha.max() <= 1.0):
            raise ValueError("Matte.alpha must be finite and in [0, 1]")

    @property
    def support(self) -> Mask:
        """Every pixel that the matte touches at all (alpha > 0)."""
        return Mask(self.alpha > 0.0)


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels; may reach out of the picture. left < right, top < bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.top < self.bottom):
            raise ValueError(f"Box must have left < right and top < bottom, got {self}")

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Pose:
    """Head pose in degrees: yaw (positive: the face turns to the picture's right), pitch (positive: chin down), roll
    (positive: clockwise in the picture)."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, eq=False)
class Face:
    """One face: its `box` (brow line to chin and a little more, as found), `landmarks` float32 (N, 2) in the order of
    `genmark.perceive.landmarks.NAMES`, `pose`, and the finder's `confidence` in [0, 1]."""

    box: Box
    landmarks: Floats
    pose: Pose
    confidence: float

    def __post_init__(self) -> None:
        _freeze(self, "landmarks", np.float32, None, 2)
        check_shares(self, "confidence")


@dataclass(frozen=True, eq=False)
class Regions:
    """What is where in a photo.

    index       uint8 (H, W): each pixel's region, as a place in `palette`
    palette     region names; `palette[index[y, x]]` is the name at (x, y)
    mattes      soft regions by name, at the photo's size ("hair" for a portrait)
    kind        what the photo shows: "portrait" or "room"; `face` is the face that was parsed, for a portrait
    confidence  the parser's trust in its own answer, in [0, 1]
    """

    index: NDArray[np.uint8]
    palette: tuple[str, ...]
    mattes: Mapping[str, Matte]
    kind: str
    confidence: float
    face: Face | None = None

    def __post_init__(self) -> None:
        _freeze(self, "index", np.uint8, None, None)
        check_shares(self, "confidence")
        if int(self.index.max()) >= len(self.palette):
            raise ValueError(f"Regions.index holds {self.index.max()}, but the palette has {len(self.palette)} names")
        for name, matte in self.mattes.items():
            if matte.alpha.shape != self.index.shape:
                raise ValueError(f"matte {name!r} is {matte.alpha.shape}, the index map {self.index.shape}")
        object.__setattr__(self, "mattes", MappingProxyType(dict(self.mattes)))

    def mask(self, name: str) -> Mask:
        """The hard region called `name`; KeyError names what there is."""
        if name not in self.palette:
            raise KeyError(f"no region {name!r}, only {list(self.palette)}")
        return Mask(self.index == self.palette.index(name))


@dataclass(frozen=True, eq=False)
class Restyled:
    """What a restyler gives back where a new shape reaches beyond the old one.

    photo    the new picture, at the size of the original
    changed  every pixel that it asks to change
    matte    where the region is now ("hair"), or None where it is where it was
    notes    short facts that a person should read, as (English, Korean) pairs
    """

    photo: Photo
    changed: Mask
    matte: Matte | None = None
    notes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        shape = self.photo.pixels.shape[:2]
        if self.changed.inside.shape != shape or (self.matte is not None and self.matte.alpha.shape != shape):
            raise ValueError("Restyled.changed and Restyled.matte must have the photo's size")


@dataclass(frozen=True)
class Weights:
    """Where a model came from: `name`, `sha256` of the file, `licence`, and its training `record` as written in it."""

    name: str
    sha256: str
    licence: str
    record: Mapping[str, Any] = field(default_factory=dict)
