"""`genmark completion`: the script that a shell needs."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes genmark's words in SHELL.

    For example: genmark completion bash >> ~/.bashrc
    """
    completer = get_completion_class(shell)
    if completer is None:
        raise click.BadParameter(f"{shell} cannot complete")
    click.echo(completer(ctx.find_root().command, {}, "genmark", "_GENMARK_COMPLETE").source())
