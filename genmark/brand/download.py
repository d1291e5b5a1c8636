"""Weights that do not ship with the package: from the copy that the hub's client keeps, or fetched to it once."""

from __future__ import annotations

import importlib
import socket
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import torch

from genmark.errors import ModelMissing

FILE = "model.safetensors"
"""What timm calls the weights in each of its places on the hub."""


def fetch_weights(name: str, hub: str, address: str) -> Path:
    """The file of a backbone's published weights: the local copy where there is one, else downloaded.

    hub: timm's place on the Hugging Face hub, such as "timm/vgg16.tv_in1k", or "". address: where else the file lies,
    or "". Raises ModelMissing where there is neither a copy nor a way to the network, at once: the hub's client would
    try again for most of a minute.
    """
    if hub:
        return _from_hub(name, hub)
    if address:
        return _from_address(name, address)
    raise ModelMissing(f"nobody publishes weights for {name}; name a file of weights for it, or use 'embedded'")


def _from_hub(name: str, hub: str) -> Path:
    client = importlib.import_module("huggingface_hub")
    kept = client.try_to_load_from_cache(hub, FILE)
    if isinstance(kept, str):
        return Path(kept)
    settings = importlib.import_module("huggingface_hub.constants")
    if settings.HF_HUB_OFFLINE or not _reachable(settings.ENDPOINT):
        raise _missing(name, f"{FILE} of {hub}")
    try:
        return Path(client.hf_hub_download(hub, FILE))
    except OSError as error:  # what its client raises for no connection, no such file and no permission
        raise _missing(name, f"{FILE} of {hub}") from error


def _from_address(name: str, address: str) -> Path:
    goal = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(address).path).name
    if not goal.is_file():
        if not _reachable(address):
            raise _missing(name, goal.name)
        goal.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(address, str(goal), progress=False)
        except OSError as error:
            raise _missing(name, goal.name) from error
    return goal


def _reachable(address: str) -> bool:
    """Whether a host's name can be looked up; behind a proxy only the proxy knows."""
    try:
        return bool(urllib.request.getproxies()) or bool(socket.getaddrinfo(urlsplit(address).hostname, 443))
    except OSError:
        return False


def _missing(name: str, what: str) -> ModelMissing:
    return ModelMissing(
        f"the weights of {name} are not on this machine and cannot be fetched; name a file that holds them ({what}), "
        "go online once, or use 'embedded', which needs no connection"
    )
