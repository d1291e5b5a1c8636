"""`genmark target`: what photos say of whom to offer what, with the words that say so."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from genmark.audience.catalogue import Catalogue, require_known
from genmark.audience.matching import Matcher
from genmark.audience.meaning import Embedder, open_embedder
from genmark.audience.offer_files import load_catalogue
from genmark.audience.offers import Situation
from genmark.audience.segments import load_segments
from genmark.audience.targeting import NO_OFFERS, Targeted, offered
from genmark.cli.caption import describe
from genmark.cli.consents import HELP, Describer
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import Input, find_photos
from genmark.cli.sights import read_handfuls
from genmark.cli.voice import Voice
from genmark.errors import ModelMissing, PhotoError
from genmark.insight import Insight
from genmark.perceive.person.guard import Guard
from genmark.perceive.person.observations import OBSERVATIONS
from genmark.perceive.understanding import understand
from genmark.protocols import Captioner, Tagger
from genmark.registry import load
from genmark.types import Photo

Seen = tuple[Input, Photo | PhotoError]


@dataclass(frozen=True)
class Desk:
    """Who works on the photos of one command; `text` is the caption of all, where one was given."""

    captioner: Captioner
    tagger: Tagger | None
    guard: Guard
    matcher: Matcher
    catalogue: Catalogue
    now: datetime
    text: str | None
    look: Describer | None

    def target(self, photo: Photo, insight: Insight) -> Targeted:
        """Segments and offers of one photo; what a possible minor is in is spared."""
        spared = self.guard(photo, insight.people)
        found = self.matcher(insight.caption.text, insight.tags, minor=spared.minor, personal=not spared.personal)
        said = (insight.caption.text, *(tag.name for tag in insight.tags))
        person = None if self.look is None else self.look(photo, insight.people)
        seen = {} if person is None else {one.name: one.confidence for one in person.observations}
        situation = Situation(observations=seen, minor=spared.minor, texts=said)
        return offered(insight, found, self.catalogue, self.now, situation=situation)


@click.command("target")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@click.option("--text", metavar="CAPTION", help="What the photos show, English or Korean, in place of a caption made.")
@click.option("--audience", metavar="FILE", help="Your segments, TOML, or a shipped one's name.  [default: everyday]")
@click.option("--offers", metavar="FILE", help="Your offers, CSV or TOML, or a database's URL.")
@click.option("--table", default="", metavar="NAME", help="The table of offers in a database.")
@click.option("--captioner", default="embedded", show_default=True, metavar="NAME", help="Who writes the sentence.")
@click.option("--tagger", metavar="NAME", help="Who names what is there; else the captioner itself, if it does.")
@click.option("--meaning", default="minilm", show_default=True, metavar="NAME",
              help="What compares meanings: minilm, multilingual, a folder; words: words alone.")  # fmt: skip
@click.option("--consent", metavar="FILE", type=click.Path(exists=True, dir_okay=False), help=HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a photo on standard output.")
@click.pass_context
def command(ctx: click.Context, /, photos: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Say whom PHOTOs (files, or folders of them) speak of: segments with their evidence, and offers.

    Nothing is said where nothing is sure, where a text is sensitive, or where a photo is about somebody who may be
    under age; nothing about a person's looks is said where anybody in it may be.
    """
    voice = Voice(as_json, "path")
    inputs = find_photos(photos)
    desk = _set_up(**asked)
    with voice.progress(len(inputs), "target") as advance:
        for handful in read_handfuls(inputs):
            _work(handful, desk, voice, as_json, advance)
    ctx.exit(BAD_INPUT if voice.bad else 0)


def _set_up(
    text: str | None, audience: str | None, offers: str | None, table: str, captioner: str, tagger: str | None,
    meaning: str, consent: str | None,
) -> Desk:  # fmt: skip
    """Look everything up before the first photo is touched."""
    segments = load_segments(audience)
    catalogue = NO_OFFERS if offers is None else load_catalogue(offers, table)
    write, tag = load("captioners", captioner), None if tagger is None else load("taggers", tagger)
    require_known(catalogue, [segment.id for segment in segments], OBSERVATIONS)
    parse = load("parsers", "embedded")
    look = None if consent is None else Describer(consent, parse)
    matcher = Matcher(segments, _embedder(meaning))
    return Desk(write, tag, Guard(parse), matcher, catalogue, datetime.now(UTC), text, look)


def _embedder(meaning: str) -> Embedder | None:
    if meaning == "words":
        return None
    try:
        return open_embedder(meaning)
    except ModelMissing as error:
        if meaning != "minilm":
            raise
        click.echo(f"genmark: words alone are compared: {error}", err=True)
        return None


def _work(handful: Sequence[Seen], desk: Desk, voice: Voice, as_json: bool, advance: Callable[[int], None]) -> None:
    photos = [one for _, one in handful if isinstance(one, Photo)]
    insights = understand(photos, desk.captioner, desk.tagger, desk.text)
    for item, one in handful:
        if isinstance(one, PhotoError):
            voice.complain(item.path, one)
        else:
            _say(item.path, desk.target(one, next(insights)), as_json)
        advance(1)


def _say(path: str, found: Targeted, as_json: bool) -> None:
    """One line on one photo."""
    if as_json:
        click.echo(json.dumps({"path": path, **describe(found.insight), **_plain(found)}, ensure_ascii=False))
        return
    named = ", ".join(f"{one.name} ({_because(one.evidence)})" for one in found.matches)
    click.echo(f"{path}: {named or f'nothing: {found.reason}'}")
    for offer in found.offers:
        click.echo(f"    {offer.line or offer.offer.name}: {'; '.join(offer.reasons)}")


def _because(evidence: Sequence[Any]) -> str:
    return ", ".join(repr(one.text) for one in evidence)


def _plain(found: Targeted) -> dict[str, Any]:
    """Segments and offers as plain values."""
    segments = [
        {
            "id": one.id,
            "name": one.name,
            "korean": one.korean,
            "score": one.score,
            "evidence": [{"text": word.text, "source": word.source, "weight": word.weight} for word in one.evidence],
        }
        for one in found.matches
    ]
    offers = [
        {"id": one.offer.id, "name": one.offer.name, "score": round(one.score, 4), "reasons": one.reasons,
         "line": one.line, "line_korean": one.korean}
        for one in found.offers
    ]  # fmt: skip
    return {"segments": segments, "offers": offers, "abstained": found.abstained, "reason": found.reason}
