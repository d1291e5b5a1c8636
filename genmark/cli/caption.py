"""`genmark caption`: what photos show, in a sentence and tags."""

from __future__ import annotations

import json
from typing import Any

import click

from genmark.cli.consents import HELP, Describer
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import find_photos
from genmark.cli.sights import read_handfuls
from genmark.cli.voice import Voice
from genmark.errors import PhotoError
from genmark.insight import Insight
from genmark.perceive.person.describe import Person
from genmark.perceive.understanding import understand
from genmark.registry import load
from genmark.types import Photo


@click.command("caption")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@click.option("--captioner", default="embedded", show_default=True, metavar="NAME", help="Who writes the sentence.")
@click.option("--tagger", metavar="NAME", help="Who names what is there; else the captioner itself, if it does.")
@click.option("--consent", metavar="FILE", type=click.Path(exists=True, dir_okay=False), help=HELP)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a photo on standard output.")
@click.pass_context
def command(
    ctx: click.Context, photos: tuple[str, ...], captioner: str, tagger: str | None, consent: str | None, as_json: bool
) -> None:
    """Say what PHOTOs (files, or folders of them) show. Where nothing is sure, the caption is empty."""
    voice = Voice(as_json, "path")
    inputs = find_photos(photos)
    write, tag = load("captioners", captioner), None if tagger is None else load("taggers", tagger)
    look = None if consent is None else Describer(consent, load("parsers", "embedded"))
    with voice.progress(len(inputs), "caption") as advance:
        for handful in read_handfuls(inputs):
            seen = understand([one for _, one in handful if isinstance(one, Photo)], write, tag)
            for item, one in handful:
                if isinstance(one, PhotoError):
                    voice.complain(item.path, one)
                else:
                    insight = next(seen)
                    person = None if look is None else look(one, insight.people)
                    _say({"path": item.path, **describe(insight), **(describe_face(person))}, insight, as_json)
                advance(1)
    ctx.exit(BAD_INPUT if voice.bad else 0)


def describe(insight: Insight) -> dict[str, Any]:
    """An insight as plain values: its caption, how sure that is, and its tags."""
    tags = [
        {"name": tag.name, "korean": tag.korean, "score": round(tag.score, 4), "kind": tag.kind} for tag in insight.tags
    ]
    return {"caption": insight.caption.text, "confidence": insight.caption.confidence, "tags": tags}


def describe_face(person: Person | None) -> dict[str, Any]:
    """A face as plain values; nothing where none was described."""
    return {} if person is None else {"person": person.facts()}


def _say(row: dict[str, Any], insight: Insight, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        said = insight.caption.text or "(nothing is sure)"
        names = ", ".join([*(tag.name for tag in insight.tags[:6]), *row.get("person", {}).get("observations", [])])
        click.echo(f"{row['path']}: {said} [{insight.caption.confidence:.0%}] {names}")
