"""`genmark brand report`: from drawn posts and a trained file to the page and its numbers."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from markupsafe import escape
from PIL import Image

from genmark import photos
from genmark.brand.agreement import Share
from genmark.brand.archive import read_brand
from genmark.brand.calibration import soften
from genmark.brand.gathering import Gathered, find_posts, gather
from genmark.brand.report.auditing import audit_posts, reading
from genmark.brand.report.claims import find_headline, more_for
from genmark.brand.report.evidence import Evidence, find_evidence
from genmark.brand.report.findings import Findings, find_findings
from genmark.brand.report.page import render
from genmark.brand.report.record import plain, to_json
from genmark.brand.report.scores import score_brands
from genmark.brand.report.trust import find_trust
from genmark.brand.scoring import backbone_of
from genmark.cli import main
from genmark.cli.brand_report import command as report
from genmark.errors import GenmarkError, UsageError

SIDE, EACH = 64, 16
HOSTILE = "<script>alert(1)<"
"""As much of a script as a folder's name can hold: without its slash."""
BRANDS = {
    "하늘": ((205, 222, 240), (240, 250, 255)),
    "ember": ((50, 30, 22), (230, 120, 30)),
    HOSTILE: ((60, 120, 60), (20, 50, 20)),
}


def draw(brand: str, seed: int) -> Image.Image:
    """A post of a made-up brand: its ground, and bars or spots; every fifth is in another brand's colours."""
    rng = np.random.default_rng([seed, len(brand)])
    names = list(BRANDS)
    ground, ink = BRANDS[names[(names.index(brand) + 1) % 3] if seed % 5 == 0 else brand]
    pixels = np.zeros((SIDE, SIDE, 3), np.float32)
    pixels[:] = ground
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for _ in range(5):
        y, x, size = [*rng.integers(0, SIDE, 2).tolist(), int(rng.integers(4, 10))]
        spot = np.hypot(rows - y, columns - x) < size if brand == "ember" else np.abs(rows - y) < size / 3
        pixels[spot] = ink
    return Image.fromarray(np.clip(pixels + rng.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A brand file, with its splits beside it, of posts in the folder beside it; one broken, one twice."""
    folder = tmp_path_factory.mktemp("report")
    for brand in BRANDS:
        (folder / "posts" / brand).mkdir(parents=True)
        for number in range(EACH):
            draw(brand, number).save(folder / "posts" / brand / f"{number:03d} & co'.jpg", quality=90)
    (folder / "posts" / "ember" / 'bro"ken<b>.jpg').write_bytes(b"no picture")
    shutil.copy(folder / "posts" / "ember" / "003 & co'.jpg", folder / "posts" / "ember" / "copy.jpg")
    out = folder / "acme.brand"
    asked = ["brand", "train", str(folder / "posts"), "--out", str(out), "--reading", "deep"]
    ran = CliRunner().invoke(main, [*asked, "--cache", str(folder / "cache")])
    assert ran.exit_code == 0, ran.output
    return out


@pytest.fixture(scope="module")
def gathered(trained: Path) -> Gathered:
    network = backbone_of(read_brand(trained))
    posts = find_posts(trained.with_name("posts"))
    sidecar, cache = trained.with_name("acme.brand.splits.json"), trained.with_name("cache")
    return gather(posts, network, lambda _: None, written=sidecar, cache=cache)


@pytest.fixture(scope="module")
def page(trained: Path) -> Path:
    """The page, written by the command."""
    ran = CliRunner().invoke(report, [str(trained), "--no-audit", "--cache", str(trained.with_name("cache"))])
    assert ran.exit_code == 0, ran.output
    return trained.with_name("acme.brand.html")


@pytest.fixture(scope="module")
def findings(trained: Path, gathered: Gathered) -> Findings:
    file = read_brand(trained)
    return find_findings(file, gathered, backbone_of(file))


def shares_of(trained: Path, gathered: Gathered, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and labels of a split, straight from the file's tensors."""
    file = read_brand(trained)
    weight, bias, mean, scale = (file.tensors[f"head.{name}"].numpy() for name in ("weight", "bias", "mean", "scale"))
    there = gathered.material.splits == split
    logits = ((gathered.material.features[there] - mean) / scale) @ weight.T + bias
    powers = np.exp(logits / file.temperature)
    return powers / powers.sum(axis=1, keepdims=True), gathered.material.labels[there]


def test_the_numbers_beside_the_page_are_those_of_the_test_split(page: Path, trained: Path, gathered: Gathered) -> None:
    record = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    shares, labels = shares_of(trained, gathered, "test")
    assert record["headline"]["accuracy"]["value"] == pytest.approx((shares.argmax(axis=1) == labels).mean(), abs=1e-6)
    assert record["headline"]["posts"] == len(labels)
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    gap = 0.0
    for low in np.arange(15) / 15:
        inside = (sure >= low) & (sure < low + 1 / 15) if low < 14 / 15 else sure >= low
        gap += inside.mean() * abs(right[inside].mean() - sure[inside].mean()) if inside.any() else 0.0
    assert record["trust"]["after"]["reliability"]["ece"] == pytest.approx(gap, abs=1e-5)
    table = {(one, other): count for one, other, count in record["scores"]["confusion"]}
    assert sum(table.values()) == len(labels)
    assert sum(count for (one, other), count in table.items() if one == other) == right.sum()
    for place, brand in enumerate(record["brands"]):
        own, rest = shares[labels == place, place], shares[labels != place, place]
        pairs = np.mean([(a > b) + 0.5 * (a == b) for a in own for b in rest])
        assert record["curves"][brand]["auc"] == pytest.approx(pairs, abs=1e-5)


def test_the_data_card_counts_what_was_put_there(page: Path) -> None:
    card = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["card"]
    assert card["posts"] == 3 * EACH + 1
    assert {row["brand"]: row["posts"] for row in card["brands"]} == {"하늘": EACH, "ember": EACH + 1, HOSTILE: EACH}
    assert all(sum(row["splits"].values()) == row["posts"] for row in card["brands"])
    assert card["broken_count"] == 1
    assert (card["copies"]["exact_groups"], card["copies"]["exact_posts"]) == (1, 2)
    assert card["doubt"]["count"] > 0  # every fifth post wears another brand's colours


def test_the_page_is_whole_small_and_asks_nobody(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert len(html) < 3_000_000
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)[^\"]*\"", html)
    assert "url(" not in html
    for section in ("headline", "data", "scores", "trust", "cam", "profile", "map", "audit", "origin"):
        assert f'id="{section}"' in html
    assert " style=" not in html  # the policy would refuse it


def test_hostile_names_stay_text(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert html.count("<script>") == 1
    assert "alert(1)" in html
    assert "&lt;script&gt;alert(1)&lt;" in html
    assert "<b>" not in html
    assert "하늘" in html


def test_the_same_posts_give_the_same_findings(findings: Findings, page: Path) -> None:
    assert to_json(findings) == page.with_suffix(".json").read_text(encoding="utf-8")


def test_the_audit_asks_what_the_report_measured(trained: Path, gathered: Gathered, findings: Findings) -> None:
    file = read_brand(trained)
    network = backbone_of(file)
    shares, labels = shares_of(trained, gathered, "test")
    test = [post for post, split in zip(gathered.posts, gathered.material.splits, strict=True) if split == "test"]
    asked = reading(file, network)([photos.read(post.path).pixels for post in test])
    np.testing.assert_allclose(asked, shares, atol=0.02)  # features are kept in half precision
    audited = audit_posts(file, gathered, find_evidence(file, gathered), network)
    assert audited.rows[0].accuracy.value == pytest.approx((shares.argmax(axis=1) == labels).mean())
    shown = render(replace(findings, audit=audited), "acme", date(2026, 11, 21))
    assert str(escape(audited.verdicts[0])) in shown


def test_an_audit_is_shown_and_its_absence_said(findings: Findings) -> None:
    class Row:
        name, sentence, survives, pictures = "grey", "Without <colour>", 0.5, 9
        accuracy = Share(0.625, 0.5, 0.75)

    class Audited:
        rows, verdicts, shortcuts = (Row(),), ("Half survives without colour & text.",), ()

    shown = render(replace(findings, audit=Audited()), "acme", date(2026, 11, 21))
    assert "62.5% (50.0\u201375.0)" in shown
    assert "Without &lt;colour&gt;" in shown
    assert "Half survives without colour &amp; text." in shown
    assert "No shortcut audit was made" in render(findings, "acme", date(2026, 11, 21))


def evidence(right: float, groups: int, each: int = 1, classes: int = 3, seed: int = 0) -> Evidence:
    """Made-up logits that are right for a share of the groups, in every split alike."""
    rng = np.random.default_rng(seed)
    kin = np.repeat(np.arange(4 * groups), each)
    labels = rng.integers(0, classes, 4 * groups)[kin]
    answers = np.where((rng.random(4 * groups) < right)[kin], labels, (labels + 1) % classes)
    logits = np.eye(classes)[answers] * 3.0 + rng.normal(0, 0.2, (len(labels), classes))
    splits = np.array(["train", "val", "cal", "test"])[kin % 4]
    paths = tuple(Path(f"{place}.jpg") for place in range(len(labels)))
    return Evidence(tuple("abc"[:classes]), paths, logits, labels, kin, splits, 1.0)


def claims_of(found: Evidence, known: bool = True, shortcuts: tuple[str, ...] | None = None) -> list[tuple[bool, str]]:
    test = found.at("test")
    rows = score_brands(found.labels[test], found.logits[test].argmax(axis=1), found.groups[test], found.brands).brands
    return [(claim.may, claim.words[0]) for claim in find_headline(found, rows, 0.9, known, shortcuts).claims]


def test_a_good_model_with_enough_posts_may_claim_much() -> None:
    claims = claims_of(evidence(0.97, 400))
    assert claims[0][0]
    assert "can be told apart" in claims[0][1]
    assert claims[1][0]
    assert "certified" in claims[1][1]


def test_too_few_posts_are_said_with_how_many_more() -> None:
    claims = claims_of(evidence(0.6, 12, classes=2, seed=4))
    assert not claims[0][0]
    said = " ".join(words for _, words in claims)
    more = re.search(r"about ([\d,]+) test posts more have an even chance", said)
    assert more is not None
    assert 10 < int(more[1].replace(",", "")) < 500
    assert "12 independent groups only" in said
    assert "be promised" in said


def test_chance_is_not_sold_as_too_few_posts() -> None:
    found = evidence(0.0, 60)
    assert "no number of test posts more" in claims_of(found)[0][1]


def test_unknown_campaigns_are_said() -> None:
    found = evidence(0.9, 60)
    assert any("next campaign" in words for _, words in claims_of(found, known=False))
    assert not any("next campaign" in words for _, words in claims_of(found))


def test_a_shortcut_that_was_found_is_in_the_headline() -> None:
    found = evidence(0.9, 60)
    assert "without a shortcut audit" in claims_of(found)[-1][1]
    assert "(logo masked)" in claims_of(found, shortcuts=("logo masked",))[-1][1]
    assert "does not prove that there is none" in claims_of(found, shortcuts=())[-1][1]


def test_how_many_more_is_right_when_they_come() -> None:
    """Four times the posts halve an interval: what `more_for` says, and what the bootstrap then finds."""
    assert more_for(0.2, 0.1, 50) == 150
    assert more_for(0.05, 0.1, 50) == 0
    widths = []
    for groups in (100, 400):
        found = evidence(0.7, groups)
        test = found.at("test")
        share = find_headline(found, (), 0.9, True, ()).accuracy
        widths.append((share.high - share.low, len(test)))
    assert widths[0][0] / widths[1][0] == pytest.approx(2.0, abs=0.5)


def test_thresholds_are_certified_on_calibration_posts_alone() -> None:
    found = evidence(0.97, 300)
    trust = find_trust(found)
    spoilt = found.logits.copy()
    spoilt[found.at("test")] *= -1.0  # were test looked at, this would move the thresholds
    other = find_trust(replace(found, logits=spoilt))
    assert [one.certified for one in trust.thresholds] == [one.certified for one in other.thresholds]
    assert trust.thresholds[1].certified.threshold is not None
    assert trust.thresholds[1].test_right != other.thresholds[1].test_right
    assert trust.thresholds[3].certified.threshold is None
    np.testing.assert_allclose(found.shares(found.at("cal"), 2.0), soften(found.logits[found.at("cal")], 2.0))


def test_siblings_count_once_in_what_is_certified() -> None:
    trust = find_trust(evidence(0.97, 60, each=5))
    assert trust.calibration_posts == 300
    assert trust.independent == 60


def test_numbers_that_are_none_become_null() -> None:
    assert plain({"a": (np.float64("nan"), np.int64(2), b"x", None, 0.12345678)}) == {
        "a": [None, 2, b"x", None, 0.123457]
    }


def test_the_page_works_in_a_browser(page: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_api.sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium is installed (set CHROMIUM to its path)")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        said: list[str] = []
        tab: Any = browser.new_page(viewport={"width": 390, "height": 800})
        tab.on("console", lambda message: said.append(message.text))
        tab.on("dialog", lambda dialog: said.append(dialog.message))
        tab.on("request", lambda ask: said.append(ask.url) if not ask.url.startswith(("file:", "data:")) else None)
        tab.goto(f"{page.as_uri()}?lang=en")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.locator("#scores h2 span[lang=ko]").is_hidden()
        tab.click("#language")
        assert tab.locator("#scores h2 span[lang=ko]").is_visible()
        tab.locator(".map circle").first.scroll_into_view_if_needed()
        tab.locator(".map circle").first.hover(force=True)
        assert tab.locator("#peek").is_visible()
        assert tab.locator("#peek-brand").inner_text() in BRANDS
        browser.close()
    assert said == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [("splits", "put it there, or train again"), ("posts", "--data"), ("ending", "another ending")],
)
def test_what_is_missing_is_said(spoil: str, said: str, trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / trained.name
    shutil.copy(trained, copy)
    sidecar = f"{trained.name}.splits.json"
    if spoil != "splits":
        shutil.copy(trained.with_name(sidecar), tmp_path / sidecar)
    asked = [str(copy), *(["--out", str(tmp_path / "x.json")] if spoil == "ending" else [])]
    ran = CliRunner().invoke(report, asked)
    assert isinstance(ran.exception, GenmarkError)
    assert said in str(ran.exception)
    assert not list(tmp_path.glob("*.html"))


def test_posts_of_other_brands_are_refused(trained: Path, gathered: Gathered) -> None:
    material = replace(gathered.material, brands=("x", "y", "z"))
    with pytest.raises(UsageError, match="learnt from"):
        find_evidence(read_brand(trained), replace(gathered, material=material))
