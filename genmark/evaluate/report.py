"""What `genmark eval hair` says to people: a table in Markdown, and sheets of what was judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genmark import files, writing
from genmark.types import Photo, Pixels

_COLUMNS = 8


def write_report(folder: Path, report: Mapping[str, Any], pictures: Mapping[str, Sequence[Pixels]]) -> None:
    """Write `report.json`, `report.md`, and a sheet for each method of `pictures` (crops of one size) into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files.write_bytes(folder / "report.json", json.dumps(report, indent=2).encode())
    files.write_bytes(folder / "report.md", write_table(report).encode())
    for name, crops in pictures.items():
        if crops:
            writing.write(Photo(tile(crops), name), folder / f"{name}.jpg", quality=88)


def tile(crops: Sequence[Pixels]) -> Pixels:
    """Crops (S, S, 3) side by side, eight to a row, on white."""
    side, rows = crops[0].shape[0], -(-len(crops) // _COLUMNS)
    sheet = np.full((rows * side, min(_COLUMNS, len(crops)) * side, 3), 255, np.uint8)
    for k, crop in enumerate(crops):
        top, left = k // _COLUMNS * side, k % _COLUMNS * side
        sheet[top : top + side, left : left + side] = crop
    return sheet


def write_table(report: Mapping[str, Any]) -> str:
    """The report as Markdown: what came of the pack's people; under headings of their own, of photos from elsewhere and
    of own hair that was put back."""
    parts = [_write_comparison(report)] if report["people"] else []
    if "outside" in report:
        parts.append("## Photos from outside the pack\n\n" + _write_comparison(report["outside"]))
    if "returns" in report:
        parts.append("## Own hair, lifted, harmed and put back\n\n" + _write_returns(report["returns"]))
    return "\n".join(parts)


def _write_comparison(report: Mapping[str, Any]) -> str:
    """One column a method, one row a measure; a dash where there was too little."""
    head = f"{report['people']} people, {report['requests']} requests, {report['compared']} that no method refused.\n"
    if report.get("unusable"):
        head += f"Photos that cannot be restyled: {_show(report['unusable'])}.\n"
    if report.get("in_pack"):
        head += f"Not from outside, but pictures of the pack: {', '.join(report['in_pack'])}.\n"
    real = [
        f"Real heads, {name} features: floor {_show(found['floor'])}, these customers' photos "
        f"{_show(found.get('customers'))}."
        for name, found in report["real"].items()
    ]
    return "\n".join([head, *_tabulate(report["methods"]), "", *real, ""])


def _write_returns(report: Mapping[str, Any]) -> str:
    ways = {name: found for name, found in report.items() if isinstance(found, Mapping)}
    return "\n".join([f"{report['pairs']} portraits.\n", *_tabulate(ways), ""])


def _tabulate(columns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = {measure: [_cell(column, measure) for column in columns.values()] for measure in _measures(columns)}
    lines = ["| measure | " + " | ".join(columns) + " |", "| --- " * (len(columns) + 1) + "|"]
    return lines + [f"| {measure} | " + " | ".join(cells) + " |" for measure, cells in rows.items()]


def _measures(methods: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Paths of every number in any method's report, in the order of their first appearance."""
    found: dict[str, None] = {}
    for method in methods.values():
        found |= dict.fromkeys(_paths(method))
    return list(found)


def _paths(value: Mapping[str, Any], above: str = "") -> list[str]:
    found: list[str] = []
    for name, below in value.items():
        path = f"{above}{name}"
        leaf = not isinstance(below, Mapping) or "low" in below or path == "refused"
        found += [path] if leaf else _paths(below, path + ".")
    return found


def _cell(method: Mapping[str, Any], path: str) -> str:
    value: Any = method
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return _show(value)


def _show(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        if "low" in value:
            return f"{value['value']:.4f} ({value['low']:.4f} to {value['high']:.4f})"
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "0"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
