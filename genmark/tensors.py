"""The only door between pictures and torch: devices, weights in and out, Photo <-> tensor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from genmark.errors import ModelMissing
from genmark.types import Floats, Photo, Weights

Network = TypeVar("Network", bound=nn.Module)

# timm's ImageNet statistics for tf_efficientnet_lite0: (x - 0.5) / 0.5
MEAN = 0.5
STD = 0.5


def import_timm() -> Any:
    """timm, also where torchvision's compiled operators cannot load; see `mend_torchvision`."""
    mend_torchvision()
    return import_module("timm")


def mend_torchvision() -> None:
    """Import torchvision, also where its compiled operators cannot load.

    A torchvision built for CUDA, which is what package indexes serve, stops at import beside a CPU-only torch because
    its operators are unknown. genmark uses none of them; declaring their names is all that the import needs.
    """
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            schema = f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            library.define(schema)  # type: ignore[no-untyped-call]
        mend_torchvision.declared = library  # type: ignore[attr-defined]  # names live as long as the library object
        import_module("torchvision")


def channels_last(network: Network) -> Network:
    """The same network with its convolutions laid out the way that CPUs and tensor cores run them faster."""
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def to_tensor(pixels: np.ndarray[Any, np.dtype[np.uint8]], device: torch.device | str = "cpu") -> Tensor:
    """uint8 (H, W, 3) -> float32 (1, 3, H, W), scaled to [-1, 1] as the encoder was trained."""
    # torch.tensor copies: pixels are read-only, and torch.from_numpy would warn of that
    batch = torch.tensor(pixels, device=device).permute(2, 0, 1)[None]
    return scale(batch.float().div_(255.0))


def scale(pictures: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] -> [-1, 1], laid out channels last, which CPU convolutions run faster on."""
    return ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def to_photo(batch: Tensor, name: str) -> Photo:
    """float (1, 3, H, W) in [-1, 1] -> Photo; values outside are clipped, then rounded."""
    pixels = batch[0].float().mul(STD).add(MEAN).clamp(0, 1).mul(255).round().byte()
    return Photo(pixels.permute(1, 2, 0).cpu().numpy(), name)


def to_floats(plane: Tensor) -> Floats:
    """float (H, W) tensor on any device -> float32 array."""
    array: Floats = plane.detach().float().cpu().numpy()
    return array


def quick_precision() -> torch.autocast:
    """bf16 where this processor multiplies it (AVX-512 BF16, AMX), else float32.

    Elsewhere bf16 is imitated: with oneDNN held to older instructions the networks here took 2 to 12 times as long.
    """
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public name for them
    quick = any(getattr(torch.cpu, name, lambda: False)() for name in asked)
    return torch.autocast("cpu", torch.bfloat16, enabled=quick)


def shipped_weights(name: str) -> Path:
    """The file of the weights called `name` that travel inside the package."""
    return Path(str(files("genmark") / "weights" / f"{name}.safetensors"))


def read_record(path: Path) -> Weights:
    """The name, hash, licence and training record of a weights file, without loading its tensors."""
    if not path.is_file():
        raise ModelMissing(f"the weights {path.name} are not here; reinstall genmark, or name a file that exists")
    with safe_open(str(path), framework="pt") as file:
        metadata = file.metadata() or {}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Weights(path.stem, digest, metadata.get("licence", "unknown"), json.loads(metadata.get("record", "{}")))


def load_weights(network: nn.Module, path: Path) -> Weights:
    """Fill `network` in place from a safetensors file (fp16 is widened), put it in eval mode; return its record.

    Raises ModelMissing where the file is absent.
    """
    record = read_record(path)
    with safe_open(str(path), framework="pt") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  safe_open is no mapping
    network.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in state.items()})
    network.eval().requires_grad_(False)
    return record


def pack_weights(state: Mapping[str, Tensor], licence: str, record: Mapping[str, Any]) -> bytes:
    """The bytes of a safetensors file: floats as fp16, batch counters dropped, the training record as metadata."""
    halves = {
        name: (t.half() if t.is_floating_point() else t).contiguous().cpu()
        for name, t in state.items()
        if not name.endswith("num_batches_tracked")
    }
    return save(halves, metadata={"licence": licence, "record": json.dumps(record, sort_keys=True)})
