"""Whether a photo may be spoken of to its owner: faces are judged, nothing about them is kept."""

from __future__ import annotations

from dataclasses import dataclass

from genmark.errors import SubjectError
from genmark.perceive.person.heads import Heads
from genmark.perceive.person.minor import may_be_minor
from genmark.protocols import Parser
from genmark.types import Face, Photo

MAIN = 0.2
"""A face of at least this share of the photo's height is what the photo is about."""

MOST = 3
"""Faces that are judged, the largest first; where there are more, the others count as possible minors."""


@dataclass(frozen=True)
class Spared:
    """What must not be done with a photo.

    minor     nothing at all may be targeted: a possible minor is what it is about
    personal  nothing about a person's looks may be: somebody in it may be a minor
    """

    minor: bool = False
    personal: bool = False


NOBODY = Spared()


class Guard:
    """Judges the faces of photos by `may_be_minor`, which errs on the side of the young: more than half of all adults
    count as possible minors (the card of `person-heads` says how many)."""

    def __init__(self, parser: Parser, heads: Heads | None = None) -> None:
        self._parser, self._heads = parser, heads or Heads()

    def __call__(self, photo: Photo, people: int | None) -> Spared:
        """What to spare of a photo with so many faces; None: nobody counted."""
        if people == 0:
            return NOBODY
        judged: list[tuple[bool, bool]] = []
        for place in range(min(people or MOST, MOST)):
            try:
                regions = self._parser(photo, place)
            except SubjectError as error:
                if error.code in ("no_such_face", "no_face"):
                    break
                judged.append((True, False))  # a head that cannot be parsed is no child's portrait, but who knows
                continue
            possible = may_be_minor(photo, regions, self._heads).possible
            judged.append((possible, regions.face is not None and _main(regions.face, photo)))
        unseen = (people or 0) > len(judged)
        return Spared(any(one and main for one, main in judged), unseen or any(one for one, _ in judged))


def _main(face: Face, photo: Photo) -> bool:
    return face.box.height >= MAIN * photo.size[1]
