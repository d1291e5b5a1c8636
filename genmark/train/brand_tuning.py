"""Fine-tune a backbone's last stages from its linear probe (LP-FT), so that features are not torn before the head fits.

Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution"
(arXiv:2202.10054).
Batch statistics stay those of the pretraining; no colour is varied, because colour is the brand.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.brand.backbones import StyleReader
from genmark.config import Table
from genmark.tensors import channels_last, import_timm
from genmark.train.checkpoint import load_checkpoint, save_checkpoint
from genmark.train.loop import Scores
from genmark.train.precision import flushed_denormals, spare_depthwise


class TuningRecipe(Table):
    """Settings of one fine-tuning."""

    stages: int = 2  # of the backbone, from its end, that learn; the rest stays frozen
    epochs: int = 12
    batch: int = 32
    head_rate: float = 1e-3  # peak learning rates; stages before the last take `layer_decay` of the next one's
    body_rate: float = 1e-4
    layer_decay: float = 0.75
    decay: float = 0.05  # AdamW's weight decay
    warmup: float = 0.1  # share of all steps in which the rates rise from 0 to their peaks; then they fall to 0
    smoothing: float = 0.0  # of class labels while learning: their share that goes to all classes alike
    patience: int = 3  # epochs without a better val loss after which it stops
    seed: int = 1


class Pictures(Protocol):
    """Labelled pictures, read when they are asked for."""

    @property
    def labels(self) -> Tensor:
        """Class numbers (N,) int64, or float32 (N, K) in [0, 1]: shares of the classes, if any, then attributes."""

    def cut(self, rows: Tensor, generator: torch.Generator | None) -> Tensor:
        """Normalised pictures (n, 3, S, S); with a generator, cropped at random."""


class Tuned(nn.Module):
    """A backbone (pictures -> (N, D)) and a linear head on its features as they are.

    classes  how many of the logits exclude each other, where labels are (N, K): the first ones; the rest are attributes
    """

    def __init__(self, backbone: nn.Module, head: nn.Linear, classes: int = 0) -> None:
        super().__init__()
        self.backbone, self.head, self.classes = backbone, head, classes

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (N, K)."""
        logits: Tensor = self.head(self.backbone(pictures))
        return logits


@dataclass(frozen=True)
class Outcome:
    """The best network by its val loss, and what each epoch scored; `probe` is the val loss before the first step."""

    network: Tuned
    epochs: tuple[Scores, ...]
    probe: float

    @property
    def best(self) -> float:
        """The val loss of `network`, nan where there was no val."""
        return min([self.probe, *(scores["loss"] for scores in self.epochs if "loss" in scores)])

    @property
    def helped(self) -> bool:
        """Whether fine-tuning beat its probe on val; where it did not, `network` is the probe."""
        return self.best < self.probe


def stages_of(backbone: nn.Module) -> list[list[str]]:
    """Names of the parameters of a timm backbone, or of a `StyleReader` around one, stage by stage from the pictures
    on, by timm's own grouping."""
    if isinstance(backbone, StyleReader):
        return [[f"network.{name}" for name in names] for names in stages_of(backbone.network)]
    matcher = backbone.group_matcher(coarse=True)  # type: ignore[operator]
    groups: dict[int, list[str]] = import_timm().models.group_parameters(backbone, matcher)
    sizes = {name: part.numel() for name, part in backbone.named_parameters()}
    return _joined([groups[place] for place in sorted(groups)], sizes)


def _joined(stages: list[list[str]], sizes: Mapping[str, int]) -> list[list[str]]:
    """Stages with those that hold under a hundredth of all weights, such as a lone last norm, put to the one before."""
    least, found = 0.01 * sum(sizes.values()), stages[:1]
    for names in stages[1:]:
        if sum(sizes[name] for name in names) < least:
            found[-1] = [*found[-1], *names]
        else:
            found.append(names)
    return found


def rate_groups(network: Tuned, recipe: TuningRecipe) -> list[dict[str, Any]]:
    """What learns, and how fast: the head, then the backbone's last `stages`; everything else is frozen."""
    named = dict(network.backbone.named_parameters())
    for parameter in named.values():
        parameter.requires_grad_(False)
    groups: list[dict[str, Any]] = [{"params": list(network.head.parameters()), "lr": recipe.head_rate}]
    for back, names in enumerate(reversed(stages_of(network.backbone)[-recipe.stages :] if recipe.stages else [])):
        parameters = [named[name].requires_grad_(True) for name in names]
        groups.append({"params": parameters, "lr": recipe.body_rate * recipe.layer_decay**back})
    return groups


def measure_loss(logits: Tensor, labels: Tensor, smoothing: float = 0.0, classes: int = 0) -> Tensor:
    """Cross-entropy of classes plus binary cross-entropy of attributes, each the mean over the pictures."""
    if labels.ndim == 1:
        return F.cross_entropy(logits.float(), labels, label_smoothing=smoothing)
    loss = logits.new_zeros((), dtype=torch.float32)
    if classes:
        loss = F.cross_entropy(logits[:, :classes].float(), labels[:, :classes], label_smoothing=smoothing)
    if logits.shape[1] > classes:
        loss = loss + F.binary_cross_entropy_with_logits(logits[:, classes:].float(), labels[:, classes:])
    return loss


@torch.inference_mode()
def evaluate(network: Tuned, data: Pictures, batch: int) -> Scores:
    """`loss` and `accuracy` (without classes, of all answers about attributes) on whole pictures."""
    network.eval()
    device = next(network.parameters()).device
    loss = right = 0.0
    for rows in _parts(torch.arange(len(data.labels)), batch):
        labels = data.labels[rows].to(device)
        logits = network(data.cut(rows, None).to(device))
        loss += float(measure_loss(logits, labels, classes=network.classes)) * len(rows)
        right += float(_hits(logits, labels, network.classes).float().sum())
    return {"loss": loss / len(data.labels), "accuracy": right / len(data.labels)}


def _hits(logits: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How right each row is, (N,): of its class, or of its attributes where there are no classes."""
    if labels.ndim == 1:
        return logits.argmax(1) == labels
    if classes:
        return logits[:, :classes].argmax(1) == labels[:, :classes].argmax(1)
    return ((logits > 0) == (labels > 0.5)).float().mean(1)


def order(count: int, recipe: TuningRecipe, epoch: int) -> Iterator[tuple[Tensor, torch.Generator]]:
    """Rows of an epoch's batches, shuffled anew, and a generator for each: resuming repeats them."""
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + epoch)
    for place, rows in enumerate(_parts(torch.randperm(count, generator=generator), recipe.batch)):
        yield rows, torch.Generator().manual_seed((recipe.seed * 1_000_003 + epoch) * 100_003 + place)


def rate_at(step: int, steps: int, warmup: float) -> float:
    """The share of the peak rate in a step: up in a line over `warmup` of the steps, then down half a cosine to 0."""
    rising = max(1.0, warmup * steps)
    if step < rising - 1:
        return (step + 1) / rising
    return 0.5 + 0.5 * math.cos(math.pi * (step - rising + 1) / max(1.0, steps - rising + 1))


@flushed_denormals()
def tune(
    network: Tuned,
    train: Pictures,
    val: Pictures | None,
    recipe: TuningRecipe,
    out: Path,
    report: Callable[[Scores], None],
) -> Outcome:
    """Fine-tune `network`, whose head is its probe's; go on from `out/last.pt` where it is there.

    Stops after `patience` epochs without a better val loss. The network of the best epoch comes back, which is the
    probe itself where nothing was better; `report` is told of each epoch. Without `val`, all epochs are run and the
    last network comes back: the rates have fallen to 0 by then.
    """
    torch.manual_seed(recipe.seed)
    accelerator = Accelerator(mixed_precision="bf16")
    channels_last(network.to(accelerator.device))
    optimizer = torch.optim.AdamW(rate_groups(network, recipe), weight_decay=recipe.decay)
    steps = math.ceil(len(train.labels) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, partial(rate_at, steps=steps * recipe.epochs, warmup=recipe.warmup)
    )
    probe = evaluate(network, val, recipe.batch)["loss"] if val else math.nan
    state: dict[str, Any] = {"weights": _weights(network), "epochs": []}
    parts: dict[str, Any] = {"now": network, "optimizer": optimizer, "schedule": schedule}
    if (out / "last.pt").is_file():
        state = load_checkpoint(out / "last.pt")
        for name, part in parts.items():
            part.load_state_dict(state.pop(name))
    spare_depthwise(network)
    model, optimizer = accelerator.prepare(network, optimizer)
    epochs: list[Scores] = state["epochs"]
    while len(epochs) < recipe.epochs and _waited(epochs, probe) < recipe.patience:
        learnt = _learn(accelerator, model, optimizer, schedule, train, recipe, len(epochs))
        scores = {"epoch": len(epochs) + 1.0, "train_loss": learnt}
        scores |= evaluate(network, val, recipe.batch) if val else {}
        epochs.append(scores)
        if _waited(epochs, probe) == 0:
            state["weights"] = _weights(network)
        save_checkpoint(out / "last.pt", {**state, **{name: part.state_dict() for name, part in parts.items()}})
        report(scores)
    network.load_state_dict(state["weights"])
    return Outcome(network.eval(), tuple(epochs), probe)


def _learn(
    accelerator: Accelerator,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    train: Pictures,
    recipe: TuningRecipe,
    epoch: int,
) -> float:
    """One epoch; batch statistics and dropout stay as in evaluation."""
    model.eval()
    losses, classes = [], accelerator.unwrap_model(model).classes
    for rows, generator in order(len(train.labels), recipe, epoch):
        pictures = train.cut(rows, generator).to(accelerator.device)
        with accelerator.autocast():
            labels = train.labels[rows].to(accelerator.device)
            loss = measure_loss(model(pictures), labels, recipe.smoothing, classes)
        optimizer.zero_grad(set_to_none=True)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return math.fsum(losses) / len(losses)


def _parts(rows: Tensor, size: int) -> list[Tensor]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _waited(epochs: list[Scores], probe: float) -> int:
    """Epochs since the val loss was last the best; 0 where there is none."""
    best, waited = probe, 0
    for scores in (scores for scores in epochs if "loss" in scores):
        best, waited = (scores["loss"], 0) if scores["loss"] < best else (best, waited + 1)
    return waited


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return copy.deepcopy(network.state_dict())
