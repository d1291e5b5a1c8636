"""Previews for a brand: who judges them, and the search for a finer version of what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from genmark.colour import delta_e
from genmark.errors import UsageError
from genmark.previews import preview
from genmark.proofs import colour_distance, single_colour
from genmark.protocols import Parser, Restyler
from genmark.recipes import Dye, Style
from genmark.restyle.hair.dye import swatch_as_lit
from genmark.restyle.hair.guided import Found, Trial, search
from genmark.types import Photo, Regions
from genmark.variants import Variant

if TYPE_CHECKING:
    from genmark.brand.panel import Panel

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Fitting:
    """Whose brand the looks are for: its `panel`; how many `trials` a search takes (0: none), and the `limit` on how
    far the hair may be from the asked colour, CIEDE2000."""

    panel: Panel
    trials: int
    limit: float

    def settings(self) -> dict[str, object]:
        """What a manifest says of it: files by name and splits, the brand, and the search."""
        judge = self.panel.judge
        return {
            "brand": self.panel.chooser.card(),
            "judge": None if judge is None else judge.card(),
            "search": {"trials": self.trials, "limit": self.limit} if self.trials else None,
        }


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `preview` that are about a brand."""
    kinds = (
        click.option("--brand", metavar="FILE", help="A brand's file: looks are ranked by how well they fit it."),
        click.option("--brand-name", metavar="NAME", help="Which of its brands; else the one it is named after."),
        click.option("--judge", metavar="FILE", help="Another file of the brand, which reports and chooses nothing."),
        click.option(
            "--search", default=0, metavar="TRIALS", type=click.IntRange(min=0),
            help="Also search each colour's tone, roots, strands and ends for the best fit, in so many trials.",
        ),
        click.option(
            "--within", default=5.0, show_default=True, metavar="ΔE", type=click.FloatRange(min=0.1, max=20.0),
            help="How far a search may be from the asked colour, CIEDE2000.",
        ),
    )  # fmt: skip
    for option in reversed(kinds):
        command = option(command)
    return command


def set_up(brand: str | None, brand_name: str | None, judge: str | None, trials: int, limit: float) -> Fitting | None:
    """What the options ask for, looked up before the first photo; None without a brand.

    Raises UsageError for options that need a brand's file, and as `BrandFit` and `Panel` do.
    """
    if brand is None:
        if brand_name is not None or judge is not None or trials:
            raise UsageError("--brand-name, --judge and --search need --brand FILE; `genmark brand train` makes one")
        return None
    from genmark.brand.fit import BrandFit  # here, because it loads torch
    from genmark.brand.panel import Panel

    chooser = BrandFit(Path(brand), brand_name)
    reporter = None if judge is None else BrandFit(Path(judge), chooser.meant)
    return Fitting(Panel(chooser, reporter), trials, limit)


def wishes(styles: Sequence[Style], cells: Mapping[Style, object], trials: int) -> list[tuple[Style, ...]]:
    """What is searched for: each named style with a dye for itself, the cells of a grid as one wish.

    Raises UsageError where a search was asked for and nothing has a dye.
    """
    if not trials:
        return []
    coloured = [style for style in styles if style.dye is not None]
    named = [(style,) for style in coloured if style not in cells]
    grid = tuple(style for style in coloured if style in cells)
    if not coloured:
        raise UsageError("--search moves colours; ask for a style with a dye, such as --style ash-brown")
    if trials < len(grid):
        raise UsageError(f"the grid has {len(grid)} cells, so --search needs at least as many trials, not {trials}")
    return [*named, *((grid,) if grid else ())]


def tune(
    fitting: Fitting,
    photo: Photo,
    regions: Regions,
    styles: Sequence[Style],
    restyler: str | Restyler,
    parser: Parser,
    seed: int,
) -> Variant | None:
    """The best-fitting version of a wish that keeps it, with what the search tried; None where the wish as it was asked
    for fits best. `parser` remembers the photo. With a judge, as many random trials are made, too, so that the gain
    can be told."""
    show = partial(_show, photo, parser, restyler, fitting.panel, seed)
    look = partial(
        search, styles, show, partial(_off, photo, regions), trials=fitting.trials, seed=seed, limit=fitting.limit
    )
    found = look()
    if found.best.variant.style == found.best.asked:
        return None
    told = fitting.panel.weigh(found.best.variant)
    proof = replace(told.proof, delta_e=found.best.delta_e, notes=(*told.proof.notes, _note(found.best, fitting.limit)))
    random = None if fitting.panel.judge is None else look(guided=False)
    return replace(told, proof=proof, search=_facts(fitting, found, told, random))


def _facts(fitting: Fitting, found: Found, told: Variant, random: Found | None) -> dict[str, object]:
    """What a search tried and found, for machines."""

    def scores(trial: Trial) -> dict[str, float | None]:
        return {"fit": trial.fit, "judge": fitting.panel.second(trial.variant)}

    facts: dict[str, object] = {
        "trials": len(found.trials),
        "kept": sum(trial.kept for trial in found.trials),
        "limit": fitting.limit,
        "asked": found.best.asked.name,
        "delta_e": found.best.delta_e,
        "dye": None if told.style.dye is None else asdict(told.style.dye),
        "fit": told.fit,
        "judge": None if told.opinion is None else told.opinion.judge,
        "plain": scores(found.plain),
    }
    return facts if random is None else facts | {"random": scores(random.best)}


def _show(photo: Photo, parser: Parser, restyler: str | Restyler, panel: Panel, seed: int, style: Style) -> Variant:
    return next(preview(photo, [style], parser=parser, restyler=restyler, scorer=panel.chooser, seeds=(seed,)))


def _off(photo: Photo, regions: Regions, asked: Style, made: Variant) -> float | None:
    """CIEDE2000 from the hair as it came out to the colour asked for; of a new shape, as it was parsed again."""
    if asked.cut is None and asked.perm is None:
        return colour_distance(photo, made.photo, regions, regions.mattes[asked.region], asked)
    swatch, measured = single_colour(asked), made.measured.get("colour")
    if swatch is None:
        return None
    if not isinstance(measured, list):
        return float("inf")
    return float(delta_e(np.array(measured), np.array(swatch_as_lit(photo, regions, swatch))))


def _note(trial: Trial, limit: float) -> Pair:
    """What was added to a request, for a person."""
    english, korean = [], []
    asked, dye = trial.asked.dye or Dye((0, 0, 0)), trial.variant.style.dye or Dye((0, 0, 0))
    if dye.root != asked.root:
        english.append("darker roots")
        korean.append("더 어두운 뿌리")
    if dye.highlights != asked.highlights:
        english.append(f"{dye.highlights:.0%} highlights")
        korean.append(f"하이라이트 {dye.highlights:.0%}")
    if dye.tip != asked.tip:
        english.append("paler ends")
        korean.append("더 밝은 끝부분")
    if dye.strength < asked.strength:
        english.append(f"{dye.strength:.0%} strength")
        korean.append(f"농도 {dye.strength:.0%}")
    added = (f" with {', '.join(english)}", f", {', '.join(korean)}") if english else ("", "")
    return (
        f"Tuned to the brand: at most ΔE {limit:g} from the shade asked for{added[0]}.",
        f"브랜드에 맞춘 조정: 요청한 색상에서 ΔE {limit:g} 이내{added[1]}.",
    )
