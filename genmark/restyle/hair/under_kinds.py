"""What each place of a portrait would be without hair: skin, clothes or background, by what is near and by anatomy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import box_blur, fill, gaussian_blur, shrink
from genmark.colour import lab_from_rgb
from genmark.perceive.landmarks import OVAL_LOOP, places
from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.under_features import Ears, Twin, draw_ears, find_twin
from genmark.restyle.hair.under_shape import (
    Skull,
    body_places,
    eyes_and_brows,
    find_skull,
    fit_shoulders,
    shoulder_depth,
)
from genmark.restyle.hair.under_strays import find_strays
from genmark.types import Bools, Floats, Photo, Regions

KINDS = ("background", "clothes", "skin")
"""What can lie under hair; hats and things worn count as clothes."""
_KIND_OF = {"background": 0, "clothes": 1, "hat": 1, "skin": 2, "brows": 2, "eyes": 2, "mouth": 2}
_RINGING = 3.0
"""How far, in the photo's pixels, its compression carries the hair's edge."""
_BACK, _WORN, _SKIN = 0, 1, 2
Kinds = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Scene:
    """A shrunken crop of a portrait around head and hair; planes are (h, w), places in face heights.

    lab     float32 (h, w, 3): CIELAB
    share   float32 in [0, 1]: how much of the pixel is to be invented
    seen    uint8: the kind that shows, as a place in `KINDS`; 255 where it is hair
    here    float32 (h, w, 2): head coordinates
    inside  float32: distance inside the outline of the bare head, negative outside
    body    float32 (h, w, 2): places right of and below the chin, upright in the picture
    ears    those that hair covers
    twin    brows and eyes that hair covers, but not on the other side
    """

    head: Head
    skull: Skull
    box: tuple[slice, slice]
    step: int
    lab: Floats
    alpha: Floats
    share: Floats
    seen: Kinds
    here: Floats
    inside: Floats
    body: Floats
    ears: Ears
    twin: Twin

    @property
    def unit(self) -> float:
        """Places of the crop per face height."""
        return self.head.frame.unit / self.step

    def known(self, kind: int) -> Bools:
        """Where a kind shows and nothing of the hair, one place away from other kinds."""
        clean = (self.seen == kind) & (self.share == 0.0)
        return np.asarray(box_blur(clean.astype(np.float32), 1) > 0.99)


def look(photo: Photo, regions: Regions, head: Head, box: tuple[slice, slice], step: int) -> Scene:
    """Shrink the part of a portrait in `box` by `step`, and measure what the fill needs to know of it."""
    both = np.dstack([photo.pixels[box], regions.mattes["hair"].alpha[box] * 255]).astype(np.float32)
    small = shrink(both, step)
    lab, alpha = lab_from_rgb(np.rint(small[..., :3]).astype(np.uint8)), np.asarray(small[..., 3] / 255, np.float32)
    table = np.array([_KIND_OF.get(name, 255) for name in regions.palette], np.uint8)
    seen = table[regions.index[box]][step // 2 :: step, step // 2 :: step]
    seen = np.pad(seen, [(0, a - b) for a, b in zip(alpha.shape, seen.shape, strict=True)], mode="edge")
    y, x = (
        np.arange(n, dtype=np.float32) * step + (step - 1) / 2 + s.start for n, s in zip(alpha.shape, box, strict=True)
    )
    here = head.frame.to_head(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)).reshape(*alpha.shape, 2)
    skull = find_skull(head)
    unit = head.frame.unit / step
    body, inside = body_places(head, skull, here), skull.distance(here)
    share = _invented(head, here, alpha, _strays(head, here, inside, lab, alpha, seen, unit), unit)
    ears = draw_ears(head, here, (seen == _SKIN) & (share < 0.5), share)
    twin = find_twin(head, here, share, unit)
    return Scene(head, skull, box, step, lab, alpha, share, seen, here, inside, body, ears, twin)


def _strays(head: Head, here: Floats, inside: Floats, lab: Floats, alpha: Floats, seen: Kinds, unit: float) -> Floats:
    brow = float(head.points[places(105, 334), 1].mean())
    ground = ((seen == _BACK) | (seen == _WORN)) & (inside < 0)
    forehead = (seen == _SKIN) & (inside > 0.02) & (here[..., 1] < brow - 0.05)
    return find_strays(lab, alpha, ground & (alpha < 0.02), forehead, unit)


def _invented(head: Head, here: Floats, alpha: Floats, strays: Floats, unit: float) -> Floats:
    """How much of each place is to be invented: all of it under hair and its rim, less over the margin around.

    Less margin on the face, where the contact shadow of a fringe is worth losing but brows and eyes are not; nothing
    of eyes and brows that show.
    """
    touched = (alpha > 0.02).astype(np.float32)
    least = _RINGING * unit / head.frame.unit
    wide, narrow = (
        np.clip(3.2 * gaussian_blur(touched, max(reach * unit, least)) - 0.35, 0, 1) for reach in (0.04, 0.022)
    )
    oval = head.points[places(*OVAL_LOOP)]
    face = (np.abs(here[..., 0] - oval[:, 0].mean()) < head.jaw * 0.85) & (here[..., 1] > head.crown * 0.55)
    face &= here[..., 1] < head.chin
    share = np.maximum(np.where(face, narrow, wide), strays)
    eyes, brows = eyes_and_brows(head, here)
    kept = np.maximum(np.clip(0.5 + eyes / 0.02, 0, 1), np.clip(0.5 + brows / 0.015, 0, 1))
    return np.asarray(share * (1 - kept * (1 - np.clip((alpha - 0.05) / 0.1, 0, 1))), np.float32)


def find_kinds(scene: Scene) -> Floats:
    """Share of each kind at each place, float32 (h, w, 3), adding up to 1.

    What shows is as it is. Under hair kinds grow from where they show, by push-pull; far from all that shows a weak
    prior takes over: shoulders of an adult, fitted to what is seen of these, and a neck.
    """
    sure = (scene.seen < 255) & (scene.share == 0.0)
    shown = np.stack([(scene.seen == k) & sure for k in range(len(KINDS))], axis=-1).astype(np.float32)
    fitted = fit_shoulders(scene.body, shown[..., _WORN] + shown[..., _SKIN], sure.astype(np.float32))
    prior = _prior(scene, *fitted)
    face = (shown[..., _SKIN] > 0) & (scene.body[..., 1] < 0.0) & (scene.inside > -0.01)  # it ends at its outline
    weight = np.where(face, 0.0, np.where(sure, 1.0, 0.002 * 72 / scene.unit)).astype(np.float32)
    grown = fill(np.where(sure[..., None], shown, prior), weight)
    enough = np.array([shown[..., k].sum() > 0.01 * scene.unit**2 for k in range(len(KINDS))], np.float32)
    grown = gaussian_blur(grown, 0.02 * scene.unit) * np.maximum(enough, 1e-6)
    grown = gaussian_blur(np.eye(len(KINDS), dtype=np.float32)[grown.argmax(axis=-1)], 0.8)
    bare = np.clip(0.5 + np.maximum(scene.inside, scene.ears.inside) * scene.unit / 1.5, 0, 1)[..., None]
    hat = gaussian_blur(shown[..., _WORN] * (scene.body[..., 1] < -0.3), 0.02 * scene.unit)[..., None]
    bare = bare * (1 - np.clip(2 * hat, 0, 1))
    skin = np.eye(len(KINDS), dtype=np.float32)[_SKIN]
    return np.where(sure[..., None], shown, grown * (1 - bare) + skin * bare).astype(np.float32)


def _prior(scene: Scene, dropped: float, widened: float) -> Floats:
    """The kinds of an adult nobody has seen: neck, shoulders in clothes, background around; (h, w, 3) one-hot."""
    person = shoulder_depth(scene.body, dropped, widened) > 0
    neck = (np.abs(scene.body[..., 0]) < 0.24 * widened) & (scene.body[..., 1] < 0.28 + dropped)
    kind = np.where(person, np.where(neck, _SKIN, _WORN), 0)
    return np.eye(len(KINDS), dtype=np.float32)[kind]
