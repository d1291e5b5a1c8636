"""How fast one 1024-px portrait is shown with another cut or perm, step by step, beside the least that it takes.

The bound is one bicubic resampling of the hair (colour and matte) over the box that it may reach, and nothing else: no
face found, no person without hair, no shadow, no proof. The networks' weights are random where none ship: that changes
no timing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from cProfile import Profile
from pathlib import Path
from pstats import Stats
from time import process_time

import numpy as np
import torch
from PIL import Image
from rounds import interleave, peak_mb, report
from torch import nn
from torch.nn import functional as F  # noqa: N812

from genmark.config import load_styles
from genmark.grid import combine
from genmark.perceive.face import FaceParser
from genmark.previews import preview
from genmark.recipes import Style
from genmark.restyle.hair.finish import Finisher
from genmark.restyle.hair.finish_network import FinishNetwork
from genmark.restyle.hair.salon import Salon
from genmark.restyle.hair.stage import Stage, set_stage
from genmark.restyle.hair.under_network import Clearer, UnderNetwork
from genmark.tensors import pack_weights, shipped_weights
from genmark.types import Photo

SAMPLE = Path(__file__).resolve().parents[1] / "genmark" / "samples" / "chestnut-bob.jpg"
STEPS: Mapping[str, tuple[str, str]] = {
    "head, own hair, person without it (once a photo)": ("stage.py", "set_stage"),
    "the under network, of that": ("under_network.py", "mend"),
    "hair found and coloured": ("wardrobe.py", "find"),
    "moves: where each place's hair comes from": ("arrange.py", "arrange"),
    "hair resampled there": ("wear.py", "wear"),
    "focus": ("shape.py", "as_fine"),
    "composite with its shadow": ("shape.py", "lay"),
    "a fringe in front": ("shape.py", "add_front"),
    "finish": ("finish.py", "finish"),
    "dye on top": ("salon.py", "_dyed"),
    "pasted": ("canvas.py", "paste"),
    "proof": ("proofs.py", "prove"),
    "parsed anew and measured": ("previews.py", "_measure"),
}
"""Where each step is done: file and function."""


def main() -> None:
    image = Image.open(SAMPLE).convert("RGB")
    photo = Photo(np.asarray(image.resize((1024, 1024), Image.Resampling.LANCZOS)))
    known = load_styles()
    dyed = combine({"cut": known["bob-cut"], "perm": None, "dye": known["ash-brown"]})
    assert dyed is not None
    styles = {"cut": known["bob-cut"], "perm": known["s-curl-perm"], "cut with a dye": dyed}
    time(photo, styles, Salon(), "moves alone")
    with tempfile.TemporaryDirectory() as folder:
        nets = Salon(None, Clearer(weights("hair-under", UnderNetwork(), folder)), finisher(folder))
    time(photo, styles, nets, "under layer and finish by networks")


def finisher(folder: str) -> Finisher:
    """The finish, with the shipped weights where they are there."""
    return Finisher(weights("hair-finish", FinishNetwork(), folder))


def weights(name: str, network: nn.Module, folder: str) -> Path:
    """The file of the shipped weights, or one of random ones in `folder`."""
    shipped = shipped_weights(name)
    if shipped.is_file():
        return shipped
    torch.manual_seed(0)
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.normal_(part.weight, std=0.01)
    path = Path(folder) / f"{name}.safetensors"
    path.write_bytes(pack_weights(network.state_dict(), "Apache-2.0", {}))
    return path


def time(photo: Photo, styles: Mapping[str, Style], salon: Salon, title: str) -> None:
    """Whole previews, and what a further one of the same photo takes, beside the bound; then the steps of each."""
    parser = FaceParser()
    regions = parser(photo)
    bound = resampling(set_stage(photo, regions))

    def whole(style: Style) -> Callable[[], object]:
        return lambda: list(preview(photo, [style], parser=parser, restyler=salon))

    def further(style: Style) -> Callable[[], object]:
        return lambda: list(preview(photo, [style], restyler=salon, regions=regions))

    ways = {"bound: hair resampled once, bicubic": bound, "the picture copied": photo.pixels.copy}
    ways |= {f"{name}: whole preview, parse to measured result": whole(style) for name, style in styles.items()}
    ways |= {f"{name}: one more of the same photo, not measured": further(style) for name, style in styles.items()}
    report(f"cuts and perms of a 1024-px portrait, {title}", interleave(ways, 9), next(iter(ways)))
    for name, style in styles.items():
        print(f"  {name}, its steps, in milliseconds of the cores and shares of the whole")
        for step, took, share in steps(whole(style)):
            print(f"    {step:<56} {took:8.1f} {share:6.0%}")
    print(f"  peak {peak_mb():.0f} MB\n", flush=True)


def resampling(stage: Stage) -> Callable[[], object]:
    """One bicubic resampling of four planes over the box that new hair may reach."""
    rows, columns = stage.box
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    planes = torch.rand(1, 4, high, wide)
    y, x = torch.meshgrid(torch.linspace(-1, 1, high), torch.linspace(-1, 1, wide), indexing="ij")
    places = torch.stack([x + 0.01 * torch.sin(20 * y), y], dim=-1)[None]
    return lambda: F.grid_sample(planes, places, mode="bicubic", align_corners=False)


def steps(run: Callable[[], object], rounds: int = 5) -> Iterator[tuple[str, float, float]]:
    """Each step that `run` takes, with the least milliseconds of several runs and its share of the whole."""
    least: dict[str, float] = {}
    total = float("inf")
    for _ in range(rounds):
        with profiled() as profile:
            began = process_time()
            run()
            total = min(total, 1000 * (process_time() - began))
        for name, took in times_of(profile).items():
            least[name] = min(took, least.get(name, took))
    for name, took in least.items():
        yield name, took, took / total


@contextmanager
def profiled() -> Iterator[Profile]:
    """Time of the cores, by function."""
    profile = Profile(process_time)
    profile.enable()
    try:
        yield profile
    finally:
        profile.disable()


def times_of(profile: Profile) -> dict[str, float]:
    """Milliseconds of each of `STEPS` that was taken."""
    found = {(Path(file).name, name): row[3] for (file, _, name), row in Stats(profile).stats.items()}  # type: ignore[attr-defined]
    return {step: 1000 * found[key] for step, key in STEPS.items() if key in found}


if __name__ == "__main__":
    main()
