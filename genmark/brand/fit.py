"""How well pictures in memory fit a brand: a scorer for `preview`, with its reasons and its evidence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from torch import nn

from genmark.brand.archive import BrandFile, read_brand
from genmark.brand.backbones import Backbone
from genmark.brand.evidence import Finding, explain
from genmark.brand.features import read_squares
from genmark.brand.folding import quick_reader
from genmark.brand.judging import Judgement, judge
from genmark.brand.pictures import shrink, view_of
from genmark.brand.scoring import backbone_of, deep_part
from genmark.errors import UsageError, nearest
from genmark.types import Floats, Photo


class BrandFit:
    """Scores photos by a brand's file (`genmark.protocols.Scorer`), registered as `brand`: `brand:acme.brand`.

        for variant in genmark.preview(photo, styles, scorer=genmark.BrandFit("acme.brand", brand="acme")): ...

    file     what it judges by; brand: whose fit is scored
    backbone is loaded when the first photo comes
    """

    licence = "Apache-2.0"
    version = "1"
    __name__ = "brand"

    def __init__(
        self,
        source: str | os.PathLike[str] | BrandFile = "",
        brand: str | None = None,
        weights: Path | None = None,
        backbone: Backbone | None = None,
    ) -> None:
        """Read a brand's file.

        source    a file that was read, or where one lies; "acme.brand#velquis" names the brand, too
        brand     whose fit is scored; None: the one the file is named after, where it knows it
        weights   the backbone's, where they do not come from its package
        backbone  the one that the file was learnt with, if it is loaded already

        Raises ModelMissing where there is no such file, ConfigError where it is none of a brand, UsageError for a
        brand that it does not know.
        """
        if not source:
            raise UsageError("name the file that is to judge, brand:FILE or brand:FILE#BRAND; `genmark brand train`")
        named, asked = _parted(source)
        self.name = "" if named is None else named.name
        self.file = source if isinstance(source, BrandFile) else read_brand(Path(named or ""))
        self.brand = _chosen(self.file, brand or asked, named)
        self._weights, self._backbone = weights, backbone

    @cached_property
    def backbone(self) -> Backbone:
        """The network that the file was learnt with. Raises as `scoring.backbone_of` does."""
        return self._backbone or backbone_of(self.file, self._weights)

    @cached_property
    def _reader(self) -> nn.Module:
        return quick_reader(self.backbone)

    def __call__(self, photos: Sequence[Photo], /) -> list[float]:
        """The fit of each photo to the brand, in [0, 1]: its calibrated probability.

        Raises UsageError where no brand was named and the file is not named after one of its brands.
        """
        brand = self.meant
        return [found.probabilities[brand] for found in self.judge(photos)]

    @property
    def meant(self) -> str:
        """The brand whose fit is scored. Raises UsageError where none was named and the file's name is none."""
        if self.brand is None:
            known = ", ".join(self.file.brands) or "none: the file holds attributes only"
            raise UsageError(f"say which brand is to be fitted ({known}): brand=…, --brand-name or FILE#BRAND")
        return self.brand

    def card(self) -> dict[str, str]:
        """What a report says of this scorer."""
        reading = str(self.file.settings.get("reading", ""))
        known = {"backbone": self.file.backbone, "reading": reading, "splits": self.file.fingerprint}
        return {"file": self.name, "brand": self.meant, **known}

    def judge(self, photos: Sequence[Photo]) -> tuple[Judgement, ...]:
        """Judgements on photos, each as `scoring.score_pictures` gives it for the same pixels in a PNG file."""
        return self._judged(photos)[1] if photos else ()

    def explain(self, photos: Sequence[Photo], near: int = 3) -> tuple[Finding, ...]:
        """Judgements with look differences in words and the `near` nearest posts as evidence."""
        if not photos:
            return ()
        deep, judgements = self._judged(photos)
        return explain(self.file, photos, judgements, deep, near)

    def _judged(self, photos: Sequence[Photo]) -> tuple[Floats, tuple[Judgement, ...]]:
        features = embed_photos(self.backbone, photos, self._reader)
        deep = deep_part(self.file, features)
        return deep, judge(self.file, features, deep, self.brand)


def embed_photos(backbone: Backbone, photos: Sequence[Photo], reader: nn.Module | None = None) -> Floats:
    """Features float32 (N, dim) of photos in memory, as `features.embed` gives them for the same pixels in PNG.

    reader  `folding.quick_reader(backbone)`, where it is there already
    """
    reader, view = quick_reader(backbone) if reader is None else reader, view_of(backbone)
    # one at a time, as there: a batch rounds otherwise
    rows = [read_squares(reader, backbone, [shrink(photo.pixels, view)]) for photo in photos]
    return np.concatenate(rows).astype(np.float32)


def check_independent(one: BrandFile, judge: BrandFile) -> None:
    """Whether `judge` may report on what `one` chose. Raises UsageError, with what would work, where it may not."""
    sights = {(file.backbone, file.settings.get("reading")) for file in (one, judge)}
    lessons = {(file.fingerprint, file.settings.get("seed")) for file in (one, judge)}
    if len(sights) == len(lessons) == 1:
        raise UsageError(
            f"this judge sees with the same {one.backbone} and learnt from the same split of the same posts as the "
            "file that chooses, so it would only agree with itself; train one with `genmark brand train --backbone "
            "looks`, or with another --seed, or on other posts"
        )


def _parted(source: str | os.PathLike[str] | BrandFile) -> tuple[Path | None, str | None]:
    """Where the file lies, and the brand named behind a #."""
    if isinstance(source, BrandFile):
        return None, None
    path = Path(source)
    if path.exists() or "#" not in path.name:
        return path, None
    name, _, brand = path.name.partition("#")
    return path.with_name(name), brand


def _chosen(file: BrandFile, asked: str | None, path: Path | None) -> str | None:
    if asked is not None and asked not in file.brands:
        raise UsageError(f"the file knows no brand {asked!r}{nearest(asked, file.brands)}")
    stem = None if path is None else path.stem
    return asked or (stem if stem in file.brands else None)
