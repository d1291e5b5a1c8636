"""`genmark brand train`: learn brands and attributes from their posts."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click

from genmark.brand.archive import BrandFile, write_brand
from genmark.brand.backbones import LOOKS, PRESETS, open_backbone
from genmark.brand.gathering import find_posts, gather
from genmark.brand.sources import materialise
from genmark.brand.splits import write_splits
from genmark.config import read_config
from genmark.train.brand_course import BrandRecipe, take_course
from genmark.train.brand_tuning import TuningRecipe
from genmark.train.event_log import EventLog
from genmark.train.loop import Scores

_FILE = click.Path(dir_okay=False, path_type=Path)
_WEIGHTS = click.Path(exists=True, dir_okay=False, path_type=Path)
_DATA = click.Path(exists=True, path_type=Path)


@click.command("train")
@click.argument("data")
@click.option("--out", required=True, type=_FILE, help="The file to write.")
@click.option("--val", type=_DATA, help="Posts to test on, such as a later season; else some of DATA are kept back.")
@click.option("--config", type=_WEIGHTS, help="Settings, TOML; the options below go before them.")
@click.option("--backbone", metavar="NAME", help=f"{', '.join(PRESETS)}, {LOOKS}, or a name of timm's.")
@click.option("--weights", type=_WEIGHTS, help="The backbone's weights, where the hub is not to be asked.")
@click.option("--reading", type=click.Choice(["deep", "style"]), help="What the probe reads.  [default: style]")
@click.option("--stages", type=click.IntRange(0), help="Stages of the backbone to tune from the probe; 0: none.")
@click.option("--epochs", type=click.IntRange(1), help="Of tuning, at most.")
@click.option("--precision", type=click.FloatRange(0.5, 0.999), help="Of what is accepted.  [default: 0.9]")
@click.option("--seed", type=int, help="Of the splits.  [default: 0]")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep features in.")
@click.option("--resume", is_flag=True, help="Go on with a tuning that was interrupted.")
@click.option(
    "--allow-licence",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Take weights though this licence forbids business.",
)
@click.option("--data-licence", "licences", multiple=True, metavar="NAME", help="Of the posts; goes into the file.")
@click.option("--log", type=click.Path(file_okay=False), help="A folder for TensorBoard.")
def command(
    data: str, out: Path, val: Path | None, config: Path | None, cache: Path | None, resume: bool, log: str | None,
    **asked: Any,
) -> None:  # fmt: skip
    """Learn brands, attributes or both from DATA: a folder that holds one for each brand; a CSV with the columns path
    and brand; account, campaign, date and split where they are known; columns of 0 and 1 for attributes; or what
    `genmark brand fetch` takes.

    A linear probe on frozen features; with --stages or --config, the backbone's last stages are tuned from there. The
    splits are written beside the file, as FILE.splits.json, and used again.
    """
    recipe = _recipe(config, asked)
    work = out.with_name(f"{out.name}.run")
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    network = open_backbone(recipe.backbone, recipe.weights, recipe.reading, allowed=recipe.allowed)
    found = materialise(data, out.with_name(f"{out.name}.posts"), _tell)
    written = out.with_name(f"{out.name}.splits.json")
    gathered = gather(find_posts(found, val), network, _tell, seed=recipe.seed, written=written, cache=cache)
    sources = (found,) if val is None else (found, val)
    write_splits(written, gathered.splits, gathered.posts, gathered.sha256, sources)
    with nullcontext() if log is None else EventLog(Path(log)) as events:
        file = take_course(gathered, network, recipe, work, _tell, partial(_follow, events))
    write_brand(out, file)
    shutil.rmtree(work, ignore_errors=True)
    click.echo(f"{out}: {_summary(file)}")


def _follow(events: EventLog | None, scores: Scores) -> None:
    """Tell a person of an epoch, and TensorBoard where a folder for it is named."""
    told = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in scores.items() if name != "epoch")
    _tell(f"epoch {scores['epoch']:.0f}: {told}")
    if events is not None:
        events(scores)


def _recipe(config: Path | None, asked: dict[str, Any]) -> BrandRecipe:
    """The settings of a file, if one is named, with what the options say instead."""
    recipe = BrandRecipe() if config is None else read_config(config, BrandRecipe)
    stages, epochs = asked.pop("stages"), asked.pop("epochs")
    update = {name: value for name, value in asked.items() if value not in (None, ())}
    tuning = recipe.tuning
    if stages is not None or epochs is not None:
        told = {"stages": stages, "epochs": epochs}
        tuning = (tuning or TuningRecipe()).model_copy(update={k: v for k, v in told.items() if v is not None})
    return recipe.model_copy(update={**update, "tuning": tuning if stages != 0 else None})


def _summary(file: BrandFile) -> str:
    scores, found = file.scores, []
    if file.brands:
        found.append(
            f"{scores['accuracy']:.1%} right on {scores['pictures']:.0f} pictures that it had not seen "
            f"({scores['low']:.1%} to {scores['high']:.1%}; always the commonest brand: {scores['null']:.1%})"
        )
    if "mean_average_precision" in scores:
        precision, coin = scores["mean_average_precision"], scores["mean_average_precision_null"]
        found.append(f"attributes: mean average precision {precision:.1%} (a coin: {coin:.1%})")
    return "; ".join(found) or "nothing could be measured"


def _tell(sentence: str) -> None:
    click.echo(f"genmark: {sentence}", err=True)
