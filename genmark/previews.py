"""The main sentence: parse the photo, restyle its region, paste, prove, score; one variant after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter

import numpy as np

from genmark.canvas import paste, shrink
from genmark.config import find_style, load_styles
from genmark.errors import SubjectError, UsageError
from genmark.perceive.features import find_features
from genmark.perceive.headplane import UNIT
from genmark.perceive.look import measure_look
from genmark.perceive.pose import head_frame
from genmark.perceive.subject import check_hair
from genmark.proofs import prove
from genmark.protocols import Parser, Restyler, Scorer
from genmark.recipes import Style
from genmark.registry import Kind, find, name_of, resolve
from genmark.types import Bools, Mask, Matte, Photo, Regions, Restyled
from genmark.variants import Variant

WHOLE = ("no_face", "no_such_face", "hat")
"""Why nothing at all can be shown on a photo; other errors are about one style."""


def preview(
    photo: Photo,
    styles: Iterable[Style | str],
    *,
    parser: str | Parser = "embedded",
    restyler: str | Restyler = "embedded",
    scorer: str | Scorer | None = None,
    seeds: Sequence[int] = (0,),
    face: int = 0,
    regions: Regions | None = None,
    refused: Callable[[Style, SubjectError], None] | None = None,
) -> Iterator[Variant]:
    """Show `photo` in other styles: one variant per style and seed, in that order, each made when it is asked for.

    styles    recipes, or names of shipped ones
    parser, restyler, scorer    backends: registered names, or callables (`genmark.protocols`)
    seeds     one variant of each style per seed
    face      whose hair, where there are several people; counted from the largest face, 0
    regions   what is where, if you have parsed the photo before; the parser is then not asked
    refused   told of each style that this photo cannot carry (hair too short, head turned too far), and why; the others
              are shown. Without it the first such style raises

    Every pixel outside the style's region is the photo's own, bit for bit, whatever the restyler does, and each
    variant's proof says so as measured. The photo is parsed once, at the first variant.

    Raises at once UsageError for a name that does not exist; at the first variant SubjectError where the photo has
    nothing to restyle, ModelMissing where weights are absent.
    """
    recipes = _recipes(styles)
    asked: dict[Kind, object] = {"parsers": parser, "restylers": restyler, "scorers": scorer}
    for kind, backend in asked.items():
        if isinstance(backend, str):
            find(kind, backend)
    backends = (parser, restyler, scorer)
    return _variants(photo, recipes, backends, tuple(seeds), face, regions, refused)


def rank(variants: Iterable[Variant]) -> list[Variant]:
    """Best first: by brand fit where there is one, then by proof. Equals keep their order.

    Variants with a fit go before those without. Among proofs, one that changed a pixel which had to stay goes last;
    the rest are ordered by seam score over (1 + ΔE00 / 10), so that a colour which is 10 off counts half.
    """
    return sorted(variants, key=merit, reverse=True)


def merit(variant: Variant) -> tuple[bool, float, bool, float]:
    """What `rank` sorts by; a larger one is better."""
    proof = variant.proof
    quality = proof.seam / (1.0 + (proof.delta_e or 0.0) / 10.0)
    return variant.fit is not None, variant.fit or 0.0, proof.kept_max_diff == 0, quality


def _recipes(styles: Iterable[Style | str]) -> list[Style]:
    asked = [styles] if isinstance(styles, str) else list(styles)
    shipped = load_styles(None) if any(isinstance(style, str) for style in asked) else {}
    return [find_style(style, shipped) if isinstance(style, str) else style for style in asked]


def _variants(
    photo: Photo,
    styles: Sequence[Style],
    backends: tuple[str | Parser, str | Restyler, str | Scorer | None],
    seeds: tuple[int, ...],
    face: int,
    regions: Regions | None,
    refused: Callable[[Style, SubjectError], None] | None,
) -> Iterator[Variant]:
    restyle = resolve("restylers", backends[1])
    score = None if backends[2] is None else resolve("scorers", backends[2])
    crew = _Crew(name_of(backends[1]), restyle, score)
    before: dict[str, float] = {}
    if regions is None:
        parse = resolve("parsers", backends[0])
        crew = replace(crew, parse=parse, face=face)
        with _timed("parse", before):
            regions = parse(photo, face)
    sitting = _Sitting(photo, regions, crew, before)
    for style in styles:
        try:
            yield from _of_style(sitting, style, seeds)
        except SubjectError as error:
            if refused is None or error.code in WHOLE:
                raise
            refused(style, error)


@dataclass(frozen=True)
class _Crew:
    """Who works on a photo: the restyler and its name, a scorer if there is one, a parser if one was asked, and which
    face it was asked for."""

    name: str
    restyle: Restyler
    score: Scorer | None
    parse: Parser | None = None
    face: int = 0


@dataclass(frozen=True, eq=False)
class _Sitting:
    """A photo, what is where in it, who works on it, and what was done once for all its variants, in milliseconds."""

    photo: Photo
    regions: Regions
    crew: _Crew
    before: Mapping[str, float]

    @cached_property
    def features(self) -> Bools:
        """Eyes, nose and mouth, bool (H, W)."""
        return find_features(self.regions)


def _of_style(sitting: _Sitting, style: Style, seeds: tuple[int, ...]) -> Iterator[Variant]:
    photo, regions, crew = sitting.photo, sitting.regions, sitting.crew
    matte = _matte(photo, regions, style)
    pictures = iter(crew.restyle(photo, regions, style, seeds))
    for seed in seeds:
        clock, fit = dict(sitting.before), None
        with _timed("restyle", clock):
            made = _next_picture(pictures, crew.name, photo, matte)
        with _timed("paste", clock):
            changed = _allowed(made, sitting)
            new = paste(made.photo, photo, changed)
        with _timed("prove", clock):
            proof = prove(photo, new, regions, style, replace(made, changed=changed))
        measured: Mapping[str, object] = {}
        if crew.parse is not None and (style.cut is not None or style.perm is not None):
            with _timed("measure", clock):
                measured = _measure(crew.parse, _no_finer_than_measured(new, regions), crew.face)
        if crew.score is not None:
            with _timed("score", clock):
                fit = float(crew.score([new])[0])
        clock["total"] = round(sum(clock.values()), 3)
        yield Variant(new, style, seed, crew.name, changed, proof, clock, fit, measured)


def _measure(parse: Parser, new: Photo, face: int) -> Mapping[str, object]:
    """What the hair of a new shape is, parsed anew; nothing where no face is found any more."""
    try:
        return measure_look(new, parse(new, face)).facts()
    except SubjectError:
        return {}


def _no_finer_than_measured(photo: Photo, regions: Regions) -> Photo:
    """The photo, shrunk where it shows a face finer than hair is measured at: a parser takes longer for larger ones."""
    step = 1 if regions.face is None else int(head_frame(regions.face.landmarks).unit // UNIT)
    return photo if step < 2 else Photo(np.rint(shrink(photo.pixels, step)).astype(np.uint8), photo.name)


@contextmanager
def _timed(step: str, clock: dict[str, float]) -> Iterator[None]:
    """Put the milliseconds that the block takes into `clock[step]`."""
    start = perf_counter()
    yield
    clock[step] = round(1000.0 * (perf_counter() - start), 3)


def _matte(photo: Photo, regions: Regions, style: Style) -> Matte:
    matte = regions.mattes.get(style.region)
    if matte is None:
        there = ", ".join(repr(name) for name in regions.mattes)
        raise UsageError(f"{style.name!r} changes the {style.region!r}, but {photo.name} has only {there or 'none'}")
    if style.region == "hair":
        _check_head(photo, regions, style)
    if style.cut is None and not matte.alpha.any():
        raise SubjectError(f"{photo.name} shows no {style.region} to restyle", "bald")
    return matte


def _check_head(photo: Photo, regions: Regions, style: Style) -> None:
    try:
        check_hair(regions, photo.name)
    except SubjectError as error:
        if error.code != "bald" or style.cut is None:  # a cut may come from a donor
            raise


def _next_picture(pictures: Iterator[Photo | Restyled], restyler: str, photo: Photo, matte: Matte) -> Restyled:
    new = next(pictures, None)
    shown = new.photo if isinstance(new, Restyled) else new
    if new is None or shown is None or shown.size != photo.size:
        got = "too few pictures" if shown is None else f"a picture of {shown.size}"
        raise ValueError(f"restyler {restyler!r} gave {got}; it owes one per seed, each of {photo.size}")
    return new if isinstance(new, Restyled) else Restyled(new, matte.support)


def _allowed(made: Restyled, sitting: _Sitting) -> Mask:
    """What a restyler asked to change, less eyes, nose and mouth, which stay the customer's whatever it asks."""
    if made.matte is None or sitting.regions.face is None:
        return made.changed
    return Mask(made.changed.inside & ~sitting.features)
