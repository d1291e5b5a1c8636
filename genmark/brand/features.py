"""What a backbone makes of pictures, computed once: batch by batch, kept on disk in half precision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from genmark import files
from genmark.brand.backbones import Backbone, fingerprint
from genmark.brand.pictures import Cut, View, fit_picture, hash_file, normalise, stack, view_of
from genmark.errors import PhotoError, UsageError
from genmark.types import Floats, Pixels

Halves = NDArray[np.float16]

SHARD = 1024
"""Features that are written to disk at a time: what an interrupted run loses at most."""


@dataclass(frozen=True, eq=False)
class Features:
    """Features of those pictures that could be read.

    values   float32 (N, dim), each number as half precision holds it
    kept     int64 (N,): the place of each row's picture among the paths that were asked for, ascending
    refused  (path, error) of every picture that could not be read
    """

    values: Floats
    kept: NDArray[np.int64]
    refused: tuple[tuple[Path, PhotoError], ...]


def embed(
    backbone: Backbone,
    paths: Sequence[Path],
    batch: int = 16,
    cut: Cut = "whole",
    cache: Path | None = None,
    device: str | torch.device = "cpu",
) -> Features:
    """Features of picture files, in the order of `paths`; a file that cannot be read is left out and named.

    The same picture has the same feature whatever the batch, to the rounding of half precision, and exactly where it
    is in the cache. Beside the result, memory holds two batches of pictures.

    cache: a folder to keep features in, made where it is absent; by content of the file, weights, reading and view.
    Raises UsageError for a batch below 1, WriteError where the cache cannot be written.
    """
    if batch < 1:
        raise UsageError(f"a batch holds at least 1 picture, got {batch}")
    view = view_of(backbone, cut)
    store = FeatureStore(cache / cache_key(backbone, view), backbone.dim) if cache else FeatureStore(None, backbone.dim)
    reader = backbone.reader.to(device)
    names: list[str | None] = []
    refused: list[tuple[Path, PhotoError]] = []
    for loaded in _batches(paths, view, batch, store):
        names += [item.name if item.error is None else None for item in loaded]
        refused += [(item.path, item.error) for item in loaded if item.error is not None]
        fresh = {item.name: item.square for item in loaded if item.square is not None}
        if fresh:
            pictures = normalise(stack(fresh.values()).to(device), backbone)
            with torch.inference_mode():
                values = reader(pictures).clamp(-65504, 65504).half().cpu().numpy()
            store.add(dict(zip(fresh, values, strict=True)))
    store.flush()
    kept = np.array([place for place, name in enumerate(names) if name is not None], np.int64)
    return Features(store.gather([name for name in names if name is not None]), kept, tuple(refused))


def cache_key(backbone: Backbone, view: View) -> str:
    """A folder's name for everything that a feature depends on, beside the picture."""
    statistics = f"{backbone.mean} {backbone.std}"
    readers = f"{version('pillow')} {version('timm')}"
    parts = (backbone.model, fingerprint(backbone.network), backbone.reading, view.key, statistics, readers)
    return f"{backbone.name.replace('/', '-')}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:16]}"


class FeatureStore:
    """Features by the hash of their file, in half precision: in memory, and in the shards of a folder if there is one.

    Shards are safetensors: `values` fp16 (N, dim) and `names` uint8 (N, 32). One that cannot be read is left out.
    """

    def __init__(self, folder: Path | None, dim: int) -> None:
        self.folder, self.dim = folder, dim
        self.known: dict[str, Halves] = {}
        self.waiting: dict[str, Halves] = {}
        for path in sorted(folder.glob("*.safetensors")) if folder else ():
            self.known.update(self._read(path))

    def __contains__(self, name: str) -> bool:
        return name in self.known

    def add(self, features: dict[str, Halves]) -> None:
        """Keep features; every `SHARD` of them go to disk."""
        self.known.update(features)
        self.waiting.update(features)
        if len(self.waiting) >= SHARD:
            self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet, as one shard, whole or not at all."""
        if self.folder and self.waiting:
            names = np.stack([np.frombuffer(bytes.fromhex(name), np.uint8) for name in self.waiting])
            data = save({"names": names, "values": np.stack(list(self.waiting.values()))})
            with suppress(OSError):  # the writing below says why, in a sentence
                self.folder.mkdir(parents=True, exist_ok=True)
            files.write_bytes(self.folder / f"{hash_file(names.tobytes())[:16]}.safetensors", data)
        self.waiting.clear()

    def gather(self, names: Sequence[str]) -> Floats:
        """float32 (N, dim), a row for each name."""
        values = np.empty((len(names), self.dim), np.float32)
        for row, name in enumerate(names):
            values[row] = self.known[name]
        return values

    def _read(self, path: Path) -> dict[str, Halves]:
        try:
            shard = load_file(path)
            names, values = shard["names"], shard["values"]
        except (SafetensorError, OSError, KeyError):
            return {}
        if values.dtype != np.float16 or values.shape != (len(names), self.dim):
            return {}
        return {name.tobytes().hex(): value for name, value in zip(names, values, strict=True)}


@dataclass(frozen=True, eq=False)
class _Loaded:
    """One file: its hash, and its picture where no feature is known yet, or what is wrong with it."""

    path: Path
    name: str = ""
    square: Pixels | None = None
    error: PhotoError | None = None


def _load(path: Path, view: View, store: FeatureStore) -> _Loaded:
    try:
        data = files.read_bytes(path)
        name = hash_file(data)
        return _Loaded(path, name, None if name in store else fit_picture(data, path.name, view))
    except PhotoError as error:
        return _Loaded(path, error=error)


def _batches(paths: Sequence[Path], view: View, batch: int, store: FeatureStore) -> Iterator[list[_Loaded]]:
    """Files by the batch; while one is looked at, two threads decode the next."""
    rest = iter(paths)
    with ThreadPoolExecutor(2) as pool:

        def start() -> list[Future[_Loaded]]:
            return [pool.submit(_load, path, view, store) for path in islice(rest, batch)]

        ahead = start()
        while ahead:
            now, ahead = ahead, start()
            yield [future.result() for future in now]
