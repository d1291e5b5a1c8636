from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import gallery_cases as cases
import numpy as np
import pytest

from genmark import photos
from genmark.errors import UsageError, WriteError
from genmark.gallery.publication import add, finish, link
from genmark.recipes import Style
from genmark.types import Mask, Photo


def test_a_variants_files_are_named_after_style_and_seed(tmp_path: Path) -> None:
    add(cases.album(tmp_path), cases.variant(cases.eileen(), seed=7))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"copper-7.png", "copper-7.mask.png", "copper-7.card.png", "copper-7.card.pdf"}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("../../etc/passwd", "etc-passwd-0"), ("애쉬 브라운", "애쉬-브라운-0"), ("..", "style-0"), ("a<b>&\x00", "a-b-0")],
)
def test_a_style_can_not_name_a_file_outside_the_folder(tmp_path: Path, name: str, stem: str) -> None:
    entry = add(cases.album(tmp_path / "one"), cases.variant(cases.eileen(), Style(name, "x", "가")))
    assert entry.stem == stem
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_the_picture_and_its_mask_let_anyone_check_the_proof(tmp_path: Path) -> None:
    album = cases.album(tmp_path)
    entry = add(album, cases.variant(album.original))
    finish(album, [entry])
    before, after, mask = (photos.read(tmp_path / name).pixels for name in ("original.png", entry.file, entry.mask))
    changed, allowed = (before != after).any(axis=2), mask[:, :, 0] > 0
    assert changed.any()
    assert not changed[~allowed].any()
    assert (entry.changed, entry.kept) == (int(allowed.sum()), int((~allowed).sum()))


def test_an_entry_knows_the_hashes_of_its_files(tmp_path: Path) -> None:
    entry = add(cases.album(tmp_path), cases.variant(cases.eileen()))
    assert entry.sha256 == sha256((tmp_path / entry.file).read_bytes()).hexdigest()
    assert entry.mask_sha256 == sha256((tmp_path / entry.mask).read_bytes()).hexdigest()


def test_every_generated_file_says_that_ai_made_it_and_the_original_does_not(tmp_path: Path) -> None:
    album = cases.album(tmp_path)
    finish(album, cases.entries(album))
    marked = {path.name for path in tmp_path.iterdir() if photos.is_marked(path)}
    assert {"copper-0.png", "copper-0.card.png", "copper-0.card.pdf", "contact-sheet.jpg"} <= marked
    assert "original.png" not in marked


def test_a_gallery_is_made_the_same_byte_for_byte(tmp_path: Path) -> None:
    for place in ("one", "two"):
        album = cases.album(tmp_path / place)
        finish(album, [add(album, cases.variant(album.original, cases.NAVY))], up="../index.html")
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / place).iterdir()} for place in ("one", "two"))
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_a_style_and_seed_that_came_twice_is_shown_once_in_its_first_place(tmp_path: Path) -> None:
    album = cases.album(tmp_path)
    first, second, third = cases.entries(album)
    finish(album, [second, first, second, third])
    shown = json.loads((tmp_path / "manifest.json").read_text())["variants"]
    assert [one["file"] for one in shown] == ["platinum-1.png", "copper-0.png", "navy-0.png"]
    assert (tmp_path / "index.html").read_text().count("<article") == 1 + 3


@pytest.mark.parametrize(("picture_format", "suffix", "same"), [("jpeg", "jpg", False), ("webp", "webp", True)])
def test_pictures_can_be_asked_for_as_jpeg_and_as_lossless_webp(
    tmp_path: Path, picture_format: str, suffix: str, same: bool
) -> None:
    album = cases.album(tmp_path, picture_format=picture_format)
    variant = cases.variant(album.original)
    entry = add(album, variant)
    finish(album, [entry])
    assert entry.file == f"copper-0.{suffix}"
    assert np.array_equal(photos.read(tmp_path / entry.file).pixels, variant.photo.pixels) is same
    assert entry.lossy is not same
    assert ("before the picture was saved as JPEG" in (tmp_path / "index.html").read_text()) is not same


def test_an_unknown_picture_format_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'jpeg'"):
        cases.album(tmp_path, picture_format="jepg")


def test_a_variant_of_another_size_is_refused(tmp_path: Path) -> None:
    wrong = replace(
        cases.variant(cases.eileen()), photo=Photo(np.zeros((5, 4, 3), np.uint8)), changed=Mask(np.zeros((5, 4), bool))
    )
    with pytest.raises(ValueError, match=r"\(4, 5\)"):
        add(cases.album(tmp_path), wrong)


def test_an_album_without_an_entry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        finish(cases.album(tmp_path), [])


def test_a_folder_that_can_not_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteError, match="file"):
        add(cases.album(tmp_path / "file" / "album"), cases.variant(cases.eileen()))


def test_many_photos_get_one_page_that_links_theirs(tmp_path: Path) -> None:
    covers = []
    for name in ("anna", "김 민지", "100% #1?"):
        album = cases.album(tmp_path / name, cases.eileen(name))
        covers.append(finish(album, [add(album, cases.variant(album.original))], up="../index.html"))
    text = link(covers, tmp_path, cases.DAY).read_text()
    assert 'href="./anna/index.html"' in text
    assert 'href="./100%25%20%231%3F/index.html"' in text
    assert "3 photos" in text


def test_a_page_of_many_photos_links_only_what_lies_below_it(tmp_path: Path) -> None:
    album = cases.album(tmp_path / "one")
    cover = finish(album, [add(album, cases.variant(album.original))])
    (tmp_path / "two").mkdir()
    with pytest.raises(ValueError, match="subpath"):
        link([cover], tmp_path / "two", cases.DAY)
