from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genmark.brand.cam import grad_cam
from genmark.errors import UsageError
from genmark.tensors import import_timm
from genmark.types import Floats

CNNS = {
    "test_resnet": {},
    "test_efficientnet": {},
    "test_convnext": {},
    "mobilenetv3_small_050": {},
    "swin_tiny_patch4_window7_224": {"img_size": 64, "embed_dim": 12, "depths": (1, 1, 1, 1), "window_size": 2},
}


def random_network(name: str, classes: int = 4, seed: int = 0, **options: Any) -> Any:
    torch.manual_seed(seed)
    return import_timm().create_model(name, pretrained=False, num_classes=classes, **options).eval()


def noise(count: int, seed: int = 0, side: int = 64) -> Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def by_hooks(network: Any, picture: Tensor, wanted: int) -> Floats:
    """Grad-CAM as it is usually written: hooks, one picture, a whole backward pass through the whole network."""
    kept: dict[str, Tensor] = {}
    last = network.forward_features

    def remember(pictures: Tensor) -> Tensor:
        found: Tensor = last(pictures)
        found.register_hook(lambda slope: kept.update(slope=slope))
        kept["map"] = found
        return found

    network.forward_features = remember
    network(picture[None])[0, wanted].backward()
    network.forward_features = last
    network.zero_grad(set_to_none=True)
    features, slope = kept["map"][0].detach(), kept["slope"][0]
    if features.shape[0] != network.num_features:
        features, slope = features.permute(2, 0, 1), slope.permute(2, 0, 1)
    heat = (slope.mean((1, 2))[:, None, None] * features).sum(0).relu()
    grown = nn.functional.interpolate(heat[None, None], size=picture.shape[-2:], mode="bilinear")[0, 0]
    return (grown / grown.max()).numpy() if grown.max() > 0 else grown.numpy()


@pytest.mark.parametrize("name", CNNS)
def test_it_is_grad_cam_and_leaves_no_trace(name: str) -> None:
    network, pictures, classes = random_network(name, **CNNS[name]), noise(4), [0, 1, 2, 3]
    before = {key: value.clone() for key, value in network.state_dict().items()}
    heat = grad_cam(network, pictures, classes)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all((before[key] == value).all() for key, value in network.state_dict().items())
    plain = np.stack([by_hooks(network, picture, wanted) for picture, wanted in zip(pictures, classes, strict=True)])
    assert heat.dtype == np.float32
    assert heat.shape == (4, 64, 64)
    assert heat == pytest.approx(plain, abs=1e-4)
    assert len(np.unique(heat)) > 100, "nothing is shown"


def plant(picture: Tensor, top: int, left: int) -> None:
    picture[:, top : top + 32, left : left + 32] = torch.tensor([2.0, -1.0, -1.0])[:, None, None]


@cache
def patch_finder() -> tuple[nn.Module, nn.Module]:
    """A random network, and a probe that learnt from its features which pictures hold a red patch, wherever it is."""
    network = random_network("test_resnet", classes=0)
    pictures, has = 0.3 * noise(160, seed=2, side=160), torch.arange(160) % 2
    for n, (top, left) in enumerate(np.random.default_rng(3).integers(0, 129, (160, 2)).tolist()):
        if has[n]:
            plant(pictures[n], top, left)
    with torch.no_grad():
        return network, ridge(network(pictures), has)


@pytest.mark.parametrize("place", [(0, 0), (64, 64), (128, 96), (40, 110)])
def test_a_planted_patch_is_what_it_points_at(place: tuple[int, int]) -> None:
    network, probe = patch_finder()
    fresh, (top, left) = 0.3 * noise(8, seed=4, side=160), place
    for picture in fresh:
        plant(picture, top, left)
    with torch.no_grad():
        assert (probe(network(fresh)).argmax(1) == 1).all()
    heat = grad_cam(network, fresh, [1] * 8, logits=probe)
    inside = heat[:, top : top + 32, left : left + 32].mean(axis=(1, 2))
    assert (inside > 2.5 * heat.mean(axis=(1, 2))).all()
    peaks = np.stack(np.unravel_index(heat.reshape(8, -1).argmax(axis=1), heat.shape[1:]), axis=1)
    assert (np.abs(peaks - np.array(place) - 16) <= 32).all(), "the peak is within a cell of the patch's middle"


def ridge(features: Tensor, labels: Tensor) -> nn.Linear:
    """Two logits by least squares, with a little weight decay."""
    mean, scale = features.mean(0), features.std(0) + 1e-6
    rows = torch.cat(((features - mean) / scale, torch.ones(len(features), 1)), 1).double()
    targets = nn.functional.one_hot(labels).double() * 2 - 1
    solved = torch.linalg.solve(rows.T @ rows + 1.0 * torch.eye(rows.shape[1]), rows.T @ targets).float()
    probe = nn.Linear(features.shape[1], 2)
    with torch.no_grad():
        probe.weight.copy_((solved[:-1] / scale[:, None]).T)
        probe.bias.copy_(solved[-1] - probe.weight @ mean)
    return probe


def test_each_picture_is_explained_alone_and_the_class_matters() -> None:
    network, pictures = random_network("test_efficientnet"), noise(3)
    together = grad_cam(network, pictures, [0, 1, 2])
    alone = np.concatenate([grad_cam(network, pictures[n : n + 1], [n]) for n in range(3)])
    assert together == pytest.approx(alone, abs=1e-4)
    assert np.abs(grad_cam(network, pictures, [3, 3, 3]) - together).mean() > 0.05


def test_it_works_where_gradients_are_switched_off() -> None:
    network, pictures = random_network("test_resnet"), noise(1)
    with torch.no_grad():
        inside = grad_cam(network, pictures, [2])
    assert inside == pytest.approx(grad_cam(network, pictures, [2]), abs=1e-6)


def test_nothing_that_speaks_for_a_class_is_zeros() -> None:
    network = random_network("test_resnet")
    with torch.no_grad():
        network.fc.weight[1] = 0.0
    heat = grad_cam(network, noise(2), [1, 1])
    assert (heat == 0.0).all()


def tokens_by_hooks(network: Any, pictures: Tensor, wanted: int) -> Floats:
    """Grad-CAM of a transformer as it is usually written: hooks on its last block, a whole backward pass."""
    kept: dict[str, Tensor] = {}

    def remember(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        given[0].retain_grad()
        kept["tokens"] = given[0]

    hook = network.blocks[-1].register_forward_pre_hook(remember)
    network(pictures.clone().requires_grad_())[:, wanted].sum().backward()
    hook.remove()
    network.zero_grad(set_to_none=True)
    tokens, slope = (part[:, network.num_prefix_tokens :] for part in (kept["tokens"].detach(), kept["tokens"].grad))
    heat = (slope.mean(1, keepdim=True) * tokens).sum(2).relu().unflatten(1, (10, 10))
    grown = nn.functional.interpolate(heat[:, None], size=(160, 160), mode="bilinear")[:, 0]
    return (grown / grown.amax((1, 2), keepdim=True)).numpy()


@pytest.mark.parametrize("pool", ["token", "avg", "map"])
def test_a_transformer_is_asked_before_its_last_block(pool: str) -> None:
    """After it, only the token that is read has a slope: a map of zeros."""
    network, pictures = random_network("test_vit", global_pool=pool), noise(2, side=160)
    heat = grad_cam(network, pictures, [1, 1])
    assert heat == pytest.approx(tokens_by_hooks(network, pictures, 1), abs=1e-4)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert len(np.unique(heat)) > 100, "nothing is shown"


@pytest.mark.parametrize("pool", ["avg", "map"])  # of random weights, a class token hardly learns what a patch is
def test_a_transformer_points_at_a_planted_patch(pool: str) -> None:
    network = random_network("test_vit", classes=0, global_pool=pool)
    pictures, has = 0.3 * noise(80, seed=2, side=160), torch.arange(80) % 2
    for n, (top, left) in enumerate(np.random.default_rng(3).integers(0, 129, (80, 2)).tolist()):
        if has[n]:
            plant(pictures[n], top, left)
    with torch.no_grad():
        probe = ridge(network(pictures), has)
    fresh = 0.3 * noise(4, seed=4, side=160)
    for picture in fresh:
        plant(picture, 32, 96)
    heat = grad_cam(network, fresh, [1] * 4, logits=probe)
    assert (heat[:, 32:64, 96:128].mean((1, 2)) > 5 * heat.mean((1, 2))).all()


def test_tokens_that_are_pooled_otherwise_are_refused_with_a_way_out() -> None:
    network = random_network("eva02_tiny_patch14_224", img_size=56)
    with pytest.raises(UsageError, match="choose a convolutional backbone"):
        grad_cam(network, noise(1, side=56), [0])


def test_what_does_not_fit_is_refused() -> None:
    network, pictures = random_network("test_resnet"), noise(2)
    with pytest.raises(ValueError, match="one class for each of 2"):
        grad_cam(network, pictures, [0])
    for wanted in (4, -1):
        with pytest.raises(ValueError, match="no class"):
            grad_cam(network, pictures, [0, wanted])
    with pytest.raises(ValueError, match="training mode"):
        grad_cam(network.train(), pictures, [0, 1])
