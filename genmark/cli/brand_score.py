"""`genmark brand score`: how well pictures fit the brands of a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from genmark.brand.evidence import Finding, look_apart, nearest_posts
from genmark.brand.places import open_brand
from genmark.brand.scoring import backbone_of, deep_part, score_pictures
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import find_photos
from genmark.cli.voice import Voice
from genmark.photos import read

_WEIGHTS = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("score")
@click.argument("file")
@click.argument("photos", nargs=-1, required=True)
@click.option("--brand", help="The brand that the pictures are meant for; else each is held against its likeliest.")
@click.option("--weights", type=_WEIGHTS, help="The backbone's weights, where the hub is not to be asked.")
@click.option("--quick", is_flag=True, help="Scores alone, without looks and nearest posts: several times as fast.")
@click.option("--runtime", default="torch", show_default=True, type=click.Choice(["torch", "onnx"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a picture.")
@click.pass_context
def command(
    context: click.Context, file: str, photos: tuple[str, ...], brand: str | None, weights: Path | None, quick: bool,
    runtime: str, as_json: bool,
) -> None:  # fmt: skip
    """Say how well PHOTOS fit the brands of FILE: a .brand file, a folder of the hub's client, or hf:owner/name."""
    known = open_brand(file)
    network = backbone_of(known, weights)
    voice = Voice(as_json, "path")
    paths = []
    for one in find_photos(photos):
        if one.error is None:
            paths.append(Path(one.path))
        else:
            voice.complain(one.path, one.error)
    for seen, judgements in score_pictures(known, network, paths, brand, "onnx" if runtime == "onnx" else "torch"):
        for path, error in seen.refused:
            voice.complain(str(path), error)
        near = [()] * len(judgements) if quick else nearest_posts(known, deep_part(known, seen.values), 3)
        for place, judged, posts in zip(seen.kept.tolist(), judgements, near, strict=True):
            words, gap = (None, None) if quick else look_apart(known, read(paths[place]), judged.brand)
            _say(paths[place], Finding(judged, words, gap, posts), as_json)
    context.exit(BAD_INPUT if voice.bad else 0)


def _say(path: Path, found: Finding, as_json: bool) -> None:
    """One line on one picture."""
    judged = found.judgement
    english, korean = found.departs or ("", "")
    reasons = (*judged.reasons, *((english,) if english else ()))
    if not as_json:
        click.echo(f"{path}: {judged.decision}, {'; '.join(reasons)}")
        return
    row = {"path": str(path), **asdict(judged), "reasons": reasons}
    look = {"en": english, "ko": korean, "palette_gap": found.palette_gap}
    click.echo(json.dumps(row | {"look": look, "near": [asdict(post) for post in found.near]}, ensure_ascii=False))
