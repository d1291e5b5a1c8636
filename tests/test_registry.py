from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import doubles
import pytest

from genmark import registry
from genmark.errors import UsageError

LATER = """
from genmark.types import Photo

class Named:
    licence = "CC-BY-NC-4.0"
    commercial = False

    def __init__(self, argument="none"):
        self.argument = argument

    def __call__(self, photo, regions, style, seeds, /):
        return (Photo(photo.pixels, self.argument) for _ in seeds)
"""


def add_plugin(folder: Path, entries: str, **modules: str) -> None:
    info = folder / "genmark_later-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: genmark-later\nVersion: 1\n")
    (info / "entry_points.txt").write_text(entries)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)


def test_a_function_registered_by_a_package_is_the_backend(plugins: Path) -> None:
    assert registry.load("restylers", "negative") is doubles.negative


def test_embedded_backends_are_registered_like_all_others() -> None:
    assert "embedded" in registry.names("parsers"), "install the package first: pip install -e ."
    assert "embedded" in registry.names("restylers")


def test_an_unknown_name_is_answered_with_the_nearest(plugins: Path) -> None:
    with pytest.raises(UsageError, match=r"no restyler is called 'negatve'; did you mean 'negative'\?"):
        registry.load("restylers", "negatve")


def test_a_class_is_made_with_the_argument_after_the_colon(plugins: Path) -> None:
    add_plugin(plugins, "[genmark.restylers]\nnamed = later_named:Named\n", later_named=LATER)
    assert registry.load("restylers", "named:C:/a.safetensors").argument == "C:/a.safetensors"
    assert registry.load("restylers", "named").argument == "none"


def test_the_same_name_gives_the_same_backend_so_that_weights_load_once(plugins: Path) -> None:
    add_plugin(plugins, "[genmark.restylers]\nnamed = later_once:Named\n", later_once=LATER)
    assert registry.load("restylers", "named:a") is registry.load("restylers", "named:a")
    assert registry.load("restylers", "named:a") is not registry.load("restylers", "named:b")


def test_a_function_takes_no_argument(plugins: Path) -> None:
    with pytest.raises(UsageError, match="takes no argument"):
        registry.load("restylers", "negative:strong")


def test_a_missing_package_is_named(plugins: Path) -> None:
    add_plugin(plugins, "[genmark.scorers]\nfar = later_far:score\n", later_far="import no_such_package_1\n")
    with pytest.raises(UsageError, match="'far' needs the package 'no_such_package_1', which is not installed"):
        registry.load("scorers", "far")


def test_only_the_backend_that_is_asked_for_is_imported(plugins: Path) -> None:
    add_plugin(plugins, "[genmark.restylers]\nbomb = later_bomb:x\n", later_bomb="raise SystemExit('imported')\n")
    program = (
        "from genmark import registry; registry.names('restylers'); registry.load('restylers', 'negative'); "
        "import sys; print('later_bomb' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_cards_say_what_a_backend_declares_of_itself(plugins: Path) -> None:
    entries = "[genmark.restylers]\nnamed = later_card:Named\ngone = later_gone:x\n"
    add_plugin(plugins, entries, later_card=LATER, later_gone="import no_such_package_2\n")
    cards = {card.name: card for card in registry.cards() if card.kind == "restylers"}
    assert (cards["named"].licence, cards["named"].commercial) == ("CC-BY-NC-4.0", False)
    assert (cards["negative"].licence, cards["negative"].commercial) == ("Apache-2.0", True)
    assert "no_such_package_2" in cards["gone"].missing
    assert cards["gone"].commercial is False


def test_a_callable_is_its_own_backend_and_named_after_itself() -> None:
    assert registry.resolve("parsers", doubles.parse) is doubles.parse
    assert registry.name_of(doubles.parse) == "parse"
    assert registry.name_of("embedded") == "embedded"


def test_a_plugin_that_names_what_it_does_not_hold_is_said_so(plugins: Path) -> None:
    add_plugin(plugins, "[genmark.scorers]\nhollow = later_hollow:score\n", later_hollow="")
    with pytest.raises(UsageError, match=r"'hollow' cannot be imported: .*score"):
        registry.load("scorers", "hollow")
