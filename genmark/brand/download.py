"""What does not ship with the package: from the copy that the hub's client keeps, or fetched to it once."""

from __future__ import annotations

import importlib
from pathlib import Path
from urllib.parse import urlsplit

import torch

from genmark.errors import ModelMissing
from genmark.hubs import hub_can_answer, reachable

FILE = "model.safetensors"
"""What timm, and this package, call the weights in a place on the hub."""


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
