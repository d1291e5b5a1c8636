from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from genmark import files
from genmark.errors import PhotoError, WriteError


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow beyond 4 kB, as on a full disk. Only around the write itself: pytest's own log may be a file."""
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_half(path: Path, error: type[BaseException]) -> None:
    with files.atomically(path) as draft:
        draft.write_bytes(b"half of it")
        raise error


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    files.write_bytes(tmp_path / "a.bin", b"one")
    files.write_bytes(str(tmp_path / "a.bin"), b"two")
    files.write_text(tmp_path / "나.txt", "안녕\r\n")
    assert files.read_bytes(tmp_path / "a.bin") == b"two"
    assert (tmp_path / "나.txt").read_bytes() == "안녕\r\n".encode()
    assert names(tmp_path) == ["a.bin", "나.txt"]


def test_a_file_written_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    files.write_bytes(tmp_path / "ours", b"x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("before", [None, b"kept"])
def test_a_failure_midway_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException], before: bytes | None
) -> None:
    path = tmp_path / "page.html"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(WriteError if error is OSError else error):
        write_half(path, error)
    assert (path.read_bytes() if path.exists() else None) == before
    assert names(tmp_path) == ([] if before is None else ["page.html"])


def test_the_draft_is_a_neighbour_with_the_same_suffix(tmp_path: Path) -> None:
    with files.atomically(tmp_path / "clip.mp4") as draft:
        assert draft.parent == tmp_path
        assert draft.suffix == ".mp4"
        draft.touch()
        assert not (tmp_path / "clip.mp4").exists()
    assert names(tmp_path) == ["clip.mp4"]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"), files.atomically(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == []


def test_a_full_disk_is_one_clear_error_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(WriteError, match=r"a\.bin cannot be written \(.+\); choose a folder") as caught, no_room():
        files.write_bytes(path, bytes(1_000_000))
    assert caught.value.code == "unwritable"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    "place",
    ["missing/a.png", "file/a.png", "folder", "x" * 300, "nul\0.png"],
    ids=["no folder", "a file for a folder", "a folder itself", "too long", "no name"],
)
def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match=r"cannot be written \(|does not name a file") as caught:
        files.write_bytes(f"{tmp_path}/{place}", b"x")
    assert caught.value.code == "unwritable"
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("path", ["", "/"])
def test_a_path_without_a_name_is_no_place_to_write(path: str) -> None:
    with pytest.raises(WriteError, match="does not name a file"):
        files.write_bytes(path, b"x")


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match="Permission denied"):
        files.write_bytes(tmp_path / "a.png", b"x")
    tmp_path.chmod(0o700)


def test_many_writers_of_one_file_leave_one_whole_file(tmp_path: Path) -> None:
    path, sizes = tmp_path / "a.bin", range(100_000, 100_020)
    threads = [threading.Thread(target=files.write_bytes, args=(path, bytes([n % 256]) * n)) for n in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    data = path.read_bytes()
    assert len(data) in sizes
    assert data == bytes([len(data) % 256]) * len(data)
    assert names(tmp_path) == ["a.bin"]


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(1001))
    assert len(files.read_bytes(tmp_path / "a.bin", 1001)) == 1001
    with pytest.raises(PhotoError, match=r"a\.bin is larger than the 0\.001 MB") as caught:
        files.read_bytes(tmp_path / "a.bin", 1000)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("text", ["a\nb\x1b[31m", "ok 사진"])
def test_printable_text_is_printable(text: str) -> None:
    assert files.printable(text) == {"a\nb\x1b[31m": "a\ufffdb\ufffd[31m"}.get(text, text)
