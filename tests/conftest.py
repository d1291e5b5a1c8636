from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # a busy machine would spend its time on threads that wait

import doubles
import pytest

from genmark import registry
from genmark.types import Photo, Regions


@pytest.fixture
def portrait() -> Photo:
    return doubles.draw_portrait()


@pytest.fixture
def regions(portrait: Photo) -> Regions:
    return doubles.parse(portrait)


@pytest.fixture
def plugins(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The doubles, installed as a package with entry points; the folder is on `sys.path` while a test runs."""
    folder = tmp_path_factory.mktemp("plugins")
    info = folder / "genmark_doubles-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: genmark-doubles\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(doubles.ENTRY_POINTS)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{Path(doubles.__file__).parent}:{Path(registry.__file__).parents[1]}")
    monkeypatch.setenv("PYTHONWARNINGS", "")
    yield folder
    registry.load.cache_clear()
    sys.path_importer_cache.pop(str(folder), None)
