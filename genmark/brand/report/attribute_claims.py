"""What may be said of attributes, what may not, and how many posts more it would take. English and Korean."""

from __future__ import annotations

from collections.abc import Sequence

from genmark.brand.certify import fewest
from genmark.brand.report.attributes import Attributes, AttributeScore
from genmark.brand.report.claims import Claim, more_for

_NAMED = 8


def claims_of_attributes(found: Attributes) -> tuple[Claim, ...]:
    """Which attributes are told beyond chance, and of which of them a precision may be promised."""
    told = [row for row in found.rows if row.told]
    return (
        *_told(told),
        *_untold([row for row in found.rows if not row.told], found.posts),
        *_promised([row for row in told if row.certified.threshold is not None]),
        *_unpromised([row for row in told if row.certified.threshold is None], found.independent),
        Claim(
            False,
            (
                "Attributes are not audited for shortcuts: what tells one may be a logo, text or how files were saved.",
                "속성에는 지름길 검사를 하지 않았습니다. 로고, 글자, 저장 방식으로 구별했을 수도 있습니다.",
            ),
        ),
    )


def _told(rows: Sequence[AttributeScore]) -> tuple[Claim, ...]:
    if not rows:
        return ()
    return (
        Claim(
            True,
            (
                f"Posts with {_names(rows)} can be told by their pictures: they are put before posts without, more "
                "often than chance would (corrected for the number of attributes).",
                f"사진만으로 알아볼 수 있는 속성: {_listed(rows)}. 속성이 있는 게시물을 우연보다 앞에 놓습니다(속성의 "
                "개수에 따라 보정).",
            ),
        ),
    )


def _untold(rows: Sequence[AttributeScore], posts: int) -> tuple[Claim, ...]:
    if not rows:
        return ()
    above = [row for row in rows if row.ap.value > row.chance.mean]
    # the interval shall end above what chance reaches: its lower half is the distance that more posts must halve
    more = max(
        (max(1, more_for(row.ap.value - row.ap.low, row.ap.value - row.chance.mean, posts)) for row in above), default=0
    )
    hint = (
        f" If what was seen stays so, up to {more:,} test posts more have an even chance to show it." if above else ""
    )
    hinted = f" 이대로라면 시험용 게시물이 최대 {more:,}개 더 있을 때 절반의 확률로 드러납니다." if above else ""
    return (
        Claim(
            False,
            (
                f"It may not be claimed that the pictures tell {_names(rows)}: that could be chance.{hint}",
                f"다음 속성은 사진으로 알아볼 수 있다고 말할 수 없습니다: {_listed(rows)}. 우연일 수 있습니다.{hinted}",
            ),
        ),
    )


def _promised(rows: Sequence[AttributeScore]) -> tuple[Claim, ...]:
    if not rows:
        return ()
    asked = rows[0].certified.precision
    return (
        Claim(
            True,
            (
                f"From the certified probability on, a post that is said to show {_names(rows, 'or')} does in at least "
                f"{asked:.0%} of cases, each with 95% confidence.",
                f"인증된 확률 이상에서 속성이 있다는 답은 각각 최소 {asked:.0%}가 맞습니다(신뢰수준 95%): "
                f"{_listed(rows)}.",
            ),
        ),
    )


def _unpromised(rows: Sequence[AttributeScore], independent: int) -> tuple[Claim, ...]:
    if not rows:
        return ()
    asked = rows[0].certified.precision
    needs = [row.certified.more for row in rows if row.certified.more is not None]
    least = fewest(asked, 1.0 - rows[0].certified.level)
    more, many = "", ""
    if needs:
        more = f" About {max(needs):,} independent calibration posts more are needed."
        many = f" 독립적인 보정용 게시물이 약 {max(needs):,}개 더 필요합니다."
    return (
        Claim(
            False,
            (
                f"No answer on {_names(rows, 'or')} may be promised to be right {asked:.0%} of the time: {independent} "
                f"independent calibration posts were there; without a single mistake {least} that show it would do."
                + more,
                f"{_listed(rows)}: 어떤 답도 {asked:.0%} 정확하다고 약속할 수 없습니다(독립적인 보정용 게시물 "
                f"{independent}개. 오류가 전혀 없을 때 최소 {least}개 필요).{many}",
            ),
        ),
    )


def _names(rows: Sequence[AttributeScore], last: str = "and") -> str:
    names = [row.name for row in rows]
    if not 1 < len(names) <= _NAMED:
        return _listed(rows)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def _listed(rows: Sequence[AttributeScore]) -> str:
    return ", ".join(row.name for row in rows[:_NAMED]) + (" …" if len(rows) > _NAMED else "")
