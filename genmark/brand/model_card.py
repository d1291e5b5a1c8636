"""What lies beside a brand's model where others find it: what it knows, how well, and what it must not be used for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from genmark.brand.archive import BrandFile
from genmark.licences import check_licence

_MEANING = {
    "accuracy": "share of the test posts that are given to their own brand",
    "low": "the accuracy's 95 % interval begins here (groups of posts drawn again)",
    "high": "and ends here",
    "null": "accuracy of always naming the commonest brand",
    "ece": "expected calibration error of its probabilities",
    "ece_null": "the error that a perfectly calibrated model stays below in 95 % of test sets of this size",
    "loss": "mean log loss, nats",
    "strange": "share of the test posts that it takes for strangers",
    "pictures": "posts in the test split",
    "l2": "strength of the probe's L2 penalty",
}

_LIMITS = (
    "It tells the look of the posts that it was learnt from. Posts of another time, market or platform are another "
    "look; measure again before you rely on it there.",
    "What it found may be a shortcut, such as a logo, a frame or one photographer, and not the brand's feel; "
    "`genmark brand report` tests for that.",
    "Only what it accepts or rejects carries a promise, the precision above. Where it says `review`, a person decides.",
    "It was not made to judge people, and a fit says nothing about anyone who is shown.",
)


def write_card(file: BrandFile) -> str:
    """The README.md of a brand's model, Markdown with the hub's front matter."""
    names = [*file.brands, *file.attributes]
    head = {"library_name": "genmark", "pipeline_tag": "image-classification", "license": "other"}
    front = "\n".join(f"{key}: {value}" for key, value in head.items())
    parts = [
        f"---\n{front}\ntags:\n- brand\n- calibrated\n---",
        f"# The look of {_some(names)}",
        "How well a picture fits what a brand posts: a calibrated probability for each brand, whether the picture is "
        "unlike all that it knows, and a decision (accept, review or reject).",
        "## What it knows",
        _table(("label", "kind", "accepted from"), _label_rows(file)),
        "## How well",
        _table(("score", "value", "what it is"), _score_rows(file))
        if file.scores
        else "Nobody measured it on posts that it had not seen.",
        *_promise(file),
        "## What it is made of",
        *_origins(file),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _LIMITS),
        "## Use",
        "```python\nfrom genmark.brand.hub import BrandModel\n\n"
        'seen, judgements = BrandModel.from_pretrained("this folder or owner/name").score(paths)\n```',
    ]
    return "\n\n".join(parts) + "\n"


def write_settings(file: BrandFile) -> str:
    """The config.json of a brand's model: what a person or the hub wants to read; the model itself reads none of it."""
    told = {
        "library": "genmark",
        "brands": file.brands,
        "attributes": file.attributes,
        "network": file.backbone,
        "network_licence": file.licence,
        "image_size": file.size,
        "image_mean": file.mean,
        "image_std": file.std,
        "temperature": file.temperature,
        "thresholds": dict(file.thresholds),
        "splits_fingerprint": file.fingerprint,
        "scores": dict(file.scores),
    }
    return json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _label_rows(file: BrandFile) -> Iterable[tuple[str, str, str]]:
    for kind, names in (("brand", file.brands), ("attribute", file.attributes)):
        for name in names:
            least = file.thresholds.get(name)
            yield name, kind, "never: too few posts to certify it" if least is None else f"{least:.3f}"


def _score_rows(file: BrandFile) -> Iterable[tuple[str, str, str]]:
    order = [*_MEANING, *sorted(file.scores.keys() - _MEANING.keys())]
    return ((name, f"{file.scores[name]:g}", _MEANING.get(name, "")) for name in order if name in file.scores)


def _promise(file: BrandFile) -> tuple[str, ...]:
    precision = file.settings.get("precision")
    if not file.thresholds or not isinstance(precision, float):
        return ()
    return (
        f"Of the posts that it accepts, at least {precision:.0%} are the brand's, at 95 % confidence: certified on "
        "posts that were kept back.",
    )


def _origins(file: BrandFile) -> tuple[str, ...]:
    caution = check_licence(file.backbone, file.licence)
    posts = [one for one in file.licences if one != file.licence]
    lines = [
        f"- network: `{file.backbone}`, {'tuned on these posts' if file.tuned else 'as published'}, weights under "
        f"{_plain(file.licence)}" + (f" ({caution})" if caution else ""),
        "- posts: " + ("; ".join(map(_plain, posts)) or "nobody stated their kind and licence"),
        *(
            ["- the file names of the posts that it learnt from are in it, as evidence"]
            if "posts" in file.settings
            else []
        ),
        f"- splits: fingerprint `{file.fingerprint or 'none'}`",
    ]
    return ("\n".join(lines),)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(_plain(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _some(names: list[str]) -> str:
    shown = ", ".join(_plain(name) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _plain(text: str) -> str:
    """Text that says in Markdown what it says: a brand's name is no markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|!~$])", r"\\\1", " ".join(text.split()))
