"""`genmark eval captions`: the embedded captioner's sentences, beside a template's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from genmark.evaluate.captions import fill_template, judge, make_cases
from genmark.insight import Tag
from genmark.perceive.captions.decoder import LONGEST
from genmark.perceive.captions.embedded import EmbeddedCaptioner
from genmark.train.captions import read_captions


@click.command("captions")
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False), help="Folder that holds the packs."
)
@click.option("--weights", type=click.Path(exists=True, dir_okay=False), help="Weights to judge; else the shipped.")
@click.option("--seed", default=0, show_default=True, help="Of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a way to write.")
def captions(data: str, weights: str | None, seed: int, as_json: bool) -> None:
    """Judge the captioner's text side: from nouns that two people name, what others wrote of the same image.

    The pack holds no pictures, so this says nothing of what the tagger sees.
    """
    captioner = EmbeddedCaptioner(weights)
    _, held = read_captions(Path(data) / "captions", captioner.lexicon, LONGEST - 2)

    def write(rows: Sequence[Sequence[Tag]]) -> list[str]:
        return [caption.text for caption in captioner.write([(tags, None) for tags in rows])]

    cases = make_cases(held, captioner.lexicon)
    scores = judge(cases, {"embedded": write, "template": fill_template}, captioner.lexicon, seed)
    for name, score in scores.items():
        if as_json:
            click.echo(json.dumps({"writer": name, "images": len(cases), **asdict(score)}))
        else:
            click.echo(
                f"{name:<10} CIDEr-D {_told(score.cider)}  precision {_told(score.precision)}  "
                f"recall {_told(score.recall)}  once only {score.distinct:.2f}  silent {score.abstained:.2f}"
            )


def _told(value: tuple[float, float, float]) -> str:
    mean, low, high = value
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"
