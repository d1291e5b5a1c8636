"""Small drawings of a report as inline SVG. Their colours are classes of the page's style sheet: light, dark, print.

Everything that is drawn also stands in a table beside it; a drawing's title and description say what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

import numpy as np
from markupsafe import Markup

from genmark.brand.agreement import Share
from genmark.brand.calibration import Reliability
from genmark.brand.compare import Difference
from genmark.brand.report.profile import Swatch
from genmark.gallery.words import Pair

COLOURS = 12
"""Classes c0 to c11 of the style sheet; a thirteenth brand shares the first's."""
_POINTS = 160  # of a curve: more cannot be seen at this size

_SIDE, _LEFT, _TOP, _BELOW = 240.0, 46.0, 10.0, 38.0


def square(
    title: Pair,
    axes: tuple[Pair, Pair],
    lines: Iterable[tuple[int, Sequence[float], Sequence[float]]],
    guide: bool = True,
) -> Markup:
    """Curves in the unit square: (colour, x, y) each; with the diagonal as a `guide`."""
    drawn = Markup("").join(
        Markup('<polyline class="curve c{}" points="{}"/>').format(colour % COLOURS, _path(x, y))
        for colour, x, y in lines
    )
    return _framed(title, axes, (_diagonal() if guide else Markup("")) + drawn)


def bars(title: Pair, axes: tuple[Pair, Pair], found: Reliability) -> Markup:
    """A reliability diagram: accuracy in each bin of confidence, its gap to the ideal, and how many posts it holds."""
    many, width = len(found.counts), _SIDE / len(found.counts)
    most, parts = max(int(found.counts.max()), 1), []
    for place, count in enumerate(found.counts.tolist()):
        if not count:
            continue
        x, right, sure = _LEFT + place * width, float(found.accuracy[place]), float(found.confidence[place])
        parts.append(_rect("bar", x + 0.75, _y(right), width - 1.5, right * _SIDE))
        low, high = sorted((right, sure))
        parts.append(_rect("gap", x + 0.75, _y(high), width - 1.5, (high - low) * _SIDE))
        tall = 26.0 * count / most
        parts.append(_rect("count", x + 0.75, _TOP + _SIDE - tall, width - 1.5, tall))
        tip = Markup("<title>{}</title>").format(
            f"{place / many:.2f}-{(place + 1) / many:.2f}: n = {count}, {sure:.0%} sure, {right:.0%} right"
        )
        parts.append(_rect("hit", x, _TOP, width, _SIDE, tip))
    return _framed(title, axes, _diagonal() + Markup("").join(parts))


def span(share: Share | None) -> Markup:
    """A share with its interval, on a line from 0 to 1; decoration beside the numbers."""
    if share is None:
        return Markup("")
    return Markup(
        '<svg class="span" viewBox="0 0 100 10" aria-hidden="true"><line class="axis" x1="0" y1="5" x2="100" y2="5"/>'
        '<line class="reach" x1="{}" y1="5" x2="{}" y2="5"/><circle cx="{}" cy="5" r="3"/></svg>'
    ).format(_n(100 * share.low), _n(100 * share.high), _n(3 + 94 * share.value))


def forest(title: Pair, rows: Sequence[Difference], names: Sequence[Pair], reach: float = 3.0) -> Markup:
    """Effect sizes with their intervals, one line each; what lies beyond `reach` is drawn at the edge."""
    height = 22.0 * len(rows) + 26.0
    parts = [Markup('<line class="axis" x1="290" y1="0" x2="290" y2="{}"/>').format(_n(height - 22))]
    for tick in (-3, -2, -1, 1, 2, 3):
        parts.append(
            Markup('<line class="grid" x1="{0}" y1="0" x2="{0}" y2="{1}"/>').format(
                _n(_d(tick, reach)), _n(height - 22)
            )
        )
    for tick in (-3, -2, -1, 0, 1, 2, 3):
        parts.append(_label(_d(tick, reach), height - 6, f"{tick:+d}" if tick else "0", "middle"))
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        y = 22.0 * place + 12.0
        parts.append(
            Markup('<text class="label" x="150" y="{}" text-anchor="end">{}</text>').format(_n(y + 4), _both(name))
        )
        faint = "" if row.q < 0.05 else " faint"
        ends = _n(_d(row.low, reach)), _n(_d(row.high, reach)), _n(_d(row.d, reach))
        line = Markup('<line class="reach{}" x1="{}" x2="{}" y1="{y}" y2="{y}"/>')
        parts.append(line.format(faint, *ends[:2], y=_n(y)))
        parts.append(Markup('<circle class="dot{}" cx="{}" cy="{}" r="4"/>').format(faint, ends[2], _n(y)))
    return _svg(title, 430.0, height, Markup("").join(parts), "forest")


def palette(title: Pair, swatches: Sequence[Swatch]) -> Markup:
    """A brand's colours side by side, as wide as their shares."""
    parts, x = [], 0.0
    for one in swatches:
        tip = Markup("<title>{}</title>").format(f"{one.colour} {one.share:.0%}")
        parts.append(Markup('<rect x="{}" y="0" width="{}" height="40" fill="{}">{}</rect>').format(
            _n(x), _n(300 * one.share), one.colour, tip))  # fmt: skip
        x += 300 * one.share
    return _svg(title, 300.0, 40.0, Markup("").join(parts), "palette")


def stack(title: Pair, counts: Sequence[tuple[int, str, int]]) -> Markup:
    """One bar of parts: (colour, name, count) each."""
    total, x, parts = max(sum(count for _, _, count in counts), 1), 0.0, []
    for colour, name, count in counts:
        tip = Markup("<title>{}: {}</title>").format(name, count)
        parts.append(_rect(f"part c{colour % COLOURS}", x, 0, 300 * count / total, 16, tip))
        x += 300 * count / total
    return _svg(title, 300.0, 16.0, Markup("").join(parts), "stack")


def portions(title: Pair, colour: int, rows: Sequence[tuple[str, float | None, float | None]]) -> Markup:
    """Shares of posts with an attribute: (name, by labels, by the model) each; a bar, and a line across it."""
    height, left, width = 24.0 * len(rows) + 22.0, 140.0, 175.0
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        line = Markup('<line class="grid" x1="{0}" y1="0" x2="{0}" y2="{1}"/>')
        parts.append(line.format(_n(left + tick * width), _n(height - 20)))
        parts.append(_label(left + tick * width, height - 5, f"{tick:.0%}", "middle"))
    for place, (name, labelled, predicted) in enumerate(rows):
        y = 24.0 * place
        text = Markup('<text class="label" x="{}" y="{}" text-anchor="end">{}<title>{}</title></text>')
        parts.append(text.format(_n(left - 8), _n(y + 16), _short(name), name))
        if labelled is not None:
            parts.append(_rect(f"part c{colour % COLOURS}", left, y + 5, labelled * width, 14))
        if predicted is not None:
            x = _n(left + predicted * width)
            line = Markup('<line class="{kind}" x1="{x}" x2="{x}" y1="{a}" y2="{b}"/>')
            parts += [line.format(kind=kind, x=x, a=_n(y + 2), b=_n(y + 22)) for kind in ("halo", "mark")]
    return _svg(title, left + width + 22, height, Markup("").join(parts), "portions")


def spread(places: Sequence[tuple[float, float]], apart: float, most: int) -> list[int]:
    """Which points in the unit square get a picture so that none covers another: first come, first served."""
    chosen: list[int] = []
    for place, (x, y) in enumerate(places):
        if len(chosen) < most and all(max(abs(x - places[one][0]), abs(y - places[one][1])) >= apart for one in chosen):
            chosen.append(place)
    return chosen


def _framed(title: Pair, axes: tuple[Pair, Pair], inside: Markup) -> Markup:
    """Axes from 0 to 1 around what is drawn."""
    parts = [
        Markup('<rect class="frame" x="{}" y="{}" width="{s}" height="{s}"/>').format(_n(_LEFT), _n(_TOP), s=_n(_SIDE))
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_label(_LEFT + tick * _SIDE, _TOP + _SIDE + 14, f"{tick:g}", "middle"))
        parts.append(_label(_LEFT - 5, _y(tick) + 4, f"{tick:g}", "end"))
    middle = _TOP + _SIDE / 2
    parts.append(Markup('<text class="label" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        _n(_LEFT + _SIDE / 2), _n(_TOP + _SIDE + 32), _both(axes[0])))  # fmt: skip
    turned = Markup('<text class="label" transform="rotate(-90 12 {y})" x="12" y="{y}" text-anchor="middle">{}</text>')
    parts.append(turned.format(_both(axes[1]), y=_n(middle)))
    return _svg(title, _LEFT + _SIDE + 12, _TOP + _SIDE + _BELOW, Markup("").join(parts) + inside, "plot")


def _diagonal() -> Markup:
    ends = _LEFT, _TOP + _SIDE, _LEFT + _SIDE, _TOP
    return Markup('<line class="guide" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(*map(_n, ends))


def _svg(title: Pair, width: float, height: float, inside: Markup, kind: str) -> Markup:
    return Markup(
        '<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{en}" data-label-en="{en}" '
        'data-label-ko="{ko}">{inside}</svg>'
    ).format(kind=kind, width=_n(width), height=_n(height), en=title[0], ko=title[1], inside=inside)


def _both(pair: Pair) -> Markup:
    return Markup('<tspan lang="en">{}</tspan><tspan lang="ko">{}</tspan>').format(*pair)


def _label(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(_n(x), _n(y), anchor, text)


def _rect(kind: str, x: float, y: float, width: float, height: float, inside: Markup | str = "") -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>').format(
        kind, _n(x), _n(y), _n(max(width, 0.0)), _n(max(height, 0.0)), inside
    )


def _short(name: str) -> str:
    """A name that fits beside a drawing; East Asian letters take the room of two."""
    room, kept = 22, ""
    for letter in name:
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 1:
            return f"{kept}…"
        kept += letter
    return kept


def _path(x: Sequence[float], y: Sequence[float]) -> str:
    """Points of a curve, at most `_POINTS` of them, both ends kept."""
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), _POINTS)).round().astype(int)).tolist()
    return " ".join(f"{_n(_LEFT + x[place] * _SIDE)},{_n(_y(y[place]))}" for place in keep)


def _y(share: float) -> float:
    return _TOP + (1.0 - share) * _SIDE


def _d(effect: float, reach: float) -> float:
    """Where on the axis of a forest an effect lies."""
    bounded = 0.0 if math.isnan(effect) else max(-reach, min(reach, effect))
    return 290.0 + bounded / reach * 128.0


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
