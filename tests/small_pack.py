"""A portraits pack of a few sample people, as far as commands read one, so that they can be tested anywhere."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from genmark.perceive.landmarks import MESH
from genmark.types import Photo, Regions

COLUMNS = ["id", "split", "width", "height", "yaw", "pitch", "roll", "quality", "hat", "length", "curl", "hair_color"]


def write_pack(folder: Path, people: Mapping[str, tuple[Photo, Regions]]) -> Path:
    """A pack called `portraits` in `folder`, with what was parsed as its labels; everybody is in both splits."""
    pack = folder / "portraits"
    for name in ("images", "hair", "regions"):
        (pack / name).mkdir(parents=True)
    rows, ids, points = [], [], []
    for split in ("train", "val"):
        for stem, (photo, regions) in people.items():
            name, face = f"{split}-{stem}", regions.face
            assert face is not None
            Image.fromarray(photo.pixels).save(pack / "images" / f"{name}.jpg", quality=95)
            matte = np.rint(255 * regions.mattes["hair"].alpha).astype(np.uint8)
            Image.fromarray(matte).save(pack / "hair" / f"{name}.png")
            index = Image.frombytes("P", photo.size, regions.index.tobytes())
            index.putpalette([level for level in range(256) for _ in "rgb"])
            index.save(pack / "regions" / f"{name}.png")
            mesh = np.zeros((478, 2), np.float32)
            mesh[list(MESH)] = face.landmarks
            ids.append(name)
            points.append(mesh)
            pose = [f"{angle:.2f}" for angle in (face.pose.yaw, face.pose.pitch, face.pose.roll)]
            rows.append([name, split, *map(str, photo.size), *pose, "1", "", "chin", "straight", "black"])
    np.savez(pack / "landmarks.npz", ids=np.array(ids), points=np.stack(points))
    with (pack / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return pack
