"""The reader without weights: looks as features."""

from __future__ import annotations

import numpy as np
import torch

from genmark.brand.look import NAMES, describe_look
from genmark.brand.looks_reader import _TYPICAL, LooksReader, feature_of


def picture(seed: int, tint: tuple[int, int, int]) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    pixels = np.clip(np.array(tint) + rng.normal(0, 25, (64, 64, 3)), 0, 255)
    return torch.from_numpy(np.rint(pixels).astype(np.float32) / 255).permute(2, 0, 1)


def test_a_feature_is_the_look_of_the_same_pixels() -> None:
    one = picture(0, (180, 90, 60))
    pixels = np.ascontiguousarray((one * 255).round().byte().permute(1, 2, 0).numpy())
    assert np.array_equal(LooksReader()(one[None])[0].numpy(), feature_of(describe_look(pixels)))


def test_the_batch_does_not_matter_and_all_is_finite() -> None:
    pictures = torch.stack([picture(1, (200, 120, 60)), picture(2, (40, 60, 140)), torch.zeros(3, 64, 64)])
    reader = LooksReader().eval()
    together = reader(pictures)
    assert together.dtype == torch.float32
    assert together.shape == (3, len(NAMES) + 1 + 36)
    assert torch.isfinite(together).all()
    for place in range(3):
        assert torch.equal(reader(pictures[place : place + 1])[0], together[place])


def test_every_number_of_a_look_is_told() -> None:
    assert set(_TYPICAL) == set(NAMES) - {"hue"}


def test_warm_and_cool_lie_apart() -> None:
    reader = LooksReader()
    warm = reader(torch.stack([picture(n, (190, 110, 60)) for n in range(3)]))
    cool = reader(torch.stack([picture(n, (60, 110, 190)) for n in range(3)]))
    within = torch.cdist(warm, warm).max()
    assert torch.cdist(warm, cool).min() > 3 * within


def test_hues_on_both_sides_of_the_seam_are_neighbours() -> None:
    reds = [describe_look(np.full((32, 32, 3), colour, np.uint8)) for colour in ((200, 60, 115), (200, 60, 120))]
    assert [(look.hue or 0.0) > 180 for look in reds] == [False, True]
    one, other = (feature_of(look) for look in reds)
    assert np.abs(one - other).max() < 0.5


def test_its_state_holds_the_version_of_its_rules() -> None:
    state = LooksReader().state_dict()
    assert list(state) == ["version"]
