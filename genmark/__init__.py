"""genmark: one photo in, proven previews out.

The names below are the whole public face of the package. They load on first use, so `import genmark` stays light:

    import genmark

    photo = genmark.read("anna.jpg")
    for variant in genmark.preview(photo, ["ash-brown", "rose-gold"]):
        genmark.write(variant.photo, f"anna-{variant.style.name}.png")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genmark.brand.fit import BrandFit
    from genmark.config import find_style, load_styles
    from genmark.errors import GenmarkError, ModelMissing, PhotoError, SubjectError, UsageError
    from genmark.photos import read, write
    from genmark.previews import preview, rank
    from genmark.recipes import Cut, Dye, Perm, Style
    from genmark.registry import load
    from genmark.types import Face, Mask, Matte, Photo, Regions
    from genmark.variants import Proof, Variant

__version__ = "0.1.0"

__all__ = [
    "BrandFit",
    "Cut",
    "Dye",
    "Face",
    "GenmarkError",
    "Mask",
    "Matte",
    "ModelMissing",
    "Perm",
    "Photo",
    "PhotoError",
    "Proof",
    "Regions",
    "Style",
    "SubjectError",
    "UsageError",
    "Variant",
    "find_style",
    "load",
    "load_styles",
    "preview",
    "rank",
    "read",
    "write",
]

_HOMES = {
    "genmark.brand.fit": ("BrandFit",),
    "genmark.config": ("find_style", "load_styles"),
    "genmark.errors": ("GenmarkError", "ModelMissing", "PhotoError", "SubjectError", "UsageError"),
    "genmark.photos": ("read", "write"),
    "genmark.previews": ("preview", "rank"),
    "genmark.registry": ("load",),
    "genmark.recipes": ("Cut", "Dye", "Perm", "Style"),
    "genmark.types": ("Face", "Mask", "Matte", "Photo", "Regions"),
    "genmark.variants": ("Proof", "Variant"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'genmark' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
