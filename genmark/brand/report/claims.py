"""What may be said of a brand model, what may not, and how many posts more it would take. English and Korean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from genmark.brand.agreement import Paired, Share, accuracy, compare, null_accuracy
from genmark.brand.certify import Certified, certify, fewest, one_of_each
from genmark.brand.report.evidence import Evidence
from genmark.brand.report.scores import BrandScore, wide
from genmark.gallery.words import Pair

CLOSE = 0.1
"""A brand's recall counts as known when its interval reaches no more than this to either side."""
_FEW_GROUPS = 20
"""With fewer groups the bootstrap's intervals are too short: it has too little to draw from."""


@dataclass(frozen=True)
class Claim:
    """One sentence, and whether it may be claimed of the brands or warns of what may not."""

    may: bool
    words: Pair


@dataclass(frozen=True)
class Headline:
    """The test split in short.

    accuracy  with its 95 % interval over groups; of `posts` test posts in `groups` groups
    null      the accuracy of always answering the brand that is commonest in train
    gain      over that
    claims    what may be said, and what may not
    """

    accuracy: Share
    null: float
    gain: Paired
    posts: int
    groups: int
    claims: tuple[Claim, ...]


def find_headline(
    evidence: Evidence, rows: tuple[BrandScore, ...], precision: float, known: bool, shortcuts: tuple[str, ...] | None
) -> Headline:
    """Measure the test split and say what it bears.

    precision   what the file was asked to promise
    known       whether posts of one account or campaign are known to be in one split only
    shortcuts   that an audit proved; None where there was no audit
    """
    test, train = evidence.at("test"), evidence.at("train")
    labels, groups = evidence.labels[test], evidence.groups[test]
    right = evidence.logits[test].argmax(axis=1) == labels
    commonest = int(np.bincount(evidence.labels[train]).argmax())
    many = len(np.unique(groups))
    share = wide(accuracy(right, groups), many)
    gain = compare(right, labels == commonest, groups)
    claims = (
        _beyond_chance(share, gain, (len(test), many), evidence.brands[commonest]),
        _promise(evidence, precision),
        *unknown_kin(known),
        *few_groups(many),
        *_uncertain(rows),
        _shortcuts(shortcuts),
    )
    null = null_accuracy(evidence.labels[train], labels)
    return Headline(share, null, gain, len(test), many, claims)


def more_for(half: float, wanted: float, count: int) -> int:
    """How many items more until an interval of `half` width, from `count` items, has half the `wanted` width.

    Widths fall with the root of the number, groups and all, as long as the posts to come are like these.
    """
    return max(0, math.ceil(count * (half / wanted) ** 2) - count)


def _beyond_chance(share: Share, gain: Paired, sizes: tuple[int, int], commonest: str) -> Claim:
    posts, groups = sizes
    if gain.low > 0.0 and gain.p < 0.05:  # of few groups the bootstrap is too sure, the exchange test is not
        return Claim(
            True,
            (
                f"The brands can be told apart by their pictures: {share.value:.1%} of unseen posts are given to the "
                f"right "
                f"brand, {100 * gain.gain:.0f} points more than by always answering {commonest}.",
                f"사진만으로 브랜드를 구별할 수 있습니다. 처음 보는 게시물의 {share.value:.1%}를 올바른 브랜드로 "
                f"판정했으며, "
                f"항상 {commonest}(으)로 답하는 것보다 {100 * gain.gain:.0f}%p 높습니다.",
            ),
        )
    if gain.gain <= 0.0:
        return Claim(
            False,
            (
                "It may not be claimed that the brands can be told apart by their pictures: the model is right no more "
                "often than always giving the same answer. If that stays so, no number of test posts more would show "
                "it.",
                "사진으로 브랜드를 구별할 수 있다고 말할 수 없습니다. 항상 같은 답을 하는 것보다 낫지 않으며, "
                "이대로라면 시험용 게시물이 더 있어도 달라지지 않습니다.",
            ),
        )
    more, points = _until_clear(gain, posts), f"{100 * gain.gain:.0f}"
    kin = math.ceil(more * groups / posts)
    apart = (f", if they come from {kin:,} more campaigns or accounts", f"다른 캠페인이나 계정 {kin:,}개에서 나온 ")
    if groups == posts:
        apart = ("", "")
    return Claim(
        False,
        (
            f"It may not be claimed yet that the brands can be told apart: the {points} points over always answering "
            f"{commonest} could be chance. If it stays so, about {more:,} test posts more have an even chance to "
            f"show it{apart[0]}.",
            f"아직 브랜드를 구별할 수 있다고 말할 수 없습니다. 항상 {commonest}(으)로 답하는 것과의 차이 {points}%p는 "
            f"우연일 수 있습니다. 이 차이가 유지된다면 {apart[1]}시험용 게시물이 "
            f"약 {more:,}개 더 있을 때 절반의 확률로 드러납니다.",
        ),
    )


def _until_clear(gain: Paired, posts: int) -> int:
    """How many posts more until the interval leaves 0 out and p is below 0.05, if the gain stays what it is."""
    # of few groups p comes in large steps, up to 1, which would ask for endless posts: the interval says more there
    z = NormalDist().inv_cdf(1.0 - min(gain.p, 0.2) / 2.0)
    wanted = NormalDist().inv_cdf(0.975)
    return max(more_for(gain.gain - gain.low, gain.gain, posts), more_for(wanted, z, posts), 1)


def _promise(evidence: Evidence, precision: float) -> Claim:
    cal = evidence.at("cal")
    alone = cal[one_of_each(evidence.groups[cal])]
    sure = evidence.shares(alone)
    found = certify(sure.max(axis=1), sure.argmax(axis=1) == evidence.labels[alone], precision)
    if found.threshold is not None:
        least_sure = f"{found.threshold:.1%}"
        return Claim(
            True,
            (
                (
                    f"Answers with a probability of {least_sure} or more"
                    if found.threshold
                    else "Answers, however unsure,"
                )
                + f" are right at least {precision:.0%} of the time; that is "
                f"certified, with 95% confidence, and covers {found.coverage:.0%} of posts.",
                ("모든" if not found.threshold else f"확률이 {least_sure} 이상인")
                + f" 답은 최소 {precision:.0%}가 맞습니다(신뢰수준 95% 인증). "
                f"게시물의 {found.coverage:.0%}가 해당합니다.",
            ),
        )
    least = fewest(precision, 0.05)
    why = _why_not(found, len(alone), least)
    return Claim(
        False,
        (
            f"No answer may be promised to be right {precision:.0%} of the time: {why[0]} ({len(alone)} independent "
            f"ones "
            f"were there; without a single mistake {least} would do).",
            f"어떤 답도 {precision:.0%} 정확하다고 약속할 수 없습니다. {why[1]}(독립적인 게시물 {len(alone)}개, "
            f"오류가 전혀 없을 때 최소 {least}개 필요).",
        ),
    )


def _why_not(found: Certified, independent: int, least: int) -> Pair:
    """Why nothing is certified."""
    if found.more is None and independent < least:
        return "there are too few calibration posts to tell", "판단하기에 보정용 게시물이 너무 적습니다"
    if found.more is None:
        return "even the surest answers were wrong too often", "가장 확실한 답도 너무 자주 틀렸습니다"
    return (
        f"about {found.more:,} more calibration posts, each of a campaign of its own, are needed",
        f"서로 다른 캠페인의 보정용 게시물이 약 {found.more:,}개 더 필요합니다",
    )


def unknown_kin(known: bool) -> tuple[Claim, ...]:
    """A warning where posts of one campaign may be in several splits."""
    if known:
        return ()
    return (
        Claim(
            False,
            (
                "That holds for posts like these, not yet for the next campaign: the data do not say which posts "
                "belong "
                "to one account or campaign, so test posts may have siblings among those learnt from, and the accuracy "
                "may be too high, its interval too short. A CSV with a column campaign or account would settle it.",
                "이 결과는 비슷한 게시물에 대한 것이며, 다음 캠페인에도 그렇다고 말할 수 없습니다. 데이터에 계정이나 "
                "캠페인이 "
                "없어 시험용 게시물과 같은 캠페인의 게시물을 학습했을 수 있고, 정확도가 실제보다 높을 수 있습니다. "
                "campaign 또는 account 열이 있는 CSV가 필요합니다.",
            ),
        ),
    )


def few_groups(groups: int) -> tuple[Claim, ...]:
    """A warning where there are too few groups of test posts to draw from."""
    if groups >= _FEW_GROUPS:
        return ()
    return (
        Claim(
            False,
            (
                f"The test posts come from {groups} independent groups only; below {_FEW_GROUPS}, intervals are a "
                f"rough "
                "guide and tend to be too short. Test posts of more campaigns or accounts would mend that.",
                f"시험용 게시물이 독립된 묶음 {groups}개에서만 나왔습니다. {_FEW_GROUPS}개 미만이면 구간은 "
                f"대략적이며 실제보다 "
                "짧은 경향이 있습니다. 더 많은 캠페인이나 계정의 게시물이 필요합니다.",
            ),
        ),
    )


def _uncertain(rows: tuple[BrandScore, ...]) -> tuple[Claim, ...]:
    """Brands of which too little is known: the most needed of all."""
    wants = []
    for row in rows:
        if row.recall is None:
            wants.append((row.brand, math.inf))
        elif (half := (row.recall.high - row.recall.low) / 2.0) > CLOSE:
            wants.append((row.brand, float(more_for(half, CLOSE, row.support))))
    if not wants:
        return ()
    finite = [many for _, many in wants if math.isfinite(many)]
    names = ", ".join(name for name, _ in wants[:6]) + (" …" if len(wants) > 6 else "")
    more = " to ".join(dict.fromkeys(f"{end:,.0f}" for end in (min(finite), max(finite)))) if finite else ""
    return (
        Claim(
            False,
            (
                f"For single brands the test is small: the share of its posts that is found is known to within "
                f"{100 * CLOSE:.0f} points for none of {names}."
                + (f" That would take about {more} test posts more a brand." if more else " They have no test posts."),
                f"브랜드별로 말하기에는 시험용 게시물이 적습니다. {names}의 재현율은 ±{100 * CLOSE:.0f}%p 안으로 알 "
                f"수 없습니다." + (f" 브랜드마다 약 {more.replace(' to ', '~')}개가 더 필요합니다." if more else ""),
            ),
        ),
    )


def _shortcuts(found: tuple[str, ...] | None) -> Claim:
    if found is None:
        return Claim(
            False,
            (
                "It may not be claimed that the feel of a brand was recognised: without a shortcut audit it may be a "
                "logo, text or how files were saved.",
                "브랜드의 분위기를 인식했다고 말할 수 없습니다. 지름길 검사가 없으면 로고, 글자, 저장 방식일 수도 "
                "있습니다.",
            ),
        )
    if found:
        return Claim(
            False,
            (
                f"Part of the accuracy is a shortcut, not the look ({', '.join(found)}): see the shortcut audit below.",
                f"정확도의 일부는 분위기가 아니라 지름길입니다({', '.join(found)}). 아래 지름길 검사를 보십시오.",
            ),
        )
    return Claim(
        False,
        (
            "No shortcut is proven, which does not prove that there is none: the audit below says what was tried.",
            "지름길이 입증되지 않았지만, 없다는 증거는 아닙니다. 무엇을 시험했는지는 아래 지름길 검사에 있습니다.",
        ),
    )
