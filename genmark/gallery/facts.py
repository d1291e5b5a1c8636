"""What was measured on a variant, said so that a customer understands it. Page and card show the same facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genmark.gallery.words import Pair, region
from genmark.variants import Variant

_DELTA_STEPS: tuple[tuple[float, Pair], ...] = (
    (1.0, ("cannot be told from the swatch", "견본과 구별할 수 없음")),
    (2.5, ("next to nothing off the swatch", "견본과 거의 같음")),
    (5.0, ("close to the swatch", "견본에 가까움")),
    (10.0, ("visibly off the swatch", "견본과 눈에 띄게 다름")),
)
_DELTA_FAR: Pair = ("far from the swatch", "견본과 많이 다름")
_SEAM_STEPS: tuple[tuple[float, Pair], ...] = (
    (0.8, ("no edge that the photo did not have", "사진에 없던 경계가 생기지 않음")),
    (0.6, ("next to no new edge", "새로 생긴 경계가 거의 없음")),
    (0.4, ("an edge a little stronger than in the photo", "사진보다 경계가 조금 강함")),
)
_SEAM_FAR: Pair = ("an edge stronger than in the photo: look closely", "사진보다 경계가 강함: 확인 필요")


@dataclass(frozen=True)
class Fact:
    """One measurement.

    label    what was measured
    value    the number, the same in every language
    meaning  what the number says, in plain words
    good     False where a person should look twice
    """

    label: Pair
    value: str
    meaning: Pair
    good: bool = True


_LENGTHS = {
    "buzz": ("buzz", "버즈"),
    "short": ("short", "짧은 길이"),
    "chin": ("chin", "턱선 길이"),
    "shoulder": ("shoulder", "어깨 길이"),
    "long": ("long", "긴 길이"),
}
_CURLS = {
    "straight": ("straight", "생머리"),
    "wavy": ("wavy", "웨이브"),
    "curly": ("curly", "컬"),
    "coily": ("coily", "강한 컬"),
}
_FRINGES = {
    "full": ("full fringe", "풀뱅"),
    "see-through": ("see-through fringe", "시스루뱅"),
    "side": ("side fringe", "사이드뱅"),
    "curtain": ("curtain fringe", "커튼뱅"),
}


def facts(variant: Variant, kept: int) -> list[Fact]:
    """The facts of one variant, most important first. `kept` is the number of pixels that had to stay."""
    proof = variant.proof
    reshaped = variant.style.cut is not None or variant.style.perm is not None
    where = ("marked area", "표시된 영역") if reshaped else region(variant.style.region)
    found = [_kept(proof.kept_max_diff, where, kept)]
    if proof.delta_e is not None:
        found.append(_shade(proof.delta_e))
    found.append(_seam(proof.seam))
    if variant.measured.get("length") in _LENGTHS:
        found.append(_look(variant.measured))
    return [*found, *_fits(variant)]


def speed(variant: Variant) -> Fact | None:
    """How long the variant took, or None where nobody measured it."""
    if "total" not in variant.milliseconds:
        return None
    told = ("to make, on this computer", "이 컴퓨터에서 생성에 걸린 시간")
    return Fact(("Time", "소요 시간"), f"{variant.milliseconds['total'] / 1000:.2f} s", told)


def _fits(variant: Variant) -> list[Fact]:
    """How well it fits the brand, by who chose and by who only judges."""
    if variant.fit is None:
        return []
    opinion = variant.opinion
    told = ("how well it fits the brand, from 0 to 1", "브랜드와 어울리는 정도, 0에서 1까지")
    if opinion is not None:
        told = (
            f"fits {opinion.brand}, from 0 to 1; ranked by this",
            f"{opinion.brand} 적합도, 0에서 1까지 (순위 기준)",
        )
    found = [Fact(("Brand fit", "브랜드 적합도"), f"{variant.fit:.2f}", told)]
    if opinion is not None and opinion.judge is not None:
        meaning = ("by an independent judge, which chose nothing", "선택에 쓰이지 않은 독립 평가기의 점수")
        found.append(Fact(("Judge", "심사"), f"{opinion.judge:.2f}", meaning))
    return found


def _kept(largest: int, where: tuple[str, str], kept: int) -> Fact:
    english, korean = where
    label = ("Kept", "보존")
    if largest == 0:
        told = (f"of {kept:,} pixels outside the {english} changed", f"{korean} 밖 {kept:,}화소 중 변경된 화소 수")
        return Fact(label, "0", told)
    told = (
        f"levels of 255: pixels outside the {english} changed by up to this much",
        f"/ 255단계: {korean} 밖의 화소가 최대 이만큼 변경됨",
    )
    return Fact(label, str(largest), told, good=False)


def _look(measured: Mapping[str, object]) -> Fact:
    """Length, structure and fringe as parsed from the finished picture."""
    english, korean = _LENGTHS[str(measured["length"])]
    parts = [_CURLS.get(str(measured.get("curl"))), _FRINGES.get(str(measured.get("fringe")))]
    more = [part for part in parts if part is not None]
    meaning = (
        ", ".join(["as measured on the preview", *(part[0] for part in more)]),
        ", ".join([f"미리보기에서 측정: {korean}", *(part[1] for part in more)]),
    )
    return Fact(("Hair", "헤어"), english, meaning)


def _shade(delta_e: float) -> Fact:
    english, korean = next((words for most, words in _DELTA_STEPS if delta_e <= most), _DELTA_FAR)
    meaning = f"{english}, in this photo's light", f"{korean} (이 사진의 조명 기준)"
    return Fact(("Shade", "색상"), f"ΔE {delta_e:.1f}", meaning, good=delta_e <= _DELTA_STEPS[-1][0])


def _seam(seam: float) -> Fact:
    meaning = next((words for least, words in _SEAM_STEPS if seam >= least), _SEAM_FAR)
    return Fact(("Edge", "경계"), f"{seam * 100:.0f} / 100", meaning, good=seam >= _SEAM_STEPS[-1][0])
