"""The person without that hair: forehead and skull, ears, neck, clothes and background behind it, once a photo.

The classical way: each hidden place is given a kind (skin, clothes, background) by what is near and by anatomy, and
is filled from what is visible of its own kind only; skin in the light that lies on the face. Done on a shrunken crop
of about 72 to 144 pixels a face height, so a large photo costs little more than a small one; grain and rims are added
at the photo's own size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import crop_slices, grow, shrink
from genmark.colour import rgb_from_lab
from genmark.errors import SubjectError
from genmark.restyle.hair.draft import box_around, head_of
from genmark.restyle.hair.under_fill import fill_kinds
from genmark.restyle.hair.under_grain import grain_like
from genmark.restyle.hair.under_kinds import KINDS, Kinds, Scene, find_kinds, look
from genmark.restyle.hair.under_texture import Shifts
from genmark.types import Bools, Floats, Photo, Pixels, Regions

_STRIP = 32
"""Rows worked on at once: they stay in the cache."""
_GRAIN = 5.0
"""Strongest grain that is believed, standard deviation of 8-bit luma."""
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
    share, skull, what = np.zeros_like(alpha), np.zeros_like(alpha), np.zeros(alpha.shape, np.uint8)
    shape = (alpha[box].shape[0], alpha[box].shape[1])
    what[box] = _repeat(kinds.argmax(axis=-1).astype(np.uint8), scene.step, shape)
    skull[box] = grow(np.clip(0.5 + scene.inside * scene.unit, 0, 1), scene.step, shape)
    pixels = photo.pixels.copy()
    if (scene.share > 0).any():
        few, part = _tight(scene, shape)
        planes = np.dstack([rgb_from_lab(lab[few]).astype(np.float32), scene.share[few]])
        planes = grow(planes, scene.step, (share[part].shape[0], share[part].shape[1]))
        share[part] = planes[..., 3]
        detail = _detail(photo.pixels[box], scene, shifts, what[box], share[box] > 0)
        pixels[part] = _mix(photo.pixels[part], planes, detail[_within(part, box)])
    return Under(pixels, (share > 0) | (alpha > 0), share, skull, what)


def _repeat(small: Kinds, step: int, shape: tuple[int, int]) -> Kinds:
    return small.repeat(step, axis=0).repeat(step, axis=1)[: shape[0], : shape[1]]


def _tight(scene: Scene, shape: tuple[int, int]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where anything is invented: rows and columns of the shrunken crop, and of the photo."""
    rows, columns = crop_slices(scene.share > 0, margin=2)
    few = (slice(rows.start, rows.stop), slice(columns.start, columns.stop))
    ends = [
        slice(b.start + s.start * scene.step, b.start + min(s.stop * scene.step, n))
        for s, b, n in zip(few, scene.box, shape, strict=True)
    ]
    return few, (ends[0], ends[1])


def _within(part: tuple[slice, slice], box: tuple[slice, slice]) -> tuple[slice, slice]:
    """Rows and columns `part` of the photo as those of its crop `box`."""
    rows, columns = (slice(p.start - b.start, p.stop - b.start) for p, b in zip(part, box, strict=True))
    return rows, columns


def _detail(pixels: Pixels, scene: Scene, shifts: Shifts, what: Kinds, hidden: Bools) -> Floats:
    """What the shrunken fill lacks, float32 (h, w) in 8-bit luma: copied along `shifts`, else grain of that kind.

    Only where `hidden` (h, w); 0 elsewhere.
    """
    detail = np.zeros(hidden.shape, np.float32)
    rows, columns = np.nonzero(hidden)
    most = min(_GRAIN, scene.head.frame.unit / 60)  # on a small face every patch holds features
    of, found = what[rows, columns], np.zeros(len(rows), np.float32)
    for kind in range(len(KINDS)):
        tile, mine = grain_like(pixels, (what == kind) & ~hidden, most, seed=kind), of == kind
        found[mine] = tile[rows[mine] % tile.shape[0], columns[mine] % tile.shape[1]]
    if scene.step > 1:
        green = pixels[..., 1].astype(np.float32)
        fine = green - grow(shrink(green[..., None], scene.step)[..., 0], scene.step, hidden.shape)
        way = shifts[rows // scene.step, columns // scene.step] * scene.step
        moved = np.flatnonzero(way.any(axis=1))
        y, x = np.clip(rows[moved] + way[moved, 0], 0, None), np.clip(columns[moved] + way[moved, 1], 0, None)
        found[moved] = fine[np.minimum(y, fine.shape[0] - 1), np.minimum(x, fine.shape[1] - 1)]
    detail[rows, columns] = found
    return detail


def _mix(pixels: Pixels, planes: Floats, detail: Floats) -> Pixels:
    """Invented colours (h, w, 3) and their share (h, w), as `planes` (h, w, 4), with detail, over a part's pixels."""
    out = np.empty_like(pixels)
    for top in range(0, len(pixels), _STRIP):
        strip = slice(top, top + _STRIP)
        new = planes[strip, :, :3] + detail[strip, :, None]
        new -= pixels[strip]
        new *= planes[strip, :, 3:]
        new += pixels[strip]
        out[strip] = np.clip(np.rint(new, out=new), 0, 255, out=new)
    return out
