"""What `genmark preview` says of one variant: a record for machines, a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from genmark.gallery.album import Album, Entry
from genmark.gallery.likeness import Like
from genmark.perceive.landmarks import COUNT
from genmark.perceive.look import measure_look
from genmark.recipes import Style
from genmark.types import Regions
from genmark.variants import Variant


def record(path: str, album: Album, entry: Entry) -> dict[str, Any]:
    """One variant of the photo at `path`. Paths begin with the folder that was named; `milliseconds` is the total."""
    variant = entry.variant
    return {
        "photo": path,
        "style": variant.style.name,
        "backend": variant.backend,
        "seed": variant.seed,
        "file": str(album.folder / entry.file),
        "mask": str(album.folder / entry.mask),
        **({} if entry.clip is None else {"clip": str(album.folder / entry.clip)}),
        "delta_e": variant.proof.delta_e,
        "kept_max_diff": variant.proof.kept_max_diff,
        "fit": variant.fit,
        "milliseconds": variant.milliseconds["total"],
        **({"measured": dict(variant.measured)} if variant.measured else {}),
        **_opinion(variant),
        **({"search": dict(variant.search)} if variant.search else {}),
    }


def _opinion(variant: Variant) -> dict[str, Any]:
    """What the brand's file says of it, beside its fit."""
    opinion = variant.opinion
    if opinion is None:
        return {}
    return {
        "brand": opinion.brand,
        "judge_fit": opinion.judge,
        "decision": opinion.decision,
        "reasons": [reason for reason, _ in opinion.reasons],
        "departs": None if opinion.departs is None else opinion.departs[0],
        "like": list(opinion.like),
        "seam": variant.proof.seam,
    }


def describe_cell(variant: Variant, parts: Mapping[str, str], regions: Regions | None) -> dict[str, Any]:
    """What a cell of a grid adds to its record: the `parts` it was made of, and what its hair measures.

    A new colour alone leaves the hair where `regions` found it, so nothing is parsed again.
    """
    measured = variant.measured
    if not measured and regions is not None and regions.face is not None and len(regions.face.landmarks) == COUNT:
        measured = measure_look(variant.photo, regions).facts()
    return {"cell": dict(parts)} | ({"measured": dict(measured)} if measured else {})


def sentence(path: str, variant: Variant) -> str:
    """The same for people, in short."""
    proof = variant.proof
    shade = "" if proof.delta_e is None else f", {proof.delta_e:.1f} from the swatch"
    kept = "nothing else changed" if proof.kept_max_diff == 0 else f"OTHER PIXELS CHANGED by {proof.kept_max_diff}"
    opinion = variant.opinion
    fit = "" if opinion is None else f", fits {opinion.brand} {variant.fit:.2f} ({opinion.decision})"
    return f"{click.format_filename(path)}: {variant.style.name}{shade}, {kept}{fit}"


def left_out(path: str, variant: Variant, like: Like) -> tuple[dict[str, Any], str]:
    """Record and sentence of a variant that is not shown, because it hardly differs from what is."""
    name = None if like.style is None else like.style.name
    told = {"like": name, "like_seed": like.seed, "delta_e": like.delta_e}
    other = "the photo as it is" if name is None else name
    said = f"{variant.style.name} is left out, because it hardly differs from {other} (ΔE {like.delta_e:.1f})"
    about = {"photo": path, "style": variant.style.name, "seed": variant.seed}
    return {**about, "left_out": told}, f"{click.format_filename(path)}: {said}"


def not_tuned(path: str, style: Style, trials: int) -> tuple[dict[str, Any], str]:
    """Record and sentence of a search that found nothing better than what was asked for."""
    told = {"photo": path, "style": style.name, "not_tuned": {"trials": trials}}
    said = f"{style.name} fits the brand best as it is; {trials} trials found nothing better that keeps the request"
    return told, f"{click.format_filename(path)}: {said}"
