from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import doubles
import drawn_heads
import numpy as np
import pytest

import genmark
from genmark.colour import delta_e, lab_from_rgb, rgb_from_lab
from genmark.errors import ModelMissing, SubjectError, UsageError
from genmark.perceive.features import find_features
from genmark.perceive.headplane import UNIT
from genmark.previews import preview, rank
from genmark.proofs import kept_max_diff, prove
from genmark.recipes import Cut, Dye, Style
from genmark.restyle.hair.dye import swatch_as_lit
from genmark.types import Mask, Matte, Photo, Regions, Restyled
from genmark.variants import Proof, Variant


def one(photo: Photo, style: Style = doubles.COPPER, **options: object) -> Variant:
    return next(preview(photo, [style], **{"parser": doubles.parse, "restyler": doubles.negative, **options}))


def test_outside_the_region_no_pixel_changes_whatever_the_restyler_does(portrait: Photo, regions: Regions) -> None:
    variant = one(portrait)
    outside = ~regions.mattes["hair"].support.inside
    assert np.array_equal(variant.photo.pixels[outside], portrait.pixels[outside])
    assert variant.proof.kept_max_diff == 0


def test_inside_the_region_the_pixels_are_the_restylers(portrait: Photo, regions: Regions) -> None:
    inside = regions.mattes["hair"].support.inside
    assert np.array_equal(one(portrait).photo.pixels[inside], 255 - portrait.pixels[inside])


def test_the_mask_holds_every_pixel_that_the_matte_touches(portrait: Photo, regions: Regions) -> None:
    assert np.array_equal(one(portrait).changed.inside, regions.mattes["hair"].alpha > 0)


def test_variants_come_style_by_style_and_seed_by_seed(portrait: Photo) -> None:
    made = preview(portrait, [doubles.COPPER, doubles.INK], parser=doubles.parse, restyler=doubles.noisy, seeds=(3, 1))
    assert [(v.style.name, v.seed) for v in made] == [
        ("test-copper", 3), ("test-copper", 1), ("test-ink", 3), ("test-ink", 1)
    ]  # fmt: skip


def test_nothing_is_done_before_the_first_variant_is_asked_for(portrait: Photo) -> None:
    done: list[str] = []

    def parse(photo: Photo, face: int = 0, /) -> Regions:
        done.append("parse")
        return doubles.parse(photo, face)

    def restyle(photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /) -> Iterator[Photo]:
        for seed in seeds:
            done.append(f"{style.name} {seed}")
            yield photo

    variants = preview(portrait, [doubles.COPPER, doubles.INK], parser=parse, restyler=restyle, seeds=(0, 1))
    assert done == []
    next(variants)
    assert done == ["parse", "test-copper 0"]
    list(variants)
    assert done == ["parse", "test-copper 0", "test-copper 1", "test-ink 0", "test-ink 1"]


def test_regions_that_are_given_are_not_parsed_again_nor_is_the_parser_loaded(
    portrait: Photo, regions: Regions, plugins: Path
) -> None:
    variant = next(preview(portrait, [doubles.INK], parser="absent", restyler="negative", regions=regions))
    assert "parse" not in variant.milliseconds
    with pytest.raises(ModelMissing):
        next(preview(portrait, [doubles.INK], parser="absent", restyler="negative"))


def test_the_asked_face_reaches_the_parser(portrait: Photo) -> None:
    with pytest.raises(SubjectError, match="there is no face 2"):
        one(portrait, face=2)


def test_steps_are_timed_and_the_total_is_their_sum(portrait: Photo) -> None:
    times = one(portrait).milliseconds
    assert set(times) == {"parse", "restyle", "paste", "prove", "total"}
    assert times["total"] == pytest.approx(sum(t for step, t in times.items() if step != "total"), abs=0.01)


def test_names_of_shipped_styles_and_registered_backends_will_do(portrait: Photo, plugins: Path) -> None:
    variant = next(preview(portrait, ["ash-brown"], parser="drawn", restyler="negative", scorer="bright"))
    assert (variant.style.name, variant.backend) == ("ash-brown", "negative")
    assert variant.fit == pytest.approx(float(variant.photo.pixels.mean()) / 255)


def test_a_variant_has_no_fit_without_a_scorer(portrait: Photo) -> None:
    assert one(portrait).fit is None


BOB = Style("test-bob", "test bob", "시험 보브", cut=Cut(donors=("bob",)))


def everything(photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /) -> Iterator[Restyled]:
    """The negative of everything, and everything is asked for."""
    for _ in seeds:
        everywhere = Mask(np.ones(photo.pixels.shape[:2], np.bool_))
        yield Restyled(Photo(255 - photo.pixels, photo.name), everywhere, regions.mattes["hair"])


def test_eyes_nose_and_mouth_are_found_once_for_a_photo_and_kept_in_every_variant() -> None:
    asked: list[str] = []

    class Watched(Regions):
        def mask(self, name: str) -> Mask:
            asked.append(name)
            return super().mask(name)

    photo, plain = drawn_heads.head(unit=100)
    regions = Watched(plain.index, plain.palette, plain.mattes, plain.kind, plain.confidence, plain.face)
    made = list(preview(photo, [BOB, BOB], restyler=everything, regions=regions, seeds=(0, 1)))
    assert len(made) == 4
    assert asked.count("mouth") == 1
    features = find_features(plain)
    assert features.sum() > 100
    assert all(np.array_equal(~variant.changed.inside, features) for variant in made)


@pytest.mark.parametrize(("unit", "step"), [(120, 1), (2.2 * UNIT, 2), (3.5 * UNIT, 3)])
def test_a_new_shape_is_measured_on_a_photo_no_finer_than_hair_is_measured_at(unit: float, step: int) -> None:
    photo, found = drawn_heads.head(fall=0.3, unit=unit)
    small = drawn_heads.head(fall=0.3, unit=unit / step)[1]
    seen: list[tuple[int, int]] = []

    def parse(photo: Photo, face: int = 0, /) -> Regions:
        seen.append(photo.size)
        assert face == 2
        return found if photo.pixels.shape[:2] == found.index.shape else small

    def same(photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /) -> Iterator[Restyled]:
        yield Restyled(photo, Mask(regions.mattes["hair"].alpha > 0), regions.mattes["hair"])

    variant = next(preview(photo, [BOB], parser=parse, restyler=same, face=2))
    assert seen == [photo.size, (-(-photo.size[0] // step), -(-photo.size[1] // step))]
    assert variant.measured["length"] == "shoulder"
    assert variant.measured["fall"] == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    ("styles", "options", "nearest"),
    [
        (["ash-browm"], {}, "ash-brown"),
        (["ash-brown"], {"restyler": "embeded"}, "embedded"),
        (["ash-brown"], {"parser": "embeded"}, "embedded"),
    ],
)
def test_a_wrong_name_is_refused_at_once_with_the_nearest(
    portrait: Photo, styles: list[str], options: dict[str, str], nearest: str
) -> None:
    with pytest.raises(UsageError, match=f"'{nearest}'"):
        preview(portrait, styles, **options)


def test_a_region_that_the_photo_does_not_have_is_named(portrait: Photo) -> None:
    with pytest.raises(UsageError, match="changes the 'wall', but drawn has only 'hair'"):
        one(portrait, replace(doubles.INK, region="wall"))


def test_no_hair_at_all_is_said_plainly(portrait: Photo, regions: Regions) -> None:
    none = replace(regions, mattes={"hair": Matte(np.zeros_like(regions.mattes["hair"].alpha))})
    with pytest.raises(SubjectError, match="no hair") as caught:
        one(portrait, regions=none)
    assert caught.value.code == "bald"


def test_a_restyler_that_owes_pictures_or_changes_the_size_is_found_out(portrait: Photo) -> None:
    with pytest.raises(ValueError, match="too few pictures"):
        one(portrait, restyler=lambda photo, regions, style, seeds: iter(()))
    with pytest.raises(ValueError, match=r"a picture of \(80, 100\)"):
        one(portrait, restyler=lambda photo, regions, style, seeds: iter([Photo(photo.pixels[::2, ::2])]))


def test_the_proof_measures_what_should_have_stayed(portrait: Photo, regions: Regions) -> None:
    spoilt = portrait.pixels.copy()
    spoilt[0, 0] = 255 - spoilt[0, 0]
    spoilt[-1, -1, 2] ^= 1
    expected = int(np.abs(spoilt[0, 0].astype(int) - portrait.pixels[0, 0]).max())
    assert prove(portrait, Photo(spoilt), regions, doubles.COPPER).kept_max_diff == expected
    everything = Mask(np.ones(spoilt.shape[:2], bool))
    assert kept_max_diff(portrait, Photo(spoilt), everything) == 0


def test_delta_e_is_measured_from_the_opaque_hairs_median_to_the_swatch_as_lit(
    portrait: Photo, regions: Regions
) -> None:
    opaque = regions.mattes["hair"].alpha >= 0.9
    asked = swatch_as_lit(portrait, regions, doubles.INK.dye.lab)
    pixels = portrait.pixels.copy()
    pixels[opaque] = rgb_from_lab(np.array(asked, np.float32))
    exact = prove(portrait, Photo(pixels), regions, doubles.INK).delta_e
    assert exact == pytest.approx(0.0, abs=0.5)
    untouched = prove(portrait, portrait, regions, doubles.INK).delta_e
    median = np.median(lab_from_rgb(portrait.pixels[opaque]), axis=0)
    assert untouched == pytest.approx(float(delta_e(median, asked)), abs=0.01)
    assert untouched > 5


@pytest.mark.parametrize(
    "dye",
    [
        None,
        Dye((30, 5, 5), root=(20, 0, 0), root_share=0.3),
        Dye((30, 5, 5), tip=(80, 0, 20)),
        Dye((30, 5, 5), highlights=0.3, highlight_lab=(80, 0, 20)),
        Dye((30, 5, 5), strength=0.5),
    ],
)
def test_without_a_single_asked_colour_there_is_no_delta_e(portrait: Photo, dye: Dye | None) -> None:
    assert one(portrait, replace(doubles.INK, dye=dye)).proof.delta_e is None


def variant_of(portrait: Photo, proof: Proof, fit: float | None = None) -> Variant:
    changed = Mask(np.zeros(portrait.pixels.shape[:2], bool))
    return Variant(portrait, doubles.INK, 0, "test", changed, proof, {}, fit)


def test_rank_puts_fit_first_then_the_better_proof(portrait: Photo) -> None:
    fitting = variant_of(portrait, Proof(0, 9.0, 0.2), fit=0.9)
    unfitting = variant_of(portrait, Proof(0, 0.0, 1.0), fit=0.1)
    exact = variant_of(portrait, Proof(0, 1.0, 0.9))
    off = variant_of(portrait, Proof(0, 8.0, 0.9))
    seamy = variant_of(portrait, Proof(0, 1.0, 0.3))
    leaking = variant_of(portrait, Proof(3, 0.0, 1.0))
    order = rank([leaking, seamy, off, exact, unfitting, fitting])
    assert order == [fitting, unfitting, exact, off, seamy, leaking]


def test_rank_keeps_the_order_of_equals(portrait: Photo) -> None:
    same = [variant_of(portrait, Proof(0, 2.0, 0.8)) for _ in range(4)]
    assert all(a is b for a, b in zip(rank(same), same, strict=True))


def test_importing_the_sentence_loads_no_network() -> None:
    program = "import genmark, sys\nassert callable(genmark.preview)\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_the_public_names_are_all_there() -> None:
    assert all(getattr(genmark, name) is not None for name in genmark.__all__)
    assert len(genmark.__all__) <= 25
    with pytest.raises(AttributeError, match="no attribute 'previw'"):
        _ = genmark.previw
