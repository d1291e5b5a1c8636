"""Features: the same picture, the same numbers, whatever the batch, the cache or the company it came in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pictures as drawn
import pytest
import torch
from PIL import Image
from torch import nn

from genmark.brand import feature_store
from genmark.brand.backbones import Backbone, describe
from genmark.brand.feature_store import FeatureStore
from genmark.brand.features import cache_key, embed, stream
from genmark.brand.pictures import View, fit_picture, hash_file, load_picture, normalise, shrink, stack, view_of
from genmark.errors import PhotoError, UsageError, WriteError
from genmark.tensors import import_timm


def backbone(seed: int = 0, name: str = "test_efficientnet") -> Backbone:
    torch.manual_seed(seed)
    return describe("tiny", name, "mit", import_timm().create_model(name, pretrained=False, num_classes=0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nine pictures of odd shapes in colours of their own, and two files that are none."""
    place = tmp_path / "posts"
    place.mkdir()
    rng = np.random.default_rng(0)
    for number in range(9):
        shape = (40 + 37 * number, 300 - 20 * number, 3)
        tone = rng.integers(0, 200, 3) + rng.integers(0, 55, shape)
        Image.fromarray(tone.astype(np.uint8)).save(place / f"{number}.{'png' if number % 2 else 'jpg'}")
    (place / "4b.jpg").write_bytes(b"no picture")
    (place / "6b.jpg").write_bytes((place / "6.jpg").read_bytes()[:300])
    return place


def listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_what_cannot_be_read_is_left_out_and_named(folder: Path) -> None:
    found = embed(backbone(), listed(folder), batch=4)
    assert found.kept.tolist() == [0, 1, 2, 3, 4, 6, 7, 9, 10]
    assert [(path.name, error.code) for path, error in found.refused] == [
        ("4b.jpg", "not_a_photo"),
        ("6b.jpg", "truncated"),
    ]
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values).all()


def test_the_batch_does_not_matter(folder: Path) -> None:
    net = backbone()
    results = [embed(net, listed(folder), batch=size).values for size in (1, 2, 5, 64)]
    spread = results[0].std()
    for other in results[1:]:
        assert np.abs(other - results[0]).max() < 2e-3 * spread
    alone = embed(net, [folder / "3.png"]).values[0]
    assert np.abs(alone - results[0][3]).max() < 2e-3 * spread
    assert np.abs(results[0][3] - results[0][2]).max() > 2e-2 * spread  # another picture is further than that


def test_it_is_the_plain_loop(folder: Path) -> None:
    net = backbone()
    square = load_picture(folder / "2.jpg", view_of(net))
    x = (torch.tensor(square).permute(2, 0, 1)[None] / 255 - torch.tensor(net.mean).view(1, 3, 1, 1)) / torch.tensor(
        net.std
    ).view(1, 3, 1, 1)
    with torch.inference_mode():
        plain = net.network(x)[0].numpy()
    np.testing.assert_allclose(embed(net, [folder / "2.jpg"]).values[0], plain, rtol=2e-3, atol=2e-3 * plain.std())


def counting(net: Backbone) -> list[int]:
    """How many pictures the network has looked at, call by call."""
    seen: list[int] = []
    net.reader.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    return seen


def test_the_cache_answers_by_content(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_store, "SHARD", 4)
    net = backbone(name="test_convnext")  # without batch normalisation, nothing looks at it but for pictures
    seen = counting(net)
    first = embed(net, listed(folder), batch=3, cache=tmp_path / "cache")
    assert sum(seen) == 9
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) > 1
    shutil.copy(folder / "3.png", folder / "copy.png")
    again = embed(net, listed(folder), batch=2, cache=tmp_path / "cache")
    assert sum(seen) == 9
    np.testing.assert_array_equal(again.values[:-1], first.values)
    np.testing.assert_array_equal(again.values[-1], first.values[3])
    Image.new("RGB", (50, 50), "red").save(folder / "3.png")  # the same name, another picture
    changed = embed(net, listed(folder), cache=tmp_path / "cache")
    assert sum(seen) == 10
    assert (changed.values[3] != first.values[3]).any()


def test_other_weights_and_views_have_another_key() -> None:
    net, other = backbone(0), backbone(1)
    views = (view_of(net), view_of(net, "centre"), View(96))
    keys = {cache_key(b, v) for b in (net, other) for v in views}
    assert len(keys) == 6
    assert cache_key(net, views[0]) == cache_key(backbone(0), view_of(net))
    first = cache_key(net, views[0])
    with torch.no_grad():
        next(iter(net.network.parameters())).add_(1)  # tuned since
    assert cache_key(net, views[0]) != first


def test_a_damaged_shard_is_computed_again(folder: Path, tmp_path: Path) -> None:
    net = backbone()
    first = embed(net, listed(folder), cache=tmp_path)
    for shard in tmp_path.rglob("*.safetensors"):
        shard.write_bytes(shard.read_bytes()[:40])
    np.testing.assert_allclose(embed(net, listed(folder), cache=tmp_path).values, first.values, rtol=1e-2, atol=1e-3)
    for shard in tmp_path.rglob("*.safetensors"):
        assert FeatureStore(shard.parent, net.dim + 1).known == {}  # of another width


def test_a_cache_that_cannot_be_written_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError):
        embed(backbone(), listed(folder), cache=tmp_path / "file")


def test_nothing_to_look_at(tmp_path: Path) -> None:
    net = backbone()
    assert embed(net, []).values.shape == (0, net.dim)
    (tmp_path / "x.jpg").write_bytes(b"")
    found = embed(net, [tmp_path / "x.jpg", tmp_path / "absent.jpg"])
    assert (len(found.values), len(found.refused)) == (0, 2)
    with pytest.raises(UsageError, match="at least 1"):
        embed(net, [], batch=0)


def test_the_whole_picture_is_seen_and_the_centre_only_when_asked() -> None:
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, :60] = 255  # a white left edge
    whole, centre = (shrink(pixels, View(50, cut, 0.9)) for cut in ("whole", "centre"))
    assert whole.shape == centre.shape == (50, 50, 3)
    assert whole[:, :9].min() > 250
    assert centre.max() == 0


def test_the_centre_is_timms_own_transform() -> None:
    picture = drawn.astronaut().resize((400, 300))
    ours = shrink(np.asarray(picture), View(160, "centre", 0.875, "bicubic")).astype(float)
    transforms = import_timm().data.create_transform
    theirs = transforms((3, 160, 160), crop_pct=0.875, interpolation="bicubic", mean=(0, 0, 0), std=(1, 1, 1))(picture)
    difference = np.abs(ours - theirs.permute(1, 2, 0).numpy() * 255)
    assert difference.mean() < 3


def test_a_large_jpeg_is_decoded_small_and_looks_the_same() -> None:
    large = drawn.astronaut().resize((1600, 1200))
    view = View(160)
    small = fit_picture(drawn.encoded(large, "JPEG", quality=95), "x.jpg", view)
    assert drawn.psnr(small, shrink(np.asarray(large), view)) > 30


def test_a_batch_is_normalised_once() -> None:
    net = backbone()
    batch = normalise(stack([np.full((8, 8, 3), 255, np.uint8)]), net)
    expected = (1 - np.array(net.mean)) / np.array(net.std)
    np.testing.assert_allclose(batch[0, :, 0, 0].numpy(), expected, rtol=1e-6)


def test_a_picture_that_is_none_raises(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(PhotoError):
        load_picture(tmp_path / "a.jpg", View(32))


def test_features_too_large_for_half_precision_stay_finite(folder: Path) -> None:
    class Loud(nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return torch.full((len(pictures), 4), 1e6)

    net = backbone()
    loud = Backbone(net.name, net.model, net.licence, 4, net.size, net.crop, net.interpolation, net.mean, net.std,
                    net.network, Loud())  # fmt: skip
    assert np.isfinite(embed(loud, [folder / "0.jpg"]).values).all()


def test_blocks_are_the_whole_in_pieces(folder: Path) -> None:
    net = backbone()
    whole, blocks = embed(net, listed(folder)), list(stream(net, iter(listed(folder)), rows=4))
    assert [len(block.values) for block in blocks] == [4, 3, 2]  # of 4, 4 and 3 files
    np.testing.assert_array_equal(np.concatenate([block.values for block in blocks]), whole.values)
    np.testing.assert_array_equal(np.concatenate([block.kept for block in blocks]), whole.kept)
    assert [path for block in blocks for path, _ in block.refused] == [path for path, _ in whole.refused]
    with pytest.raises(UsageError, match="at least 1"):
        stream(net, [], rows=0)


def test_company_does_not_change_a_bit(folder: Path) -> None:
    net = backbone()
    whole = embed(net, listed(folder)).values
    np.testing.assert_array_equal(embed(net, listed(folder)[::-1]).values, whole[::-1])
    np.testing.assert_array_equal(embed(net, [folder / "3.png"]).values[0], whole[3])


def test_no_more_than_a_few_pictures_are_read_ahead(folder: Path) -> None:
    asked = []

    def names() -> Iterator[Path]:
        for number in range(1000):
            asked.append(number)
            yield folder / "0.jpg"

    blocks = stream(backbone(), names(), rows=2)
    next(blocks)
    blocks.close()
    assert len(asked) <= 2 + 4 * torch.get_num_threads()


def test_torch_keeps_the_threads_that_it_was_given(folder: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        embed(backbone(), [folder / "0.jpg"])
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_memory_holds_where_features_are_and_not_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_store, "SHARD", 3)
    values = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float16)
    names = [hash_file(bytes([number])) for number in range(7)]
    store = FeatureStore(tmp_path, 5)
    for name, row in zip(names, values, strict=True):
        store.add({name: row})
        assert len(store.waiting) < 3
    store.flush()
    for one in (store, FeatureStore(tmp_path, 5)):
        np.testing.assert_array_equal([one.get(name) for name in names], values)
        assert set(one.known) == set(names)
    for path in tmp_path.iterdir():
        path.unlink()
    assert store.get(names[0]) is None  # the cache was emptied meanwhile
    assert FeatureStore(None, 5).get(names[0]) is None
