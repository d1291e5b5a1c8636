"""Who is restyled, and into what: parsed portraits, and requests drawn evenly over styles."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

from genmark import photos
from genmark.edges import measure_edge
from genmark.errors import ConfigError, PhotoError, SubjectError
from genmark.evaluate.crops import cut_head
from genmark.perceive.features import find_features
from genmark.perceive.landmarks import MESH
from genmark.perceive.look import Look, measure_look
from genmark.perceive.pose import head_frame
from genmark.perceive.subject import check_hair
from genmark.protocols import Parser
from genmark.recipes import Style
from genmark.types import Bools, Box, Face, Floats, Photo, Pixels, Pose, Regions


@dataclass(frozen=True, eq=False)
class Person:
    """A portrait, parsed and measured once for all methods."""

    photo: Photo
    regions: Regions
    look: Look

    @property
    def face(self) -> Face:
        """The parsed face. Raises SubjectError "no_face" where there is none."""
        if self.regions.face is None:
            raise SubjectError(f"{self.photo.name} has no face", "no_face")
        return self.regions.face

    @cached_property
    def unit(self) -> float:
        """Pixels per face height."""
        return head_frame(self.face.landmarks).unit

    @cached_property
    def features(self) -> Bools:
        """Eyes, nose and mouth, bool (H, W)."""
        return find_features(self.regions)

    @cached_property
    def edge(self) -> float | None:
        """How sharp the hair's outline is in the photo (`measure_edge`)."""
        return measure_edge(self.photo, self.regions.mattes["hair"].alpha, self.unit)


@dataclass(frozen=True)
class Request:
    """Restyle `people[person]` to `style` with `seed`."""

    person: int
    style: Style
    seed: int


def read_people(pack: Path, parser: Parser, split: str = "val", limit: int | None = None) -> Iterator[Person]:
    """Portraits of a split that have a face, hair and no hat, at most `limit`, spread evenly over the split."""
    rows = _rows(pack, split)
    step = max(1, len(rows) // limit) if limit else 1
    for row in rows[::step][:limit]:
        try:
            yield _parse(photos.read(pack / "images" / f"{row['id']}.jpg"), parser)
        except SubjectError:
            continue


def read_strangers(files: Mapping[str, str], parser: Parser) -> tuple[list[Person], dict[str, int]]:
    """People of any photos, whatever they are labelled, and how many of the rest were unusable, by the error's code.

    files   paths by name; the names are the people's, so no two photos are taken for one person's
    """
    found: list[Person] = []
    unusable: Counter[str] = Counter()
    for name, path in files.items():
        try:
            found.append(_parse(replace(photos.read(path), name=name), parser))
        except (PhotoError, SubjectError) as error:
            unusable[error.code] += 1
    return found, dict(unusable)


def find_shared(files: Mapping[str, str], pack: Path) -> list[str]:
    """Names of those files that are pictures of the pack too, byte for byte: they are from outside in name only."""
    known = {sha256(path.read_bytes()).digest() for path in (pack / "images").iterdir()}
    return [name for name, path in files.items() if sha256(Path(path).read_bytes()).digest() in known]


def _parse(photo: Photo, parser: Parser) -> Person:
    """Raises SubjectError where there is no face or no hair, or a hat."""
    regions = parser(photo)
    check_hair(regions, photo.name)
    return Person(photo, regions, measure_look(photo, regions))


def read_real_crops(pack: Path, side: int, split: str = "train", limit: int | None = None) -> list[Pixels]:
    """Head crops (side, side, 3) of a split's portraits around the pack's own landmarks, without hats."""
    meshes = np.load(pack / "landmarks.npz")
    place = {name: k for k, name in enumerate(meshes["ids"].tolist())}
    points = meshes["points"][:, list(MESH)].astype(np.float32)
    rows = [row for row in _rows(pack, split) if not row["hat"]]
    step = max(1, len(rows) // limit) if limit else 1
    return [
        cut_head(photos.read(pack / "images" / f"{row['id']}.jpg"), face_of(points[place[row["id"]]]), side)
        for row in rows[::step][:limit]
    ]


def face_of(points: Floats) -> Face:
    """A face with no more than its landmarks (COUNT, 2): its pose is not known."""
    left, top = points.min(axis=0).tolist()
    right, bottom = points.max(axis=0).tolist()
    return Face(Box(left, top, right, bottom), points, Pose(0.0, 0.0, 0.0), 1.0)


def draw_requests(count: int, styles: Sequence[Style], each: int, seed: int = 0) -> tuple[Request, ...]:
    """`each` different styles for every one of `count` people; over all of them every style comes equally often."""
    rng = np.random.default_rng(seed)
    found: list[Request] = []
    deck: list[int] = []
    for person in range(count):
        hand: list[int] = []
        while len(hand) < min(each, len(styles)):
            deck = deck or rng.permutation(len(styles)).tolist()
            place = next((k for k, style in enumerate(deck) if style not in hand), None)
            if place is None:  # all that are left in the deck are held already
                deck += rng.permutation(len(styles)).tolist()
                continue
            hand.append(deck.pop(place))
        found += [Request(person, styles[style], seed + person) for style in hand]
    return tuple(found)


def _rows(pack: Path, split: str) -> list[dict[str, str]]:
    table = pack / "labels.csv"
    if not table.is_file():
        raise ConfigError(f"{pack} is no portraits pack: it has no labels.csv")
    with table.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]
