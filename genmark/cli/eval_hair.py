"""`genmark eval hair`: cuts and perms, beside what they have to beat."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from genmark.cli.inputs import find_photos
from genmark.config import find_style, load_styles
from genmark.errors import ConfigError
from genmark.evaluate.hair import Space, compare, noise_space
from genmark.evaluate.inpainting import opencv_fill
from genmark.evaluate.methods import Method, Moved, filled_by, from_restyler, untouched
from genmark.evaluate.outcomes import SIDE, Outcome
from genmark.evaluate.own_hair import draw_pairs, mend_by
from genmark.evaluate.people import (
    Person,
    Request,
    draw_requests,
    find_shared,
    read_people,
    read_real_crops,
    read_strangers,
)
from genmark.evaluate.report import write_report, write_table
from genmark.evaluate.returns import measure_returns
from genmark.evaluate.trials import list_facts
from genmark.protocols import Parser
from genmark.recipes import Style
from genmark.registry import load
from genmark.restyle.hair.finish import Finisher
from genmark.restyle.hair.remembered import Remembered
from genmark.restyle.hair.salon import Salon
from genmark.restyle.hair.stage import Stage, set_stage
from genmark.restyle.hair.under_network import Clearer
from genmark.train.imagenet import ImageNetJudge
from genmark.train.portraits import read_portraits
from genmark.types import Pixels

METHODS = ("embedded", "unfinished", "cleared", "finished", "inpaint", "paste")
_USUAL = ("embedded", "unfinished", "paste")
_WEIGHTS = click.Path(exists=True, dir_okay=False)


@click.command("hair")
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder that holds the packs."
)
@click.option("--parser", default="embedded", show_default=True, help="The backend that reads photos and results.")
@click.option(
    "--method",
    "names",
    multiple=True,
    type=click.Choice(METHODS),
    help="What to judge.  [default: embedded, unfinished, paste, and what --finish and --under add]",
)
@click.option("--finish", type=_WEIGHTS, help="Weights of the finish for `finished` and --returns; else the shipped.")
@click.option("--under", type=_WEIGHTS, help="Weights of the under layer for `cleared` and `finished`.")
@click.option("--style", "wanted", multiple=True, help="Styles to ask for; all cuts and perms by default.")
@click.option("--limit", default=None, type=click.IntRange(min=0), help="At most this many of the pack's people.")
@click.option("--each", default=2, show_default=True, type=click.IntRange(min=1), help="Styles for each person.")
@click.option("--photos", type=click.Path(exists=True, file_okay=False), help="Judge the portraits in a folder too.")
@click.option("--returns", type=click.IntRange(min=1), help="Put own hair back on this many of the pack's people.")
@click.option("--real", default=400, show_default=True, type=click.IntRange(min=4), help="Photos to compare with.")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", default=None, type=click.Path(file_okay=False), help="Folder for the report and its sheets.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a result, then one of the whole.")
def hair(
    data: str,
    parser: str,
    names: tuple[str, ...],
    finish: str | None,
    under: str | None,
    wanted: tuple[str, ...],
    limit: int | None,
    each: int,
    photos: str | None,
    returns: int | None,
    real: int,
    seed: int,
    out: str | None,
    as_json: bool,
) -> None:
    """Judge cuts and perms: what stayed, what was asked for, how real it looks, beside what it has to beat.

    \b
    embedded    the restyler that ships
    unfinished  moved hair over the classical under layer
    cleared     moved hair over the learned under layer
    finished    moved hair and the finish; over the learned under layer with --under
    inpaint     moved hair over OpenCV's inpainting (pip install 'genmark[eval]')
    paste       moved hair over the photo itself

    The last two leave hair undyed.
    """
    pack = Path(data) / "portraits"
    named = names or (*_USUAL, *(("cleared",) if under else ()), *(("finished",) if finish else ()))
    stages = Remembered(set_stage)
    methods = {name: _load_method(name, finish, under, stages) for name in named}
    finisher = Finisher(finish) if returns else None
    eyes, reader = _find_eyes(), load("parsers", parser)
    bench = _Bench(methods, reader, _spaces(read_real_crops(pack, SIDE, limit=real), eyes), _styles(wanted), each, seed)
    report = bench.judge(list(read_people(pack, reader, limit=limit)) if limit != 0 else [], "pack", as_json)
    if photos is not None:
        files = _files_in(photos)
        people, unusable = read_strangers(files, reader)
        found = {"unusable": unusable, "in_pack": find_shared(files, pack)}
        report["outside"] = bench.judge(people, "outside", as_json) | found
    if returns is not None and finisher is not None:
        pairs = draw_pairs(read_portraits(pack, "val"), returns, seed)
        report["returns"] = measure_returns(pairs, {"finished": mend_by(finisher)}, eyes.compare if eyes else None)
    if out is not None:
        write_report(Path(out), report, bench.pictures)
    click.echo(json.dumps(report) if as_json else write_table(report))


@dataclass(frozen=True, eq=False)
class _Bench:
    """What is the same for all people that are judged, and the `pictures` of what was made, by sheet."""

    methods: Mapping[str, Method]
    parser: Parser
    spaces: Mapping[str, Space]
    styles: Sequence[Style]
    each: int
    seed: int
    pictures: dict[str, list[Pixels]] = field(default_factory=dict)

    def judge(self, people: Sequence[Person], where: str, as_json: bool) -> dict[str, Any]:
        """`compare` on people from the "pack" or from "outside"."""

        def tell(method: str, request: Request, found: Outcome | str) -> None:
            if isinstance(found, Outcome):
                self.pictures.setdefault(method if where == "pack" else f"{where}-{method}", []).append(found.crop)
            if as_json:
                facts = {"refused": found} if isinstance(found, str) else list_facts(found)
                told = {"method": method, "from": where, "photo": people[request.person].photo.name}
                click.echo(json.dumps({**told, "style": request.style.name, **facts}))

        requests = draw_requests(len(people), self.styles, self.each, self.seed)
        return compare(self.methods, people, requests, self.parser, self.spaces, tell)


def _load_method(name: str, finish: str | None, under: str | None, stages: Remembered[Stage]) -> Method:
    if name in ("inpaint", "paste"):
        return Moved(untouched if name == "paste" else filled_by(opencv_fill()), stages)
    return from_restyler(load("restylers", name) if name == "embedded" else make_salon(name, finish, under))


def make_salon(name: str, finish: str | None, under: str | None) -> Salon:
    """The restyler that the method `name` stands for, with the weights in these files or, where they are needed, those
    that ship. Raises ModelMissing where there are none."""
    clearer = Clearer(under) if name == "cleared" or (name == "finished" and under is not None) else None
    return Salon(clearer=clearer, finisher=Finisher(finish) if name == "finished" else None)


def _styles(wanted: Sequence[str]) -> list[Style]:
    """Those that are named, else all cuts and perms."""
    every = load_styles()
    return [find_style(name, every) for name in wanted] or [s for s in every.values() if s.cut or s.perm]


def _files_in(folder: str) -> dict[str, str]:
    """Pictures in and below a folder by a name of their own. Raises PhotoError where there are none."""
    found = find_photos([folder])
    for each in found:
        if each.error is not None:
            raise each.error
    return {each.stem: each.path for each in found}


def _find_eyes() -> ImageNetJudge | None:
    """ImageNet's view of pictures, where its weights are installed."""
    try:
        return ImageNetJudge()
    except ConfigError as error:
        click.echo(f"without ImageNet features: {error}", err=True)
        return None


def _spaces(crops: list[Pixels], eyes: ImageNetJudge | None) -> dict[str, Space]:
    """Feature spaces that this machine has: noise always, ImageNet where its weights are installed."""
    spaces = {"noise": noise_space(crops)}
    return spaces if eyes is None else {"imagenet": Space(eyes.describe, eyes.describe(crops)), **spaces}
