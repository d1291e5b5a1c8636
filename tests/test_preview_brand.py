"""`genmark preview --brand`: ranked by fit, judged by another, searched and shown, on drawn pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import doubles
import gallery_cases as cases
import pytest
from brand_salon import salon_file
from click.testing import CliRunner, Result
from PIL import Image

from genmark.brand.archive import write_brand
from genmark.brand.backbones import open_backbone
from genmark.cli import main
from genmark.gallery.front import front
from genmark.gallery.manifest import manifest
from genmark.gallery.page import page
from genmark.gallery.publication import add
from genmark.variants import Opinion, Proof, Variant

TRIALS = 6


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the salons' file and a judge's, both made unsure: drawn posts are too easy to tell apart."""
    folder = tmp_path_factory.mktemp("files")
    write_brand(folder / "warm.brand", salon_file(60, network=open_backbone("embedded"), temperature=30.0))
    write_brand(folder / "judge.brand", salon_file(36, "posts-2", network=open_backbone("looks"), temperature=30.0))
    return folder


@pytest.fixture
def here(tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(doubles.draw_portrait().pixels).save("anna.png")
    return tmp_path


def run(*args: object) -> Result:
    known = ["preview", "anna.png", "--parser", "drawn", "--restyler", "dye"]
    return CliRunner().invoke(main, [*known, *(str(arg) for arg in args)])


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_looks_are_ranked_searched_and_judged(here: Path, files: Path) -> None:
    asked = ["--style", "ash-brown,copper", "--brand", files / "warm.brand", "--judge", files / "judge.brand"]
    told = rows(run(*asked, "--search", TRIALS, "--json"))
    plain, tuned = told[:2], [row for row in told if "search" in row]
    assert [row["style"] for row in plain] == ["ash-brown", "copper"]
    assert plain[1]["fit"] > plain[0]["fit"]
    for row in plain + tuned:
        assert row["brand"] == "warm"
        assert row["decision"] in {"accept", "review", "reject"}
        assert row["reasons"]
        assert 0.0 <= row["judge_fit"] <= 1.0
        assert row["kept_max_diff"] == 0
    assert tuned, "six trials around two colours find a better fit for one of them"
    for row in tuned:
        found = row["search"]
        assert found["trials"] == TRIALS
        assert found["fit"] == row["fit"] > found["plain"]["fit"]
        assert found["delta_e"] == row["delta_e"] <= found["limit"] == 5.0
        assert set(found["random"]) == {"fit", "judge"}
        assert found["dye"]["lab"]
    shown = json.loads(Path("genmark-previews/anna/manifest.json").read_text(encoding="utf-8"))
    assert shown["settings"]["brand"]["file"] == "warm.brand"
    assert shown["settings"]["judge"]["backbone"] != shown["settings"]["brand"]["backbone"]
    fits = [one["fit"] for one in shown["variants"]]
    assert fits == sorted(fits, reverse=True)
    assert any(one["pareto_front"] for one in shown["variants"])
    html = Path("genmark-previews/anna/index.html").read_text(encoding="utf-8")
    assert "The judge is another scorer" in html
    assert "심사" in html


def test_without_a_judge_the_page_says_who_judged(here: Path, files: Path) -> None:
    (row,) = rows(run("--style", "copper", "--brand", files / "warm.brand", "--brand-name", "cool", "--json"))
    assert (row["brand"], row["judge_fit"]) == ("cool", None)
    html = Path("genmark-previews/anna/index.html").read_text(encoding="utf-8")
    assert "No independent scorer has checked it" in html
    assert "독립된 평가기로 확인하지 않았습니다" in html


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--search", 8], "--brand FILE"),
        (["--judge", "warm.brand"], "--brand FILE"),
        (["--brand", "warm.brand", "--judge", "warm.brand"], "--backbone looks"),
        (["--brand", "warm.brand", "--brand-name", "worm"], "warm"),
        (["--brand", "judge.brand"], "cool, warm"),
        (["--brand", "warm.brand", "--search", 4, "--style", "bob-cut"], "--style ash-brown"),
    ],
)
def test_what_cannot_be_done_is_said_before_a_photo_is_read(
    here: Path, files: Path, wrong: list[Any], said: str
) -> None:
    args = [files / part if str(part).endswith(".brand") else part for part in wrong]
    result = run(*(args if "--style" in args else [*args, "--style", "copper"]))
    assert result.exit_code == 2
    assert said in result.output
    assert not Path("genmark-previews").exists()


def weighed(fit: float, delta_e: float | None, seam: float, judge: float | None = None, leak: int = 0) -> Variant:
    made = cases.variant(cases.eileen(), proof=Proof(leak, delta_e, seam), fit=fit)
    return replace(
        made, opinion=Opinion("acme", "review", (("because", "이유"),), ("Warmer.", "더 따뜻합니다."), (), judge)
    )


def test_the_front_holds_what_nothing_beats() -> None:
    best = weighed(0.9, 4.0, 0.9)
    exact = weighed(0.5, 1.0, 0.9)
    beaten = weighed(0.5, 4.0, 0.9)
    twin = weighed(0.9, 4.0, 0.9)
    leaking = weighed(0.99, 0.0, 1.0, leak=1)
    assert front([best, exact, beaten, twin, leaking]) == [True, True, False, True, False]
    assert front([beaten]) == [True]
    assert front([]) == []
    assert front([cases.variant(cases.eileen())]) == [False]


def test_the_front_goes_by_the_judge_where_there_is_one() -> None:
    chosen, better = weighed(0.9, 1.0, 0.9, judge=0.2), weighed(0.3, 1.0, 0.9, judge=0.8)
    assert front([chosen, better]) == [False, True]
    assert front([chosen, weighed(0.3, 1.0, 0.9)]) == [True, False]


def test_page_and_manifest_show_the_verdict(tmp_path: Path) -> None:
    album = cases.album(tmp_path)
    entries = [add(album, weighed(0.81, 1.4, 0.97, judge=0.74)), add(album, cases.variant(album.original, cases.NAVY))]
    html = page(album, entries)
    assert "For a person to decide" in html
    assert "사람의 확인 필요" in html
    assert "0.81" in html
    assert "0.74" in html
    assert "Warmer." in html
    assert manifest(album, entries)["variants"][0]["opinion"]["judge"] == 0.74
    assert "opinion" not in manifest(album, entries)["variants"][1]
    plain = page(album, entries[1:])
    assert 'class="verdict"' not in plain
    assert "scorer" not in plain
