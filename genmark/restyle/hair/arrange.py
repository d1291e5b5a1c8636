"""From a recipe to moves, in the order in which drafts run: what a salon does last comes first."""

from __future__ import annotations

from genmark.recipes import Cut, Perm, Style
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.fringe import open_fringe, thin_fringe
from genmark.restyle.hair.moves.lengthen import lengthen
from genmark.restyle.hair.moves.straighten import straighten
from genmark.restyle.hair.moves.strandwise import Strandwise
from genmark.restyle.hair.moves.taper import taper
from genmark.restyle.hair.moves.thin import thin
from genmark.restyle.hair.moves.trim import trim
from genmark.restyle.hair.moves.turn import turn_ends
from genmark.restyle.hair.moves.volume import raise_volume
from genmark.restyle.hair.moves.wave import wave

_NO_CUT, _NO_PERM = Cut(own=0.0), Perm()
_SWINGS = {"wavy": 0.07, "curly": 0.16}
"""Swing (`Look.swing`, radians) in the middle of each class that a perm can ask for."""


def arrange(
    draft: Draft, head: Head, strands: Strandwise, style: Style, own: bool, swing: float | None, seed: int
) -> Draft:
    """The draft with the cut and perm of `style`.

    own     whether the hair is the customer's: a donor's has been cut already, so only the perm is done to it
    swing   by which angle the hair swings as it is, radians; None where nobody knows
    """
    cut = style.cut if own and style.cut is not None else _NO_CUT
    perm = style.perm if style.perm is not None else _NO_PERM
    draft = raise_volume(draft, head, strands, volume=cut.volume * perm.volume)
    draft = wave(
        draft,
        head,
        strands,
        pitch=perm.pitch,
        swing=perm.swing * find_share(perm, swing),
        start=perm.start,
        ruffle=perm.ruffle,
        seed=seed,
    )
    draft = cut_dry(draft, head, strands, cut, seed)
    draft = turn_ends(draft, head, strands, turn=cut.turn + perm.turn, fall=cut.fall, seed=seed)
    if cut.fall is not None:
        draft = trim(draft, head, strands, fall=cut.fall, layers=cut.layers, seed=seed)
    if perm.straight > 0.0:
        draft = straighten(draft, head, strands, share=perm.straight)
    return dress_fringe(draft, head, strands, style.cut or _NO_CUT, seed)


def dress_fringe(draft: Draft, head: Head, strands: Strandwise, cut: Cut, seed: int) -> Draft:
    """The fringe thinned and parted; a donor's too, for few wear exactly the one that is asked for."""
    draft = thin_fringe(draft, head, strands, density=cut.density, seed=seed)
    return open_fringe(draft, head, strands, gap=cut.curtain, seed=seed)


def cut_dry(draft: Draft, head: Head, strands: Strandwise, cut: Cut, seed: int) -> Draft:
    """What is done with clippers, thinning scissors and extensions."""
    if cut.taper > 0.0:
        draft = taper(draft, head, strands, stubble=1.0 - cut.taper)
    if cut.thin > 0.0:
        draft = thin(draft, head, strands, share=cut.thin, fall=cut.fall, seed=seed)
    return draft if cut.longer is None else lengthen(draft, head, strands, fall=cut.longer)


def find_share(perm: Perm, swing: float | None) -> float:
    """How much of a perm's waves hair still needs that swings by `swing` radians, in [0, 1]; swings add as squares."""
    goal = _SWINGS.get(perm.curl or "")
    if goal is None or swing is None:
        return 1.0
    return float(max(0.0, 1.0 - (swing / goal) ** 2) ** 0.5)


def asks_for_moves(style: Style, own: bool) -> bool:
    """Whether anything is to be moved: most donors' cuts are worn as they are."""
    return own or style.perm is not None or (style.cut is not None and touches_fringe(style.cut))


def touches_fringe(cut: Cut) -> bool:
    """Whether a cut thins or parts the fringe."""
    return cut.density < 1.0 or cut.curtain > 0.0
