"""The learned under layer: its view of a head, what is hidden for it and what is not, and its run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from test_under import SIDE as CANVAS
from test_under import head

from genmark.perceive.pose import HeadFrame, head_frame
from genmark.restyle.hair.under import clear
from genmark.restyle.hair.under_network import Clearer, UnderNetwork
from genmark.restyle.hair.under_view import PLANES, SIDE, put_back, view_of
from genmark.tensors import load_weights, pack_weights
from genmark.train import adversarial, hair_under
from genmark.train.adversarial import Shown
from genmark.train.hair_under import Batch, UnderRecipe, evaluate, show
from genmark.train.hidden import borrow, hide, make_hidden, prepare
from genmark.train.packs import Packs, read_settings
from genmark.train.portraits import Portraits

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "train" / "hair_under.toml"
RECIPE = UnderRecipe(steps=2, batch=2, variants=1, workers=0, evaluate_every=1, critic_from=0)


@cache
def people() -> Portraits:
    """Four drawn heads with hair of different lengths."""
    drawn = [head(fall, fringe) for fall, fringe in ((0.3, -0.25), (0.75, -0.2), (1.1, -0.15), (0.1, -0.3))]
    faces = [regions.face for _, regions in drawn]
    return Portraits(
        pictures=torch.stack([torch.from_numpy(photo.pixels.copy()).permute(2, 0, 1) for photo, _ in drawn]),
        mattes=torch.stack(
            [torch.from_numpy((255 * r.mattes["hair"].alpha).round().astype(np.uint8)) for _, r in drawn]
        ),
        index=torch.stack([torch.from_numpy(regions.index.copy()) for _, regions in drawn]),
        sizes=torch.full((4, 2), float(CANVAS)),
        points=torch.stack([torch.from_numpy(face.landmarks.copy()) for face in faces if face]),
        poses=torch.zeros(4, 3),
        quality=torch.ones(4),
        weight=torch.ones(4),
        ids=("a", "b", "c", "d"),
    )


def test_the_view_puts_the_eyes_where_it_says_and_a_change_back_where_it_was_cut() -> None:
    frame = HeadFrame((300.0, 220.0), 130.0, 12.0)
    rows, columns = np.mgrid[0:480, 0:500].astype(np.float32)
    view = view_of(frame, (500, 480))
    seen = view.cut(np.dstack([columns, rows]))
    np.testing.assert_allclose(seen[round(0.375 * SIDE), SIDE // 2], frame.origin, atol=2.0)
    back = put_back(seen, frame, (slice(110, 300), slice(200, 380)))
    np.testing.assert_allclose(back[..., 0], columns[110:300, 200:380], atol=1.0)
    np.testing.assert_allclose(back[..., 1], rows[110:300, 200:380], atol=1.0)


def test_a_matte_is_borrowed_in_place_and_size() -> None:
    alpha = np.zeros((100, 100), np.float32)
    alpha[20:40, 30:40] = 1.0
    here, there = HeadFrame((100.0, 100.0), 40.0, 0.0), HeadFrame((50.0, 50.0), 20.0, 0.0)
    moved = borrow(alpha, here, there, (200, 200), mirrored=False)
    np.testing.assert_allclose(moved[42:78, 62:78], 1.0)
    assert abs(float(moved.sum()) / float(alpha.sum()) - 4.0) < 0.3
    mirrored = borrow(alpha, here, there, (200, 200), mirrored=True)
    np.testing.assert_allclose(mirrored[42:78, 124:138], 1.0)


def test_what_counts_as_known_is_hidden_and_never_the_persons_own_hair() -> None:
    (photo, regions), (_, other) = head(0.3), head(1.1)
    planes, truth, known = make_hidden(photo, regions, other, np.random.default_rng(1))
    assert planes.shape == (SIDE, SIDE, PLANES)
    own = view_of(head_frame(regions.face.landmarks), photo.size).cut(regions.mattes["hair"].alpha[..., None])
    assert known.mean() > 0.02
    assert own[known > 0].max() < 0.02
    assert (planes[..., 3:4][known > 0] > 0).all()
    np.testing.assert_allclose(planes[..., :3][planes[..., 3] == 0], truth[planes[..., 3] == 0], atol=0.02)


def test_eyes_and_mouth_are_never_hidden_by_a_borrowed_fringe() -> None:
    (photo, regions), (_, other) = head(0.3), head(1.1, fringe=0.3)
    index = regions.index.copy()
    index[205:216, 205:276] = regions.palette.index("eyes")
    eyes = type(regions)(index, regions.palette, regions.mattes, "portrait", 1.0, regions.face)
    hidden = hide(photo, eyes, other, np.random.default_rng(3)).mattes["hair"].alpha
    assert hidden[208:213, 215:265].max() < 0.05


def test_examples_repeat_with_their_seed() -> None:
    one, other, third = (prepare(people(), 1, seed, workers=0) for seed in (5, 5, 6))
    assert torch.equal(one.planes, other.planes)
    assert not torch.equal(one.planes, third.planes)


def test_a_fresh_network_is_the_classical_fill() -> None:
    data = prepare(people(), 1, 5, workers=0)
    scores = evaluate(UnderNetwork().eval(), data)
    assert scores["gain"] == pytest.approx(0.0, abs=1e-4)


def test_the_critic_cannot_tell_by_the_hair_that_nobody_sees_under() -> None:
    data = prepare(people(), 1, 5, workers=0)
    batch = hair_under.pick(data, torch.arange(4))
    shown = show(UnderNetwork(), batch)
    differs = ((shown.made - shown.real).abs().amax(1, keepdim=True) > 0.02).float()
    assert float((differs * batch.unknown).sum()) == 0.0
    assert float((differs * batch.known).sum()) > 0.0
    assert not shown.real.requires_grad
    assert isinstance(batch, Batch)


def test_a_run_writes_weights_that_load_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    packs = Packs(people(), people(), torch.zeros((0, 3, 320, 320), dtype=torch.uint8))
    told: list[dict[str, float]] = []
    best = adversarial.run(hair_under.job(packs, RECIPE), RECIPE, tmp_path, told.append)
    assert load_weights(UnderNetwork(), best).licence == "Apache-2.0"
    longer = RECIPE.model_copy(update={"steps": 3})
    adversarial.run(hair_under.job(packs, longer), longer, tmp_path, told.append)
    assert [scores["step"] for scores in told] == [1, 2, 3]
    assert {"psnr", "psnr_fill", "l1", "critic", "features"} <= told[-1].keys()


def test_the_network_changes_hidden_pixels_only(tmp_path: Path) -> None:
    network = UnderNetwork()
    torch.nn.init.normal_(network.leave[0].weight, std=0.05, generator=torch.Generator().manual_seed(0))
    weights = tmp_path / "under.safetensors"
    weights.write_bytes(pack_weights(network.state_dict(), "Apache-2.0", {}))
    photo, regions = head()
    plain, mended = clear(photo, regions), Clearer(weights)(photo, regions)
    np.testing.assert_array_equal(mended.pixels[~mended.hidden], photo.pixels[~mended.hidden])
    assert (mended.pixels != plain.pixels).any(axis=2)[plain.share > 0.5].mean() > 0.5


def test_the_shipped_settings_are_read() -> None:
    settings = read_settings(CONFIG, UnderRecipe)
    assert settings.recipe.say(settings.recipe.critic_from) == 0.0
    assert settings.recipe.say(settings.recipe.steps) == settings.recipe.critic


def test_features_and_critic_teach_only_where_there_is_something_to_please() -> None:
    made = torch.rand(1, 3, 32, 32, requires_grad=True)
    pleaded = torch.zeros(1, 1, 32, 32)
    pleaded[..., :16] = 1
    shown = Shown(made, torch.rand(1, 3, 32, 32), pleaded, pleaded, torch.ones(1)).looked_at()
    wide = torch.nn.functional.avg_pool2d(shown.made - shown.real, 9, 1, 4)
    wide.square().sum().backward()
    assert made.grad is not None
    assert float(made.grad[..., 16:].abs().max()) == 0.0
    assert float(made.grad[..., :16].abs().mean()) > 0.0
