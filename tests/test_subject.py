"""Hats and bald heads are said plainly."""

from __future__ import annotations

import numpy as np
import pytest

from genmark.errors import SubjectError
from genmark.perceive import landmarks
from genmark.perceive.networks import PALETTE
from genmark.perceive.subject import check_hair
from genmark.types import Box, Face, Matte, Pose, Regions


def head(hair_rows: int, hat_rows: int = 0) -> Regions:
    """A round face of 40 px radius in a 200 px photo, with rows of hair or hat, 100 px wide, above it."""
    alpha, index = np.zeros((200, 200), np.float32), np.zeros((200, 200), np.uint8)
    alpha[80 - hair_rows : 80, 50:150] = 1.0
    index[80 - hair_rows : 80, 50:150] = PALETTE.index("hair")
    index[40 : 40 + hat_rows, 50:150] = PALETTE.index("hat")
    face = Face(Box(60, 80, 140, 160), np.zeros((landmarks.COUNT, 2), np.float32), Pose(0, 0, 0), 0.9)
    return Regions(index, PALETTE, {"hair": Matte(alpha)}, "portrait", 0.9, face)


def test_a_head_of_hair_passes() -> None:
    assert check_hair(head(30), "anna") is None


def test_a_bald_head_is_called_so() -> None:
    with pytest.raises(SubjectError, match="anna") as caught:
        check_hair(head(1), "anna")
    assert caught.value.code == "bald"


def test_a_hat_with_little_hair_below_is_called_so() -> None:
    with pytest.raises(SubjectError, match="without it") as caught:
        check_hair(head(10, hat_rows=25), "anna")
    assert caught.value.code == "hat"


def test_long_hair_under_a_hat_passes() -> None:
    assert check_hair(head(30, hat_rows=10), "anna") is None
