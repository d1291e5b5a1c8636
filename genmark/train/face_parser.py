"""Train the head parser: regions, hair matte and landmarks from crops around a head."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.perceive import landmarks
from genmark.perceive.mend import fit_mend
from genmark.perceive.networks import PALETTE, HeadParser, Parsed
from genmark.perceive.pose import fit_pose
from genmark.restyle.hair.donors import read_donors
from genmark.tensors import MEAN, scale
from genmark.train import augment
from genmark.train.checkpoint import load_imagenet
from genmark.train.composites import compose_portraits
from genmark.train.loop import Job, Recipe
from genmark.train.packs import Packs
from genmark.train.portraits import Portraits

IGNORE = 255


class FaceParserRecipe(Recipe):
    """Settings of one run; the shipped ones are in `configs/train/face_parser.toml`."""

    sizes: tuple[int, ...] = (192, 224, 256, 288)  # side of the crops, drawn anew for each batch
    share: tuple[float, float] = (0.26, 0.62)  # face height over crop side
    backdrop: float = 0.45  # share of pictures that get another background
    settle: float = 0.35  # share of the run, its end, in which every other picture is left undisguised
    eval_size: int = 320
    composites: int = 0  # composites made of each portrait: other hair or none, with known labels
    workers: int | None = None  # processes that make them; None: one per core, 0: this one


class Batch(NamedTuple):
    """Crops in [0, 1] (N, 3, S, S); at half their size the targets: labels (N, S/2, S/2), 255 where it does not count,
    matte (N, 1, S/2, S/2); landmarks as shares of the crop (N, COUNT, 2); trust in the labels (N,)."""

    crops: Tensor
    labels: Tensor
    matte: Tensor
    points: Tensor
    trust: Tensor


def frame_heads(points: Tensor, share: Tensor) -> augment.Framing:
    """Upright crops in which the face is `share` (N,) of the crop's height, a little above its middle."""
    top, chin = points[:, landmarks.places(10)[0]], points[:, landmarks.places(152)[0]]
    height = (chin - top).norm(dim=1)
    centre = (top + chin) / 2 + torch.stack((torch.zeros_like(height), 0.1 * height), 1)
    return augment.Framing(centre, height / share, torch.zeros_like(share), torch.ones_like(share))


def shake(framing: augment.Framing, generator: torch.Generator) -> augment.Framing:
    """Jitter, tilt and mirror crops, as a hand-held phone and a careless finder do."""
    n = len(framing.side)
    amount = torch.stack([augment.uniform(n, -0.14, 0.14, generator) for _ in range(2)], 1)
    turn, flip = augment.tilts(n, 9.0, generator), augment.mirrors(n, generator)
    return augment.Framing(framing.centre + amount * framing.side[:, None], framing.side, turn, flip)


def crop_batch(data: Portraits, picks: Tensor, framing: augment.Framing, size: int) -> Batch:
    """Cut pictures and targets with one framing; outside a picture crops are mid-grey and targets do not count."""
    inside = data.inside(picks)
    crops = augment.cut(data.pictures[picks].float() / 255, framing, size)
    cover = augment.cut(inside.float(), framing, size)
    half = size // 2
    labels = (data.index[picks][:, None] + 1.0) * inside  # 0 is outside the picture
    index = augment.cut(labels, framing, half, mode="nearest")[:, 0].long()
    index = torch.where(index == 0, IGNORE, index - 1)
    matte = augment.cut(data.mattes[picks][:, None].float() / 255, framing, half)
    points = augment.move_points(data.points[picks], framing)
    mirrored = points[:, torch.from_numpy(landmarks.MIRROR)]
    points = torch.where((framing.flip < 0).view(-1, 1, 1), mirrored, points)
    return Batch(crops + MEAN * (1 - cover), index, matte, points, data.quality[picks].clamp(0.3, 1))


def disguise(batch: Batch, backdrops: Tensor, recipe: FaceParserRecipe, generator: torch.Generator) -> Batch:
    """Another background, other hair colours, other light, things in front, a worse camera."""
    n, size = len(batch.crops), batch.crops.shape[-1]
    matte = F.interpolate(batch.matte, size=(size, size), mode="bilinear", align_corners=False)
    crops = augment.recolour(batch.crops, matte, generator)
    person = ((batch.labels != 0) & (batch.labels != IGNORE)).float()[:, None]
    person = F.interpolate(F.avg_pool2d(person, 3, 1, 1), size=(size, size), mode="bilinear", align_corners=False)
    alpha = torch.maximum(matte, ((person - 0.35) / 0.5).clamp(0, 1))
    places = torch.randint(len(backdrops), (n,), generator=generator)
    behind = F.interpolate(backdrops[places].float() / 255, size=(size, size), mode="bilinear", align_corners=False)
    behind = augment.relight(behind, generator)
    swap = augment.some(n, recipe.backdrop, generator)
    crops = torch.where(swap, crops * alpha + behind * (1 - alpha), crops)
    index = torch.where(swap[:, 0] & (batch.labels == IGNORE), 0, batch.labels)
    outside = F.interpolate((index == IGNORE).float()[:, None], size=(size, size)) > 0
    crops = augment.relight(crops, generator)
    front = augment.occluders(n, size, 0.2, generator)
    crops = torch.where(front, behind.flip(0), crops)
    hidden = front[:, :, ::2, ::2]
    index = torch.where(hidden[:, 0], IGNORE, index)
    crops = torch.where(outside, torch.full((1,), MEAN), augment.degrade(crops, generator))
    return batch._replace(crops=crops, labels=index, matte=torch.where(hidden, torch.zeros(1), batch.matte))


def mix(disguised: Batch, plain: Batch, share: float, generator: torch.Generator) -> Batch:
    """Take a `share` of the pictures from `plain`, with their labels, the rest from `disguised`."""
    keep = torch.rand(len(plain.crops), generator=generator) < share
    parts = zip(disguised, plain, strict=True)
    return Batch(*(torch.where(keep.view(-1, *[1] * (a.ndim - 1)), b, a) for a, b in parts))


def measure_loss(parsed: Parsed, batch: Batch) -> Tensor:
    """Cross-entropy of regions + binary cross-entropy and soft Dice of the hair matte + landmark distance.

    Dice: Milletari et al. 2016. Landmarks: L1 in units of the eyes' distance. Hair borders count three times.
    """
    weights = torch.tensor([1.0, 1.0, 1.0, 1.5, 2.5, 2.5, 2.0, 1.5], device=parsed.regions.device)
    regions = F.cross_entropy(parsed.regions.float(), batch.labels, weights, ignore_index=IGNORE, reduction="none")
    counts = (batch.labels != IGNORE).float()
    regions = (regions * counts).sum((1, 2)) / counts.sum((1, 2)).clamp_min(1)
    soft = batch.matte
    border = F.max_pool2d(soft, 7, 1, 3) - -F.max_pool2d(-soft, 7, 1, 3)
    hair = F.binary_cross_entropy_with_logits(parsed.hair.float(), soft, reduction="none") * (1 + 2 * border)
    hair = (hair[:, 0] * counts).sum((1, 2)) / counts.sum((1, 2)).clamp_min(1)
    alpha = parsed.hair.float().sigmoid()[:, 0] * counts
    target = soft[:, 0] * counts
    dice = 1 - (2 * (alpha * target).sum((1, 2)) + 50) / ((alpha + target).sum((1, 2)) + 50)
    places = ((batch.points > 0.02) & (batch.points < 0.98)).all(2).float()
    apart = landmark_error(parsed.points, batch.points)
    points = (apart * places).sum(1) / places.sum(1).clamp_min(1)
    total: Tensor = (regions + hair + 0.5 * dice + 6.0 * points) * batch.trust
    return total.mean()


def landmark_error(found: Tensor, truth: Tensor) -> Tensor:
    """Distance of each landmark from the truth (N, COUNT), in units of the distance between the eyes' centres."""
    right = truth[:, landmarks.places(*landmarks.EYE_RIGHT)].mean(1)
    left = truth[:, landmarks.places(*landmarks.EYE_LEFT)].mean(1)
    apart: Tensor = (found.float() - truth).norm(dim=2)
    eyes: Tensor = (left - right).norm(dim=1)
    return apart / eyes.clamp_min(1e-3)[:, None]


def batches(data: Portraits, backdrops: Tensor, recipe: FaceParserRecipe, start: int) -> Iterator[tuple[int, Batch]]:
    """Yield (step, batch) from step `start`; each step draws from a generator of its own, so resuming repeats it."""
    for step in range(start, recipe.steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        size = recipe.sizes[int(torch.randint(len(recipe.sizes), (1,), generator=generator))]
        picks = data.draw(recipe.batch, generator)
        low, high = (math.log(s) for s in recipe.share)
        framing = frame_heads(data.points[picks], augment.uniform(recipe.batch, low, high, generator).exp())
        batch = crop_batch(data, picks, shake(framing, generator), size)
        disguised = disguise(batch, backdrops, recipe, generator)
        settling = step >= recipe.steps * (1 - recipe.settle)
        yield step, mix(disguised, batch, 0.5 if settling else 0.0, generator)


@torch.inference_mode()
def evaluate(network: nn.Module, data: Portraits, size: int, share: float = 0.34) -> dict[str, float]:
    """Scores on upright crops: mean IoU per region over the pictures that hold it, hair IoU and matte error, landmarks.

    `landmarks` is the mean distance in units of the eyes' distance; `hair` compares alpha > 0.5 on both sides; `both`,
    by which the best weights are chosen, is hair less landmarks.
    """
    sums: dict[str, list[float]] = {}
    for start in range(0, len(data), 8):
        picks = torch.arange(start, min(start + 8, len(data)))
        batch = crop_batch(data, picks, frame_heads(data.points[picks], torch.full((len(picks),), share)), size)
        parsed: Parsed = network(scale(batch.crops))
        counts = batch.labels != IGNORE
        found = parsed.regions.argmax(1)
        for k, name in enumerate(PALETTE):
            _add_iou(sums, f"iou_{name}", (found == k) & counts, (batch.labels == k) & counts)
        alpha = parsed.hair.sigmoid()[:, 0]
        _add_iou(sums, "hair", (alpha > 0.5) & counts, (batch.matte[:, 0] > 0.5) & counts)
        sums.setdefault("matte_l1", []).append(float(((alpha - batch.matte[:, 0]).abs() * counts).mean()))
        sums.setdefault("landmarks", []).extend(landmark_error(parsed.points, batch.points).mean(1).tolist())
    scores = {name: sum(values) / len(values) for name, values in sums.items() if values}
    return scores | {"both": scores["hair"] - scores["landmarks"]}


def _add_iou(sums: dict[str, list[float]], name: str, found: Tensor, truth: Tensor) -> None:
    both = (found & truth).sum((1, 2))
    either = (found | truth).sum((1, 2))
    present = truth.flatten(1).float().mean(1) > (0.005 if name == "hair" else 0.001)
    sums.setdefault(name, []).extend((both / either.clamp_min(1))[present].tolist())


@torch.inference_mode()
def correct(network: HeadParser, data: Portraits, recipe: FaceParserRecipe) -> None:
    """Fit what takes back the network's usual errors, on the train split, each portrait in two crops that are off as
    a finder's are."""
    generator = torch.Generator().manual_seed(recipe.seed)
    found, truth = [], []
    for start in range(0, 2 * len(data), 8):
        picks = torch.arange(start, min(start + 8, 2 * len(data))) % len(data)
        framing = frame_heads(data.points[picks], augment.uniform(len(picks), 0.29, 0.40, generator))
        off = augment.uniform(2 * len(picks), -0.03, 0.03, generator).view(-1, 2)
        framing = replace(framing, centre=framing.centre + off * framing.side[:, None])
        batch = crop_batch(data, picks, framing, recipe.eval_size)
        device = next(network.parameters()).device
        found.append(network(scale(batch.crops).to(device)).points.float().cpu())
        truth.append(batch.points)
    size = recipe.eval_size
    network.mend.copy_(torch.from_numpy(fit_mend(size * torch.cat(found).numpy(), size * torch.cat(truth).numpy())))


def job(packs: Packs, recipe: FaceParserRecipe) -> Job[Batch]:
    """The head parser, from ImageNet weights; the best weights are those best at hair and landmarks on val."""
    network, train = HeadParser(), packs.train
    load_imagenet(network.encoder)
    if recipe.composites:
        train = train.and_also(compose_portraits(train, read_donors(), recipe.composites, recipe.seed, recipe.workers))
    pose = fit_pose(packs.train.points.numpy(), packs.train.poses[:, :2].numpy())
    network.pose.copy_(torch.from_numpy(pose))
    return Job(
        network=network,
        batches=lambda start: batches(train, packs.backdrops, recipe, start),
        crops=lambda batch: batch.crops,
        loss=measure_loss,
        evaluate=lambda current: evaluate(current, packs.val, recipe.eval_size),
        best="both",
        after=lambda: correct(network, packs.train, recipe),
    )
