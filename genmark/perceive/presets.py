"""Networks of others that are known by name: where they lie, under which licence, what is claimed of them."""

from __future__ import annotations

from functools import cache

from genmark.config import Table, config_path, read_config


class Preset(Table):
    """`[models.NAME]` of configs/models.toml, which says what each field means."""

    hub: str
    revision: str
    licence: str
    parameters: int
    megabytes: int
    pickled: bool = False
    claims: tuple[str, ...] = ()
    slope: float | None = None
    intercept: float = 0.0


class _ModelsFile(Table):
    models: dict[str, Preset]


@cache
def presets() -> dict[str, Preset]:
    """Every preset by its name, "family-variant". Raises ConfigError where the shipped file is damaged."""
    return dict(read_config(config_path("models.toml"), _ModelsFile).models)


def variants(family: str) -> dict[str, Preset]:
    """The presets of a family by variant: "base" and "large" of "blip"."""
    names = {name: name.removeprefix(f"{family}-") for name in presets() if name.startswith(f"{family}-")}
    return {variant: presets()[name] for name, variant in names.items() if "-" not in variant}
