from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pictures
import pytest
from PIL import Image

from genmark import marking, photos
from genmark.errors import PhotoError
from genmark.types import Photo

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def written(path: Path, **options: bool) -> Path:
    photos.write(Photo(np.asarray(pictures.small())), path, **options)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_generated_picture_is_marked_and_another_is_not(tmp_path: Path, suffix: str) -> None:
    assert photos.is_marked(written(tmp_path / f"yes{suffix}"))
    assert photos.is_marked(str(written(tmp_path / f"yes too{suffix}", generated=True)))
    assert not photos.is_marked(written(tmp_path / f"no{suffix}", generated=False))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_mark_is_iptcs_in_the_place_where_readers_look(tmp_path: Path, suffix: str) -> None:
    with Image.open(written(tmp_path / f"a{suffix}")) as image:
        root = ElementTree.fromstring(image.info["xmp"])
    names = {"iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "dc": "http://purl.org/dc/elements/1.1/"}
    assert root.findtext(".//iptc:DigitalSourceType", namespaces=names) == IPTC + "compositeWithTrainedAlgorithmicMedia"
    said = "".join(root.find(".//dc:description", names).itertext())  # type: ignore[union-attr]
    assert "AI-generated preview (genmark)" in said


def test_the_mark_is_small() -> None:
    assert len(marking.XMP) < 1000


@pytest.mark.parametrize("form", ["attribute", "element", "resource"])
@pytest.mark.parametrize(
    ("term", "marked"),
    [
        ("compositeWithTrainedAlgorithmicMedia", True),
        ("trainedAlgorithmicMedia", True),
        ("digitalCapture", False),
        ("composite", False),
    ],
)
def test_other_writers_marks_are_read_too(tmp_path: Path, form: str, term: str, marked: bool) -> None:
    tag = "Iptc4xmpExt:DigitalSourceType"
    xmp = {
        "attribute": f'<rdf:Description {tag}="{IPTC}{term}"/>',
        "element": f"<{tag}>{IPTC}{term}</{tag}>",
        "resource": f'<{tag} rdf:resource="{IPTC}{term}"/>',
    }[form]
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{xmp}</x:xmpmeta>'.encode()
    (tmp_path / "a.jpg").write_bytes(pictures.encoded(pictures.small(), "JPEG", xmp=packet))
    assert marking.is_marked(tmp_path / "a.jpg") is marked


def test_words_outside_an_xmp_packet_are_no_mark(tmp_path: Path) -> None:
    words = f"Iptc4xmpExt:DigitalSourceType={marking.SOURCE_TYPE}".encode()
    (tmp_path / "a.jpg").write_bytes(pictures.encoded(pictures.small(), "JPEG", comment=words))
    assert not marking.is_marked(tmp_path / "a.jpg")


def test_a_missing_file_is_neither_marked_nor_not(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="cannot be read"):
        marking.is_marked(tmp_path / "missing.png")
