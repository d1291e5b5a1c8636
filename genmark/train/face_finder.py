"""Train the face finder on crowds that never met: portraits set into rooms and among clothes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.perceive import landmarks
from genmark.perceive.finder import decode, overlap
from genmark.perceive.networks import FaceFinder
from genmark.tensors import scale
from genmark.train import augment
from genmark.train.checkpoint import load_imagenet
from genmark.train.loop import Job, Recipe
from genmark.train.packs import Packs
from genmark.train.portraits import Portraits


class FaceFinderRecipe(Recipe):
    """Settings of one run; the shipped ones are in `configs/train/face_finder.toml`."""

    batch: int = 12
    steps: int = 600
    evaluate_every: int = 50
    size: int = 224  # side of the scenes
    crowd: int = 2  # people in a scene at most
    height: tuple[float, float] = (11.0, 110.0)  # face height in pixels of the scene, spread evenly over its logarithm
    alone: float = 0.35  # share of scenes that are one untouched portrait, seen from any distance


class Scenes(NamedTuple):
    """Pictures in [0, 1] (N, 3, S, S) and the faces in them: boxes (N, P, 4) left, top, right, bottom in pixels, and
    which of them are there to be found (N, P) bool."""

    crops: Tensor
    boxes: Tensor
    there: Tensor


def face_boxes(points: Tensor, size: int) -> Tensor:
    """Boxes (N, 4) in pixels around landmarks (N, COUNT, 2) given as shares of a picture of side `size`."""
    return torch.cat((points.amin(1), points.amax(1)), 1) * size


def stand_somewhere(
    data: Portraits, picks: Tensor, recipe: FaceFinderRecipe, generator: torch.Generator
) -> augment.Framing:
    """One framing per picked portrait that puts its face at a random place, height, tilt and side of the scene."""
    n, size = len(picks), recipe.size
    points = data.points[picks]
    top, chin = points[:, landmarks.places(10)[0]], points[:, landmarks.places(152)[0]]
    height = (chin - top).norm(dim=1)
    low, high = (math.log(h) for h in recipe.height)
    wanted = augment.uniform(n, low, high, generator).exp()
    side = height * size / wanted
    turn, flip = augment.tilts(n, 16.0, generator), augment.mirrors(n, generator)
    place = torch.stack([augment.uniform(n, -0.42, 0.42, generator) for _ in range(2)], 1)
    plain = augment.Framing(torch.zeros(n, 2), side, turn, flip)
    moved = torch.einsum("nij,nj->ni", plain.matrix(), 2 * place)
    return augment.Framing((top + chin) / 2 - moved, side, turn, flip)


def cut_person(data: Portraits, picks: Tensor, framing: augment.Framing, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """A person (N, 3, S, S), their alpha (N, 1, S, S), and their face's box (N, 4)."""
    picture = augment.cut(data.pictures[picks].float() / 255, framing, size)
    person = torch.maximum((data.index[picks] > 0).float(), data.mattes[picks].float() / 255)[:, None]
    alpha = augment.cut(person * data.inside(picks), framing, size)
    return picture, alpha, face_boxes(augment.move_points(data.points[picks], framing), size)


def compose(data: Portraits, backdrops: Tensor, recipe: FaceFinderRecipe, generator: torch.Generator) -> Scenes:
    """Draw one batch of scenes. The larger a face, the nearer it stands; one more than half hidden is not asked for."""
    n, size = recipe.batch, recipe.size
    places = torch.randint(len(backdrops), (n,), generator=generator)
    scene = F.interpolate(backdrops[places].float() / 255, size=(size, size), mode="bilinear", align_corners=False)
    scene = augment.relight(scene, generator)
    count = torch.randint(0, recipe.crowd + 1, (n,), generator=generator)
    picks = [torch.randint(len(data), (n,), generator=generator) for _ in range(recipe.crowd)]
    framings = [stand_somewhere(data, pick, recipe, generator) for pick in picks]
    people = [cut_person(data, pick, framing, size) for pick, framing in zip(picks, framings, strict=True)]
    boxes = torch.stack([box for _, _, box in people], 1)
    there = torch.arange(recipe.crowd) < count[:, None]
    far_first = (boxes[..., 3] - boxes[..., 1]).argsort(1)
    rows = torch.arange(n)
    for rank in range(recipe.crowd):
        who = far_first[:, rank]
        layer = torch.stack([people[k][0][i] for i, k in enumerate(who.tolist())])
        alpha = torch.stack([people[k][1][i] for i, k in enumerate(who.tolist())]) * there[rows, who].view(-1, 1, 1, 1)
        light = augment.uniform(n, 0.6, 1.3, generator).view(-1, 1, 1, 1)
        scene = scene * (1 - alpha) + (layer * light).clamp(0, 1) * alpha
    hidden = _hidden_by_nearer(boxes, people, there, far_first)
    scenes = Scenes(scene, boxes, there & (hidden < 0.5) & _mostly_inside(boxes, size))
    scenes = _let_some_be_alone(scenes, data, recipe, generator)
    crops = augment.degrade(augment.relight(scenes.crops, generator), generator)
    return scenes._replace(crops=crops)


def _hidden_by_nearer(
    boxes: Tensor, people: list[tuple[Tensor, Tensor, Tensor]], there: Tensor, far_first: Tensor
) -> Tensor:
    """Share (N, P) of each face's box that people drawn later cover."""
    hidden = torch.zeros(boxes.shape[:2])
    rank = far_first.argsort(1)
    for i in range(len(boxes)):
        for a in range(boxes.shape[1]):
            left, top, right, bottom = (int(v) for v in boxes[i, a].clamp(0, people[0][0].shape[-1]).tolist())
            if right <= left or bottom <= top:
                hidden[i, a] = 1
                continue
            over = [
                people[b][1][i, 0, top:bottom, left:right]
                for b in range(boxes.shape[1])
                if there[i, b] and rank[i, b] > rank[i, a]
            ]
            if over:
                hidden[i, a] = torch.stack(over).amax(0).mean()
    return hidden


def _mostly_inside(boxes: Tensor, size: int) -> Tensor:
    whole = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    seen = (boxes.clamp(0, size)[..., 2:] - boxes.clamp(0, size)[..., :2]).prod(-1)
    return seen > 0.7 * whole


def _let_some_be_alone(scenes: Scenes, data: Portraits, recipe: FaceFinderRecipe, generator: torch.Generator) -> Scenes:
    """Replace a share of the scenes by one whole portrait each, grey around it, its face from small to filling."""
    n, size = recipe.batch, recipe.size
    picks = torch.randint(len(data), (n,), generator=generator)
    tall = FaceFinderRecipe(size=size, height=(recipe.height[0] * 2, size * 0.9))
    framing = stand_somewhere(data, picks, tall, generator)
    picture = augment.cut(data.pictures[picks].float() / 255, framing, size)
    inside = augment.cut(data.inside(picks).float(), framing, size)
    boxes = face_boxes(augment.move_points(data.points[picks], framing), size)
    alone = torch.rand(n, generator=generator) < recipe.alone
    crops = torch.where(alone.view(-1, 1, 1, 1), picture + 0.5 * (1 - inside), scenes.crops)
    there = torch.where(alone[:, None], torch.arange(recipe.crowd) < 1, scenes.there)
    all_boxes = torch.where(alone.view(-1, 1, 1), boxes[:, None].expand_as(scenes.boxes), scenes.boxes)
    return Scenes(crops, all_boxes, there & _mostly_inside(all_boxes, size))


def targets(scenes: Scenes) -> tuple[Tensor, Tensor, Tensor]:
    """Heat (N, H, W) in [0, 1], 1 at each face's centre; what the other four channels should say (N, 4, H, W); and
    where they count (N, H, W) bool."""
    n, cells = len(scenes.crops), scenes.crops.shape[-1] // FaceFinder.STRIDE
    device = scenes.crops.device
    grid = torch.arange(cells, device=device) + 0.5
    heat = torch.zeros(n, cells, cells, device=device)
    rest = torch.zeros(n, 4, cells, cells, device=device)
    counts = torch.zeros(n, cells, cells, dtype=torch.bool, device=device)
    for i, p in scenes.there.nonzero().tolist():
        left, top, right, bottom = (scenes.boxes[i, p] / FaceFinder.STRIDE).tolist()
        cx, cy, width, height = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
        column, row = (min(max(int(v), 0), cells - 1) for v in (cx, cy))
        spread = max(0.5, 0.11 * math.sqrt(width * height))
        bump = torch.exp(-((grid - grid[column]) ** 2)[None] / (2 * spread**2))
        bump = bump * torch.exp(-((grid - grid[row]) ** 2)[:, None] / (2 * spread**2))
        heat[i] = torch.maximum(heat[i], bump)
        size = [math.log(v * FaceFinder.STRIDE / FaceFinder.UNIT) for v in (width, height)]
        rest[i, :, row, column] = torch.tensor([cx - column, cy - row, *size], device=device)
        counts[i, row, column] = True
    return heat, rest, counts


def measure_loss(found: Tensor, scenes: Scenes) -> Tensor:
    """Penalty-reduced focal loss on centres, L1 on place and size (CenterNet, Zhou et al. 2019, eq. 1 to 4)."""
    heat, rest, counts = targets(scenes)
    p = found[:, 0].float().sigmoid().clamp(1e-4, 1 - 1e-4)
    hit = -((1 - p) ** 2) * p.log() * (heat == 1)
    miss = -((1 - heat) ** 4) * p**2 * (1 - p).log() * (heat < 1)
    faces = counts.sum().clamp_min(1)
    apart = (found[:, 1:].float() - rest).abs().sum(1) * counts
    return (hit.sum() + miss.sum() + apart.sum()) / faces


def batches(data: Portraits, backdrops: Tensor, recipe: FaceFinderRecipe, start: int) -> Iterator[tuple[int, Scenes]]:
    """Yield (step, scenes) from step `start`; each step has a generator of its own, so resuming repeats it."""
    for step in range(start, recipe.steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        yield step, compose(data, backdrops, recipe, generator)


@torch.inference_mode()
def evaluate(network: nn.Module, scenes: list[Scenes]) -> dict[str, float]:
    """Recall, precision and their harmonic mean `f1` at confidence 0.5 and overlap (IoU) 0.5, over fixed scenes."""
    hits = asked = answered = 0
    for batch in scenes:
        for k, found in enumerate(decode(network(scale(batch.crops)), 0.5)):
            truth = batch.boxes[k][batch.there[k]]
            matched = overlap(truth, found[:, :4]) > 0.5
            hits += int(matched.any(1).sum())
            asked += len(truth)
            answered += len(found)
    recall, precision = hits / max(1, asked), hits / max(1, answered)
    return {"recall": recall, "precision": precision, "f1": 2 * recall * precision / max(1e-9, recall + precision)}


def job(packs: Packs, recipe: FaceFinderRecipe) -> Job[Scenes]:
    """The face finder, from ImageNet weights; the best weights are those with the highest F1 on fixed scenes of people
    from the val split."""
    network = FaceFinder()
    load_imagenet(network.encoder)
    fixed = [compose(packs.val, packs.backdrops, recipe, torch.Generator().manual_seed(k)) for k in range(8)]
    return Job(
        network=network,
        batches=lambda start: batches(packs.train, packs.backdrops, recipe, start),
        crops=lambda batch: batch.crops,
        loss=measure_loss,
        evaluate=lambda current: evaluate(current, fixed),
        best="f1",
    )
