"""Which parts of a network are not worth bf16 on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Take numbers next to 0 for 0 meanwhile: subnormal activations make frozen networks many times slower on a CPU.

    The setting is the whole process's, so it is put back: others (hypothesis, numpy's own tests) rely on IEEE 754.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def spare_depthwise(network: nn.Module) -> None:
    """Run depthwise convolutions in float32, whatever autocast says, when they are on a CPU.

    Their bf16 gradients are 2 to 7 times slower there than the float32 ones (oneDNN as of torch 2.13), which was
    half of a whole training step of EfficientNet-Lite0. The network's weights and names stay as they are.
    """
    for part in network.modules():
        if isinstance(part, nn.Conv2d) and part.groups == part.in_channels > 1:
            part.forward = _InFloat32(part)  # type: ignore[method-assign, assignment]


class _InFloat32:
    """`part`'s own forward outside of autocast."""

    def __init__(self, part: nn.Conv2d) -> None:
        self.plain = part.forward

    def __call__(self, maps: Tensor) -> Tensor:
        if maps.device.type != "cpu":
            return self.plain(maps)
        with torch.autocast("cpu", enabled=False):
            return self.plain(maps.float())
