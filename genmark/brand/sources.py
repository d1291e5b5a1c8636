"""Where posts come from: a folder or CSV as it is, a CSV of addresses, a Hugging Face dataset here or on its hub."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from genmark.brand.dataset_posts import Tell, holds_dataset, write_dataset
from genmark.brand.fetch import ADDRESS_COLUMNS, fetch_posts
from genmark.errors import ConfigError, ModelMissing, UsageError, WriteError
from genmark.files import printable
from genmark.hubs import hub_can_answer

HUB = "hf:"
"""What the name of a dataset on the hub begins with: hf:owner/name, hf:owner/name@revision, hf:owner/name:split."""

_HUB_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?(?::([\w./-]+))?")
_WANTED = ["*.parquet", "*.arrow", "*.json", "metadata.*", "*.jpg", "*.jpeg", "*.png", "*.webp", "*.JPG", "*.JPEG"]
"""What is fetched of a dataset: data, and no program that may lie beside them."""


def materialise(source: str, into: Path, tell: Tell, local: bool = False) -> Path:
    """Turn a source of posts into what `read_posts` reads; nothing is fetched or copied that it can read as it is.

    source   a folder or CSV of pictures (returned as it is); a CSV with a column of addresses, a dataset's folder, or
             a dataset on the hub as "hf:owner/name[@revision][:split]": written into the folder `into`, which is made
             where it is absent, and whose `posts.csv` is returned
    tell     hears of everything that was left out, and why
    local    lets a CSV of addresses name servers of this machine

    Raises UsageError for a source that is none, ConfigError for one that cannot be read, ModelMissing for a dataset
    that is not on this machine where the hub cannot be asked, WriteError.
    """
    path = Path(source)
    if source.startswith(HUB):
        return fetch_source(source, into, tell, local)
    if path.is_dir():
        return fetch_source(source, into, tell, local) if holds_dataset(path) else path
    if path.is_file():
        return fetch_source(source, into, tell, local) if _lists_addresses(path) else path
    raise UsageError(
        f"{printable(source)} is no folder and no file; give a folder per brand, a CSV, or {HUB}owner/name for a "
        "dataset on the hub"
    )


def fetch_source(source: str, into: Path, tell: Tell, local: bool = False) -> Path:
    """Write a source's posts into a folder, also those of a plain folder of pictures; see `materialise`."""
    path = Path(source)
    if source.startswith(HUB):
        name, revision, split = _parse(source)
        folder = find_dataset(name, revision, tell)
        return write_dataset(folder, _made(into), tell, split)
    if path.is_dir():
        return write_dataset(path, _made(into), tell)
    if not path.is_file():
        raise UsageError(f"{printable(source)} is no CSV, no folder and no {HUB}owner/name")
    fetched = fetch_posts(path, _made(into), local=local)
    for address, reason in fetched.skipped:
        tell(f"{printable(address)} is left out: {reason}")
    return fetched.posts


def find_dataset(name: str, revision: str | None, tell: Tell) -> Path:
    """The folder of a dataset of the hub: the copy on this machine where there is one, else fetched.

    Raises ModelMissing, within a second, where there is neither a copy nor a way to the hub; ConfigError where the hub
    does not give it out.
    """
    client = import_module("huggingface_hub")
    wanted = {"repo_type": "dataset", "revision": revision}
    with suppress(FileNotFoundError, ValueError):  # what its client raises where there is no copy
        folder = Path(client.snapshot_download(name, local_files_only=True, **wanted))
        tell(f"{name} is read from the copy on this machine, revision {folder.name[:12]}")
        return folder
    command = f"hf download {name} --repo-type dataset" + (f" --revision {revision}" if revision else "")
    if not hub_can_answer():
        raise ModelMissing(
            f"the dataset {name} is not on this machine and cannot be fetched now; "
            f"where there is a connection: {command}"
        )
    try:
        return Path(client.snapshot_download(name, allow_patterns=_WANTED, **wanted))
    except OSError as error:
        why = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise ConfigError(f"the dataset {name} cannot be fetched ({why}); try: {command}") from error


def _parse(source: str) -> tuple[str, str | None, str]:
    found = _HUB_NAME.fullmatch(source)
    if found is None:
        raise UsageError(f"{printable(source)} names no dataset; write hf:owner/name, hf:owner/name@revision:split")
    return found[1], found[2], found[3] or ""


def _lists_addresses(path: Path) -> bool:
    """Whether the first line of a CSV names a column of addresses, and none of paths."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            names = {name.strip(" \"'\r\n").casefold() for name in re.split("[,;\t]", file.readline(1 << 16))}
    except (OSError, UnicodeDecodeError):
        return False
    return bool(names & set(ADDRESS_COLUMNS)) and "path" not in names


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            f"{printable(str(folder))} cannot be made ({error.strerror}); choose another folder"
        ) from error
    return folder
