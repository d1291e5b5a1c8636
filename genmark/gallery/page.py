"""One self-contained HTML page per photo, and one that links them. No request ever leaves the page.

Everything that comes from outside (photo and style names, notes) is escaped by the template engine; on top of that the
page's own policy allows only the one script and the one style sheet that it was written with, by their hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

import genmark
from genmark import photos
from genmark.gallery import shades, words
from genmark.gallery.album import MANIFEST, ORIGINAL, SHEET, Album, Cover, Entry
from genmark.gallery.facts import facts, speed
from genmark.gallery.front import front
from genmark.gallery.sealed import data_uri, policy_of, templates_of, text_of
from genmark.gallery.words import WORDS, Pair
from genmark.recipes import Dye
from genmark.types import Photo


def page(album: Album, entries: Sequence[Entry], *, up: str | None = None) -> str:
    """The page of one photo as HTML; `entries` in rank order, `up` the relative path of a page of many photos."""
    original = as_jpeg(album.shown, generated=False)
    on = front([entry.variant for entry in entries])
    looks = [_look(entries, place) | {"verdict": _verdict(entries[place], on[place])} for place in range(len(entries))]
    hair = all(entry.variant.style.region == "hair" for entry in entries)
    return _fill(
        "page.html",
        title=WORDS["hair_title" if hair else "title"],
        name=display_name(album.original.name),
        count=words.looks(len(entries)),
        day=words.day(album.run.made),
        up=None if up is None else link_to(up),
        original={"uri": data_uri(original), "file": link_to(ORIGINAL), **_sides(album.shown.size)},
        sheet=link_to(SHEET),
        manifest=link_to(MANIFEST),
        looks=looks,
        ranked=_ranked(entries),
    )


def index(covers: Sequence[Cover], links: Sequence[str], made: date) -> str:
    """The page of many photos as HTML. `links` are the paths of their pages from this one, with "/", not yet quoted."""
    return _fill(
        "index.html",
        title=WORDS["all_photos"],
        count=words.photo_count(len(covers)),
        day=words.day(made),
        photos=[_cover(*each, place) for place, each in enumerate(zip(covers, links, strict=True))],
    )


def _look(entries: Sequence[Entry], place: int) -> dict[str, Any]:
    entry = entries[place]
    variant = entry.variant
    label: Pair = (variant.style.english, variant.style.korean)
    measured = facts(variant, entry.kept)
    took = speed(variant)
    return {
        "id": entry.stem,
        "label": label,
        "alt": (f"{label[0]}: {WORDS['ai'][0]}", f"{label[1]}: {WORDS['ai'][1]}"),
        "compare": (f"{WORDS['compare'][0]}: {label[0]}", f"{WORDS['compare'][1]}: {label[1]}"),
        "uri": data_uri(entry.picture),
        "shade": _shade(variant.style.dye, entry.stem),
        "notes": variant.proof.notes,
        "facts": measured if took is None else [*measured, took],
        "doubts": [fact for fact in measured if not fact.good],
        "seed": variant.seed,
        "backend": variant.backend,
        "sha256": entry.sha256,
        "file": link_to(entry.file),
        "mask": link_to(entry.mask),
        "clip": None if entry.clip is None else link_to(entry.clip),
        "lossy": entry.lossy,
        "card_png": link_to(entry.card_png),
        "card_pdf": link_to(entry.card_pdf),
        "previous": entries[place - 1].stem,
        "next": entries[(place + 1) % len(entries)].stem,
    }


def _ranked(entries: Sequence[Entry]) -> Pair | None:
    """Whose fit is shown, where one is."""
    opinions = [entry.variant.opinion for entry in entries]
    if not any(opinions):
        return None
    return WORDS["judged" if all(one is None or one.judge is not None for one in opinions) else "self_judged"]


def _verdict(entry: Entry, on_front: bool) -> dict[str, Any] | None:
    """What a brand's file says of a look."""
    opinion, variant = entry.variant.opinion, entry.variant
    if opinion is None:
        return None
    found = {fact.label[0]: fact for fact in facts(variant, entry.kept)}
    found["Kept"] = replace(found["Kept"], label=WORDS["elsewhere"])
    return {
        "scores": [found[name] for name in ("Brand fit", "Judge", "Shade", "Edge", "Kept") if name in found],
        "decision": words.DECISIONS[opinion.decision],
        "kind": opinion.decision,
        "front": on_front,
        "reasons": opinion.reasons,
        "departs": opinion.departs,
        "like": opinion.like,
    }


def _cover(cover: Cover, path: str, place: int) -> dict[str, Any]:
    return {
        "name": display_name(cover.name),
        "href": link_to(path),
        "alt": WORDS["ai"],
        "uri": data_uri(cover.picture),
        "count": words.looks(len(cover.shades)),
        "shades": [_shade(dye, f"{place}-{n}") for n, dye in enumerate(cover.shades)],
        **_sides(cover.size),
    }


def _shade(dye: Dye | None, ident: str) -> dict[str, Any] | None:
    if dye is None:
        return None
    return {"id": ident, "stops": shades.stops(dye), "highlight": shades.highlight(dye)}


def _sides(size: tuple[int, int]) -> dict[str, int]:
    return {"width": size[0], "height": size[1]}


def display_name(name: str) -> str:
    """A photo's name as people read it: never more than the last part of a path."""
    return PurePath(name).name or "photo"


def link_to(path: str) -> str:
    """A link to a file beside or below the page: quoted, and never taken for another scheme or host."""
    return "./" + quote(path)


def as_jpeg(photo: Photo, *, generated: bool = True) -> bytes:
    """A picture as a page holds it; one that was generated carries its mark."""
    return photos.encode(photo, ".jpg", quality=88, generated=generated)


def _fill(template: str, **values: Any) -> str:
    style, script = text_of("genmark.gallery", "page.css"), text_of("genmark.gallery", "page.js")
    fixed = {"style": Markup(style), "script": Markup(script), "policy": policy_of(style, script)}
    filled = _templates().get_template(template)
    return filled.render(words=WORDS, version=genmark.__version__, **fixed, **values)


@cache
def _templates() -> Environment:
    return templates_of("genmark.gallery")
