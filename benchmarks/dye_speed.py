"""How fast one 1024-px portrait is dyed and pasted, beside a plain way in scikit-image and beside the bound.

The peer converts the whole picture to CIELAB, shifts it under the matte and converts it back: no shared preparation,
no care of soft edges, light, strands or chroma. The bound is reading and writing the hair's pixels once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from rounds import interleave, report
from skimage.color import lab2rgb, rgb2lab

from genmark.canvas import paste
from genmark.config import load_styles
from genmark.perceive.face import FaceParser
from genmark.restyle.hair.dye import Dyer, prepare, recolour
from genmark.types import Photo

SAMPLE = Path(__file__).resolve().parents[1] / "genmark" / "samples" / "dark-curls.jpg"


def main() -> None:
    photo = Photo(np.asarray(Image.open(SAMPLE).convert("RGB").resize((1024, 1024), Image.Resampling.LANCZOS)))
    regions = FaceParser()(photo)
    style = load_styles()["ash-brown"]
    assert style.dye is not None
    matte = regions.mattes["hair"]
    strands = prepare(photo, regions)
    hair = photo.pixels[matte.alpha > 0]
    block = np.empty((64, 1024, 1024), np.uint8)

    def peer() -> object:
        lab = rgb2lab(photo.pixels)
        shift = np.array(style.dye.lab) - np.median(lab[matte.alpha > 0.9], axis=0)
        return (255 * lab2rgb(lab + shift * matte.alpha[..., None])).round().astype(np.uint8)

    times = interleave(
        {
            "dye": lambda: paste(next(Dyer()(photo, regions, style, (0,))), photo, matte.support),
            "a further shade of the same photo, of that": lambda: recolour(photo, strands, style.dye, 0),
            "peer: scikit-image rgb2lab, shift, lab2rgb": peer,
            "copy of 64 MB": lambda: block.copy(),
        }
    )
    copied = times.pop("copy of 64 MB")
    times["bound: the hair's pixels copied once"] = copied.share(hair.nbytes / block.nbytes)
    report(f"dye one 1024 x 1024 portrait, {(matte.alpha > 0).mean():.0%} hair", times, "dye")


if __name__ == "__main__":
    main()
