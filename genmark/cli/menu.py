"""What can be asked for by name: shipped styles or a file's, and the cuts that a salon's own donors wear."""

from __future__ import annotations

from pathlib import Path

from genmark.config import load_styles
from genmark.recipes import Style
from genmark.restyle.hair.donors import own_folder, read_folder, style_of


def known_styles(styles_file: Path | str | None = None) -> dict[str, Style]:
    """Styles by name, in the order of the file; then one for each style of the salon's own donors that no recipe has.

    Raises ConfigError where the file, or the folder of own donors, cannot be understood.
    """
    styles = load_styles(styles_file)
    for donor in read_folder(own_folder()):
        if donor.style not in styles:
            styles[donor.style] = style_of(donor)
    return styles
