"""From a settings file and a folder of data packs to a run: what `genmark train` calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from pydantic import Field
from torch import Tensor

from genmark.config import Table, read_config
from genmark.errors import UsageError
from genmark.tensors import load_weights
from genmark.train import adversarial
from genmark.train.adversarial import Duel, DuelRecipe
from genmark.train.loop import Job, Recipe, Scores, run
from genmark.train.portraits import Portraits, read_backdrops, read_portraits

R = TypeVar("R", bound=Recipe)


class Settings(Table, Generic[R]):
    """A settings file: the folder of data packs (relative to where one stands), which of them, and the recipe.

    `start` names weights to go on from, in place of ImageNet's.
    """

    data: Path = Path("../shared/data")
    pack: str = "portraits"
    backdrops: tuple[str, ...] = ("rooms/train",)
    backdrop_count: int = Field(default=600, ge=1)
    start: Path | None = None
    recipe: R


@dataclass(frozen=True, eq=False)
class Packs:
    """What portraits' networks learn from: two splits, and pictures without people (N, 3, 320, 320) uint8."""

    train: Portraits
    val: Portraits
    backdrops: Tensor


def train(
    settings: Settings[R],
    out: Path,
    resume: bool,
    job: Callable[[Packs, R], Job[Any] | Duel[Any]],
    report: Callable[[Scores], None],
) -> Path:
    """Read the packs, train into the folder `out`, return the file of the best weights.

    Raises UsageError where `out` holds a run already and `resume` is not asked for.
    """
    if not resume and (out / "last.pt").is_file():
        raise UsageError(f"{out} holds a run already; go on from it with --resume, or name another folder with --out")
    portraits = settings.data / settings.pack
    packs = Packs(
        train=read_portraits(portraits, "train"),
        val=read_portraits(portraits, "val"),
        backdrops=_backdrops(settings),
    )
    work = job(packs, settings.recipe)
    if settings.start is not None:
        load_weights(work.network, settings.start)
        work.network.requires_grad_(True)
    if isinstance(work, Duel) and isinstance(settings.recipe, DuelRecipe):
        return adversarial.run(work, settings.recipe, out, report)
    if isinstance(work, Duel):
        raise TypeError("a Duel needs a DuelRecipe")
    return run(work, settings.recipe, out, report)


def _backdrops(settings: Settings[R]) -> Tensor:
    if not settings.backdrops:
        return torch.zeros((0, 3, 320, 320), dtype=torch.uint8)
    return read_backdrops([settings.data / name for name in settings.backdrops], 320, settings.backdrop_count)


def read_settings(config: Path, recipe: type[R]) -> Settings[R]:
    """Settings from a TOML file whose `[recipe]` table is of the kind `recipe`. Raises ConfigError."""
    return read_config(config, Settings[recipe])  # type: ignore[valid-type]
