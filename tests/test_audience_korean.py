"""Korean nouns, brought home: particles come off, compounds are known, what is not in the list says nothing."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmark.audience import korean
from genmark.audience.korean import KiwiNouns, bring_home, has_hangul, word_list
from genmark.audience.segments import load_segments
from genmark.errors import UsageError

needs_kiwi = pytest.mark.skipif(find_spec("kiwipiepy") is None, reason="kiwipiepy is an extra")

SENTENCES = [
    ("강아지가 산에서 달린다", ["puppy", "mountain"]),
    ("소파 위에 고양이 두 마리가 있다", ["cat", "sofa"]),
    ("바닷가에서 서핑보드를 든 남자", ["surfboard", "beach"]),
    ("친구들과 캠핑장에서 먹는 바비큐", ["barbecue", "campsite"]),
    ("미용실에서 파마하고 염색했어요", ["perm", "hair color", "hair salon"]),
    ("아기방에 아기침대와 모빌이 있다", ["crib", "nursery mobile", "baby room"]),
    ("커피와 케이크", ["coffee", "cake"]),
    ("자전거도로", ["bike path"]),
    ("등산로를 걷는 등산객들", ["mountain trail", "hiker"]),
    ("새를 보는 사람", ["bird"]),
    ("새 신발과 가방", ["shoes", "bag"]),
    ("냉장고와 전자레인지가 있는 주방", ["refrigerator", "microwave", "kitchen"]),
    ("노트북으로 일하는 사무실", ["laptop", "office"]),
    ("딸기케이크", ["strawberry", "cake"]),
    ("꽃병에 꽂힌 장미꽃다발", ["roses", "bouquet", "vase"]),
]


@pytest.mark.parametrize(("text", "english"), SENTENCES)
def test_nouns_are_found_without_an_analyser(text: str, english: list[str]) -> None:
    found = bring_home(text)
    assert [phrase.text for phrase in found] == english
    assert all(phrase.shown in text for phrase in found)


@needs_kiwi
@pytest.mark.slow
def test_nouns_are_found_with_kiwi() -> None:
    reader = KiwiNouns()
    wanted = found = right = 0
    for text, english in SENTENCES:
        given = [phrase.text for phrase in bring_home(text, reader)]
        wanted, found, right = wanted + len(english), found + len(given), right + len(set(english) & set(given))
    assert right / wanted >= 0.9
    assert right / found >= 0.9


@pytest.mark.parametrize(
    "particle", ["", "가", "를", "는", "에서", "으로", "까지", "와", "의", "에게", "들이", "처럼", "도"]
)
def test_any_particle_comes_off(particle: str) -> None:
    assert [phrase.text for phrase in bring_home(f"강아지{particle} 있다")] == ["puppy"]


@pytest.mark.parametrize("text", ["", "a dog", "가나다라", "ㅋㅋㅋ", "🐶", "123", "있다 없다 했다"])
def test_what_the_list_does_not_know_says_nothing(text: str) -> None:
    assert bring_home(text) == ()


@given(st.text(alphabet="강아지고양이가를 에서새말abc .\n", max_size=40))
def test_whatever_is_found_stands_in_the_text(text: str) -> None:
    for phrase in bring_home(text):
        assert phrase.shown in text
        assert has_hangul(phrase.shown)


def test_the_list_is_large_clean_and_without_doubles() -> None:
    with Path(korean.__file__).with_name("words.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["korean"], row["english"]) for row in csv.DictReader(lines)]
    assert len(rows) >= 1200
    assert len(dict(rows)) == len(rows)
    assert [row for row in rows if not all("가" <= letter <= "힣" for letter in row[0])] == []
    assert [row for row in rows if not row[1].isascii() or row[1] != row[1].strip().casefold() or not row[1]] == []


def test_the_korean_names_of_the_house_are_mostly_understood() -> None:
    segments = load_segments()
    known = [segment for segment in segments if bring_home(segment.korean)]
    assert len(known) / len(segments) >= 0.8
    assert len(word_list()) >= 1200


@pytest.mark.skipif(find_spec("kiwipiepy") is not None, reason="kiwipiepy is installed")
def test_kiwi_is_asked_for_by_name_where_it_is_missing() -> None:
    with pytest.raises(UsageError, match=r"genmark\[audience\]"):
        KiwiNouns()
