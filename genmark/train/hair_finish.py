"""Train the finish: give back the photo from its own hair, harmed and put back; and make transfers pass for photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.restyle.hair.donors import read_donors
from genmark.restyle.hair.finish_network import FinishNetwork
from genmark.restyle.hair.under import clear
from genmark.restyle.hair.under_network import Clearer
from genmark.train import augment
from genmark.train.adversarial import Duel, DuelRecipe, Shown
from genmark.train.critic import Eyes, feature_distance
from genmark.train.hair_bank import Bank, fill_bank, windows
from genmark.train.packs import Packs
from genmark.train.precision import spare_depthwise

_LUMA = (0.299, 0.587, 0.114)


class FinishRecipe(DuelRecipe):
    """Settings of one run; the shipped ones are in `configs/train/hair_finish.toml`."""

    pairs: int = 3  # of each portrait's own hair, harmed
    transfers: int = 1  # of donors' hair on each portrait
    workers: int | None = None  # processes that make them; None: one per core, 0: this one
    under: Path | None = None  # weights of the under layer's network; none: composites lie over the classical fill
    size: int = 224  # side of the windows, pixels
    transferred: float = 0.35  # share of a batch that is transfers
    rim: float = 2.0  # weight of soft edges in the pairs' L1, beside 1 for hair
    bare: float = 0.5  # weight of what the under layer invented
    flow: float = 0.3  # weight of the strands' direction
    stay: float = 0.4  # weight of staying near the composite in the hair of transfers


class Batch(NamedTuple):
    """Windows: what the network reads (N, INPUTS, S, S), the photo (N, 3, S, S) in [-1, 1], and (N,) 1 for pairs, whose
    photo is the truth, 0 for transfers."""

    planes: Tensor
    photo: Tensor
    paired: Tensor

    @property
    def composite(self) -> Tensor:
        """The unfinished picture, (N, 3, S, S)."""
        return self.planes[:, :3]

    @property
    def alpha(self) -> Tensor:
        """Matte of the hair in it, (N, 1, S, S)."""
        return self.planes[:, 3:4]

    @property
    def old(self) -> Tensor:
        """What the under layer invented, (N, 1, S, S)."""
        return self.planes[:, 4:5]

    @property
    def may(self) -> Tensor:
        """Where it may be changed, (N, 1, S, S)."""
        return self.planes[:, 5:6]


def vary(batch: Batch, generator: torch.Generator) -> Batch:
    """Mirror every other window; another exposure and white balance for composite and photo alike."""
    count = len(batch.planes)
    flips = augment.some(count, 0.5, generator)
    planes, photo = (torch.where(flips, part.flip(3), part) for part in (batch.planes, batch.photo))
    gamma = augment.uniform(count, -0.35, 0.35, generator).exp().view(-1, 1, 1, 1)
    gains = 1 + 0.12 * (torch.rand(count, 3, 1, 1, generator=generator) * 2 - 1)

    def tint(pictures: Tensor) -> Tensor:
        return ((pictures / 2 + 0.5).clamp(1e-4, 1).pow(gamma) * gains).clamp(0, 1) * 2 - 1

    return Batch(torch.cat((tint(planes[:, :3]), planes[:, 3:]), 1), tint(photo), batch.paired)


def finish(network: nn.Module, batch: Batch) -> Tensor:
    """The network's pictures (N, 3, S, S) in [-1, 1]; what it may not change is the composite's."""
    change = network(batch.planes.contiguous(memory_format=torch.channels_last)).float()
    finished: Tensor = batch.composite + change * batch.may
    return finished


def show(network: nn.Module, batch: Batch) -> Shown:
    """Finished pictures beside photos; the critic looks where something may change, a little around it too."""
    around = F.max_pool2d(batch.may, 17, 1, 8)
    return Shown(finish(network, batch), batch.photo, around, batch.may, batch.paired)


def measure_loss(shown: Shown, batch: Batch, recipe: FinishRecipe) -> Tensor:
    """L1 of pairs, by zone; of transfers, a pull of the hair's inside towards the composite; the strands' direction."""
    paired = batch.paired.view(-1, 1, 1, 1)
    edge = 4 * batch.alpha * (1 - batch.alpha)
    zone = batch.alpha + recipe.rim * edge + recipe.bare * batch.old * (1 - batch.alpha)
    weight = batch.may * (0.15 + zone) * paired
    apart = _mean((shown.made - batch.photo).abs(), weight)
    inside = batch.may * batch.alpha.pow(4) * (1 - paired)
    drift = _mean((shown.made - batch.composite).abs(), inside)
    aim = torch.where(paired > 0, batch.photo, batch.composite)
    turned = _mean((direction(shown.made) - direction(aim)).abs(), batch.may * batch.alpha.square())
    total: Tensor = apart + recipe.stay * drift + recipe.flow * turned
    return total


def direction(pictures: Tensor) -> Tensor:
    """Which way strands run at each place, (N, 2, S, S): the structure tensor's double angle (Bigün & Granlund 1987)
    times its coherence, over about 5 px."""
    luma = (pictures * pictures.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    padded = F.pad(luma, (1, 1, 1, 1), mode="replicate")
    over = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    tensor = F.avg_pool2d(torch.cat((over * over, down * down, over * down), 1), 5, 1, 2)
    xx, yy, xy = tensor[:, :1], tensor[:, 1:2], tensor[:, 2:]
    return torch.cat((xx - yy, 2 * xy), 1) / (xx + yy + 2e-3)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    mean: Tensor = (values * weight).sum() / (values.shape[1] * weight.sum()).clamp_min(1.0)
    return mean


def batches(bank: Bank, recipe: FinishRecipe, start: int) -> Iterator[tuple[int, Batch]]:
    """Yield (step, batch) from step `start`; each step draws from a generator of its own, so resuming repeats it."""
    for step in range(start, recipe.steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        moved = round(recipe.batch * recipe.transferred) if bank.transfers else 0
        rows = [
            int(torch.randint(count, (1,), generator=generator)) + first
            for first, count, many in (
                (0, bank.pairs, recipe.batch - moved),
                (bank.pairs, bank.transfers, moved),
            )
            for _ in range(many)
        ]
        yield step, vary(_batch(bank, rows, recipe.size, generator), generator)


def _batch(bank: Bank, rows: Sequence[int], size: int, generator: torch.Generator | None) -> Batch:
    planes, photo = windows(bank, rows, size, generator)
    paired = torch.tensor([float(row < bank.pairs) for row in rows])
    return Batch(planes, photo, paired)


@torch.inference_mode()
def evaluate(network: nn.Module, bank: Bank, eyes: Eyes, size: int) -> dict[str, float]:
    """Own hair back, on pairs of the val split, finished and not: PSNR in dB where something may change, L1 of 255 at
    the rim, in the hair and where it was invented, perceptual distance; `closer`, by which the best weights are
    chosen, is the share of the perceptual distance that the finish takes away."""
    device = next(network.parameters()).device
    sums: dict[str, list[float]] = {}
    for start in range(0, bank.pairs, 8):
        rows = range(start, min(start + 8, bank.pairs))
        batch = Batch(*(part.to(device) for part in _batch(bank, rows, size, None)))
        truth = eyes(batch.photo)
        for name, made in (("", finish(network, batch).clamp(-1, 1)), ("_composite", batch.composite)):
            for measure, values in _compare(made, batch).items():
                sums.setdefault(f"{measure}{name}", []).append(values)
            sums.setdefault(f"seen{name}", []).append(float(feature_distance(eyes(made), truth, batch.paired)))
    scores = {name: sum(values) / len(values) for name, values in sums.items()}
    return scores | {"closer": 1 - scores["seen"] / max(scores["seen_composite"], 1e-6)}


def _compare(made: Tensor, batch: Batch) -> dict[str, float]:
    apart = 127.5 * (made - batch.photo)
    edge = ((batch.alpha > 0.05) & (batch.alpha < 0.95)).float() * batch.may
    zones = {
        "rim": edge,
        "hair": (batch.alpha >= 0.95).float() * batch.may,
        "bare": (batch.alpha <= 0.05).float() * batch.old * batch.may,
    }
    square = _mean(apart.square(), batch.may).clamp_min(1e-3)
    found = {name: float(_mean(apart.abs(), zone)) for name, zone in zones.items()}
    return found | {"psnr": float(10 * torch.log10(255**2 / square))}


def job(packs: Packs, recipe: FinishRecipe) -> Duel[Batch]:
    """The finish, on composites made before the first step."""
    donors, bare = read_donors(), Clearer(recipe.under) if recipe.under else clear
    train = fill_bank(packs.train, donors, recipe.pairs, recipe.transfers, recipe.seed, recipe.workers, bare)
    val = fill_bank(packs.val, donors, 1, 0, recipe.seed + 1, recipe.workers, bare)
    eyes = Eyes()
    spare_depthwise(eyes)
    return Duel(
        network=FinishNetwork(),
        batches=lambda start: batches(train, recipe, start),
        show=show,
        loss=lambda shown, batch: measure_loss(shown, batch, recipe),
        evaluate=lambda network: evaluate(network, val, eyes.to(next(network.parameters()).device), 320),
        best="closer",
    )
