"""Heads drawn to order, with every landmark where it belongs: what measures must say of them is known."""

from __future__ import annotations

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.perceive import landmarks as marks
from genmark.perceive.networks import PALETTE
from genmark.types import Box, Face, Matte, Photo, Pose, Regions


def points(unit: float, eyes: tuple[float, float]) -> np.ndarray:
    """Landmarks (COUNT, 2) of an upright face `unit` pixels high whose eye line's middle is at `eyes`."""
    found = np.zeros((marks.COUNT, 2), np.float32)
    loop = np.arange(len(marks.OVAL_LOOP)) / len(marks.OVAL_LOOP) * 2 * np.pi
    found[marks.places(*marks.OVAL_LOOP)] = np.stack([0.37 * np.sin(loop), 0.08 - 0.5 * np.cos(loop)], axis=1)
    for side, eye, brow in ((-1, marks.EYE_RIGHT, marks.BROW_RIGHT), (1, marks.EYE_LEFT, marks.BROW_LEFT)):
        turn = np.arange(len(eye)) / len(eye) * 2 * np.pi
        found[marks.places(*eye)] = np.stack([side * 0.17 + 0.07 * np.cos(turn), 0.03 * np.sin(turn)], axis=1)
        across = np.linspace(0.28, 0.07, 5)
        for rows, y in ((brow[:5], -0.10), (brow[5:], -0.13)):
            found[marks.places(*rows)] = np.stack([side * across, np.full(5, y)], axis=1)
    found[marks.places(*marks.NOSE_MIDDLE)] = np.stack([np.zeros(8), np.linspace(0, 0.28, 8)], axis=1)
    for side, nose, mouth, cheek in (
        (-1, marks.NOSE_RIGHT, marks.MOUTH_RIGHT, marks.CHEEK_RIGHT),
        (1, marks.NOSE_LEFT, marks.MOUTH_LEFT, marks.CHEEK_LEFT),
    ):
        found[marks.places(*nose)] = np.array([[side * 0.06, 0.24]])
        turn = np.linspace(0, np.pi, 10)
        found[marks.places(*mouth)] = np.stack(
            [side * 0.12 * np.sin(turn / 2 + 0.4), 0.38 - 0.03 * np.cos(turn)], axis=1
        )
        found[marks.places(*cheek)] = np.array([[side * 0.2, 0.15], [side * 0.2, 0.28]])
    found[marks.places(*marks.MOUTH_MIDDLE)] = np.array([[0, 0.41], [0, 0.42], [0, 0.37], [0, 0.38]])
    found[marks.places(*marks.FOREHEAD)] = np.array([[0, -0.25], [0, -0.1], [0, -0.07]])
    return found * unit + np.array(eyes, np.float32)


def head(
    fall: float = -0.5,
    swing: float = 0.0,
    pitch: float = 0.3,
    cover: tuple[float, float, float] = (-0.38, -0.38, -0.38),
    unit: float = 150,
    light: float = 30.0,
    seed: int = 0,
) -> tuple[Photo, Regions]:
    """A face on a grey wall, and hair that ends `fall` face heights below the chin (head coordinates: 0.58).

    swing, pitch   strands are sines of this amplitude and period, face heights
    cover          y down to which hair covers the forehead's left, middle and right, head coordinates
    """
    high, wide = round(3.6 * unit), round(2.8 * unit)
    eyes = (1.4 * unit, 1.2 * unit)
    x, y = (np.stack(np.meshgrid(np.arange(wide), np.arange(high)), -1) - eyes).transpose(2, 0, 1) / unit
    face = (x / 0.37) ** 2 + ((y - 0.08) / 0.5) ** 2 < 1
    edge = np.interp(x, [-0.25, -0.1, 0.1, 0.25], [cover[0], cover[1], cover[1], cover[2]])
    hair = (x / 0.55) ** 2 + ((y + 0.02) / 0.68) ** 2 < 1
    hair |= (np.abs(x) < 0.55) & (y > 0)
    hair &= (y < 0.58 + fall) & ~(face & (y > edge))
    across = x - swing * np.sin(2 * np.pi * y / pitch)
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
    strands = sum(np.sin(2 * np.pi * across / p + phase[k]) for k, p in enumerate((0.05, 0.083, 0.13)))
    alpha = np.clip(gaussian_blur(hair.astype(np.float32), 1.0), 0, 1)
    ground = np.where(face, 170.0, 120.0)
    grey = alpha * (light + 8 * strands) + (1 - alpha) * ground
    index = np.where(alpha > 0.5, PALETTE.index("hair"), np.where(face, PALETTE.index("skin"), 0)).astype(np.uint8)
    found = points(unit, eyes)
    index[(((x - 0.17) / 0.07) ** 2 + (y / 0.03) ** 2 < 1) | (((x + 0.17) / 0.07) ** 2 + (y / 0.03) ** 2 < 1)] = 5
    index[(x / 0.12) ** 2 + ((y - 0.39) / 0.04) ** 2 < 1] = 6
    pose = Pose(0.0, 0.0, 0.0)
    box = Box(*found.min(axis=0).tolist(), *found.max(axis=0).tolist())
    regions = Regions(index, PALETTE, {"hair": Matte(alpha)}, "portrait", 1.0, Face(box, found, pose, 1.0))
    pixels = np.repeat(np.rint(np.clip(grey, 0, 255)).astype(np.uint8)[..., None], 3, axis=2)
    return Photo(pixels, "drawn"), regions
