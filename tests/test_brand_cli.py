"""`genmark brand` from posts to scores: real pictures, the real network, one file out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from brand_pictures import BRANDS, draw, write_posts, write_table
from click.testing import CliRunner

from genmark.brand.archive import read_brand
from genmark.cli import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The folder of posts, the brand's file, and what training said."""
    folder = tmp_path_factory.mktemp("brand")
    write_posts(folder / "posts", 70)
    (folder / "posts" / "ember" / "broken.jpg").write_bytes(b"no picture")
    out = folder / "acme.brand"
    ran = CliRunner().invoke(main, ["brand", "train", str(folder / "posts"), "--out", str(out), "--reading", "deep"])
    assert ran.exit_code == 0, ran.output
    return folder, out, ran.output


def test_it_learns_says_how_well_and_what_it_left_out(trained: tuple[Path, Path, str]) -> None:
    folder, out, said = trained
    assert "broken.jpg is left out" in said
    assert "right on" in said
    splits = json.loads((folder / "acme.brand.splits.json").read_text(encoding="utf-8"))
    assert splits["format"].startswith("genmark-splits")
    assert out.stat().st_size < 20_000_000


def test_pictures_are_scored_by_brand_name(trained: tuple[Path, Path, str], tmp_path: Path) -> None:
    _, out, _ = trained
    for brand in ("하늘", "ember"):
        draw(brand, 900).save(tmp_path / f"{brand}.png")
    Path(tmp_path / "bad.jpg").write_bytes(b"no")
    ran = CliRunner().invoke(main, ["brand", "score", str(out), str(tmp_path), "--json"])
    assert ran.exit_code == 3
    rows = {Path(row["path"]).stem: row for row in map(json.loads, ran.stdout.splitlines())}
    judged = {"path", "brand", "fit", "probabilities", "attributes", "ood", "decision", "reasons"}
    assert set(rows["ember"]) == judged | {"look", "near"}
    assert rows["ember"]["look"]["en"] == rows["ember"]["reasons"][-1]
    assert [post["brand"] for post in rows["ember"]["near"]] == ["ember"] * 3
    assert rows["ember"]["brand"] == "ember"
    assert rows["ember"]["fit"] > 0.7
    assert set(rows["ember"]["probabilities"]) == {"하늘", "ember"}
    assert rows["bad"]["error"]["code"]
    quick = CliRunner().invoke(main, ["brand", "score", str(out), str(tmp_path / "ember.png"), "--quick", "--json"])
    assert json.loads(quick.stdout)["fit"] == rows["ember"]["fit"]
    assert json.loads(quick.stdout)["near"] == []
    meant = CliRunner().invoke(
        main, ["brand", "score", str(out), str(tmp_path / "ember.png"), "--brand", "하늘", "--json"]
    )
    assert json.loads(meant.stdout)["fit"] < 0.3


def test_where_no_picture_can_be_read_each_says_why(trained: tuple[Path, Path, str], tmp_path: Path) -> None:
    _, out, _ = trained
    (tmp_path / "a.jpg").write_bytes(b"no")
    (tmp_path / "b.jpg").write_bytes(b"")
    for more in ([], ["--quick"]):
        ran = CliRunner().invoke(main, ["brand", "score", str(out), str(tmp_path), "--json", *more])
        assert ran.exit_code == 3
        assert [json.loads(line)["error"]["code"] for line in ran.stdout.splitlines()] == ["not_a_photo", "empty"]


def test_training_repeats_to_the_byte(trained: tuple[Path, Path, str], tmp_path: Path) -> None:
    folder, out, _ = trained
    again = tmp_path / "again.brand"
    ran = CliRunner().invoke(main, ["brand", "train", str(folder / "posts"), "--out", str(again), "--reading", "deep"])
    assert ran.exit_code == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (["brand", "score", "none.brand", "x.jpg"], 4, "brand train"),
        (["brand", "train", ".", "--out", "x.brand", "--backbone", "vgg61"], 2, "vgg"),
    ],
)
def test_what_cannot_be_done_is_said(wrong: list[str], code: int, said: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, wrong)
    assert ran.exit_code == code
    assert said in ran.output
    assert not (tmp_path / "x.brand").exists()


def run(*words: object) -> str:
    """What a command says, on either stream; it must succeed."""
    ran = CliRunner().invoke(main, [str(word) for word in words])
    assert ran.exit_code == 0, ran.output
    return ran.output


def scored(file: Path, picture: Path) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["brand", "score", str(file), str(picture), "--json"])
    assert ran.exit_code == 0, ran.output
    row: dict[str, Any] = json.loads(ran.stdout)
    return row


def test_brands_and_attributes_are_learnt_at_once(tmp_path: Path) -> None:
    table, out = write_table(tmp_path / "posts", 160, "path,brand,busy"), tmp_path / "both.brand"
    said = run("brand", "train", table, "--out", out, "--reading", "deep")
    assert "mean average precision" in said
    file = read_brand(out)
    assert (file.brands, file.attributes) == (BRANDS[::-1], ("busy",))
    assert file.scores["average_precision/busy"] > file.scores["mean_average_precision_null"] + 0.2
    draw("ember", 901, busy=True).save(tmp_path / "busy.png")
    draw("ember", 902, busy=False).save(tmp_path / "calm.png")
    busy, calm = scored(out, tmp_path / "busy.png"), scored(out, tmp_path / "calm.png")
    assert busy["attributes"]["busy"] > 0.5 > calm["attributes"]["busy"]
    assert busy["brand"] == calm["brand"] == "ember"


def test_attributes_alone_have_no_fit(tmp_path: Path) -> None:
    table, out = write_table(tmp_path / "posts", 120, "path,busy,pale"), tmp_path / "marks.brand"
    run("brand", "train", table, "--out", out, "--reading", "deep")
    draw("하늘", 903).save(tmp_path / "pale.png")
    row = scored(out, tmp_path / "pale.png")
    assert (row["brand"], row["fit"], row["probabilities"], row["decision"]) == (None, None, {}, "review")
    assert row["attributes"]["pale"] > 0.6


def test_posts_of_their_own_are_tested_on_and_copies_of_them_not_learnt_from(tmp_path: Path) -> None:
    data, val = write_posts(tmp_path / "data", 40), write_posts(tmp_path / "later", 12, first=500)
    (data / "ember" / "copy.jpg").write_bytes((val / "ember" / "500.jpg").read_bytes())
    out = tmp_path / "x.brand"
    said = run("brand", "train", data, "--val", val, "--out", out, "--reading", "deep")
    assert "1 posts are left out: they are copies" in said
    assert read_brand(out).scores["pictures"] == 24
    record = json.loads((tmp_path / "x.brand.splits.json").read_text(encoding="utf-8"))
    assert record["sources"] == ["data", "later"]
    assert sum(post["split"] == "test" for post in record["posts"].values()) == 24
    (val / "sky").mkdir()
    draw("하늘", 7).save(val / "sky" / "a.jpg")
    ran = CliRunner().invoke(main, ["brand", "train", str(data), "--val", str(val), "--out", str(out)])
    assert ran.exit_code == 2
    assert "later has the brand 'sky', which data has not" in ran.output


def test_stages_are_tuned_from_the_probe_and_come_back_from_the_file(tmp_path: Path) -> None:
    data, out = write_posts(tmp_path / "data", 40), tmp_path / "tuned.brand"
    settings = tmp_path / "brand.toml"
    settings.write_text("[tuning]\nepochs = 2\nbatch = 16\nbody_rate = 1e-3\n", encoding="utf-8")
    said = run("brand", "train", data, "--out", out, "--config", settings, "--stages", 1, "--log", tmp_path / "log")
    assert "epoch 1: train loss" in said
    assert list((tmp_path / "log").glob("events*"))
    assert not (tmp_path / "tuned.brand.run").exists()
    file = read_brand(out)
    assert file.settings["tuning"]["stages"] == 1
    assert len(file.settings["epochs"]) == 2
    assert ("tuning brought" in said) == any(name.startswith("backbone.") for name in file.tensors)


def test_splits_are_used_again_and_other_posts_are_not_mixed_in(tmp_path: Path) -> None:
    data, out = write_posts(tmp_path / "data", 40), tmp_path / "x.brand"
    run("brand", "train", data, "--out", out, "--reading", "deep")
    first = (tmp_path / "x.brand.splits.json").read_bytes()
    run("brand", "train", data, "--out", out, "--reading", "deep", "--seed", 5)
    assert (tmp_path / "x.brand.splits.json").read_bytes() == first
    draw("ember", 77).save(data / "ember" / "new.jpg")
    ran = CliRunner().invoke(main, ["brand", "train", str(data), "--out", str(out), "--reading", "deep"])
    assert ran.exit_code == 2
    assert "1 new (such as 'new.jpg')" in ran.output
