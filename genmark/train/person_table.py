"""Portraits as the heads of a person's attributes see them: features, measures and labels, a row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genmark.colour import linear_from_rgb, rgb_from_linear
from genmark.errors import ConfigError, SubjectError
from genmark.perceive.person.describe import hat_share
from genmark.perceive.person.heads import FaceFeatures
from genmark.perceive.person.measures import Measures, measure
from genmark.perceive.person.minor import chin_below_eyes
from genmark.photos import read
from genmark.types import Floats, Photo, Regions

Doubles = NDArray[np.float64]
LIGHTS: Mapping[str, tuple[float, float, float]] = {
    "warm": (1.12, 1.0, 0.86),
    "cool": (0.88, 1.0, 1.12),
    "dim": (0.6, 0.6, 0.6),
}
"""Gains of linear red, green and blue, by which a photo is lit otherwise."""
QUALITY = 50


@dataclass(frozen=True, eq=False)
class Rows:
    """N portraits in whose photo a face was found.

    ids, splits, groups  (N,) strings; `groups` are the pack's near-duplicates
    words        the pack's search words of each, N strings: hints, not facts
    features     float32 (N, D)
    numbers      float64 (N, M), measures by `names`; NaN where not seen
    chins        float64 (N,), `chin_below_eyes`; hats float64 (N,), `hat_share`
    told         attribute -> N words, told by eye; "hat" is the pack's own column
    """

    ids: tuple[str, ...]
    splits: tuple[str, ...]
    groups: tuple[str, ...]
    words: tuple[str, ...]
    features: Floats
    numbers: Doubles
    names: tuple[str, ...]
    chins: Doubles
    hats: Doubles
    told: Mapping[str, tuple[str, ...]]

    def of(self, split: str) -> NDArray[np.bool_]:
        """Which rows belong to a split."""
        return np.array([name == split for name in self.splits])


def gather(
    pack: Path,
    told: Path,
    parse: Callable[[Photo], Regions],
    features: FaceFeatures,
    light: str = "",
    every: int = 1,
) -> Rows:
    """Read every `every`-th portrait of the pack, each lit as `light` says ("", a name of `LIGHTS`, or "jpeg").

    told: a CSV file with a column `id` and one for each attribute. Portraits in which no face is found are left out.
    Raises ConfigError where pack or file are not what they should be.
    """
    words = {row["id"]: row for row in _table(told)}
    rows = [row for row in _table(pack / "labels.csv") if row["id"] in words][::every]
    seen = [found for row in rows if (found := _see(row, pack, parse, features, light)) is not None]
    if not seen:
        raise ConfigError(f"{pack} and {told.name} have no portrait in common")
    columns = [name for name in next(iter(words.values())) if name != "id"]
    about = {name: tuple(words[one.row["id"]][name] for one in seen) for name in columns}
    return Rows(
        ids=tuple(one.row["id"] for one in seen),
        splits=tuple(one.row["split"] for one in seen),
        groups=tuple(one.row["group"] for one in seen),
        words=tuple(one.row["weak"] for one in seen),
        features=np.stack([one.features for one in seen]),
        numbers=np.array([[np.nan if v is None else v for v in one.measures.numbers().values()] for one in seen]),
        names=tuple(seen[0].measures.numbers()),
        chins=np.array([one.chin for one in seen]),
        hats=np.array([one.hat for one in seen]),
        told={**about, "hat": tuple(one.row["hat"] for one in seen)},
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """One portrait."""

    row: Mapping[str, str]
    features: Floats
    measures: Measures
    chin: float
    hat: float


def _see(
    row: Mapping[str, str], pack: Path, parse: Callable[[Photo], Regions], features: FaceFeatures, light: str
) -> _Seen | None:
    """A portrait parsed as it is and measured as it is lit; None where no face is found."""
    photo = read(pack / "images" / f"{row['id']}.jpg")
    try:
        regions = parse(photo)
    except SubjectError:
        return None
    if regions.face is None:
        return None
    lit = relit(photo, light)
    taken = measure(lit, regions, regions.face)
    return _Seen(row, features(lit, regions.face), taken, chin_below_eyes(regions.face), hat_share(regions))


def relit(photo: Photo, light: str) -> Photo:
    """The photo in another light, or saved and opened again ("jpeg"); itself for ""."""
    if light == "jpeg":
        store = io.BytesIO()
        Image.fromarray(photo.pixels).save(store, "JPEG", quality=QUALITY)
        with Image.open(store) as picture:
            return Photo(np.asarray(picture.convert("RGB")), photo.name)
    if not light:
        return photo
    gains = np.array(LIGHTS[light], np.float32)
    return Photo(rgb_from_linear(linear_from_rgb(photo.pixels) * gains), photo.name)


def _table(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise ConfigError(f"{path} is missing; the heads learn from the portraits pack and a table of labels")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
