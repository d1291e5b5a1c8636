"""Choices combined: cuts x perms x colours, as asked for on the command line."""

from __future__ import annotations

import pytest

from genmark.config import load_styles
from genmark.errors import UsageError
from genmark.grid import combine, find_part, read_grid, split_grid

STYLES = load_styles()


def test_a_grid_is_the_product_of_its_parts() -> None:
    cells = read_grid(["cut=bob,layered perm=none,s-curl", "dye=ash-brown,rose-gold"], STYLES)
    made = list(cells)
    assert len(made) == len({style.name for style in made}) == 8
    assert {style.cut for style in made} == {STYLES["bob-cut"].cut, STYLES["layered-cut"].cut}
    assert {style.perm for style in made} == {None, STYLES["s-curl-perm"].perm}
    assert made[0].name == "bob-cut-and-ash-brown"
    assert made[-1].korean == "레이어드컷 + S컬펌 + 로즈골드"
    assert cells[made[0]] == {"cut": "bob-cut", "perm": "none", "dye": "ash-brown"}
    assert cells[made[-1]] == {"cut": "layered-cut", "perm": "s-curl-perm", "dye": "rose-gold"}


def test_any_part_may_be_left_out() -> None:
    ((only, parts),) = read_grid(["dye=burgundy"], STYLES).items()
    assert (only.cut, only.perm, only.dye) == (None, None, STYLES["burgundy"].dye)
    assert parts == {"dye": "burgundy"}
    assert read_grid(["cut=none"], STYLES) == {}


def test_the_same_choice_twice_is_shown_once() -> None:
    assert len(read_grid(["cut=bob,bob-cut,보브컷"], STYLES)) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour=ash-brown", "cut=…, perm=… and dye=…"),
        ("bob", "not 'bob'"),
        ("cut=bobb", "bob"),
        ("perm=ash-brown", "no style is called 'ash-brown'"),
    ],
)
def test_what_is_no_choice_is_named(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_grid([text], STYLES)


def test_a_part_is_found_without_its_ending_and_in_korean() -> None:
    assert find_part("s-curl", "perm", STYLES) is STYLES["s-curl-perm"]
    assert find_part("허쉬컷", "cut", STYLES) is STYLES["hush-cut"]
    assert find_part("없음", "dye", STYLES) is None


def test_combined_styles_wear_each_part() -> None:
    made = combine({"cut": STYLES["lob"], "perm": None, "dye": STYLES["copper"]})
    assert made is not None
    assert (made.cut, made.perm, made.dye) == (STYLES["lob"].cut, None, STYLES["copper"].dye)
    assert combine({"cut": None}) is None


def test_photos_and_parts_of_a_grid_are_told_apart() -> None:
    photos, parts = split_grid(["anna.jpg", "perm=none,s-curl", "dye.jpg", "dye=ash-brown", "a=b.jpg"])
    assert photos == ("anna.jpg", "dye.jpg", "a=b.jpg")
    assert parts == ("perm=none,s-curl", "dye=ash-brown")
