"""The customer's own hair, measured once per photo, so that every dye of that photo can share it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import box_blur, crop_slices, gaussian_blur, grow, sample, shrink
from genmark.colour import lab_from_rgb
from genmark.errors import SubjectError
from genmark.restyle.hair.along import Axis, find_axis, measure_along
from genmark.restyle.hair.flow import measure_flow
from genmark.restyle.hair.light import Light, measure_light
from genmark.types import Bools, Floats, Lab, Photo, Pixels, Regions

Value = TypeVar("Value", bound=np.generic)

OPAQUE = 0.9
"""Matte from which on a pixel counts as nothing but hair."""
_TILE = 1 << 14
"""Pixels worked on at once: what is made of one tile stays in the cache."""
_SMALL = 256
"""Longest side of the picture on which the colours around a soft edge are spread."""


@dataclass(frozen=True, eq=False)
class Strands:
    """The hair of one photo; N pixels that the matte touches, in reading order inside `box`.

    axis     of the head: where eyes and mouth are
    box      rows and columns of the photo that hold the matte and a margin
    inside   bool (h, w) in the box: where the N pixels are
    matte    float32 (N,): alpha as parsed
    share    float32 (N,): how much of each pixel is hair, alpha corrected by colour where hair and ground differ
    seen     float32 (N, 3): CIELAB of the pixels
    hair     float32 (N, 3): CIELAB of the hair in them; at soft edges this is not what is seen
    smooth   float32 (N,): L of the hair without grain and compression noise
    colour   median CIELAB of the opaque hair
    light    the light in the photo
    sketch   float32 (h', w', 4): CIELAB and alpha in the box, shrunk by `step`
    """

    axis: Axis
    box: tuple[slice, slice]
    inside: Bools
    matte: Floats
    share: Floats
    seen: Floats
    hair: Floats
    smooth: Floats
    colour: Lab
    light: Light
    sketch: Floats
    step: int

    @cached_property
    def opaque(self) -> Bools:
        """Which of the N pixels are nothing but hair; all, where none is."""
        return _opaque(self.matte)

    @cached_property
    def flow(self) -> Floats:
        """Direction of the strands on the sketch, float32 (h', w', 2): see `measure_flow`."""
        return measure_flow(self.sketch[..., 0])

    @cached_property
    def along(self) -> Floats:
        """Share of the hair's length from the root, on the sketch, float32 (h', w'): see `measure_along`."""
        return measure_along(self.axis, self.box, self.step, self.sketch[..., 3])


def prepare(photo: Photo, regions: Regions) -> Strands:
    """Measure the hair of `photo` under `regions.mattes["hair"]`, raising SubjectError ("bald") where it is empty."""
    alpha = regions.mattes["hair"].alpha
    box = crop_slices(alpha > 0.0, margin=max(8, max(photo.size) // 50))
    if box[0].stop == 0:
        raise SubjectError(f"{photo.name} shows no hair to dye", "bald")
    matte, pixels = alpha[box], photo.pixels[box]
    inside = matte > 0.0
    seen, soft = lab_from_rgb(pixels[inside]), matte[inside]
    step = max(1, -(-max(matte.shape) // _SMALL))
    sketch = _draw(pixels, matte, step)
    near = _near(sketch[..., 3], step, matte)[inside]
    hair, share = _unmix(sketch, step, seen, soft, near, inside)
    grain = seen[:, 0] - _calm(seen[:, 0], inside, max(photo.size))
    smooth = hair[:, 0] - grain * near
    lightness, a, b = np.median(some(seen[_opaque(soft)]), axis=0).tolist()
    axis, light = find_axis(regions), measure_light(photo, regions)
    return Strands(axis, box, inside, soft, share, seen, hair, smooth, (lightness, a, b), light, sketch, step)


def _opaque(matte: Floats) -> Bools:
    sure = matte >= OPAQUE
    return np.asarray(sure if sure.any() else np.ones_like(sure))


def some(values: NDArray[Value]) -> NDArray[Value]:
    """About 50,000 of very many values, evenly: enough for percentiles to a tenth of an L."""
    return values[:: max(1, len(values) // 50_000)]


def _near(alpha: Floats, step: int, matte: Floats) -> Floats:
    """0 at soft edges to 1 (h, w) where all hair around is sure: a little inside of where the matte is full, because
    the outermost hair still lets the ground through."""
    around = grow(box_blur(alpha, 2 if step == 1 else 1), step, (matte.shape[0], matte.shape[1]))
    rise = np.clip((around - 0.85) / 0.145, 0.0, 1.0)
    return np.asarray(rise * rise * (3 - 2 * rise))


def _calm(lightness: Floats, inside: Bools, side: int) -> Floats:
    """L (N,) under a binomial filter of about one pixel (two in photos over 1,400 pixels); true away from edges."""
    reach = 1 if side <= 1400 else 2
    plane = np.zeros(inside.shape, np.float32)
    plane[inside] = lightness
    for axis in (0, 1):
        wide = np.moveaxis(np.pad(plane, [(2 * reach,) * 2 if axis == n else (0, 0) for n in (0, 1)]), axis, 0)
        far, near, middle = (wide[k * reach : len(wide) - (4 - k) * reach or None] for k in (0, 1, 2))
        other_near, other_far = wide[3 * reach : len(wide) - reach], wide[4 * reach :]
        plane = np.moveaxis((far + other_far + 4 * (near + other_near) + 6 * middle) * np.float32(1 / 16), 0, axis)
    return np.asarray(plane[inside])


def _draw(pixels: Pixels, matte: Floats, step: int) -> Floats:
    """A small picture of the hair: CIELAB and alpha, (h', w', 4)."""
    small = shrink(np.dstack([pixels, matte]).astype(np.float32), step)
    small[..., :3] = lab_from_rgb(np.rint(small[..., :3]).astype(np.uint8))
    return small


def _unmix(sketch: Floats, step: int, seen: Floats, soft: Floats, near: Floats, inside: Bools) -> tuple[Floats, Floats]:
    """Hair colour (N, 3) and hair share (N,) of each pixel: I = share · hair + (1 - share) · ground.

    Hair and ground colours are spread into the soft edge from where they are sure. Where they differ, the pixel's own
    place between them says how much of it is hair, and moves the matte's share there, within limits: strands may be
    of the ground's colour, too.
    """
    edge = np.flatnonzero(near < 1.0)
    hair, share = seen.copy(), soft.copy()
    rows, columns = np.nonzero(inside)
    sure = _sure_colours(sketch)
    for start in range(0, len(edge), _TILE):
        tile = edge[start : start + _TILE]
        both = sample(sure, rows[tile], columns[tile], step)
        fore, ground = both[:, :3], both[:, 3:]
        share[tile] = _share(fore, ground, seen[tile], soft[tile])
        mixed = fore + near[tile, None] * (seen[tile] - fore)
        hair[tile] = _explained(mixed, seen[tile], ground, share[tile])
    return hair, share


def _share(hair: Floats, ground: Floats, seen: Floats, alpha: Floats) -> Floats:
    """Share of hair (M,) in pixels `seen` that lie between `hair` and `ground`, all (M, 3), with the matte `alpha`."""
    way = hair - ground
    contrast = _dot(way, way)
    place = _dot(seen - ground, way) / np.maximum(contrast, 1.0)
    trust = contrast / (contrast + 400.0) * np.minimum(1.0, 4 * (1 - alpha))
    place = np.clip(place, alpha * alpha * np.sqrt(alpha), np.minimum(3 * alpha, 1.0 - (1.0 - alpha) ** 2))
    return np.asarray(alpha + trust * (place - alpha))


def _dot(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", one, other))


def _explained(hair: Floats, seen: Floats, ground: Floats, share: Floats) -> Floats:
    """Hair colours (M, 3), no lighter and no more colourful than the pixels they are part of can hold.

    Else what is left for the ground would be blacker than black, or of the opposite hue, and a change would show it.
    """
    part = np.maximum(share, 0.02)
    held = hair.copy()
    held[:, 0] = np.minimum(hair[:, 0], seen[:, 0] / part)
    chroma = np.maximum(np.hypot(hair[:, 1], hair[:, 2]), 1e-3)
    hue = (hair[:, 1:] / chroma[:, None]).astype(np.float32)
    least = np.minimum(_dot(ground[:, 1:], hue), 0.0) * (1 - part)
    most = np.maximum(_dot(seen[:, 1:], hue) - least, 0.0) / part
    held[:, 1:] *= np.minimum(1.0, most / chroma)[:, None]
    return held


def _sure_colours(sketch: Floats) -> Floats:
    """CIELAB of the nearest sure hair and of the nearest sure ground, float32 (h', w', 6), on the sketch."""
    lab, alpha = sketch[..., :3], sketch[..., 3]
    found = []
    for sure in (alpha > 0.98, alpha < 0.02):
        known = np.dstack([lab, np.ones_like(alpha)]) * sure[..., None]
        mean = known.sum(axis=(0, 1)) + np.append(lab.mean(axis=(0, 1)), 1.0) * 1e-3
        total = gaussian_blur(known, 2.0) + np.float32(0.03) * box_blur(known, 17)
        total += np.float32(1e-5) * (mean / mean[3]).astype(np.float32)
        found.append((total[..., :3] / total[..., 3:]).astype(np.float32))
    return np.dstack(found)
