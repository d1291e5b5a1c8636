"""A CSV of addresses, fetched politely into a folder: robots.txt, one at a time with a pause, limits, pictures only."""

from __future__ import annotations

import csv
import hashlib
import http.client
import io
import ipaddress
import socket
import time
import urllib.error
import urllib.request
import urllib.robotparser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from genmark import files
from genmark.brand.stripping import strip_picture
from genmark.errors import ConfigError, PhotoError, nearest

AGENT = "genmark"
"""What robots.txt may name, and what servers are told."""

ADDRESS_COLUMNS = ("url", "image_url", "link")
_TIMEOUT, _PATIENCE, _PIECE, _ROBOTS_BYTES = 20.0, 120.0, 1 << 16, 500_000
_SLOW_DOWN = (429, 503)


class Refused(Exception):  # noqa: N818  what happened, not a mistake of ours
    """Why an address was not fetched, in a sentence."""


@dataclass(frozen=True)
class Fetched:
    """What came of it: `posts` is the CSV written beside the pictures; `skipped` pairs an address with the reason."""

    posts: Path
    count: int
    skipped: tuple[tuple[str, str], ...]


@dataclass
class _Visit:
    """One run's manners: how often each server is asked, and what its robots.txt says."""

    pause: float
    limit: int
    local: bool
    sleep: Callable[[float], None]
    rules: dict[str, urllib.robotparser.RobotFileParser] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    tired: set[str] = field(default_factory=set)


def fetch_posts(
    source: Path,
    folder: Path,
    pause: float = 1.0,
    limit: int = files.FILE_BYTES,
    local: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch the pictures that a CSV lists by `url` into `folder`, and write a `posts.csv` there for `read_posts`.

    The other columns are kept. One request at a time, `pause` seconds or the server's Crawl-delay apart for each
    server; robots.txt is obeyed (RFC 9309), at every redirect too; a server that answers 429 or 503 is not asked again.
    Only http and https, at most `limit` bytes, only pictures that can be read, which lose their metadata
    (`strip_picture`). Addresses of this machine and of private networks are refused unless `local`. A picture that is
    already there is not fetched again, so an interrupted run goes on. What cannot be fetched, or is listed twice, is
    skipped, with its reason.

    Raises ConfigError where the CSV has no column of addresses or nothing could be fetched; WriteError.
    """
    rows = _rows(source)
    column = _address_column(list(rows[0]), source)
    visit = _Visit(pause, limit, local, sleep)
    kept: dict[str, dict[str, str]] = {}
    skipped = []
    for row in rows:
        address = (row[column] or "").strip()
        try:
            path = _there(folder, address) or _saved(folder, address, _get(address, visit))
        except Refused as reason:
            skipped.append((address, str(reason)))
            continue
        if path.name in kept:
            skipped.append((address, "it is listed before, and the first line counts"))
            continue
        kept[path.name] = {"path": path.name} | {n: row[n] or "" for n in row if n not in ("path", column)}
    if not kept:
        raise ConfigError(f"none of the {len(rows)} pictures could be fetched; the first: {skipped[0][1]}")
    return Fetched(_listed(folder, list(kept.values())), len(kept), tuple(skipped))


def _rows(source: Path) -> list[dict[str, str]]:
    try:
        text = source.read_text(encoding="utf-8-sig")
        way = max(",;\t", key=text.split("\n", 1)[0].count)
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=way, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{files.printable(source.name)} cannot be read as a CSV in UTF-8 ({error})") from error
    if not rows or any(None in row for row in rows):
        raise ConfigError(f"{files.printable(source.name)} lists nothing, or has more cells in a row than columns")
    return rows


def _address_column(columns: list[str], source: Path) -> str:
    for name in columns:
        if name.strip().casefold() in ADDRESS_COLUMNS:
            return name
    raise ConfigError(f"{files.printable(source.name)} has no column 'url'{nearest('url', columns)}")


def _name(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _there(folder: Path, address: str) -> Path | None:
    return next(iter(sorted(folder.glob(f"{_name(address)}.*"))), None)


def _saved(folder: Path, address: str, data: bytes) -> Path:
    try:
        kept, suffix = strip_picture(data, urlsplit(address).path or "the page")
    except PhotoError as error:
        raise Refused(str(error)) from error
    path = folder / f"{_name(address)}{suffix}"
    files.write_bytes(path, kept)
    return path


def _listed(folder: Path, rows: list[dict[str, str]]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(folder / "posts.csv", text.getvalue())
    return folder / "posts.csv"


def _get(address: str, visit: _Visit, hops: int = 5) -> bytes:
    """The bytes at an address that may be asked, within the limits; Refused says why not."""
    origin = _origin(address, visit)
    if not _rules(origin, visit).can_fetch(AGENT, address):
        raise Refused(f"robots.txt of {origin} does not allow it")
    goal, data = _ask(address, origin, visit, visit.limit)
    if goal is None:
        return data
    if hops == 0:
        raise Refused("it redirects too often")
    return _get(goal, visit, hops - 1)


def _origin(address: str, visit: _Visit) -> str:
    """Scheme and server of an address that may be asked at all."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"{address!r} is no address") from error
    if parts.scheme not in ("http", "https") or not host or not address.isascii() or not address.isprintable():
        raise Refused("an address begins with http:// or https://, names a server and is percent-encoded")
    if not visit.local:
        _refuse_private(host, port or (443 if parts.scheme == "https" else 80))
    return f"{parts.scheme}://{parts.netloc}"


def _refuse_private(host: str, port: int) -> None:
    """A list from elsewhere must not make this machine ask servers that only it can reach.

    Behind a proxy, names may be known to the proxy alone, which minds its own network; numbers are looked at still.
    """
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        if urllib.request.getproxies():
            return
        raise Refused(f"no server {host!r} is known") from error
    if not all(ipaddress.ip_address(one.split("%")[0]).is_global for one in found):
        raise Refused(f"{host!r} is this machine or in a private network")


def _rules(origin: str, visit: _Visit) -> urllib.robotparser.RobotFileParser:
    """What robots.txt of a server says, asked once: none allows everything, one that cannot be had forbids it."""
    if origin not in visit.rules:
        rules = urllib.robotparser.RobotFileParser()
        try:
            rules.parse(_robots(f"{origin}/robots.txt", visit).decode("utf-8", "replace").splitlines())
        except Refused as reason:
            rules.parse([] if "answers 404" in str(reason) or "answers 410" in str(reason) else _FORBID)
        visit.rules[origin] = rules
    return visit.rules[origin]


_FORBID = ["User-agent: *", "Disallow: /"]


def _robots(address: str, visit: _Visit, hops: int = 5) -> bytes:
    goal, data = _ask(address, _origin(address, visit), visit, _ROBOTS_BYTES)
    if goal is None:
        return data
    if hops == 0:
        raise Refused("robots.txt redirects too often")
    return _robots(goal, visit, hops - 1)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by `_get`, which looks at where they lead first."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _ask(address: str, origin: str, visit: _Visit, limit: int) -> tuple[str | None, bytes]:
    """One request: where it redirects to, or what it gave."""
    if origin in visit.tired:
        raise Refused(f"{origin} asked to slow down, so it is left alone")
    _wait(origin, visit)
    request = urllib.request.Request(address, headers={"User-Agent": AGENT, "Accept": "image/*,text/plain;q=0.5"})
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=_TIMEOUT) as answer:
            return None, _body(answer, limit)
    except urllib.error.HTTPError as error:
        with error:
            goal = error.headers.get("Location") if 300 <= error.code < 400 else None
        if error.code in _SLOW_DOWN:
            visit.tired.add(origin)
        if goal is None:
            raise Refused(f"{origin} answers {error.code}") from error
        return urljoin(address, goal), b""
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Refused(f"{origin} cannot be reached ({error})") from error


def _wait(origin: str, visit: _Visit) -> None:
    rules = visit.rules.get(origin)
    delay = max(visit.pause, float((rules and rules.crawl_delay(AGENT)) or 0.0))
    if origin in visit.last:
        visit.sleep(max(0.0, visit.last[origin] + delay - time.monotonic()))
    visit.last[origin] = time.monotonic()


def _body(answer: IO[bytes], limit: int) -> bytes:
    """The body, of at most `limit` bytes, in at most two minutes: a server may send a byte at a time."""
    data, end = bytearray(), time.monotonic() + _PATIENCE
    while piece := answer.read(_PIECE):
        data += piece
        if len(data) > limit:
            raise Refused(f"it is larger than {limit / 1e6:g} MB")
        if time.monotonic() > end:
            raise Refused("it comes too slowly")
    return bytes(data)
