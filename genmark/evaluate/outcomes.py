"""One result, measured: what stayed, what was asked for, what gives it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from genmark.edges import measure_edge
from genmark.errors import SubjectError
from genmark.evaluate.crops import cut_head, place_crop, resize
from genmark.evaluate.methods import Method
from genmark.evaluate.people import Person, Request
from genmark.evaluate.seams import difference, measure_leftover, measure_seam
from genmark.evaluate.wishes import check_wishes
from genmark.evaluate.zones import mark_zones
from genmark.perceive.look import Look, measure_look
from genmark.protocols import Parser
from genmark.recipes import Style
from genmark.restyle.hair.dye import swatch_as_lit
from genmark.types import Lab, Mask, Pixels, Regions, Restyled

SIDE = 256
"""Side of the crops that judges see, in pixels."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made of one request, measured.

    person, style   names
    kept, features  greatest difference outside what it says it changed, and in eyes, nose and mouth; 0 is identical
    leftover        share of the old hair outside the new shape that is still there, or None if none had to go
    wishes          what was asked for, met or not (`check_wishes`)
    edge, own_edge  sharpness of the hair's outline in the result, and in the photo
    seam, own_seam  steps across the border of the change, in the result and in the photo
    look            the result's hair as it measures, or None where no face was found any more
    crop, zones     its head, uint8 (SIDE, SIDE, 3), and what is where in it (`mark_zones`)
    milliseconds    that the method took
    """

    person: str
    style: str
    kept: int
    features: int
    leftover: float | None
    wishes: dict[str, bool | None]
    edge: float | None
    own_edge: float | None
    seam: float | None
    own_seam: float | None
    look: Look | None
    crop: Pixels
    zones: NDArray[np.uint8]
    milliseconds: float


def try_method(method: Method, person: Person, request: Request, parser: Parser) -> Outcome | str:
    """Run a method on one request and measure what comes out; the error's code where it refuses."""
    began = perf_counter()
    try:
        made = method(person.photo, person.regions, request.style, request.seed)
    except SubjectError as error:
        return error.code
    spent = 1000 * (perf_counter() - began)
    try:
        parsed: Regions | None = parser(made.photo)
    except SubjectError:
        parsed = None
    return measure(person, request.style, made, parsed, spent)


def measure(person: Person, style: Style, made: Restyled, parsed: Regions | None, milliseconds: float) -> Outcome:
    """Measure a result that was parsed anew (`parsed`; None where no face was found in it)."""
    old = person.regions.mattes["hair"].alpha
    new = old if made.matte is None else made.matte.alpha
    look = None if parsed is None else measure_look(made.photo, parsed)
    seam = measure_seam(person.photo, made.photo, made.changed)
    found = old if parsed is None else parsed.mattes["hair"].alpha
    return Outcome(
        person=person.photo.name,
        style=style.name,
        kept=difference(person.photo, made.photo, ~made.changed.inside),
        features=difference(person.photo, made.photo, person.features),
        leftover=measure_leftover(old, new, found, person.unit),
        wishes={} if look is None else dict(check_wishes(style, person.look, look, _swatch(person, style))),
        edge=measure_edge(made.photo, found, person.unit),
        own_edge=person.edge,
        seam=None if seam is None else seam[0],
        own_seam=None if seam is None else seam[1],
        look=look,
        crop=cut_head(made.photo, person.face, SIDE),
        zones=_zones(person, made.changed, new),
        milliseconds=milliseconds,
    )


def _zones(person: Person, changed: Mask, alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    box = place_crop(person.face, person.photo.size)
    planes = np.dstack([changed.inside[box] * 255, alpha[box] * 255]).astype(np.uint8)
    small = resize(planes, SIDE)
    reach = round(0.03 * person.unit * SIDE / (box[0].stop - box[0].start))
    return mark_zones(small[..., 0] > 127, np.asarray(small[..., 1] / 255, np.float32), reach)


def _swatch(person: Person, style: Style) -> Lab | None:
    """The one colour that a style asks for, as it looks in this photo; None where it asks for none or for several."""
    dye = style.dye
    if dye is None or dye.cover != "all" or dye.strength < 1 or dye.share < 1 or dye.highlights > 0:
        return None
    return swatch_as_lit(person.photo, person.regions, dye.lab) if dye.root is None and dye.tip is None else None


def crop_people(people: Sequence[Person]) -> list[Pixels]:
    """Crops of the untouched photos, uint8 (SIDE, SIDE, 3)."""
    return [cut_head(person.photo, person.face, SIDE) for person in people]
