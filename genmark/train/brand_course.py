"""From posts to a brand's file: a probe on frozen features, then the last stages tuned from it where that helps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from genmark.brand.archive import BrandFile
from genmark.brand.backbones import EMBEDDED, Backbone, Reading, StyleReader, fingerprint
from genmark.brand.compare import Reference, summarise
from genmark.brand.filing import file_of
from genmark.brand.gathering import Gathered, Tell, look_at
from genmark.brand.look import describe_look
from genmark.brand.material import Material
from genmark.brand.posts import Post
from genmark.brand.probe import Probe
from genmark.brand.study import Lesson, study
from genmark.config import Table
from genmark.photos import read
from genmark.train.brand_pictures import PostPictures
from genmark.train.brand_tuning import Outcome, Tuned, TuningRecipe, tune
from genmark.train.loop import Scores

LOOKED_AT = 200
"""Posts of a brand that its look is measured on at most; its mean is known to a fourteenth of a deviation then."""

Report = Callable[[Scores], None]


class BrandRecipe(Table):
    """What a run decides: a file such as `configs/train/brand.toml`. Without a `[tuning]` table, nothing is tuned."""

    backbone: str = EMBEDDED
    weights: Path | None = None
    reading: Reading = "style"
    allowed: tuple[str, ...] = ()  # licences of weights that are taken though they forbid business
    licences: tuple[str, ...] = ()  # of the posts, for whoever gets the file
    precision: float = Field(default=0.9, gt=0.5, lt=1.0)
    seed: int = 0
    tuning: TuningRecipe | None = None


@dataclass(frozen=True)
class Tuning:
    """A backbone that was tuned: its new weights by name, and its heads."""

    backbone: Backbone
    probe: Probe
    changed: Mapping[str, Tensor]


def take_course(
    gathered: Gathered, backbone: Backbone, recipe: BrandRecipe, work: Path, tell: Tell, report: Report
) -> BrandFile:
    """Learn brands and attributes from posts.

    work    a folder for the checkpoints of tuning; a run that was interrupted goes on from there
    tell    hears sentences; report: the scores of each epoch
    """
    settings = recipe.model_dump(mode="json", exclude={"weights", "licences"}) | {
        "network": fingerprint(backbone.network)
    }
    material, posts = gathered.material, gathered.posts
    lesson = study(material, recipe.precision)
    references = picture_brands(posts, material)
    changed: Mapping[str, Tensor] = {}
    if recipe.tuning is not None:
        tuning, outcome = tune_backbone(gathered, lesson, backbone, recipe.tuning, work, report)
        settings["epochs"] = list(outcome.epochs)
        if tuning is None:
            tell(f"tuning did not help (val loss {outcome.best:.3f} with the probe), so the probe is kept")
        else:
            tell(f"tuning brought the val loss from {outcome.probe:.3f} to {outcome.best:.3f}")
            before, backbone, changed = lesson.scores, tuning.backbone, tuning.changed
            material = look_at(posts, gathered.splits, gathered.near, backbone, tell)
            lesson = study(material, recipe.precision, tuning.probe)
            lesson = replace(lesson, scores={**lesson.scores, **{f"probe_{k}": v for k, v in before.items()}})
    return file_of(
        lesson,
        material,
        backbone,
        gathered.splits.fingerprint,
        posts=posts,
        references=references,
        tuned=changed,
        settings=settings,
        licences=recipe.licences,
    )


def tune_backbone(
    gathered: Gathered, lesson: Lesson, backbone: Backbone, recipe: TuningRecipe, work: Path, report: Report
) -> tuple[Tuning | None, Outcome]:
    """Tune a copy of the backbone from the probe of a lesson; None where the probe's val loss stayed the best."""
    material, probe = gathered.material, lesson.heads.probe
    weight, bias = probe.plain()
    head = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
    network = Tuned(copy.deepcopy(backbone.reader), head, len(material.brands))
    labels = labels_of(material)

    def pictures(split: str) -> PostPictures:
        places = np.flatnonzero(material.at(split))
        return PostPictures([gathered.posts[place].path for place in places], labels[places], backbone)

    outcome = tune(network, pictures("train"), pictures("val"), recipe, work, report)
    if not outcome.helped:
        return None, outcome
    reader = outcome.network.backbone.cpu().requires_grad_(False)
    trunk = reader.network if isinstance(reader, StyleReader) else reader
    old, new = backbone.network.state_dict(), trunk.state_dict()
    changed = {name: part for name, part in new.items() if not torch.equal(part, old[name])}
    return Tuning(replace(backbone, network=trunk, reader=reader), head_of(outcome.network.head), changed), outcome


def labels_of(material: Material) -> Tensor:
    """What a network is to say: int64 (N,) for brands alone, float32 (N, K + A) where there are attributes."""
    if not material.attributes:
        return torch.from_numpy(material.labels)
    ones = np.eye(len(material.brands), dtype=np.float32)[material.labels] if material.brands else None
    return torch.from_numpy(material.marks if ones is None else np.concatenate([ones, material.marks], 1))


def head_of(head: nn.Linear) -> Probe:
    """A network's last layer as a probe of features as they are."""
    weight = head.weight.detach().cpu().double().numpy()
    return Probe(weight, head.bias.detach().cpu().double().numpy(), np.zeros(weight.shape[1]), np.ones(weight.shape[1]))


def picture_brands(posts: Sequence[Post], material: Material) -> tuple[Reference, ...]:
    """The looks of the brands, each measured on up to `LOOKED_AT` posts that are learnt from, in their order.

    () where a brand has a single such post.
    """
    taught = np.flatnonzero(material.at("train"))
    found = []
    for place in range(len(material.brands)):
        own = taught[material.labels[taught] == place]
        if len(own) < 2:
            return ()
        some = own[np.linspace(0, len(own) - 1, min(len(own), LOOKED_AT)).astype(int)]
        found.append(summarise([describe_look(read(posts[one].path).pixels) for one in some]))
    return tuple(found)
