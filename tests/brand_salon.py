"""Two drawn salons and a file that knows them, in a moment: a network that only sees the mean colour of quarters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from genmark.brand.archive import BrandFile
from genmark.brand.backbones import Backbone
from genmark.brand.backbones import fingerprint as network_of
from genmark.brand.compare import summarise
from genmark.brand.filing import file_of
from genmark.brand.fit import embed_photos
from genmark.brand.look import describe_look
from genmark.brand.material import SPLITS, Material
from genmark.brand.posts import Post
from genmark.brand.study import study
from genmark.types import Photo

BRANDS = ("cool", "warm")
COLOURS = ((70, 100, 160), (170, 100, 60))


class Quarters(nn.Module):
    """Mean colour of each quarter: (N, 3, S, S) -> (N, 12)."""

    def forward(self, pictures: Tensor) -> Tensor:
        return adaptive_avg_pool2d(pictures, 2).flatten(1)


def backbone() -> Backbone:
    part = Quarters()
    grey = (0.5, 0.5, 0.5)
    return Backbone("quarters", "quarters.none", "mit", 12, 32, 1.0, "bilinear", grey, grey, part, part)


def post(brand: str, seed: int, side: int = 48) -> Photo:
    """A post of a salon: its colour, more or less strongly, on grey with noise."""
    rng = np.random.default_rng([seed, len(brand), brand == "warm"])
    own = np.array(COLOURS[BRANDS.index(brand)]) * rng.uniform(0.7, 1.2)
    pixels = 128 + rng.uniform(0.05, 1.0) * (own - 128) + rng.normal(0, 30, (side, side + 8, 3))
    return Photo(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), f"{brand}-{seed}")


def salon_file(
    count: int = 240, fingerprint: str = "posts-1", seed: int = 0, network: Backbone | None = None, **changes: Any
) -> BrandFile:
    """What `genmark brand train` would write for the two salons, seen by `network`."""
    network = network or backbone()
    brands = [BRANDS[n % 2] for n in range(count)]
    photos = [post(brand, n) for n, brand in enumerate(brands)]
    features = embed_photos(network, photos)
    splits = np.array([SPLITS[(0, 0, 0, 1, 2, 3)[(n // 2) % 6]] for n in range(count)])
    labels = np.array([BRANDS.index(brand) for brand in brands], np.int64)
    material = Material(features, features, labels, BRANDS, np.array([str(n) for n in range(count)]), splits)
    posts = [Post(Path(f"{photo.name}.jpg"), brand) for photo, brand in zip(photos, brands, strict=True)]
    looks = [summarise([describe_look(post(brand, n).pixels) for n in range(4)]) for brand in BRANDS]
    settings = {"seed": seed, "network": network_of(network.network)}
    made = file_of(study(material), material, network, fingerprint, posts=posts, references=looks, settings=settings)
    return replace(made, **changes)
