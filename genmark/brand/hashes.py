"""The same picture twice: exact copies by SHA-256, near copies by a perceptual hash, within a brand and across brands.

A near copy is a picture saved again: smaller, recompressed, slightly graded. One that was cropped, turned or mirrored
has another hash and is not found.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genmark import files, photos
from genmark.errors import PhotoError

Bits = NDArray[np.uint64]
Ints = NDArray[np.int64]
Thumbs = NDArray[np.uint8]

BITS = 8
"""How many of the 64 bits may differ between near copies."""

ALIKE = 0.97
"""The least correlation of two near copies' thumbnails. Copies saved again, brighter or with more contrast are above
0.98; different garments on the same carpet reach 0.96."""

_CELLS, _THUMB, _HINT, _CHUNK = 8, 16, (96, 96), 1 << 20
_NOISE, _BRIGHTER = 1.0, 40.0


@dataclass(frozen=True, eq=False)
class Hashes:
    """What was found in N picture files, in their order; a row of a broken file is zero.

    sha256  of each file, hexadecimal, "" where it could not be read at all
    bits    uint64 (N,) dHash
    thumbs  uint8 (N, 16, 16, 3) the picture shrunk to 256 sRGB colours
    broken  place in the list -> why that file is no picture that can be used
    """

    sha256: tuple[str, ...]
    bits: Bits
    thumbs: Thumbs
    broken: dict[int, str]


def hash_pictures(paths: Sequence[Path], workers: int = 2) -> Hashes:
    """Read every picture once. Broken ones are listed, not raised. Memory: 1 kB a picture, and a picture per worker."""
    with ThreadPoolExecutor(workers) as pool:
        rows = list(pool.map(_hash_file, paths))
    thumbs = np.stack([row[2] for row in rows]) if rows else np.zeros((0, _THUMB, _THUMB, 3), np.uint8)
    return Hashes(
        sha256=tuple(row[0] for row in rows),
        bits=np.array([row[1] for row in rows], np.uint64),
        thumbs=thumbs,
        broken={place: row[3] for place, row in enumerate(rows) if row[3]},
    )


def dhash(pixels: NDArray[np.uint8]) -> int:
    """The 64-bit difference hash of a picture, uint8 (H, W, 3).

    Bit 8 y + x is set where cell (x + 1, y) of the picture, shrunk to 9 x 8 cells of grey, is brighter than cell
    (x, y) (N. Krawetz, "Kind of like that", 2013).
    """
    grey = Image.fromarray(pixels).convert("L").resize((_CELLS + 1, _CELLS), Image.Resampling.BOX)
    cells = np.asarray(grey)
    rises = (cells[:, 1:] > cells[:, :-1]).astype(np.uint8).ravel()
    return int.from_bytes(np.packbits(rises, bitorder="little").tobytes(), "little")


def exact_copies(sha256: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Groups of two or more files that are the same to the byte, by their places in the list; "" is no file."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, digest in enumerate(sha256):
        if digest:
            places[digest].append(place)
    return tuple(tuple(group) for group in places.values() if len(group) > 1)


def near_copies(hashes: Hashes, bits: int = BITS, alike: float = ALIKE) -> Ints:
    """The group of each picture, int64 (N,): the first place of those that are copies of each other, exact or near.

    Two pictures are linked where at most `bits` bits of their dHash differ and their thumbnails correlate by at least
    `alike`, since plain pictures share a hash by chance; groups are what links connect. Broken files stay alone,
    unless they are exact copies.
    """
    parents = list(range(len(hashes.bits)))
    for group in exact_copies(hashes.sha256):
        for place in group[1:]:
            join(parents, group[0], place)
    whole = _told_apart(hashes, parents)
    for pairs in near_pairs(hashes.bits[whole], bits):
        pairs = whole[pairs]
        for one, other in pairs[_likeness(hashes.thumbs, pairs) >= alike].tolist():
            join(parents, one, other)
    return np.array([find(parents, place) for place in range(len(parents))], np.int64)


def across(groups: Ints, labels: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The groups of copies whose pictures carry more than one label: at least one of them is wrong, or both are."""
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(groups.tolist()):
        members[group].append(place)
    return tuple(tuple(places) for places in members.values() if len({labels[place] for place in places}) > 1)


def near_pairs(bits: Bits, most: int) -> Iterator[Ints]:
    """All pairs (i, j), i < j, of hashes uint64 (N,) that differ in at most `most` of 64 bits, in chunks int64 (P, 2).

    The 64 bits are cut into most + 1 bands: two hashes that differ in `most` bits are equal in at least one of them
    (multi-index hashing: Norouzi, Punjani and Fleet, CVPR 2012), so only hashes that share a band are compared. A
    pair may come more than once.
    """
    edges = np.linspace(0, 64, min(most, 63) + 2).astype(int).tolist()
    for low, high in pairwise(edges):
        band = (bits >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.argsort(band, kind="stable")
        starts = np.flatnonzero(np.diff(band[order], prepend=band[order][:1] + np.uint64(1)))
        for run in np.split(order, starts[1:]):
            yield from _pairs_within(bits, run.astype(np.int64), most)


def find(parents: list[int], place: int) -> int:
    """The root of a place in a union-find forest, whose paths are halved on the way."""
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def join(parents: list[int], one: int, other: int) -> None:
    """Put two places of a union-find forest into one tree; the smaller place becomes the root."""
    low, high = sorted((find(parents, one), find(parents, other)))
    parents[high] = low


def _pairs_within(bits: Bits, run: Ints, most: int) -> Iterator[Ints]:
    """The close pairs among the hashes that share a band, whose places `run` ascend; compared in blocks of rows."""
    rows = max(1, _CHUNK // max(1, len(run)))
    for start in range(0, len(run) - 1, rows):
        block = run[start : start + rows]
        differ = np.bitwise_count(bits[block, None] ^ bits[None, run]) <= most
        one, other = np.nonzero(np.triu(differ, k=start + 1))
        if len(one):
            yield np.stack([block[one], run[other]], axis=1)


def _told_apart(hashes: Hashes, parents: list[int]) -> Ints:
    """One picture of each group of exact copies, so that a thousand copies are not a million pairs; none is broken."""
    places = (place for place in range(len(parents)) if place not in hashes.broken and parents[place] == place)
    return np.array(list(places), np.int64)


def _likeness(thumbs: Thumbs, pairs: Ints) -> NDArray[np.float64]:
    """Correlation of the thumbnails of each pair, float64 (P,) in [-1, 1]; -1 where one is far brighter.

    Noise of one 8-bit step is taken as shared, so that two plain pictures of one colour are alike.
    """
    found = np.zeros(len(pairs))
    for start in range(0, len(pairs), _CHUNK // 256):
        part = slice(start, start + _CHUNK // 256)
        one, other = (thumbs[pairs[part, side]].reshape(-1, _THUMB * _THUMB * 3).astype(np.float64) for side in (0, 1))
        means = one.mean(axis=1), other.mean(axis=1)
        one, other = one - means[0][:, None], other - means[1][:, None]
        scale = np.sqrt((one.var(axis=1) + _NOISE) * (other.var(axis=1) + _NOISE))
        alike = ((one * other).mean(axis=1) + _NOISE) / scale
        found[part] = np.where(np.abs(means[0] - means[1]) <= _BRIGHTER, alike, -1.0)
    return found


def _hash_file(path: Path) -> tuple[str, int, Thumbs, str]:
    nothing = np.zeros((_THUMB, _THUMB, 3), np.uint8)
    digest = ""
    try:
        data = files.read_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        pixels = photos.read_bytes(data, path.name, size_hint=_HINT).pixels
    except PhotoError as error:
        return digest, 0, nothing, str(error)
    small = Image.fromarray(pixels).resize((_THUMB, _THUMB), Image.Resampling.BOX)
    return digest, dhash(pixels), np.asarray(small), ""
