"""Train the under layer's network: to invent what other people's hair would hide, where the photo shows it.

Where a person's own hair lies nobody knows the truth: there the network is asked to stay near the classical fill. The
critic has no say there: it judges on known places alone, lest it learn that a head has hair, and a critic who never
looked at a place is pleased by patterns that no eye would pass (tried: coloured ropes along the hairline).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from genmark.restyle.hair.under_network import UnderNetwork
from genmark.train import augment
from genmark.train.adversarial import Duel, DuelRecipe, Shown
from genmark.train.hidden import Hidden, prepare
from genmark.train.packs import Packs
from genmark.train.portraits import Portraits


class UnderRecipe(DuelRecipe):
    """Settings of one run; the shipped ones are in `configs/train/hair_under.toml`."""

    variants: int = 4  # examples made of each portrait, with another person's hair each
    workers: int | None = None  # processes that make them; None: one per core, 0: this one
    stay: float = 0.5  # weight of staying near the classical fill where nobody knows the truth
    bare: float = 4.0  # how much more often portraits with little hair are drawn


class Batch(NamedTuple):
    """Planes that the network reads (N, PLANES, S, S), the photo (N, 3, S, S) and where its truth is known of what is
    hidden (N, 1, S, S); all in [0, 1]."""

    planes: Tensor
    truth: Tensor
    known: Tensor

    @property
    def fill(self) -> Tensor:
        """The classical fill, (N, 3, S, S)."""
        return self.planes[:, :3]

    @property
    def share(self) -> Tensor:
        """How much of each place is invented, (N, 1, S, S)."""
        return self.planes[:, 3:4]

    @property
    def unknown(self) -> Tensor:
        """Where something is invented that the photo does not show, (N, 1, S, S)."""
        return (self.share > 0).float() * (1 - self.known) * self.planes[:, -1:]


def pick(data: Hidden, rows: Tensor) -> Batch:
    """The examples in `rows` as floats."""
    return Batch(*(part[rows].float() / 255 for part in (data.planes, data.truth, data.known)))


def vary(batch: Batch, generator: torch.Generator) -> Batch:
    """Mirror every other example; give both fill and photo another exposure, contrast and white balance."""
    count = len(batch.planes)
    flips = augment.some(count, 0.5, generator)
    planes, truth, known = (torch.where(flips, part.flip(3), part) for part in batch)
    gamma = augment.uniform(count, -0.4, 0.4, generator).exp().view(-1, 1, 1, 1)
    gains = 1 + 0.12 * (torch.rand(count, 3, 1, 1, generator=generator) * 2 - 1)
    inside = planes[:, -1:]

    def tint(pictures: Tensor) -> Tensor:
        return (pictures.clamp(1e-4, 1).pow(gamma) * gains).clamp(0, 1) * inside

    return Batch(torch.cat((tint(planes[:, :3]), planes[:, 3:]), 1), tint(truth), known)


def show(network: nn.Module, batch: Batch) -> Shown:
    """Mend the fills; the photo it is compared with has the same invention where nobody knows the truth."""
    change = network(batch.planes.contiguous(memory_format=torch.channels_last)).float()
    made = batch.fill + change * batch.share
    unknown = batch.unknown
    real = batch.truth * (1 - unknown) + made.detach() * unknown
    everywhere = torch.ones(len(made), device=made.device)
    return Shown(made * 2 - 1, real * 2 - 1, batch.known, batch.known, everywhere)


def measure_loss(shown: Shown, batch: Batch, stay: float) -> Tensor:
    """L1 to the photo where the truth is known, and `stay` times that to the classical fill where it is not."""
    apart = (shown.made - shown.real).abs() * batch.known
    known = apart.sum() / (3 * batch.known.sum()).clamp_min(1.0)
    drift = (shown.made - (batch.fill * 2 - 1)).abs() * batch.unknown
    total: Tensor = known + stay * drift.sum() / (3 * batch.unknown.sum()).clamp_min(1.0)
    return total


def chances(data: Portraits, variants: int, bare: float) -> Tensor:
    """How often to draw each example, (N * variants,): heads with little hair, where a skull shows, more often."""
    hair = data.mattes.flatten(1).float().mean(1) * 480**2 / 255
    width = (data.points[:, :, 0].amax(1) - data.points[:, :, 0].amin(1)).clamp_min(1.0)
    little = hair / width**2 < 0.45
    return torch.where(little, bare, 1.0).repeat(variants)


def batches(data: Hidden, weight: Tensor, recipe: UnderRecipe, start: int) -> Iterator[tuple[int, Batch]]:
    """Yield (step, batch) from step `start`; each step draws from a generator of its own, so resuming repeats it."""
    for step in range(start, recipe.steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        rows = torch.multinomial(weight, recipe.batch, replacement=True, generator=generator)
        yield step, vary(pick(data, rows), generator)


@torch.inference_mode()
def evaluate(network: nn.Module, data: Hidden) -> dict[str, float]:
    """Where the truth is known: PSNR in dB and L1 of 255 of the network's and of the classical fill on the same masks,
    means over the examples; and `gain`, by which the best weights are chosen: dB over the classical fill."""
    device = next(network.parameters()).device
    sums: dict[str, list[float]] = {name: [] for name in ("psnr", "psnr_fill", "l1", "l1_fill")}
    for start in range(0, len(data), 8):
        batch = Batch(*(part.to(device) for part in pick(data, torch.arange(start, min(start + 8, len(data))))))
        made = (batch.fill + network(batch.planes).float() * batch.share).clamp(0, 1)
        size = 3 * batch.known.sum((1, 2, 3))
        for name, pictures in (("", made), ("_fill", batch.fill)):
            apart = (pictures - batch.truth) * batch.known
            square = apart.square().sum((1, 2, 3))[size > 300] / size[size > 300]
            sums[f"psnr{name}"] += (-10 * square.clamp_min(1e-6).log10()).tolist()
            sums[f"l1{name}"] += (255 * apart.abs().sum((1, 2, 3))[size > 300] / size[size > 300]).tolist()
    scores = {name: sum(values) / max(1, len(values)) for name, values in sums.items()}
    return scores | {"gain": scores["psnr"] - scores["psnr_fill"]}


def job(packs: Packs, recipe: UnderRecipe) -> Duel[Batch]:
    """The under layer's network, on examples made before the first step."""
    train = prepare(packs.train, recipe.variants, recipe.seed, recipe.workers)
    val = prepare(packs.val, 1, recipe.seed + 1, recipe.workers)
    weight = chances(packs.train, recipe.variants, recipe.bare)
    return Duel(
        network=UnderNetwork(),
        batches=lambda start: batches(train, weight, recipe, start),
        show=show,
        loss=lambda shown, batch: measure_loss(shown, batch, recipe.stay),
        evaluate=lambda network: evaluate(network, val),
        best="gain",
    )
