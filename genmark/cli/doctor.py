"""`genmark doctor`: whether this machine has what genmark needs."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import threading
import urllib.request
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import distributions, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from genmark import __version__
from genmark.cli.group import NO_MODEL
from genmark.errors import GenmarkError
from genmark.registry import KINDS, load, names

PACKAGES = ("torch", "torchvision", "timm", "safetensors", "numpy", "pillow", "pydantic", "jinja2", "click")
EXTRAS = ("accelerate", "pillow-heif", "c2pa-python", "onnxruntime", "diffusers", "transformers", "gradio")
HUB = "https://huggingface.co"
PATIENCE = 0.9
"""Seconds that the hub has to answer: a doctor who waits is no help."""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show versions, devices, weights, backends and whether the model hub answers; say what is wrong.

    Exits with 4 where an embedded backend cannot be made, with 0 otherwise: extras and the hub are optional.
    """
    found = examine()
    found["problems"] = list(find_problems(found))
    if as_json:
        click.echo(json.dumps(found))
    else:
        for line in describe(found):
            click.echo(line)
    broken = any(state != "ready" for state in found["backends"].values())
    ctx.exit(NO_MODEL if broken else 0)


def examine() -> dict[str, Any]:
    """Everything that doctor looks at."""
    installed = {dist.metadata["Name"].lower().replace("_", "-") for dist in distributions() if dist.metadata["Name"]}
    home = Path(str(files("genmark")))
    return {
        "genmark": __version__,
        "folder": str(home),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "packages": {name: version(name) if name in installed else None for name in (*PACKAGES, *EXTRAS)},
        "opencv": sorted(name for name in installed if name.startswith("opencv-")),
        "devices": find_devices(),
        "weights": [weigh(path) for path in sorted((home / "weights").glob("*.safetensors"))],
        "fonts": sorted(path.name for path in (home / "gallery" / "fonts").glob("*.woff*")),
        "samples": sorted(path.name for path in (home / "samples").glob("*.jpg")),
        "backends": {f"{kind[:-1]} embedded": try_backend(kind) for kind in KINDS if "embedded" in names(kind)},
        "hub": {"address": os.environ.get("HF_ENDPOINT", HUB), "reachable": ask_hub()},
    }


def find_devices() -> list[str]:
    """What torch can compute on, the best first; a torch that cannot be imported is said so."""
    try:
        torch = import_module("torch")
    except (ImportError, OSError, RuntimeError) as error:
        return [f"none: torch cannot be imported ({error})"]
    cuda = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, f"cpu, {torch.get_num_threads()} threads"]


def weigh(path: Path) -> dict[str, Any]:
    """Name, size in bytes and SHA-256 of one weights file."""
    content = path.read_bytes()
    return {"name": path.stem, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def try_backend(kind: Any) -> str:
    """ "ready", or why the embedded backend of a kind cannot be made."""
    try:
        load(kind, "embedded")
    except GenmarkError as error:
        return str(error)
    return "ready"


def ask_hub(patience: float = PATIENCE) -> bool | None:
    """Whether the model hub answers well within `patience` seconds; None where it must not be asked."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return None
    address = os.environ.get("HF_ENDPOINT", HUB)
    answers: list[bool] = []
    # on a thread, because looking up a name ignores time-outs
    asker = threading.Thread(target=lambda: answers.append(_answers(address, patience)), daemon=True)
    asker.start()
    asker.join(patience)
    return bool(answers and answers[0])


def _answers(address: str, patience: float) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=patience):
            return True
    except (OSError, ValueError):  # an answer of 400 and more, a filter's or a broken mirror's, is an OSError too
        return False


def find_problems(found: dict[str, Any]) -> Iterable[str]:
    """What a person should mend, one sentence each."""
    checks: list[tuple[bool, Callable[[], str]]] = [
        (len(found["opencv"]) > 1, lambda: f"{' and '.join(found['opencv'])} overwrite each other; keep one of them"),
        (not found["weights"], lambda: "no weights travel in this installation; install genmark again"),
        (not found["fonts"], lambda: "the proof card's fonts are missing; install genmark again"),
    ]
    yield from (say() for wrong, say in checks if wrong)
    yield from (f"{name} is not installed" for name in PACKAGES if found["packages"][name] is None)
    yield from (f"{name}: {state}" for name, state in found["backends"].items() if state != "ready")


def describe(found: dict[str, Any]) -> Iterable[str]:
    """The findings as lines for people."""
    yield f"genmark {found['genmark']} in {found['folder']}"
    yield f"python  {found['python']} on {found['machine']}"
    for name, number in found["packages"].items():
        yield f"  {name:<14} {number or '-'}"
    yield f"devices {'; '.join(found['devices'])}"
    for weights in found["weights"]:
        yield f"weights {weights['name']} {weights['bytes'] / 1e6:.1f} MB sha256 {weights['sha256'][:16]}"
    for name, state in found["backends"].items():
        yield f"backend {name}: {state}"
    hub = {True: "answers", False: "does not answer (not needed for embedded backends)", None: "not asked (offline)"}
    yield f"hub     {found['hub']['address']} {hub[found['hub']['reachable']]}"
    yield from (f"PROBLEM {problem}" for problem in found["problems"])
    if not found["problems"]:
        yield "all is well"
