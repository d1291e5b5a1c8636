"""The person without that hair: forehead and skull, ears, neck, clothes and background behind it, once a photo.

The classical way: each hidden place is given a kind (skin, clothes, background) by what is near and by anatomy, and
is filled from what is visible of its own kind only; skin in the light that lies on the face. Done on a shrunken crop
of about 72 to 144 pixels a face height, so a large photo costs little more than a small one; grain and rims are added
at the photo's own size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import grow, shrink
from genmark.colour import rgb_from_lab
from genmark.errors import SubjectError
from genmark.restyle.hair.draft import box_around, head_of
from genmark.restyle.hair.under_fill import fill_kinds
from genmark.restyle.hair.under_grain import grain_like
from genmark.restyle.hair.under_kinds import KINDS, Kinds, Scene, find_kinds, look
from genmark.restyle.hair.under_texture import Shifts
from genmark.types import Bools, Floats, Photo, Pixels, Regions

_DETAIL = 72
"""Fewest pixels a face height that the fill is worked out on."""


@dataclass(frozen=True, eq=False)
class Under:
    """A photo without its hair, all planes at the photo's size.

    pixels  uint8 (H, W, 3): the photo; only pixels inside `hidden` differ
    hidden  bool (H, W): where the old hair, its soft rim and its loose strands were
    share   float32 (H, W) in [0, 1]: how much of a pixel was invented; 0 outside `hidden`
    skull   float32 (H, W) in [0, 1]: face and bare skull, shown or not
    kinds   uint8 (H, W): what is at each place without hair, as a place in `KINDS`
    """

    pixels: Pixels
    hidden: Bools
    share: Floats
    skull: Floats
    kinds: Kinds


def clear(photo: Photo, regions: Regions) -> Under:
    """Take the hair off a portrait. Raises SubjectError "no_face" where the regions hold no face.

    Pixels outside `hidden` are the photo's own, bit for bit; so are eyes under a fringe, which nobody could invent.
    """
    if regions.face is None:
        raise SubjectError(f"{photo.name} has no face to find the skull by", "no_face")
    head = head_of(regions.face)
    alpha = regions.mattes["hair"].alpha
    box = box_around(head, alpha > 0.0, photo.size, reach=0.3)
    scene = look(photo, regions, head, box, max(1, int(head.frame.unit / _DETAIL)))
    kinds = find_kinds(scene)
    lab, shifts = fill_kinds(scene, kinds)
    small = rgb_from_lab(lab).astype(np.float32)
    planes = grow(np.dstack([small, scene.share]), scene.step, alpha[box].shape)
    hidden = np.zeros(alpha.shape, np.bool_)
    hidden[box] = (planes[..., 3] > 0) | (alpha[box] > 0)
    share, skull, what = np.zeros_like(alpha), np.zeros_like(alpha), np.zeros(alpha.shape, np.uint8)
    share[box] = planes[..., 3]
    skull[box] = grow(np.clip(0.5 + scene.inside * scene.unit, 0, 1), scene.step, alpha[box].shape)
    what[box] = _nearest(kinds.argmax(axis=-1).astype(np.uint8), scene.step, alpha[box].shape)
    pixels = photo.pixels.copy()
    pixels[box] = _mix(
        photo.pixels[box], planes, _detail(photo.pixels[box], scene, shifts, what[box], hidden[box]), hidden[box]
    )
    return Under(pixels, hidden, share, skull, what)


def _nearest(small: Kinds, step: int, shape: tuple[int, ...]) -> Kinds:
    return small.repeat(step, axis=0).repeat(step, axis=1)[: shape[0], : shape[1]]


def _detail(pixels: Pixels, scene: Scene, shifts: Shifts, what: Kinds, hidden: Bools) -> Floats:
    """What the shrunken fill lacks, float32 (h, w) in 8-bit luma: copied along `shifts`, else grain of that kind."""
    green = pixels[..., 1].astype(np.float32)
    fine = green - grow(shrink(green[..., None], scene.step), scene.step, green.shape)[..., 0]
    detail = np.zeros_like(green)
    for kind in range(len(KINDS)):
        tile = grain_like(pixels, (what == kind) & ~hidden, seed=kind)
        wide = np.tile(tile, (-(-what.shape[0] // tile.shape[0]), -(-what.shape[1] // tile.shape[1])))
        np.copyto(detail, wide[: what.shape[0], : what.shape[1]], where=what == kind)
    if scene.step > 1:
        rows, columns = np.nonzero(hidden)
        way = shifts[rows // scene.step, columns // scene.step] * scene.step
        moved = np.abs(way).max(axis=1) > 0
        y, x = (np.clip(a + b, 0, n - 1) for a, b, n in zip((rows, columns), way.T, green.shape, strict=True))
        detail[rows[moved], columns[moved]] = fine[y[moved], x[moved]]
    return detail


def _mix(pixels: Pixels, planes: Floats, detail: Floats, hidden: Bools) -> Pixels:
    """Invented colours (h, w, 3) and their share (h, w), as `planes` (h, w, 4), with detail, over a crop's pixels."""
    share = planes[..., 3:][hidden]
    old = pixels[hidden].astype(np.float32)
    new = old + (planes[..., :3][hidden] + detail[hidden, None] - old) * share
    out = pixels.copy()
    out[hidden] = np.clip(np.rint(new), 0, 255).astype(np.uint8)
    return out
