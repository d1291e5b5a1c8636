"""`genmark eval`: what the networks that ship are worth, measured on labelled packs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from genmark.config import find_style, load_styles
from genmark.errors import ConfigError
from genmark.evaluate.faces import measure_faces
from genmark.evaluate.hair import Space, compare, list_facts, noise_space
from genmark.evaluate.methods import Method, Unfinished, from_restyler, untouched
from genmark.evaluate.outcomes import SIDE, Outcome
from genmark.evaluate.people import Request, draw_requests, read_people, read_real_crops
from genmark.evaluate.report import write_report, write_table
from genmark.registry import load
from genmark.train.imagenet import ImageNetJudge
from genmark.types import Pixels

METHODS = ("embedded", "unfinished", "paste")


@click.group("eval")
def command() -> None:
    """Measure the networks that ship on labelled data."""


@command.command("faces")
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder that holds the packs."
)
@click.option("--parser", default="embedded", show_default=True, help="The backend to measure.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["val", "train"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a portrait, then one of the means.")
def faces(data: str, parser: str, split: str, as_json: bool) -> None:
    """Score the reading of portraits, from finding the face to the matte at the photo's size."""

    def tell(photo: str, scores: Mapping[str, float]) -> None:
        if as_json:
            click.echo(json.dumps({"photo": photo, **scores}))

    means = measure_faces(load("parsers", parser), Path(data) / "portraits", split, tell)
    if as_json:
        click.echo(json.dumps({"photo": None, **means}))
        return
    for name, value in means.items():
        click.echo(f"{name:<14} {value:8.4f}")


@command.command("hair")
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder that holds the packs."
)
@click.option("--parser", default="embedded", show_default=True, help="The backend that reads photos and results.")
@click.option("--method", "names", multiple=True, type=click.Choice(METHODS), help="What to judge; all by default.")
@click.option("--style", "wanted", multiple=True, help="Styles to ask for; all cuts and perms by default.")
@click.option("--limit", default=None, type=click.IntRange(min=1), help="At most this many people.")
@click.option("--each", default=2, show_default=True, type=click.IntRange(min=1), help="Styles for each of them.")
@click.option("--real", default=400, show_default=True, type=click.IntRange(min=4), help="Photos to compare with.")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", default=None, type=click.Path(file_okay=False), help="Folder for the report and its sheets.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a result, then one of the whole.")
def hair(
    data: str,
    parser: str,
    names: tuple[str, ...],
    wanted: tuple[str, ...],
    limit: int | None,
    each: int,
    real: int,
    seed: int,
    out: str | None,
    as_json: bool,
) -> None:
    """Judge cuts and perms: what stayed, what was asked for, how real it looks, beside what it has to beat."""
    pack, reader = Path(data) / "portraits", load("parsers", parser)
    every = load_styles()
    asked = [find_style(name, every) for name in wanted] or [s for s in every.values() if s.cut or s.perm]
    people = list(read_people(pack, reader, limit=limit))
    pictures: dict[str, list[Pixels]] = {}

    def tell(method: str, request: Request, found: Outcome | str) -> None:
        if isinstance(found, Outcome):
            pictures.setdefault(method, []).append(found.crop)
        if as_json:
            facts = {"refused": found} if isinstance(found, str) else list_facts(found)
            photo = people[request.person].photo.name
            click.echo(json.dumps({"method": method, "photo": photo, "style": request.style.name, **facts}))

    methods = {name: _method(name) for name in names or METHODS}
    requests = draw_requests(len(people), asked, each, seed)
    report = compare(methods, people, requests, reader, _spaces(read_real_crops(pack, SIDE, limit=real)), tell)
    if out is not None:
        write_report(Path(out), report, pictures)
    click.echo(json.dumps(report) if as_json else write_table(report))


def _method(name: str) -> Method:
    if name == "embedded":
        return from_restyler(load("restylers", name))
    return Unfinished(untouched if name == "paste" else None)


def _spaces(crops: list[Pixels]) -> dict[str, Space]:
    """Feature spaces that this machine has: noise always, ImageNet where its weights are installed."""
    spaces = {"noise": noise_space(crops)}
    try:
        judge = ImageNetJudge()
    except ConfigError as error:
        click.echo(f"without ImageNet features: {error}", err=True)
        return spaces
    return {"imagenet": Space(judge.describe, judge.describe(crops)), **spaces}
