"""Looks in words, English and Korean: which way a picture or a brand departs, never whether that is good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from genmark.brand.compare import Departure, Difference

Words = tuple[str, str]
"""(English, Korean)."""


@dataclass(frozen=True)
class _Sense:
    """What more and less of a number is called: English comparatives, and Korean stems that take -고 and -ㅂ니다."""

    family: str
    more: str
    less: str
    more_korean: Words
    less_korean: Words


def _sense(family: str, more: str, less: str, more_korean: str, less_korean: str) -> _Sense:
    first, second = more_korean.split("/"), less_korean.split("/")
    return _Sense(family, more, less, (first[0], first[1]), (second[0], second[1]))


_SENSES = {
    "brightness": _sense("light", "brighter", "darker", "더 밝고/더 밝습니다", "더 어둡고/더 어둡습니다"),
    "clarity": _sense("light", "brighter", "darker", "더 밝고/더 밝습니다", "더 어둡고/더 어둡습니다"),
    "contrast": _sense(
        "contrast",
        "higher in contrast",
        "lower in contrast",
        "대비가 더 강하고/대비가 더 강합니다",
        "대비가 더 약하고/대비가 더 약합니다",
    ),
    "saturation": _sense(
        "saturation",
        "more saturated",
        "less saturated",
        "채도가 더 높고/채도가 더 높습니다",
        "채도가 더 낮고/채도가 더 낮습니다",
    ),
    "hue_concentration": _sense(
        "hues",
        "closer to one hue",
        "more mixed in hue",
        "색상이 더 한결같고/색상이 더 한결같습니다",
        "색상이 더 섞여 있고/색상이 더 섞여 있습니다",
    ),
    "hue_count": _sense(
        "hues",
        "of more hues",
        "of fewer hues",
        "색상 수가 더 많고/색상 수가 더 많습니다",
        "색상 수가 더 적고/색상 수가 더 적습니다",
    ),
    "warmth": _sense(
        "warmth",
        "warmer",
        "cooler",
        "색감이 더 따뜻하고/색감이 더 따뜻합니다",
        "색감이 더 차갑고/색감이 더 차갑습니다",
    ),
    "colourfulness": _sense(
        "saturation",
        "more colourful",
        "less colourful",
        "색채가 더 풍부하고/색채가 더 풍부합니다",
        "색채가 더 절제되어 있고/색채가 더 절제되어 있습니다",
    ),
    "edge_density": _sense(
        "busy", "busier", "calmer", "화면이 더 복잡하고/화면이 더 복잡합니다", "화면이 더 차분하고/화면이 더 차분합니다"
    ),
    "sharpness": _sense("sharpness", "sharper", "softer", "더 선명하고/더 선명합니다", "더 부드럽고/더 부드럽습니다"),
    "negative_space": _sense(
        "space", "emptier", "fuller", "여백이 더 많고/여백이 더 많습니다", "여백이 더 적고/여백이 더 적습니다"
    ),
    "symmetry_sideways": _sense(
        "symmetry",
        "more symmetrical",
        "less symmetrical",
        "좌우 대칭이 더 뚜렷하고/좌우 대칭이 더 뚜렷합니다",
        "좌우 대칭이 덜 뚜렷하고/좌우 대칭이 덜 뚜렷합니다",
    ),
    "thirds_distance": _sense(
        "thirds",
        "farther from the thirds",
        "closer to the thirds",
        "삼등분점에서 더 멀고/삼등분점에서 더 멉니다",
        "삼등분점에 더 가깝고/삼등분점에 더 가깝습니다",
    ),
    "balance": _sense(
        "balance",
        "more centred",
        "more off-centre",
        "무게 중심이 더 가운데에 있고/무게 중심이 더 가운데에 있습니다",
        "무게 중심이 더 치우쳐 있고/무게 중심이 더 치우쳐 있습니다",
    ),
    "figure_share": _sense(
        "figure",
        "larger in its subject",
        "smaller in its subject",
        "피사체가 더 크고/피사체가 더 큽니다",
        "피사체가 더 작고/피사체가 더 작습니다",
    ),
    "figure_contrast": _sense(
        "ground",
        "stronger between subject and ground",
        "weaker between subject and ground",
        "피사체와 배경의 차이가 더 크고/피사체와 배경의 차이가 더 큽니다",
        "피사체와 배경의 차이가 더 작고/피사체와 배경의 차이가 더 작습니다",
    ),
}
_SENSES["contrast_range"] = _SENSES["contrast"]
_SENSES["complexity"] = _SENSES["luma_entropy"] = _SENSES["edge_density"]
"""Only names with plain words; hue, spreads and slopes are for the table."""


def departure_words(rows: Iterable[Departure], least: float = 1.0, most: int = 3) -> Words:
    """One sentence on a picture: "Warmer and busier than the brand.", at most `most` things of different kinds, each at
    least `least` standard deviations off, the farthest first."""
    found = _chosen([(row.name, row.z) for row in rows if abs(row.z) >= least], most)
    if not found:
        return "Within what is usual for the brand.", "브랜드의 평소 범위 안에 있습니다."
    return f"{_english(found)} than the brand.", f"브랜드보다 {_korean(found)}."


def difference_words(rows: Iterable[Difference], one: str, other: str, least: float = 0.5, most: int = 3) -> Words:
    """One sentence on two brands, `one` and `other` by name: only differences with q under 0.05 and |d| of at least
    `least`, at most `most` of different kinds, the largest first."""
    found = _chosen([(row.name, row.d) for row in rows if row.q < 0.05 and abs(row.d) >= least], most)
    if not found:
        return (
            f"These pictures show no clear difference in look between {one} and {other}.",
            f"이 사진들로는 {one} 및 {other} 사이의 뚜렷한 시각적 차이를 확인할 수 없습니다.",
        )
    english = _english(found)
    return f"{one}: {english[0].lower()}{english[1:]} than {other}.", f"{one}: {other}보다 {_korean(found)}."


def _chosen(rows: Sequence[tuple[str, float]], most: int) -> list[tuple[_Sense, bool]]:
    """The largest of each family, the largest first: (sense, whether there is more of it)."""
    best: dict[str, tuple[_Sense, bool]] = {}
    for name, size in sorted(rows, key=lambda row: -abs(row[1])):
        if name in _SENSES:
            best.setdefault(_SENSES[name].family, (_SENSES[name], size > 0))
    return list(best.values())[:most]


def _english(found: Sequence[tuple[_Sense, bool]]) -> str:
    words = [sense.more if more else sense.less for sense, more in found]
    text = " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
    return text[0].upper() + text[1:]


def _korean(found: Sequence[tuple[_Sense, bool]]) -> str:
    words = [sense.more_korean if more else sense.less_korean for sense, more in found]
    return ", ".join([going_on for going_on, _ in words[:-1]] + [words[-1][1]])
