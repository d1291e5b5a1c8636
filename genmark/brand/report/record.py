"""Findings as plain values for machines: what the page says, without its pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from genmark.brand.report.findings import Findings

FORMAT = "genmark-brand-report/1"
_PLACES = 6


def to_json(findings: Findings) -> str:
    """Findings as JSON, UTF-8 text; numbers to six decimals, None where there is none."""
    return json.dumps({"format": FORMAT, **plain(findings)}, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """A dataclass, mapping, sequence, array or number as what JSON knows; bytes (pictures) are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: plain(part) for name, part in named if not isinstance(part, bytes)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return _number(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(part) for part in value]
    if isinstance(value, float):
        return round(value, _PLACES) if math.isfinite(value) else None
    return value
