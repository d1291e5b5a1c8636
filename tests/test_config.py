"""Settings files, the shipped hair styles, and the names people ask for them by."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from genmark.config import DyeTable, StylesFile, config_path, find_style, load_styles, read_config
from genmark.errors import ConfigError, UsageError
from genmark.recipes import Style
from genmark.restyle.hair.donors import read_donors

STYLES = load_styles()
DYES = [style for style in STYLES.values() if style.dye is not None]
# fmt: off
ASKED = (
    "애쉬브라운", "초코브라운", "밀크브라운", "다크브라운", "카키브라운", "오렌지브라운", "레드와인", "버건디",
    "로즈골드", "핑크베이지", "애쉬베이지", "애쉬그레이", "실버", "플래티넘", "허니블론드", "카퍼",
    "블루블랙", "네이비", "애쉬카키", "올리브", "민트", "라벤더", "바이올렛", "새치커버",
    "옴브레", "발레아쥬", "하이라이트", "블릿지", "뿌리염색",
)
# fmt: on

GOOD = """
[styles.ash-brown]
english = "Ash brown"
korean = "애쉬브라운"
[styles.ash-brown.dye]
lab = [32, 4, 10]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_colour_that_salons_ask_for_is_shipped() -> None:
    assert {find_style(name, STYLES).korean for name in ASKED} == set(ASKED)
    assert sum(style.dye is not None for style in STYLES.values()) >= 32


def test_cuts_and_perms_are_offered_and_every_donor_that_they_name_is_here() -> None:
    shapes = [style for style in STYLES.values() if style.cut is not None or style.perm is not None]
    assert len(shapes) >= 36
    worn = {donor.style for donor in read_donors()}
    named = {name for style in shapes if style.cut is not None for name in style.cut.donors}
    assert named - worn == set()
    assert all(style.english and style.korean and style.region == "hair" for style in shapes)


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ('cut = {donors = ["x"], volume = 9.0}', "volume"),
        ("cut = {fall = 0.1}", "donors"),
        ("perm = {swing = 0.1, pitch = 0.01}", "pitch"),
        ("perm = {swing = 0.9, pitch = 0.4}", "swing"),
        ("perm = {wave = 1.0}", "wave"),
        ('cut = {donors = ["x"], length = "huge"}', "length"),
    ],
)
def test_a_cut_or_perm_that_cannot_be_is_a_settings_error(tmp_path: Path, table: str, wrong: str) -> None:
    path = tmp_path / "styles.toml"
    path.write_text(f'[styles.mine]\nenglish = "Mine"\nkorean = "내것"\n{table}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=wrong):
        load_styles(path)


def test_every_shipped_colour_is_one_that_hair_can_have() -> None:
    for style in DYES:
        assert style.dye is not None
        lightness, a, b = style.dye.lab
        assert 5 <= lightness <= 82, style.name
        assert a**2 + b**2 <= 45**2, style.name


def test_pale_and_vivid_shades_need_bleach_and_dark_ones_do_not() -> None:
    for style in DYES:
        assert style.dye is not None
        if style.dye.lab[0] >= 50:
            assert style.dye.bleach >= 2, style.name
        if style.dye.cover in ("grey", "roots"):
            assert style.dye.bleach == 0, style.name
    rounds = {name: STYLES[name].dye.bleach for name in ("platinum", "silver", "mint", "ash-brown", "blue-black")}  # type: ignore[union-attr]
    assert rounds == {"platinum": 3, "silver": 3, "mint": 3, "ash-brown": 0, "blue-black": 0}


@pytest.mark.parametrize(
    "asked",
    ["ash-brown", "ASH BROWN", " Ash  Brown ", "ash_brown", "AshBrown", "애쉬브라운", "애쉬 브라운", "애쉬-브라운"],
)
def test_a_style_is_found_by_any_of_its_names_however_written(asked: str) -> None:
    assert find_style(asked, STYLES).name == "ash-brown"
    assert find_style(unicodedata.normalize("NFD", asked), STYLES).name == "ash-brown"


def test_accents_do_not_matter() -> None:
    assert find_style("ombre", STYLES) is find_style("OMBRÉ", STYLES)


@given(st.sampled_from(list(STYLES.values())), st.booleans())
def test_every_label_leads_back_to_its_style(style: Style, loud: bool) -> None:
    for label in (style.name, style.english, style.korean):
        assert find_style(label.upper() if loud else label, STYLES) is style


@pytest.mark.parametrize(
    ("asked", "near"), [("ash-brwn", "'ash-brown'"), ("애쉬브라우", "'애쉬브라운'"), ("Platinium", "'platinum'")]
)
def test_an_unknown_style_names_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(UsageError, match="no style is called") as caught:
        find_style(asked, STYLES)
    assert near in str(caught.value)


@pytest.mark.parametrize("asked", ["", " ", "-", "?!"])
def test_a_name_without_letters_is_no_style(asked: str) -> None:
    with pytest.raises(UsageError):
        find_style(asked, STYLES)


def test_the_operators_own_file_is_read(tmp_path: Path) -> None:
    (style,) = load_styles(written(tmp_path, GOOD)).values()
    assert (style.name, style.korean, style.region) == ("ash-brown", "애쉬브라운", "hair")
    assert style.dye is not None
    assert style.dye.lab == (32.0, 4.0, 10.0)
    assert style.dye.cover == "all"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("lab", "lap"), "styles.ash-brown.dye: unknown key 'lap'; did you mean 'lab'"),
        (GOOD.replace("korean", "corean"), "styles.ash-brown: unknown key 'corean'; did you mean 'korean'"),
        (GOOD.replace("[styles.", "[style."), "top level: unknown key 'style'; did you mean 'styles'"),
        (GOOD + "perm = 3", "styles.ash-brown.dye: unknown key 'perm'"),
        (GOOD.replace("[32, 4, 10]", "[32, 4]"), "styles.ash-brown.dye.lab"),
        (GOOD.replace("[32, 4, 10]", "[132, 4, 10]"), "styles.ash-brown.dye.lab.0"),
        (GOOD.replace("[32, 4, 10]", "[32, nan, 10]"), "styles.ash-brown.dye.lab.1"),
        (GOOD + "bleach = 4", "styles.ash-brown.dye.bleach"),
        (GOOD + "bleach = true", "styles.ash-brown.dye.bleach"),
        (GOOD + 'cover = "tips"', "styles.ash-brown.dye.cover"),
        (GOOD + 'strength = "0.5"', "styles.ash-brown.dye.strength"),
        (GOOD + "highlights = 0.3", "highlights need a highlight_lab"),
        (GOOD.replace('korean = "애쉬브라운"', ""), "styles.ash-brown.korean"),
        (GOOD.replace("styles.ash-brown", "styles.Ash_Brown"), "styles.Ash_Brown"),
        (GOOD + GOOD.replace("ash-brown", "other"), "share a name"),
        ("styles = ", "is not TOML"),
        ("[styles.a]\n[styles.a]", "is not TOML"),
    ],
)
def test_a_wrong_settings_file_says_where_and_what(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_styles(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value).removeprefix(str(path))


def test_a_settings_file_that_is_not_there_or_not_text_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_styles(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_styles(tmp_path)
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_styles(tmp_path / "mine.toml")


def test_models_are_frozen() -> None:
    file = read_config(config_path("hair.toml"), StylesFile)
    with pytest.raises(ValidationError):
        file.styles["copper"].dye.bleach = 0  # type: ignore[misc, union-attr]
    assert isinstance(file.styles["copper"].dye, DyeTable)


def test_shipped_settings_are_found_and_a_wrong_name_gets_the_nearest() -> None:
    assert config_path("hair.toml").is_file()
    with pytest.raises(ConfigError, match=r"did you mean 'hair\.toml'"):
        config_path("hairs.toml")


def test_importing_genmark_does_not_import_pydantic() -> None:
    code = "import genmark, genmark.types, sys; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
