"""Where on a head hair may not move, or only a little."""

from __future__ import annotations

import numpy as np

from genmark.canvas import crop_slices, grow, shrink
from genmark.perceive.landmarks import OVAL_LOOP, places
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.guard import guard_face
from genmark.types import Floats

_COARSE = 4
"""Places that share one value of the smooth planes of this module."""
_LEAST = 0.15
"""Share of its swing that hair keeps over the forehead; beside the cheeks it keeps none."""


def free(draft: Draft, head: Head) -> Floats:
    """float32 (h, w): 0 over eyes, nose and mouth, 1 away from them."""
    return np.asarray(1.0 - _grown(_guard(head, _coarse(draft)), draft))


def calm(draft: Draft, head: Head, wide: float = 0.20) -> Floats:
    """float32 (h, w): how much hair may swing; as `free`, and little within the face and `wide` face heights beside."""
    here = _coarse(draft)
    least = _LEAST * np.clip(-here[..., 1] / 0.2, 0.0, 1.0)
    rise = np.clip(beyond(head, here) / wide, 0.0, 1.0)
    return _grown((1.0 - _guard(head, here)) * (least + (1.0 - least) * rise), draft)


def _guard(head: Head, here: Floats) -> Floats:
    """The face's guard, a little wider, so that it holds between coarse places, too."""
    guard = np.zeros(here.shape[:2], np.float32)
    low, most = head.points.min(axis=0) - 0.05, head.points.max(axis=0) + 0.05
    face = crop_slices(((here > low) & (here < most)).all(axis=-1))
    guard[face] = np.minimum(np.float32(1.6) * guard_face(head, here[face]), np.float32(1.0))
    return guard


def beyond(head: Head, here: Floats) -> Floats:
    """How far places (..., 2) lie outside the face's oval, in face heights, float32 (...); negative inside.

    Measured from the oval's middle outwards, which is a little more than the distance where the outline is slanted.
    """
    oval = head.points[places(*OVAL_LOOP)]
    middle = (oval.min(axis=0) + oval.max(axis=0)) / 2
    x, y = (oval - middle).T
    angles, radii = np.arctan2(y, x), np.hypot(x, y)
    order = np.argsort(angles)
    off = here - middle
    edge = np.interp(np.arctan2(off[..., 1], off[..., 0]), angles[order], radii[order], period=2 * np.pi)
    return np.asarray(np.hypot(off[..., 0], off[..., 1]) - edge, np.float32)


def _coarse(draft: Draft) -> Floats:
    return shrink(draft.here, _COARSE)


def _grown(plane: Floats, draft: Draft) -> Floats:
    return np.clip(grow(plane, _COARSE, (draft.here.shape[0], draft.here.shape[1])), 0.0, 1.0).astype(np.float32)
