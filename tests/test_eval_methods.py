"""What is judged side by side: each method does what its name says, and leaves alone what it has to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from genmark.config import load_styles
from genmark.errors import UsageError
from genmark.evaluate.inpainting import LARGEST, opencv_fill
from genmark.evaluate.methods import Method, Moved, filled_by, from_restyler, untouched
from genmark.perceive.face import FaceParser
from genmark.photos import read
from genmark.restyle.hair.salon import Salon
from genmark.restyle.hair.stage import set_stage
from genmark.restyle.hair.under_network import Clearer, UnderNetwork
from genmark.tensors import pack_weights
from genmark.types import Bools, Photo, Pixels, Regions, Restyled

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"


@cache
def customer() -> tuple[Photo, Regions]:
    photo = read(SAMPLES / "long-blond.jpg")
    return photo, FaceParser()(photo)


@cache
def hidden() -> Bools:
    return set_stage(*customer()).under.hidden


def ask(method: Method) -> Restyled:
    """A bob on long hair: much of the old hair has to go."""
    made = method(*customer(), load_styles()["bob-cut"], 0)
    differs = (made.photo.pixels != customer()[0].pixels).any(axis=2)
    assert not (differs & ~made.changed.inside).any()
    return made


@cache
def unfinished() -> Restyled:
    return ask(from_restyler(Salon()))


def wall(high: int, wide: int) -> Pixels:
    """A slope of grey that any inpainting should continue."""
    slope = np.linspace(60, 180, wide)[None, :, None] + np.zeros((high, 1, 3))
    return np.rint(slope).astype(np.uint8)


@pytest.mark.parametrize("size", [(120, 160), (500, 2 * LARGEST)])
def test_opencv_fills_what_is_hidden_and_nothing_else(size: tuple[int, int]) -> None:
    pytest.importorskip("cv2", reason="OpenCV comes with the eval extra")
    truth, hole = wall(*size), np.zeros(size, bool)
    hole[size[0] // 4 : -size[0] // 4, size[1] // 4 : -size[1] // 4] = True
    spoilt = np.where(hole[..., None], np.array([255, 0, 0], np.uint8), truth)
    filled = opencv_fill()(spoilt, hole)
    np.testing.assert_array_equal(filled[~hole], truth[~hole])
    assert np.abs(filled[hole].astype(int) - truth[hole]).mean() < 25
    assert np.ptp(filled[hole].astype(int), axis=1).max() <= 1, "red of what was hidden is left"
    np.testing.assert_array_equal(opencv_fill()(spoilt, np.zeros(size, bool)), spoilt)


def test_without_opencv_one_sentence_names_the_extra() -> None:
    def knows_nothing(name: str) -> ModuleType:
        raise ImportError(name)

    with pytest.raises(UsageError, match=r"pip install 'genmark\[eval\]'") as caught:
        opencv_fill(knows_nothing)
    assert caught.value.code == "missing_extra"


def test_an_inpainting_is_seen_only_where_hair_was_hidden() -> None:
    """The same hair in the same places: no more than the ground below it differs."""

    def red(pixels: Pixels, where: Bools) -> Pixels:
        return np.full_like(pixels, 0) + np.array([255, 0, 0], np.uint8)

    made = ask(Moved(filled_by(red)))
    differs = (made.photo.pixels != unfinished().photo.pixels).any(axis=2)
    assert made.matte is not None
    assert unfinished().matte is not None
    np.testing.assert_array_equal(made.matte.alpha, unfinished().matte.alpha)
    assert not (differs & ~hidden()).any()
    bare = hidden() & (made.matte.alpha == 0) & made.changed.inside
    assert (made.photo.pixels[bare][:, 1] == 0).mean() > 0.9


def test_opencv_can_lie_under_the_hair() -> None:
    pytest.importorskip("cv2", reason="OpenCV comes with the eval extra")
    made = ask(Moved(filled_by(opencv_fill())))
    assert (made.photo.pixels != unfinished().photo.pixels).any(axis=2)[hidden()].mean() > 0.2


def test_a_paste_leaves_the_old_hair() -> None:
    made, photo = ask(Moved(untouched)), customer()[0]
    assert made.matte is not None
    bare = hidden() & (made.matte.alpha == 0)
    assert bare.sum() > 1000
    np.testing.assert_array_equal(made.photo.pixels[bare], photo.pixels[bare])


def test_the_learned_under_layer_is_seen_where_hair_was_hidden(tmp_path: Path) -> None:
    network = UnderNetwork()
    torch.nn.init.constant_(network.leave[0].bias, 1.0)  # 0.2 brighter everywhere
    weights = tmp_path / "under.safetensors"
    weights.write_bytes(pack_weights(network.state_dict(), "none", {}))
    made = ask(from_restyler(Salon(clearer=Clearer(weights))))
    brighter = made.photo.pixels.astype(int) - unfinished().photo.pixels
    assert not brighter[~hidden()].any()
    assert brighter[hidden()].mean() > 10
