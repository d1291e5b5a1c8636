"""A brand's file: what goes in comes out, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from genmark.brand.archive import BrandFile, read_brand, write_brand
from genmark.errors import ConfigError, ModelMissing

BRAND = BrandFile(
    tensors={"head.weight": torch.randn(2, 4), "head.bias": torch.zeros(2), "outliers.bank": torch.randn(6, 4).half()},
    brands=("온드렐", "Tarvane"),
    backbone="tf_efficientnet_lite0",
    licence="Apache-2.0",
    size=224,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    attributes=("glamorous",),
    temperature=1.37,
    thresholds={"온드렐": 0.8},
    fingerprint="ab12",
    settings={"stages": 2, "rates": [0.001, 0.0001]},
    scores={"accuracy": 0.71},
    licences=("CC0-1.0",),
)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    write_brand(tmp_path / "acme.brand", BRAND)
    found = read_brand(tmp_path / "acme.brand")
    assert set(found.tensors) == set(BRAND.tensors)
    assert all(torch.equal(found.tensors[name], part) for name, part in BRAND.tensors.items())
    assert found.tensors["outliers.bank"].dtype == torch.float16
    assert (found.brands, found.attributes, found.thresholds) == (BRAND.brands, BRAND.attributes, BRAND.thresholds)
    assert (found.temperature, found.mean, found.licences) == (BRAND.temperature, BRAND.mean, BRAND.licences)
    assert found.settings["stages"] == 2


def test_the_same_brand_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_brand(tmp_path / name, BRAND)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_is_no_brand_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="brand train"):
        read_brand(tmp_path / "none.brand")
    (tmp_path / "text.brand").write_text("not weights")
    save_file({"a": torch.zeros(1)}, str(tmp_path / "weights.brand"))
    save_file({"a": torch.zeros(1)}, str(tmp_path / "new.brand"), {"genmark-brand": '{"version": 99}'})
    for name, said in (("text", "no brand file"), ("weights", "not of a brand"), ("new", "newer genmark")):
        with pytest.raises(ConfigError, match=said):
            read_brand(tmp_path / f"{name}.brand")


@pytest.mark.parametrize(
    "wrong", [{"brands": (), "attributes": ()}, {"temperature": 0.0}, {"thresholds": {"nobody": 0.5}}]
)
def test_nonsense_is_refused_when_it_is_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"brand|temperature"):
        replace(BRAND, **wrong)  # type: ignore[arg-type]
