"""Hair that can be worn: the customer's own, a donor's, or that of a reference photo, all one noun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from genmark.canvas import fill
from genmark.errors import SubjectError
from genmark.restyle.hair.slope import measure_slope
from genmark.restyle.hair.strands import prepare
from genmark.types import Floats, Photo, Pose, Regions

Kind = Literal["own", "donor", "reference"]


@dataclass(frozen=True, eq=False)
class Source:
    """A picture of hair alone, and the head it grew on.

    lab      float32 (h, w, 3): CIELAB of the hair, continued smoothly to where there is none
    alpha    float32 (h, w) in [0, 1]: how much of each pixel is hair
    points   float32 (COUNT, 2): landmarks of the face, in pixels of this picture; may lie outside
    pose     of the head
    slope    change of log luminance per face height, to the right and downwards: the light that hair and face share
    kind     whose hair it is
    name     the donor's id, or the photo's name
    """

    lab: Floats
    alpha: Floats
    points: Floats
    pose: Pose
    slope: tuple[float, float]
    kind: Kind
    name: str


def lift(photo: Photo, regions: Regions, kind: Kind = "own") -> Source:
    """Lift the hair off a portrait: its colours without what shines through, its matte, its face.

    Raises SubjectError "bald" where there is no hair, "no_face" where the regions hold no face to align by.
    """
    if regions.face is None:
        raise SubjectError(f"{photo.name} has no face to align hair by", "no_face")
    strands = prepare(photo, regions)
    alpha = np.zeros(strands.inside.shape, np.float32)
    alpha[strands.inside] = strands.share
    lab = np.zeros((*alpha.shape, 3), np.float32)
    lab[strands.inside] = strands.hair
    known = np.zeros_like(alpha)
    known[strands.inside] = strands.matte > 0.5
    rows, columns = strands.box
    points = regions.face.landmarks - np.array([columns.start, rows.start], np.float32)
    slope = measure_slope(photo, regions)
    return Source(fill(lab, known), alpha, points, regions.face.pose, slope, kind, photo.name)
