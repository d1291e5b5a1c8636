"""Films as pictures: what is sampled and when, what is left out, and files that are none or mean harm."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

av = pytest.importorskip("av")

from genmark.audience.video import FilmLimits, frames_of  # noqa: E402  after the skip
from genmark.errors import PhotoError, UsageError  # noqa: E402
from genmark.gallery import movie  # noqa: E402
from genmark.gallery.wipe import Wipe  # noqa: E402
from genmark.types import Pixels  # noqa: E402

RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 200, 30), (30, 30, 200), (120, 120, 120)
SIZE = (64, 48)


def plain(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Pixels:
    return np.full((size[1], size[0], 3), colour, np.uint8)


def write(path: Path, shots: list[tuple[float, Pixels]], rate: int = 10, **marks: str) -> Path:
    """A film whose pictures are shown from the moments given, in seconds; the last one for one frame."""
    with av.open(str(path), "w") as film:
        film.metadata.update(marks)
        stream = film.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = shots[0][1].shape[:2]
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        for at, pixels in shots:
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(at * 1000), Fraction(1, 1000)
            for packet in stream.encode(frame):
                film.mux(packet)
        for packet in stream.encode(None):
            film.mux(packet)
    return path


def steady(*colours: tuple[int, int, int], seconds: float = 2.0, rate: int = 10) -> list[tuple[float, Pixels]]:
    """Each colour for so many seconds, so many frames a second."""
    each = round(seconds * rate)
    return [(n / rate, plain(colours[n // each])) for n in range(len(colours) * each)]


def moments(path: Path, *args: float, **more: object) -> list[float]:
    return [float(photo.name.split(" at ")[1].removesuffix(" s")) for photo in frames_of(path, *args, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "avi"])
def test_a_film_gives_its_scenes_once_each(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"holiday.{suffix}", steady(RED, GREEN, BLUE))
    found = list(frames_of(path, 1.0))
    assert [photo.name for photo in found] == [f"holiday at {at} s" for at in ("0.0", "2.0", "4.0")]
    for photo, colour in zip(found, (RED, GREEN, BLUE), strict=True):
        assert photo.size == SIZE
        assert np.abs(photo.pixels[24, 32].astype(int) - colour).max() <= 6


def test_an_unmoving_film_is_one_picture_and_a_changing_one_is_many(tmp_path: Path) -> None:
    assert moments(write(tmp_path / "wall.mp4", steady(GREY, seconds=10))) == [0.0]
    rng = np.random.default_rng(0)
    scenes = [np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8) for _ in range(6)]
    busy = write(tmp_path / "busy.mp4", [(n / 10, scenes[n // 10]) for n in range(60)])
    assert moments(busy, 1.0) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert moments(busy, 2.0) == [0.0, 2.0, 4.0]


def test_a_little_noise_is_no_new_scene(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    scene = np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((8, 8, 1)))
    shots = [(n / 10, np.clip(scene + rng.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)) for n in range(60)]
    assert moments(write(tmp_path / "noisy.mp4", shots), 1.0) == [0.0]


def test_few_frames_are_spread_over_the_whole_film(tmp_path: Path) -> None:
    path = write(tmp_path / "long.mp4", steady(RED, GREEN, BLUE, GREY, RED, GREEN, BLUE, GREY))
    assert len(moments(path, 0.5)) == 8
    few = moments(path, 0.5, 4)
    assert len(few) == 4
    assert few[-1] >= 12.0


def test_a_variable_frame_rate_is_sampled_by_what_is_shown(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.08, 5.0, 5.5, 11.0, 11.02]
    shots = [(at, plain((RED, GREEN, BLUE, GREY)[n % 4])) for n, at in enumerate(times)]
    path = write(tmp_path / "variable.mkv", shots, rate=25)
    assert moments(path, 2.0) == [0.0, 5.0, 11.0]


def test_frames_come_one_at_a_time_and_the_same_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", steady(RED, GREEN))
    one, other = (list(frames_of(path, 1.0)) for _ in range(2))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True))
    stopped = frames_of(path, 1.0)
    next(stopped)
    stopped.close()  # type: ignore[attr-defined]  # the file is let go; an open one would warn
    frames_of(path, 1.0)  # one that is never begun holds nothing open


def turned(path: Path, *matrix: int) -> Path:
    """The same MP4 with another display matrix (a, b, c, d; ISO 14496-12, 8.3.2), as a telephone writes it."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrix)
    data[start : start + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("matrix", "red_half"),
    [((1, 0, 0, 1), "right"), ((0, 1, -1, 0), "bottom"), ((-1, 0, 0, -1), "left"), ((0, -1, 1, 0), "top")],
)
def test_a_telephone_s_rotation_is_undone(tmp_path: Path, matrix: tuple[int, ...], red_half: str) -> None:
    half = plain(GREY)
    half[:, 32:] = RED
    [photo] = frames_of(turned(write(tmp_path / "a.mp4", [(0.0, half), (0.1, half)]), *matrix))
    assert photo.size == (SIZE if red_half in ("left", "right") else SIZE[::-1])
    width, height = photo.size
    at = {"right": (-4, 9), "left": (3, 9), "bottom": (9, -4), "top": (9, 3)}[red_half]
    assert photo.pixels[at[1] % height, at[0] % width].astype(int) == pytest.approx(RED, abs=8)


@pytest.mark.parametrize("matrix", [(0, 0, 0, 0), (32767, -32768, 32767, 5), (1, 1, -1, 1)])
def test_odd_matrices_do_no_harm(tmp_path: Path, matrix: tuple[int, ...]) -> None:
    path = turned(write(tmp_path / "a.mp4", steady(RED)), *matrix)
    assert len(list(frames_of(path))) == 1


def test_nothing_of_the_file_leaves_but_pixels_and_a_name(tmp_path: Path) -> None:
    path = write(tmp_path / "home.mkv", steady(RED), title="Anna at home", location="+52.52+013.40/")
    [photo] = frames_of(path)
    assert set(vars(photo)) == {"pixels", "name"}
    assert photo.name == "home at 0.0 s"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n", "not_a_photo"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "not_a_photo"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "not_a_photo"),
        (b"<html>no film</html>", "not_a_photo"),
        (b"\0\0\0\x18ftypisom" + bytes(500), "truncated"),
        (b"\x1aE\xdf\xa3" + b"\xff" * 500, "truncated"),
        (b"RIFF\xff\xff\xff\xffAVI LIST" + b"\x7f" * 500, "not_a_photo"),
    ],
    ids=["empty", "playlist", "list", "picture", "page", "mp4", "mkv", "avi"],
)
def test_what_is_no_film_is_one_error(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(PhotoError) as caught:
        list(frames_of(path))
    assert caught.value.code == code
    assert str(tmp_path) not in str(caught.value)


def test_a_film_that_is_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.mkv", steady(RED, GREEN, BLUE, seconds=4)).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    assert 1 <= len(moments(cut, 1.0)) < 3
    index_lost = tmp_path / "cut.mp4"
    index_lost.write_bytes(write(tmp_path / "b.mp4", steady(RED)).read_bytes()[:-200])
    with pytest.raises(PhotoError, match="cut off"):
        list(frames_of(index_lost))


def test_random_damage_is_frames_or_one_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    whole = write(tmp_path / "a.mp4", steady(RED, GREEN)).read_bytes()
    path = tmp_path / "damaged.mp4"
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(8, len(data), 12):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        with suppress(PhotoError):  # nothing else may come out
            assert len(list(frames_of(path, 1.0))) <= 24


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (FilmLimits(file_bytes=100), "MB"),
        (FilmLimits(seconds=3.0), "longer"),
        (FilmLimits(pixels=64 * 48 - 1), "64 x 48 pixels"),
        (FilmLimits(decoded=64 * 48 * 10), "longer"),
    ],
)
def test_what_is_too_large_is_refused(tmp_path: Path, limits: FilmLimits, words: str) -> None:
    path = write(tmp_path / "a.mp4", steady(RED, GREEN))
    with pytest.raises(PhotoError, match=words) as caught:
        list(frames_of(path, limits=limits))
    assert caught.value.code == "too_large"


def test_a_length_that_the_file_does_not_tell_is_counted(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.mkv", steady(RED, GREEN)).read_bytes()
    path = tmp_path / "untold.mkv"
    path.write_bytes(whole.replace(b"\x44\x89\x88", b"\xec\x80\x88", 1))  # the Duration element becomes void space
    with pytest.raises(PhotoError, match="longer"):
        list(frames_of(path, limits=FilmLimits(seconds=3.0)))


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "song.mov"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            film.mux(packet)
    with pytest.raises(PhotoError, match="no moving pictures"):
        list(frames_of(path))


def test_places_that_are_no_files_are_refused_at_once(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone.mp4", "a\0.mp4"):
        with pytest.raises(PhotoError) as caught:
            frames_of(place)
        assert caught.value.code == "unreadable"


@pytest.mark.parametrize(("every", "most"), [(0.0, 5), (-1.0, 5), (float("nan"), 5), (float("inf"), 5), (1.0, 0)])
def test_impossible_samplings_are_refused(tmp_path: Path, every: float, most: int) -> None:
    with pytest.raises(UsageError, match="every so many seconds"):
        frames_of(tmp_path / "a.mp4", every, most)


def test_without_pyav_the_extra_is_named(tmp_path: Path) -> None:
    def importer(name: str) -> ModuleType:
        raise ImportError(name)

    lacking: Callable[[str], ModuleType] = importer
    with pytest.raises(UsageError, match=r"genmark\[clip\]"):
        frames_of(tmp_path / "a.mp4", importer=lacking)


def test_moments_go_forward(tmp_path: Path) -> None:
    found = moments(write(tmp_path / "a.avi", steady(RED, GREEN, BLUE, RED)), 0.3)
    assert all(one < other for one, other in pairwise(found))


def test_colours_are_those_that_a_tagged_film_was_made_of(tmp_path: Path) -> None:
    before = plain(RED, (320, 240))
    after = before.copy()
    after[:, 160:] = GREEN
    movie.write(Wipe(before, after), tmp_path / "wipe.mp4")  # BT.709, and says so, where its size alone means BT.601
    first = next(frames_of(tmp_path / "wipe.mp4"))
    assert np.abs(first.pixels[120, 160].astype(int) - RED).max() <= 3
