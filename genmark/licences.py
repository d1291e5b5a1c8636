"""What the weights of a model may be used for: free ones pass, the rest only where their licence is named."""

from __future__ import annotations

from collections.abc import Collection

from genmark.errors import UsageError

FREE = frozenset({"apache-2.0", "mit", "bsd-3-clause", "bsd-3", "bsd-2-clause", "cc-by-4.0", "cc0-1.0"})
"""Licences of weights that may be used and passed on commercially, as SPDX or as timm writes them."""

_RESEARCH = frozenset({"apple-amlr", "seer-license"})
"""Licences that allow research alone, though their names do not say so."""


def check_licence(model: str, licence: str) -> str:
    """What to say about the licence of weights: "" where it allows business use, else one sentence."""
    if licence in FREE:
        return ""
    if licence == "unknown":
        return f"nobody states the licence of {model}'s weights; find out before a customer sees what they did"
    if forbids_business(licence):
        return f"the weights of {model} are under {licence}: not for commercial use"
    return f"the weights of {model} are under {licence}, terms of their own; read them before commercial use"


def admit_licence(model: str, licence: str, allowed: Collection[str] = ()) -> None:
    """Let weights pass, unless their licence forbids commercial use and is not among those `allowed` by name.

    Raises UsageError, which says how to name it.
    """
    if forbids_business(licence) and licence.casefold() not in {name.casefold() for name in allowed}:
        raise UsageError(
            f"{check_licence(model, licence)}; where yours is none, say so: --allow-licence {licence}, "
            "or choose another model"
        )


def forbids_business(licence: str) -> bool:
    """Whether a licence, by its name as timm writes it, forbids commercial use."""
    parts = licence.casefold().split("-")
    return "nc" in parts or "noncommercial" in parts or licence.casefold() in _RESEARCH
