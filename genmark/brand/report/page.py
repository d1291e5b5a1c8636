"""One self-contained HTML page of what was found. No request leaves it, and nothing that a stranger wrote runs in it.

Names of brands and files are escaped by the template engine; the page's own policy allows only the one script and the
one style sheet that it was written with, by their hashes.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment
from markupsafe import Markup

import genmark
from genmark.brand.agreement import Share
from genmark.brand.report import plots
from genmark.brand.report.findings import Findings
from genmark.brand.report.words import CONDITIONS, MEASURES, WORDS
from genmark.gallery.sealed import data_uri, policy_of, templates_of, text_of
from genmark.gallery.words import Pair, day

WIDEST = 16
"""Brands up to which the whole confusion matrix is shown; of more, the pairs that are confused most."""
_PAIRS, _FOREST, _LISTED = 20, 8, 200
_PINNED, _APART = 90, 0.055  # pictures that lie on the map all the time, and how far they keep from each other


def render(findings: Findings, name: str, made: date) -> str:
    """The page as HTML; `name` of the brand file, `made` the day."""
    style, script = text_of("genmark.brand.report", "report.css"), text_of("genmark.brand.report", "report.js")
    page = _templates().get_template("report.html")
    return page.render(
        f=findings,
        name=name,
        day=day(made),
        version=genmark.__version__,
        words=WORDS,
        measures=MEASURES,
        conditions=CONDITIONS,
        style=Markup(style),
        script=Markup(script),
        policy=policy_of(style, script),
        confusion=_confusion(findings),
        listed=_listed(findings),
        sections=_sections(findings),
        drawn=_drawings(findings),
    )


def percent(share: Share | None) -> str:
    """A share with its interval, in percent; a dash where there is none."""
    if share is None:
        return "-"
    return f"{100 * share.value:.1f}% ({100 * share.low:.1f}\u2013{100 * share.high:.1f})"


def _drawings(findings: Findings) -> dict[str, Any]:
    places = {brand: place for place, brand in enumerate(findings.brands)}
    curves = [(places[brand], one) for brand, one in findings.curves.items()]
    return _beliefs(findings) | {
        "roc": plots.square(
            WORDS["roc"],
            (WORDS["false_rate"], WORDS["true_rate"]),
            [(place, one.false_rate.tolist(), one.true_rate.tolist()) for place, one in curves],
        ),
        "pr": plots.square(
            WORDS["pr"],
            (WORDS["recall"], WORDS["precision"]),
            [(place, one.recall.tolist(), one.precision.tolist()) for place, one in curves],
            guide=False,
        ),
        "profiles": [_profile(one.brand, one.differences[:_FOREST], one.palette) for one in findings.profiles],
        "clusters": _stacks(findings, places),
        "pinned": _pinned(findings),
        "lots": _lots(findings, places),
    }


def _beliefs(findings: Findings) -> dict[str, Any]:
    if findings.trust is None:
        return {}
    sure = WORDS["confidence"], WORDS["share_right"]
    pairs = (("before", findings.trust.before), ("after", findings.trust.after))
    return {name: plots.bars(WORDS[name], sure, belief.reliability) for name, belief in pairs}


def _lots(findings: Findings, places: dict[str, int]) -> list[Markup]:
    """The attributes of each brand, or of all posts."""
    if findings.attributes is None:
        return []
    return [
        plots.portions(
            (f"{lot.brand or 'All posts'}: attributes", f"{lot.brand or '모든 게시물'}: 속성"),
            places.get(lot.brand, 0),
            [(row.attribute, row.labelled_test, row.predicted) for row in lot.portions],
        )
        for lot in findings.attributes.lots
    ]


def _profile(brand: str, rows: Any, palette: Any) -> dict[str, Markup]:
    effects: Pair = (f"{brand}: effect sizes against the other brands", f"{brand}: 다른 브랜드와의 효과 크기")
    colours: Pair = (f"{brand}: palette", f"{brand}: 팔레트")
    names = [MEASURES[row.name] for row in rows]
    return {"forest": plots.forest(effects, rows, names), "palette": plots.palette(colours, palette)}


def _stacks(findings: Findings, places: dict[str, int]) -> list[Markup]:
    if findings.landscape is None or not findings.brands:
        return []
    return [
        plots.stack(
            (f"Brands in group {number}", f"묶음 {number}의 브랜드 구성"),
            [(places[brand], brand, count) for brand, count in one.brands.items()],
        )
        for number, one in enumerate(findings.landscape.clusters, start=1)
    ]


def _pinned(findings: Findings) -> list[int]:
    """Which posts of the map show their picture all the time."""
    if findings.landscape is None:
        return []
    spots = findings.landscape.spots
    order = [place for place in np.random.default_rng(0).permutation(len(spots)).tolist() if spots[place].jpeg]
    chosen = plots.spread([(spots[place].x, spots[place].y) for place in order], _APART, _PINNED)
    return [order[place] for place in chosen]


def _confusion(findings: Findings) -> dict[str, Any]:
    """The matrix as rows of cells (count, share of the row, shade 0 to 10), or the pairs that are confused most."""
    if findings.scores is None:
        return {"rows": [], "pairs": []}
    brands, found = findings.brands, findings.scores.confusion
    totals = [max(row.support, 1) for row in findings.scores.brands]
    if len(brands) > WIDEST:
        wrong = [row for row in found.tolist() if row[0] != row[1]][:_PAIRS]
        pairs = [(brands[one], brands[other], count, count / totals[one]) for one, other, count in wrong]
        return {"rows": [], "pairs": pairs}
    table = np.zeros((len(brands), len(brands)), np.int64)
    table[found[:, 0], found[:, 1]] = found[:, 2]
    rows = [
        [(count, count / total, round(10 * count / total)) for count in row]
        for row, total in zip(table.tolist(), totals, strict=True)
    ]
    return {"rows": list(zip(brands, rows, strict=True)), "pairs": []}


def _sections(findings: Findings) -> list[str]:
    """The headings that a table of contents names, in their order on the page."""
    of_brands = ["scores", "trust"], ["cam", "profile"], ["audit"]
    first, second, third = of_brands if findings.brands else ([], [], [])
    return ["data", *first, *(["attributes"] if findings.attributes else []), *second, "map", *third, "origin"]


def _listed(findings: Findings) -> list[int]:
    """Which brands have a line in the tables: all, or those with most posts."""
    order = np.argsort([-row.posts for row in findings.card.brands], kind="stable")[:_LISTED]
    return sorted(order.tolist())


@cache
def _templates() -> Environment:
    room = templates_of("genmark.brand.report")
    room.filters |= {"percent": percent, "uri": data_uri}
    room.globals |= {"span": plots.span, "colours": plots.COLOURS}
    return room
