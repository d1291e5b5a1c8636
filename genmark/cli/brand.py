"""`genmark brand`: learn brands from their posts, say how well pictures fit them, and report."""

from __future__ import annotations

import click

from genmark.cli.group import Commands

HOMES = {
    "fetch": ("genmark.cli.brand_fetch", "Bring posts from addresses or a dataset into a folder."),
    "train": ("genmark.cli.brand_train", "Learn brands and attributes from their posts, into one file."),
    "report": ("genmark.cli.brand_report", "Write one page on what was learnt, for people to read and hand over."),
    "score": ("genmark.cli.brand_score", "Say how well pictures fit the brands of a file."),
}


@click.group("brand", cls=Commands, homes=HOMES)
def command() -> None:
    """Learn brands from their posts, score pictures by them, and report."""
