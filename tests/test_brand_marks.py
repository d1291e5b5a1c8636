"""Estimated marks: a word on a plain ground is found where it is, a plain picture has none, islands are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from genmark.brand.marks import SIDE, find_marks, label
from genmark.errors import UsageError
from genmark.types import Box, Pixels

WORD = Box(60, 190, 188, 214)


def lettered(ground: int, ink: int) -> Pixels:
    """Upright, lying and round strokes in a row, as lettering has, on a plain ground with grain."""
    pixels = np.full((240, SIDE, 3), ground, np.float64)
    left, top = int(WORD.left), int(WORD.top)
    for letter in range(7):
        x = left + letter * 18
        pixels[top : top + 24, x : x + 4] = ink
        pixels[top + 10 * (letter % 3) : top + 10 * (letter % 3) + 4, x : x + 14] = ink
        if letter % 2:
            pixels[top : top + 24, x + 10 : x + 14] = ink
    noise = np.random.default_rng(0).normal(0, 2, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("ground", "ink"), [(240, 20), (25, 245)])
@pytest.mark.parametrize("times", [1, 2])
def test_a_word_is_found_whatever_its_tone_and_size(ground: int, ink: int, times: int) -> None:
    pixels = np.kron(lettered(ground, ink), np.ones((times, times, 1), np.uint8))
    where = np.zeros(pixels.shape[:2], np.bool_)
    for box in find_marks(pixels):
        where[int(box.top) : int(np.ceil(box.bottom)), int(box.left) : int(np.ceil(box.right))] = True
    word = (slice(190 * times, 214 * times), slice(60 * times, 182 * times))
    assert where[word].mean() > 0.75
    assert where.sum() < 3 * where[word].size


def test_where_nothing_is_written_nothing_is_found() -> None:
    plain = np.full((120, 160, 3), 130, np.uint8)
    slope = np.repeat(np.linspace(20, 230, 160).astype(np.uint8)[None, :, None], 120, 0).repeat(3, 2)
    assert find_marks(plain) == find_marks(slope) == ()


def test_islands_that_touch_at_a_corner_are_one() -> None:
    inside = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]], np.bool_)
    found = label(inside)
    assert found[0, 0] == found[1, 1] > 0
    assert found[0, 3] == found[1, 3]
    assert len(np.unique(found[inside])) == 3
    assert (found[~inside] == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 400)])
def test_any_size_goes_through_and_what_is_no_picture_does_not(shape: tuple[int, int]) -> None:
    tiny = np.full((*shape, 3), 9, np.uint8)
    assert find_marks(tiny) == ()
    with pytest.raises(UsageError, match="uint8"):
        find_marks(tiny.astype(np.float32))
