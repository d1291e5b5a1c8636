"""Copies of pictures: exact and near, against brute force, and on the packs."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from shared_data import pack

from genmark.brand import hashes
from genmark.brand.posts import read_posts

SAMPLES = sorted((Path(__file__).resolve().parents[1] / "genmark/samples").glob("*.jpg"))


def drawn(seed: int, side: int = 240) -> Image.Image:
    """A picture of a few soft blobs of its own."""
    cells = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), np.uint8)
    return Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC)


def brute(bits: NDArray[np.uint64], most: int) -> set[tuple[int, int]]:
    differ = np.bitwise_count(bits[:, None] ^ bits[None]) <= most
    return {(int(i), int(j)) for i, j in np.argwhere(np.triu(differ, 1))}


def found(bits: NDArray[np.uint64], most: int) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for pairs in hashes.near_pairs(bits, most) for i, j in pairs}


@pytest.mark.parametrize("most", [0, 1, 6, 8, 20, 63, 64])
@pytest.mark.parametrize("spread", [3, 64])
def test_pairs_are_those_of_brute_force(most: int, spread: int) -> None:
    rng = np.random.default_rng(most)
    bits = rng.integers(0, 2**63, 120, np.uint64) * np.uint64(2) + rng.integers(0, 2, 120, np.uint64)
    bits[40:] = bits[rng.integers(0, 40, 80)]  # relatives: a few bits flipped
    for _ in range(spread // 8):
        bits[40:] ^= np.uint64(1) << rng.integers(0, 64, 80, np.uint64)
    assert found(bits, most) == brute(bits, most)


def test_pairs_of_nothing_and_of_one() -> None:
    assert found(np.zeros(0, np.uint64), 6) == set()
    assert found(np.zeros(1, np.uint64), 6) == set()
    assert found(np.zeros(3, np.uint64), 0) == {(0, 1), (0, 2), (1, 2)}


def test_blocks_of_rows_miss_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bits = np.random.default_rng(1).integers(0, 8, 200, np.uint64)
    whole = found(bits, 2)
    monkeypatch.setattr(hashes, "_CHUNK", 700)
    assert found(bits, 2) == whole == brute(bits, 2)


def test_twenty_thousand_are_compared_in_seconds() -> None:
    bits = np.random.default_rng(0).integers(0, 2**63, 20_000, np.uint64)
    bits[10_000:10_500] = bits[:500] ^ np.uint64(0b1010011)
    started = time.perf_counter()
    pairs = found(bits, hashes.BITS)
    assert {(i, i + 10_000) for i in range(500)} <= pairs
    assert time.perf_counter() - started < 10.0  # 0.13 s on a free core; all pairs 1.3 s


def test_the_hash_is_as_published() -> None:
    ramp = np.repeat(np.arange(9, dtype=np.uint8)[None, :, None] * 20, 8, axis=0).repeat(3, axis=2)
    assert hashes.dhash(np.ascontiguousarray(ramp)) == 2**64 - 1
    assert hashes.dhash(np.ascontiguousarray(ramp[:, ::-1])) == 0
    first = np.zeros((8, 9, 3), np.uint8)
    first[0, 1] = 255
    assert hashes.dhash(first) == 1
    first[0, 1], first[7, 8] = 0, 255
    assert hashes.dhash(first) == 1 << 63


def saved(image: Image.Image, path: Path, quality: int = 95) -> Path:
    image.save(path, quality=quality)
    return path


def test_copies_are_grouped_and_the_broken_are_listed(tmp_path: Path) -> None:
    one = drawn(1)
    paths = [
        saved(one, tmp_path / "a.jpg"),
        saved(drawn(2), tmp_path / "b.jpg"),
        saved(one, tmp_path / "recompressed.jpg", 40),
        saved(one.resize((120, 120)), tmp_path / "small.jpg"),
        saved(ImageEnhance.Brightness(one).enhance(1.1), tmp_path / "brighter.jpg"),
        tmp_path / "cut.jpg",
        tmp_path / "absent.jpg",
        tmp_path / "exact.jpg",
    ]
    paths[5].write_bytes(paths[0].read_bytes()[:300])
    paths[7].write_bytes(paths[1].read_bytes())
    got = hashes.hash_pictures(paths)
    assert set(got.broken) == {5, 6}
    assert "cut.jpg" in got.broken[5]
    assert got.sha256[6] == ""
    assert hashes.exact_copies(got.sha256) == ((1, 7),)
    groups = hashes.near_copies(got)
    assert groups.tolist() == [0, 1, 0, 0, 0, 5, 6, 1]
    brands = ["x", "x", "x", "x", "y", "x", "x", "x"]
    assert hashes.across(groups, brands) == ((0, 2, 3, 4),)


def test_plain_pictures_share_a_hash_but_are_not_copies(tmp_path: Path) -> None:
    colours = ["white", "black", "red", "lime", "#fefefe"]
    paths = [saved(Image.new("RGB", (64, 64), colour), tmp_path / f"{i}.png") for i, colour in enumerate(colours)]
    got = hashes.hash_pictures(paths)
    assert set(got.bits.tolist()) == {0}
    assert hashes.near_copies(got).tolist() == [0, 1, 2, 3, 0]


def test_different_people_are_no_copies_and_a_folder_hashes_the_same_twice() -> None:
    got, again = (hashes.hash_pictures(SAMPLES, workers) for workers in (1, 3))
    assert len(SAMPLES) > 1
    assert (got.bits == again.bits).all()
    assert (hashes.near_copies(got) == np.arange(len(SAMPLES))).all()


def test_nothing_hashes_to_nothing() -> None:
    got = hashes.hash_pictures([])
    assert got.thumbs.shape == (0, 16, 16, 3)
    assert hashes.near_copies(got).tolist() == []


def test_the_brand_pack_has_no_copies_and_its_copies_are_found() -> None:
    posts = [post for post in read_posts(pack("brands") / "posts.csv") if post.split in ("train", "val")]
    got = hashes.hash_pictures([post.path for post in posts])
    assert not got.broken
    assert len(set(hashes.near_copies(got).tolist())) == len(posts) == 720
    hits = 0
    for place in range(0, 720, 12):
        file = io.BytesIO()
        with Image.open(posts[place].path) as image:
            image.resize((image.width // 2, image.height // 2)).save(file, "JPEG", quality=60)
        pixels = np.asarray(Image.open(file))
        hits += (hashes.dhash(pixels) ^ int(got.bits[place])).bit_count() <= hashes.BITS
    assert hits >= 57  # of 60
