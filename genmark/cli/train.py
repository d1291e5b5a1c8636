"""`genmark train`: the networks that ship, trained from their packs. Each loop is one function in `genmark.train`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def _settings(function: Command) -> Command:
    """The options that every training command has."""
    for option in (
        click.option("--resume", is_flag=True, help="Go on from the last checkpoint in --out."),
        click.option("--out", type=click.Path(file_okay=False), help="Folder of the run.  [default: runs/NAME]"),
        click.option(
            "--data",
            type=click.Path(exists=True, file_okay=False),
            help="Folder of the packs, if not the settings' own.",
        ),
        click.option("--config", required=True, type=click.Path(exists=True, dir_okay=False), help="Settings, TOML."),
    ):
        function = option(function)
    return function


@click.group("train")
def command() -> None:
    """Train the networks that ship with genmark."""


@command.command("face-parser")
@_settings
def face_parser(**settings: Any) -> None:
    """Train the network that parses a head: hair matte, regions, landmarks."""
    _train("face_parser", "FaceParserRecipe", **settings)


@command.command("face-finder")
@_settings
def face_finder(**settings: Any) -> None:
    """Train the network that finds faces in a whole photo."""
    _train("face_finder", "FaceFinderRecipe", **settings)


@command.command("hair-under")
@_settings
def hair_under(**settings: Any) -> None:
    """Train the network that invents what hair hides: skull, ears, neck, clothes, background."""
    _train("hair_under", "UnderRecipe", **settings)


@command.command("hair-gan")
@_settings
def hair_gan(**settings: Any) -> None:
    """Train the generator that finishes cuts and perms: seams, edges, sharpness."""
    _train("hair_finish", "FinishRecipe", **settings)


@command.command("captioner")
@_settings
def captioner(config: str, data: str | None, out: str | None, resume: bool) -> None:
    """Train the network that writes captions from tags."""
    from genmark.config import read_config
    from genmark.train.captioner import CaptionerSettings, train_captioner  # here, because it loads torch

    settings = read_config(config, CaptionerSettings)
    if data is not None:
        settings = settings.model_copy(update={"data": Path(data)})
    click.echo(train_captioner(settings, Path(out or "runs/captioner"), resume, _report))


@command.command("tag-curves")
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder of the packs.")
@click.option("--out", default="curves.json", show_default=True, type=click.Path(dir_okay=False), help="Where to.")
def tag_curves(data: str, out: str) -> None:
    """Fit how sure the embedded tagger may be of a noun, on photos of garments and renders of rooms."""
    from genmark.files import write_bytes
    from genmark.perceive.tags.imagenet import ImageNetReader  # here, because it loads torch
    from genmark.perceive.tags.nouns import read_nouns
    from genmark.train.tag_curves import fit_from_packs

    write_bytes(out, fit_from_packs(Path(data), ImageNetReader(), read_nouns()).encode())
    click.echo(out)


@command.command("satchel")
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder of the packs.")
@click.option(
    "--config", required=True, type=click.Path(exists=True, dir_okay=False), help="Settings of the run, TOML."
)
@click.option("--out", required=True, type=click.Path(), help="The folder to make.")
@click.option("--most", default=30.0, show_default=True, help="Megabytes that it holds at most.")
def satchel(data: str, config: str, out: str, most: float) -> None:
    """Make a folder with code, settings and a cut of the portraits, to train where there is a GPU."""
    from genmark.train.satchel import pack_satchel  # here, because it loads torch's package

    count = pack_satchel(Path(data), Path(config), Path(out), int(most * 1e6))
    click.echo(
        f"{count} portraits; there: cd {out} && python -m genmark train NAME --config configs/train/"
        f"{Path(config).name} --data data"
    )


@command.command("person")
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder of the portraits.")
@click.option(
    "--labels",
    default="configs/train/person_told.csv",
    show_default=True,
    type=click.Path(dir_okay=False),
    help="Labels told by eye, CSV.",
)
@click.option("--out", default="runs/person", show_default=True, type=click.Path(file_okay=False), help="Where to.")
def person(data: str, labels: str, out: str) -> None:
    """Train the heads for attributes of a face: age group, expression, glasses; and what is usual in others."""
    from genmark.train.person import train_person  # here, because it loads torch

    click.echo(train_person(Path(data), Path(labels), Path(out)))


def _train(module: str, recipe: str, *, config: str, data: str | None, out: str | None, resume: bool) -> None:
    """Run `genmark.train.MODULE`'s job; torch is imported here, not for `--help`."""
    packs, what = import_module("genmark.train.packs"), import_module(f"genmark.train.{module}")
    settings = packs.read_settings(Path(config), getattr(what, recipe))
    if data is not None:
        settings = settings.model_copy(update={"data": Path(data)})
    best = packs.train(settings, Path(out or f"runs/{module}"), resume, what.job, _report)
    click.echo(best)


def _report(scores: dict[str, float]) -> None:
    click.echo("  ".join(f"{name} {value:.4g}" for name, value in scores.items()), err=True)
