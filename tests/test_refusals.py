"""What `photos` refuses: too large, no file, empty, cut off. (Bombs are in test_guard, disguises in test_formats.)"""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pictures
import pytest

from genmark import photos
from genmark.errors import PhotoError
from genmark.photos import Limits

needs_heic = pytest.mark.skipif(not pictures.HEIC, reason="the heic extra is not installed")


@pytest.mark.parametrize(
    "limits",
    [Limits(file_bytes=1000), Limits(pixels=40 * 28 - 1), Limits(side=39)],
    ids=["bytes", "pixels", "side"],
)
@pytest.mark.parametrize("form", pictures.FORMATS)
def test_every_limit_holds_for_every_format(form: str, limits: Limits, tmp_path: Path) -> None:
    data = pictures.encoded(pictures.small(), form).ljust(1001, b"\0")
    path = tmp_path / "big.any"
    path.write_bytes(data)
    pattern = r"^big\.any (is larger|has 40 x 28)"
    with pytest.raises(PhotoError, match=pattern) as in_memory:
        photos.read_bytes(data, "big.any", limits=limits)
    with pytest.raises(PhotoError, match=pattern) as on_disk:
        photos.read(path, limits=limits)
    assert (in_memory.value.code, on_disk.value.code) == ("too_large", "too_large")


def test_a_picture_right_at_the_limits_is_read() -> None:
    data = pictures.encoded(pictures.small(), "PNG")
    limits = Limits(file_bytes=len(data), pixels=40 * 28, side=40)
    assert photos.read_bytes(data, "x", limits=limits).size == (40, 28)


def test_limits_are_frozen_and_default_to_64_megapixels() -> None:
    assert Limits().pixels == 64_000_000
    with pytest.raises(dataclasses.FrozenInstanceError):
        Limits().pixels = 1  # type: ignore[misc]


@pytest.mark.parametrize("path", ["nowhere.jpg", ".", "no\0where.jpg", "a" * 300, "file.png/inside.png"])
def test_what_is_no_file_is_unreadable(path: str, tmp_path: Path) -> None:
    (tmp_path / "file.png").write_bytes(b"x")
    with pytest.raises(PhotoError, match=r"cannot be read|not a file") as caught:
        photos.read(f"{tmp_path}/{path}")
    assert caught.value.code == "unreadable"


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices are POSIX")
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)], ids=["pipe", "device"])
def test_a_pipe_or_device_is_refused_and_not_waited_for(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "photo.jpg")
    messages: list[str] = []

    def attempt() -> None:
        try:
            photos.read(tmp_path / "photo.jpg")
        except PhotoError as error:
            messages.append(str(error))

    thread = threading.Thread(target=attempt, daemon=True)  # one that waits would wait for ever
    thread.start()
    thread.join(5)
    assert messages == ["photo.jpg is a folder or a device, not a file; name the photo itself"]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "private.png"
    path.write_bytes(pictures.encoded(pictures.small(), "PNG"))
    path.chmod(0)
    with pytest.raises(PhotoError, match="Permission denied") as caught:
        photos.read(path)
    assert caught.value.code == "unreadable"


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "none.jpg").touch()
    with pytest.raises(PhotoError, match=r"^none\.jpg is an empty file") as on_disk:
        photos.read(tmp_path / "none.jpg")
    with pytest.raises(PhotoError, match=r"^none\.jpg is an empty file") as in_memory:
        photos.read_bytes(b"", "none.jpg")
    assert (in_memory.value.code, on_disk.value.code) == ("empty", "empty")


@functools.cache
def whole(form: str) -> bytes:
    return pictures.encoded(pictures.hopper().resize((256, 300)), form)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("form", [*pictures.FORMATS, pytest.param("HEIF", marks=needs_heic)])
def test_a_cut_file_is_truncated(form: str, share: float) -> None:
    data = whole(form)
    with pytest.raises(PhotoError, match=r"^cut\.any is .*(cut off|beginning)") as caught:
        photos.read_bytes(data[: int(len(data) * share)], "cut.any")
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("length", [8, 11, 12, 16, 30])
@pytest.mark.parametrize("form", [*pictures.FORMATS, pytest.param("HEIF", marks=needs_heic)])
def test_a_file_cut_in_its_header_is_truncated(form: str, length: int) -> None:
    with pytest.raises(PhotoError, match="copy") as caught:
        photos.read_bytes(whole(form)[:length], "cut.any")
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
def test_three_bytes_of_a_picture_are_known_as_its_beginning(form: str) -> None:
    with pytest.raises(PhotoError, match=r"beginning|cut off") as caught:
        photos.read_bytes(whole(form)[:3], "cut.any")
    assert caught.value.code == "truncated"


def test_a_raw_file_is_not_mistaken_for_its_thumbnail() -> None:
    tags = {258: (3, 1, 8), 262: (3, 1, 1), 273: (4, 1, 512), 278: (3, 1, 2), 279: (4, 1, 4)}
    assert photos.read_bytes(pictures.tiff(2, 2, tags, bytes(4)), "x").size == (2, 2)
    for extra in ({50706: (1, 4, 0x00000401)}, {254: (4, 1, 1), 330: (4, 1, 600)}):
        with pytest.raises(PhotoError, match="raw file") as caught:
            photos.read_bytes(pictures.tiff(2, 2, {**tags, **extra}, bytes(4)), "x")
        assert caught.value.code == "unsupported"
