"""A backbone's reader run by ONNX Runtime instead of torch: an extra, and only where it gives the same answer."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from genmark.brand.backbones import Backbone
from genmark.brand.folding import APART, quick_reader
from genmark.errors import UsageError


def onnx_reader(backbone: Backbone) -> OnnxReader:
    """The folded reader as ONNX, one thread to a call; what `features.stream` takes with `runtime="onnx"`.

    Raises UsageError where the extra is not installed, where torch cannot write this network as ONNX, and where its
    answer to a picture is further than `APART` standard deviations from torch's.
    """
    try:
        runtime = import_module("onnxruntime")
        import_module("onnx")  # torch writes with it
    except ImportError as error:
        raise UsageError("ONNX Runtime is an extra: pip install 'genmark[onnx]', or score without it") from error
    picture = torch.randn(1, 3, backbone.size, backbone.size, generator=torch.Generator().manual_seed(1))
    reader = OnnxReader(runtime, _written(quick_reader(backbone), picture, backbone.name))
    with torch.inference_mode():
        wanted, found = backbone.reader(picture), reader(picture)
    apart = float((found - wanted).abs().max() / wanted.std())
    if not apart <= APART:
        raise UsageError(
            f"ONNX Runtime reads {backbone.name} otherwise than torch does ({apart:.1e}); score without it"
        )
    return reader


class OnnxReader:
    """Pictures float32 (N, 3, S, S) -> features float32 (N, dim), on the processor."""

    def __init__(self, runtime: Any, written: bytes) -> None:
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = runtime.InferenceSession(written, options, providers=["CPUExecutionProvider"])

    def __call__(self, pictures: Tensor) -> Tensor:
        (found,) = self._session.run(None, {"pictures": pictures.contiguous().numpy()})
        return torch.from_numpy(found)


def _written(reader: nn.Module, picture: Tensor, name: str) -> bytes:
    """A network as ONNX, for any number of pictures."""
    given, made, many = ["pictures"], ["features"], {"pictures": {0: "n"}, "features": {0: "n"}}
    with TemporaryDirectory() as folder, warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the writer that needs no further package is called old
        path, write = Path(folder) / "reader.onnx", torch.onnx.export
        try:
            write(reader, (picture,), path, dynamo=False, dynamic_axes=many, input_names=given, output_names=made)
        except (RuntimeError, ValueError) as error:
            raise UsageError(f"{name} cannot be written as ONNX; score without it") from error
        return path.read_bytes()
