"""The only door to transformers: a network and its processor, from a folder or a hub, checked before they are used.

Everything is loaded from a folder of this machine: nothing is asked of the network once a model is here, no code of a
model's makers is run, safetensors come first and pickles are read as tensors only. Published weights were never run by
genmark's own tests, which use tiny random networks of the same classes.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor

from genmark.errors import ModelMissing, UsageError, nearest
from genmark.files import printable
from genmark.hubs import find_folder
from genmark.licences import admit_licence
from genmark.perceive.presets import Preset, variants
from genmark.tensors import mend_torchvision
from genmark.types import Photo, Weights

Precision = Literal["fp32", "fp16", "bf16"]

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
_SETTINGS = ("*.json", "*.txt", "*.model")
_SAFE, _PICKLED = ("*.safetensors",), ("pytorch_model*.bin",)
_DAMAGE = (SafetensorError, pickle.UnpicklingError, OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError)
"""What transformers and the readers below it raise for files that are missing, cut off, or something else."""


@dataclass(frozen=True)
class Family:
    """Networks that are used alike.

    name       what they are asked for by: "blip"
    network    the class of transformers; processor: likewise
    kinds      what `model_type` in their config.json may be
    """

    name: str
    network: str
    processor: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a network lies: its `title` (never a path), `folder`, `licence`, and its `preset` where it has one."""

    title: str
    folder: Path
    licence: str
    preset: Preset | None = None

    @property
    def key(self) -> str:
        """Text that changes whenever the weights may have: names, sizes and times of their files."""
        files = [path for pattern in (*_SAFE, *_PICKLED) for path in sorted(self.folder.glob(pattern))]
        stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        return f"{self.title} {self.preset.revision if self.preset else ''} {stats}"


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A network in eval mode, without gradients, and what prepares pictures and text for it."""

    place: Place
    network: Any
    processor: Any

    @property
    def device(self) -> torch.device:
        device: torch.device = next(self.network.parameters()).device
        return device

    def pictures(self, photos: Sequence[Photo]) -> Tensor:
        """Photos as the network wants them: (N, 3, height, width), scaled with Pillow, of its dtype and device."""
        images = [Image.fromarray(photo.pixels) for photo in photos]
        # said, because from the shape alone a photo three pixels high could be taken for one with channels first
        batch = self.processor.image_processor(images, return_tensors="pt", input_data_format="channels_last")
        return batch["pixel_values"].to(self.device, next(self.network.parameters()).dtype)  # type: ignore[no-any-return]

    def weights(self) -> tuple[Weights, ...]:
        """Which files it was loaded from; reads them once more for their SHA-256."""
        return (Weights(self.place.title, _digest(self.place.folder), self.place.licence),)


def open_pretrained(
    family: Family,
    which: str = "base",
    precision: Precision = "fp32",
    device: str | None = None,
    allowed: Collection[str] = (),
) -> Pretrained:
    """Load a network of a family, ready to look.

    which      a preset's variant ("base", "large"), a folder that `save_pretrained` wrote, or "owner/name" on the hub
    precision  "fp16" and "bf16" take half the memory; a CPU is seldom faster with them
    device     "cpu", "cuda" …; by default a GPU where there is one
    allowed    licences, by name, that are good enough here although they forbid commercial use

    Raises UsageError for a name, a precision or a device that does not exist, a folder that holds something else or is
    damaged, a licence that forbids business; ModelMissing, within a second, where the network is not to be had.
    """
    if precision not in _DTYPES:
        raise UsageError(f"no precision {precision!r}{nearest(precision, _DTYPES)}")
    place = find_place(family, which, allowed)
    _check_kind(family, place.folder)
    transformers = _import_transformers()
    with _quiet(transformers):
        network = _load_network(getattr(transformers, family.network), family, place.folder, _DTYPES[precision])
        processor = _load_processor(getattr(transformers, family.processor), place.folder)
    network.eval().requires_grad_(False)
    return Pretrained(place, network.to(_device(device)), processor)


def find_place(family: Family, which: str, allowed: Collection[str] = ()) -> Place:
    """Where the network lies that `which` names; fetches it where it is on a hub alone, and its licence allows that.

    What is asked for by folder or by owner/name is its user's own choice, under a licence that is not known here.
    Raises as `open_pretrained` does.
    """
    known = variants(family.name)
    preset = known.get(which)
    if preset is not None:
        admit_licence(preset.hub, preset.licence, allowed)
        weights = (*_SAFE, *_PICKLED) if preset.pickled else _SAFE
        folder = find_folder(preset.hub, preset.revision, (*_SETTINGS, *weights), weights)
        return Place(preset.hub, folder, preset.licence, preset)
    if Path(which).is_dir():
        return Place(printable(Path(which).resolve().name), Path(which), "unknown")
    if re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", which):
        return Place(which, find_folder(which, None, (*_SETTINGS, *_SAFE), _SAFE), "unknown")
    if "/" in which or "\\" in which:
        raise ModelMissing(f"there is no folder {printable(Path(which).name)!r} with a model; name one that exists")
    raise UsageError(
        f"no {family.name} is called {printable(which)!r}{nearest(which, known)}; or give a folder with a model, or "
        "owner/name of a hub"
    )


def _check_kind(family: Family, folder: Path) -> None:
    """Raise UsageError where a folder's config.json is not one of the family's: transformers would only warn."""
    name = printable(folder.resolve().name)
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind, classes = settings.get("model_type"), settings.get("architectures") or [family.network]
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"the folder {name} has no config.json that can be read, so it holds no model") from error
    if kind not in family.kinds:
        wanted = " or ".join(family.kinds)
        raise UsageError(f"the folder {name} holds a model of the kind {kind!r}, and {family.name} needs {wanted}")
    if family.network not in classes:
        raise UsageError(f"the folder {name} holds a {classes[0]}, and {family.name} needs a {family.network}")


def _import_transformers() -> Any:
    mend_torchvision()
    try:
        return import_module("transformers")
    except ImportError as error:
        raise UsageError("this needs the package 'transformers': pip install 'genmark[hub]'") from error


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """No progress bars and no advice from transformers meanwhile: what matters is raised as an error."""
    voice = transformers.utils.logging
    loudness, bars = voice.get_verbosity(), voice.is_progress_bar_enabled()
    voice.set_verbosity_error()
    voice.disable_progress_bar()
    try:
        yield
    finally:
        voice.set_verbosity(loudness)
        if bars:
            voice.enable_progress_bar()


def _load_network(network: Any, family: Family, folder: Path, dtype: torch.dtype) -> Any:
    name = printable(folder.resolve().name)
    options = {"local_files_only": True, "weights_only": True, "trust_remote_code": False}
    try:
        loaded, told = network.from_pretrained(folder, dtype=dtype, output_loading_info=True, **options)
    except _DAMAGE as error:
        why = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise UsageError(f"the model in {name} cannot be loaded ({why}); fetch or save it again") from error
    missing = sorted(told["missing_keys"])
    if missing:  # transformers would fill them with noise and go on
        raise UsageError(
            f"the model in {name} is no {family.network}: {len(missing)} of its tensors are not there, such as "
            f"{missing[0]}"
        )
    return loaded


def _load_processor(processor: Any, folder: Path) -> Any:
    try:
        return processor.from_pretrained(folder, local_files_only=True, trust_remote_code=False, backend="pil")
    except (*_DAMAGE, AttributeError, ImportError) as error:
        why = printable((str(error).splitlines() or [type(error).__name__])[0])
        raise UsageError(
            f"the folder {printable(folder.resolve().name)} has no {processor.__name__} that can be read ({why}); "
            "save the processor beside the model: processor.save_pretrained(folder)"
        ) from error


def _device(asked: str | None) -> torch.device:
    try:
        device = torch.device(asked or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA asserts
        raise UsageError(f"this machine has no device {asked!r}; leave it out, or use 'cpu'") from error
    return device


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    patterns = _SAFE if any(folder.glob(_SAFE[0])) else _PICKLED
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
