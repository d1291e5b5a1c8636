"""Posts from elsewhere: whatever they come as, a folder and a CSV that training reads come out."""

from __future__ import annotations

import csv
import datetime
import gc
import io
import os
import socket
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from test_brand_fetch import Site, listed
from test_brand_fetch import site as site  # the fixture
from test_brand_hub import Hub
from test_brand_hub import hub as hub  # the fixture

from genmark.brand import dataset_posts
from genmark.brand.dataset_posts import _data
from genmark.brand.posts import Post, read_posts
from genmark.brand.sources import fetch_source, materialise
from genmark.cli.brand_fetch import command
from genmark.errors import ConfigError, ModelMissing, PhotoError, UsageError
from genmark.photos import read

for _name in ("HF_HUB_DISABLE_TELEMETRY", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
    os.environ.setdefault(_name, "1")
datasets: Any = pytest.importorskip("datasets", reason="needs the extra 'data'")

BRANDS = ["하늘", "ember & co"]


@pytest.fixture(autouse=True)
def leftovers() -> Iterator[None]:
    """Files that `datasets` leaves open are closed here, not in the middle of some other test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def picture(number: int, form: str = "JPEG") -> bytes:
    pixels = np.full((24, 32, 3), 10 * number % 250, np.uint8)
    pixels[:, : number + 1] = 200
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "private words"
    Image.fromarray(pixels).save(file, form, exif=exif)
    return file.getvalue()


def rows(count: int = 6, broken: tuple[int, ...] = ()) -> Any:
    """A dataset as analysts have them: labels as numbers, other columns, one picture that is none."""
    held = [b"no picture" if n in broken else picture(n) for n in range(count)]
    features = datasets.Features(
        {
            "image": datasets.Image(), "label": datasets.ClassLabel(names=BRANDS), "fun": datasets.Value("bool"),
            "Account": datasets.Value("string"), "date": datasets.Value("date32"),
            "boxes": datasets.List(datasets.Value("int32")),
        }
    )  # fmt: skip
    return datasets.Dataset.from_dict(
        {
            "image": [{"bytes": one, "path": None} for one in held], "label": [n % 2 for n in range(count)],
            "fun": [n % 3 == 0 for n in range(count)], "Account": [f"@{n // 2}" for n in range(count)],
            "date": [datetime.date(2026, 1, 1 + n) for n in range(count)], "boxes": [[n] for n in range(count)],
        },
        features=features,
    )  # fmt: skip


def heard(source: Path | str, into: Path, **options: Any) -> tuple[tuple[Post, ...], list[str]]:
    told: list[str] = []
    return read_posts(materialise(str(source), into, told.append, **options)), told


def test_a_saved_dataset_becomes_posts(tmp_path: Path) -> None:
    rows(broken=(4,)).save_to_disk(str(tmp_path / "saved"))
    posts, told = heard(tmp_path / "saved", tmp_path / "out")
    assert [post.brand for post in posts] == ["하늘", "ember & co", "하늘", "ember & co", "ember & co"]
    assert [post.account for post in posts] == ["@0", "@0", "@1", "@1", "@2"]
    assert [post.attributes for post in posts] == [("fun",), (), (), ("fun",), ()]
    assert posts[3].date == "2026-01-04"
    assert {post.split for post in posts} == {""}
    assert any("row 4 of 'all' is left out" in line for line in told)
    assert any("'boxes'" in line for line in told)
    for number, post in zip((0, 1, 2, 3, 5), posts, strict=True):
        data = post.path.read_bytes()
        assert b"private" not in data
        assert data.partition(b"\xff\xdb")[2] == picture(number).partition(b"\xff\xdb")[2]  # not compressed again
        assert np.array_equal(read(post.path).pixels, read_again(picture(number)))


def read_again(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_splits_become_the_posts_splits(tmp_path: Path) -> None:
    parts = {"train": rows(6), "validation": rows(2), "test": rows(4)}
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "saved"))
    posts, told = heard(tmp_path / "saved", tmp_path / "out")
    assert [[post.split for post in posts].count(name) for name in ("train", "val", "test")] == [6, 2, 4]
    assert not any("split" in line for line in told)
    datasets.DatasetDict({"train": rows(4), "extra": rows(2)}).save_to_disk(str(tmp_path / "odd"))
    posts, told = heard(tmp_path / "odd", tmp_path / "out2")
    assert {post.split for post in posts} == {""}
    assert len(posts) == 6
    assert any("train, extra" in line and "put together" in line for line in told)


def test_parquet_files_are_read_with_their_labels(tmp_path: Path) -> None:
    for part in ("train", "test"):
        rows(4).to_parquet(str(tmp_path / "data" / f"{part}-00000-of-00001.parquet"))
    (tmp_path / "data" / "data.py").write_text("raise SystemExit('a program of the dataset was run')")
    posts, _ = heard(tmp_path / "data", tmp_path / "out")
    assert sorted({post.brand for post in posts}) == sorted(BRANDS)
    assert sorted(post.split for post in posts) == ["test"] * 4 + ["train"] * 4


def test_a_folder_of_pictures_stays_and_can_be_fetched(tmp_path: Path) -> None:
    for brand in BRANDS:
        (tmp_path / "posts" / brand).mkdir(parents=True)
        (tmp_path / "posts" / brand / "été.jpg").write_bytes(picture(len(brand)))
    assert materialise(str(tmp_path / "posts"), tmp_path / "out", print) == tmp_path / "posts"
    assert not (tmp_path / "out").exists()
    posts = read_posts(fetch_source(str(tmp_path / "posts"), tmp_path / "out", print))
    assert sorted(post.brand for post in posts) == sorted(BRANDS)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # `datasets` leaves metadata.csv open
def test_pictures_listed_by_a_metadata_file_must_be_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (tmp_path / "blob").write_bytes(picture(1))
    (folder / "a.jpg").symlink_to(tmp_path / "blob")  # as the hub's copies are
    (folder / "b.jpg").write_bytes(picture(2))
    (folder / "metadata.csv").write_text("file_name,brand\na.jpg,하늘\nb.jpg,ember\n", encoding="utf-8")
    posts, _ = heard(folder, tmp_path / "out")
    assert {post.brand for post in posts} == {"하늘", "ember"}
    for path in (str(tmp_path / "blob"), "../blob", "http://127.0.0.1:1/x.png", "a\0.jpg"):
        with pytest.raises(PhotoError, match="not in the dataset's folder"):
            _data({"bytes": None, "path": path}, folder)
    assert _data({"bytes": None, "path": "b.jpg"}, folder) == picture(2)


def test_an_interrupted_run_goes_on_and_nothing_half_written_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(6).save_to_disk(str(tmp_path / "saved"))
    asked: list[str] = []
    real = dataset_posts.strip_picture

    def stop_at_the_fourth(data: bytes, name: str) -> tuple[bytes, str]:
        asked.append(name)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return real(data, name)

    monkeypatch.setattr(dataset_posts, "strip_picture", stop_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        heard(tmp_path / "saved", tmp_path / "out")
    assert not (tmp_path / "out" / "posts.csv").exists()
    assert len(list((tmp_path / "out").iterdir())) == 3
    posts, _ = heard(tmp_path / "saved", tmp_path / "out")
    assert len(posts) == 6
    assert len(asked) == 7  # three of before, the one that stopped, and the last three


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"brand": ["a", "b"]}, "column of pictures"),
        ({"image": [picture(1), picture(2)]}, "'brand' or 'label'"),
        ({"image": [b"no", b"none"], "brand": ["a", "b"]}, "not one picture"),
        ({"image": [picture(1), picture(2)], "brand": ["a", None]}, "one brand only"),
    ],
)
def test_a_dataset_that_is_of_no_use_is_refused(tmp_path: Path, columns: dict[str, Any], says: str) -> None:
    datasets.Dataset.from_dict(columns).save_to_disk(str(tmp_path / "saved"))
    with pytest.raises(ConfigError, match=says):
        heard(tmp_path / "saved", tmp_path / "out")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    rows(4).to_parquet(str(tmp_path / "broken" / "train.parquet"))
    data = (tmp_path / "broken" / "train.parquet").read_bytes()
    (tmp_path / "broken" / "train.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(ConfigError, match="broken cannot be read as a dataset"):
        heard(tmp_path / "broken", tmp_path / "out")
    rows(4).save_to_disk(str(tmp_path / "saved"))
    (tmp_path / "saved" / "data-00000-of-00001.arrow").write_bytes(b"no")
    with pytest.raises(ConfigError, match="saved cannot be read as a dataset"):
        heard(tmp_path / "saved", tmp_path / "out")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(2).save_to_disk(str(tmp_path / "saved"))
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError, match=r"pip install 'genmark\[data\]'"):
        heard(tmp_path / "saved", tmp_path / "out")


def hub_copy(cache: Path, revision: str) -> None:
    place = cache / "datasets--acme--looks"
    rows(4).to_parquet(str(place / "snapshots" / revision / "data" / "train-00000-of-00001.parquet"))
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(revision)


def test_a_dataset_of_the_hub_is_taken_from_this_machine_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    hub_copy(tmp_path / "hub", "abc123" * 6 + "abcd")
    posts, told = heard("hf:acme/looks", tmp_path / "out")
    assert len(posts) == 4
    assert any("copy on this machine, revision abc123abc123" in line for line in told)
    assert len(heard(f"hf:acme/looks@{'abc123' * 6}abcd:train", tmp_path / "out2")[0]) == 4
    with pytest.raises(UsageError, match="no split 'tset'; there are train"):
        heard("hf:acme/looks:tset", tmp_path / "out3")


def refuse(*_: object, **__: object) -> None:
    raise OSError("no such server")


@pytest.mark.parametrize(
    ("source", "command"),
    [("hf:acme/absent", "hf download acme/absent --repo-type dataset"),
     ("hf:acme/absent@v2:train", "hf download acme/absent --repo-type dataset --revision v2")],
)  # fmt: skip
def test_offline_the_command_that_fetches_is_named_at_once(
    source: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    began = time.monotonic()
    with pytest.raises(ModelMissing, match=command):
        heard(source, tmp_path / "out")
    assert time.monotonic() - began < 1.0


def test_a_dataset_is_fetched_from_the_hub_without_its_programs(hub: Hub, tmp_path: Path) -> None:
    rows(4).to_parquet(str(tmp_path / "part.parquet"))
    hub.files["datasets/acme/looks"] = {
        "data/train-00000-of-00001.parquet": (tmp_path / "part.parquet").read_bytes(),
        "looks.py": b"raise SystemExit('run')",
        "README.md": b"---\nconfigs:\n- config_name: default\n  data_files: http://127.0.0.1:1/x.parquet\n---\n",
    }
    posts, _ = heard("hf:acme/looks", tmp_path / "out")
    assert len(posts) == 4
    assert not any("looks.py" in asked or "README" in asked for asked in hub.asked)
    with pytest.raises(ConfigError, match="hf download acme/absent --repo-type dataset"):
        heard("hf:acme/absent", tmp_path / "out2")


@pytest.mark.parametrize("source", ["hf:", "hf:acme", "hf:acme/../x", "hf:a/b@", "nowhere"])
def test_what_is_no_source_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"hf:owner/name"):
        materialise(source, tmp_path / "out", print)


def test_a_list_of_addresses_is_fetched_and_a_list_of_files_is_not(site: Site, tmp_path: Path) -> None:
    site.pages["/robots.txt"] = (404, {}, b"")
    source = listed(tmp_path, f"{site.url}/a.png;하늘;@x", f"{site.url}/b.png;ember;@y", f"{site.url}/no.png;a;@z",
                    header="url;brand;account")  # fmt: skip
    posts, told = heard(source, tmp_path / "out", local=True)
    assert sorted((post.brand, post.account) for post in posts) == [("ember", "@y"), ("하늘", "@x")]
    assert [line for line in told if "/no.png is left out" in line and "404" in line]
    assert heard(tmp_path / "out" / "posts.csv", tmp_path / "unused")[0] == posts
    assert not (tmp_path / "unused").exists()


def test_the_command_writes_a_folder_that_training_reads(tmp_path: Path) -> None:
    datasets.DatasetDict({"train": rows(4, broken=(3,)), "test": rows(2)}).save_to_disk(str(tmp_path / "saved"))
    with warnings.catch_warnings():
        ran = CliRunner().invoke(command, [str(tmp_path / "saved"), "--out", str(tmp_path / "new" / "out")])
    assert ran.exit_code == 0, ran.output
    assert "5 posts of 2 brands" in ran.stdout
    assert "row 3 of 'train' is left out" in ran.stderr
    with (tmp_path / "new" / "out" / "posts.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["path", "brand", "split", "fun", "account", "date"]
