"""What a person needs to check a judgement: how the picture's look departs from the brand's, and the nearest posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genmark.brand.archive import BrandFile
from genmark.brand.compare import departures, palette_gap
from genmark.brand.filing import outliers_of
from genmark.brand.judging import Judgement
from genmark.brand.look import describe_look
from genmark.brand.look_words import Words, departure_words
from genmark.brand.references import reference_of
from genmark.types import Floats, Photo


@dataclass(frozen=True)
class Near:
    """A post that was learnt from and is like the picture: its `file` as it was listed, its `brand`, and how far it is
    off in features, `distance` in [0, 2]."""

    file: str
    brand: str
    distance: float


@dataclass(frozen=True)
class Finding:
    """A judgement with what a person needs to check it.

    departs      how the picture's look departs from the brand's, in words (English, Korean); None where the file holds
                 no looks
    palette_gap  CIEDE2000 from the picture's palette to the brand's, or None without looks
    near         the nearest posts, nearest first; () where the file does not name its posts
    """

    judgement: Judgement
    departs: Words | None
    palette_gap: float | None
    near: tuple[Near, ...]


def explain(
    file: BrandFile, photos: Sequence[Photo], judgements: Sequence[Judgement], deep: Floats, near: int = 3
) -> tuple[Finding, ...]:
    """Judgements on photos, with their last layer's features (N, E), explained; `near` posts as evidence of each."""
    rows = zip(photos, judgements, nearest_posts(file, deep, near), strict=True)
    return tuple(Finding(judged, *look_apart(file, photo, judged.brand), posts) for photo, judged, posts in rows)


def look_apart(file: BrandFile, photo: Photo, brand: str | None) -> tuple[Words | None, float | None]:
    """How a photo departs from a brand's look, in words, and how far its palette is off, CIEDE2000."""
    reference = None if brand is None else reference_of(file, brand)
    if reference is None:
        return None, None
    look = describe_look(photo.pixels)
    return departure_words(departures(look, reference)), palette_gap(look, reference)


def nearest_posts(file: BrandFile, deep: Floats, count: int) -> list[tuple[Near, ...]]:
    """The `count` posts nearest to each row of the last layer's features (N, E), nearest first."""
    posts = file.settings.get("posts", ())
    if not posts:
        return [()] * len(deep)
    places, gaps = outliers_of(file).nearest(deep, count)
    return [
        tuple(Near(posts[place]["file"], posts[place]["brand"], gap) for place, gap in zip(row, far, strict=True))
        for row, far in zip(places.tolist(), gaps.tolist(), strict=True)
    ]
