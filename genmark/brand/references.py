"""The looks of a file's brands, as numbers that travel with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor, from_numpy

from genmark.brand.archive import BrandFile
from genmark.brand.compare import Reference
from genmark.brand.palette import COLOURS, Palette
from genmark.errors import UsageError, nearest
from genmark.types import Lab


def pack_references(references: Sequence[Reference]) -> Mapping[str, Tensor]:
    """Tensors of K brands, in their order.

    looks.numbers  float64 (K, 2, M): means, then deviations, by `look.NAMES`
    looks.palette  float64 (K, COLOURS, 4): L*, a*, b* and share; a share of 0 is no colour
    looks.counts   int64 (K,): of how many pictures
    """
    palettes = np.zeros((len(references), COLOURS, 4))
    for place, one in enumerate(references):
        rows = [(*colour, share) for colour, share in zip(one.palette.colours, one.palette.shares, strict=True)]
        palettes[place, : len(rows)] = rows
    numbers = np.array([(one.means, one.deviations) for one in references], np.float64)
    counts = np.array([one.count for one in references], np.int64)
    named = {"numbers": numbers, "palette": palettes, "counts": counts}
    return {f"looks.{name}": from_numpy(values) for name, values in named.items()}


def reference_of(file: BrandFile, brand: str) -> Reference | None:
    """How a brand of a file looks; None where the file was written without. Raises UsageError for an unknown brand."""
    if brand not in file.brands:
        raise UsageError(f"the file knows no brand {brand!r}{nearest(brand, file.brands)}")
    if "looks.numbers" not in file.tensors:
        return None
    place = file.brands.index(brand)
    means, deviations = file.tensors["looks.numbers"][place].tolist()
    rows = [row for row in file.tensors["looks.palette"][place].tolist() if row[3] > 0.0]
    colours: tuple[Lab, ...] = tuple((row[0], row[1], row[2]) for row in rows)
    palette = Palette(colours, tuple(row[3] for row in rows))
    return Reference(tuple(means), tuple(deviations), palette, int(file.tensors["looks.counts"][place]))
