from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import gallery_cases as cases
import numpy as np
import pytest

from genmark.gallery import words
from genmark.gallery.album import Entry
from genmark.gallery.card import SIZE, card, pdf
from genmark.gallery.facts import facts, speed
from genmark.gallery.lettering import font, wrap
from genmark.gallery.publication import add
from genmark.gallery.sheet import columns_for, sheet
from genmark.recipes import Style
from genmark.types import Mask, Photo
from genmark.variants import Proof, Variant

LONG = ("A very long note about what this takes. " * 9, "긴 안내문입니다 띄어쓰기없이길게이어지는말도있습니다 " * 9)


def entry_of(variant: Variant) -> Entry:
    inside = variant.changed.inside
    return Entry(variant, b"", "x-0", "x-0.png", "a" * 64, "b" * 64, int(inside.sum()), int((~inside).sum()))


def blank(width: int, height: int) -> Photo:
    return Photo(np.full((height, width, 3), 128, np.uint8))


def test_a_card_is_a5_at_300_dots_per_inch() -> None:
    photo = cases.eileen()
    drawn = card(photo, entry_of(cases.variant(photo)), cases.run())
    assert drawn.size == SIZE == (round(148 / 25.4 * 300), round(210 / 25.4 * 300))


def test_a_card_shows_before_and_after() -> None:
    photo = blank(300, 400)
    after = Photo(np.full((400, 300, 3), (200, 30, 30), np.uint8))
    variant = replace(cases.variant(photo), photo=after)
    pixels = card(photo, entry_of(variant), cases.run()).pixels
    left, right = pixels[800, SIZE[0] // 4], pixels[800, 3 * SIZE[0] // 4]
    assert (left.tolist(), right.tolist()) == ([128, 128, 128], [200, 30, 30])


@pytest.mark.parametrize("size", [(300, 400), (1024, 200), (200, 1024), (1, 1)])
@pytest.mark.parametrize("style", [Style("x", "W" * 300, "가\n" * 300), cases.NAVY])
def test_nothing_is_drawn_outside_a_cards_margins(size: tuple[int, int], style: Style) -> None:
    photo = blank(*size)
    proof = Proof(255, 99.9, 0.01, (LONG,) * 5)
    variant = Variant(photo, style, 2**63, "b" * 200, Mask(np.ones(size[::-1], bool)), proof, {"total": 1e9}, fit=0.5)
    margins = card(photo, entry_of(variant), cases.run()).pixels.copy()
    margins[110:-110, 110:-110] = 255
    assert (margins == 255).all()


def test_notes_never_run_into_what_stands_below_them() -> None:
    photo = cases.eileen()
    few, many = (
        card(photo, entry_of(cases.variant(photo, proof=Proof(0, 1.0, 1.0, notes))), cases.run()).pixels
        for notes in ((), (cases.BLEACH, LONG, LONG))
    )
    differs = np.flatnonzero((few != many).any(axis=(1, 2)))
    footer = np.flatnonzero((few[:, 200:-200] == 222).any(axis=(1, 2)))[-1]
    assert 0 < differs.max() < footer


def test_three_notes_are_all_on_a_card_even_beside_a_tall_photo() -> None:
    photo = blank(300, 450)
    note = ("Between rounds the hair is orange, then yellow.", "탈색 중에는 주황색과 노란색을 거친 뒤 색을 입힙니다.")
    two, three = (
        card(photo, entry_of(cases.variant(photo, proof=Proof(0, 1.0, 1.0, (note,) * n), fit=0.5)), cases.run()).pixels
        for n in (2, 3)
    )
    assert (two != three).any()


def test_a_pdf_card_has_one_page_of_a5(tmp_path: Path) -> None:
    add(cases.album(tmp_path), cases.variant(cases.eileen()))
    data = (tmp_path / "copper-0.card.pdf").read_bytes()
    assert re.findall(rb"/Count (\d+)", data) == [b"1"]
    box = re.search(rb"/MediaBox \[ ([\d. ]+) \]", data)
    assert box is not None
    _, _, width, height = (float(side) * 25.4 / 72 for side in box[1].split())
    assert (round(width), round(height)) == (148, 210)


def test_a_pdf_card_says_in_its_properties_that_ai_made_it() -> None:
    data = pdf(blank(*SIZE), ("Copper", "카퍼"), cases.DAY)
    keywords = re.search(rb"/Keywords <([0-9a-fA-F]+)>|/Keywords \((.*?)\)", data)
    assert keywords is not None
    text = bytes.fromhex(keywords[1].decode()) if keywords[1] else keywords[2]
    assert b"AI-generated" in text.replace(b"\0", b"")


def test_a_pdf_card_is_the_same_every_time_and_dated_as_told() -> None:
    one, two = (pdf(blank(*SIZE), ("Copper", "카퍼"), cases.DAY) for _ in range(2))
    assert one == two
    assert b"D:20261121" in one.replace(b"\0", b"")


@pytest.mark.parametrize("name", ["copper-0.card.pdf", "copper-0.card.png"])
def test_a_card_names_neither_the_customer_nor_a_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "kim-minji"
    add(cases.album(folder, cases.eileen("kim-minji")), cases.variant(cases.eileen("kim-minji")))
    data = (folder / name).read_bytes()
    assert b"minji" not in data
    assert "minji".encode("utf-16-be") not in data
    assert tmp_path.name.encode() not in data


def test_a_card_does_not_depend_on_the_photos_name() -> None:
    one, two = (
        card(cases.eileen(name), entry_of(cases.variant(cases.eileen(name))), cases.run()) for name in ("anna", "bela")
    )
    assert np.array_equal(one.pixels, two.pixels)


def every_text() -> list[str]:
    texts = [text for pair in (*words.WORDS.values(), *words.REGIONS.values()) for text in pair]
    for proof in (Proof(0, 0.5, 0.9), Proof(3, 2.0, 0.7), Proof(0, 4.0, 0.5), Proof(0, 9.0, 0.1), Proof(0, 50.0, 1.0)):
        variant = cases.variant(cases.eileen(), proof=proof, fit=0.5)
        for fact in (*facts(variant, 1234), speed(variant)):
            assert fact is not None
            texts += [*fact.label, fact.value, *fact.meaning]
    return [*texts, *words.day(cases.DAY), *words.looks(3), *words.photo_count(1)]


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_the_shipped_fonts_have_every_letter_that_the_gallery_writes(weight: str) -> None:
    face = font("bold" if weight == "bold" else "regular", 40)
    unknown = face.getmask("\ue000").getbbox(), bytes(face.getmask("\ue000"))
    letters = {letter for text in every_text() for letter in text if not letter.isspace()}
    letters |= set("애쉬브라운초코밀크카키오렌지레드와인버건디로즈골드핑크베이지그레이실버플래티넘허니블론드올리브")
    letters |= set("민트라벤더바이올렛새치커버옴브레발레아쥬하이라이트블릿지이너컬러투톤뿌리염색탈색뱅펌숏컷é")
    missing = [one for one in letters if (face.getmask(one).getbbox(), bytes(face.getmask(one))) == unknown]
    assert missing == []


def test_the_shipped_fonts_do_not_carry_the_reserved_name_of_what_they_were_cut_from() -> None:
    for weight in ("regular", "bold"):
        family, style = font("bold" if weight == "bold" else "regular", 20).getname()
        assert (family, style) == ("Genmark Gothic", weight.capitalize())


def test_lines_are_broken_between_words_and_only_long_words_inside() -> None:
    face = font("regular", 30)
    assert wrap("one two three", face, round(face.getlength("one two "))) == ["one two", "three"]
    assert "".join(wrap("가" * 50, face, 200)) == "가" * 50
    assert all(face.getlength(line) <= 200 for line in wrap("가" * 50 + " and then some", face, 200))


def test_a_contact_sheet_shows_the_original_and_every_look_in_order(tmp_path: Path) -> None:
    photo = blank(100, 120)
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    looks = [replace(cases.variant(photo), photo=Photo(np.full((120, 100, 3), c, np.uint8))) for c in colours]
    drawn = sheet(photo, [entry_of(look) for look in looks], cases.DAY).pixels
    found = [np.argwhere((drawn == c).all(axis=2)).min(axis=0).tolist() for c in [(128, 128, 128), *colours]]
    assert found == sorted(found)
    assert len({tuple(place) for place in found}) == 4


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 3), (9, 5), (25, 7), (200, 8)])
def test_a_contact_sheet_is_wide_with_few_empty_places(count: int, columns: int) -> None:
    assert columns_for(count, 0.8) == columns
