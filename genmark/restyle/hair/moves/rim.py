"""The rim of the hair above the ears: short hair there would be swung off the head."""

from __future__ import annotations

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.restyle.hair.moves.strandwise import STEP, Strandwise
from genmark.restyle.hair.moves.tufts import smooth
from genmark.types import Floats

_LEAST = 0.15
"""Share of its swing that the rim keeps."""


def hold(strands: Strandwise, swing: float) -> Floats:
    """How much hair may swing, float32 (h, w) in (0, 1] on the grid of the strands: all of it where it hangs; above the
    ears little at the rim, all where there is hair for a `swing` (face heights) to either side."""
    deep = smooth((gaussian_blur(strands.alpha, 1.2 * swing / STEP) - 0.45) / 0.45)
    y = strands.corner[1] + STEP * np.arange(len(deep), dtype=np.float32)[:, None]
    hang = smooth((y + 0.05) / 0.3)
    return np.asarray(hang + (1.0 - hang) * (_LEAST + (1.0 - _LEAST) * deep), np.float32)
