"""Who judges previews: the file that chooses and, apart from it, one that only reports."""

from __future__ import annotations

from dataclasses import dataclass, replace

from genmark.brand.fit import BrandFit, check_independent
from genmark.brand.judging import Judgement
from genmark.errors import UsageError
from genmark.variants import Opinion, Variant


@dataclass(frozen=True, eq=False)
class Panel:
    """`chooser` gives the fit by which variants are ranked and searched for; `judge`, if there is one, a second fit
    that nothing is chosen by.

    Raises UsageError where no brand is named, the judge does not know it, or the judge is not independent.
    """

    chooser: BrandFit
    judge: BrandFit | None = None

    def __post_init__(self) -> None:
        brand = self.chooser.meant
        if self.judge is not None:
            check_independent(self.chooser.file, self.judge.file)
            if self.judge.meant != brand:
                raise UsageError(f"the judge scores {self.judge.meant!r}, the file that chooses {brand!r}")

    def second(self, variant: Variant) -> float | None:
        """The judge's fit of a variant; None without a judge."""
        return None if self.judge is None else self.judge([variant.photo])[0]

    def weigh(self, variant: Variant) -> Variant:
        """The variant with its fit and what there is to say of it."""
        (finding,) = self.chooser.explain([variant.photo])
        judged, brand = finding.judgement, self.chooser.meant
        opinion = Opinion(
            brand=brand,
            decision=judged.decision,
            reasons=tuple((reason, in_korean(judged)) for reason in judged.reasons),
            departs=finding.departs,
            like=tuple(near.file for near in finding.near if near.brand == brand),
            judge=self.second(variant),
        )
        return replace(variant, fit=judged.probabilities[brand], opinion=opinion)


def in_korean(judged: Judgement) -> str:
    """A judgement's decision in a Korean sentence."""
    shares = judged.probabilities
    likeliest = max(shares, key=shares.__getitem__)
    if judged.decision == "accept":
        return f"{judged.brand} {shares[likeliest]:.0%}: 인증된 기준 이상입니다."
    if judged.decision == "reject":
        return f"{likeliest} 쪽에 가깝습니다 ({shares[likeliest]:.0%})."
    return f"사람의 확인이 필요합니다 (가장 가까운 브랜드: {likeliest} {shares[likeliest]:.0%})."
