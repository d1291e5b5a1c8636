"""`genmark preview`: portraits in other styles, as pictures, proofs and a page to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from genmark.cli import fitting
from genmark.cli.folders import folder_for
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import Input, find_photos
from genmark.cli.memory import Remember
from genmark.cli.menu import known_styles
from genmark.cli.records import describe_cell, left_out, not_tuned, record, sentence
from genmark.cli.voice import Voice
from genmark.config import find_style
from genmark.errors import PhotoError, SubjectError
from genmark.gallery.album import MANIFEST, PAGE, Album, Cover, Entry, Run
from genmark.gallery.clip import CLIPS, require
from genmark.gallery.likeness import Seen
from genmark.gallery.manifest import software
from genmark.gallery.publication import add, finish, link
from genmark.grid import PARTS, read_grid, split_grid
from genmark.photos import read
from genmark.previews import merit, preview
from genmark.protocols import Parser, Restyler
from genmark.recipes import Style
from genmark.registry import load, names
from genmark.types import Photo
from genmark.variants import Variant

DEFAULTS = ("ash-brown", "chocolate-brown", "rose-gold", "burgundy", "blue-black", "honey-blonde")
"""What is shown where no style is named: cool, warm, fashion, red, dark and light."""


@dataclass(frozen=True)
class Order:
    """What is asked for, the same for every photo; `parser` is loaded, `restyler` a registered name, `cells` the styles
    that only a grid asks for, each with the names that it was made of, `wishes` what is searched for, for the brand of
    `fit`."""

    styles: Sequence[Style]
    cells: Mapping[Style, Mapping[str, str]]
    seeds: Sequence[int]
    parser: Parser
    restyler: str | Restyler
    face: int
    out: Path
    picture_format: str
    clip: str | None
    run: Run
    fit: fitting.Fitting | None
    wishes: Sequence[tuple[Style, ...]]

    @property
    def looks(self) -> int:
        """Variants of each photo."""
        return len(self.styles) * len(self.seeds) + len(self.wishes)


def _complete_style(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    styles = known_styles().values()
    return [CompletionItem(s.name, help=f"{s.english} {s.korean}") for s in styles if s.name.startswith(typed)]


def _complete_restyler(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names("restylers") if name.startswith(typed)]


def _complete_part(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    part, equals, names = typed.partition("=")
    if not equals:
        return [CompletionItem(f"{name}=") for name in PARTS if name.startswith(part)]
    done, comma, last = names.rpartition(",")
    having = [style.name for style in known_styles().values() if getattr(style, part, None) is not None]
    return [CompletionItem(f"{part}={done}{comma}{name}") for name in having if name.startswith(last)]


@click.command("preview")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@click.option("--style", "styles", multiple=True, metavar="NAME", shell_complete=_complete_style, help="Style to show.")
@click.option(
    "--grid", multiple=True, metavar="PART=NAMES", shell_complete=_complete_part,
    help="Choices to combine: cut=bob,layered perm=none,s-curl dye=ash-brown (any of the three). A look that hardly "
    "differs from an earlier one is left out.",
)  # fmt: skip
@click.option(
    "--reference", type=click.Path(), metavar="PHOTO", help="A photo of another person whose hair is shown, too."
)
@click.option(
    "--take", default="shape", show_default=True, metavar="WHAT",
    help="What is taken of the reference: shape, texture (its waves), colour, or several: shape,colour.",
)  # fmt: skip
@click.option("--styles-file", type=click.Path(dir_okay=False), help="Your own styles, as TOML.")
@click.option("--restyler", default="embedded", show_default=True, metavar="NAME", shell_complete=_complete_restyler)
@click.option("--parser", default="embedded", show_default=True, metavar="NAME", help="Backend that finds the hair.")
@click.option("--face", default=0, type=click.IntRange(min=0), help="Which face, counted from the largest, 0.")
@click.option("--out", default="genmark-previews", show_default=True, type=click.Path(file_okay=False))
@click.option(
    "--format", "picture_format", default="png", show_default=True, type=click.Choice(["png", "jpg", "webp"]),
    help="PNG keeps every bit, so that the proof can be checked; the others are smaller.",
)  # fmt: skip
@click.option("--clip", type=click.Choice(CLIPS), help="A short before/after clip of each variant, too.")
@click.option("--seed", "seeds", multiple=True, default=(0,), type=click.IntRange(min=0), help="One variant for each.")
@fitting.options
@click.option("--json", "as_json", is_flag=True, help="One JSON object a variant on standard output.")
@click.pass_context
def command(ctx: click.Context, /, photos: tuple[str, ...], out: str, as_json: bool, **asked: Any) -> None:
    """Show PHOTOs (files, or folders of them) in other styles.

    Each photo gets a folder named after its stem: a picture, a mask of what was allowed to change and a proof card for
    each variant, a page with before/after sliders, a contact sheet and a manifest. --style and --seed may be repeated.
    """
    voice = Voice(as_json)
    photos, parts = split_grid(photos) if asked["grid"] else (photos, ())
    asked["grid"] += parts
    order = _place_order(out=Path(out), **asked)
    inputs = find_photos(photos, skip=out)
    order.out.mkdir(parents=True, exist_ok=True)
    with voice.progress(len(inputs) * order.looks, "preview") as advance:
        covers = [cover for item in inputs if (cover := _show(item, order, voice, advance)) is not None]
    if covers:
        page = link(covers, order.out, order.run.made)
        voice.finish(covers[0].page if len(covers) == 1 else page)
    ctx.exit(BAD_INPUT if voice.bad else 0)


def _place_order(
    *,
    styles: Sequence[str],
    grid: Sequence[str],
    styles_file: str | None,
    parser: str,
    restyler: str,
    reference: str | None,
    take: str,
    seeds: Sequence[int],
    brand: str | None,
    brand_name: str | None,
    judge: str | None,
    search: int,
    within: float,
    **rest: Any,
) -> Order:
    """Look everything up before the first photo is touched; `rest` is what an Order holds as it is."""
    if rest["clip"] is not None:
        require(rest["clip"])
    known = known_styles(styles_file)
    asked = [name for several in styles for name in several.split(",") if name]
    cells = read_grid(grid, known) if grid else {}
    parse, restyle = load("parsers", parser), load("restylers", restyler)
    wished: list[Style] = []
    if reference is not None:
        restyle, wish = _refer(reference, tuple(take.split(",")), parse)
        wished.append(wish)
    named = asked if asked or cells or wished else _defaults(known)
    chosen = [*wished, *(find_style(name, known) for name in named)]
    recipes = list(dict.fromkeys([*chosen, *cells]))
    cells = {style: parts for style, parts in cells.items() if style not in chosen}
    fit = fitting.set_up(brand, brand_name, judge, search, within)
    wishes = fitting.wishes(recipes, cells, search)
    settings = {
        "styles": [style.name for style in recipes],
        "seeds": list(dict.fromkeys(seeds)),
        "parser": {"name": parser, "version": getattr(parse, "version", "0")},
        "restyler": {"name": restyler, "version": getattr(restyle, "version", "0")},
        "face": rest["face"],
        "clip": rest["clip"],
        **({} if fit is None else fit.settings()),
    }
    weights = (*getattr(parse, "weights", ()), *getattr(restyle, "weights", ()))
    run = Run(date.today(), settings, software(), weights)
    worker = restyler if reference is None else restyle
    return Order(recipes, cells, settings["seeds"], parse, worker, run=run, fit=fit, wishes=wishes, **rest)


def _refer(path: str, takes: tuple[str, ...], parse: Parser) -> tuple[Restyler, Style]:
    """The embedded restyler with the hair of a reference photo, and the style that asks for it."""
    from genmark.restyle.hair.reference import wish_for  # here, because it loads torch
    from genmark.restyle.hair.salon import EmbeddedSalon

    photo = read(path)
    source, style = wish_for(photo, parse(photo), takes)
    return EmbeddedSalon(source), style


def _defaults(known: Mapping[str, Style]) -> list[str]:
    """The default styles; of a file that has none of them, its first ones."""
    return [name for name in DEFAULTS if name in known] or list(known)[: len(DEFAULTS)]


def _show(item: Input, order: Order, voice: Voice, advance: Callable[[int], None]) -> Cover | None:
    """Preview one photo; its cover, or None, and a complaint, where it cannot be used."""
    sitting = _Sitting(item.path, order, voice, advance)
    entries: list[Entry] = []
    album = None
    try:
        photo = _read(item)
        folder = folder_for(photo, order.out, item.stem, MANIFEST)
        for variant in sitting.looks(photo):
            regions = sitting.parser.regions
            album = album or Album(photo, folder, order.run, regions, order.picture_format, order.clip)
            entries.append(add(album, variant))
            told = record(item.path, album, entries[-1])
            if voice.as_json and variant.style in order.cells:
                told |= describe_cell(variant, order.cells[variant.style], regions)
            voice.tell(told, sentence(item.path, variant))
            advance(1)
    except (PhotoError, SubjectError) as error:
        voice.complain(item.path, error)
        advance(order.looks - len(entries) - sitting.missing)
    if album is None:
        voice.bad += sitting.missing > 0
        return None
    return finish(album, sorted(entries, key=lambda entry: merit(entry.variant), reverse=True), up=f"../{PAGE}")


class _Sitting:
    """One photo before the mirror: which of the looks that were asked for are worth showing; the others are told.

    `missing` counts those, `parser` keeps what was found in the photo.
    """

    def __init__(self, path: str, order: Order, voice: Voice, advance: Callable[[int], None]) -> None:
        self.parser = Remember(order.parser)
        self.missing = 0
        self._path, self._order, self._voice, self._advance = path, order, voice, advance
        self._reasons: set[str] = set()
        self._refused: set[Style] = set()

    def looks(self, photo: Photo) -> Iterator[Variant]:
        """The variants that the photo can carry; of a grid, only those that differ from what is shown already. Where a
        brand is asked for, with their fit, and then what was searched for it."""
        fit = self._order.fit
        for variant in self._plain(photo):
            yield variant if fit is None else fit.panel.weigh(variant)
        for wish in self._order.wishes:
            tuned = self._tuned(photo, tuple(style for style in wish if style not in self._refused))
            if tuned is not None:
                yield tuned

    def _plain(self, photo: Photo) -> Iterator[Variant]:
        order = self._order
        seen: Seen | None = None
        for variant in preview(
            photo,
            order.styles,
            parser=self.parser,
            restyler=order.restyler,
            seeds=order.seeds,
            face=order.face,
            refused=self._refuse,
        ):
            seen = seen or Seen(photo, self.parser.regions)
            like = seen.meet(variant) if order.cells else None
            if like is None or variant.style not in order.cells:
                yield variant
            else:
                self._voice.note(*left_out(self._path, variant, like))
                self._miss(1)

    def _tuned(self, photo: Photo, wish: tuple[Style, ...]) -> Variant | None:
        order, regions = self._order, self.parser.regions
        found = None
        if order.fit is not None and wish and regions is not None:
            found = fitting.tune(order.fit, photo, regions, wish, order.restyler, self.parser, order.seeds[0])
            if found is None:
                self._voice.note(*not_tuned(self._path, wish[0], order.fit.trials))
        if found is None:
            self._miss(1)
        return found

    def _refuse(self, style: Style, error: SubjectError) -> None:
        if str(error) not in self._reasons:  # a bald head is said once, not once a colour
            self._voice.complain(self._path, error, style.name)
        self._reasons.add(str(error))
        self._refused.add(style)
        self._miss(len(self._order.seeds))

    def _miss(self, looks: int) -> None:
        self.missing += looks
        self._advance(looks)


def _read(item: Input) -> Photo:
    if item.error is not None:
        raise item.error
    return read(item.path)
