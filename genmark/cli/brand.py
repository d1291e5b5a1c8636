"""`genmark brand`: learn brands from their posts, and say how well pictures fit them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from genmark.brand.archive import read_brand, write_brand
from genmark.brand.backbones import EMBEDDED, PRESETS, open_backbone
from genmark.brand.course import backbone_of, score_pictures, take_course
from genmark.brand.posts import read_posts
from genmark.brand.splits import write_splits
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import find_photos
from genmark.cli.voice import Voice

_WEIGHTS = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("brand")
def command() -> None:
    """Learn brands from their posts, and score pictures by them."""


@command.command("train")
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option(
    "--backbone",
    default=EMBEDDED,
    show_default=True,
    metavar="NAME",
    help=f"{', '.join(PRESETS)}, or a name of timm's.",
)
@click.option("--weights", type=_WEIGHTS, help="The backbone's weights, where the hub is not to be asked.")
@click.option("--reading", default="style", show_default=True, type=click.Choice(["deep", "style"]))
@click.option("--precision", default=0.9, show_default=True, type=click.FloatRange(0.5, 0.999))
@click.option("--seed", default=0, show_default=True, help="Of the splits.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep features in.")
def train(
    data: Path,
    out: Path,
    backbone: str,
    weights: Path | None,
    reading: str,
    precision: float,
    seed: int,
    cache: Path | None,
) -> None:
    """Learn brands from DATA: a folder that holds one for each brand, or a CSV with the columns path and brand, and
    account, campaign, date and split where they are known.

    Frozen features and a linear probe. The splits are written beside the file, as FILE.splits.json.
    """
    network = open_backbone(backbone, weights, "style" if reading == "style" else "deep")
    course = take_course(read_posts(data), network, _tell, precision, seed, cache)
    write_brand(out, course.file)
    write_splits(out.with_name(f"{out.name}.splits.json"), course.splits, course.posts, course.sha256)
    scores = course.file.scores
    click.echo(
        f"{out}: {scores['accuracy']:.1%} right on {scores['pictures']:.0f} pictures that it had not seen "
        f"({scores['low']:.1%} to {scores['high']:.1%}; always the commonest brand: {scores['null']:.1%})"
    )


@command.command("score")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("photos", nargs=-1, required=True)
@click.option("--brand", help="The brand that the pictures are meant for; else each is held against its likeliest.")
@click.option("--weights", type=_WEIGHTS, help="The backbone's weights, where the hub is not to be asked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a picture.")
@click.pass_context
def score(
    context: click.Context, file: Path, photos: tuple[str, ...], brand: str | None, weights: Path | None, as_json: bool
) -> None:
    """Say how well PHOTOS fit the brands of FILE."""
    known = read_brand(file)
    network = backbone_of(known, weights)
    voice = Voice(as_json, "path")
    paths = []
    for one in find_photos(photos):
        if one.error is None:
            paths.append(Path(one.path))
        else:
            voice.complain(one.path, one.error)
    seen, judgements = score_pictures(known, network, paths, brand)
    for path, error in seen.refused:
        voice.complain(str(path), error)
    for place, judgement in zip(seen.kept.tolist(), judgements, strict=True):
        if as_json:
            click.echo(json.dumps({"path": str(paths[place]), **asdict(judgement)}, ensure_ascii=False))
        else:
            click.echo(f"{paths[place]}: {judgement.decision}, {'; '.join(judgement.reasons)}")
    context.exit(BAD_INPUT if voice.bad else 0)


def _tell(sentence: str) -> None:
    click.echo(f"genmark: {sentence}", err=True)
