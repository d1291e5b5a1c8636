"""What is measured once on a photo and its regions, and shared by all styles of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary, ref

from genmark.types import Photo, Regions

Measured = TypeVar("Measured")


class Remembered(Generic[Measured]):
    """`measure`, asked once for a photo and its regions; forgotten when the caller lets go of the regions.

    What it returns must hold neither the photo nor the regions, else it would keep them alive.
    """

    def __init__(self, measure: Callable[[Photo, Regions], Measured]) -> None:
        self._measure = measure
        self._known: WeakKeyDictionary[Regions, tuple[ref[Photo], Measured]] = WeakKeyDictionary()

    def __call__(self, photo: Photo, regions: Regions) -> Measured:
        known = self._known.get(regions)
        if known is None or known[0]() is not photo:
            known = self._known[regions] = (ref(photo), self._measure(photo, regions))
        return known[1]
