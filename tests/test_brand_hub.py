"""A brand's model goes to a folder and to a hub and comes back as it was; the hub is a small real server here."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional as F  # noqa: N812

from genmark.brand.archive import BrandFile, write_brand
from genmark.brand.backbones import LOOKS, fingerprint, open_backbone
from genmark.brand.features import embed
from genmark.brand.hub import BrandModel
from genmark.brand.judging import Judgement
from genmark.brand.model_card import write_card
from genmark.brand.pictures import fit_picture, normalise, stack, view_of
from genmark.brand.places import open_brand
from genmark.brand.scoring import backbone_of
from genmark.errors import ConfigError, ModelMissing, UsageError
from genmark.tensors import import_timm

BRANDS = ("하늘", "ember | *co*")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(6):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8) // (1 + number)
        Image.fromarray(pixels).resize((80, 60), Image.Resampling.NEAREST).save(folder / f"{number}.png")
    return [folder / f"{number}.png" for number in range(6)]


@pytest.fixture(scope="module")
def model(pictures: list[Path]) -> BrandModel:
    """Two brands and an attribute, told apart at random, by a backbone that needs no weights."""
    backbone = open_backbone(LOOKS)
    seen, rng = embed(backbone, pictures).values, np.random.default_rng(1)
    tensors = {
        "head.weight": rng.normal(size=(3, backbone.dim)) / 8, "head.bias": rng.normal(size=3),
        "head.mean": seen.mean(0), "head.scale": seen.std(0) + 0.1, "head.temperatures": np.array([1.7]),
        "outliers.points": seen[:4], "outliers.reference": np.sort(rng.uniform(0, 2, 20)),
    }  # fmt: skip
    narrow = {name: torch.from_numpy(np.ascontiguousarray(part)).float() for name, part in tensors.items()}
    narrow["head.temperatures"] = narrow["head.temperatures"].double()
    file = BrandFile(
        tensors=narrow, brands=BRANDS, attributes=("fun",), backbone=backbone.model, licence=backbone.licence,
        size=backbone.size, mean=backbone.mean, std=backbone.std, temperature=1.3, thresholds={BRANDS[0]: 0.6},
        fingerprint="f" * 8,
        settings={"reading": "deep", "network": fingerprint(backbone.network), "neighbours": 1, "limit": 0.95,
                  "promised": 0.9, "precision": 0.9, "posts": []},
        scores={"accuracy": 0.875, "low": 0.7, "high": 0.96, "null": 0.5, "pictures": 40.0},
        licences=("apache-2.0", "posts drawn by a program, no people"),
    )  # fmt: skip
    return BrandModel(file, backbone)


def judged(model: BrandModel, pictures: list[Path], brand: str | None = None) -> tuple[Judgement, ...]:
    return tuple(one for _, judgements in model.score(pictures, brand) for one in judgements)


def test_a_folder_gives_the_same_judgements_bit_for_bit(
    model: BrandModel, pictures: list[Path], tmp_path: Path
) -> None:
    model.save_pretrained(tmp_path / "folder")
    back = BrandModel.from_pretrained(tmp_path / "folder")
    assert judged(back, pictures) == judged(model, pictures)
    assert judged(back, pictures, BRANDS[1]) == judged(model, pictures, BRANDS[1])
    write_brand(tmp_path / "acme.brand", back.file)
    assert (tmp_path / "acme.brand").read_bytes() == (tmp_path / "folder" / "model.safetensors").read_bytes()
    back.save_pretrained(tmp_path / "again")
    for name in ("model.safetensors", "config.json", "README.md"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "folder" / name).read_bytes()


def test_as_a_module_it_gives_the_logits_of_its_judgements(model: BrandModel, pictures: list[Path]) -> None:
    view = view_of(model.backbone)
    batch = normalise(stack([fit_picture(p.read_bytes(), p.name, view) for p in pictures]), model.backbone)
    with torch.inference_mode():
        logits = model(batch)
    found = judged(model, pictures)
    brands = np.array([[one.probabilities[name] for name in BRANDS] for one in found])
    assert F.softmax(logits[:, :2], 1).numpy() == pytest.approx(brands, abs=2e-3)  # features are kept in half precision
    fun = [one.attributes["fun"] for one in found]
    assert torch.sigmoid(logits[:, 2]).numpy() == pytest.approx(np.array(fun), abs=2e-3)
    assert not model.training
    assert set(model.state_dict()) >= {"weight", "bias", "temperatures"}


def test_tuned_stages_come_back_over_published_weights(model: BrandModel, pictures: list[Path], tmp_path: Path) -> None:
    torch.manual_seed(0)
    weights = tmp_path / "published.safetensors"
    save_file(import_timm().create_model("test_resnet", pretrained=False).state_dict(), weights)
    plain = open_backbone("test_resnet", weights)
    last = {name: part for name, part in plain.network.named_parameters() if name.startswith("layer4")}
    rng = np.random.default_rng(2)
    head = {"head.weight": rng.normal(size=(3, plain.dim)), "head.mean": np.zeros(plain.dim),
            "head.scale": np.ones(plain.dim), "outliers.points": embed(plain, pictures).values}  # fmt: skip
    tuned = {f"backbone.{name}": part + 0.1 for name, part in last.items()}
    tuned |= {n: torch.from_numpy(v).float() for n, v in head.items()}
    settings = {**model.file.settings, "network": fingerprint(plain.network)}
    file = replace(model.file, tensors={**model.file.tensors, **tuned}, backbone="test_resnet", settings=settings)
    there = BrandModel(file, backbone_of(file, weights))
    there.save_pretrained(tmp_path / "folder")
    back = BrandModel.from_pretrained(tmp_path / "folder", weights=weights)
    assert judged(back, pictures) == judged(there, pictures)
    assert judged(BrandModel(file, plain), pictures) != judged(there, pictures), "nothing was tuned"
    torch.manual_seed(1)
    save_file(import_timm().create_model("test_resnet", pretrained=False).state_dict(), weights)
    with pytest.raises(UsageError, match="other weights"):
        BrandModel.from_pretrained(tmp_path / "folder", weights=weights)


def test_a_brand_opens_from_a_file_or_a_folder(model: BrandModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "folder")
    write_brand(tmp_path / "acme.brand", model.file)
    assert open_brand(tmp_path / "folder").brands == open_brand(str(tmp_path / "acme.brand")).brands == BRANDS
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"empty holds no model\.safetensors"):
        open_brand(tmp_path / "empty")
    with pytest.raises(ModelMissing, match="no brand file"):
        open_brand(tmp_path / "none.brand")
    with pytest.raises(UsageError, match="hf:owner/name"):
        open_brand("hf:no")


def test_the_card_says_what_a_stranger_must_know(model: BrandModel) -> None:
    card = write_card(model.file)
    assert card.startswith("---\nlibrary_name: genmark\n")
    assert "ember \\| \\*co\\*" in card
    for told in ("accuracy | 0.875", "posts drawn by a program, no people", "at least 90%", "| 하늘 | brand | 0.600 |",
                 "never: too few posts", "apache-2.0", "shortcut", "file names of the posts"):  # fmt: skip
        assert told in card, told
    bare = replace(
        model.file, scores={}, licences=("cc-by-nc-4.0",), thresholds={}, licence="cc-by-nc-4.0", settings={}
    )
    card = write_card(bare)
    assert "Nobody measured it" in card
    assert "nobody stated their kind" in card
    assert "not for commercial use" in card
    assert "at least" not in card


class Hub(ThreadingHTTPServer):
    """As much of the hub as a model needs: places are made, commits taken, files given out."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: list[str] = []


class Desk(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"POST {self.path}")
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            self.server.files.setdefault(name, {})
            self.give({"url": f"http://127.0.0.1/{name}", "name": name, "id": name})
        elif self.path.startswith("/api/validate-yaml"):
            self.give({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            wanted = json.loads(body)["files"]
            self.give({"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in wanted]})
        elif found := re.fullmatch(r"/api/models/(.+)/commit/main.*", self.path):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    held = line["value"]
                    self.server.files[found[1]][held["path"]] = base64.b64decode(held["content"])
            self.give({"commitUrl": f"http://127.0.0.1/{found[1]}/commit/{COMMIT}", "commitOid": COMMIT,
                       "commitMessage": "x"})  # fmt: skip
        else:
            self.send_error(404)

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        if listed := re.match(r"/api/(datasets/.+?)/(revision|tree)/", self.path):
            names = sorted(self.server.files.get(listed[1], {}))
            if not names:
                return self.give_nothing("RepoNotFound")
            entries = [{"type": "file", "path": name, "size": 1, "oid": COMMIT} for name in names]
            told = {"id": listed[1], "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
            return self.give(entries if listed[2] == "tree" else told)
        found = re.fullmatch(r"/(.+)/resolve/[^/]+/(.+)", self.path)
        held = self.server.files.get(found[1], {}).get(found[2]) if found else None
        if held is None:
            return self.give_nothing("EntryNotFound" if found else "RepoNotFound")
        self.give_bytes(held, {"ETag": f'"{hashlib.sha256(held).hexdigest()}"', "X-Repo-Commit": COMMIT})

    do_HEAD = do_GET  # noqa: N815

    def give_nothing(self, why: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", why)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def give(self, answer: object) -> None:
        self.give_bytes(json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def give_bytes(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


COMMIT = "0123456789" * 4


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    server = Hub()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HF_TOKEN", "")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_is_pushed_and_pulled_and_then_kept(
    model: BrandModel, pictures: list[Path], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.push_to_hub("acme/look", token="a-token-of-nobody")
    assert sorted(hub.files["acme/look"]) == ["README.md", "config.json", "model.safetensors"]
    back = BrandModel.from_pretrained("acme/look")
    assert judged(back, pictures) == judged(model, pictures)
    asked = len(hub.asked)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert open_brand("hf:acme/look").brands == BRANDS  # from the copy that the client keeps
    assert len(hub.asked) == asked
    with pytest.raises(ModelMissing, match="hf download acme/other"):
        open_brand("hf:acme/other")


def refuse(*_: object, **__: object) -> None:
    raise OSError("no such server")


def test_what_the_hub_does_not_have_is_said_at_once(hub: Hub) -> None:
    began = time.monotonic()
    with pytest.raises(ConfigError, match="hf download acme/absent"):
        BrandModel.from_pretrained("acme/absent")
    assert time.monotonic() - began < 3.0
