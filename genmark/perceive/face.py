"""Read a portrait: find the face, then parse the head around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.errors import SubjectError
from genmark.perceive.finder import Finder
from genmark.perceive.matte import refine
from genmark.perceive.mend import mend
from genmark.perceive.networks import PALETTE, HeadParser, Parsed
from genmark.perceive.pose import read_pose
from genmark.tensors import MEAN, STD, channels_last, load_weights, shipped_weights, to_floats, to_tensor
from genmark.types import Box, Face, Matte, Photo, Regions

CROP = 320
"""Side in pixels of the head crops that the network reads."""
SHARE = 0.34
"""Height of the face over the side of the crop around it."""
WIDER = 1.8
"""How much wider the second look is, for hair that runs out of the first crop."""
HAIR = PALETTE.index("hair")


@dataclass(frozen=True)
class Crop:
    """A square of the photo, in pixels; it may reach out of it."""

    left: int
    top: int
    side: int

    @classmethod
    def around(cls, box: Box, wider: float = 1.0) -> Crop:
        """The square in which the face in `box` has the share that the network was trained for."""
        x, y = box.centre
        face = max(box.height, 1.2 * box.width)
        side = max(16, round(face / SHARE * wider))
        return cls(round(x - side / 2), round(y + 0.1 * face - side / 2), side)

    def inside(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the part that is inside a photo of this size."""
        width, height = size
        return max(0, self.left), max(0, self.top), min(width, self.left + self.side), min(height, self.top + self.side)

    def read(self, photo: Photo, size: int) -> Tensor:
        """The crop at `size` x `size` as the network wants it; mid-grey where there is no photo."""
        left, top, right, bottom = self.inside(photo.size)
        scale = size / self.side
        where = (round((left - self.left) * scale), round((top - self.top) * scale))
        fits = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
        part = Image.fromarray(np.ascontiguousarray(photo.pixels[top:bottom, left:right]))
        sheet = Image.new("RGB", (size, size), (round(255 * MEAN),) * 3)
        sheet.paste(part.resize(fits, Image.Resampling.BILINEAR, reducing_gap=2.0), where)
        return to_tensor(np.asarray(sheet))


class FaceParser:
    """Portraits to `Regions` with the shipped (or the given) weights: the "embedded" parser.

    Reads a face of at least 64 px height, turned or tilted by up to 40 degrees, anywhere in a photo. The hair matte
    has the photo's own resolution. Landmarks are in the order of `genmark.perceive.landmarks.MESH`.
    """

    licence = "Apache-2.0"
    commercial = True
    version = "1"

    def __init__(self, weights: Path | str | None = None, finder: Finder | None = None) -> None:
        self.finder = finder or Finder()
        self.network = channels_last(HeadParser())
        self.weights = (
            self.finder.weights,
            load_weights(self.network, Path(weights or shipped_weights("face-parser"))),
        )

    def __call__(self, photo: Photo, face: int = 0, /) -> Regions:
        """Parse the `face`-th largest face of a photo. Raises SubjectError "no_face" or "no_such_face"."""
        box, confidence = self._pick(photo, face)
        crop = Crop.around(box)
        parsed = self._look(photo, crop)
        points = mend(_to_photo(parsed.points, crop), to_floats(self.network.mend))
        planes = torch.cat((parsed.hair.sigmoid(), parsed.regions.softmax(1)), 1)
        reach = crop
        if _runs_out(planes[:, 0], crop, photo.size):
            reach = Crop.around(box, WIDER)
            wide = self._look(photo, reach)
            planes = _merge(planes, torch.cat((wide.hair.sigmoid(), wide.regions.softmax(1)), 1))
        index, matte, certainty = _spread(planes, reach, photo)
        found = Face(_bounds(points), points, read_pose(points, to_floats(self.network.pose)), confidence)
        return Regions(index, PALETTE, {"hair": matte}, "portrait", certainty, found)

    def _pick(self, photo: Photo, face: int) -> tuple[Box, float]:
        found = self.finder(photo, face + 1)
        if not found:
            raise SubjectError(
                f"no face found in {photo.name}; use a photo in which a face is at least 64 pixels high", "no_face"
            )
        if face >= len(found):
            raise SubjectError(
                f"{photo.name} has {len(found)} face(s), counted from 0; there is no {face}", "no_such_face"
            )
        return found[face]

    @torch.inference_mode()
    def _look(self, photo: Photo, crop: Crop) -> Parsed:
        parsed: Parsed = self.network(crop.read(photo, CROP))
        return parsed


def _to_photo(points: Tensor, crop: Crop) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Landmarks (1, K, 2) as shares of the crop -> pixels of the photo; -0.5: pixel centres are whole numbers."""
    placed = points[0] * crop.side + torch.tensor([crop.left, crop.top]) - 0.5
    return to_floats(placed)


def _bounds(points: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Box:
    left, top = points.min(axis=0).tolist()
    right, bottom = points.max(axis=0).tolist()
    return Box(left, top, right, bottom)


def _runs_out(hair: Tensor, crop: Crop, size: tuple[int, int]) -> bool:
    """Whether hair (1, S, S) touches an edge of the crop behind which the photo goes on."""
    width, height = size
    rim = 3
    edges = (
        (crop.left > 0, hair[..., :, :rim]),
        (crop.left + crop.side < width, hair[..., :, -rim:]),
        (crop.top > 0, hair[..., :rim, :]),
        (crop.top + crop.side < height, hair[..., -rim:, :]),
    )
    return any(goes_on and int((strip > 0.5).sum()) > 2 * rim for goes_on, strip in edges)


def _merge(close: Tensor, wide: Tensor) -> Tensor:
    """Lay the close look (1, C, S, S) into the middle of the wide one, fading over its outer tenth.

    The result has the resolution of the close look and the reach of the wide one. Both crops hang below the face by
    the same share of the face, so the wide one's middle is the close one's.
    """
    side = close.shape[-1]
    whole = round(side * WIDER)
    sheet = F.interpolate(wide, size=(whole, whole), mode="bilinear", align_corners=False)
    ramp = torch.linspace(0, 1, side)
    weight = (torch.minimum(ramp, 1 - ramp) / 0.1).clamp(0, 1)
    weight = weight[:, None] * weight[None, :]
    low = (whole - side) // 2
    inner = sheet[..., low : low + side, low : low + side]
    inner.lerp_(close, weight)
    return sheet


def _spread(
    planes: Tensor, crop: Crop, photo: Photo
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], Matte, float]:
    """Planes (1, 1 + regions, S, S) over a crop -> the photo's index map and hair matte, and how sure the network is of
    the regions, on average over the crop."""
    left, top, right, bottom = crop.inside(photo.size)
    part = _window(planes, crop, (left, top, right, bottom))
    guide = to_tensor(photo.pixels[top:bottom, left:right]).mul_(STD).add_(MEAN).contiguous()
    alpha = refine(part[:, :1], guide)
    # channels last: the largest of eight neighbours in memory is found five times faster than of eight planes
    shares = part[:, 1:].contiguous(memory_format=torch.channels_last)
    shares = F.interpolate(shares, size=guide.shape[-2:], mode="bilinear", align_corners=False)
    shares[:, HAIR] = (alpha[:, 0] > 0.5).float() * 2
    width, height = photo.size
    index = np.zeros((height, width), np.uint8)
    index[top:bottom, left:right] = shares.argmax(1)[0].byte().numpy()
    matte = np.zeros((height, width), np.float32)
    matte[top:bottom, left:right] = to_floats(alpha[0, 0])
    return index, Matte(matte), float(part[:, 1:].amax(1).mean().clamp(0, 1))


def _window(planes: Tensor, crop: Crop, bounds: tuple[int, int, int, int]) -> Tensor:
    """The part of planes over `crop` that lies within `bounds` (left, top, right, bottom in photo pixels)."""
    left, top, right, bottom = bounds
    scale = planes.shape[-1] / crop.side
    x0, y0 = ((a - b) * scale for a, b in ((left, crop.left), (top, crop.top)))
    x1, y1 = ((a - b) * scale for a, b in ((right, crop.left), (bottom, crop.top)))
    columns, rows = max(2, round(x1 - x0)), max(2, round(y1 - y0))
    # sampled, not sliced: the photo's edge rarely falls between two cells
    xs = (x0 + (torch.arange(columns) + 0.5) * (x1 - x0) / columns) / planes.shape[-1] * 2 - 1
    ys = (y0 + (torch.arange(rows) + 0.5) * (y1 - y0) / rows) / planes.shape[-2] * 2 - 1
    grid = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), 2)[None]
    return F.grid_sample(planes, grid, mode="bilinear", padding_mode="border", align_corners=False)
