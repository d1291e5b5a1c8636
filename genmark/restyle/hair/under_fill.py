"""Colours for what lay under hair: each kind continued from where it shows, skin in the light that lies on the face."""

from __future__ import annotations

import numpy as np

from genmark.canvas import fill, gaussian_blur
from genmark.restyle.hair.under_features import sample_at
from genmark.restyle.hair.under_kinds import KINDS, Scene
from genmark.restyle.hair.under_shape import eyes_and_brows
from genmark.restyle.hair.under_texture import Shifts, continue_texture
from genmark.types import Bools, Floats

_SKIN = KINDS.index("skin")
_LIMB = 0.30
"""How much darker a bare head grows from the middle to its outline, as a share of L."""


def fill_kinds(scene: Scene, kinds: Floats) -> tuple[Floats, Shifts]:
    """CIELAB of the crop without hair, float32 (h, w, 3); what shows is mixed in by `scene.share` later.

    Also, int (h, w, 2), how far down and right of each place fine detail of its kind is to be had; 0: nowhere.
    """
    total, shifts = np.zeros_like(scene.lab), np.zeros((*scene.share.shape, 2), np.intp)
    for kind in range(len(KINDS)):
        known, wanted = scene.known(kind), (kinds[..., kind] > 0.02) & (scene.share > 0)
        if kind == _SKIN:
            colours = _skin(scene, known)
        else:
            colours, shift = continue_texture(scene.lab, known, wanted, scene.unit)
            np.copyto(shifts, shift, where=(kinds[..., kind] > 0.5)[..., None])
        total += colours * kinds[..., kind, None]
    return total, shifts


def _skin(scene: Scene, known: Bools) -> Floats:
    """Skin everywhere: head and neck apart, because the chin shades the neck."""
    below = np.clip(0.5 - (scene.inside - 0.0) * scene.unit / 2, 0, 1) * (scene.here[..., 1] > 0.3)
    head = _head_skin(scene, known)
    neck_known = known & (below > 0.99)
    shaded = head * np.array([0.84, 1.0, 1.0], np.float32)
    weight = np.where(neck_known, 1.0, 0.002).astype(np.float32)
    neck = fill(np.where(neck_known[..., None], scene.lab, shaded), weight)
    return np.asarray(head + (neck - head) * below[..., None], np.float32)


def _head_skin(scene: Scene, known: Bools) -> Floats:
    """Face and skull: a smooth model of the light on it, and what the visible skin differs from that, fading out."""
    eyes, brows = eyes_and_brows(scene.head, scene.here)
    plain = known & (scene.inside > 0.02) & (eyes < -0.03) & (brows < -0.02) & _no_mouth(scene)
    if plain.sum() < 30:
        plain = known & (scene.inside > 0)
    model = _light_on_head(scene, plain)
    rest = np.where(plain[..., None], scene.lab - model, 0).astype(np.float32)
    near = gaussian_blur((scene.share > 0).astype(np.float32), 0.025 * scene.unit)
    trust = np.where(plain, np.clip(1.1 - near, 0.05, 1), np.where(scene.share > 0, 0.001, 0.0))
    skin = model + fill(rest, trust.astype(np.float32))
    skin[..., 0] *= scene.ears.shade
    there = scene.twin.mirrored(scene.here)
    return np.asarray(skin + sample_at(scene.lab - skin, there, scene.here) * scene.twin.where[..., None], np.float32)


def _no_mouth(scene: Scene) -> Bools:
    """Places off the mouth, the beard and the nose's shadow: their colours are not a forehead's."""
    return np.asarray(scene.here[..., 1] < 0.25)


def _light_on_head(scene: Scene, plain: Bools) -> Floats:
    """CIELAB of bare skin as a low polynomial over the head's roundness, fitted robustly to `plain`; (h, w, 3)."""
    across = np.clip((scene.here[..., 0] - scene.skull.middle[0]) / scene.skull.wide, -1.1, 1.1)
    up = np.clip(scene.here[..., 1], -0.5, 0.5)
    terms = np.stack([np.ones_like(across), across, across**2, up], axis=-1)
    if plain.sum() < 8:
        return np.broadcast_to(np.median(scene.lab[scene.share == 0], axis=0), scene.lab.shape).astype(np.float32)
    rows, values = terms[plain].astype(np.float64), scene.lab[plain].astype(np.float64)
    pull = np.diag([0.0, 0.02, 0.3, 0.3]) * len(rows) * 0.3
    kept = np.ones(len(rows), np.bool_)
    for _ in range(3):
        square = rows[kept].T @ rows[kept] + pull
        found = np.linalg.solve(square, rows[kept].T @ values[kept])
        off = np.abs((values - rows @ found)[:, 0])
        kept = off <= np.percentile(off, 75)
    model = terms @ found.astype(np.float32)
    model[..., 0] *= 1 - _LIMB * _turned_away(scene)
    return np.asarray(model, np.float32)


def _turned_away(scene: Scene) -> Floats:
    """0 where a bare head faces the viewer to 1 on its outline, from the crown of the face up."""
    round_ = np.clip(scene.skull.radius(scene.here), 0, 1)
    above = np.clip((scene.head.crown * 0.6 - scene.here[..., 1]) / 0.2, 0, 1)
    side = np.clip((round_ - 0.75) / 0.25, 0, 1)
    return np.asarray((1 - np.sqrt(1 - np.minimum(round_, 0.995) ** 4)) * np.maximum(above, 0.5 * side), np.float32)
