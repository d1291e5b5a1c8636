"""`genmark brand fetch`: posts from elsewhere into a folder that `genmark brand train` reads."""

from __future__ import annotations

from pathlib import Path

import click

from genmark.brand.posts import read_posts
from genmark.brand.sources import fetch_source


@click.command("fetch")
@click.argument("source")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder; made if absent."
)
def command(source: str, out: Path) -> None:
    """Bring the posts of SOURCE into a folder, and list them in its posts.csv.

    SOURCE is a CSV with a column url and a column brand (others come along), fetched politely: robots.txt is obeyed,
    one picture at a time, a second apart. Or a Hugging Face dataset: a folder, or hf:owner/name[@revision][:split], of
    which a copy on this machine is taken before the hub is asked. An interrupted run goes on where it stopped.
    """
    listing = fetch_source(source, out, _tell)
    posts = read_posts(listing)
    brands = len({post.brand for post in posts})
    click.echo(f"{listing}: {len(posts)} posts of {brands} brands; genmark brand train {listing} --out FILE.brand")


def _tell(sentence: str) -> None:
    click.echo(f"genmark: {sentence}", err=True)
