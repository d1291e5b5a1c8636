"""Put hair on a head: sample a source where a draft says, lay it over the person without their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.canvas import gaussian_blur, grow, shrink
from genmark.colour import rgb_from_lab
from genmark.perceive.pose import head_frame
from genmark.restyle.hair.draft import Draft
from genmark.restyle.hair.source import Source
from genmark.types import Floats, Pixels

Fit = Callable[[Floats], Floats]
"""Head coordinates (..., 2) of the head that wears the hair -> pixels (..., 2) in the source's picture."""

_BEYOND = 0.15
"""How far own hair goes on outside its picture, face heights."""
_SMALL = 8.0
"""Pixels beyond that over which it ends."""
_NEAR, _FAR = 0.045, 0.12
"""Width of the contact shadow and of the wider one, in face heights."""
_DEEP, _FAINT = 0.34, 0.10
"""How much light each of them takes."""


@dataclass(frozen=True, eq=False)
class Worn:
    """Hair as it lies on a head, over `box` of the photo: lab float32 (h, w, 3), alpha float32 (h, w) in [0, 1]."""

    box: tuple[slice, slice]
    lab: Floats
    alpha: Floats


def wear(source: Source, fit: Fit, draft: Draft) -> Worn:
    """Resample a source's hair once, where the draft says; shade and thin it as the draft says."""
    shape = (draft.box[0].stop - draft.box[0].start, draft.box[1].stop - draft.box[1].start)
    places = grow(fit(draft.at), draft.step, shape)
    planes = np.dstack([source.lab, source.alpha])
    own = source.kind == "own"  # own hair goes on where it runs out of the photo, a donor's ends with its picture
    held = _held(places, source) if own else places
    found = _sample(planes, held, _shrinkage(places), ends=not own)
    lab, alpha = found[..., :3], found[..., 3]
    if own:
        alpha = alpha * np.clip(1.5 - np.hypot(*np.moveaxis(places - held, -1, 0)) / _SMALL, 0.0, 1.0)
    # luminance times e^s is (L + 16) times e^(s/3), and a and b go with it: CIELAB is made of cube roots
    factor = np.exp(grow(draft.shade, draft.step, shape) / 3)[..., None]
    dark = np.array([16.0, 0.0, 0.0], np.float32)
    kept = np.clip(alpha, 0.0, 1.0) * grow(draft.keep, draft.step, shape)
    return Worn(draft.box, np.asarray((lab + dark) * factor - dark, np.float32), kept)


def _shrinkage(places: Floats) -> int:
    """How many pixels of the source fall on one of the picture, typically; 1 where the hair is enlarged."""
    across = np.abs(np.diff(places[::16, ::16, 0], axis=1)).mean() / 16 if min(places.shape[:2]) > 32 else 1.0
    return max(1, int(across + 0.25))


def _held(places: Floats, source: Source) -> Floats:
    """Places (H, W, 2) that leave the source's picture only where hair does, and not far."""
    high, wide = source.alpha.shape
    beyond = _BEYOND * head_frame(source.points).unit
    edges = (source.alpha[:, 0], source.alpha[:, -1], source.alpha[0], source.alpha[-1])
    left, right, top, bottom = (beyond if edge.max() > 0.3 else 0.0 for edge in edges)
    return np.clip(places, [-left, -top], [wide - 1 + right, high - 1 + bottom]).astype(np.float32)


def _sample(planes: Floats, places: Floats, coarser: int, ends: bool) -> Floats:
    """Bicubic values (H, W, C) of `planes` (h, w, C) at `places` (H, W, 2) in pixels (x, y).

    Outside, the picture goes on mirrored; where it `ends`, the last plane (alpha) is 0 there.
    """
    if coarser > 1:
        planes = shrink(planes, coarser)
        places = np.asarray((places - (coarser - 1) / 2) / coarser, np.float32)
    high, wide = planes.shape[:2]
    picture: Tensor = torch.from_numpy(np.ascontiguousarray(planes)).permute(2, 0, 1)[None]
    scale = torch.tensor([2.0 / wide, 2.0 / high])
    grid = (torch.from_numpy(np.ascontiguousarray(places, np.float32)) + 0.5) * scale - 1.0
    found = F.grid_sample(picture, grid[None], mode="bicubic", padding_mode="reflection", align_corners=False)[0]
    if ends:
        found[-1] *= (grid.abs() <= 1.0).all(dim=-1)
    result: Floats = found.permute(1, 2, 0).numpy()
    return result


def compose(under: Pixels, worn: Worn, shadow: Floats, guard: Floats) -> Pixels:
    """Hair over the person without their own, uint8 (h, w, 3), all planes over the worn hair's box.

    under    the person without hair
    shadow   float32 (h, w): how much light the hair takes (`cast_shadow`), where a shadow can fall
    guard    float32 (h, w): 1 where nothing may change
    """
    free = 1.0 - guard
    lit = under * (1.0 - shadow * free)[..., None]
    alpha = (worn.alpha * free)[..., None]
    mixed = rgb_from_lab(worn.lab) * alpha + lit * (1.0 - alpha)
    return np.asarray(np.rint(np.clip(mixed, 0.0, 255.0)), np.uint8)


def cast_shadow(alpha: Floats, toward: tuple[float, float], unit: float) -> Floats:
    """How much light hair takes from what lies under it, float32 (h, w) in [0, 1]: a close shadow and a wide one.

    Both fall a little downwards and away from the brighter side (`toward`: change of log luminance per face height).
    """
    step = max(1, round(unit / 90))
    small = shrink(alpha[..., None], step)[..., 0]
    aside = -float(np.clip(toward[0], -0.8, 0.8)) * 0.02
    near = gaussian_blur(_shift(small, aside * unit / step, 0.022 * unit / step), _NEAR * unit / step)
    far = gaussian_blur(_shift(small, 2 * aside * unit / step, 0.05 * unit / step), _FAR * unit / step)
    return grow(np.clip(_DEEP * np.minimum(1.15 * near, 1.0) + _FAINT * far, 0.0, 1.0), step, alpha.shape[:2])


def _shift(plane: Floats, right: float, down: float) -> Floats:
    """`plane` moved by whole pixels, its border continued."""
    rows = np.clip(np.arange(plane.shape[0]) - round(down), 0, plane.shape[0] - 1)
    columns = np.clip(np.arange(plane.shape[1]) - round(right), 0, plane.shape[1] - 1)
    return plane[rows][:, columns]
