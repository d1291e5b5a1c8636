"""The embedded restyler for hair: cut and perm as moved hair, finished; then the dye, exact as ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from genmark.edges import measure_edge
from genmark.errors import UsageError
from genmark.perceive.pose import head_frame
from genmark.recipes import Style
from genmark.restyle.hair.donors import own_folder, read_donors
from genmark.restyle.hair.dye import Dyer, recolour
from genmark.restyle.hair.finish import Finisher, finish
from genmark.restyle.hair.remembered import Remembered
from genmark.restyle.hair.shape import restyled, shape
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.stage import set_stage
from genmark.restyle.hair.strands import prepare
from genmark.restyle.hair.under import clear
from genmark.restyle.hair.under_network import Clearer
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.types import Mask, Photo, Regions, Restyled


class Salon:
    """Cuts, perms and dyes of the customer's own photo (`genmark.protocols.Restyler`).

    A head is measured once for a photo and its regions, and forgotten when the caller lets go of these. Seeds move
    waves, the tips of cut strands, and what the dye's seeds move. A style without cut and perm is the dyer's alone.
    """

    licence = "Apache-2.0"
    commercial = True
    version = "1"
    __name__ = "embedded"

    def __init__(
        self, reference: Source | None = None, clearer: Clearer | None = None, finisher: Finisher | None = None
    ) -> None:
        """Nothing is measured before it is asked for.

        reference   hair that styles may ask for as the donor "reference" (`genmark.restyle.hair.reference`)
        clearer     what invents the person without their hair; none, and the classical fill is shown
        finisher    what mends a composite; none, and composites are shown as they are
        """
        self._reference, self._finisher = reference, finisher
        self.weights = tuple(weights for part in (clearer, finisher) if part is not None for weights in part.weights)
        self._dyer = Dyer()
        self._stage = Remembered(partial(set_stage, clear=clearer or clear))
        self._edge = Remembered(_measure_edge)

    def __call__(
        self, photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /
    ) -> Iterator[Photo | Restyled]:
        if style.cut is None and style.perm is None:
            if style.dye is None:
                raise UsageError(f"style {style.name!r} asks for no cut, perm or dye, so there is nothing to do")
            return self._dyer(photo, regions, style, seeds)
        return self._shapes(photo, regions, style, seeds)

    def _shapes(self, photo: Photo, regions: Regions, style: Style, seeds: Sequence[int]) -> Iterator[Restyled]:
        stage, wardrobe = self._stage(photo, regions), Wardrobe(read_donors(own_folder()), self._reference)
        for seed in seeds:
            shaped = shape(photo, stage, style, wardrobe, seed)
            if self._finisher is not None:
                shaped = finish(photo, shaped, stage, self._finisher, self._edge(photo, regions))
            made = restyled(shaped)
            yield made if style.dye is None else _dyed(made, regions, style, seed)


def _measure_edge(photo: Photo, regions: Regions) -> float | None:
    if regions.face is None:
        return None
    return measure_edge(photo, regions.mattes["hair"].alpha, head_frame(regions.face.landmarks).unit)


def _dyed(made: Restyled, regions: Regions, style: Style, seed: int) -> Restyled:
    """The new shape in the new colour: dyed on the matte that the new hair is known to have."""
    if style.dye is None or made.matte is None:
        return made
    strands = prepare(made.photo, replace(regions, mattes={**regions.mattes, "hair": made.matte}))
    changed = Mask(made.changed.inside | (made.matte.alpha > 0.0))
    return replace(made, photo=recolour(made.photo, strands, style.dye, seed), changed=changed)


class EmbeddedSalon(Salon):
    """A salon with the networks that ship."""

    def __init__(self, reference: Source | None = None) -> None:
        """The weights are loaded; raises ModelMissing where they are not there."""
        super().__init__(reference, Clearer(), Finisher())
