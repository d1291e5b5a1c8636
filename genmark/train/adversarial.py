"""The loop for networks that make pictures: a generator and a critic in turns, beside `genmark.train.loop`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.tensors import channels_last
from genmark.train.checkpoint import load_checkpoint, save_checkpoint
from genmark.train.critic import Critic, Eyes, feature_distance, judge, please
from genmark.train.loop import Progress, Recipe, Scores, keep_best
from genmark.train.precision import flushed_denormals, spare_depthwise

Batch = TypeVar("Batch", bound=tuple[Tensor, ...])


class DuelRecipe(Recipe):
    """A `Recipe` and what its critic decides."""

    rate: float = 4e-4
    decay: float = 0.0
    features: float = 1.0  # weight of the perceptual loss
    critic: float = 0.05  # weight of the critic's word, once it has a say
    critic_rate: float = 4e-4
    critic_from: int = 600  # the step from which on the critic learns; it has its full say 300 steps later
    shift: int = 12  # pixels that pictures are moved by at most before the critic sees them

    def say(self, step: int) -> float:
        """Weight of the critic's word at a step."""
        return self.critic * min(max((step - self.critic_from) / 300, 0.0), 1.0)


class Shown(NamedTuple):
    """What a critic is shown of a batch; pictures (N, 3, S, S) in [-1, 1], planes (N, 1, S, S) in [0, 1].

    made    the generator's pictures
    real    photographs, and `made` without its gradient wherever no truth is known
    judged  where the critic compares the two
    pleaded where the generator has to please the critic
    paired  (N,): 1 where `real` is what `made` should be, 0 where it is just any photograph
    """

    made: Tensor
    real: Tensor
    judged: Tensor
    pleaded: Tensor
    paired: Tensor

    def looked_at(self) -> Shown:
        """The same, but that features and critic teach the generator only where it has to please: through their wide
        fields of view they would reward patterns beside it (tried: coloured ropes around places without truth)."""
        made = self.made * self.pleaded + self.made.detach() * (1 - self.pleaded)
        return self._replace(made=made)


@dataclass(frozen=True)
class Duel(Generic[Batch]):
    """What one kind of generator decides.

    network   the generator
    batches   yields (step, batch) from the step it is given
    show      runs the generator on a batch
    loss      of what it made against the batch, a scalar, besides the perceptual and the critic's
    evaluate  scores of a network; the run keeps the weights with the highest `scores[best]`
    """

    network: nn.Module
    batches: Callable[[int], Iterator[tuple[int, Batch]]]
    show: Callable[[nn.Module, Batch], Shown]
    loss: Callable[[Shown, Batch], Tensor]
    evaluate: Callable[[nn.Module], Scores]
    best: str


class Duellists(Progress):
    """Everything that such a run must remember to go on after a crash."""

    def __init__(self, network: nn.Module, critic: Critic, recipe: DuelRecipe) -> None:
        super().__init__(network, recipe)
        self.critic = critic
        own = [p for p in critic.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate, betas=(0.5, 0.99))
        self.critic_optimizer = torch.optim.Adam(own, lr=recipe.critic_rate, betas=(0.0, 0.99))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, recipe.rate_at)

    def save(self, path: Path) -> None:
        """Write all of it to `path`, whole or not at all."""
        parts = ("network", "optimizer", "schedule", "critic", "critic_optimizer")
        state: dict[str, Any] = {name: getattr(self, name).state_dict() for name in parts}
        state |= {"average": self.average.network.state_dict(), "step": self.step, "best": self.best}
        save_checkpoint(path, state)

    def load(self, path: Path) -> None:
        """Take up what `save` wrote."""
        super().load(path)
        state = load_checkpoint(path)
        for name in ("critic", "critic_optimizer"):
            getattr(self, name).load_state_dict(state[name])


@flushed_denormals()
def run(duel: Duel[Batch], recipe: DuelRecipe, out: Path, report: Callable[[Scores], None]) -> Path:
    """Train, or go on from `out/last.pt` where it is there; return the file of the best averaged weights.

    Each evaluation adds a line to `out/log.jsonl` and is given to `report`.
    """
    torch.manual_seed(recipe.seed)
    accelerator = Accelerator(mixed_precision="bf16")
    out.mkdir(parents=True, exist_ok=True)
    device = accelerator.device
    eyes = channels_last(Eyes().to(device))
    spare_depthwise(eyes)
    progress = Duellists(channels_last(duel.network.to(device)), Critic().to(device), recipe)
    if (out / "last.pt").is_file():
        progress.load(out / "last.pt")
    accelerator.prepare(progress.network, progress.optimizer)
    sums: dict[str, list[float]] = {}
    began = time.monotonic()
    for step, batch in duel.batches(progress.step):
        progress.network.train()
        moved = type(batch)(*(part.to(device) for part in batch))
        parts = _step(duel, recipe, accelerator, eyes, progress, moved)
        progress.schedule.step()
        progress.average.update(progress.network)
        progress.step = step + 1
        for name, value in parts.items():
            sums.setdefault(name, []).append(value)
        if progress.step % recipe.evaluate_every == 0 or progress.step == recipe.steps:
            scores: Scores = {"step": progress.step, "seconds": time.monotonic() - began}
            scores |= {name: math.fsum(values) / len(values) for name, values in sums.items()}
            scores |= duel.evaluate(progress.average.network)
            sums.clear()
            keep_best(progress, scores, duel.best, out)
            report(scores)
    return out / "best.safetensors"


def _step(
    duel: Duel[Batch],
    recipe: DuelRecipe,
    accelerator: Accelerator,
    eyes: Eyes,
    progress: Duellists,
    batch: Batch,
) -> dict[str, float]:
    """One turn of the generator, then one of the critic on the same pictures; returns the losses."""
    with accelerator.autocast():
        shown = duel.show(progress.network, batch)
        plain = duel.loss(shown, batch)
        seen = disturb(shown.looked_at(), recipe.shift, recipe.seed * 1_000_003 + progress.step)
        made = eyes(seen.made)
        with torch.no_grad():
            real = eyes(seen.real)
        perceived = feature_distance(made, real, seen.paired)
        loss = plain + recipe.features * perceived
        say = recipe.say(progress.step)
        if say > 0:
            loss = loss + say * please(progress.critic(made), seen.pleaded)
    _learn(accelerator, progress.network, progress.optimizer, loss)
    parts = {"loss": float(plain.detach()), "features": float(perceived.detach())}
    if progress.step >= recipe.critic_from:
        with accelerator.autocast():
            verdict = judge(progress.critic(real), progress.critic([m.detach() for m in made]), seen.judged)
        _learn(accelerator, progress.critic, progress.critic_optimizer, verdict.loss)
        parts |= {"critic": float(verdict.loss.detach()), "margin": float(verdict.margin)}
    return parts


def _learn(accelerator: Accelerator, network: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()


def disturb(shown: Shown, shift: int, seed: int) -> Shown:
    """Move, mirror and recolour each pair alike, so that the critic cannot learn few pictures by heart.

    Differentiable augmentation (Zhao et al. 2020, arXiv:2006.10738).
    """
    dice = torch.Generator().manual_seed(seed)
    count, side = len(shown.made), shown.made.shape[-1]
    whole = torch.cat((shown.made, shown.real, shown.judged, shown.pleaded), 1)
    moves = torch.randint(-shift, shift + 1, (count, 2), generator=dice)
    linear = torch.eye(2).repeat(count, 1, 1)
    linear[torch.rand(count, generator=dice) < 0.5, 0, 0] = -1.0
    grid = torch.cat((linear, (2.0 * moves / side)[:, :, None]), 2).to(whole.device)
    places = F.affine_grid(grid, [count, 1, side, side], align_corners=False)
    moved = F.grid_sample(whole.float(), places, mode="nearest", padding_mode="zeros", align_corners=False)
    light, contrast, colour = ((torch.rand(count, 1, 1, 1, generator=dice) - 0.5).to(whole.device) for _ in range(3))

    def tint(pictures: Tensor) -> Tensor:
        grey = pictures.mean(1, keepdim=True)
        return (grey + (pictures - grey) * (1 + colour)) * (1 + 0.5 * contrast) + 0.4 * light

    rest = moved[:, 3:].detach()  # they were carried along with `made`, but not made
    return Shown(tint(moved[:, :3]), tint(rest[:, :3]), rest[:, 3:4], rest[:, 4:], shown.paired)
