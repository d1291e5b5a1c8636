"""What does not ship with the package: from the copy that the hub's client keeps, or fetched to it once."""

from __future__ import annotations

import importlib
import socket
import threading
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import torch

from genmark.errors import ModelMissing

FILE = "model.safetensors"
"""What timm, and this package, call the weights in a place on the hub."""
_PATIENCE = 0.8
"""Seconds in which a server must take a call; a network that swallows them would keep its client for minutes."""


def fetch_weights(name: str, hub: str, address: str) -> Path:
    """The file of a backbone's published weights: the local copy where there is one, else downloaded.

    hub: timm's place on the Hugging Face hub, such as "timm/vgg16.tv_in1k", or "". address: where else the file lies,
    or "". Raises ModelMissing where there is neither a copy nor a way to the network, within a second, and names the
    command that fetches it: the hub's client would try again for most of a minute.
    """
    if hub:
        return _from_hub(name, hub)
    if address:
        return _from_address(name, address)
    raise ModelMissing(f"nobody publishes weights for {name}; name a file of weights for it, or use 'embedded'")


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


def _from_hub(name: str, hub: str) -> Path:
    client = importlib.import_module("huggingface_hub")
    kept = client.try_to_load_from_cache(hub, FILE)
    if isinstance(kept, str):
        return Path(kept)
    missing = _missing(name, f"hf download {hub} {FILE}")
    if not hub_can_answer():
        raise missing
    try:
        return Path(client.hf_hub_download(hub, FILE))
    except OSError as error:  # what its client raises for no connection, no such file and no permission
        raise missing from error


def _from_address(name: str, address: str) -> Path:
    goal = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(address).path).name
    if goal.is_file():
        return goal
    missing = _missing(name, f'curl -fL --create-dirs -o "{goal}" {address}')
    if not reachable(address):
        raise missing
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(address, str(goal), progress=False)
    except OSError as error:
        raise missing from error
    return goal


def _missing(name: str, command: str) -> ModelMissing:
    return ModelMissing(
        f"the weights of {name} are not on this machine and cannot be fetched now; where there is a connection: "
        f"{command}; or name a file that holds them, or use 'embedded', which needs none"
    )
