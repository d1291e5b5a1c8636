"""Features on disk, by the hash of the file that they are of; memory holds where they are, not what they are."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from genmark import files
from genmark.brand.pictures import hash_file

Halves = NDArray[np.float16]

SHARD = 1024
"""Features that are written to disk at a time: what an interrupted run loses at most."""


class FeatureStore:
    """Features in half precision in the shards of a folder; without a folder, nothing is kept.

    Shards are safetensors: `values` fp16 (N, dim) and `names` uint8 (N, 32). One that cannot be read is left out.
    `known` says of each name the shard and the row; memory for it is about 300 bytes a picture.
    """

    def __init__(self, folder: Path | None, dim: int) -> None:
        self.folder, self.dim = folder, dim
        self.known: dict[str, tuple[Path, int]] = {}
        self.waiting: dict[str, Halves] = {}
        for path in sorted(folder.glob("*.safetensors")) if folder else ():
            self.known.update({name: (path, row) for row, name in enumerate(self._names(path))})

    def get(self, name: str) -> Halves | None:
        """The feature (dim,) of a file, None where it is not here (any more). Other threads may ask meanwhile."""
        values = self.waiting.get(name)
        if values is None and name in self.known:
            path, row = self.known[name]
            with suppress(SafetensorError, OSError), safe_open(str(path), framework="numpy") as shard:
                values = shard.get_slice("values")[row]
        return values

    def add(self, features: Mapping[str, Halves]) -> None:
        """Keep features; every `SHARD` of them go to disk."""
        if self.folder:
            self.waiting.update(features)
            if len(self.waiting) >= SHARD:
                self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet, as one shard, whole or not at all; raises WriteError."""
        if self.folder is None or not self.waiting:
            return
        names = np.stack([np.frombuffer(bytes.fromhex(name), np.uint8) for name in self.waiting])
        data = save({"names": names, "values": np.stack(list(self.waiting.values()))})
        with suppress(OSError):  # the writing below says why, in a sentence
            self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{hash_file(names.tobytes())[:16]}.safetensors"
        files.write_bytes(path, data)
        self.known.update({name: (path, row) for row, name in enumerate(self.waiting)})
        self.waiting = {}  # a new one: whoever reads the old one at this moment finds it whole

    def _names(self, path: Path) -> list[str]:
        """The hashes whose features a shard holds, by row."""
        try:
            with safe_open(str(path), framework="numpy") as shard:
                names, values = shard.get_tensor("names"), shard.get_slice("values")
                fits = values.get_shape() == [len(names), self.dim] and values.get_dtype() == "F16"
        except (SafetensorError, OSError):
            return []
        return [name.tobytes().hex() for name in names] if fits else []
