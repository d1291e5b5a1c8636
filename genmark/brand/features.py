"""What a backbone makes of pictures, computed once: picture by picture on every core, kept on disk."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genmark import files
from genmark.brand.backbones import Backbone, fingerprint
from genmark.brand.feature_store import FeatureStore, Halves
from genmark.brand.folding import quick_reader
from genmark.brand.onnx_reader import onnx_reader
from genmark.brand.pictures import Cut, View, fit_picture, hash_file, normalise, stack, view_of
from genmark.errors import PhotoError, UsageError
from genmark.lone_threads import lone_threads
from genmark.types import Floats, Pixels

Runtime = Literal["torch", "onnx"]
Reader = Callable[[Tensor], Tensor]

ROWS = 256
"""Pictures that a block of `stream` is made of, unless it is asked for others."""

_AHEAD = 3
"""Batches for each core that are under way at a time."""


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
    batch: int | None = None,
    cut: Cut = "whole",
    cache: Path | None = None,
    device: str | torch.device = "cpu",
    runtime: Runtime = "torch",
) -> Features:
    """Features of picture files, in the order of `paths`; a file that cannot be read is left out and named.

    All that `stream` gives, at once; memory holds 4 bytes a number, once. Arguments and errors as there.
    """
    values = np.empty((len(paths), backbone.dim), np.float32)
    kept: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    refused: list[tuple[Path, PhotoError]] = []
    count = 0
    for block in stream(backbone, paths, batch, cut, cache, device, runtime=runtime):
        values[count : count + len(block.values)] = block.values
        count += len(block.values)
        kept.append(block.kept)
        refused += block.refused
    return Features(values[:count], np.concatenate(kept), tuple(refused))


def stream(
    backbone: Backbone,
    paths: Iterable[Path],
    batch: int | None = None,
    cut: Cut = "whole",
    cache: Path | None = None,
    device: str | torch.device = "cpu",
    rows: int = ROWS,
    runtime: Runtime = "torch",
) -> Iterator[Features]:
    """Features of picture files, block by block, in the order of `paths`; memory does not grow with their number.

    Each of torch's threads (`torch.get_num_threads()`) reads, decodes and looks at pictures of its own: that keeps
    cores busier than all of them at one batch, and one picture's maps stay in the cache where a batch's do not. A
    block's `kept` are places among all paths.

    batch: pictures that a thread looks at at once. None takes 1 on the processor, where the same picture then has the
    same feature to the bit, whatever it comes with, and 16 elsewhere. With others, it is the same to the rounding of
    half precision, and exactly where it is in the cache.
    cache: a folder to keep features in, made where it is absent; by content of the file, weights, reading and view.
    rows: paths to a block, of which those that cannot be read are left out of its values and named in `refused`.
    runtime: "onnx" is faster on the processor from some hundred pictures on; an extra (`genmark.brand.onnx_reader`).
    Raises UsageError for a batch or block below 1 and where ONNX Runtime cannot be had or disagrees, WriteError where
    the cache cannot be written.
    """
    batch = batch if batch is not None else 1 if torch.device(device).type == "cpu" else 16
    if min(batch, rows) < 1:
        raise UsageError(f"a batch and a block hold at least 1 picture, got {batch} and {rows}")
    view = view_of(backbone, cut)
    store = FeatureStore(cache / cache_key(backbone, view) if cache else None, backbone.dim)
    looker = _Looker(backbone, view, store, device)
    if runtime == "onnx":
        if torch.device(device).type != "cpu":
            raise UsageError(f"ONNX Runtime reads on the processor here, not on {device}")
        looker.use(onnx_reader(backbone))
    return _blocks(looker, paths, batch, rows)


def cache_key(backbone: Backbone, view: View) -> str:
    """A folder's name for everything that a feature depends on, beside the picture."""
    statistics = f"{backbone.mean} {backbone.std}"
    readers = f"{version('pillow')} {version('timm')}"
    parts = (backbone.model, fingerprint(backbone.network), backbone.reading, view.key, statistics, readers)
    return f"{backbone.name.replace('/', '-')}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:16]}"


def read_squares(
    reader: Reader, backbone: Backbone, squares: Iterable[Pixels], device: str | torch.device = "cpu"
) -> Halves:
    """One batch of squares uint8 (S, S, 3) as `reader` sees them: float16 (N, dim), no number beyond its range."""
    with torch.inference_mode():
        found = reader(normalise(stack(squares).to(device), backbone))
        values: Halves = found.clamp(-65504, 65504).half().cpu().numpy()
    return values


@dataclass(frozen=True, eq=False)
class _Seen:
    """One file: its hash, and its feature, or what is wrong with it."""

    path: Path
    name: str = ""
    values: Halves | None = None
    square: Pixels | None = None
    new: bool = False
    error: PhotoError | None = None


class _Looker:
    """From files to features, in any thread."""

    def __init__(self, backbone: Backbone, view: View, store: FeatureStore, device: str | torch.device) -> None:
        self.backbone, self.view, self.store, self.device = backbone, view, store, device
        self._reader: Reader | None = None
        self._first = Lock()

    def use(self, reader: Reader) -> None:
        """Look with this instead of the backbone's own."""
        self._reader = reader

    def look(self, paths: Sequence[Path]) -> list[_Seen]:
        """One batch; what the store knows is not looked at again."""
        seen = [self._open(path) for path in paths]
        squares = {item.name: item.square for item in seen if item.square is not None}
        if not squares:
            return seen
        found = read_squares(self._prepare(), self.backbone, squares.values(), self.device)
        values = dict(zip(squares, found, strict=True))
        return [
            item if item.square is None else _Seen(item.path, item.name, values[item.name], new=True) for item in seen
        ]

    def _open(self, path: Path) -> _Seen:
        try:
            data = files.read_bytes(path)
            name = hash_file(data)
            values = self.store.get(name)
            square = fit_picture(data, path.name, self.view) if values is None else None
            return _Seen(path, name, values, square)
        except PhotoError as error:
            return _Seen(path, error=error)

    def _prepare(self) -> Reader:
        """The network, made ready by whoever needs it first."""
        with self._first:
            if self._reader is None:
                self.backbone.reader.to(self.device)
                self._reader = quick_reader(self.backbone)
            return self._reader


def _blocks(looker: _Looker, paths: Iterable[Path], batch: int, rows: int) -> Iterator[Features]:
    """`rows` paths at a time, in order."""
    first = 0
    count = torch.get_num_threads()
    with lone_threads(count) as pool:
        seen = _in_order(pool, looker, paths, batch, _AHEAD * count)
        while block := list(islice(seen, rows)):
            good = [(first + place, item.values) for place, item in enumerate(block) if item.values is not None]
            values = np.array([part for _, part in good], np.float32).reshape(-1, looker.backbone.dim)
            refused = tuple((item.path, item.error) for item in block if item.error is not None)
            yield Features(values, np.array([place for place, _ in good], np.int64), refused)
            first += len(block)
    looker.store.flush()


def _in_order(
    pool: ThreadPoolExecutor, looker: _Looker, paths: Iterable[Path], batch: int, most: int
) -> Iterator[_Seen]:
    """Files one after the other, while the pool is `most` batches ahead; what is new goes to the store."""
    rest = iter(paths)
    ahead: deque[Future[list[_Seen]]] = deque()
    while True:
        while len(ahead) < most and (more := list(islice(rest, batch))):
            ahead.append(pool.submit(looker.look, more))
        if not ahead:
            return
        seen = ahead.popleft().result()
        looker.store.add({item.name: item.values for item in seen if item.new and item.values is not None})
        yield from seen
