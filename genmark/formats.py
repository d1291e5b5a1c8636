"""What a file is, by its first bytes: a picture that is read, one that is not, or no picture at all.

The allow-list is here. A file's suffix is never believed, and Pillow is only asked to open what was recognised.
"""

from __future__ import annotations

from dataclasses import dataclass

from genmark.errors import PhotoCode

READ = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC"


@dataclass(frozen=True)
class Kind:
    """What a file is: `title` for people, `pillow` its format name if it is read, else `code` why it is refused."""

    title: str
    pillow: str = ""
    code: PhotoCode | None = None


def _unsupported(title: str) -> Kind:
    return Kind(title, code="unsupported")


def _other(title: str) -> Kind:
    return Kind(title, code="not_a_photo")


_TIFF = Kind("a TIFF", "TIFF")
RAW = _unsupported("a camera's raw file")
_READ = (  # (offset, bytes there, kind)
    (0, b"\xff\xd8\xff", Kind("a JPEG", "JPEG")),
    (0, b"\x89PNG\r\n\x1a\n", Kind("a PNG", "PNG")),
    (0, b"GIF87a", Kind("a GIF", "GIF")),
    (0, b"GIF89a", Kind("a GIF", "GIF")),
    (0, b"II*\0", _TIFF),
    (0, b"MM\0*", _TIFF),
    (0, b"II+\0", _TIFF),
    (0, b"MM\0+", _TIFF),
)
_RAWS = ((8, b"CR\2\0", RAW), (0, b"IIRO", RAW), (0, b"IIRS", RAW), (0, b"MMOR", RAW), (0, b"IIU\0", RAW))
_REFUSED = (
    (0, b"FUJIFILMCCD-RAW", RAW),
    (0, b"8BPS", _unsupported("a Photoshop file (PSD)")),
    (0, b"%PDF", _unsupported("a PDF document")),
    (0, b"%!PS", _unsupported("a PostScript file (EPS)")),
    (0, b"\xc5\xd0\xd3\xc6", _unsupported("a PostScript file (EPS)")),
    (0, b"\0\0\0\x0cjP  ", _unsupported("a JPEG 2000 picture")),
    (0, b"\xff\x4f\xff\x51", _unsupported("a JPEG 2000 picture")),
    (0, b"\0\0\0\x0cJXL ", _unsupported("a JPEG XL picture")),
    (0, b"\xff\x0a", _unsupported("a JPEG XL picture")),
    (0, b"gimp xcf", _unsupported("a GIMP file (XCF)")),
    (0, b"\0\0\1\0", _unsupported("a Windows icon (ICO)")),
    (0, b"\0\0\2\0", _unsupported("a Targa picture or a Windows cursor")),
    (0, b"icns", _unsupported("a Mac icon (ICNS)")),
    (0, b"DDS ", _unsupported("a DDS texture")),
    (0, b"qoif", _unsupported("a QOI picture")),
    (0, b"\x76\x2f\x31\x01", _unsupported("an OpenEXR picture")),
    (0, b"#?RADIANCE", _unsupported("a Radiance HDR picture")),
    (0, b"\xd7\xcd\xc6\x9a", _unsupported("a Windows metafile (WMF)")),
    (40, b" EMF", _unsupported("a Windows metafile (EMF)")),
    *((0, b"P%d%c" % (n, space), _unsupported("a PNM picture")) for n in range(1, 8) for space in b" \n\r\t"),
    (4, b"moov", _unsupported("a video (MOV)")),
    (4, b"mdat", _unsupported("a video (MOV)")),
    (4, b"wide", _unsupported("a video (MOV)")),
    (0, b"\x1a\x45\xdf\xa3", _unsupported("a video (MKV or WebM)")),
    (0, b"\0\0\1\xba", _unsupported("a video (MPEG)")),
    (0, b"\0\0\1\xb3", _unsupported("a video (MPEG)")),
    (0, b"OggS", _unsupported("a video or sound (Ogg)")),
    (0, b"FLV\1", _unsupported("a video (FLV)")),
    (0, b"ID3", _other("a sound (MP3)")),
    (0, b"PK\3\4", _other("a ZIP archive or an office document")),
    (0, b"Rar!", _other("a RAR archive")),
    (0, b"7z\xbc\xaf", _other("a 7-Zip archive")),
    (0, b"\x1f\x8b", _other("a gzip archive")),
    (0, b"\xd0\xcf\x11\xe0", _other("an office document")),
    (0, b"\x7fELF", _other("a program")),
)
_RIFF = {
    b"WEBP": Kind("a WebP", "WEBP"),
    b"AVI ": _unsupported("a video (AVI)"),
    b"WAVE": _other("a sound (WAV)"),
}
_BEGINNING = Kind("the beginning of a picture", code="truncated")
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_BMP_HEADERS = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
_START = 4096


def identify(data: bytes) -> Kind:
    """Say what the file `data` is, from its first 4 KiB. Never raises."""
    head = data[:_START]
    for offset, magic, kind in (*_RAWS, *_READ, *_REFUSED):
        if head.startswith(magic, offset):
            return kind
    return _container(head) or _bitmap(head) or _cut(head) or _written(head) or _other("of no known format")


def _container(head: bytes) -> Kind | None:
    """RIFF (WebP, AVI) and ISO media (AVIF, HEIC, MP4) hold very different things."""
    if head.startswith(b"RIFF") and len(head) >= 12:
        return _RIFF.get(head[8:12], _other("a sound or a container (RIFF)"))
    return _iso_media(head) if head[4:8] == b"ftyp" else None


def _iso_media(head: bytes) -> Kind:
    """AVIF, HEIC and MP4 share one container (ISO 14496-12); the brands in its first box tell them apart."""
    if len(head) < 12:
        return _BEGINNING
    end = min(max(int.from_bytes(head[:4], "big"), 12), 512)
    brands = {head[place : place + 4] for place in (8, *range(16, end, 4))}
    major = head[8:12]
    if major in (b"avif", b"avis") or (major in (b"mif1", b"msf1") and brands & {b"avif", b"avis"}):
        return Kind("an AVIF", "AVIF")
    if major in (b"mif1", b"msf1") or brands & _HEIF_BRANDS:
        return Kind("a HEIC", "HEIF")
    return RAW if major == b"crx " else _unsupported("a video (MP4 or MOV)")


def _bitmap(head: bytes) -> Kind | None:
    """BMP's mark is two letters that a text may begin with too, so its header must make sense as well."""
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Kind("a BMP", "BMP")
    return None


def _written(head: bytes) -> Kind | None:
    """Text in any of its disguises: SVG, a web page, plain."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _other("a text file")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<") and b"<svg" in text:
        return _unsupported("a vector drawing (SVG)")
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return _other("a web page")
    if len(head) >= 4 and not any(c < 32 and c not in b"\t\n\r\f\x1b" for c in head):
        return _other("a text file")
    return None


def _cut(head: bytes) -> Kind | None:
    """A file that ends inside the mark by which its format is known."""
    marks = (b"RIFF", *(magic for _, magic, _ in _READ))
    inside = len(head) >= 2 and any(mark.startswith(head) for mark in marks)
    short = len(head) < 18 and (head.startswith(b"RIFF") or (head.startswith(b"BM") and 0 in head))
    return _BEGINNING if inside or short else None
