"""How sharp outlines are: hair that was cut out and hair that was enlarged differ from the photo's own."""

from __future__ import annotations

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.colour import LUMINANCE
from genmark.types import Floats, Photo


def measure_edge(photo: Photo, alpha: Floats, unit: float) -> float | None:
    """How sharp the outline of hair `alpha` (H, W) is: the step of luma across it that is made within 2 pixels, over
    the one that is made within a tenth of a face height. About 1 is a cut with scissors; None without an outline.

    To be compared with real hair at the same size, parsed the same way: neither more nor less is better.
    """
    luma = np.asarray(photo.pixels @ np.array(LUMINANCE, np.float32), np.float32)
    soft = gaussian_blur(alpha, max(0.8, 0.01 * unit))
    down, over = (np.asarray(np.gradient(soft, axis=axis), np.float32) for axis in (0, 1))
    length = np.asarray(np.hypot(down, over), np.float32)
    reach = max(3.0, 0.05 * unit)
    rows, columns = np.nonzero((np.abs(alpha - 0.5) < 0.25) & (length > 0.02 / max(1.0, 0.01 * unit)))
    high, wide = alpha.shape
    clear = (rows > reach) & (rows < high - 1 - reach) & (columns > reach) & (columns < wide - 1 - reach)
    rows, columns = rows[clear], columns[clear]
    if len(rows) < 50:
        return None
    way = np.stack([down[rows, columns], over[rows, columns]]) / length[rows, columns]
    near, far = (_step(luma, rows, columns, way * r) for r in (1.0, reach))
    strong = np.abs(far) > 12.0
    return (
        float(np.sum(near[strong] * np.sign(far[strong])) / np.abs(far[strong]).sum()) if strong.sum() >= 50 else None
    )


def _step(luma: Floats, rows: Floats, columns: Floats, way: Floats) -> Floats:
    """Luma a way further in minus luma a way further out (N,)."""
    there = [np.rint(np.stack([rows, columns]) + sign * way).astype(np.intp) for sign in (1, -1)]
    return np.asarray(luma[tuple(there[0])] - luma[tuple(there[1])])
