"""`genmark eval`: what the networks that ship are worth, measured on labelled packs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from genmark.cli.eval_captions import captions
from genmark.cli.eval_hair import hair
from genmark.evaluate.faces import measure_faces
from genmark.registry import load
from genmark.restyle.hair.donors import read_donors
from genmark.train.composites import compose_portraits
from genmark.train.portraits import read_portraits


@click.group("eval")
def command() -> None:
    """Measure the networks that ship on labelled data."""


command.add_command(captions)
command.add_command(hair)


@command.command("faces")
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder that holds the packs."
)
@click.option("--parser", default="embedded", show_default=True, help="The backend to measure.")
@click.option("--split", default="val", show_default=True, type=click.Choice(["val", "train"]))
@click.option(
    "--composites",
    default=0,
    type=click.IntRange(0),
    metavar="N",
    help="Read N composites of each portrait in its place: donors' hair, or none, put on by genmark itself.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a portrait, then one of the means.")
def faces(data: str, parser: str, split: str, composites: int, as_json: bool) -> None:
    """Score the reading of portraits, from finding the face to the matte at the photo's size."""

    def tell(photo: str, scores: Mapping[str, float]) -> None:
        if as_json:
            click.echo(json.dumps({"photo": photo, **scores}))

    portraits = read_portraits(Path(data) / "portraits", split)
    if composites:
        portraits = compose_portraits(portraits, read_donors(), composites, seed=9)
    means = measure_faces(load("parsers", parser), portraits, tell)
    if as_json:
        click.echo(json.dumps({"photo": None, **means}))
        return
    for name, value in means.items():
        click.echo(f"{name:<14} {value:8.4f}")
