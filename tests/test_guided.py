"""The search for a finer version of a request: what it keeps, what it finds, and that it repeats."""

from __future__ import annotations

from dataclasses import replace

import doubles
import numpy as np
import pytest

from genmark.colour import delta_e
from genmark.config import load_styles
from genmark.errors import UsageError
from genmark.previews import preview
from genmark.proofs import colour_distance
from genmark.recipes import Cut, Dye, Style
from genmark.restyle.hair.guided import Found, search, vary
from genmark.types import Mask, Photo
from genmark.variants import Proof, Variant

PHOTO = Photo(np.zeros((4, 4, 3), np.uint8))
BROWN = Style("brown", "Brown", "브라운", dye=Dye((40.0, 8.0, 14.0)))
GOAL = np.array([44.0, 11.0, 20.0])


def nearness(style: Style) -> Variant:
    """A picture of nothing, whose fit is how near its dye is to a goal that lies outside the limit; strands help."""
    assert style.dye is not None
    fit = float(np.exp(-np.linalg.norm(np.array(style.dye.lab) - GOAL) / 10.0)) * (0.9 + 0.3 * style.dye.highlights)
    return Variant(PHOTO, style, 0, "test", Mask(np.ones((4, 4), bool)), Proof(0, 0.0, 0.9), {}, min(fit, 1.0))


def off(asked: Style, made: Variant) -> float:
    assert asked.dye is not None
    assert made.style.dye is not None
    return float(delta_e(np.array(made.style.dye.lab), np.array(asked.dye.lab)))


def look(guided: bool = True, seed: int = 0, trials: int = 24, limit: float = 5.0) -> Found:
    return search([BROWN], nearness, off, trials=trials, seed=seed, limit=limit, guided=guided)


@pytest.mark.parametrize("trials", [1, 2, 7, 24])
def test_it_makes_as_many_trials_as_it_says_and_the_plain_style_is_the_first(trials: int) -> None:
    found = look(trials=trials)
    assert len(found.trials) == trials
    assert found.plain.variant.style == BROWN
    assert found.best.fit >= found.plain.fit


def test_the_same_seed_finds_the_same() -> None:
    assert look().best.variant.style == look().best.variant.style
    assert look(seed=1).best.variant.style != look().best.variant.style


def test_it_beats_the_plain_style_and_most_often_random_trials() -> None:
    pairs = [(look(seed=seed).best.fit, look(False, seed).best.fit) for seed in range(20)]
    assert all(fit > look(trials=1).best.fit for fit, _ in pairs)
    assert sum(guided > random for guided, random in pairs) >= 14


@pytest.mark.parametrize("limit", [0.5, 2.0, 5.0])
def test_the_request_is_kept(limit: float) -> None:
    found = look(limit=limit)
    assert found.best.kept
    assert found.best.delta_e is not None
    assert found.best.delta_e <= limit
    assert all(off(BROWN, trial.variant) <= limit for trial in found.trials)


@pytest.mark.parametrize(
    ("proof", "far"), [(Proof(3, 0.0, 0.9), 0.0), (Proof(0, 0.0, 0.8), 0.0), (Proof(0, 0.0, 0.9), 9.0)]
)
def test_what_leaks_measures_wrong_or_shows_an_edge_is_never_chosen(proof: Proof, far: float) -> None:
    def spoilt(style: Style) -> Variant:
        return replace(nearness(style), fit=0.1) if style == BROWN else replace(nearness(style), fit=0.9, proof=proof)

    found = search([BROWN], spoilt, lambda asked, made: 0.0 if made.style == asked else far)
    assert found.best is found.plain
    assert sum(trial.kept for trial in found.trials) == 1


def test_of_several_cells_any_may_win_and_each_keeps_its_cut() -> None:
    bobs = [replace(BROWN, name=f"bob-{n}", cut=Cut(own=float(n), layers=n / 4)) for n in range(3)]

    def prefers_the_last(style: Style) -> Variant:
        assert style.cut is not None
        return replace(nearness(style), fit=0.2 + 0.2 * style.cut.layers)

    found = search(bobs, prefers_the_last, off, trials=12)
    assert found.best.asked is bobs[2]
    for trial in found.trials:
        assert trial.variant.style.cut == trial.asked.cut


def test_what_the_customer_asked_for_stays() -> None:
    """Own roots, highlights and ends are the customer's; a partial cover takes neither."""
    rng = np.random.default_rng(0)
    shipped = load_styles()
    for name in ("shadow-root-beige", "balayage", "highlights", "root-touch-up", "grey-coverage", "ombre"):
        asked = shipped[name].dye
        assert asked is not None
        for _ in range(20):
            made = vary(shipped[name], rng.uniform(-1, 1, 8)).dye
            assert made is not None
            assert (made.cover, made.share, made.bleach) == (asked.cover, asked.share, asked.bleach)
            assert asked.root in {None, made.root}
            assert asked.tip in {None, made.tip}
            if asked.highlight_lab is not None:
                assert (made.highlights, made.highlight_lab) == (asked.highlights, asked.highlight_lab)


def test_at_nought_a_style_is_itself() -> None:
    assert vary(BROWN, np.zeros(8)) is BROWN


@pytest.mark.parametrize(
    ("styles", "trials"), [([], 4), ([Style("cut", "Cut", "컷", cut=Cut(own=0.0))], 4), ([BROWN, BROWN], 1)]
)
def test_what_cannot_be_searched_is_said(styles: list[Style], trials: int) -> None:
    with pytest.raises(UsageError):
        search(styles, nearness, off, trials=trials)


def test_on_a_picture_it_moves_hair_only_and_says_how_far() -> None:
    photo = doubles.draw_portrait()
    regions = doubles.parse(photo)

    def show(style: Style) -> Variant:
        return next(preview(photo, [style], regions=regions, restyler="dye", scorer=doubles.brightness))

    def measure(asked: Style, made: Variant) -> float | None:
        return colour_distance(photo, made.photo, regions, regions.mattes["hair"], asked)

    found = search([doubles.COPPER], show, measure, trials=16)
    assert found.best.fit > found.plain.fit
    assert found.best.variant.proof.kept_max_diff == 0
    assert found.best.delta_e is not None
    assert found.best.delta_e <= 5.0
