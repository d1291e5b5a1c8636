"""Has the model seen anything like this? Distance to the nearest known pictures (numpy).

Deep nearest neighbours (Sun et al. 2022): features on the unit sphere, and the distance to the k-th nearest of those
that were learnt from. No shape of their cloud is assumed, and no strange picture is needed to set the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.calibration import Doubles, Reals, binomial_tail
from genmark.types import Bools, Floats

_ROWS = 1024  # pictures compared at once: memory stays flat however many are asked


@dataclass(frozen=True, eq=False)
class Outliers:
    """An index of known pictures; its fields are all there is to save.

    points     float32 (N, D): features of length 1
    reference  float32 (M,): rising distances of known pictures to the others, against which new ones are held
    k          which neighbour's distance counts, at least 1
    limit      the largest distance, in [0, 2], of a picture that counts as of the same kind
    promised   whether there were enough pictures for `limit` to be sure of its share (`fit`)
    """

    points: Floats
    reference: Floats
    k: int
    limit: float
    promised: bool = True

    @classmethod
    def fit(
        cls,
        features: Reals,
        k: int = 5,
        quantile: float = 0.95,
        groups: NDArray[Any] | None = None,
        held_out: Reals | None = None,
    ) -> Outliers:
        """An index of `features` (N, D), whose limit lets through at least a share `quantile` of pictures of its kind.

        The limit is a tolerance limit (Wilks 1941): 95 times in 100 it keeps that share on new pictures, not just on
        average. The distances that set it are those of each picture to the others, without those of its own group
        where `groups` (N,) names accounts or campaigns: a new picture has no sibling here either. Features that were
        themselves trained on these pictures lie too close together; give `held_out` (M, D) then, of pictures that
        were not. Raises ValueError for fewer than k + 1 pictures of other groups.
        """
        if not (k >= 1 and 0.0 < quantile < 1.0):
            raise ValueError(f"want k >= 1 and 0 < quantile < 1, got {k} and {quantile}")
        points = _unit(features)
        kin = np.arange(len(points)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        if kin.shape != (len(points),) or len(points) - np.bincount(kin).max() < k:
            raise ValueError(f"want more than {k} pictures, {k} of them of another group each, got {len(points)}")
        known = _distances(points, points, k, kin) if held_out is None else _distances(_unit(held_out), points, k)
        reference = np.sort(known)
        spared = _spared(len(reference), 1.0 - quantile)
        return cls(points, reference, k, float(reference[-max(spared, 1)]), spared > 0)

    def distances(self, features: Reals) -> Floats:
        """Distance of each of `features` (M, D) to its k-th nearest known picture: float32 (M,) in [0, 2]."""
        return _distances(_unit(features, self.points.shape[1]), self.points, self.k)

    def percentile(self, features: Reals) -> Doubles:
        """The share of known pictures that are less strange than each of these: float64 (M,) in [0, 1]."""
        return self.place(features)[0]

    def strange(self, features: Reals) -> Bools:
        """Which of these (M, D) lie beyond the limit, and are for a person to judge: bool (M,)."""
        return self.place(features)[1]

    def place(self, features: Reals) -> tuple[Doubles, Bools]:
        """`percentile` and `strange`, from distances that are measured once."""
        apart = self.distances(features)
        return np.searchsorted(self.reference, apart) / len(self.reference), np.asarray(apart > self.limit)

    def nearest(self, features: Reals, count: int = 5) -> tuple[NDArray[np.intp], Floats]:
        """The `count` known pictures nearest to each of `features` (M, D), nearest first: places among those that were
        fitted, intp (M, count), and their distances, float32 (M, count) in [0, 2]."""
        asked = _unit(features, self.points.shape[1])
        places: list[NDArray[np.intp]] = []
        near: list[Floats] = []
        for rows in _blocks(asked):
            likeness = rows @ self.points.T
            places.append(np.argsort(-likeness, axis=1, kind="stable")[:, :count].copy())  # no view, as below
            near.append(np.take_along_axis(likeness, places[-1], axis=1))
        return np.concatenate(places), _apart(np.concatenate(near))


def _distances(asked: Floats, points: Floats, k: int, kin: NDArray[np.intp] | None = None) -> Floats:
    """Distance to the k-th nearest point; with `kin`, `asked` are the points and none counts its own kin."""
    found = []
    for place, rows in enumerate(_blocks(asked)):
        likeness = rows @ points.T
        if kin is not None:
            start = place * _ROWS
            likeness[kin[start : start + len(rows), None] == kin] = -np.inf
        likeness.partition(len(points) - k, axis=1)
        found.append(likeness[:, -k].copy())  # a view would keep the whole block
    return _apart(np.concatenate(found))


def _apart(likeness: Floats) -> Floats:
    """Cosines to distances on the unit sphere."""
    apart: Floats = np.sqrt(np.maximum(2.0 - 2.0 * likeness, 0.0)).astype(np.float32)
    return apart


def _blocks(rows: Floats) -> list[Floats]:
    """Some rows at a time; at least one block, so that what is made of no rows has its shape too."""
    return [rows[start : start + _ROWS] for start in range(0, max(len(rows), 1), _ROWS)]


def _spared(count: int, share: float) -> int:
    """Which of the largest of `count` distances bounds `share` of new ones from above, 95 times in 100; 0: none does.

    The r-th largest fails with P(Binomial(count, share) < r).
    """
    place = 0
    while place < count and 1.0 - binomial_tail(place + 1, count, share) <= 0.05:
        place += 1
    return place


def _unit(features: Reals, width: int | None = None) -> Floats:
    """Rows of length 1, float32; a row of zeros stays as it is. Where the `width` is known there may be no rows."""
    rows = np.asarray(features, np.float32)
    empty = rows.ndim == 2 and 0 in rows.shape and (width is None or rows.shape[1] == 0)
    if rows.ndim != 2 or empty or rows.shape[1] != (width or rows.shape[1]) or not np.isfinite(rows).all():
        raise ValueError(f"features must be finite (N, {width or 'D'}), got {rows.shape}")
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit
