"""Files made to harm, by memory or by time, and the noise that decoders make."""

from __future__ import annotations

import io
import logging
import os
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pictures
import pytest
from PIL import Image

from genmark import guard, photos
from genmark.errors import PhotoError

SECONDS = 5.0


def refused(data: bytes) -> PhotoError:
    began = time.process_time()  # of this process alone, so that a busy machine does not matter
    with pytest.raises(PhotoError) as caught:
        photos.read_bytes(data, "bomb.any")
    assert time.process_time() - began < SECONDS
    assert str(caught.value).startswith("bomb.any ")
    return caught.value


def python(program: str) -> str:
    """What a program prints in a Python of its own that finds the tests' modules."""
    paths = os.pathsep.join((os.path.dirname(pictures.__file__), *sys.path))
    environment = {**os.environ, "PYTHONPATH": paths}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    step = 10_000_000
    return b"".join(packer.compress(bytes(min(step, count - at))) for at in range(0, count, step)) + packer.flush()


def nine_hundred_megapixels() -> bytes:
    return pictures.png(30_000, 30_000, 1, 0, pictures.chunk(b"IDAT", zeros(30_000 * 3751)))


def a_hundred_megapixels() -> bytes:
    return pictures.png(10_000, 10_000, 1, 0, pictures.chunk(b"IDAT", zeros(10_000 * 1251)))


def huge_jpeg() -> bytes:
    data = pictures.encoded(pictures.small(), "JPEG")
    frame = data.index(b"\xff\xc0")
    return data[: frame + 5] + b"\xff\xff\xff\xff" + data[frame + 9 :]


def huge_gif() -> bytes:
    data = bytearray(pictures.encoded(pictures.small().quantize(8), "GIF"))
    data[6:10] = b"\xff\xff\xff\xff"
    return bytes(data)


def huge_bmp() -> bytes:
    data = bytearray(pictures.encoded(pictures.small(), "BMP"))
    data[18:26] = struct.pack("<ii", 2**31 - 1, 2**31 - 1)
    return bytes(data)


def huge_webp() -> bytes:
    return b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0" + b"\0" * 4 + b"\xfe\x3f\0\xfe\x3f\0" + b"\0" * 40


def huge_tiff() -> bytes:
    return pictures.tiff(2**31, 2**31, {258: (3, 1, 8), 262: (3, 1, 1), 273: (4, 1, 512), 279: (4, 1, 4)}, b"\0" * 4)


def long_side() -> bytes:
    return pictures.png(30_001, 1, 8, 0, pictures.rows(bytes(30_001)))


def scans() -> bytes:
    """A progressive JPEG of 64 megapixels that repeats its last scan, a few hundred bytes, a thousand times."""
    data = pictures.encoded(Image.new("L", (8000, 8000), 128), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * 1000 + data[-2:]


def tiles() -> bytes:
    """A TIFF of one-pixel tiles, all the same one."""
    tags = {258: (3, 1, 8), 262: (3, 1, 1), 322: (4, 1, 1), 323: (4, 1, 1), 324: (4, 4_000_000, 512)}
    return pictures.tiff(8000, 8000, tags, b"\0\2\0\0" * 4_000_000)


def run_length_bmp() -> bytes:
    body = b"\1\5" * 20_000_000
    header = struct.pack(
        "<IHHIIiiHHIIiiII", 1078 + len(body), 0, 0, 1078, 40, 8000, 8000, 1, 8, 1, len(body), 0, 0, 256, 0
    )
    return b"BM" + header + bytes(1024) + body


def jpeg_of_junk() -> bytes:
    return b"\xff\xd8\xff\xe0\0\4ab" + bytes(30_000_000)


def jpeg_of_empty_segments() -> bytes:
    return b"\xff\xd8" + b"\xff\xe5\0\2" * 8_000_000


def jpeg_of_empty_comments() -> bytes:
    return pictures.encoded(pictures.small(), "JPEG", progressive=True)[:-2] + b"\xff\xfe\0\2" * 8_000_000


def png_of_empty_chunks() -> bytes:
    return pictures.png(9, 9, 8, 2, pictures.chunk(b"teXt", b"") * 2_000_000)


def gif_of_empty_comments() -> bytes:
    return b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xfe\0" * 8_000_000


BOMBS: list[Callable[[], bytes]] = [
    nine_hundred_megapixels,
    a_hundred_megapixels,
    huge_jpeg,
    huge_gif,
    huge_bmp,
    huge_tiff,
    long_side,
    scans,
    tiles,
    run_length_bmp,
    jpeg_of_junk,
    jpeg_of_empty_segments,
    jpeg_of_empty_comments,
    png_of_empty_chunks,
    gif_of_empty_comments,
]


@pytest.mark.parametrize("make", BOMBS, ids=lambda make: make.__name__)
def test_a_bomb_is_refused_in_time(make: Callable[[], bytes]) -> None:
    assert refused(make()).code == "too_large"


def test_a_huge_webp_canvas_is_refused_in_time() -> None:
    assert refused(huge_webp()).code in ("too_large", "truncated")  # Pillow 12 looks for the missing frames first


@pytest.mark.parametrize(
    "data",
    [
        pictures.png(9, 9, 8, 2, *[pictures.chunk(b"zTXt", b"k\0\0" + zeros(1_000_000))] * 100),
        pictures.png(9, 9, 8, 2, pictures.chunk(b"iCCP", b"k\0\0" + zeros(90_000_000))),
    ],
    ids=["text", "profile"],
)
def test_compressed_metadata_does_not_unfold(data: bytes) -> None:
    assert refused(data).code == "truncated"


@pytest.mark.skipif(os.name != "posix", reason="memory limits are POSIX")
def test_too_little_memory_is_one_clear_error() -> None:
    program = """
import io, resource, zlib
import pictures
from genmark import photos
data = pictures.png(7000, 7000, 8, 2, pictures.chunk(b"IDAT", zlib.compress(bytes(7000 * 21001))))
photos.read_bytes(pictures.png(9, 9, 8, 2, pictures.chunk(b"IDAT", zlib.compress(bytes(9 * 28)))), "small")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, resource.RLIM_INFINITY))
try:
    photos.read_bytes(data, "big.png")
except photos.PhotoError as error:
    print(error.code, error)
"""
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("how much memory a process has is only known on Linux")
    assert python(program).startswith("too_large big.png needs more memory than there is")


def test_a_closed_standard_error_does_not_matter() -> None:
    program = """
import os
import pictures
from PIL import Image
from genmark import photos
data = pictures.encoded(Image.new("RGB", (40, 28)), "TIFF", compression="tiff_lzw")
os.close(2)
print(photos.read_bytes(data, "x").size)
"""
    assert python(program) == "(40, 28)\n"


def test_a_usual_progressive_jpeg_is_far_below_the_limit_of_scans() -> None:
    data = pictures.encoded(pictures.astronaut(), "JPEG", progressive=True)
    guard.check_scans(data, 64_000_000)
    with pytest.raises(guard.EndlessError):
        guard.check_scans(data, 640_000_000)


def test_scans_are_not_sought_in_metadata_or_behind_the_picture() -> None:
    data = pictures.encoded(pictures.small(), "JPEG", comment=b"\xff\xda" * 500) + b"\xff\xda" * 5000
    guard.check_scans(data, 64_000_000)
    assert photos.read_bytes(data, "x").size == (40, 28)


# Silence


WARNS = pictures.encoded(
    pictures.small(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\x01\3\0\xff\xff\0\0\x99\x99\x99\x99"
)


def test_pillow_itself_would_warn_about_this_file() -> None:
    with pytest.warns(UserWarning, match=r"Tag data|EXIF|Truncated"):
        Image.open(io.BytesIO(WARNS)).getexif()


def test_no_warning_leaves_the_door() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert photos.read_bytes(WARNS, "x").size == (40, 28)


def test_what_pillow_logs_is_not_printed() -> None:
    program = """
import pictures
from genmark import photos
try:
    photos.read_bytes(pictures.tiff(2, 2, {258: (3, 1, 8), 262: (3, 1, 1), 277: (4, 1, 10_000)}, bytes(9)), "x")
except photos.PhotoError as error:
    print(error.code)
"""
    assert python(program) == "truncated\n"


def test_warnings_from_elsewhere_still_show_meanwhile() -> None:
    with guard.QUIET, pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", stacklevel=1)


def test_readers_in_many_threads_leave_the_filters_as_they_were() -> None:
    before, names = list(warnings.filters), list[str]()

    def work() -> None:
        names.extend(photos.read_bytes(WARNS, "x").name for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["x"] * 160
    assert list(warnings.filters) == before
    assert not logging.getLogger("PIL").handlers


def test_a_shared_context_is_entered_once_and_left_once() -> None:
    steps: list[str] = []

    @contextmanager
    def record() -> Any:
        steps.append("in")
        yield
        steps.append("out")

    shared = guard.Shared(record)
    with shared, shared:
        assert steps == ["in"]
    with shared:
        pass
    assert steps == ["in", "out", "in", "out"]


def test_muting_gives_standard_error_back(capfd: pytest.CaptureFixture[str]) -> None:
    with guard.MUTE:
        os.write(2, b"libtiff says")
    os.write(2, b"we say")
    assert capfd.readouterr().err == "we say"
