from __future__ import annotations

import getpass
import json
from datetime import date
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from typing import Any

import gallery_cases as cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import genmark
from genmark.gallery.manifest import hash_of, manifest, plain, software, without_folders
from genmark.gallery.publication import add, finish
from genmark.recipes import Dye, Style
from genmark.types import Box, Face, Matte, Photo, Pose, Regions


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "kim"
    found = Regions(
        np.zeros((300, 240), np.uint8),
        ("background",),
        {"hair": Matte(np.ones((300, 240), np.float32))},
        "portrait",
        0.93,
        Face(Box(80.5, 60, 160, 170), np.zeros((3, 2), np.float32), Pose(2.5, -4.0, 0.5), 0.99),
    )
    album = cases.album(
        folder, regions=found, run=cases.run({"out": folder, "command": f"genmark preview {folder}/a.jpg", "face": 0})
    )
    finish(album, cases.entries(album))
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return told | {"folder": folder}


def test_it_tells_every_setting_version_weight_hash_and_seed(written: dict[str, Any]) -> None:
    assert written["software"] == {"genmark": "0.1.0", "python": "3.11.2"}
    assert written["weights"] == [{"name": "face-parser", "sha256": "3f2a9c0d" * 8, "licence": "Apache-2.0"}]
    assert written["settings"]["face"] == 0
    assert [(one["rank"], one["style"]["name"], one["seed"]) for one in written["variants"]] == [
        (1, "copper", 0),
        (2, "platinum", 1),
        (3, "navy", 0),
    ]
    assert (written["schema"], written["made"], written["ai_generated"]) == (1, "2026-11-21", True)


def test_a_style_can_be_made_again_from_it(written: dict[str, Any]) -> None:
    told = written["variants"][2]["style"]
    dye: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in told["dye"].items()}
    assert Style(**(told | {"dye": Dye(**dye)})) == cases.NAVY


def test_it_hashes_the_files_and_the_pixels_that_were_read(written: dict[str, Any]) -> None:
    for one in written["variants"]:
        assert sha256((written["folder"] / one["file"]).read_bytes()).hexdigest() == one["sha256"]
        assert sha256((written["folder"] / one["mask"]).read_bytes()).hexdigest() == one["mask_sha256"]
    assert written["photo"] == {"name": "eileen", "size": [240, 300], "sha256": hash_of(cases.eileen())}


def test_it_tells_what_was_found_in_the_photo(written: dict[str, Any]) -> None:
    found = written["regions"]
    assert (found["kind"], found["confidence"]) == ("portrait", 0.93)
    assert found["face"]["box"] == {"left": 80.5, "top": 60, "right": 160, "bottom": 170}
    assert found["face"]["pose"] == {"yaw": 2.5, "pitch": -4.0, "roll": 0.5}
    assert "landmarks" not in found["face"]


def test_it_tells_the_proof_as_measured(written: dict[str, Any]) -> None:
    second = written["variants"][1]
    assert second["proof"] == {"kept_max_diff": 4, "delta_e": 14.2, "seam": 0.3, "notes": [list(cases.BLEACH)]}
    assert second["kept_pixels"] + second["changed_pixels"] == 240 * 300
    assert (second["milliseconds"]["total"], second["lossless"], second["backend"]) == (331.0, True, "drawn")


def test_it_names_no_folder_and_no_user(written: dict[str, Any]) -> None:
    text = (written["folder"] / "manifest.json").read_text(encoding="utf-8")
    assert str(written["folder"].parent) not in text
    assert f"/{getpass.getuser()}" not in text
    assert written["settings"]["out"] == "kim"
    assert written["settings"]["command"] == "genmark preview a.jpg"


def test_an_album_without_regions_says_so(tmp_path: Path) -> None:
    album = cases.album(tmp_path)
    assert manifest(album, [add(album, cases.variant(album.original))])["regions"] is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/home/kim/a b.jpg", "a b.jpg"),
        ("C:\\Users\\kim\\a.jpg", "a.jpg"),
        ("\\\\server\\share\\a.jpg", "a.jpg"),
        ("file:///home/kim/a.jpg", "a.jpg"),
        ("~/photos/a.jpg", "a.jpg"),
        ("read '/home/kim/a.jpg', wrote --out=/tmp/kim/b", "read 'a.jpg', wrote --out=b"),
        ("image/png, and/or 1 / 2", "image/png, and/or 1 / 2"),
        ("embedded", "embedded"),
    ],
)
def test_text_loses_the_folders_of_absolute_paths_and_nothing_else(text: str, left: str) -> None:
    assert without_folders(text) == left


@given(st.lists(st.from_regex(r"[a-z0-9]{3,8}", fullmatch=True), min_size=2, max_size=6), st.sampled_from(["", "see "]))
def test_no_folder_of_an_absolute_path_survives(parts: list[str], before: str) -> None:
    assert without_folders(before + "/" + "/".join(parts)) == before + parts[-1]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ((1, "a", None, True), [1, "a", None, True]),
        ({"b", "a"}, ["a", "b"]),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([1, 2]), [1, 2]),
        (float("nan"), None),
        (float("inf"), None),
        (Path("some/where/x.toml"), "x.toml"),
        (PureWindowsPath("C:/kim/x.toml"), "x.toml"),
        (date(2026, 1, 2), "2026-01-02"),
        ({"dye": Dye((1.0, 2.0, 3.0)).lab}, {"dye": [1.0, 2.0, 3.0]}),
        (b"abc", sha256(b"abc").hexdigest()),
    ],
)
def test_settings_become_what_json_can_hold(value: object, told: object) -> None:
    assert plain(value) == told
    assert json.loads(json.dumps(plain(value))) == told


def test_a_setting_that_json_can_not_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        plain({"model": object()})


def test_the_photos_hash_is_of_its_pixels_not_of_its_name() -> None:
    photo = cases.eileen("anna")
    changed = photo.pixels.copy()
    changed[0, 0, 0] ^= 1
    assert hash_of(photo) == hash_of(cases.eileen("bela"))
    assert hash_of(photo) != hash_of(Photo(changed))


def test_the_software_is_named_with_versions_and_without_the_machines_name() -> None:
    import platform

    found = software()
    assert found["genmark"] == genmark.__version__
    assert found["numpy"] == np.__version__
    assert {"python", "pillow", "zlib", "system", "machine"} <= found.keys()
    assert platform.node() not in found.values()
