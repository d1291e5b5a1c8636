"""Two made-up salons' posts: portraits of a pack, dyed by genmark itself and graded, each salon in its own way.

`warm` colours copper, caramel, honey and rose, paints paler strands and prints its pictures warm; `cool` colours ash,
khaki, silver and blue-black, keeps shadow at the roots and prints cool. How strongly it does so differs from
campaign to campaign. Synthetic: what is measured on them says how a search works, and nothing about real salons.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genmark import photos
from genmark.config import load_styles
from genmark.errors import SubjectError
from genmark.perceive.face import FaceParser
from genmark.previews import preview
from genmark.recipes import Dye, Style
from genmark.types import Lab, Photo

CAMPAIGN = 5
"""Posts that share a grading."""


@dataclass(frozen=True)
class Salon:
    """shades: what it likes to dye; print: gains of red, green and blue at full strength; its habit with strands."""

    name: str
    shades: tuple[str, ...]
    print: tuple[float, float, float]
    highlights: float
    root: float


SALONS = (
    Salon(
        "warm",
        ("orange-brown", "caramel", "copper", "rose-gold", "honey-blonde", "red-brown", "chocolate-brown"),
        (1.07, 1.0, 0.9),
        highlights=0.3,
        root=0.0,
    ),
    Salon(
        "cool",
        ("ash-brown", "ash-khaki", "ash-beige", "ash-grey", "ash-blue", "blue-black", "silver", "chocolate-brown"),
        (0.93, 1.0, 1.08),
        highlights=0.0,
        root=0.3,
    ),
)


def portraits(pack: Path, split: str) -> list[Path]:
    """The pack's good, bare-headed portraits of a split that have hair to dye, by number."""
    rows = csv.DictReader((pack / "labels.csv").read_text(encoding="utf-8").splitlines())
    good = [row for row in rows if row["split"] == split and float(row["quality"]) >= 0.7 and not row["hat"]]
    haired = [
        row["id"] for row in good if row["length"] not in {"bald_buzz", "hidden"} and float(row["hair_area"]) > 0.3
    ]
    return [pack / "images" / f"{name}.jpg" for name in sorted(haired)]


def make_posts(pack: Path, folder: Path, count: int, seed: int = 0) -> Path:
    """Write `count` posts of each salon into `folder` and list them in its posts.csv; returns that. No portrait is
    used twice."""
    rng = np.random.default_rng(seed)
    paths = portraits(pack, "train")
    faces = iter([paths[place] for place in rng.permutation(len(paths))])
    rows = [row for salon in SALONS for row in _posts_of(salon, faces, folder, count, rng)]
    table = folder / "posts.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("path", "brand", "campaign"))
        writer.writeheader()
        writer.writerows(rows)
    return table


def _posts_of(
    salon: Salon, faces: Iterator[Path], folder: Path, count: int, rng: np.random.Generator
) -> Iterator[dict[str, str]]:
    shipped, parse = load_styles(), FaceParser()
    (folder / salon.name).mkdir(parents=True, exist_ok=True)
    made, strength = 0, 0.0
    for path in faces:
        if made == count:
            return
        if made % CAMPAIGN == 0:
            strength = float(rng.uniform(0.0, 1.0))
        photo = photos.read(path)
        style = shipped[salon.shades[int(rng.integers(len(salon.shades)))]]
        try:
            (variant,) = preview(photo, [_in_its_way(style, salon, rng)], parser=parse, restyler="dye")
        except SubjectError:
            continue
        name = f"{salon.name}/{made:04d}.jpg"
        photos.write(_printed(variant.photo, salon, strength), folder / name, quality=92)
        yield {"path": name, "brand": salon.name, "campaign": f"{salon.name}-{made // CAMPAIGN}"}
        made += 1


def _in_its_way(style: Style, salon: Salon, rng: np.random.Generator) -> Style:
    """A shipped colour as this salon does it: a little off the chart, with its habit of strands or roots."""
    assert style.dye is not None
    lab = _shifted(style.dye.lab, *rng.normal(0.0, (2.5, 1.5, 1.5)).tolist())
    dye = Dye(lab)
    if salon.highlights and rng.random() < 0.7:
        dye = replace(
            dye, highlights=salon.highlights * float(rng.uniform(0.5, 1.2)), highlight_lab=_shifted(lab, 16, 0, 6)
        )
    if salon.root and rng.random() < 0.7:
        dye = replace(dye, root=_shifted(lab, -10, 0, -1), root_share=salon.root * float(rng.uniform(0.5, 1.2)))
    return replace(style, name=f"{style.name}-{salon.name}", dye=dye)


def _shifted(lab: Lab, lightness: float, a: float, b: float) -> Lab:
    return float(np.clip(lab[0] + lightness, 2.0, 96.0)), lab[1] + a, lab[2] + b


def _printed(photo: Photo, salon: Salon, strength: float) -> Photo:
    gains = 1.0 + strength * (np.array(salon.print) - 1.0)
    return Photo(np.clip(np.rint(photo.pixels * gains), 0, 255).astype(np.uint8), photo.name)
