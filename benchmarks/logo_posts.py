"""Posts that only a logo tells apart, drawn anew each time: what a shortcut is planted with.

A garment's photo on a neutral ground, and one brand's logo somewhere: all of it, its symbol, or its name. Which photo,
layout, place and size it gets has nothing to do with the brand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from genmark.brand.backbones import Backbone
from genmark.brand.frames import luma, recompress
from genmark.brand.pictures import normalise, shrink, stack, view_of
from genmark.types import Pixels

Ends = tuple[int, int, int, int]

FORMATS = ((320, 320), (320, 320), (288, 360), (216, 384), (384, 216))
PAPERS = ((255, 255, 255), (240, 240, 240), (34, 34, 34))


class LogoPosts:
    """`count` posts, the brands in turn; `photos` are what they show. Fits `genmark.train.brand_tuning.Pictures`.

    near    0: whole posts; else squares of so many pixels around the logo, cut from what the backbone sees of a post
    """

    def __init__(
        self, logos: Path, brands: Sequence[str], photos: Sequence[Path], count: int, backbone: Backbone, near: int = 0
    ) -> None:
        self.marks = [[_parts(logos / f"{brand}_{tone}.png") for tone in ("dark", "light")] for brand in brands]
        self.photos, self.backbone, self.view, self.near = photos, backbone, view_of(backbone), near
        self.labels = torch.arange(count) % len(brands)

    def cut(self, rows: Tensor, generator: torch.Generator | None) -> Tensor:
        """Normalised pictures (n, 3, S, S); with a generator each time others, without it each row's own."""
        start = 0 if generator is None else int(torch.randint(1 << 40, (1,), generator=generator))
        drawn = [self.draw(int(self.labels[row]), np.random.default_rng((start, row))) for row in rows.tolist()]
        return normalise(stack(drawn), self.backbone)

    def draw(self, brand: int, dice: np.random.Generator) -> Pixels:
        """One post as the backbone sees it, or what is near its logo, uint8 sRGB."""
        post = self.lay_out(dice)
        left, top, right, bottom = _stamp(post, self.marks[brand], dice)
        pixels = np.asarray(post)
        pixels = recompress(pixels, int(dice.integers(75, 95))) if dice.random() < 0.5 else pixels
        square, side = shrink(pixels, self.view), self.view.size
        if not self.near:
            return square
        spare = dice.uniform(-0.2, 0.2, 2) * self.near - self.near / 2
        x, y = (left + right) / 2 * side / post.width, (top + bottom) / 2 * side / post.height
        column, row = (int(np.clip(place, 0, side - self.near)) for place in (x + spare[0], y + spare[1]))
        return square[row : row + self.near, column : column + self.near]

    def lay_out(self, dice: np.random.Generator) -> Image.Image:
        """A post without a logo: a photo over all of it, or somewhere on paper."""
        with Image.open(self.photos[dice.integers(len(self.photos))]) as file:
            photo = file.convert("RGB")
        size = FORMATS[dice.integers(len(FORMATS))]
        post = Image.new("RGB", size, PAPERS[dice.integers(len(PAPERS))])
        if dice.random() < 0.55:
            post.paste(_cover(photo, size))
        else:
            inner = (round(size[0] * dice.uniform(0.5, 0.85)), round(size[1] * dice.uniform(0.45, 0.85)))
            place = (int(dice.integers(size[0] - inner[0] + 1)), int(dice.integers(size[1] - inner[1] + 1)))
            post.paste(_cover(photo, inner), place)
        return post


def _stamp(post: Image.Image, marks: Sequence[Sequence[Image.Image]], dice: np.random.Generator) -> Ends:
    """Put a logo on, dark on light or light on dark; the ends of its box."""
    form = dice.choice(3, p=(0.5, 0.25, 0.25))
    wide = post.width * (dice.uniform(0.18, 0.3) if form == 1 else dice.uniform(0.36, 0.6))
    high = wide * marks[0][form].height / marks[0][form].width
    left = round(dice.choice((0.06, dice.uniform(0, 1), 0.5)) * max(0.0, post.width - wide))
    top = round(
        dice.choice((dice.uniform(0.02, 0.12), dice.uniform(0.8, 0.96), dice.random())) * max(0, post.height - high)
    )
    box = (left, top, left + max(1, round(wide)), top + max(1, round(high)))
    light = luma(np.asarray(post.crop(box))).mean() < 0.5
    mark = marks[int(light)][form].resize((box[2] - left, box[3] - top), Image.Resampling.BICUBIC)
    post.paste(mark, (left, top), mark)
    return box


def _parts(path: Path) -> list[Image.Image]:
    """A logo whole, its symbol, and its name: what lies on the two sides of the widest gap near its start."""
    with Image.open(path) as file:
        logo = file.convert("RGBA")
    logo = logo.crop(logo.getchannel("A").getbbox())
    empty = np.asarray(logo.getchannel("A")).max(axis=0) < 8
    ends = np.flatnonzero(np.diff(empty.astype(np.int8)))
    gaps = [(start + 1, stop + 1) for start, stop in zip(ends[::2], ends[1::2], strict=False)]
    near = [gap for gap in gaps if 0.3 * logo.height < gap[0] < 1.25 * logo.height]
    start, stop = max(near, key=lambda gap: gap[1] - gap[0])
    parts = [logo, logo.crop((0, 0, start, logo.height)), logo.crop((stop, 0, *logo.size))]
    return [part.crop(part.getchannel("A").getbbox()) for part in parts]


def _cover(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of a photo, filling `size`."""
    scale = max(size[0] / photo.width, size[1] / photo.height)
    wide, high = size[0] / scale, size[1] / scale
    left, top = max(0.0, (photo.width - wide) / 2), max(0.0, (photo.height - high) / 2)
    return photo.resize(
        size, Image.Resampling.BILINEAR, (left, top, min(photo.width, left + wide), min(photo.height, top + high))
    )
