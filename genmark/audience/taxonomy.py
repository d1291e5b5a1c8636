"""Cross-references to IAB Tech Lab's taxonomies: the ids that shipped segments carry, and what they are called there.

`iab.csv` holds 174 of the 2,141 nodes of Audience Taxonomy 1.1 ("audience:544") and Ad Product Taxonomy 2.0
("product:1226"), © IAB Technology Laboratory, Inc., Creative Commons Attribution 3.0
(creativecommons.org/licenses/by/3.0/), from InteractiveAdvertisingBureau/Taxonomies at commit b7acdca (12 August 2025).
Changes: a choice of nodes, paths joined by " > ". The project's own segments stay primary; no SCD flag is used.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).resolve().with_name("iab.csv")
_ID = re.compile(r"(audience|product):\d{1,4}")


@cache
def nodes() -> Mapping[str, str]:
    """Node to path, as "audience:544" to "Interest > Pets > Dogs"."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return MappingProxyType({row["node"]: row["path"] for row in csv.DictReader(lines)})


def path_of(node: str) -> str:
    """What IAB calls a node; "" for one that no shipped segment refers to."""
    return nodes().get(node, "")


def is_node(text: str) -> bool:
    """Whether this is written as a node is: "audience:544" or "product:1226"."""
    return bool(_ID.fullmatch(text))
