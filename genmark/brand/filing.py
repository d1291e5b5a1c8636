"""Between what was learnt and the file that travels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genmark.brand.archive import TUNED, BrandFile
from genmark.brand.backbones import Backbone
from genmark.brand.compare import Reference
from genmark.brand.heads import Heads
from genmark.brand.material import Material
from genmark.brand.outliers import Outliers
from genmark.brand.posts import Post
from genmark.brand.probe import Probe
from genmark.brand.references import pack_references
from genmark.brand.study import Lesson
from genmark.files import printable

_PROBE = ("weight", "bias", "mean", "scale")


def file_of(
    lesson: Lesson,
    material: Material,
    backbone: Backbone,
    fingerprint: str,
    *,
    posts: Sequence[Post] = (),
    references: Sequence[Reference] = (),
    tuned: Mapping[str, Tensor] | None = None,
    settings: Mapping[str, Any] | None = None,
    licences: Sequence[str] = (),
) -> BrandFile:
    """What a study found, as one file; a threshold only where one is certified.

    fingerprint  of the splits
    posts        as in the material: the names of those that were learnt from are kept, as evidence
    references   the looks of the brands, in their order
    tuned        by the network's names, the tensors that differ from the backbone's own weights
    settings     of the run, plain values
    licences     of the posts
    """
    arrays = {f"head.{name}": getattr(lesson.heads.probe, name) for name in _PROBE}
    arrays["head.temperatures"] = lesson.heads.temperatures
    arrays |= {"outliers.points": lesson.outliers.points, "outliers.reference": lesson.outliers.reference}
    tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()}
    tensors |= {f"{TUNED}{name}": part for name, part in (tuned or {}).items()}
    tensors |= pack_references(references) if references else {}
    known = {
        "reading": backbone.reading,
        "neighbours": lesson.outliers.k,
        "limit": lesson.outliers.limit,
        "promised": lesson.outliers.promised,
        "precision": lesson.precision,
        "posts": [{"brand": post.brand, "file": printable(post.path.name)} for post in _learnt(posts, material)],
    }
    return BrandFile(
        tensors=tensors,
        brands=material.brands,
        attributes=material.attributes,
        backbone=backbone.model,
        licence=backbone.licence,
        size=backbone.size,
        mean=backbone.mean,
        std=backbone.std,
        temperature=lesson.heads.temperature,
        thresholds={name: one.threshold for name, one in lesson.certified.items() if one.threshold is not None},
        fingerprint=fingerprint,
        settings={**(settings or {}), **known},
        scores=lesson.scores,
        licences=tuple(dict.fromkeys((backbone.licence, *licences))),
    )


def heads_of(file: BrandFile) -> Heads:
    """The classifier that a file holds."""
    weight, bias, mean, scale = (file.tensors[f"head.{name}"].numpy() for name in _PROBE)
    temperatures = file.tensors["head.temperatures"].numpy()
    return Heads(Probe(weight, bias, mean, scale), len(file.brands), file.temperature, temperatures)


def outliers_of(file: BrandFile) -> Outliers:
    """The index of known pictures that a file holds."""
    points, reference = (file.tensors[f"outliers.{name}"].numpy() for name in ("points", "reference"))
    settings = file.settings
    return Outliers(points, reference, settings["neighbours"], settings["limit"], settings["promised"])


def _learnt(posts: Sequence[Post], material: Material) -> list[Post]:
    return [post for post, taught in zip(posts, material.at("train"), strict=True) if taught] if posts else []
