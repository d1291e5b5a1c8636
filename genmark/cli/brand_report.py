"""`genmark brand report`: one page on what a brand file knows, for people to read and hand over."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from genmark.brand.archive import BrandFile, read_brand
from genmark.brand.gathering import Gathered, find_posts, gather
from genmark.brand.report.auditing import audit_posts
from genmark.brand.report.evidence import find_evidence
from genmark.brand.report.findings import find_findings
from genmark.brand.report.page import render
from genmark.brand.report.record import to_json
from genmark.brand.scoring import backbone_of
from genmark.brand.splits import read_sources
from genmark.errors import UsageError
from genmark.files import printable, write_text

_DATA = click.Path(exists=True, path_type=Path)


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--data", type=_DATA, help="The posts that FILE was learnt from, where they lie elsewhere now.")
@click.option("--val", type=_DATA, help="With --data: the posts that it was tested on, if they were given apart.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The page.  [default: FILE.html]")
@click.option("--weights", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The backbone's weights.")
@click.option("--audit/--no-audit", default=True, show_default=True, help="Look for shortcuts, such as logos; minutes.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="A folder to keep features in.")
def command(
    file: Path,
    data: Path | None,
    val: Path | None,
    out: Path | None,
    weights: Path | None,
    audit: bool,
    cache: Path | None,
) -> None:
    """Write one page on the brands of FILE: how well they are told apart, how sure that is, what may be claimed, how
    each brand looks. It holds all that it shows, small pictures of the posts included; the numbers lie beside it as
    JSON.
    """
    page = out or file.with_name(f"{file.name}.html")
    numbers = page.with_suffix(".json")
    if numbers == page:
        raise UsageError(f"{printable(page.name)} is where the numbers would go; give the page another ending: .html")
    known = read_brand(file)
    network = backbone_of(known, weights)
    sidecar = _sidecar(file)
    posts = find_posts(*((data, val) if data else _sources(sidecar)))
    gathered = gather(posts, network, _tell, written=sidecar, cache=cache)
    _check(known, gathered, file)
    wanted = audit and known.brands  # attributes have no single right answer to lose
    audited = audit_posts(known, gathered, find_evidence(known, gathered), network) if wanted else None
    findings = find_findings(known, gathered, network, audited, _tell)
    write_text(numbers, to_json(findings))
    write_text(page, render(findings, printable(file.name), date.today()))
    click.echo(click.format_filename(page))


def _sidecar(file: Path) -> Path:
    """The splits beside a brand file: without them, test posts might be some that were learnt from."""
    sidecar = file.with_name(f"{file.name}.splits.json")
    if not sidecar.is_file():
        raise UsageError(
            f"{printable(sidecar.name)} is not beside {printable(file.name)}, so it is not known which posts were kept "
            "back; put it there, or train again"
        )
    return sidecar


def _sources(sidecar: Path) -> tuple[Path, Path | None]:
    """Where the posts lie, as the splits say."""
    sources = read_sources(sidecar)
    if not sources or not all(source.exists() for source in sources):
        raise UsageError("the posts are not where they were when this file was learnt; say where with --data")
    return sources[0], sources[1] if len(sources) > 1 else None


def _check(known: BrandFile, gathered: Gathered, file: Path) -> None:
    if gathered.splits.fingerprint != known.fingerprint:
        raise UsageError(f"{printable(file.name)} was learnt from other posts than its splits name; train again")


def _tell(sentence: str) -> None:
    click.echo(f"genmark: {sentence}", err=True)
