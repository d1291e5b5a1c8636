"""Where in a picture a probe on style features saw what it says: an exact sum over places, not only of the last map.

Features of a `StyleReader` are means and deviations of every stage. A value's part in a linear probe's logit is its
slope times itself (HiResCAM, Draelos & Carin 2020): over a mean, or a deviation, which grows as its values do, these
parts add up to the logit itself, but for its constant. Grad-CAM would miss the deviations, whose slopes cancel out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  as everyone calls it

from genmark.brand.backbones import StyleReader
from genmark.brand.cam import Logits, as_map, asked, check_request, to_shares
from genmark.types import Floats


def style_cam(reader: StyleReader, pictures: Tensor, classes: Sequence[int] | Tensor, logits: Logits) -> Floats:
    """What speaks for a class, where: float32 (N, H, W) in [0, 1], 1 at each picture's strongest place.

    `pictures` float (N, 3, H, W) prepared as the reader wants them; `classes` (N,); `logits` turns the reader's
    features (N, D) into logits (N, K). Raises ValueError for a network in training mode and classes that do not fit.
    """
    wanted = check_request(reader.network, pictures, classes)
    total = pictures.new_zeros((len(pictures), 1, *pictures.shape[-2:]))
    for part in style_parts(reader, pictures, wanted, logits):
        # a part belongs to a cell; as light on a surface, so that large cells of coarse maps do not outshine fine ones
        density = part * (part.shape[-2] * part.shape[-1])
        total += F.interpolate(density, size=pictures.shape[-2:], mode="bilinear", align_corners=False)
    return to_shares(F.relu(total[:, 0]))


def style_parts(reader: StyleReader, pictures: Tensor, classes: Tensor, logits: Logits) -> list[Tensor]:
    """For each map, last one first, what its cells add to the wanted logits: float (N, 1, h, w) each.

    What a transformer's head takes from a token without a place, such as its class token, is in no part: it cannot be
    shown on a picture.
    """
    network = cast(Any, reader.network)
    with torch.no_grad():
        last, stages = network.forward_intermediates(pictures, output_fmt="NCHW")
    with torch.enable_grad():
        leaves = [plane.detach().clone().requires_grad_() for plane in (last, *stages)]
        answer = logits(reader.describe(leaves[0].clone(), leaves[1:]))  # a copy: some heads work in place
        slopes = torch.autograd.grad(asked(answer, classes), leaves)
    parts = [(slope * leaf).detach() for slope, leaf in zip(slopes, leaves, strict=True)]
    if parts[0].ndim == 3:
        parts[0] = as_map(network, parts[0], pictures)
    return [part.sum(1, keepdim=True) for part in parts]
