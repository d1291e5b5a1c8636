"""`genmark presets`: what there is to ask for."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
import numpy as np

from genmark.cli.menu import known_styles
from genmark.colour import rgb_from_lab
from genmark.recipes import Dye, Style
from genmark.registry import Card, cards


@click.command("presets")
@click.option("--styles-file", type=click.Path(dir_okay=False), help="Your own styles, as TOML.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a style and backend on standard output.")
def command(styles_file: str | None, as_json: bool) -> None:
    """List styles, with what they cost the hair, and backends, with their licence."""
    styles = list(known_styles(styles_file).values())
    backends = cards()
    if as_json:
        for record in [*map(_style_record, styles), *map(_card_record, backends)]:
            click.echo(json.dumps(record))
        return
    width = max((len(style.name) for style in styles), default=0)
    for style in styles:
        click.echo(_style_line(style, width))
    click.echo()
    for card in backends:
        click.echo(_card_line(card))


def _style_record(style: Style) -> dict[str, object]:
    names = {"style": style.name, "english": style.english, "korean": style.korean, "region": style.region}
    parts = {"cut": style.cut, "perm": style.perm, "dye": style.dye}
    return {**names, **{part: None if made is None else asdict(made) for part, made in parts.items()}}


def _card_record(card: Card) -> dict[str, object]:
    record = asdict(card)
    return {"backend": record.pop("name"), **record}


def _style_line(style: Style, width: int) -> str:
    bleach = f", bleach x{style.dye.bleach} from black" if style.dye is not None and style.dye.bleach else ""
    shape = "".join(f", {part}" for part in ("cut", "perm") if getattr(style, part) is not None)
    return f"{_swatch(style.dye)}{style.name:<{width}}  {style.english} / {style.korean}{shape}{bleach}"


def _swatch(dye: Dye | None) -> str:
    """Two blanks of the dye's colour on a terminal; click drops the colour where there is none."""
    if dye is None:
        return "   "
    red, green, blue = rgb_from_lab(np.array(dye.lab, np.float32)).reshape(3).tolist()
    return click.style("  ", bg=(red, green, blue)) + " "


def _card_line(card: Card) -> str:
    terms = card.missing or f"{card.licence}, {'commercial use' if card.commercial else 'NO commercial use'}"
    return f"{card.kind[:-1]:<10} {card.name:<20} {terms}"
