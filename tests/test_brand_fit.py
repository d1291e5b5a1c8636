"""Brand fit of pictures in memory: the same as of files, with reasons, words and evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import brand_salon
import doubles
import numpy as np
import pytest
from brand_salon import BRANDS, post, salon_file

from genmark import photos
from genmark.brand.archive import BrandFile, write_brand
from genmark.brand.features import embed
from genmark.brand.fit import BrandFit, check_independent, embed_photos
from genmark.brand.panel import Panel
from genmark.brand.scoring import score_pictures
from genmark.errors import ConfigError, ModelMissing, UsageError
from genmark.previews import preview, rank
from genmark.types import Mask, Photo
from genmark.variants import Proof, Variant


@pytest.fixture(scope="module")
def file() -> BrandFile:
    return salon_file()


def fit(file: BrandFile, brand: str | None = "warm") -> BrandFit:
    return BrandFit(file, brand, backbone=brand_salon.backbone())


def test_photos_score_as_the_same_pixels_in_a_png(file: BrandFile, tmp_path: Path) -> None:
    shown = [post(brand, 900 + n) for n, brand in enumerate(BRANDS * 9)]
    paths = [tmp_path / f"{n:02d}.png" for n in range(len(shown))]
    for photo, path in zip(shown, paths, strict=True):
        photos.write(photo, path)
    network = brand_salon.backbone()
    assert np.array_equal(embed_photos(network, shown), embed(network, paths).values)
    [(_, judgements)] = score_pictures(file, network, paths, "warm")
    assert fit(file).judge(shown) == judgements
    assert fit(file)(shown) == [judged.fit for judged in judgements]


def test_a_salon_s_own_posts_fit_it_and_the_other_s_do_not(file: BrandFile) -> None:
    warm, cool = ([post(brand, 500 + n) for n in range(20)] for brand in ("warm", "cool"))
    assert np.mean(fit(file)(warm)) > 0.8 > 0.2 > np.mean(fit(file)(cool))
    assert all(0.0 <= one <= 1.0 for one in fit(file)(warm + cool))
    assert fit(file)([]) == []


def test_a_finding_has_words_and_the_nearest_posts(file: BrandFile) -> None:
    blue = Photo(np.full((40, 40, 3), (30, 60, 200), np.uint8))
    (finding,) = fit(file).explain([blue], near=4)
    assert finding.departs is not None
    assert "than the brand" in finding.departs[0]
    assert "브랜드보다" in finding.departs[1]
    assert finding.palette_gap is not None
    assert finding.palette_gap > 10
    assert [near.brand for near in finding.near] == ["cool"] * 4
    assert [near.distance for near in finding.near] == sorted(near.distance for near in finding.near)
    known = {entry["file"] for entry in file.settings["posts"]}
    assert {near.file for near in finding.near} <= known


def test_a_known_post_is_its_own_nearest(file: BrandFile) -> None:
    entry = file.settings["posts"][5]
    brand, number = Path(entry["file"]).stem.split("-")
    (finding,) = fit(file).explain([post(brand, int(number))])
    assert finding.near[0].file == entry["file"]
    assert finding.near[0].distance < 0.01


def test_a_file_without_looks_or_names_still_judges(file: BrandFile) -> None:
    bare = replace(
        file,
        tensors={name: part for name, part in file.tensors.items() if not name.startswith("looks.")},
        settings={name: value for name, value in file.settings.items() if name != "posts"},
    )
    (finding,) = fit(bare).explain([post("warm", 7)])
    assert (finding.departs, finding.palette_gap, finding.near) == (None, None, ())
    assert finding.judgement.brand == "warm"


def test_the_brand_is_named_or_the_file_is_named_after_it(file: BrandFile, tmp_path: Path) -> None:
    for name in ("warm", "acme"):
        write_brand(tmp_path / f"{name}.brand", file)
    assert BrandFit(tmp_path / "warm.brand").meant == "warm"
    assert BrandFit(f"{tmp_path / 'acme.brand'}#cool").meant == "cool"
    assert BrandFit(tmp_path / "acme.brand", brand="cool").meant == "cool"
    with pytest.raises(UsageError, match="cool, warm"):
        BrandFit(tmp_path / "acme.brand")([post("warm", 1)])
    with pytest.raises(UsageError, match="warm"):
        BrandFit(tmp_path / "acme.brand", brand="warn")
    with pytest.raises(ModelMissing, match="brand train"):
        BrandFit(tmp_path / "none.brand")
    (tmp_path / "no.brand").write_bytes(b"no")
    with pytest.raises(ConfigError):
        BrandFit(tmp_path / "no.brand")


def test_it_ranks_previews(file: BrandFile) -> None:
    photo = doubles.draw_portrait()
    made = list(preview(photo, [doubles.INK, doubles.COPPER], parser=doubles.parse, restyler="dye", scorer=fit(file)))
    assert all(variant.fit is not None for variant in made)
    assert rank(made)[0].style == doubles.COPPER
    cool = list(
        preview(photo, [doubles.INK, doubles.COPPER], parser=doubles.parse, restyler="dye", scorer=fit(file, "cool"))
    )
    assert rank(cool)[0].style == doubles.INK


def test_a_judge_must_see_or_have_learnt_otherwise(file: BrandFile) -> None:
    with pytest.raises(UsageError, match="--backbone looks"):
        check_independent(file, file)
    for other in (
        replace(file, backbone="looks"),
        replace(file, fingerprint="posts-2"),
        replace(file, settings={**file.settings, "seed": 1}),
        replace(file, settings={**file.settings, "reading": "style"}),
    ):
        check_independent(file, other)


def test_a_panel_weighs_a_variant(file: BrandFile) -> None:
    photo = post("warm", 77)
    shape = photo.pixels.shape[:2]
    variant = Variant(photo, doubles.COPPER, 0, "test", Mask(np.ones(shape, bool)), Proof(0, 1.0, 0.9))
    other = replace(file, fingerprint="posts-2", temperature=2 * file.temperature)
    told = Panel(fit(file), fit(other)).weigh(variant)
    assert told.fit == fit(file)([photo])[0]
    assert told.opinion is not None
    assert told.opinion.judge == fit(other)([photo])[0]
    assert told.opinion.brand == "warm"
    assert told.opinion.decision in {"accept", "review"}
    assert all(english and korean for english, korean in told.opinion.reasons)
    assert all(name.startswith("warm") for name in told.opinion.like)
    alone = Panel(fit(file)).weigh(variant).opinion
    assert alone is not None
    assert alone.judge is None


def test_a_panel_agrees_on_the_brand(file: BrandFile) -> None:
    other = replace(file, fingerprint="posts-2", temperature=2 * file.temperature)
    with pytest.raises(UsageError, match="cool"):
        Panel(fit(file), fit(other, "cool"))
    with pytest.raises(UsageError, match="which brand"):
        Panel(fit(file, None))
