"""Settings: TOML files read into frozen, checked models. A key that nobody knows is an error that names the nearest.

pydantic is imported here and nowhere else among the nouns, so `import genmark` stays light.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from genmark.errors import ConfigError, UsageError, nearest
from genmark.recipes import Cover, Curl, Cut, Dye, Fringe, Length, Perm, Style

_HERE = Path(__file__).resolve().parent
_SHIPPED = (_HERE / "configs", _HERE.parent / "configs")
"""Where shipped settings lie: inside the package in a wheel, beside it in a checkout."""

Unit = Annotated[float, Field(ge=0.0, le=1.0, strict=True)]
Lightness = Annotated[float, Field(ge=0.0, le=100.0, strict=True)]
Opponent = Annotated[float, Field(ge=-128.0, le=128.0, strict=True)]
LabRow = tuple[Lightness, Opponent, Opponent]


class Table(BaseModel):
    """Base of every table in a settings file: frozen, without unknown keys, without silent conversions of text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key {key!r}{nearest(str(key), cls.model_fields)}")
        return data


class DyeTable(Table):
    """`[styles.NAME.dye]`: the fields of `genmark.recipes.Dye`."""

    lab: LabRow
    strength: Unit = 1.0
    root: LabRow | None = None
    root_share: Unit = 0.0
    tip: LabRow | None = None
    tip_start: Unit = 0.5
    highlights: Unit = 0.0
    highlight_lab: LabRow | None = None
    bleach: Annotated[int, Field(ge=0, le=3, strict=True)] = 0
    cover: Cover = "all"
    share: Unit = 1.0

    @model_validator(mode="after")
    def _highlights_have_a_colour(self) -> Self:
        if self.highlights > 0.0 and self.highlight_lab is None:
            raise ValueError("highlights need a highlight_lab")
        return self


class CutTable(Table):
    """`[styles.NAME.cut]`: the fields of `genmark.recipes.Cut`."""

    donors: tuple[str, ...] = ()
    own: float | None = None
    fall: float | None = None
    layers: Unit = 0.0
    volume: float = 1.0
    turn: float = 0.0
    longer: float | None = None
    thin: Unit = 0.0
    taper: Unit = 0.0
    swapped: bool = False
    density: Unit = 1.0
    curtain: Unit = 0.0
    fringe: Fringe | None = None
    front: tuple[str, ...] = ()
    length: Length | None = None


class PermTable(Table):
    """`[styles.NAME.perm]`: the fields of `genmark.recipes.Perm`."""

    pitch: float = 0.0
    swing: float = 0.0
    start: float = 0.0
    ruffle: Unit = 0.35
    turn: float = 0.0
    volume: float = 1.0
    straight: Unit = 0.0
    curl: Curl | None = None


class StyleTable(Table):
    """`[styles.NAME]`: a recipe and the names that people read."""

    english: Annotated[str, Field(min_length=1)]
    korean: Annotated[str, Field(min_length=1)]
    region: str = "hair"
    dye: DyeTable | None = None
    cut: CutTable | None = None
    perm: PermTable | None = None


class StylesFile(Table):
    """A file of styles: one `[styles.NAME]` table each."""

    styles: dict[Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")], StyleTable]


Model = TypeVar("Model", bound=Table)


def config_path(name: str) -> Path:
    """The shipped settings file `name` ("hair.toml", "train/face_parser.toml"), in a wheel or in a checkout.

    Raises ConfigError, with the nearest names, where there is none.
    """
    for folder in _SHIPPED:
        path = folder / name
        if path.is_file():
            return path
    known = {path.relative_to(folder).as_posix() for folder in _SHIPPED for path in folder.rglob("*.toml")}
    raise ConfigError(f"no settings file {name!r} is shipped{nearest(name, known)}")


def read_config(path: Path | str, model: type[Model]) -> Model:
    """Read a TOML file into a frozen model.

    Raises ConfigError that names the file and the key: unreadable file, broken TOML, an unknown key (with the nearest
    known one), a value of the wrong kind or out of range, a missing key.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"settings file {path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"settings file {path} is not TOML: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"settings file {path}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, as "styles.ash-brown.dye: unknown key 'lap'; did you mean 'lab'?"."""
    what = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in what["loc"] if part != "[key]") or "top level"
    return f"{key}: {what['msg'].removeprefix('Value error, ')}"


def load_styles(path: Path | str | None = None) -> dict[str, Style]:
    """Styles by name, in the order of the file; the shipped hair styles where `path` is None.

    Raises ConfigError as `read_config` does, and where two styles answer to one name.
    """
    path = config_path("hair.toml") if path is None else Path(path)
    file = read_config(path, StylesFile)
    styles = {name: _style(path, name, table) for name, table in file.styles.items()}
    taken: dict[str, str] = {}
    for style in styles.values():
        for label in {_fold(label) for label in (style.name, style.english, style.korean)}:
            if label in taken:
                raise ConfigError(f"settings file {path}: styles {taken[label]!r} and {style.name!r} share a name")
            taken[label] = style.name
    return styles


def _style(path: Path, name: str, table: StyleTable) -> Style:
    parts = {"dye": (Dye, table.dye), "cut": (Cut, table.cut), "perm": (Perm, table.perm)}
    try:
        made = {part: None if given is None else kind(**given.model_dump()) for part, (kind, given) in parts.items()}
    except ValueError as error:
        raise ConfigError(f"settings file {path}: styles.{name}: {error}") from error
    return Style(name, table.english, table.korean, table.region, **made)


def find_style(name: str, styles: Mapping[str, Style]) -> Style:
    """The style called `name`: its key, English or Korean name, whatever the case, spaces, hyphens and accents.

    Raises UsageError with the nearest names.
    """
    asked = _fold(name)
    for style in styles.values():
        if asked and asked in {_fold(style.name), _fold(style.english), _fold(style.korean)}:
            return style
    labels = styles.keys() if name.isascii() else [style.korean for style in styles.values()]
    raise UsageError(f"no style is called {name!r}{nearest(name, labels)}")


def _fold(label: str) -> str:
    """A label without case, accents, spaces and hyphens: "Ombré" is "ombre", Hangul stays apart by its letters."""
    letters = unicodedata.normalize("NFKD", label).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
