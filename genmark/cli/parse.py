"""`genmark parse`: what is where in each photo, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from genmark import __version__
from genmark.cli.folders import folder_for
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import Input, find_photos
from genmark.cli.voice import Voice
from genmark.errors import PhotoError, SubjectError
from genmark.files import write_bytes
from genmark.gallery.manifest import hash_of
from genmark.gallery.overlay import overlay
from genmark.perceive.landmarks import NAMES
from genmark.photos import read, write, write_index, write_matte
from genmark.protocols import Parser
from genmark.registry import load
from genmark.types import Face, Photo, Regions

RECORD = "parse.json"


@click.command("parse")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Folder that receives one folder a photo.")
@click.option("--face", default=0, type=click.IntRange(min=0), help="Which face, from the largest, 0.")
@click.option("--parser", default="embedded", show_default=True, help="Backend that finds the regions.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a photo on standard output.")
@click.pass_context
def command(ctx: click.Context, photos: tuple[str, ...], out: str, face: int, parser: str, as_json: bool) -> None:
    """Write what is where in PHOTOs (files, or folders of them).

    Each photo gets a folder named after its stem: hair.png (8-bit matte), regions.png (8-bit index map), parse.json
    (palette, face box, landmarks, pose, confidence) and overlay.jpg (all of it drawn over the photo).
    """
    voice = Voice(as_json)
    inputs = find_photos(photos, skip=out)
    backend: Parser = load("parsers", parser)
    Path(out).mkdir(parents=True, exist_ok=True)
    with voice.progress(len(inputs), "parse") as advance:
        for item in inputs:
            _parse_one(item, Path(out), backend, face, voice)
            advance(1)
    voice.finish(out)
    ctx.exit(BAD_INPUT if voice.bad else 0)


def _parse_one(item: Input, out: Path, parser: Parser, face: int, voice: Voice) -> None:
    try:
        if item.error is not None:
            raise item.error
        photo = read(item.path)
        regions = parser(photo, face)
    except (PhotoError, SubjectError) as error:
        voice.complain(item.path, error)
        return
    folder = folder_for(photo, out, item.stem, RECORD)
    write_parse(photo, regions, folder, parser)
    found = {
        "photo": item.path,
        "folder": str(folder),
        "kind": regions.kind,
        "confidence": round(regions.confidence, 4),
    }
    voice.tell(found, f"{click.format_filename(item.path)}: {regions.kind}, confidence {regions.confidence:.2f}")


def write_parse(photo: Photo, regions: Regions, folder: Path, parser: Parser) -> None:
    """Write one photo's parse into `folder`, which is made. A photo without a hair matte gets no hair.png."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, matte in regions.mattes.items():
        write_matte(matte, folder / f"{name}.png")
    write_index(regions.index, regions.palette, folder / "regions.png")
    write(overlay(photo, regions), folder / "overlay.jpg")
    record = json.dumps(parse_record(photo, regions, parser), indent=1, ensure_ascii=False)
    write_bytes(folder / RECORD, record.encode() + b"\n")


def parse_record(photo: Photo, regions: Regions, parser: Parser) -> dict[str, Any]:
    """What `parse.json` holds; lengths in pixels, angles in degrees."""
    return {
        "photo": {"name": photo.name, "size": list(photo.size), "sha256": hash_of(photo)},
        "kind": regions.kind,
        "confidence": round(regions.confidence, 4),
        "palette": dict(enumerate(regions.palette)),
        **({} if regions.face is None else face_record(regions.face)),
        "parser": {
            "version": getattr(parser, "version", "0"),
            "weights": {weights.name: weights.sha256 for weights in getattr(parser, "weights", ())},
        },
        "genmark": __version__,
    }


def face_record(face: Face) -> dict[str, Any]:
    """One face: its box and the finder's confidence, pose, and landmarks [x, y] by name.

    A parser with landmarks of its own has them called by their place.
    """
    own = len(face.landmarks) != len(NAMES)
    names = [f"point_{place}" for place in range(len(face.landmarks))] if own else NAMES
    return {
        "face": {
            "box": {side: round(getattr(face.box, side), 2) for side in ("left", "top", "right", "bottom")},
            "confidence": round(face.confidence, 4),
        },
        "pose": {angle: round(getattr(face.pose, angle), 2) for angle in ("yaw", "pitch", "roll")},
        "landmarks": {
            name: [round(x, 2), round(y, 2)] for name, (x, y) in zip(names, face.landmarks.tolist(), strict=True)
        },
    }
