"""One person, described with their consent: each attribute a word or none, how sure, and how often such words err."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import erf, pi, sqrt
from types import MappingProxyType
from typing import Any

from genmark.errors import SubjectError
from genmark.perceive.look import Look, measure_look
from genmark.perceive.person.consent import Consent, check_consent
from genmark.perceive.person.crop import LEAST, face_pixels
from genmark.perceive.person.heads import Heads
from genmark.perceive.person.measures import Measures, measure
from genmark.perceive.person.minor import Minor, may_be_minor
from genmark.perceive.person.observations import Observation, observe
from genmark.perceive.person.readings import Reading, withheld
from genmark.perceive.person.tone import TONES, Tone
from genmark.perceive.person.words import LEAST as LEAST_SURE
from genmark.perceive.person.words import grade
from genmark.perceive.subject import HAT
from genmark.types import Face, Floats, Photo, Regions

PLAIN = ("age", "expression", "glasses", "hat")
SKIN = ("tone", "redness", "shine", "spots", "unevenness")
MAKEUP = ("lip colour", "eye colour", "cheek colour")
HAIR = ("rough ends", "gloss", "red tones", "brassy tones")
_YOUNG = "a possible minor: nothing about age, skin, make-up or products is described"
_SHADE = "lids differ from bare skin, but make-up and shade are not told apart"
_SMALL = f"the face is less than {LEAST:.0f} pixels high"


@dataclass(frozen=True)
class Person:
    """A face described.

    consent       the consent that it was described with
    minor         what the guard says; where a minor is possible, all but glasses, hat and the hair's look is withheld
    readings      attribute -> `Reading`:
                  age            "adult", "older adult"; never a number of years. Who looks under 25 is not told apart
                  expression     "neutral", "smile", "other": what the face does, not what the person feels
                  glasses        "none", "glasses", "sunglasses"
                  hat            "none", "hat"; number: its area over the face's oval
                  tone           of lit skin, as lit: "very light" to "deep"; number: ITA in degrees
                  redness, shine share of bare skin: "low", "usual", "high" against other portraits; so are the others:
                  spots          how many small marks; unevenness: of L* and a* at the size of blotches
                  lip colour     how far the lips stand out; number: CIEDE2000 against bare skin
                  eye colour     the same of the lids, a number without a word: shade moves it as make-up does
                  cheek colour   a* of the cheeks above the forehead's. Whether that is make-up is not told
                  rough ends, gloss, red tones, brassy tones  of the hair, see `HairState`
    look          length, curl, fringe and colour of the hair, as measured; None for faces too small
    monk          step of the Monk Skin Tone scale that lit skin is nearest to, 1 to 10, or None
    spots         places of blemish candidates in the photo, (x, y) in pixels
    observations  what the operator's catalogue may name in its rules
    """

    consent: Consent
    minor: Minor
    readings: Mapping[str, Reading]
    look: Look | None = None
    monk: int | None = None
    spots: tuple[tuple[float, float], ...] = ()
    observations: tuple[Observation, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "readings", MappingProxyType(dict(self.readings)))

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "consent": self.consent.facts(),
            "possible_minor": self.minor.possible,
            "attributes": {name: reading.facts() for name, reading in self.readings.items()},
            "hair": None if self.look is None else self.look.facts(),
            "monk": self.monk,
            "spots": [[round(x, 1), round(y, 1)] for x, y in self.spots],
            "observations": [seen.name for seen in self.observations],
        }


def describe_person(photo: Photo, regions: Regions, consent: Consent, heads: Heads | None = None) -> Person:
    """Describe the parsed face of a photo. `heads`: the trained parts, loaded once; without them the shipped ones.

    Raises UsageError without a consent, SubjectError "no_face" where the regions hold no face.
    """
    check_consent(consent)
    if regions.face is None:
        raise SubjectError(f"{photo.name} has no face to describe", "no_face")
    if face_pixels(regions.face) < LEAST:
        return Person(consent, Minor(True, None, _SMALL), _all_withheld(_SMALL, PLAIN, SKIN, MAKEUP, HAIR))
    heads = heads or Heads()
    features = heads.features(photo, regions.face)
    minor = may_be_minor(photo, regions, heads, features)
    seen = {"glasses": heads.read("glasses", features), "hat": _hat(regions, heads)}
    if minor.possible:
        held = _all_withheld(_YOUNG, PLAIN, SKIN, MAKEUP, HAIR)
        return Person(consent, minor, held | seen, measure_look(photo, regions))
    return _described(photo, regions, regions.face, consent, heads, features, minor, seen)


def _described(
    photo: Photo,
    regions: Regions,
    face: Face,
    consent: Consent,
    heads: Heads,
    features: Floats,
    minor: Minor,
    seen: dict[str, Reading],
) -> Person:
    taken = measure(photo, regions, face)
    bare = heads.heads["glasses"].shares(features)["none"] > 0.5
    readings = {
        "age": _age(heads.read("age", features)),
        "expression": heads.read("expression", features),
        **seen,
        "tone": _tone(taken.tone, heads.norms["tone"]),
        **_graded(taken, heads, bare),
    }
    spots = taken.condition.spots if bare and taken.condition is not None else None
    return Person(
        consent=consent,
        minor=minor,
        readings=readings,
        look=taken.look,
        monk=None if taken.tone is None else taken.tone.monk,
        spots=() if spots is None else tuple((x, y) for x, y in spots.tolist()),
        observations=observe(readings),
    )


def _all_withheld(reason: str, *groups: Iterable[str]) -> dict[str, Reading]:
    return {name: withheld(reason) for group in groups for name in group}


def _age(reading: Reading) -> Reading:
    """Young faces are the guard's; of them no age is said."""
    if reading.value == "young":
        return replace(reading, value=None, reason="looks young: the age is not told apart")
    return reading


def hat_share(regions: Regions) -> float:
    """Area of a hat over the area of the face's oval."""
    if regions.face is None or "hat" not in regions.palette:
        return 0.0
    box = regions.face.box
    return float(regions.mask("hat").inside.sum()) / (pi / 4 * box.width * box.height)


def _hat(regions: Regions, heads: Heads) -> Reading:
    """By area; as sure as such answers were right on val."""
    share, rates = hat_share(regions), heads.weights.record["hat"]
    word = "hat" if share > HAT else "none"
    return Reading(word, 1 - rates[word], number=share, error_rate=rates[word])


def _tone(tone: Tone | None, norm: Mapping[str, float]) -> Reading:
    """As sure as ITA is to stay within its group in another light."""
    if tone is None:
        return withheld("too little skin is seen, or its light is too dim or coloured")
    borders = [least for least, _ in TONES[:-1]]
    near = min(abs(tone.ita - border) for border in borders)
    sure = 0.5 * (1 + erf(near / norm["noise"] / sqrt(2)))
    if sure < LEAST_SURE:
        return Reading(None, sure, "between two tones in this light", number=tone.ita, error_rate=norm["flips"])
    return Reading(tone.name, sure, number=tone.ita, error_rate=norm["flips"])


def _graded(taken: Measures, heads: Heads, bare: bool) -> dict[str, Reading]:
    """What is compared with other portraits. Frames of glasses look like spots and highlights; coloured light dyes
    hair."""
    numbers, found = taken.numbers(), {}
    for name in (*SKIN[1:], *MAKEUP, *HAIR):
        unseen = "too little of it is seen"
        if name in ("shine", "spots", "eye colour") and not bare:
            numbers[name], unseen = None, "glasses are in the way"
        if name in ("red tones", "brassy tones") and taken.tone is None:
            numbers[name], unseen = None, "the light is too dim or coloured"
        found[name] = grade(numbers[name], heads.norms[name], unseen)
    if not found["eye colour"].abstained:
        found["eye colour"] = Reading(None, 0.0, _SHADE, number=numbers["eye colour"])
    return found
