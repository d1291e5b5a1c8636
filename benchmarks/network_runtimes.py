"""Which way of running the small networks is fastest on a CPU: eager fp32 or bf16, TorchScript, compiled, ONNX Runtime.

Weights are random: they change no timing. `--isa AVX2` (or AVX512_CORE) holds oneDNN back to an older processor's
instructions, which shows what bf16 costs where it must be imitated. Ways whose package is absent are left out; so is
`torch.compile` without a C++ compiler.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable
from copy import deepcopy
from importlib.util import find_spec
from typing import Any

Way = Callable[[], Any]


def networks() -> dict[str, tuple[Any, Any]]:
    """Each network with what it reads for a 1024-px portrait whose face is 494 px high."""
    import torch

    from genmark.perceive.face import CROP
    from genmark.perceive.networks import HeadParser
    from genmark.restyle.hair.finish_network import INPUTS, FinishNetwork
    from genmark.restyle.hair.under_network import UnderNetwork
    from genmark.restyle.hair.under_view import PLANES, SIDE
    from genmark.tensors import channels_last

    torch.manual_seed(0)
    made: dict[str, tuple[Any, Any]] = {
        "finish": (FinishNetwork(), torch.rand(1, INPUTS, 560, 592)),
        "under": (UnderNetwork(), torch.rand(1, PLANES, SIDE, SIDE)),
        "parser": (HeadParser(), torch.rand(1, 3, CROP, CROP)),
    }
    for network, _ in made.values():
        for part in network.modules():
            if isinstance(part, torch.nn.Conv2d):
                torch.nn.init.normal_(part.weight, std=0.02)
        channels_last(network.eval().requires_grad_(False))
    return {
        name: (network, planes.contiguous(memory_format=torch.channels_last))
        for name, (network, planes) in made.items()
    }


def eager(network: Any, planes: Any) -> dict[str, Way]:
    """Plain torch: what the package does, and its neighbours."""
    import torch

    cast, halved = deepcopy(network).to(torch.bfloat16), planes.to(torch.bfloat16)
    plain, first = (part.to(memory_format=torch.contiguous_format) for part in (deepcopy(network), planes))

    def autocast() -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return network(planes)

    return {
        "eager fp32, channels last": lambda: network(planes),
        "eager fp32, channels first": lambda: plain(first),
        "eager bf16, autocast": autocast,
        "eager bf16, weights cast once": lambda: cast(halved),
    }


def scripted(network: Any, planes: Any) -> dict[str, Way]:
    """Traced, frozen, fused by oneDNN."""
    import torch

    traced = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, planes)))
    for _ in range(3):
        traced(planes)
    return {"torch.jit, frozen, optimised": lambda: traced(planes)}


def compiled(network: Any, planes: Any) -> dict[str, Way]:
    """Compiled by Inductor, in both precisions."""
    import torch

    made = torch.compile(network)

    def autocast() -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return made(planes)

    return {"torch.compile fp32": lambda: made(planes), "torch.compile bf16, autocast": autocast}


def exported(network: Any, planes: Any) -> dict[str, Way]:
    """ONNX Runtime on the exported graph, from and to numpy."""
    import onnxruntime
    import torch

    file = io.BytesIO()
    torch.onnx.export(network, (planes.contiguous(),), file, input_names=["x"], opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    given = planes.contiguous().numpy()
    return {"ONNX Runtime fp32": lambda: session.run(None, {"x": given})}


def ways_of(network: Any, planes: Any) -> dict[str, Way]:
    """All that can be run here, each under inference mode."""
    import torch

    found = eager(network, planes) | scripted(network, planes)
    if shutil.which("g++") or shutil.which("clang++"):
        found |= compiled(network, planes)
    if find_spec("onnxruntime") and find_spec("onnx"):
        found |= exported(network, planes)

    def held(way: Way) -> Way:
        def run() -> Any:
            with torch.inference_mode():
                return way()

        return run

    return {name: held(way) for name, way in found.items()}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--isa", help="hold oneDNN back: AVX2, AVX512_CORE, …")
    asked.add_argument("--only", nargs="*", help="networks to time")
    asked.add_argument("--rounds", type=int, default=7)
    given = asked.parse_args()
    if given.isa:  # read once, when torch is imported
        os.environ["ONEDNN_MAX_CPU_ISA"] = given.isa

    from rounds import interleave, report

    for name, (network, planes) in networks().items():
        if not given.only or name in given.only:
            ways = ways_of(network, planes)
            title = f"{name}, {' x '.join(map(str, planes.shape))}, oneDNN held to {given.isa or 'nothing'}"
            report(title, interleave(ways, given.rounds), "eager fp32, channels last")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
