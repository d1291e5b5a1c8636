"""Attributes in the brand report: numbers against other ways of computing them, pages with and without brands."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from genmark.brand.agreement import Share
from genmark.brand.archive import read_brand
from genmark.brand.calibration import clopper_pearson
from genmark.brand.certify import Certified
from genmark.brand.gathering import Gathered, find_posts, gather
from genmark.brand.ranking import average_precision
from genmark.brand.report.attribute_claims import claims_of_attributes
from genmark.brand.report.attributes import Attributes, AttributeScore, Chance, chance, rank
from genmark.brand.report.findings import find_findings
from genmark.brand.report.page import render
from genmark.brand.report.scores import BrandScore
from genmark.brand.scoring import backbone_of
from genmark.cli import main
from genmark.errors import UsageError

POSTS, HOSTILE = 60, "<b>fun & 화려한"


def made_up(seed: int, groups: int = 30, each: int = 1, gain: float = 1.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities (N, 2) and marks: the first attribute is told with a `gain`, the second not at all."""
    dice = np.random.default_rng(seed)
    kin = np.repeat(np.arange(groups), each)
    marks = (dice.random((groups, 2)) < 0.4)[kin]
    scores = dice.normal(size=(groups, 2))[kin] + np.stack([gain * marks[:, 0], np.zeros(len(kin))], axis=1)
    return 1.0 / (1.0 + np.exp(-scores)), marks, kin


def test_average_precision_comes_with_its_mean_and_intervals_that_know_groups() -> None:
    shares, marks, kin = made_up(0, groups=40, each=3)
    found = rank(shares, marks, kin, draws=200)
    each = [average_precision(shares[:, place], marks[:, place]) for place in range(2)]
    assert [one.value for one in found] == pytest.approx([*each, np.mean(each)])
    assert all(one.low < one.value < one.high for one in found)
    alone = rank(shares, marks, np.arange(len(kin)), draws=200)
    assert found[0].high - found[0].low > 1.25 * (alone[0].high - alone[0].low)


def test_a_perfect_order_is_no_surer_than_its_groups() -> None:
    marks = np.array([[True], [True], [False], [False]])
    (share, mean) = rank(np.array([[0.9], [0.8], [0.2], [0.1]]), marks, np.arange(4), draws=50)
    assert (share.value, share.low, share.high) == (1.0, *clopper_pearson(4, 4))
    assert mean == share


def test_chance_is_what_orders_that_know_nothing_show() -> None:
    shares, marks, kin = made_up(1, groups=60)
    orders = chance(shares, marks, kin, draws=300)
    dice = np.random.default_rng(9)
    other = [average_precision(dice.permutation(shares[:, 0]), marks[:, 0]) for _ in range(300)]
    assert orders[:, 0].mean() == pytest.approx(np.mean(other), abs=0.02)
    assert np.percentile(orders[:, 0], 95) == pytest.approx(np.percentile(other, 95), abs=0.04)
    assert average_precision(shares[:, 0], marks[:, 0]) > np.percentile(orders[:, 0], 95)


def test_posts_of_one_campaign_do_not_make_chance_look_small() -> None:
    """Attributes that are told by nothing: a test at 5 % that took 6 like posts for strangers would cry out often."""
    cried = {"groups": 0, "strangers": 0}
    for seed in range(40):
        shares, marks, kin = made_up(seed, groups=12, each=6, gain=0.0)
        seen = average_precision(shares[:, 1], marks[:, 1])
        for name, groups in (("groups", kin), ("strangers", np.arange(len(kin)))):
            orders = chance(shares[:, 1:], marks[:, 1:], groups, draws=60)
            cried[name] += bool((1 + (orders >= seen).sum()) / 61 < 0.05)
    assert cried["groups"] <= 6
    assert cried["strangers"] >= 2 * cried["groups"]


def row(name: str, q: float, ap: float, certified: Certified) -> AttributeScore:
    score = BrandScore(name, None, None, None, 5, 5, 5)
    return AttributeScore(
        name, 0.3, Share(ap, ap - 0.1, ap + 0.1), Chance(0.35, 0.5, q, q), 0.5, score, certified, 0.1, 0.2
    )


def test_claims_name_what_is_told_what_is_not_and_how_many_more() -> None:
    sure, unsure = Certified(0.9, 0.95, 0.8, 0.4, 40, 1.0), Certified(0.9, 0.95, None, more=70)
    rows = (row("fun", 0.01, 0.9, sure), row("rugged", 0.01, 0.7, unsure), row("glamorous", 0.4, 0.4, unsure))
    found = Attributes(50, 30, Share(0.7, 0.6, 0.8), 0.35, rows, 25, ())
    claims = [(claim.may, *claim.words) for claim in claims_of_attributes(found)]
    assert [may for may, _, _ in claims] == [True, False, True, False, False]
    assert "fun and rugged can be told" in claims[0][1]
    assert "tell glamorous: that could be chance" in claims[1][1]
    assert "up to 150 test posts more" in claims[1][1]  # 0.1 is to become 0.05: four times the 50 posts
    assert "said to show fun does in at least 90%" in claims[2][1]
    assert "No answer on rugged" in claims[3][1]
    assert "About 70 independent calibration posts" in claims[3][1]
    assert "shortcut" in claims[4][1]
    assert all(any("가" <= letter <= "힣" for letter in korean) for _, _, korean in claims)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Posts in two tables, `alone.csv` and `both.csv`: `warm` is their ground, `busy` how many spots, the third is
    drawn by lot; with brands, these are the ground, too."""
    room, dice = tmp_path_factory.mktemp("attributes"), np.random.default_rng(3)
    rows = [[number % 2, number // 2 % 2, int(dice.integers(0, 2))] for number in range(POSTS)]
    for number, (warm, busy, _) in enumerate(rows):
        pixels = np.full((48, 48, 3), (225, 170, 110) if warm else (110, 160, 225), np.float64)
        for _ in range(24 if busy else 2):
            y, x = dice.integers(0, 44, 2).tolist()
            pixels[y : y + 4, x : x + 4] = dice.integers(0, 256, 3)
        noisy = np.clip(pixels + dice.normal(0, 9, pixels.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(room / f"{number}.png")
    for name, columns in (("alone", 4), ("both", 5)):
        with (room / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["path", "warm", "busy", HOSTILE, "brand"][:columns])
            for number, row in enumerate(rows):
                table.writerow([f"{number}.png", *row, "ember" if row[0] else "하늘"][:columns])
    return room


def trained(folder: Path, name: str) -> Path:
    out = folder / f"{name}.brand"
    asked = ["brand", "train", str(folder / f"{name}.csv"), "--backbone", "looks", "--out", str(out)]
    ran = CliRunner().invoke(main, [*asked, "--cache", str(folder / "cache")])
    assert ran.exit_code == 0, ran.output
    return out


def gathered_at(out: Path) -> Gathered:
    posts, network = find_posts(out.with_suffix(".csv")), backbone_of(read_brand(out))
    sidecar = out.with_name(f"{out.name}.splits.json")
    return gather(posts, network, lambda _: None, written=sidecar, cache=out.with_name("cache"))


@pytest.fixture(scope="module")
def alone(folder: Path) -> tuple[Path, str, dict[str, Any]]:
    """A file of attributes without brands, the page on it, and the numbers."""
    out = trained(folder, "alone")
    ran = CliRunner().invoke(main, ["brand", "report", str(out), "--cache", str(folder / "cache")])
    assert ran.exit_code == 0, ran.output
    html, numbers = (out.with_name(f"{out.name}.{ending}") for ending in ("html", "json"))
    return out, html.read_text(encoding="utf-8"), json.loads(numbers.read_text(encoding="utf-8"))


def test_a_file_of_attributes_alone_gets_a_page_without_brands(alone: tuple[Path, str, dict[str, Any]]) -> None:
    _, html, record = alone
    for section in ("headline", "data", "attributes", "map", "origin"):
        assert f'id="{section}"' in html
    for section in ("scores", "trust", "cam", "profile", "audit"):
        assert f'id="{section}"' not in html
        assert f'href="#{section}"' not in html
    assert (record["headline"], record["scores"], record["trust"], record["audit"]) == (None, None, None, None)
    assert record["card"]["posts"] == POSTS
    assert sum(record["card"]["splits"].values()) == POSTS
    assert "mean average precision of 3 attributes" in html
    assert "next campaign" in html  # nothing says which posts belong together
    assert "&lt;b&gt;fun &amp; 화려한" in html
    assert "<b>" not in html
    assert " style=" not in html


def test_attributes_are_measured_on_test_posts_by_the_probabilities_of_the_file(
    alone: tuple[Path, str, dict[str, Any]],
) -> None:
    out, _, record = alone
    file, material = read_brand(out), gathered_at(out).material
    test = material.splits == "test"
    weight, bias, mean, scale = (file.tensors[f"head.{name}"].numpy() for name in ("weight", "bias", "mean", "scale"))
    logits = ((material.features[test] - mean) / scale) @ weight.T + bias
    shares = 1.0 / (1.0 + np.exp(-logits / file.tensors["head.temperatures"].numpy()))
    rows = record["attributes"]["rows"]
    assert [row["name"] for row in rows] == list(file.attributes) == sorted(["warm", "busy", HOSTILE])
    for place, row in enumerate(rows):
        marks = material.marks[test, place] > 0.5
        said = shares[:, place] >= row["threshold"]
        assert row["ap"]["value"] == pytest.approx(average_precision(shares[:, place], marks), abs=1e-4)
        assert row["shown"] == pytest.approx(marks.mean(), abs=1e-5)
        assert row["score"]["recall"]["value"] == pytest.approx((said & marks).sum() / marks.sum(), abs=1e-5)
        assert row["threshold"] == file.thresholds.get(row["name"], 0.5)
        (lot,) = record["attributes"]["lots"]
        assert lot["portions"][place]["predicted"] == pytest.approx(shares[:, place].mean(), abs=1e-4)
        assert lot["portions"][place]["labelled"] == pytest.approx((material.marks[:, place] > 0.5).mean(), abs=1e-5)
    warm = next(row for row in rows if row["name"] == "warm")
    assert warm["ap"]["value"] > warm["chance"]["high"]
    assert warm["chance"]["p"] < 0.05


def test_brands_and_attributes_stand_on_one_page(folder: Path) -> None:
    out = trained(folder, "both")
    file, gathered = read_brand(out), gathered_at(out)
    findings = find_findings(file, gathered, backbone_of(file))
    html = render(findings, "acme", date(2026, 11, 21))
    for section in ("scores", "trust", "attributes", "cam", "profile", "audit"):
        assert f'id="{section}"' in html
    assert findings.attributes is not None
    assert [lot.brand for lot in findings.attributes.lots] == ["ember", "하늘"]
    ember = {portion.attribute: portion.labelled for portion in findings.attributes.lots[0].portions}
    assert (ember["warm"], 0.2 < ember["busy"] < 0.8) == (1.0, True)
    assert findings.headline is not None
    assert findings.claims[: len(findings.headline.claims)] == findings.headline.claims
    assert len(findings.claims) > len(findings.headline.claims)
    other = replace(gathered, material=replace(gathered.material, attributes=("x", "y", "z")))
    with pytest.raises(UsageError, match="learnt from"):
        find_findings(file, other, backbone_of(file))
