"""Ad lines: filled with a stranger's words, and still harmless; Korean particles by the last sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmark.audience.adline import LONGEST_LINE, LONGEST_WORD, ad_line, check_template, clean, particle


@pytest.mark.parametrize(
    ("word", "pair", "right"),
    [
        ("강아지", "을", "를"), ("산책길", "을", "을"), ("고양이", "이", "가"), ("곰", "이", "이"),
        ("커피", "은", "는"),
        ("빵", "은", "은"), ("개", "과", "와"), ("말", "과", "과"), ("서울", "으로", "로"), ("부산", "으로", "으로"),
        ("제주", "으로", "로"), ("칼", "이나", "이나"), ("차", "이나", "나"), ("2026년 3", "을", "을"),
        ("5", "을", "를"), ("6", "으로", "으로"),
        ("7", "으로", "로"), ("TV", "을", "을(를)"), ("", "이", "이(가)"), ("값", "이", "이"),
    ],
)  # fmt: skip
def test_the_particle_follows_the_last_sound(word: str, pair: str, right: str) -> None:
    assert particle(word, pair) == right


def test_a_particle_without_a_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="을/를"):
        particle("개", "의")


def test_lines_are_filled_in_both_languages() -> None:
    words = ["a dog", "mountain trail", "a third"]
    assert ad_line("For {words}: 10% off", words) == "For a dog and mountain trail: 10% off"
    assert ad_line("{words:을/를} 위한 사료", words, "ko") == "개, 등산로를 위한 사료"
    assert ad_line("{words:이/가} 좋아할 사료", ["강아지"], "ko") == "강아지가 좋아할 사료"
    assert ad_line("For {words}", ["강아지를"]) == "For puppy"
    assert ad_line("No words here", []) == "No words here"
    assert ad_line("{words:을/를} 위한", ["a dog running"], "ko") == "개를 위한"


def test_without_a_word_the_segment_stands_there_or_nothing_does() -> None:
    assert ad_line("{words:을/를} 위한 사료", ["zyzzyva"], "ko", "반려동물용품") == "반려동물용품을 위한 사료"
    assert ad_line("For {words}", [], "en", "Dogs") == "For Dogs"
    assert ad_line("For {words}", []) == ""
    assert ad_line("", ["a dog"]) == ""


def test_denied_words_are_never_said() -> None:
    assert ad_line("For {words}", ["a church", "a bus"]) == "For a bus"
    assert ad_line("For {words}", ["a cancer patient"], "en", "the clinic") == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert('x')</script>",
        "http://evil.example/?a=1&b=2",
        "{words}{0.__class__}",
        "a\u202edog\n\r\x00",
        '"><b',
    ],
)
def test_markup_links_and_braces_do_not_survive(hostile: str) -> None:
    line = ad_line("For {words}: now", [hostile])
    assert not set(line) & set("<>&\"'{}/\n\r\x00\u202e.")
    assert line.startswith("For ")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("For {word}", "no other braces"),
        ("For {words.__class__}", "no other braces"),
        ("For {words!r}", "no other braces"),
        ("{words:을/가} 위한", "no pair of particles"),
        ("For {{words}}", "no other braces"),
        ("{", "no other braces"),
    ],
)
def test_templates_with_other_braces_are_refused(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_template(template)


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_word_gives_a_line_that_is_short_and_plain(word: str, other: str) -> None:
    for line in (
        ad_line("For {words}: now", [word, other]),
        ad_line("{words:을/를} 위한", [word, other], "ko"),
        ad_line("x" * 300, [word]),
    ):
        assert len(line) <= LONGEST_LINE
        assert not set(line) & set("<>&\"'{}")
        assert all(letter.isprintable() for letter in line)
    assert len(clean(word)) <= LONGEST_WORD
