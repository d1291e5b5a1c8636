"""`genmark brand` from posts to scores: real pictures, the real network, one file out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from genmark.cli import main

SIDE = 96


def draw(brand: str, seed: int) -> Image.Image:
    """A post of a made-up brand: pale blue stripes, or dark orange spots, in a layout of its own."""
    rng = np.random.default_rng([seed, len(brand)])
    pixels = np.zeros((SIDE, SIDE, 3), np.float32)
    pixels[:] = (205, 222, 240) if brand == "하늘" else (50, 30, 22)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for _ in range(6):
        y, x, size = [*rng.integers(0, SIDE, 2).tolist(), int(rng.integers(5, 14))]
        spot = np.hypot(rows - y, columns - x) < size if brand == "ember" else np.abs(rows - y) < size / 4
        pixels[spot] = (240, 250, 255) if brand == "하늘" else (230, 120, 30)
    return Image.fromarray(np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The folder of posts, the brand's file, and what training said."""
    folder = tmp_path_factory.mktemp("brand")
    for brand in ("하늘", "ember"):
        (folder / "posts" / brand).mkdir(parents=True)
        for number in range(70):
            draw(brand, number).save(folder / "posts" / brand / f"{number:03d}.jpg", quality=90)
    (folder / "posts" / "ember" / "broken.jpg").write_bytes(b"no picture")
    out = folder / "acme.brand"
    ran = CliRunner().invoke(main, ["brand", "train", str(folder / "posts"), "--out", str(out), "--reading", "deep"])
    assert ran.exit_code == 0, ran.output
    return folder, out, ran.output


def test_it_learns_says_how_well_and_what_it_left_out(trained: tuple[Path, Path, str]) -> None:
    folder, out, said = trained
    assert "broken.jpg is left out" in said
    assert "right on" in said
    splits = json.loads((folder / "acme.brand.splits.json").read_text(encoding="utf-8"))
    assert splits["format"].startswith("genmark-splits")
    assert out.stat().st_size < 20_000_000


def test_pictures_are_scored_by_brand_name(trained: tuple[Path, Path, str], tmp_path: Path) -> None:
    _, out, _ = trained
    for brand in ("하늘", "ember"):
        draw(brand, 900).save(tmp_path / f"{brand}.png")
    Path(tmp_path / "bad.jpg").write_bytes(b"no")
    ran = CliRunner().invoke(main, ["brand", "score", str(out), str(tmp_path), "--json"])
    assert ran.exit_code == 3
    rows = {Path(row["path"]).stem: row for row in map(json.loads, ran.stdout.splitlines())}
    assert set(rows["ember"]) == {"path", "brand", "fit", "probabilities", "attributes", "ood", "decision", "reasons"}
    assert rows["ember"]["brand"] == "ember"
    assert rows["ember"]["fit"] > 0.7
    assert set(rows["ember"]["probabilities"]) == {"하늘", "ember"}
    assert rows["bad"]["error"]["code"]
    meant = CliRunner().invoke(
        main, ["brand", "score", str(out), str(tmp_path / "ember.png"), "--brand", "하늘", "--json"]
    )
    assert json.loads(meant.stdout)["fit"] < 0.3


def test_training_repeats_to_the_byte(trained: tuple[Path, Path, str], tmp_path: Path) -> None:
    folder, out, _ = trained
    again = tmp_path / "again.brand"
    ran = CliRunner().invoke(main, ["brand", "train", str(folder / "posts"), "--out", str(again), "--reading", "deep"])
    assert ran.exit_code == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (["brand", "score", "none.brand", "x.jpg"], 4, "brand train"),
        (["brand", "train", ".", "--out", "x.brand", "--backbone", "vgg61"], 2, "vgg"),
    ],
)
def test_what_cannot_be_done_is_said(wrong: list[str], code: int, said: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, wrong)
    assert ran.exit_code == code
    assert said in ran.output
    assert not (tmp_path / "x.brand").exists()
