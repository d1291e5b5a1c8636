"""Before/after clips: what they show and when, the marks on them, and nothing else in their files."""

from __future__ import annotations

import json
import re
import struct
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import doubles
import gallery_cases as cases
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from pictures import psnr
from PIL import Image

from genmark import photos
from genmark.cli import main
from genmark.errors import UsageError, WriteError
from genmark.gallery import gif, movie
from genmark.gallery.clip import require, write_clip
from genmark.gallery.publication import add, finish
from genmark.gallery.wipe import LONGEST, Wipe, beats, framed, stamped
from genmark.gallery.words import WORDS
from genmark.marking import SOURCE_TYPE, XMP
from genmark.types import Photo, Pixels

WHOLE = slice(None), slice(None)


def pair() -> tuple[Photo, Photo]:
    before = cases.eileen()
    return before, cases.variant(before).photo


def of_size(width: int, height: int, seed: int = 0) -> Photo:
    """Smooth colours, other ones for each seed."""
    noise = np.random.default_rng(seed).integers(60, 200, (4, 4, 3)).astype(np.uint8)
    return Photo(np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)))


def gif_frames(path: Path) -> list[tuple[int, Pixels]]:
    """Milliseconds and pixels of each picture of a GIF."""
    with Image.open(path) as image:
        found = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append((int(image.info["duration"]), np.asarray(image.convert("RGB"))))
        return found


def mp4_frames(path: Path) -> list[Pixels]:
    av: Any = pytest.importorskip("av")
    with av.open(str(path)) as container:
        return [_rgb(frame) for frame in container.decode(video=0)]


def _rgb(frame: Any) -> Pixels:
    """A yuv420p frame in BT.709's limited range as sRGB, by the standard's own numbers."""
    flat, size = frame.to_ndarray().ravel().astype(np.float32), (frame.height, frame.width)
    half, count = (size[0] // 2, size[1] // 2), size[0] * size[1]
    luma = (flat[:count].reshape(size) - 16) / 219
    blue, red = (
        np.kron((plane.reshape(half) - 128) / 224, np.ones((2, 2), np.float32))
        for plane in np.split(flat[count:], 2)
    )  # fmt: skip
    r, b = luma + 1.5748 * red, luma + 1.8556 * blue
    g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
    return np.clip(np.rint(np.dstack([r, g, b]) * 255), 0, 255).astype(np.uint8)


def marked_part(frame: Pixels) -> NDArray[np.bool_]:
    """Where the mark would be on a frame of this size."""
    black, white = (np.full_like(frame, shade) for shade in (0, 255))
    same: NDArray[np.bool_] = (stamped(black) == stamped(white)).all(axis=2)
    return same


def carries_mark(frame: Pixels) -> bool:
    """Whether the mark's letters can be read: white on dark, where they belong."""
    where = marked_part(frame)
    return psnr(frame[where], stamped(frame)[where]) > 20


def gif_blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Extensions of a GIF as (label or application, content), by walking its blocks as a decoder does."""
    at = 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            local, first = data[at + 9], at
            at += 10 + (3 * 2 ** ((local & 7) + 1) if local & 0x80 else 0) + 1
            name = b"picture"
        else:
            assert data[at] == 0x21
            name, first = data[at + 1 : at + 2], at + 2
            at += 2
            if name == b"\xff":
                name, at = data[at + 1 : at + 12], at + 12
                first = at
        while data[at]:
            at += 1 + data[at]
        at += 1
        yield name, data[first:at]


def mp4_boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 0, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        assert size >= 8
        found.append((kind, data[at + 8 : at + size]))
        at += size
    assert at == len(data)
    return found


def source_type_of(packet: bytes) -> str | None:
    """IPTC's digital source type in an XMP packet, read as the XML that it is."""
    body = packet[packet.index(b"<x:xmpmeta") : packet.index(b"<?xpacket end")]
    return ElementTree.fromstring(body).findtext(".//{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")


# what is shown


@pytest.mark.parametrize(("rate", "back", "frames"), [(24, False, 86), (12.5, True, 60)])
def test_the_photo_stands_the_wipe_eases_the_preview_stands(rate: float, back: bool, frames: int) -> None:
    shown = beats(rate, back)
    assert sum(beat.frames for beat in shown) == frames
    (photo,) = [beat for beat in shown if beat.progress == 0]
    (preview,) = [beat for beat in shown if beat.progress == 1]
    assert photo.frames / rate == pytest.approx(0.8, abs=0.5 / rate)
    assert preview.frames / rate == pytest.approx(1.6, abs=0.5 / rate)
    way = [beat.progress for beat in shown[: shown.index(preview) + 1]]
    steps = np.diff(way)
    assert (steps > 0).all()
    assert steps.argmax() not in (0, len(steps) - 1)
    returned = [beat.progress for beat in shown[shown.index(preview) + 1 :]]
    assert returned == (way[-2:0:-1] if back else [])


def test_a_gif_shows_photo_wipe_preview_and_wipe_back_for_ever(tmp_path: Path) -> None:
    before, after = pair()
    write_clip(before, after, tmp_path / "a.gif")
    times, frames = zip(*gif_frames(tmp_path / "a.gif"), strict=True)
    assert sum(times) == 4800
    assert set(times) - {80} == {800, max(times)}
    assert 1600 <= max(times) <= 1600 + 2 * 80  # the last step of the wipe may already be the preview
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["loop"] == 0
    last = times.index(max(times))
    assert psnr(frames[0], before.pixels) > 33
    assert psnr(frames[last], stamped(after.pixels)) > 33
    assert all(carries_mark(frame) for frame in frames[1:])
    assert not carries_mark(frames[0])


def test_an_mp4_shows_photo_wipe_and_preview_at_24_frames_a_second(tmp_path: Path) -> None:
    av: Any = pytest.importorskip("av")
    before, after = pair()
    write_clip(before, after, tmp_path / "a.mp4")
    frames = mp4_frames(tmp_path / "a.mp4")
    assert len(frames) == 86
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.average_rate, stream.codec_context.pix_fmt, stream.codec.name) == (24, "yuv420p", "h264")
        assert float(stream.duration * stream.time_base) == pytest.approx(86 / 24, abs=1e-3)
        assert len(container.streams) == 1
    assert all(psnr(frame, before.pixels) > 30 for frame in (frames[0], frames[18]))
    assert psnr(frames[-1], stamped(after.pixels)) > 30
    assert [carries_mark(frame) for frame in frames] == [False] * 19 + [True] * 67


def test_every_picture_with_a_generated_pixel_carries_the_whole_mark() -> None:
    before, after = pair()
    wipe = Wipe(before.pixels, after.pixels)
    assert np.array_equal(wipe.at(0), before.pixels)
    for progress in (1e-9, 0.01, 0.5, 0.99, 1):
        frame = wipe.at(progress)
        where = marked_part(frame)
        assert where.sum() > 1000
        assert np.array_equal(frame[where], stamped(after.pixels)[where])


def test_the_wipe_crosses_what_changes_and_leaves_the_rest_alone() -> None:
    before, after = pair()
    wipe = Wipe(before.pixels, after.pixels)
    changing = (before.pixels != after.pixels).any(axis=2)
    marked = (stamped(before.pixels) != before.pixels).any(axis=2)
    arrived = []
    for progress in (0.1, 0.3, 0.5, 0.7, 0.9):
        frame = wipe.at(progress)
        assert np.array_equal(frame[~changing & ~marked], before.pixels[~changing & ~marked])
        arrived.append((frame != before.pixels).any(axis=2)[changing].mean())
    assert arrived[0] > 0
    assert (np.diff(arrived) >= 0).all()
    columns = np.nonzero((wipe.at(0.3) != before.pixels).any(axis=2) & changing)[1]
    assert columns.mean() < np.nonzero(changing)[1].mean()


def test_what_does_not_change_does_not_flicker_in_a_gif(tmp_path: Path) -> None:
    before, after = pair()
    write_clip(before, after, tmp_path / "a.gif")
    still = (before.pixels == after.pixels).all(axis=2) & (stamped(before.pixels) == before.pixels).all(axis=2)
    frames = [frame[still] for _, frame in gif_frames(tmp_path / "a.gif")]
    assert still.mean() > 0.5
    assert all(np.array_equal(frame, frames[0]) for frame in frames)


def test_a_gif_has_one_palette_and_redraws_only_what_changes(tmp_path: Path) -> None:
    before, after = pair()
    write_clip(before, after, tmp_path / "a.gif")
    data = (tmp_path / "a.gif").read_bytes()
    assert data[10] & 0x87 == 0x87  # 256 colours for all
    pictures = [content for name, content in gif_blocks(data) if name == b"picture"]
    assert len(pictures) > 20
    assert not any(each[9] & 0x80 for each in pictures)  # and none of a picture's own
    assert sum(len(each) for each in pictures[1:]) < 6 * len(pictures[0])


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (900, 5), (37, 51), (161, 121), (719, 1), (4000, 3001)])
@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_odd_tiny_and_huge_photos_get_clips_of_even_sides_with_a_readable_mark(
    tmp_path: Path, kind: str, size: tuple[int, int]
) -> None:
    path = tmp_path / f"a.{kind}"
    write_clip(of_size(*size, 1), of_size(*size, 2), path)
    frames = [frame for _, frame in gif_frames(path)] if kind == "gif" else mp4_frames(path)
    height, width = frames[0].shape[:2]
    assert (width % 2, height % 2) == (0, 0)
    assert max(width, height) <= LONGEST
    assert width >= 160
    assert carries_mark(frames[len(frames) // 2])
    assert path.stat().st_size < (4e6 if kind == "gif" else 1e6)
    if min(size) > 100:
        assert width / height == pytest.approx(size[0] / size[1], rel=0.02)
        small = framed(of_size(*size, 1), WHOLE)
        assert psnr(frames[0], small) > 30


def test_a_part_of_a_large_photo_is_shown_as_the_page_shows_it(tmp_path: Path) -> None:
    before, after = of_size(600, 900, 1), of_size(600, 900, 2)
    part = slice(100, 400), slice(50, 250)
    write_clip(before, after, tmp_path / "a.gif", part)
    first = gif_frames(tmp_path / "a.gif")[0][1]
    assert psnr(first, before.pixels[part]) > 33


def test_a_preview_that_is_the_photo_is_a_clip_all_the_same(tmp_path: Path) -> None:
    before = of_size(200, 160)
    write_clip(before, before, tmp_path / "a.gif")
    assert psnr(gif_frames(tmp_path / "a.gif")[0][1], before.pixels) > 33
    assert len(gif_frames(tmp_path / "a.gif")) == 2


# what is in the files


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_clips_are_the_same_bytes_each_time_and_say_that_ai_made_them(tmp_path: Path, kind: str) -> None:
    for name in ("one", "two"):
        write_clip(*pair(), tmp_path / f"{name}.{kind}")
    one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert photos.is_marked(tmp_path / f"one.{kind}")
    assert one.count(XMP) == 1
    assert len(list(tmp_path.iterdir())) == 2


def test_a_gif_holds_its_xmp_as_the_specification_says_and_no_comment(tmp_path: Path) -> None:
    write_clip(*pair(), tmp_path / "a.gif")
    blocks = list(gif_blocks((tmp_path / "a.gif").read_bytes()))
    extensions = {name: content for name, content in blocks if name not in (b"\xf9", b"picture")}
    assert set(extensions) == {b"XMP DataXMP", b"NETSCAPE2.0"}
    trailer = bytes([1, *range(255, -1, -1), 0])
    assert extensions[b"XMP DataXMP"] == XMP + trailer
    assert len(trailer) == 258
    assert source_type_of(extensions[b"XMP DataXMP"][: -len(trailer)]) == SOURCE_TYPE


def test_any_byte_of_the_packet_leads_a_decoder_to_the_end_of_the_block() -> None:
    content = XMP + bytes([1, *range(255, -1, -1), 0])
    for start in range(len(XMP)):
        at = start
        while content[at]:
            at += 1 + content[at]
        assert at >= len(content) - 2


def test_an_mp4_holds_its_xmp_in_a_box_of_its_own_and_nothing_of_its_encoder(tmp_path: Path) -> None:
    av: Any = pytest.importorskip("av")
    write_clip(*pair(), tmp_path / "a.mp4")
    data = (tmp_path / "a.mp4").read_bytes()
    boxes = mp4_boxes(data)
    assert [kind for kind, _ in boxes] == [b"ftyp", b"moov", b"free", b"mdat", b"uuid"]
    (xmp,) = [content for kind, content in boxes if kind == b"uuid"]
    assert uuid.UUID(bytes=xmp[:16]) == uuid.UUID("be7acfcb-97a9-42e8-9c71-999491e3afac")
    assert xmp[16:] == XMP
    assert source_type_of(xmp[16:]) == SOURCE_TYPE
    assert b"\0\0\0\x08ilst" in data  # FFmpeg's list of facts, empty
    assert re.search(rb"x264|Lavf|Lavc|/tmp|/home", data) is None
    assert str(tmp_path).encode() not in data
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert set(container.metadata) == {"major_brand", "minor_version", "compatible_brands"}


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_nothing_of_the_originals_metadata_comes_along(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "SecretCamera", "Jane Secret"
    Image.fromarray(cases.eileen().pixels).save(tmp_path / "secret-anna.jpg", exif=exif, comment=b"secret")
    before = photos.read(tmp_path / "secret-anna.jpg")
    write_clip(before, replace(before, pixels=cases.variant(before).photo.pixels), tmp_path / f"a.{kind}")
    assert b"secret" not in (tmp_path / f"a.{kind}").read_bytes().lower()


# what can go wrong


def no_av(name: str) -> ModuleType:
    if name == "av":
        raise ModuleNotFoundError("No module named 'av'", name="av")
    return import_module(name)


def av_without_x264(name: str) -> ModuleType:
    def codec(name: str, mode: str) -> None:
        raise ValueError(f"{name} ({mode})")

    double = ModuleType(name)
    double.Codec = codec  # type: ignore[attr-defined]
    return double


@pytest.mark.parametrize(("importer", "says"), [(no_av, r"genmark\[clip\]"), (av_without_x264, "libx264")])
def test_without_pyav_mp4_is_refused_in_one_sentence_and_gif_is_not(tmp_path: Path, importer: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        require("mp4", importer)
    assert caught.value.code == "missing_extra"
    with pytest.raises(UsageError, match=says):
        write_clip(*pair(), tmp_path / "a.mp4", importer=importer)
    assert list(tmp_path.iterdir()) == []
    require("gif", importer)
    write_clip(*pair(), tmp_path / "a.gif", importer=importer)


def test_the_encoder_that_is_asked_for_is_the_one_that_pyav_says_is_missing() -> None:
    av: Any = pytest.importorskip("av")
    assert issubclass(av.codec.codec.UnknownCodecError, ValueError)
    assert movie.encoder() is av


def test_an_unknown_kind_and_two_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'gif'"):
        write_clip(*pair(), tmp_path / "a.gf")
    with pytest.raises(ValueError, match="one size"):
        write_clip(of_size(20, 30), of_size(30, 20), tmp_path / "a.gif")


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_clip_that_can_not_be_written_leaves_nothing(tmp_path: Path, kind: str) -> None:
    (tmp_path / f"a.{kind}").mkdir()
    with pytest.raises(WriteError, match="cannot be written"):
        write_clip(*pair(), tmp_path / f"a.{kind}")
    with pytest.raises(WriteError, match="cannot be written"):
        write_clip(*pair(), tmp_path / "gone" / f"a.{kind}")
    assert [path.name for path in tmp_path.iterdir()] == [f"a.{kind}"]


# gallery and command


def test_an_album_with_clips_names_them_on_its_page_and_in_its_manifest(tmp_path: Path) -> None:
    album = cases.album(tmp_path, clip="gif")
    entry = add(album, cases.variant(album.original))
    finish(album, [entry])
    assert entry.clip == "copper-0.gif"
    assert photos.is_marked(tmp_path / "copper-0.gif")
    assert 'href="./copper-0.gif"' in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert WORDS["clip_file"][1] in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "manifest.json").read_text())["variants"][0]["clip"] == "copper-0.gif"


def test_an_album_without_clips_says_nothing_of_them(tmp_path: Path) -> None:
    album = cases.album(tmp_path)
    finish(album, [add(album, cases.variant(album.original))])
    assert json.loads((tmp_path / "manifest.json").read_text())["variants"][0]["clip"] is None
    assert WORDS["clip_file"][0] not in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_preview_writes_a_clip_for_each_variant_when_asked(
    tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(doubles.draw_portrait().pixels).save("anna.png")
    asked = ["anna.png", "--parser", "drawn", "--restyler", "negative", "--style", "ash-brown", "--json"]
    seeds = ["--seed", "0", "--seed", "2"]
    plain, clipped = (
        CliRunner().invoke(main, ["preview", *asked, *seeds, "--out", out, *more])
        for out, more in (("plain", []), ("clipped", ["--clip", kind]))
    )
    assert (plain.exit_code, clipped.exit_code) == (0, 0), clipped.output
    assert all("clip" not in json.loads(line) for line in plain.stdout.splitlines())
    rows = [json.loads(line) for line in clipped.stdout.splitlines()]
    assert [Path(row["clip"]).as_posix() for row in rows] == [f"clipped/anna/ash-brown-{n}.{kind}" for n in (0, 2)]
    assert all(photos.is_marked(row["clip"]) for row in rows)
    first = gif_frames(Path(rows[0]["clip"]))[0][1] if kind == "gif" else mp4_frames(Path(rows[0]["clip"]))[0]
    assert first.shape[0] % 2 == 0


def test_preview_asks_for_pyav_before_it_touches_a_photo(
    tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "av", None)  # as Python itself marks a module that is not there
    done = CliRunner().invoke(main, ["preview", "gone.png", "--parser", "drawn", "--clip", "mp4"])
    assert done.exit_code == 2
    assert "genmark[clip]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_gifs_steps_are_whole_hundredths_of_a_second() -> None:
    assert round(100 / gif.RATE) == 100 / gif.RATE
