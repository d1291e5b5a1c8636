"""`genmark donor`: a salon's own hair donors, beside those that ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import Input, find_photos
from genmark.cli.voice import Voice
from genmark.errors import PhotoError, SubjectError
from genmark.photos import read
from genmark.protocols import Parser
from genmark.recipes import Curl, Fringe, Length
from genmark.registry import load
from genmark.restyle.hair.donors import Donor, own_folder, read_donors
from genmark.restyle.hair.shelf import Label, add_donor, record, remove_donor

Command = Callable[..., Any]


@click.group("donor")
def command() -> None:
    """Keep your own hair donors: photos whose hair a cut may put on a customer.

    They lie in a folder of yours ($GENMARK_DONORS, else your user's data folder) on this machine and nowhere else. For
    each donor it keeps the cut-out hair and the points of the face of the person in the photo: personal data, for which
    you need that person's consent. `genmark donor remove` deletes them.
    """


def _label(function: Command) -> Command:
    """The options that say what a donor wears."""
    for option in (
        click.option("--notes", help="Anything to remember."),
        click.option("--worn-by", default="any", show_default=True, type=click.Choice(["women", "men", "any"])),
        click.option("--parting", type=click.Choice(["left", "middle", "right", "none"])),
        click.option("--fringe", type=click.Choice(get_args(Fringe))),
        click.option("--curl", type=click.Choice(get_args(Curl))),
        click.option("--length", type=click.Choice([*get_args(Length), "tied"])),
        click.option("--korean", help="The style's name for people, in Korean."),
        click.option("--english", help="The style's name for people, in English."),
        click.option("--style", required=True, help="What recipes call the style: lower-case-with-hyphens."),
    ):
        function = option(function)
    return function


@command.command("add")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@_label
@click.option("--face", default=0, type=click.IntRange(min=0), help="Which face, from the largest, 0.")
@click.option("--parser", default="embedded", show_default=True, help="Backend that finds the regions.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a donor on standard output.")
@click.pass_context
def add(
    ctx: click.Context, /, photos: tuple[str, ...], face: int, parser: str, as_json: bool, **words: str | None
) -> None:
    """Cut the hair out of PHOTOS (files, or folders of them) and keep it as donors of one style.

    Of each photo, only the hair, the points of the face, the pose and the light are kept, without metadata, until you
    remove the donor; the photo itself is not. Ask the person first. Adding a photo again replaces its donor.
    """
    voice, label, folder = (
        Voice(as_json),
        Label(**{name: word for name, word in words.items() if word is not None}),
        own_folder(),
    )
    inputs = find_photos(photos, skip=str(folder))
    backend: Parser = load("parsers", parser)
    with voice.progress(len(inputs), "donor") as advance:
        for item in inputs:
            _add_one(item, folder, backend, face, label, voice)
            advance(1)
    voice.finish(folder)
    ctx.exit(BAD_INPUT if voice.bad else 0)


def _add_one(item: Input, folder: Path, parser: Parser, face: int, label: Label, voice: Voice) -> None:
    try:
        if item.error is not None:
            raise item.error
        photo = read(item.path)
        donor = add_donor(folder, photo, parser(photo, face), label)
    except (PhotoError, SubjectError) as error:
        voice.complain(item.path, error)
        return
    added = {"photo": item.path, **record(donor), "file": str(donor.file)}
    voice.tell(added, f"{click.format_filename(item.path)}: donor {donor.id}, {donor.style}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a donor on standard output.")
def show(as_json: bool) -> None:
    """List the donors: those that ship, then your own."""
    voice, folder = Voice(as_json), own_folder()
    for donor in read_donors(folder):
        own = donor.file.parent == folder
        if as_json:
            voice.tell({**record(donor), "own": own}, "")
        else:
            click.echo(_line(donor, own))


def _line(donor: Donor, own: bool) -> str:
    looks = ", ".join(word for word in (donor.length, donor.curl) if word)
    names = " / ".join(name for name in (donor.english, donor.korean) if name)
    return f"{donor.id:<12}  {donor.style:<24}  {looks:<18}  {names}{' (your own)' if own else ''}"


@command.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="ID...")
def remove(names: tuple[str, ...]) -> None:
    """Delete donors of your own by their ID: picture, face points and record."""
    for name in names:
        remove_donor(own_folder(), name)
        click.echo(f"removed {name}", err=True)
