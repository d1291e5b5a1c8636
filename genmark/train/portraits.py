"""The portraits pack in memory: pictures, soft hair mattes, region maps, landmarks, on one canvas size."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from genmark.errors import ConfigError
from genmark.perceive.landmarks import MESH
from genmark.perceive.networks import PALETTE
from genmark.types import Box, Face, Matte, Photo, Pose, Regions

CANVAS = 480
_TENSORS = ("pictures", "mattes", "index", "sizes", "points", "poses", "quality", "weight")


@dataclass(frozen=True, eq=False)
class Portraits:
    """N portraits, each in the top left corner of a CANVAS x CANVAS sheet.

    pictures  uint8 (N, 3, CANVAS, CANVAS)        mattes  uint8 (N, CANVAS, CANVAS), 255 is hair
    index     uint8 (N, CANVAS, CANVAS), regions in the order of `networks.PALETTE`
    sizes     float32 (N, 2), width and height    points  float32 (N, COUNT, 2), pixels
    poses     float32 (N, 3), yaw, pitch, roll    quality float32 (N,), trust in the labels, 0 to 1
    weight    float32 (N,), how often to draw a portrait: what the pack has little of is drawn more often
    ids       the pack's names of the pictures
    """

    pictures: Tensor
    mattes: Tensor
    index: Tensor
    sizes: Tensor
    points: Tensor
    poses: Tensor
    quality: Tensor
    weight: Tensor
    ids: tuple[str, ...]

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """(count,) rows at random, by weight."""
        return torch.multinomial(self.weight, count, replacement=True, generator=generator)

    def __len__(self) -> int:
        return len(self.ids)

    def pick(self, rows: Tensor) -> Portraits:
        """The portraits of `rows` (n,), in that order."""
        parts: dict[str, Any] = {name: getattr(self, name)[rows] for name in _TENSORS}
        return Portraits(**parts, ids=tuple(self.ids[row] for row in rows.tolist()))

    def and_also(self, more: Portraits) -> Portraits:
        """These portraits and then `more`."""
        parts: dict[str, Any] = {name: torch.cat((getattr(self, name), getattr(more, name))) for name in _TENSORS}
        return Portraits(**parts, ids=self.ids + more.ids)

    def inside(self, picks: Tensor) -> Tensor:
        """bool (n, 1, CANVAS, CANVAS): where the sheets of the picked rows hold their pictures."""
        grid = torch.arange(CANVAS)
        width, height = self.sizes[picks].T
        inside: Tensor = (grid < height[:, None])[:, None, :, None] & (grid < width[:, None])[:, None, None, :]
        return inside


def read_portraits(pack: Path, split: str) -> Portraits:
    """Read one split ("train" or "val") of the pack at `pack`. Raises ConfigError where it is no such pack."""
    table = pack / "labels.csv"
    if not table.is_file():
        raise ConfigError(f"{pack} is no portraits pack: it has no labels.csv")
    with table.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    meshes = np.load(pack / "landmarks.npz")
    place = {name: k for k, name in enumerate(meshes["ids"].tolist())}
    points = np.stack([meshes["points"][place[row["id"]]][list(MESH)] for row in rows])
    return Portraits(
        pictures=torch.stack([_sheet(pack / "images" / f"{row['id']}.jpg", "RGB").permute(2, 0, 1) for row in rows]),
        mattes=torch.stack([_sheet(pack / "hair" / f"{row['id']}.png", "L") for row in rows]),
        index=torch.stack([_sheet(pack / "regions" / f"{row['id']}.png", "P") for row in rows]),
        sizes=torch.tensor([[float(row["width"]), float(row["height"])] for row in rows]),
        points=torch.from_numpy(points.astype(np.float32)),
        poses=torch.tensor([[float(row[key]) for key in ("yaw", "pitch", "roll")] for row in rows]),
        quality=torch.tensor([float(row["quality"]) for row in rows]),
        weight=torch.tensor([_weight(row) for row in rows]),
        ids=tuple(row["id"] for row in rows),
    )


def person_of(data: Portraits, k: int) -> tuple[Photo, Regions]:
    """Portrait `k` as the product would see it, with the pack's labels as what was parsed."""
    width, height = (int(v) for v in data.sizes[k])
    pixels = data.pictures[k, :, :height, :width].permute(1, 2, 0).contiguous().numpy()
    alpha = data.mattes[k, :height, :width].float().div(255).numpy()
    points = data.points[k].numpy()
    left, top = points.min(axis=0).tolist()
    right, bottom = points.max(axis=0).tolist()
    yaw, pitch, roll = data.poses[k].tolist()
    face = Face(Box(left, top, right, bottom), points, Pose(yaw, pitch, roll), 1.0)
    index = data.index[k, :height, :width].contiguous().numpy()
    return Photo(pixels, data.ids[k]), Regions(index, PALETTE, {"hair": Matte(alpha)}, "portrait", 1.0, face)


def _weight(row: dict[str, str]) -> float:
    """Hats, shaved heads, long, curly, grey and coloured hair three times as often as the short dark hair that most of
    the pack has."""
    rare = (
        row["hat"] != "",
        row["length"] in {"bald_buzz", "long", "shoulder"},
        row["curl"] in {"curly", "coily"},
        row["hair_color"] in {"blond", "platinum", "white", "grey", "red"} or row["hair_color"].startswith("fashion"),
    )
    return 3.0 if any(rare) else 1.0


def _sheet(path: Path, mode: str) -> Tensor:
    with Image.open(path) as picture:
        pixels = np.asarray(picture if mode == "P" else picture.convert(mode))
    sheet = np.zeros((CANVAS, CANVAS, *pixels.shape[2:]), np.uint8)
    sheet[: pixels.shape[0], : pixels.shape[1]] = pixels[:CANVAS, :CANVAS]
    return torch.from_numpy(sheet)


def read_backdrops(folders: list[Path], side: int, limit: int) -> Tensor:
    """Pictures without people, as uint8 (N, 3, side, side), `limit` spread evenly over what the folders hold."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.jpg"))
    if not paths:
        raise ConfigError(f"no backdrop pictures (*.jpg) under {[str(f) for f in folders]}")
    chosen = paths[:: max(1, len(paths) // limit)][:limit]
    return torch.stack([_backdrop(path, side) for path in chosen])


def _backdrop(path: Path, side: int) -> Tensor:
    with Image.open(path) as picture:
        square = picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1)
