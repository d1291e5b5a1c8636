"""What a command says, and where: objects for machines on standard output, all else on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from genmark.errors import GenmarkError


class Voice:
    """Speaks for one command. `as_json`: one object a line on standard output, for machines, in which an input is
    called `key`."""

    def __init__(self, as_json: bool, key: str = "photo") -> None:
        self.as_json, self._key = as_json, key
        self.bad = 0
        self._held: list[str] | None = None

    def tell(self, record: dict[str, Any], sentence: str) -> None:
        """One result: `record` to machines; `sentence` to people, where there is no progress bar to disturb."""
        if self.as_json:
            click.echo(json.dumps(record))
        elif self._held is None:
            self._say(sentence)

    def note(self, record: dict[str, Any], sentence: str) -> None:
        """What a person should know of a result that is not there: `record` to machines; `sentence` to people."""
        if self.as_json:
            click.echo(json.dumps(record))
        else:
            self._say(sentence)

    def complain(self, photo: str, error: GenmarkError, style: str | None = None) -> None:
        """One bad input, or one `style` that this photo cannot carry; the others go on."""
        self.bad += style is None
        about = {self._key: photo} if style is None else {self._key: photo, "style": style}
        if self.as_json:
            click.echo(json.dumps({**about, "error": {"code": error.code, "message": str(error)}}))
        else:
            self._say(f"{click.format_filename(photo)}: {error} [{error.code}]")

    def finish(self, path: str | os.PathLike[str]) -> None:
        """The last word: where to look. On standard output for people, who may want to open it from a script."""
        click.echo(click.format_filename(path), err=self.as_json)

    @contextmanager
    def progress(self, steps: int, label: str) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error while there is someone to see it; yields what moves it on."""
        watched = sys.stderr.isatty()
        self._held = [] if watched else None
        try:
            with click.progressbar(
                length=steps, label=label, file=sys.stderr, show_pos=True, hidden=not watched
            ) as bar:
                yield bar.update
        finally:
            held, self._held = self._held or [], None
            for sentence in held:
                self._say(sentence)

    def _say(self, sentence: str) -> None:
        """To standard error; while the bar is shown, kept until it ends."""
        if self._held is not None:
            self._held.append(sentence)
        else:
            click.echo(sentence, err=True)
