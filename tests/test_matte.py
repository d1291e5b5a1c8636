"""The matte follows the photo's edges, not the network's."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from genmark.perceive.matte import refine


def disc(side: int, radius: float) -> torch.Tensor:
    ys, xs = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    distance = ((xs - side / 2) ** 2 + (ys - side / 2) ** 2).sqrt()
    return (radius + 0.5 - distance).clamp(0, 1)[None, None]


def painted(alpha: torch.Tensor) -> torch.Tensor:
    hair, wall = torch.tensor([0.2, 0.1, 0.05]).view(1, 3, 1, 1), torch.tensor([0.8, 0.85, 0.9]).view(1, 3, 1, 1)
    noise = 0.01 * torch.randn(1, 3, *alpha.shape[-2:], generator=torch.Generator().manual_seed(0))
    return (hair * alpha + wall * (1 - alpha) + noise).clamp(0, 1)


def test_a_blurred_matte_becomes_sharp_where_the_photo_is() -> None:
    truth = disc(400, 120.0)
    coarse = F.interpolate(F.interpolate(truth, size=(50, 50), mode="area"), size=(100, 100), mode="bilinear")
    before = F.interpolate(coarse, size=(400, 400), mode="bilinear")
    after = refine(coarse, painted(truth))
    assert float((after - truth).abs().mean()) < 0.4 * float((before - truth).abs().mean())


def test_far_from_the_border_the_network_is_believed() -> None:
    truth = disc(300, 80.0)
    after = refine(F.interpolate(truth, size=(75, 75), mode="area"), painted(truth))
    assert float(after[0, 0, :20, :20].max()) == 0.0
    assert float(after[0, 0, 140:160, 140:160].min()) == 1.0


def test_the_answer_has_the_photos_size_and_stays_in_range() -> None:
    photo = torch.rand(1, 3, 333, 217, generator=torch.Generator().manual_seed(1))
    after = refine(torch.rand(1, 1, 40, 26, generator=torch.Generator().manual_seed(2)), photo)
    assert after.shape == (1, 1, 333, 217)
    assert 0.0 <= float(after.min()) <= float(after.max()) <= 1.0
