"""The only door for picture files: reads any upload safely, writes stripped and marked files.

read, read_bytes                    a file becomes a Photo, or one PhotoError says why not
read_cutout, write_cutout           pictures with a matte of their own, such as hair without a head
write, write_mask, write_matte, write_index        atomic, without metadata (genmark.writing)
is_marked                           the "AI-generated" mark, read back (genmark.marking)
sign                                C2PA content credentials (genmark.signing)
"""

from __future__ import annotations

import importlib
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from PIL import Image

from genmark import files, formats, guard, srgb
from genmark.errors import PhotoError, UsageError
from genmark.marking import is_marked
from genmark.signing import sign
from genmark.types import Matte, Photo
from genmark.writing import encode, write, write_cutout, write_index, write_mask, write_matte

__all__ = [
    "Limits",
    "encode",
    "is_marked",
    "read",
    "read_bytes",
    "read_cutout",
    "sign",
    "write",
    "write_cutout",
    "write_index",
    "write_mask",
    "write_matte",
]

_NEW_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706


@dataclass(frozen=True)
class Limits:
    """The largest upload that is taken: bytes of the file, pixels in all, pixels on the longer side.

    They are checked on the file's header, before anything is decoded. 64 megapixels need 192 MB as a Photo.
    Pillow's own ceiling of 179 megapixels stays, whatever is asked for.
    """

    file_bytes: int = files.FILE_BYTES
    pixels: int = 64_000_000
    side: int = 30_000


LIMITS = Limits()


def read(path: str | os.PathLike[str], *, limits: Limits = LIMITS, size_hint: tuple[int, int] | None = None) -> Photo:
    """Read a picture file as an upright 8-bit sRGB Photo, named after the file's stem.

    JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, and HEIC with the `heic` extra, recognised by content. The first frame of
    an animation. EXIF orientation is applied, ICC profiles are converted to sRGB, deep greys are scaled, what is
    transparent is laid over white; metadata is dropped.

    size_hint: a (width, height) that is large enough for the caller. A JPEG is then decoded at 1/2, 1/4 or 1/8 of its
    size (libjpeg's DCT scaling), as long as both sides stay at least that large; other formats ignore it.

    Raises PhotoError: `unreadable`, `unsupported`, `empty`, `truncated` (damaged or cut off), `too_large`,
    `not_a_photo`; UsageError for a size_hint below 1.
    """
    data = files.read_bytes(path, limits.file_bytes)
    return read_bytes(data, os.path.basename(os.fspath(path)), limits=limits, size_hint=size_hint)


def read_bytes(data: bytes, name: str, *, limits: Limits = LIMITS, size_hint: tuple[int, int] | None = None) -> Photo:
    """Read a picture file that is in memory; `name` is its file name, for messages and for the Photo. See `read`."""
    if size_hint is not None and min(size_hint) < 1:
        raise UsageError(f"a size hint is (width, height) in pixels, at least 1 each, got {size_hint}")
    name = _file_name(name)
    with guard.QUIET, _decoding(data, name, limits, size_hint) as image:
        pixels = np.asarray(srgb.to_srgb(srgb.upright(image)))
    return Photo(pixels, PurePath(name).stem)


def read_cutout(path: str | os.PathLike[str], *, limits: Limits = LIMITS) -> tuple[Photo, Matte]:
    """Read a cut-out that `write_cutout` wrote: its colours, also under alpha 0, and its alpha.

    Raises PhotoError as `read` does; `not_a_photo` where the picture is no 8-bit sRGB with alpha.
    """
    name = _file_name(os.path.basename(os.fspath(path)))
    with guard.QUIET, _decoding(files.read_bytes(path, limits.file_bytes), name, limits) as image:
        mode, whole = image.mode, np.asarray(image)
    if mode != "RGBA":
        raise PhotoError(f"{name} has no transparent part, so it is no cut-out", "not_a_photo")
    alpha = whole[..., 3].astype(np.float32) / np.float32(255)
    return Photo(np.ascontiguousarray(whole[..., :3]), PurePath(name).stem), Matte(alpha)


@contextmanager
def _decoding(
    data: bytes, name: str, limits: Limits, size_hint: tuple[int, int] | None = None
) -> Iterator[Image.Image]:
    """A file that may be read, decoded; what goes wrong, here or in the block, becomes one PhotoError."""
    if not data:
        raise PhotoError(f"{name} is an empty file (0 bytes); copy or export the photo again", "empty")
    if len(data) > limits.file_bytes:
        raise files.too_large(name, limits.file_bytes)
    kind = formats.identify(data)
    _refuse(kind, name)
    with _one_error(name, kind):
        image = _open(data, kind, name)
        _check_size(image.size, limits, name)
        _check_patience(image, data)
        _refuse_raw(image, name)
        _draft(image, size_hint)
        with guard.MUTE if kind.pillow == "TIFF" else nullcontext():
            image.load()
        yield image


def _file_name(name: str) -> str:
    """A name that can be shown, and be used for a file or folder: no path, not "..", nothing unprintable."""
    name = files.printable(unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).name))
    return name if name.strip(". ") else "photo"


def _refuse(kind: formats.Kind, name: str) -> None:
    if kind.code == "unsupported":
        raise PhotoError(f"{name} is {kind.title}, which is not read here; save the picture as JPEG or PNG", kind.code)
    if kind.code == "not_a_photo":
        raise PhotoError(f"{name} is {kind.title}, not a photo; choose a {formats.READ} file", kind.code)
    if kind.code is not None:
        raise PhotoError(f"{name} is only {kind.title}; copy or export the photo again", kind.code)


@contextmanager
def _one_error(name: str, kind: formats.Kind) -> Iterator[None]:
    """Turn whatever a decoder raises into one PhotoError."""
    try:
        yield
    except Image.DecompressionBombError as error:  # Pillow's own limit comes before ours
        raise PhotoError(f"{name} has far more pixels than a photo; scale it down", "too_large") from error
    except MemoryError as error:
        raise PhotoError(f"{name} needs more memory than there is; scale it down", "too_large") from error
    except guard.EndlessError as error:
        raise PhotoError(
            f"{name} is {kind.title} made of far too many pieces to read in time; save it again as JPEG or PNG",
            "too_large",
        ) from error
    except guard.LEAKS as error:
        raise PhotoError(
            f"{name} is {kind.title} that is cut off, damaged or of a rare variety; "
            "copy it again, or save it as JPEG or PNG",
            "truncated",
        ) from error


def _open(data: bytes, kind: formats.Kind, name: str) -> Image.Image:
    """Read the header; no pixel is decoded yet."""
    if kind.pillow == "HEIF":
        return _open_heic(data, name)
    if kind.pillow == "TIFF":
        guard.check_tags(data)
    return Image.open(guard.Source(data), formats=[kind.pillow])  # "JPEG" covers MPO; naming MPO breaks other files


def _open_heic(data: bytes, name: str) -> Image.Image:
    """Open HEIC by its plugin's class, so that nothing is registered with Pillow for the whole process."""
    try:
        image: Image.Image = importlib.import_module("pillow_heif").HeifImageFile(guard.Source(data))
    except ImportError as error:
        raise PhotoError(
            f"{name} is a HEIC picture, which needs an extra: pip install 'genmark[heic]', or save it as JPEG",
            "unsupported",
        ) from error
    return image


def _check_size(size: tuple[int, int], limits: Limits, name: str) -> None:
    width, height = size
    if width * height > limits.pixels or max(size) > limits.side:
        raise PhotoError(
            f"{name} has {width} x {height} pixels, more than the {limits.pixels / 1e6:g} megapixels or "
            f"{limits.side} pixels a side that are read; scale it down",
            "too_large",
        )


def _check_patience(image: Image.Image, data: bytes) -> None:
    if image.format in ("JPEG", "MPO"):
        guard.check_scans(data, image.width * image.height)


def _refuse_raw(image: Image.Image, name: str) -> None:
    """Refuse a camera's raw file: a TIFF as far as its thumbnail goes, which is all that would be seen of it."""
    tags = getattr(image, "tag_v2", {})
    if _DNG_VERSION in tags or (tags.get(_NEW_SUBFILE_TYPE) == 1 and _SUB_IFDS in tags):
        _refuse(formats.RAW, name)


def _draft(image: Image.Image, size_hint: tuple[int, int] | None) -> None:
    """Ask libjpeg for the smallest scale that is enough; its size is that before the picture is turned upright."""
    if size_hint is not None and image.format in ("JPEG", "MPO"):
        width, height = size_hint
        image.draft(None, (height, width) if srgb.orientation(image) >= 5 else (width, height))
