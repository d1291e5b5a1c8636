"""A group of commands that imports one only when it is run, and turns genmark's errors into exit codes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import requires
from typing import Any

import click

from genmark.errors import GenmarkError, ModelMissing, UsageError, WriteError, nearest

USAGE, BAD_INPUT, NO_MODEL, INTERRUPTED = 2, 3, 4, 130


class Commands(click.Group):
    """`homes` names, for each command, the module that holds it as `command`, and its one line of help."""

    def __init__(self, *args: Any, homes: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.homes = homes

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.homes)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.homes:
            return None
        command: click.Command = import_module(self.homes[cmd_name][0]).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.homes and not args[0].startswith("-"):
            ctx.fail(f"no command is called {args[0]!r}{nearest(args[0], self.homes)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.homes.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GenmarkError as error:
            click.echo(f"genmark: {error}", err=True)
            ctx.exit(exit_code(error))
        except ModuleNotFoundError as error:
            extra = extra_of(error.name or "")
            if extra is None:
                raise
            click.echo(f"genmark: this needs the package {error.name!r}: pip install 'genmark[{extra}]'", err=True)
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            click.echo("genmark: interrupted; what was finished before is on disk", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            raise  # the reader of our output has gone; click ends quietly
        except OSError as error:
            # a folder that must not be written, a full disk: the system's own sentence says it best
            click.echo(f"genmark: {error}", err=True)
            ctx.exit(USAGE)


def exit_code(error: GenmarkError) -> int:
    """The process's exit code for an error that stops it."""
    if isinstance(error, UsageError | WriteError):
        return USAGE
    return NO_MODEL if isinstance(error, ModelMissing) else BAD_INPUT


def extra_of(module: str) -> str | None:
    """Which extra of genmark brings a package that could not be imported, the smallest of several; None: none does."""
    wanted = module.partition(".")[0].replace("_", "-").lower()
    asked = [re.match(r"([\w.-]+).*extra == ['\"](\w+)", line) for line in requires("genmark") or ()]
    pairs = [(found[1].lower(), found[2]) for found in asked if found and found[2] not in ("test", "dev")]
    sizes = Counter(extra for _, extra in pairs)
    return min((extra for package, extra in pairs if package == wanted), key=lambda extra: sizes[extra], default=None)
