"""ONNX Runtime in torch's place: the same features where the extra is there, one sentence where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pictures as drawn
import pytest
import torch
from test_brand_folding import worn

from genmark.brand.features import embed, stream
from genmark.brand.onnx_reader import onnx_reader
from genmark.errors import UsageError


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match="extra"):
        stream(worn("test_efficientnet"), [], runtime="onnx")


def test_it_reads_on_the_processor_alone() -> None:
    with pytest.raises(UsageError, match="processor"):
        stream(worn("test_efficientnet"), [], runtime="onnx", device="meta")


@pytest.mark.parametrize("reading", ["deep", "style"])
def test_the_features_are_torchs(reading: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    net = worn("test_efficientnet", reading)
    paths = [tmp_path / f"{side}.png" for side in (90, 200, 331)]
    for path in paths:
        drawn.astronaut().resize((int(path.stem), 160)).save(path)
    plain, other = embed(net, paths).values, embed(net, paths, runtime="onnx").values
    assert plain.shape == other.shape
    assert np.abs(plain - other).max() < 2e-3 * plain.std()


def test_what_disagrees_is_not_used() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    net = worn("test_efficientnet")
    net.reader.register_forward_hook(lambda part, given, answer: answer + torch.rand_like(answer))
    with pytest.raises(UsageError, match="score without it"):
        onnx_reader(net)
