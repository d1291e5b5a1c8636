"""Where a brand's model lies: a file, a folder as the hub's client saves models, or a place on the hub."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from genmark.brand.archive import BrandFile, read_brand
from genmark.brand.download import FILE
from genmark.errors import ConfigError, ModelMissing, UsageError
from genmark.files import printable
from genmark.hubs import hub_can_answer

HUB = "hf:"
"""What the name of a place on the hub begins with: hf:owner/name or hf:owner/name@revision."""

_HUB_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")


def open_brand(source: str | Path) -> BrandFile:
    """Read a brand's model: a .brand file, a folder that `BrandModel.save_pretrained` wrote, or "hf:owner/name".

    Raises ModelMissing where it is not there, ConfigError where it is none of a brand, UsageError for a name that is
    none.
    """
    if str(source).startswith(HUB):
        found = _HUB_NAME.fullmatch(str(source))
        if found is None:
            raise UsageError(f"{printable(str(source))} names no model; write hf:owner/name or hf:owner/name@revision")
        return read_brand(find_model(found[1], found[2]))
    path = Path(source)
    if path.is_dir() and not (path / FILE).is_file():
        raise ConfigError(f"the folder {printable(path.name)} holds no {FILE}, so it is no model of a brand")
    return read_brand(path / FILE if path.is_dir() else path)


def find_model(name: str, revision: str | None = None) -> Path:
    """The file of a model on the hub: the copy on this machine where there is one, else fetched.

    Raises ModelMissing, within a second, where there is neither a copy nor a way to the hub; ConfigError where the hub
    does not give it out.
    """
    client = import_module("huggingface_hub")
    kept = client.try_to_load_from_cache(name, FILE, revision=revision)
    if isinstance(kept, str):
        return Path(kept)
    command = f"hf download {name}" + (f" --revision {revision}" if revision else "")
    if not hub_can_answer():
        raise ModelMissing(
            f"the model {name} is not on this machine and cannot be fetched now; where there is a connection: {command}"
        )
    try:
        return Path(client.hf_hub_download(name, FILE, revision=revision))
    except OSError as error:
        why = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise ConfigError(f"the model {name} cannot be fetched ({why}); try: {command}") from error
