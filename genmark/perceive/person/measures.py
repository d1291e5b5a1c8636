"""Every number that is measured on a face and its hair, by name: what norms and words are made from."""

from __future__ import annotations

from dataclasses import dataclass

from genmark.perceive.headplane import lay_out
from genmark.perceive.look import Look, measure_look
from genmark.perceive.person.condition import Condition, measure_condition
from genmark.perceive.person.hair_state import HairState, measure_hair_state
from genmark.perceive.person.makeup import Differences, colour_differences, contrast
from genmark.perceive.person.plane import lay_out_face
from genmark.perceive.person.tone import Tone, measure_tone
from genmark.types import Face, Photo, Regions


@dataclass(frozen=True, eq=False)
class Measures:
    """What was measured; None where it was not to be seen."""

    look: Look
    hair: HairState
    tone: Tone | None
    condition: Condition | None
    colours: Differences

    def numbers(self) -> dict[str, float | None]:
        """Plain numbers by name, in the units of the nouns that they come from."""
        skin = self.condition
        return {
            "tone": None if self.tone is None else self.tone.ita,
            "redness": None if skin is None else skin.redness,
            "shine": None if skin is None else skin.shine,
            "spots": None if skin is None or skin.spots is None else float(len(skin.spots)),
            "unevenness": None if skin is None else skin.unevenness,
            "lip colour": contrast(self.colours, "lips"),
            "eye colour": contrast(self.colours, "lids"),
            "cheek colour": float(self.colours["cheeks"][1]) if "cheeks" in self.colours else None,
            "rough ends": self.hair.roughness,
            "gloss": self.hair.gloss,
            "red tones": self.hair.redness,
            "brassy tones": self.hair.brassiness,
        }


def measure(photo: Photo, regions: Regions, face: Face) -> Measures:
    """Measure a parsed portrait's hair and bare skin."""
    look = measure_look(photo, regions)
    plane = lay_out_face(photo, regions, face)
    return Measures(
        look=look,
        hair=measure_hair_state(lay_out(photo, regions, face), look.fall),
        tone=measure_tone(plane),
        condition=measure_condition(plane),
        colours=colour_differences(plane),
    )
