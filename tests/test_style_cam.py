from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from test_cam import noise, plant, random_network, ridge
from torch import Tensor, nn

from genmark.brand.backbones import StyleReader
from genmark.brand.style_cam import style_cam, style_parts


def random_reader(seed: int = 0) -> StyleReader:
    return StyleReader(random_network("test_resnet", classes=0, seed=seed)).eval()


def sample(seed: int, count: int = 4, side: int = 96) -> Tensor:
    return noise(count, seed=seed, side=side)


def test_the_parts_add_up_to_the_logit_but_for_its_constant() -> None:
    reader, pictures, classes = random_reader(), sample(1), torch.tensor([0, 1, 2, 1])
    with torch.no_grad():
        features = reader(pictures)
        probe = nn.Linear(features.shape[1], 3)
        wanted = (probe(features) - probe.bias).gather(1, classes[:, None])[:, 0]
    parts = style_parts(reader, pictures, classes, probe)
    assert len(parts) > 3
    assert sum(part.sum((1, 2, 3)) for part in parts).numpy() == pytest.approx(wanted.numpy(), abs=1e-4)


@pytest.mark.parametrize("pool", ["avg", "map"])
def test_a_transformers_parts_are_maps_and_add_up_too(pool: str) -> None:
    reader = StyleReader(random_network("test_vit", classes=0, global_pool=pool)).eval()
    pictures, classes = sample(1, side=160), torch.tensor([0, 1, 2, 1])
    with torch.no_grad():
        probe = nn.Linear(reader(pictures).shape[1], 3)
    parts = style_parts(reader, pictures, classes, probe)
    assert all(part.shape == (4, 1, 10, 10) for part in parts)
    assert style_cam(reader, pictures, classes, probe).shape == (4, 160, 160)
    with torch.no_grad():
        stages = reader.network.forward_intermediates(pictures, output_fmt="NCHW")[1]  # type: ignore[operator]
        weight = probe.weight[:, -reader(pictures).shape[1] + reader.network(pictures).shape[1] :]
        told = torch.cat([p for s in stages for p in (s.mean((2, 3)), s.flatten(2).std(2, correction=0))], 1)
        wanted = (told @ weight.T).gather(1, classes[:, None])[:, 0]
    assert sum(part.sum((1, 2, 3)) for part in parts[1:]).numpy() == pytest.approx(wanted.numpy(), abs=1e-3)


@cache
def patch_finder() -> tuple[StyleReader, nn.Module]:
    """A random reader, and a probe that learnt from its features which pictures hold a red patch, wherever it is."""
    reader, pictures, has = random_reader(), 0.3 * sample(2, 120, 160), torch.arange(120) % 2
    for n, (top, left) in enumerate(np.random.default_rng(3).integers(0, 129, (120, 2)).tolist()):
        if has[n]:
            plant(pictures[n], top, left)
    with torch.no_grad():
        return reader, ridge(reader(pictures), has)


@pytest.mark.parametrize("place", [(0, 0), (64, 64), (128, 96), (40, 110)])
def test_a_planted_patch_is_what_it_points_at(place: tuple[int, int]) -> None:
    (reader, probe), (top, left) = patch_finder(), place
    fresh = 0.3 * sample(4, 6, 160)
    for picture in fresh:
        plant(picture, top, left)
    heat = style_cam(reader, fresh, [1] * 6, probe)
    inside = heat[:, top : top + 32, left : left + 32].mean(axis=(1, 2))
    assert (inside > 3 * heat.mean(axis=(1, 2))).all()


def test_it_leaves_no_trace_and_keeps_its_range() -> None:
    reader, pictures = random_reader(), sample(5)
    with torch.no_grad():
        probe = nn.Linear(reader(pictures).shape[1], 3)
        heat = style_cam(reader, pictures, [0, 1, 2, 0], probe)
    assert (heat.shape, heat.dtype) == ((4, 96, 96), np.float32)
    assert heat.min() >= 0.0
    assert heat.max(axis=(1, 2)) == pytest.approx(np.ones(4))
    assert all(value.grad is None for value in (*reader.parameters(), *probe.parameters()))


def test_what_does_not_fit_is_refused() -> None:
    reader, probe = random_reader(), nn.Linear(1, 1)
    with pytest.raises(ValueError, match="one class for each"):
        style_cam(reader, sample(1), [0], probe)
    with pytest.raises(ValueError, match="no class"):
        style_cam(reader, sample(1), [0, 0, 0, 7], lambda features: features[:, :3])
    reader.network.train()
    with pytest.raises(ValueError, match="training mode"):
        style_cam(reader, sample(1), [0] * 4, probe)
