"""Photos to what they show: a caption and tags, from one backend that gives both or from one of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genmark.insight import Caption, Insight
from genmark.protocols import Captioner, Tagger
from genmark.types import Photo


def understand(
    photos: Sequence[Photo], captioner: Captioner, tagger: Tagger | None = None, text: str | None = None
) -> Iterator[Insight]:
    """What each photo shows, in order.

    captioner  one that can `describe` gives tags and faces beside its captions, at the price of the caption alone
    tagger     whose tags are taken instead; None: the captioner's own, if it has any
    text       the caption of each photo, where somebody has given it; then the captioner's own is not asked for
    """
    insights = _describe(photos, captioner)
    tagged = [insight.tags for insight in insights] if tagger is None else tagger(photos)
    for insight, tags in zip(insights, tagged, strict=True):
        caption = insight.caption if text is None else Caption(text, 1.0, source="given")
        yield Insight(insight.name, caption, tuple(tags), insight.people, insight.minor, insight.facts)


def _describe(photos: Sequence[Photo], captioner: Captioner) -> list[Insight]:
    describe = getattr(captioner, "describe", None)
    if describe is not None:
        return list(describe(photos))
    return [Insight(photo.name, caption) for photo, caption in zip(photos, captioner(photos), strict=True)]
