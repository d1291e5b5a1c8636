"""Composites for the parser: labels say what was put there, and nothing else changes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import torch
from click.testing import CliRunner
from small_pack import write_pack

from genmark.cli.evaluate import command
from genmark.perceive.face import FaceParser
from genmark.perceive.networks import PALETTE
from genmark.photos import read
from genmark.restyle.hair.donors import read_donors
from genmark.train.composites import compose_portraits, put_on, take_off
from genmark.train.portraits import CANVAS, Portraits
from genmark.types import Photo, Regions

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"
HAIR = PALETTE.index("hair")


@cache
def parsed(name: str = "side-part") -> tuple[Photo, Regions]:
    photo = read(SAMPLES / f"{name}.jpg")
    return photo, FaceParser()(photo)


def portraits(name: str = "side-part") -> Portraits:
    """One sample, shrunk onto the pack's canvas."""
    photo, regions = parsed(name)
    step = -(-max(photo.size) // CANVAS)
    small = [torch.from_numpy(p[::step, ::step].copy()) for p in (photo.pixels, regions.index)]
    alpha = torch.from_numpy(np.rint(255 * regions.mattes["hair"].alpha[::step, ::step]).astype(np.uint8))
    high, wide = alpha.shape
    assert regions.face is not None
    sheets = [torch.zeros((*extra, CANVAS, CANVAS), dtype=torch.uint8) for extra in ((3,), (), ())]
    for sheet, part in zip(sheets, (small[0].permute(2, 0, 1), alpha, small[1]), strict=True):
        sheet[..., :high, :wide] = part
    return Portraits(
        *(sheet[None] for sheet in sheets),
        sizes=torch.tensor([[float(wide), float(high)]]),
        points=torch.from_numpy(regions.face.landmarks / step)[None],
        poses=torch.tensor([[regions.face.pose.yaw, regions.face.pose.pitch, regions.face.pose.roll]]),
        quality=torch.ones(1),
        weight=torch.ones(1),
        ids=(name,),
    )


def test_a_donors_hair_is_labelled_hair_and_the_rest_keeps_its_labels() -> None:
    photo, regions = parsed()
    donor = next(one for one in read_donors() if one.style == "pixie" and abs(one.pose.yaw) < 10)
    made = put_on(photo, regions, donor)
    assert np.array_equal(made.index == HAIR, made.matte > 0.5)
    far = (made.matte <= 0.5) & (regions.index != HAIR)
    assert np.array_equal(made.index[far], regions.index[far])
    changed = (made.pixels != photo.pixels).any(axis=2)
    assert changed[(made.matte > 0.5)].mean() > 0.8


def test_a_head_without_hair_has_skin_where_hair_was() -> None:
    photo, regions = parsed()
    made = take_off(photo, regions)
    assert not made.matte.any()
    assert not (made.index == HAIR).any()
    was = regions.index == HAIR
    assert (made.index[was] == PALETTE.index("skin")).mean() > 0.3


def test_composites_repeat_with_their_seed_and_join_the_portraits_they_came_from() -> None:
    data = portraits()
    first, again = (compose_portraits(data, read_donors(), 6, seed=1, workers=0) for _ in range(2))
    assert 1 <= len(first) <= 6
    assert torch.equal(first.pictures, again.pictures)
    both = data.and_also(first)
    assert len(both) == len(data) + len(first)
    assert torch.equal(both.points[-1], data.points[0])
    assert both.pick(torch.tensor([len(both) - 1, 0])).ids == ("side-part", "side-part")


def test_hats_get_no_hair_laid_over_them() -> None:
    data = portraits()
    data.index[0, 50:90, 100:200] = PALETTE.index("hat")
    assert len(compose_portraits(data, read_donors(), 4, seed=1, workers=0)) == 0


def test_the_parser_is_measured_on_composites_too(tmp_path: Path) -> None:
    write_pack(tmp_path, {name: parsed(name) for name in ("side-part", "chestnut-bob")})
    means = []
    for more in ([], ["--composites", "2"]):
        ran = CliRunner().invoke(command, ["faces", "--data", str(tmp_path), "--json", *more])
        assert ran.exit_code == 0, ran.output
        means.append([json.loads(line) for line in ran.stdout.splitlines()])
    plain, composed = means
    assert plain[-1]["hair"] > 0.9  # the pack's labels are this parser's own
    assert plain[-1]["hair"] != composed[-1]["hair"] > 0.3
    assert len(plain) == 3
