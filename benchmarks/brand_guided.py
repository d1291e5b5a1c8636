"""Does searching a style's parameters raise a brand's fit, when a judge that chose nothing says so?

Two made-up salons (`salon_brands`) post portraits. Scorer A (embedded network) learns from the odd campaigns, scorer B
(the looks reader, which has no weights) from the even ones, so they share neither network nor posts. For each portrait
of the validation split and each colour asked for: the plain style, the best of N random trials by A, and the best of N
guided trials by A, all under the same limit on how far the hair may be from the asked colour. B tells which is better.

    python benchmarks/brand_guided.py PORTRAITS --work FOLDER [--photos 12] [--trials 24] [--limit 5]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from salon_brands import SALONS, make_posts, portraits

from genmark import photos
from genmark.brand.backbones import fingerprint, open_backbone
from genmark.brand.filing import file_of
from genmark.brand.fit import BrandFit
from genmark.brand.gathering import gather
from genmark.brand.posts import Post, read_posts
from genmark.brand.study import study
from genmark.config import load_styles
from genmark.errors import SubjectError
from genmark.perceive.face import FaceParser
from genmark.previews import preview
from genmark.proofs import colour_distance
from genmark.recipes import Style
from genmark.restyle.hair.guided import Found, search
from genmark.types import Photo, Regions
from genmark.variants import Variant

ASKED = ("chocolate-brown", "natural-brown", "milk-brown")
"""Colours that either salon could be asked for: neither warm nor cool on their own."""
ARMS = ("plain", "random", "guided")


def main() -> None:
    asked = _arguments()
    table = asked.work / "posts.csv"
    if not table.exists():
        asked.work.mkdir(parents=True, exist_ok=True)
        make_posts(asked.pack, asked.work, asked.posts)
    posts = read_posts(table)
    chooser, judge = (
        _learn(half, name, asked.seed) for half, name in zip(_halves(posts), ("embedded", "looks"), strict=True)
    )
    rows = list(_rows(asked, chooser, judge))
    (asked.work / "rows.json").write_text(json.dumps(rows, indent=1))
    for salon in SALONS:
        _report(salon.name, [row for row in rows if row["brand"] == salon.name], asked)


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description="guided search against random choice, judged by a second scorer")
    reader.add_argument("pack", type=Path)
    reader.add_argument("--work", type=Path, required=True)
    reader.add_argument("--posts", type=int, default=140)
    reader.add_argument("--photos", type=int, default=12)
    reader.add_argument("--trials", type=int, default=24)
    reader.add_argument("--limit", type=float, default=5.0)
    reader.add_argument("--seed", type=int, default=0)
    return reader.parse_args()


def _halves(posts: Sequence[Post]) -> tuple[list[Post], list[Post]]:
    odd = [int(post.campaign.rpartition("-")[2]) % 2 == 1 for post in posts]
    return [p for p, o in zip(posts, odd, strict=True) if o], [p for p, o in zip(posts, odd, strict=True) if not o]


def _learn(posts: Sequence[Post], backbone: str, seed: int) -> dict[str, BrandFit]:
    """A scorer for each salon, by one file."""
    network = open_backbone(backbone, reading="style" if backbone == "embedded" else "deep")
    gathered = gather(posts, network, print, seed=seed)
    known = {"seed": seed, "network": fingerprint(network.network)}
    file = file_of(study(gathered.material), gathered.material, network, gathered.splits.fingerprint, settings=known)
    scores = {name: file.scores[name] for name in ("accuracy", "low", "high", "pictures")}
    print(f"{backbone}: {len(posts)} posts, {scores}")
    return {brand: BrandFit(file, brand, backbone=network) for brand in file.brands}


def _rows(
    asked: argparse.Namespace, chooser: dict[str, BrandFit], judge: dict[str, BrandFit]
) -> Iterator[dict[str, Any]]:
    parse, shipped, done = FaceParser(), load_styles(), 0
    for number, path in enumerate(portraits(asked.pack, "val")):
        photo = photos.read(path)
        try:
            regions = parse(photo)
            for salon in SALONS:
                style = shipped[ASKED[number % len(ASKED)]]
                found = _arms(photo, regions, style, chooser[salon.name], asked)
                yield _row(path, salon.name, style, found, judge[salon.name], asked.work)
        except SubjectError:
            continue
        done += 1
        if done == asked.photos:
            return


def _arms(
    photo: Photo, regions: Regions, style: Style, scorer: BrandFit, asked: argparse.Namespace
) -> dict[str, Found]:
    show = partial(_show, photo, regions, scorer)
    look = partial(search, [style], show, partial(_off, photo, regions), seed=asked.seed, limit=asked.limit)
    random = look(trials=asked.trials, guided=False)
    return {"plain": look(trials=1), "random": random, "guided": look(trials=asked.trials)}


def _show(photo: Photo, regions: Regions, scorer: BrandFit, style: Style) -> Variant:
    return next(preview(photo, [style], regions=regions, restyler="dye", scorer=scorer))


def _off(photo: Photo, regions: Regions, asked: Style, made: Variant) -> float | None:
    return colour_distance(photo, made.photo, regions, regions.mattes[asked.region], asked)


def _row(path: Path, brand: str, style: Style, found: dict[str, Found], judge: BrandFit, work: Path) -> dict[str, Any]:
    (work / "shown").mkdir(exist_ok=True)
    row: dict[str, Any] = {"photo": path.stem, "brand": brand, "style": style.name}
    for arm, one in found.items():
        best = one.best.variant
        photos.write(best.photo, work / "shown" / f"{path.stem}-{brand}-{arm}.png")
        row[arm] = {"a": one.best.fit, "b": judge([best.photo])[0], "delta_e": one.best.delta_e, "kept": one.best.kept}
        row[arm] |= {"seam": best.proof.seam, "feasible": sum(t.kept for t in one.trials), "dye": repr(best.style.dye)}
    return row


def _report(brand: str, rows: Sequence[dict[str, Any]], asked: argparse.Namespace) -> None:
    rng = np.random.default_rng(0)
    print(f"\n{brand}: {len(rows)} portraits, {asked.trials} trials, limit {asked.limit} CIEDE2000")
    for scorer in ("a", "b"):
        means = {arm: np.array([row[arm][scorer] for row in rows]) for arm in ARMS}
        print(f"  fit {scorer.upper()}: " + ", ".join(f"{arm} {values.mean():.3f}" for arm, values in means.items()))
        for other in ("plain", "random"):
            gain = means["guided"] - means[other]
            drawn = gain[rng.integers(len(gain), size=(4000, len(gain)))].mean(axis=1)
            low, high = np.percentile(drawn, (2.5, 97.5))
            wins = int((gain > 0).sum())
            print(
                f"    guided - {other}: {gain.mean():+.3f} ({low:+.3f} to {high:+.3f}), better on {wins} of {len(gain)}"
            )
    kept = all(row["guided"]["kept"] for row in rows)
    print(f"  largest delta E: {max(row['guided']['delta_e'] for row in rows):.2f}; all kept: {kept}")


if __name__ == "__main__":
    main()
