"""One file a brand: what was learnt and all that is needed to judge a picture by it, in safetensors with metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from genmark.errors import ConfigError, ModelMissing
from genmark.files import write_bytes

KIND, VERSION = "genmark-brand", 1
"""What such a file says it is, and the newest version that this genmark reads."""

TUNED = "backbone."
"""What the names of tuned tensors begin with."""


@dataclass(frozen=True, eq=False)
class BrandFile:
    """What was learnt from a brand's posts.

    tensors      by name, any dtype: `backbone.*` (where stages were tuned), `head.*`, `outliers.*`
    brands       names of the classes, in the order of the head's rows; () where only attributes were learnt
    attributes   names of the attributes, after the brands; () where there are none
    backbone     timm's name of the network, and its `licence` (SPDX)
    size         side of the pictures that it reads, pixels; mean, std: their normalisation, three numbers each
    temperature  the logits are divided by it before they are probabilities
    thresholds   by brand or attribute: the least probability at which it is accepted
    fingerprint  of the splits that it was learnt and measured on
    settings, scores   of the run, plain values
    licences     of the posts and weights that went in
    """

    tensors: Mapping[str, Tensor]
    brands: tuple[str, ...]
    backbone: str
    licence: str
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    attributes: tuple[str, ...] = ()
    temperature: float = 1.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    licences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.brands and not self.attributes:
            raise ValueError("a brand file has brands, or attributes, or both")
        if not self.temperature > 0.0:
            raise ValueError(f"temperature must be above 0, got {self.temperature}")
        unknown = set(self.thresholds) - {*self.brands, *self.attributes}
        if unknown:
            raise ValueError(f"thresholds of {sorted(unknown)}, which are no brands or attributes of this file")

    @property
    def tuned(self) -> dict[str, Tensor]:
        """The backbone's tensors that were tuned, by the network's own names; none where it is as published."""
        return {name.removeprefix(TUNED): part for name, part in self.tensors.items() if name.startswith(TUNED)}


def write_brand(path: Path, brand: BrandFile) -> None:
    """Write a brand's file, whole or not at all. Raises WriteError."""
    known = {part.name: getattr(brand, part.name) for part in fields(BrandFile)[1:]}
    # one entry: safetensors writes several in any order, and the same brand shall be the same bytes
    metadata = {KIND: json.dumps({"version": VERSION, **known}, ensure_ascii=False, sort_keys=True)}
    write_bytes(path, save({name: part.contiguous() for name, part in brand.tensors.items()}, metadata))


def read_brand(path: Path) -> BrandFile:
    """Read what `write_brand` wrote; nothing in it is executed.

    Raises ModelMissing where there is no such file, ConfigError where it is none of a brand, or too new.
    """
    if not path.is_file():
        raise ModelMissing(f"there is no brand file {path.name}; `genmark brand train` makes one")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
    except SafetensorError as error:
        raise ConfigError(f"{path.name} is no brand file: {error}") from error
    if KIND not in metadata:
        raise ConfigError(f"{path.name} holds weights, but not of a brand")
    known = json.loads(metadata[KIND])
    if known["version"] > VERSION:
        raise ConfigError(f"{path.name} was written by a newer genmark (format {known['version']}); install that")
    return BrandFile(tensors, **{part.name: _as(known[part.name]) for part in fields(BrandFile)[1:]})


def _as(value: Any) -> Any:
    """JSON's lists are tuples here."""
    return tuple(value) if isinstance(value, list) else value
