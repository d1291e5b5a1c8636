"""Pages that hold all they need and ask for nothing: templates that escape, one style, one script, one policy."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files as resources

from jinja2 import Environment, PackageLoader, StrictUndefined


def data_uri(jpeg: bytes) -> str:
    """A JPEG as an address that holds all of it."""
    return "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")


def policy_of(style: str, script: str) -> str:
    """The content security policy: pictures from the page itself, this style and this script, and nothing else."""
    style_hash, script_hash = (b64encode(sha256(text.encode()).digest()).decode("ascii") for text in (style, script))
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'"
    )


@cache
def text_of(package: str, name: str) -> str:
    """A style sheet or script from a package's `templates`."""
    return (resources(package) / "templates" / name).read_text(encoding="utf-8")


def templates_of(package: str) -> Environment:
    """A package's `templates`: what is filled in is escaped, and what is missing is an error."""
    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
