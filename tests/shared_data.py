"""Where the licensed training data lies on a developer's machine; it is not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("GENMARK_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


def pack(name: str) -> Path:
    """The folder of one data pack; skips the test, with the reason, where it is absent."""
    folder = ROOT / name
    if not folder.is_dir():
        pytest.skip(f"the {name} pack is not on this machine (set GENMARK_SHARED to the folder that holds data/)")
    return folder
