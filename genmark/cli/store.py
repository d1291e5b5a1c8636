"""`genmark store`: what is kept of customers, where it lies, and how it goes again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, get_args

import click

from genmark.audience.store.export import export_customer
from genmark.audience.store.intake import add_customer, add_photo
from genmark.audience.store.opening import Store, create_store, open_store, upgrade_store
from genmark.audience.store.reconcile import HOUR, reconcile
from genmark.audience.store.records import Consent, Intake, Removal, Source
from genmark.audience.store.removal import delete_customer, write_removal
from genmark.audience.store.retention import YEAR, retain
from genmark.cli.group import BAD_INPUT
from genmark.cli.inputs import find_photos
from genmark.errors import PhotoError, UsageError
from genmark.files import read_bytes

Command = Callable[..., Any]
_OUT = click.Path(dir_okay=False, path_type=Path)


@click.group("store")
def command() -> None:
    """Keep customers' photos and what was understood of them, and delete them again, with proof.

    A store is a database ($GENMARK_STORE_URL: sqlite:///FILE or postgresql://...) and a folder for pictures
    ($GENMARK_STORE_FOLDER), both on machines of yours. Customers have pseudonyms; to use your own numbers instead,
    keep a secret key in a file ($GENMARK_STORE_KEY_FILE) beside neither, and never lose it.
    """


def _placed(function: Command) -> Command:
    """The options that say which store, as one argument `place` of (url, folder, key)."""

    @click.option("--url", envvar="GENMARK_STORE_URL", required=True, help="The database.  [$GENMARK_STORE_URL]")
    @click.option(
        "--folder", envvar="GENMARK_STORE_FOLDER", required=True, help="For pictures.  [$GENMARK_STORE_FOLDER]"
    )
    @click.option("--key-file", envvar="GENMARK_STORE_KEY_FILE", type=_OUT, help="Your secret key, at least 16 bytes.")
    @wraps(function)
    def placed(*args: Any, url: str, folder: str, key_file: Path | None, **options: Any) -> Any:
        return function(*args, place=(url, folder, _read_key(key_file)), **options)

    return placed


def _opened(function: Command) -> Command:
    """The options of `_placed`, and the store itself as the argument `store`."""

    @_placed
    @wraps(function)
    def opened(*args: Any, place: tuple[str, str, bytes | None], **options: Any) -> Any:
        with open_store(*place) as store:
            return function(*args, store=store, **options)

    return opened


_own = click.option("--own", is_flag=True, help="CUSTOMER is your own number, not a pseudonym; needs your key.")
_record = click.option(
    "--record", type=_OUT, help="Write what was removed and verified here, as JSON; it names nobody."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@command.command("init")
@_placed
def init(place: tuple[str, str, bytes | None]) -> None:
    """Make a store: tables in the database, and the folder that belongs to it."""
    create_store(*place).close()
    click.echo("the store is ready", err=True)


@command.command("upgrade")
@_placed
def upgrade(place: tuple[str, str, bytes | None]) -> None:
    """Bring the tables of an older genmark up to date; all of it or nothing. Make a backup before."""
    upgrade_store(*place[:2])
    click.echo("the store is up to date", err=True)


@command.command("add")
@click.argument("paths", nargs=-1, required=True, metavar="PHOTO...", type=click.Path())
@click.option("--customer", help="Their pseudonym, or with --own your number; without it, a new customer.")
@_own
@click.option("--source", required=True, type=click.Choice(get_args(Source)), help="Where the photos come from.")
@click.option("--for", "purposes", multiple=True, required=True, metavar="WORD", help="What was agreed to: targeting …")
@click.option("--wording", required=True, help="The version of the text that was agreed to.")
@click.option("--agreed", type=click.DateTime(), help="When, in UTC.  [default: now]")
@click.option("--days", required=True, type=click.IntRange(1), help="How many days the photos are kept.")
@_as_json
@_opened
@click.pass_context
def add(
    ctx: click.Context, /, paths: tuple[str, ...], store: Store, customer: str | None, own: bool, as_json: bool,
    source: Source, purposes: tuple[str, ...], wording: str, agreed: datetime | None, days: int,
) -> None:  # fmt: skip
    """Keep PHOTOS (files, or folders of them) of one customer: the pixels and nothing else of the files.

    Ask the person first: what for, and in which wording, is written down with each photo.
    """
    given = store.clock() if agreed is None else agreed.replace(tzinfo=UTC)
    intake = Intake(Consent(purposes, given, wording), source, store.clock() + timedelta(days=days))
    known = customer if customer is not None and not own else add_customer(store, customer)
    bad = 0
    for number, item in enumerate(find_photos(paths, skip=str(store.vault.folder)), start=1):
        try:
            kept = add_photo(store, known, _read(item.path), intake)
        except PhotoError as error:
            bad += 1  # by its number: a file's name may be a person's
            click.echo(f"photo {number}: {error} [{error.code}]", err=True)
            continue
        told = {"photo": number, "id": kept.id, "customer": known}
        click.echo(json.dumps(told) if as_json else f"{known} {kept.id}")
    ctx.exit(BAD_INPUT if bad else 0)


@command.command("export")
@click.argument("customer")
@_own
@click.option("--out", required=True, type=_OUT, help="The ZIP file to write.")
@_opened
def export(customer: str, own: bool, out: Path, store: Store) -> None:
    """Write everything about CUSTOMER into one ZIP file: rows as JSON, and pictures."""
    export_customer(store, _known(store, customer, own), out)
    click.echo("exported", err=True)


@command.command("delete")
@click.argument("customer")
@_own
@_record
@_as_json
@click.option("--yes", is_flag=True, help="Do not ask.")
@_opened
def delete(customer: str, own: bool, record: Path | None, as_json: bool, yes: bool, store: Store) -> None:
    """Delete everything about CUSTOMER, look whether anything is left, and tell what was removed."""
    if not yes:
        click.confirm("Delete this customer's rows and pictures for good?", abort=True, err=True)
    _tell(delete_customer(store, _known(store, customer, own)), record, as_json)


@command.command("retain")
@click.option("--history", default=YEAR.days, show_default=True, type=click.IntRange(0), help="Days of decisions kept.")
@_record
@_as_json
@_opened
def keep(history: int, record: Path | None, as_json: bool, store: Store) -> None:
    """Delete everything whose time has passed. Run it once a day."""
    _tell(retain(store, timedelta(days=history)), record, as_json)


@command.command("check")
@click.option("--deep", is_flag=True, help="Read every picture, too.")
@click.option("--grace", default=HOUR.total_seconds() / 60, show_default=True, type=click.FloatRange(0),
              help="Minutes after which an unfinished file is a dead writer's.")  # fmt: skip
@_as_json
@_opened
@click.pass_context
def check(ctx: click.Context, /, deep: bool, grace: float, as_json: bool, store: Store) -> None:
    """Compare rows and files, finish what a crash left half done, and remove what belongs to nobody.

    Ends with 3 where pictures are lost or damaged; their rows stay until you delete them.
    """
    found = reconcile(store, timedelta(minutes=grace), deep)
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(f"{found.finished} finished, {found.discarded} files of nobody removed, "
                   f"{len(found.lost)} pictures lost, {len(found.damaged)} damaged")  # fmt: skip
    ctx.exit(BAD_INPUT if found.lost or found.damaged else 0)


def _read_key(file: Path | None) -> bytes | None:
    try:
        return None if file is None else file.read_bytes().strip()
    except OSError:
        raise UsageError("the key's file cannot be read; check that it exists and that you may open it") from None


def _read(path: str) -> bytes:
    try:
        return read_bytes(path)
    except PhotoError as error:
        raise PhotoError("the file cannot be taken: it is missing, a folder, empty or too large", error.code) from None  # type: ignore[arg-type]


def _known(store: Store, customer: str, own: bool) -> str:
    return store.pseudonym(customer) if own else customer


def _tell(removal: Removal, record: Path | None, as_json: bool) -> None:
    if record is not None:
        write_removal(removal, record)
    if as_json:
        click.echo(json.dumps({**asdict(removal), "at": removal.at.isoformat()}))
        return
    rows = ", ".join(f"{count} {table}" for table, count in removal.rows.items() if count) or "no rows"
    click.echo(f"removed: {rows}; {removal.files} files of {removal.size} bytes")
    for verified in removal.checks:
        click.echo(f"verified: {verified}")
