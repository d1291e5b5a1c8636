"""Models of a hub: the copy that its client keeps on this machine, or fetched to it once, or missing at once."""

from __future__ import annotations

import importlib
import socket
import threading
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from genmark.errors import ConfigError, ModelMissing
from genmark.files import printable

_PATIENCE = 0.8
"""Seconds in which a server must take a call; a network that swallows them would keep its client for minutes."""


def find_folder(name: str, revision: str | None, patterns: Sequence[str], needed: Sequence[str] = ()) -> Path:
    """The folder of a model on the hub, "owner/name" at a revision: the copy on this machine, else fetched.

    patterns: which files are fetched, such as "*.json". needed: patterns of which one file must be there, such as
    "*.safetensors": a copy that was broken off is fetched again.
    Nothing is asked of the network where there is a whole copy. Raises ModelMissing, within a second, where there is
    neither a copy nor a way to the hub, and ConfigError where the hub does not give it out; both name the command.
    """
    client = importlib.import_module("huggingface_hub")
    with suppress(FileNotFoundError, ValueError):  # what its client raises where there is no copy
        folder = Path(client.snapshot_download(name, revision=revision, local_files_only=True))
        if not needed or any(any(folder.glob(pattern)) for pattern in needed):
            return folder
    command = _command(name, revision, patterns)
    if not hub_can_answer():
        raise ModelMissing(
            f"the model {name} is not on this machine and cannot be fetched now; where there is a connection: {command}"
        )
    try:
        return Path(client.snapshot_download(name, revision=revision, allow_patterns=list(patterns)))
    except OSError as error:
        why = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise ConfigError(f"the model {name} cannot be fetched ({why}); try: {command}") from error


def hub_can_answer() -> bool:
    """Whether the hub may be asked: it is not switched off by HF_HUB_OFFLINE, and its server takes a call."""
    settings = importlib.import_module("huggingface_hub.constants")
    return not settings.HF_HUB_OFFLINE and reachable(settings.ENDPOINT)


def reachable(address: str) -> bool:
    """Whether a server, or the proxy before it, takes a call within a second."""
    parts = urlsplit(address)
    proxies = urllib.request.getproxies()
    if parts.scheme in proxies and not urllib.request.proxy_bypass(parts.hostname or ""):
        proxy = proxies[parts.scheme]
        parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    answered: list[bool] = []

    def call() -> None:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname or "", port), _PATIENCE).close()
        except (OSError, UnicodeError):
            return
        answered.append(True)

    # in a thread: looking a name up has no time limit of its own
    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(_PATIENCE)
    return bool(answered)


def _command(name: str, revision: str | None, patterns: Sequence[str]) -> str:
    """What to type to fetch it."""
    chosen = "".join(f' --include "{pattern}"' for pattern in patterns)
    return f"hf download {name}" + (f" --revision {revision}" if revision else "") + chosen
