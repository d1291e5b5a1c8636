"""The loop that every network here is trained with: step, average, evaluate, keep the best, resume."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from genmark.config import Table
from genmark.files import write_bytes
from genmark.tensors import channels_last, load_weights, pack_weights, scale
from genmark.train.checkpoint import Average, load_checkpoint, save_checkpoint
from genmark.train.precision import flushed_denormals, spare_depthwise

Batch = TypeVar("Batch", bound=tuple[Tensor, ...])
Scores = dict[str, float]


class Recipe(Table):
    """What every run decides: the `[recipe]` table of its settings file."""

    steps: int = 2400
    batch: int = 16
    rate: float = 1.5e-3  # peak learning rate; the pretrained encoder takes a third
    decay: float = 0.02  # AdamW's weight decay
    average: float = 0.998  # decay of the moving average of the weights
    evaluate_every: int = 150
    seed: int = 1

    def rate_at(self, step: int) -> float:
        """Share of the peak rate: 100 steps of warm-up, then half a cosine down to 1 %."""
        if step < 100:
            return (step + 1) / 100
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 100) / max(1, self.steps - 100)))


@dataclass(frozen=True)
class Job(Generic[Batch]):
    """What one kind of network decides.

    network   has a part called `encoder`, which learns more slowly
    batches   yields (step, batch) from the step it is given
    crops     a batch's pictures, float (N, 3, S, S) in [0, 1]
    loss      of the network's output against its batch, a scalar
    evaluate  scores of a network; the run keeps the weights with the highest `scores[best]`
    after     what is still fitted to `network` once it holds the best weights
    """

    network: nn.Module
    batches: Callable[[int], Iterator[tuple[int, Batch]]]
    crops: Callable[[Batch], Tensor]
    loss: Callable[[Any, Batch], Tensor]
    evaluate: Callable[[nn.Module], Scores]
    best: str
    after: Callable[[], None] | None = None


class Progress:
    """Everything that a run must remember to go on after a crash."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        self.network = network
        own = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
        pretrained = [p for name, p in network.named_parameters() if name.startswith("encoder.")]
        groups = [{"params": pretrained, "lr": recipe.rate / 3}, {"params": own, "lr": recipe.rate}]
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(groups, weight_decay=recipe.decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, recipe.rate_at)
        self.average = Average(network, recipe.average)
        self.step = 0
        self.best = -math.inf

    def save(self, path: Path) -> None:
        """Write all of it to `path`, whole or not at all."""
        parts = {name: getattr(self, name).state_dict() for name in ("network", "optimizer", "schedule")}
        average = self.average.network.state_dict()
        save_checkpoint(path, {**parts, "average": average, "step": self.step, "best": self.best})

    def load(self, path: Path) -> None:
        """Take up what `save` wrote."""
        state = load_checkpoint(path)
        for name in ("network", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        self.average.network.load_state_dict(state["average"])
        self.average.steps = self.step = state["step"]
        self.best = state["best"]


@flushed_denormals()
def run(job: Job[Batch], recipe: Recipe, out: Path, report: Callable[[Scores], None]) -> Path:
    """Train, or go on from `out/last.pt` where it is there; return the file of the best averaged weights.

    Each evaluation adds a line to `out/log.jsonl` and is given to `report`.
    """
    accelerator = Accelerator(mixed_precision="bf16")
    out.mkdir(parents=True, exist_ok=True)
    progress = Progress(channels_last(job.network.to(accelerator.device)), recipe)
    if (out / "last.pt").is_file():
        progress.load(out / "last.pt")
    spare_depthwise(progress.network)
    network, optimizer = accelerator.prepare(progress.network, progress.optimizer)
    losses: list[float] = []
    began = time.monotonic()
    for step, batch in job.batches(progress.step):
        network.train()
        batch = type(batch)(*(part.to(accelerator.device) for part in batch))
        loss = job.loss(network(scale(job.crops(batch))), batch)
        optimizer.zero_grad(set_to_none=True)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        progress.schedule.step()
        progress.average.update(progress.network)
        progress.step = step + 1
        losses.append(float(loss.detach()))
        if progress.step % recipe.evaluate_every == 0 or progress.step == recipe.steps:
            scores = {"step": progress.step, "loss": sum(losses) / len(losses), "seconds": time.monotonic() - began}
            scores |= job.evaluate(progress.average.network)
            losses.clear()
            keep_best(progress, scores, job.best, out)
            report(scores)
    if job.after is not None:
        _finish(job.network, job.after, out / "best.safetensors")
    return out / "best.safetensors"


def _finish(network: nn.Module, after: Callable[[], None], best: Path) -> None:
    """Fit what is fitted last, to the best weights, and write them again, whole or not at all."""
    record = load_weights(network, best)
    after()
    write_bytes(best, pack_weights(network.state_dict(), record.licence, record.record))


def keep_best(progress: Progress, scores: Scores, best: str, out: Path) -> None:
    """Log an evaluation, write the averaged weights where `scores[best]` is the highest so far, and a checkpoint."""
    with (out / "log.jsonl").open("a") as file:
        file.write(json.dumps({name: round(value, 4) for name, value in scores.items()}) + "\n")
    if scores[best] > progress.best:
        progress.best = scores[best]
        packed = pack_weights(progress.average.network.state_dict(), "Apache-2.0", scores)
        (out / "best.safetensors").write_bytes(packed)
    progress.save(out / "last.pt")
