"""How each brand's train posts look, in numbers that a person can read, against the other brands' posts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genmark.brand.compare import Difference, compare_looks, summarise
from genmark.brand.look import SIDE, Look, describe_look
from genmark.brand.look_words import difference_words
from genmark.brand.material import Ints
from genmark.brand.palette import Palette
from genmark.brand.report.evidence import Evidence
from genmark.brand.report.shots import read_small
from genmark.colour import rgb_from_lab
from genmark.gallery.words import Pair

MOST = 300
"""Train posts of one brand that are measured; of more, a seeded sample."""


@dataclass(frozen=True)
class Swatch:
    """One colour of a palette, sRGB as #rrggbb, and its share in (0, 1]."""

    colour: str
    share: float


@dataclass(frozen=True)
class Profile:
    """One brand: how many posts were measured, of how many; its palette; its differences from the other brands' posts,
    the largest first; and the clear ones in words."""

    brand: str
    measured: int
    posts: int
    palette: tuple[Swatch, ...]
    differences: tuple[Difference, ...]
    words: Pair


def find_profiles(evidence: Evidence, brands: Sequence[int], most: int = MOST) -> tuple[Profile, ...]:
    """Measure train posts and hold each of `brands` against all others; brands with fewer than two are left out."""
    if not brands:
        return ()
    train = evidence.at("train")
    posts = {place: train[evidence.labels[train] == place] for place in range(len(evidence.brands))}
    chosen = {place: _sample(own, most, place) for place, own in posts.items()}
    order = np.concatenate(list(chosen.values()))
    looks = dict(zip(order.tolist(), measure([evidence.paths[place] for place in order.tolist()]), strict=True))
    found = []
    for place in brands:
        own = [one for one in chosen[place].tolist() if looks[one] is not None]
        rest = [one for one in order.tolist() if evidence.labels[one] != place and looks[one] is not None]
        if min(len(own), len(rest)) >= 2:
            found.append(_profile(evidence, place, (own, rest), looks, len(posts[place])))
    return tuple(found)


def measure(paths: Sequence[Path]) -> list[Look | None]:
    """The look of each picture; None where one cannot be read any more."""

    def one(path: Path) -> Look | None:
        pixels = read_small(path, SIDE)
        return None if pixels is None else describe_look(pixels)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, paths))


def swatches(palette: Palette) -> tuple[Swatch, ...]:
    """A palette as colours that a page can show, the largest first."""
    rgb = rgb_from_lab(np.array(palette.colours, np.float32)).tolist()
    return tuple(
        Swatch("#{:02x}{:02x}{:02x}".format(*colour), share) for colour, share in zip(rgb, palette.shares, strict=True)
    )


def _profile(
    evidence: Evidence, place: int, lots: tuple[list[int], list[int]], looks: dict[int, Look | None], posts: int
) -> Profile:
    own, rest = ([look for one in lot if (look := looks[one]) is not None] for lot in lots)
    groups = tuple([str(evidence.groups[one]) for one in lot] for lot in lots)
    rows = compare_looks(own, rest, groups=(groups[0], groups[1]))
    name = evidence.brands[place]
    english, _ = difference_words(rows, name, "the other brands")
    _, korean = difference_words(rows, name, "다른 브랜드들")
    return Profile(name, len(own), posts, swatches(summarise(own).palette), rows, (english, korean))


def _sample(places: Ints, most: int, seed: int) -> Ints:
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
