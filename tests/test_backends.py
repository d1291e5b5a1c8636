"""The contract of `genmark.protocols`, run over every backend that is registered: ours, and any plugin's.

The portraits are public domain: NASA's of Eileen Collins, the US Navy's of Grace Hopper.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brand_salon import salon_file
from matplotlib import cbook
from PIL import Image
from skimage import data as skimage_data

from genmark import registry
from genmark.brand.archive import write_brand
from genmark.brand.backbones import open_backbone
from genmark.config import load_styles
from genmark.errors import ModelMissing, SubjectError, UsageError
from genmark.previews import preview
from genmark.recipes import Style
from genmark.types import Photo, Regions, Restyled

PARSERS, RESTYLERS, SCORERS = (registry.names(kind) for kind in ("parsers", "restylers", "scorers"))


def backend(kind: registry.Kind, name: str) -> Callable[..., Any]:
    """A registered backend; the test is skipped where its weights or packages are not here, unless we ship it."""
    try:
        return registry.load(kind, name)
    except (ModelMissing, UsageError) as error:
        if name == "embedded":
            raise
        pytest.skip(f"{kind[:-1]} {name!r}: {error}")


@cache
def collins() -> Photo:
    return Photo(np.ascontiguousarray(skimage_data.astronaut()), "collins")


@cache
def hopper() -> Photo:
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        return Photo(np.asarray(image.convert("RGB")), "hopper")


@cache
def found(name: str = "embedded") -> Regions:
    regions: Regions = backend("parsers", name)(collins())
    return regions


def hair_styles() -> list[Style]:
    return [style for style in load_styles(None).values() if style.region == "hair"]


def same(one: Regions, other: Regions) -> bool:
    return np.array_equal(one.index, other.index) and all(
        np.array_equal(matte.alpha, other.mattes[name].alpha) for name, matte in one.mattes.items()
    )


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_backend_declares_what_it_may_be_used_for(kind: registry.Kind) -> None:
    for card in registry.cards():
        if card.kind == kind and not card.missing:
            assert card.licence
            assert isinstance(card.commercial, bool)
            assert isinstance(card.version, str)


@pytest.mark.parametrize("name", ["embedded"])
def test_what_ships_may_be_used_commercially(name: str) -> None:
    shipped = [card for card in registry.cards() if card.name == name]
    assert {card.kind for card in shipped} >= {"parsers", "restylers"}
    assert all(card.commercial and not card.missing for card in shipped)


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("photo", [collins, hopper])
def test_a_parser_gives_regions_of_the_photos_size(name: str, photo: Callable[[], Photo]) -> None:
    regions = backend("parsers", name)(photo())
    assert regions.index.shape == photo().pixels.shape[:2]
    assert len(set(regions.palette)) == len(regions.palette)
    assert regions.kind in {"portrait", "room"}
    if regions.kind == "portrait":
        # how much hair a cap leaves to be seen is not a matter of the contract; Eileen Collins wears none
        least = 0.005 if photo is collins else 0.0
        assert least <= float(regions.mattes["hair"].alpha.mean()) < 0.6
        assert regions.face is not None


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_gives_the_same_answer_twice_and_keeps_its_hands_off_the_photo(name: str) -> None:
    parse, photo = backend("parsers", name), collins()
    before = photo.pixels.copy()
    assert same(parse(photo), parse(photo))
    assert np.array_equal(photo.pixels, before)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_says_plainly_that_there_is_nothing_to_parse(name: str) -> None:
    with pytest.raises(SubjectError, match="wall"):
        backend("parsers", name)(Photo(np.full((240, 200, 3), 128, np.uint8), "wall"))


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_refuses_a_face_that_is_not_there(name: str) -> None:
    with pytest.raises(SubjectError) as caught:
        backend("parsers", name)(collins(), 50)
    assert caught.value.code == "no_such_face"


def shown(made: Photo | Restyled) -> Photo:
    return made.photo if isinstance(made, Restyled) else made


def offered(name: str, style: Style) -> list[Photo]:
    """What a restyler makes of a style on seeds 4 and 5, or nothing where it says plainly that it cannot."""
    try:
        return [shown(made) for made in backend("restylers", name)(collins(), found(), style, (4, 5))]
    except (SubjectError, UsageError):
        return []


@pytest.mark.parametrize("name", RESTYLERS)
def test_a_restyler_yields_one_photo_a_seed_of_the_photos_size(name: str) -> None:
    made = list(backend("restylers", name)(collins(), found(), hair_styles()[0], (0, 1, 7)))
    assert [shown(one).size for one in made] == [collins().size] * 3


@pytest.mark.parametrize("name", RESTYLERS)
def test_a_seed_gives_the_same_picture_whatever_the_other_seeds(name: str) -> None:
    restyle = backend("restylers", name)
    compared = 0
    for style in hair_styles()[::8]:
        if batch := offered(name, style):
            alone = shown(next(iter(restyle(collins(), found(), style, (5,)))))
            assert np.array_equal(batch[1].pixels, alone.pixels), style.name
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize("name", RESTYLERS)
def test_a_restyler_keeps_its_hands_off_photo_and_regions(name: str) -> None:
    photo, regions = collins(), found()
    before, matte = photo.pixels.copy(), regions.mattes["hair"].alpha.copy()
    list(backend("restylers", name)(photo, regions, hair_styles()[0], (0,)))
    assert np.array_equal(photo.pixels, before)
    assert np.array_equal(regions.mattes["hair"].alpha, matte)


@pytest.mark.parametrize("name", RESTYLERS)
def test_every_shipped_style_can_be_previewed_and_keeps_what_it_must(name: str) -> None:
    backend("restylers", name)
    photo, regions = collins(), found()
    face = np.isin(regions.index, [regions.palette.index("eyes"), regions.palette.index("mouth")])
    refused: list[str] = []
    styles = [style for style in hair_styles() if name != "dye" or (style.cut is None and style.perm is None)]
    for variant in preview(
        photo, styles, restyler=name, regions=regions, refused=lambda style, error: refused.append(style.name)
    ):
        style, reshaped = variant.style, variant.style.cut is not None or variant.style.perm is not None
        kept = ~variant.changed.inside if reshaped else regions.mattes["hair"].alpha == 0
        assert variant.proof.kept_max_diff == 0, style.name
        assert np.array_equal(variant.photo.pixels[kept], photo.pixels[kept]), style.name
        assert not reshaped or np.array_equal(variant.photo.pixels[face], photo.pixels[face]), style.name
        if reshaped or (style.dye is not None and style.dye.cover == "all"):
            assert not np.array_equal(variant.photo.pixels, photo.pixels), style.name
    assert len(refused) <= len(styles) // 4, refused


@pytest.mark.parametrize("name", SCORERS)
def test_a_scorer_scores_each_photo_in_0_to_1_whatever_the_others(name: str, tmp_path: Path) -> None:
    if name == "brand":  # one that is about a file that its user makes
        with pytest.raises(UsageError, match="brand:FILE"):
            registry.load("scorers", name)
        write_brand(tmp_path / "acme.brand", salon_file(96, network=open_backbone()))
        name = f"brand:{tmp_path / 'acme.brand'}#warm"
    score = backend("scorers", name)
    both = list(score([collins(), hopper()]))
    assert len(both) == 2
    assert all(0.0 <= value <= 1.0 for value in both)
    assert next(iter(score([hopper()]))) == pytest.approx(both[1], abs=1e-4)
