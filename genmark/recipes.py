"""What to make of a photo: recipes, not prompts. Cut, perm and dye are kept apart, so that each can be asked for alone.

Lengths are in face heights (middle of the hairline to the chin, about 19 cm), places in the head's own coordinates
(`genmark.perceive.pose.HeadFrame`: 0 at the eyes, towards the chin positive), colours in CIELAB D65.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from genmark.types import Lab, check_shares

Cover = Literal["all", "ends", "grey", "roots"]
Fringe = Literal["none", "full", "see-through", "side", "curtain"]
Length = Literal["buzz", "short", "chin", "shoulder", "long"]
Curl = Literal["straight", "wavy", "curly", "coily"]


@dataclass(frozen=True)
class Dye:
    """A hair colour as a colourist would order it.

    lab         the swatch, measured CIELAB (D65)
    strength    share of the way from the own colour to the swatch, in [0, 1]
    root        a second colour at the root (root shade, shadow root), or None
    root_share  share of the hair's length that keeps the root colour before it melts into `lab`, in [0, 1]
    tip         a second colour towards the ends (ombré, balayage), from `tip_start` of the length on, or None
    highlights  share of the strands that take `highlight_lab`, in [0, 1]
    highlight_lab  the highlights' colour, or None
    bleach      rounds of bleaching that a colourist needs from natural black, 0 to 3
    cover       what `lab` goes on: "all" the hair; the "ends", from `tip_start` on; "grey" strands, in the customer's
                own base colour if any is left; the "roots", up to `root_share`, in the colour of the lengths if any
    share       share of the strands that `lab` goes on, in [0, 1]; below 1 it is painted in streaks along the hair
    """

    lab: Lab
    strength: float = 1.0
    root: Lab | None = None
    root_share: float = 0.0
    tip: Lab | None = None
    tip_start: float = 0.5
    highlights: float = 0.0
    highlight_lab: Lab | None = None
    bleach: int = 0
    cover: Cover = "all"
    share: float = 1.0

    def __post_init__(self) -> None:
        check_shares(self, "strength", "root_share", "tip_start", "highlights", "share")
        for lab in (self.lab, self.root, self.tip, self.highlight_lab):
            if lab is not None and not (0 <= lab[0] <= 100 and abs(lab[1]) <= 128 and abs(lab[2]) <= 128):
                raise ValueError(f"a CIELAB colour has L in [0, 100] and a, b in [-128, 128], got {lab}")
        if self.bleach not in range(4):
            raise ValueError(f"Dye.bleach must be 0 to 3 rounds, got {self.bleach}")
        if self.cover not in get_args(Cover):
            raise ValueError(f"Dye.cover must be one of {get_args(Cover)}, got {self.cover!r}")


@dataclass(frozen=True)
class Cut:
    """A haircut: whose hair, and what scissors do to it.

    donors   styles of the donors that wear it, best first; () where only the customer's own hair will do
    own      least that own hair must hang below the chin to be cut, face heights; None: a donor's is worn
    fall     how far below the chin the longest strands end, face heights (negative: above it); None leaves them
    layers   0 for one blunt line to 1 for ends thinned from the cheeks down
    volume   width and height away from the skull; 1 leaves them
    turn     how far the ends bend, face heights: in to the neck, or out where negative
    longer   how far below the chin ends are to hang that do not yet, face heights (extensions); None leaves them
    thin     share of the strands that thinning scissors take at the very ends
    taper    how much of the sides clippers take towards the ears: 0 nothing, 1 down to the skin
    swapped  whether own hair is parted on the other side
    density  share of the strands of the fringe that are left: below 1 it is see-through
    curtain  how wide the fringe is parted at the brows, face heights; 0 leaves it closed
    fringe   the fringe that it asks for, or None where it leaves the forehead as it is
    front    styles of the donors whose fringe is worn in front of own hair, best first; () for none
    length   the class that the result must measure, or None
    """

    donors: tuple[str, ...] = ()
    own: float | None = None
    fall: float | None = None
    layers: float = 0.0
    volume: float = 1.0
    turn: float = 0.0
    longer: float | None = None
    thin: float = 0.0
    taper: float = 0.0
    swapped: bool = False
    density: float = 1.0
    curtain: float = 0.0
    fringe: Fringe | None = None
    front: tuple[str, ...] = ()
    length: Length | None = None

    def __post_init__(self) -> None:
        check_shares(self, "layers", "thin", "taper", "density", "curtain")
        if not 0.5 <= self.volume <= 2.0:
            raise ValueError(f"Cut.volume must be in [0.5, 2], got {self.volume}")
        if not self.donors and self.own is None:
            raise ValueError("a Cut needs donors, or `own`, or both")


@dataclass(frozen=True)
class Perm:
    """A change of structure that keeps the customer's silhouette and length.

    pitch    length of a wave, face heights; 0 for a perm without waves
    swing    how far a strand swings to either side, face heights
    start    where waves begin: head coordinates, face heights below the eyes
    ruffle   irregularity, 0 for waves that are all alike to 1 for a mop
    turn     how far the ends bend, face heights: in to the neck, or out where negative
    volume   width and height away from the skull; 1 leaves them
    straight share of the hair's own waves that is taken out first
    curl     the class that the result must measure, or None
    """

    pitch: float = 0.0
    swing: float = 0.0
    start: float = 0.0
    ruffle: float = 0.35
    turn: float = 0.0
    volume: float = 1.0
    straight: float = 0.0
    curl: Curl | None = None

    def __post_init__(self) -> None:
        check_shares(self, "ruffle", "straight")
        if not (0.0 <= self.swing <= 0.3 and 0.0 <= self.pitch <= 2.0):
            raise ValueError("a Perm has a swing of 0 to 0.3 and a pitch of 0 to 2 face heights")
        if self.swing > 0.0 and self.pitch < 0.05:
            raise ValueError("waves need a pitch of at least 0.05 face heights")
        if not 0.5 <= self.volume <= 2.0:
            raise ValueError(f"Perm.volume must be in [0.5, 2], got {self.volume}")


@dataclass(frozen=True)
class Style:
    """What to make of a region: a recipe, not a prompt.

    name     the key in `configs/*.toml`, lower-case with hyphens: "ash-brown"; `english` and `korean` are for people
    region   the region that may change: "hair"
    cut, perm, dye   the shape, the structure and the colour of a hair recipe; None leaves that as it is
    """

    name: str
    english: str
    korean: str
    region: str = "hair"
    dye: Dye | None = None
    cut: Cut | None = None
    perm: Perm | None = None

    def label(self, language: str) -> str:
        """The name in "en" or "ko"."""
        return {"en": self.english, "ko": self.korean}[language]
