"""How fast one 1024-px portrait is parsed, beside a fast segmentation network of torchvision and beside the bound.

The peer only labels pixels at 320 px: it finds no face, makes no matte at the photo's size, and places no landmarks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rounds import interleave, report
from torch.utils.flop_counter import FlopCounterMode

from genmark.perceive.face import CROP, Crop, FaceParser
from genmark.tensors import import_timm
from genmark.types import Photo

SAMPLE = Path(__file__).resolve().parents[1] / "genmark" / "samples" / "dark-curls.jpg"


def main() -> None:
    photo = Photo(np.asarray(Image.open(SAMPLE).convert("RGB").resize((1024, 1024), Image.Resampling.LANCZOS)))
    parser = FaceParser()
    import_timm()  # makes torchvision importable beside a CPU-only torch
    from torchvision.models.segmentation import lraspp_mobilenet_v3_large

    peer = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None).eval().to(memory_format=torch.channels_last)
    box, _ = parser.finder(photo)[0]
    crop = Crop.around(box).read(photo, CROP)
    matrix = torch.rand(1024, 1024)

    def peer_alone() -> object:
        with torch.inference_mode():
            return peer(crop)["out"].argmax(1)

    times = interleave(
        {
            "parse": lambda: parser(photo),
            "finding the face, of that": lambda: parser.finder(photo),
            "the head network, of that": lambda: parser._look(photo, Crop.around(box)),
            "peer: torchvision lraspp_mobilenet_v3_large, network alone": peer_alone,
            "1024 x 1024 matrix product": lambda: matrix @ matrix,
        }
    )
    with FlopCounterMode(display=False) as counter:
        parser(photo)
    product = times.pop("1024 x 1024 matrix product")
    times["bound: the networks' multiply-adds at the matrix rate"] = product.share(
        counter.get_total_flops() / (2 * 1024**3)
    )
    report("parse one 1024 x 1024 portrait", times, "parse")


if __name__ == "__main__":
    main()
